/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_RECORD_H
#define CMD_SOCKETS_RECORD_H

#include "sockets_owner.h"
#include "sockets_place.h"

#include "netprobe/output/output.h"
#include "netprobe/procfs/changes.h"

/* What stands in a socket's record and row beside the socket. */
struct socket_note {
	const char *const *findings; /* ids, with --explain; NULL: it was not judged */
	size_t finding_count;
	bool explains;
	const enum change_kind *change; /* with --watch; NULL for one that was there before */
	enum socket_state was;
	nsec_t at; /* wall clock */
};

/* What a socket is to programs: the JSON record. A writer keeps what one can use of the one before.
 */
struct record_writer;

struct record_writer *record_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places);
void record_writer_free(struct record_writer *w);
void record_writer_put(
	struct record_writer *w, const struct socket_entry *e, const struct socket_note *note);

#endif
