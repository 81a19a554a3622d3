/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_FORMAT_H
#define NETPROBE_OUTPUT_FORMAT_H

#include "netprobe/output/output.h"
#include "sink.h"

/*
 * A format: one file that turns records into lines. The `run` and `end` of a stream are records
 * like any other; their fields have no titles, so tables do not show them.
 */
struct format {
	void *(*open)(struct sink *sink, bool color); /* gives the state that the others take */
	void (*heading)(void *state, const char *text, size_t len);
	void (*record)(void *state, const struct record *r, enum row_color color);
	void (*line)(void *state, const char *text, size_t len);
	void (*flush)(void *state); /* down to the sink, which is flushed after it */
	void (*close)(void *state); /* frees */
};

extern const struct format format_table, format_json;

#endif
