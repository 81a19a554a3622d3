/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_EXPLAIN_H
#define CMD_SOCKETS_EXPLAIN_H

#include "sockets_owner.h"
#include "sockets_record.h"

#include "netprobe/output/output.h"

/* --explain: what the states mean that were shown, and what looks wrong about them. */
struct explanation;

/* Judges all of `list`, which is borrowed, as the namespace of `places` is. Unless it is `whole`,
 * nothing is judged: what was not read would count as not there. */
struct explanation *explanation_new(struct ownership *ownership, const struct places *places,
	const struct socket_list *list, bool whole);
void explanation_free(struct explanation *x);

/* The socket at `index` is shown: fills in what its record says. */
void explanation_note(struct explanation *x, size_t index, struct socket_note *note);

/* After the rows: the meanings and findings of what was shown. */
void explanation_put(struct explanation *x, struct output *out);

#endif
