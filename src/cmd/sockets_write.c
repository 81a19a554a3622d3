/* SPDX-License-Identifier: MIT */
#include "sockets_write.h"

#include "sockets_row.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

/* One of the two. */
struct socket_writer {
	struct record_writer *records;
	struct row_writer *rows;
};

struct socket_writer *socket_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places)
{
	struct socket_writer *w = mem_alloc(1, sizeof *w);

	if (output_is_table(out))
		w->rows = row_writer_new(out, ownership, options, places);
	else
		w->records = record_writer_new(out, ownership, options, places);
	return w;
}

void socket_writer_free(struct socket_writer *w)
{
	if (!w)
		return;
	record_writer_free(w->records);
	row_writer_free(w->rows);
	free(w);
}

void socket_write(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	if (w->rows)
		row_writer_put(w->rows, e, note);
	else
		record_writer_put(w->records, e, note);
}
