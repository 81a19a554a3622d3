/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_RECORD_H
#define CMD_SOCKETS_RECORD_H

#include "sockets_owner.h"

#include "netprobe/output/output.h"
#include "netprobe/procfs/changes.h"

/* What stands in a socket's record and row beside the socket. */
struct socket_note {
	const char *const *netns;    /* names of the namespaces by their number; NULL: only one */
	const char *const *findings; /* ids, with --explain; NULL: it was not judged */
	size_t finding_count;
	bool explains;
	const enum change_kind *change; /* with --watch; NULL for one that was there before */
	enum socket_state was;
	nsec_t at; /* wall clock */
};

/* Writes sockets as records or rows; keeps what one row after the other can use. */
struct socket_writer;

struct socket_writer *socket_writer_new(
	struct output *out, struct ownership *ownership, const struct sockets_options *options);
void socket_writer_free(struct socket_writer *w);
void socket_write(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note);

/* The state as tables call it: what has no connections is not closed, but UNCONN, as in ss(8). */
const char *socket_state_word(enum socket_proto proto, enum socket_state state);

/* "10.0.0.1:ssh", "[::1]%lo:22", "/run/x", "@abstract", "*": as a row has it, appended. */
void socket_end_text(
	struct strbuf *out, const struct socket_entry *e, const struct addr *end, bool numeric);

#endif
