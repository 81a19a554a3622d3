/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_TEXT_H
#define NETPROBE_BASE_TEXT_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends outside bytes so that they can neither break a line nor steer a terminal: printable ASCII
 * and valid UTF-8 stay; controls (C0, DEL, C1), bidirectional and other format characters, line and
 * paragraph separators, invalid UTF-8 and the backslash become \n, \t, \r, \\ or \xNN for a byte.
 */
void text_escape(struct strbuf *out, const void *bytes, size_t len);

/* The same between quotation marks; those inside become \", so that it is clear where it ends. */
void text_quote(struct strbuf *out, const void *bytes, size_t len);

/* The way back: appends the bytes that text_escape() made `text` of. False where it cannot have
 * made it. */
bool text_unescape(struct strbuf *out, const char *text);

/* Bytes of the longest beginning that is printable ASCII without a backslash: text_escape() leaves
 * it as it is, and each byte takes a column. */
size_t text_plain(const void *bytes, size_t len);

/* Columns that text takes on a terminal; text must have been escaped before. Wide and combining
 * characters are known when LC_CTYPE is a UTF-8 locale; else every character counts as one. */
size_t text_width(const char *text);

/* Bytes of the longest beginning of text that fits into `columns`, never part of a character. */
size_t text_fit(const char *text, size_t columns);

/* Where the longest end of text begins that fits into `columns`; never inside a character. */
size_t text_fit_end(const char *text, size_t columns);

/* Bytes of the first line of text that is broken between words to fit `columns`; the space behind
 * it belongs to neither line. A word that is longer is cut; one character at least. */
size_t text_break(const char *text, size_t columns);

/* Edit distance with transpositions; used to suggest the nearest name. */
size_t text_distance(const char *a, const char *b);

#endif
