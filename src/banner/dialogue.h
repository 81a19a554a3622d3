/* SPDX-License-Identifier: MIT */
#ifndef BANNER_DIALOGUE_H
#define BANNER_DIALOGUE_H

#include "netprobe/banner/grab.h"
#include "netprobe/base/strbuf.h"

/*
 * Cuts what both sides say into lines, in the order in which it was said. A line ends with LF, when
 * the other side speaks, or when it is DIALOGUE_LINE_MAX long. Zeroed it is empty.
 */
enum { DIALOGUE_LINE_MAX = 4096 };

struct dialogue {
	struct strbuf line; /* begun, not whole yet */
	enum grab_voice voice;
	nsec_t at; /* when it began */
	void (*emit)(void *user, enum grab_voice voice, const char *line, size_t len, nsec_t at);
	void *user;
};

void dialogue_say(
	struct dialogue *d, enum grab_voice voice, const void *bytes, size_t len, nsec_t at);
void dialogue_flush(struct dialogue *d);
void dialogue_release(struct dialogue *d);

#endif
