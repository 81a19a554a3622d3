/* SPDX-License-Identifier: MIT */
#ifndef BANNER_REPLY_H
#define BANNER_REPLY_H

#include "netprobe/banner/machine.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What SMTP, FTP, POP3 and IMAP share: the server greets, and then questions and replies of whole
 * lines take turns. Nothing is asked before the reply to the last question has come to its end.
 * This stands first in the state of these machines.
 */
struct reply {
	const struct reply_way *way;
	unsigned question; /* a number of the protocol's own; REPLY_GREETING: none was asked yet */
	unsigned code;     /* of replies with codes */
	size_t lines;      /* of the reply so far */
	bool whole;        /* its last line is there, but for the rest of one that is too long */
	bool known;        /* it has proved to be the protocol */
};

enum { REPLY_GREETING = 0 };

/* A protocol's own; constant. */
struct reply_way {
	/* Can this be a greeting? The line, or its first bytes, 4 or more. */
	bool (*begins)(const char *line, size_t len);
	/* Reads a line; counts it in `lines` or, where it is the reply's last, sets `whole`. */
	void (*take)(struct machine *m, const char *line, size_t len);
	void (*act)(struct machine *m); /* what follows from the whole reply */
	const char *const *unanswered;  /* by question: what is said when no whole reply came */
};

/* The step and the end of these machines; their start sets the way. */
size_t reply_step(struct machine *m, const uint8_t *bytes, size_t len);
void reply_ended(struct machine *m, const uint8_t *bytes, size_t len);

/* Says a line; its end is added. */
void reply_ask(struct machine *m, unsigned question, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Everything is known, and nothing is left to be said. */
void reply_done(struct machine *m);
/* A 421, which may be the answer to anything: it closes. */
void reply_closing(struct machine *m);
/* TLS begins behind this reply. Complete should it fail; once it stands, there is more to ask:
 * reply_secured(). */
void reply_upgrade(struct machine *m);
void reply_secured(struct machine *m);
/* A line that is none of the protocol's. */
void reply_strange(struct machine *m);

/* "250-text", which says that more lines follow; "250 text"; "250" (RFC 5321, 4.2). */
struct reply_line {
	unsigned code;
	bool more;
	const char *text;
	size_t len;
};
/* Reads it as a line of the reply in progress. False where it cannot be one; codes go from 100 to
 * 599. `loose`: inside a reply of several lines anything goes, until its code comes back with a
 * space (RFC 959, 4.2). */
bool reply_take_code(
	struct reply *r, bool loose, const char *line, size_t len, struct reply_line *out);
bool reply_begins_with_code(const char *line, size_t len);

/* Facts: a text of several lines, joined by "\n"; a flag, which TLS in the middle leaves alone. */
void reply_add_line(struct machine *m, size_t fact, bool first, const char *line, size_t len);
void reply_offers(struct machine *m, size_t fact, bool offered);
/* The first line with something in it. */
void reply_headline(const struct facts *f, size_t greeting, struct strbuf *out);

/* The words of a line, one after another; words end at blanks and at the bytes of `also`. NULL:
 * there are no more. */
const char *reply_word(const char **at, size_t *left, const char *also, size_t *len);

#endif
