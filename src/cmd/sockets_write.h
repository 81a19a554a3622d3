/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_WRITE_H
#define CMD_SOCKETS_WRITE_H

#include "sockets_record.h"

/* Sockets as the format has them: records or rows. */
struct socket_writer;

struct socket_writer *socket_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places);
void socket_writer_free(struct socket_writer *w);
void socket_write(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note);

#endif
