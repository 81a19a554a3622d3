/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_CROWD_H
#define CMD_SCAN_CROWD_H

#include "scan_report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ports of an address that are alike in everything but number, and what is said of all of them in
 * one line. */
struct crowd {
	struct cell like;
	uint32_t count;
	bool listed; /* the report's: each has a row */
};

enum { CROWDS_MAX = 64 }; /* beyond, ports are listed one by one */

struct crowds {
	struct crowd items[CROWDS_MAX];
	size_t count;
};

/* Of all ports that are decided; none is `listed`. */
void crowds_gather(struct crowds *all, const struct host *h);
/* The one that a decided port belongs to; NULL: it stands alone. */
struct crowd *crowd_of(struct crowds *all, const struct cell *c);

/* Adds the line. `notes`: one for each port of the host, or NULL. */
void crowd_words(struct strbuf *out, const struct host *h, const struct crowd *crowd,
	const struct port_note *notes, int protocol);

/* Where the ways to ports end, and how many of them do there. Zeroed: none. */
enum { ENDINGS_MAX = 16 }; /* beyond, they are only counted */

struct endings {
	struct ending {
		char *text;
		uint64_t count;
	} items[ENDINGS_MAX];
	size_t count;
	uint64_t more;
};

/* `note` of a port of `h` that was located. */
void endings_add(
	struct endings *all, const struct host *h, const struct port_note *note, int protocol);
/* Adds them, the most frequent first, to a line about `of` ports (0: about something else). */
void endings_words(struct strbuf *out, struct endings *all, uint64_t of);
void endings_release(struct endings *all);

#endif
