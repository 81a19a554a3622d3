/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_ROW_H
#define CMD_SOCKETS_ROW_H

#include "sockets_record.h"

/* What a socket is to eyes: a row of a table. A writer keeps what one can use of the one before,
 * and has the schema of its rows: it is freed after the output's end. */
struct row_writer;

struct row_writer *row_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places);
void row_writer_free(struct row_writer *w);
void row_writer_put(
	struct row_writer *w, const struct socket_entry *e, const struct socket_note *note);

#endif
