/* SPDX-License-Identifier: MIT */
#include "netprobe/output/output.h"

#include "format.h"
#include "netprobe/base/hold.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "terminal.h"

#include <errno.h>

struct output {
	const struct format *format;
	void *state;
	void *aside; /* the state of the stream while a picture is laid out */
	nsec_t started;
	bool color, begun, knows_lost;
	uint64_t dropped, dropped_interface;
	struct sink sink;
};

enum { SCHEMA_VERSION = 1 };

enum {
	RUN_SCHEMA,
	RUN_COMMAND,
	RUN_VERSION,
	RUN_ARGS,
	RUN_STARTED,
	RUN_SEED,
	RUN_SHARD,
	RUN_RESUMED,
	RUN_FIELDS
};

static const struct field run_fields[] = {
	[RUN_SCHEMA] = {.name = "schema", .kind = FIELD_UINT},
	[RUN_COMMAND] = {.name = "command", .kind = FIELD_TEXT},
	[RUN_VERSION] = {.name = "version", .kind = FIELD_TEXT},
	[RUN_ARGS] = {.name = "args", .kind = FIELD_LIST},
	[RUN_STARTED] = {.name = "started", .kind = FIELD_TIME},
	[RUN_SEED] = {.name = "seed", .kind = FIELD_UINT, .optional = true},
	[RUN_SHARD] = {.name = "shard", .kind = FIELD_TEXT, .optional = true},
	[RUN_RESUMED] = {.name = "resumed", .kind = FIELD_BOOL, .optional = true},
};

static const struct schema run_schema = {"run", run_fields, RUN_FIELDS};

enum { END_ELAPSED, END_EXIT, END_DROPPED, END_DROPPED_INTERFACE, END_FIELDS };

static const struct field end_fields[] = {
	[END_ELAPSED] = {.name = "elapsed_ms", .kind = FIELD_MS},
	[END_EXIT] = {.name = "exit", .kind = FIELD_UINT},
	[END_DROPPED] = {.name = "dropped", .kind = FIELD_UINT, .optional = true},
	[END_DROPPED_INTERFACE] = {.name = "dropped_interface",
		.kind = FIELD_UINT,
		.optional = true},
};

static const struct schema end_schema = {"end", end_fields, END_FIELDS};

static bool wants_color(enum output_color choice, bool terminal)
{
	const char *no_color = getenv("NO_COLOR");

	if (choice == COLOR_AUTO)
		return terminal && terminal_obeys() && (!no_color || *no_color == '\0');
	return choice == COLOR_ALWAYS;
}

struct output *output_open(const struct output_options *options)
{
	struct output *o = mem_alloc(1, sizeof *o);
	int err = sink_open(&o->sink, options->path, options->keep);

	if (err == 0 && options->path && !options->held) {
		err = hold_file(o->sink.fd);
		if (err)
			sink_close(&o->sink);
	}
	if (err) {
		free(o);
		errno = -err;
		return NULL;
	}
	o->format = options->format == OUTPUT_JSON ? &format_json : &format_table;
	o->color = wants_color(options->color, o->sink.terminal);
	o->state = o->format->open(&o->sink, o->color);
	o->started = clock_now();
	return o;
}

void output_progress(struct output *o, struct progress *p)
{
	o->sink.progress = p;
}

void output_begin(struct output *o, const struct run_info *run)
{
	struct record r;

	o->started = clock_now();
	o->begun = true;
	sink_begin(&o->sink);
	record_init(&r, &run_schema);
	record_uint(&r, RUN_SCHEMA, SCHEMA_VERSION);
	record_text(&r, RUN_COMMAND, run->command);
	record_text(&r, RUN_VERSION, run->version);
	record_list(&r, RUN_ARGS, run->args, run->arg_count);
	record_ns(&r, RUN_STARTED, clock_wall());
	if (run->seed)
		record_uint(&r, RUN_SEED, *run->seed);
	record_text(&r, RUN_SHARD, run->shard);
	if (run->resumed)
		record_bool(&r, RUN_RESUMED, true);
	output_record(o, &r, ROW_PLAIN);
}

void output_withdraw(struct output *o)
{
	o->begun = false;
	o->sink.len = 0;
	sink_begin(&o->sink);
}

void output_heading(struct output *o, const char *text)
{
	o->format->heading(o->state, text, strlen(text));
}

void output_record(struct output *o, const struct record *r, enum row_color color)
{
	if (o->sink.error == 0)
		o->format->record(o->state, r, color);
}

void output_bytes(struct output *o, const void *bytes, size_t len)
{
	o->format->line(o->state, bytes, len);
}

void output_line(struct output *o, const char *format, ...)
{
	struct strbuf text = {0};
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	output_bytes(o, text.text, text.len);
	strbuf_release(&text);
}

void output_flush(struct output *o)
{
	o->format->flush(o->state);
	sink_flush(&o->sink);
}

nsec_t output_due(const struct output *o)
{
	return sink_due(&o->sink);
}

bool output_is_table(const struct output *o)
{
	return o->format == &format_table;
}

bool output_live_begin(struct output *o)
{
	if (!output_is_table(o) || !sink_live_begin(&o->sink))
		return false;
	o->aside = o->state;
	o->state = o->format->open(&o->sink, o->color);
	return true;
}

void output_live_end(struct output *o)
{
	o->format->flush(o->state);
	o->format->close(o->state);
	o->state = o->aside;
	sink_live_end(&o->sink);
}

bool output_is_terminal(const struct output *o)
{
	return o->sink.terminal;
}

unsigned output_columns(const struct output *o)
{
	return sink_columns(&o->sink);
}

void output_hurry(struct output *o)
{
	o->sink.hurry = true;
}

int output_error(const struct output *o)
{
	return o->sink.error;
}

void output_lost(struct output *o, uint64_t dropped, uint64_t dropped_interface)
{
	o->knows_lost = true;
	o->dropped = dropped;
	o->dropped_interface = dropped_interface;
}

int output_end(struct output *o, int exit_status)
{
	struct record r;
	int err;

	record_init(&r, &end_schema);
	record_ns(&r, END_ELAPSED, clock_now() - o->started);
	record_uint(&r, END_EXIT, (uint64_t)exit_status);
	if (o->knows_lost) {
		record_uint(&r, END_DROPPED, o->dropped);
		record_uint(&r, END_DROPPED_INTERFACE, o->dropped_interface);
	}
	if (o->begun)
		output_record(o, &r, ROW_PLAIN);
	output_flush(o);
	o->format->close(o->state);
	err = sink_close(&o->sink);
	free(o);
	return err;
}
