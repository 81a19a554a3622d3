/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_SVG_H
#define NETPROBE_OUTPUT_SVG_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>

/*
 * A small drawing of lines, arrows and text, appended piece by piece, then put into a document of
 * its own. Measured in pixels from the top left; the text's font has a fixed width, each line of it
 * a height. Pure.
 */
enum { SVG_COLUMN = 8, SVG_LINE = 18 };

enum svg_ink { SVG_PLAIN, SVG_FAINT, SVG_GOOD, SVG_BAD, SVG_INKS };
enum svg_anchor { SVG_FROM, SVG_AROUND, SVG_UP_TO };

/* Text on the base line y: from x on, around it or up to it. Any bytes: what XML or a reader cannot
 * take is escaped here. */
void svg_text(struct strbuf *out, int x, int y, enum svg_anchor anchor, enum svg_ink ink,
	const char *text);

void svg_line(struct strbuf *out, int x1, int y1, int x2, int y2, enum svg_ink ink);

/* A horizontal arrow, its head at x2. */
void svg_arrow(struct strbuf *out, int x1, int x2, int y, enum svg_ink ink, bool dashed);

void svg_dot(struct strbuf *out, int x, int y, enum svg_ink ink);

/* The whole document around what was drawn, with a background that suits the inks. */
void svg_document(
	struct strbuf *out, int width, int height, const char *title, const struct strbuf *drawn);

#endif
