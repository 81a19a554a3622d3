/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_OUTPUT_H
#define NETPROBE_OUTPUT_OUTPUT_H

#include "netprobe/output/record.h"

#include <stdbool.h>

/*
 * One result stream, many formats. The order of calls: output_begin(), then any of
 * output_heading(), output_record(), output_line(), output_flush(), then output_end(). A failed
 * write is kept, said once through output_error(), and everything after it is dropped.
 */
enum output_format { OUTPUT_TABLE, OUTPUT_JSON };
enum output_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct output_options {
	enum output_format format;
	/* COLOR_AUTO: a terminal that TERM calls more than dumb, and NO_COLOR unset or empty */
	enum output_color color;
	const char *path; /* file to write (created or emptied), NULL for standard output */
	uint64_t keep;    /* bytes of the file that stay: what is written stands behind them */
	bool held;        /* the caller has the file already (hold.h), else it is held here */
};

struct output;

/* Opens the destination; a file that is there keeps what it has until output_begin(). NULL with
 * errno set when it cannot be opened; ERR_HELD as errno where another run writes it. */
struct output *output_open(const struct output_options *options);

struct run_info {
	const char *command;
	const char *version;
	const char *const *args; /* as the user typed them, without the program's name */
	size_t arg_count;
	const uint64_t *seed; /* of what is random in the run; NULL: nothing that is told */
	const char *shard;    /* the part of the whole that it is, "3/7"; NULL: all of it */
	bool resumed;         /* goes on with the run whose record stands before this one */
};

/* Cuts a regular file after what is to stay of it. JSON: the `run` record. */
void output_begin(struct output *o, const struct run_info *run);

/* Takes all of that back: the file has what was to stay of it, and no end is added. */
void output_withdraw(struct output *o);

/* Tables: ends the block of rows, and prints an escaped heading above the next. JSON: nothing. */
void output_heading(struct output *o, const char *text);

/* Tables: a row, when the schema has titled fields; rows of one schema in a row share widths and
 * one head line, `row_color` (an enum below) tints it. JSON: one line, written out at once or
 * within 100 ms. */
enum row_color { ROW_PLAIN, ROW_GOOD, ROW_BAD, ROW_WARN };
void output_record(struct output *o, const struct record *r, enum row_color color);

/* Tables: one line of text after the rows so far; escaped. JSON: nothing. */
void output_line(struct output *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for text that may hold NULs. */
void output_bytes(struct output *o, const void *bytes, size_t len);

/* Writes what is buffered. Tables: ends the block of rows (the next row starts with a new head line
 * unless the schema is the same and no heading or line came between: then the widths stay). */
void output_flush(struct output *o);

/* For the loop: when output_flush() is due for the oldest finished line that waits (its time + 100
 * ms), NSEC_NEVER when none does. Rows of a table's open block are not finished. */
nsec_t output_due(const struct output *o);

/* The progress line to clear before anything is written to a terminal; NULL for none. */
struct progress;
void output_progress(struct output *o, struct progress *p);

bool output_is_table(const struct output *o); /* for eyes: the command may fold rows */

/*
 * A picture that is redrawn in place, on a terminal only: what headings, records, lines and flushes
 * bring between the two calls is laid out apart, cut to the terminal's rows (the last line stays:
 * it is the summary; a line says how many were left out) and columns, and drawn over what the last
 * pair drew. Anything that is written otherwise takes the picture away first, messages on the same
 * terminal, too; a progress line is not to be shown beside it. Begin says false where the
 * destination is no terminal (or TERM is unset or "dumb"), or no table: then nothing is to be
 * drawn.
 */
bool output_live_begin(struct output *o);
void output_live_end(struct output *o);

bool output_is_terminal(const struct output *o);

/* Of the terminal behind the destination; 0 when it is none or does not tell. Between begin and end
 * what a line of the picture may take, which is one less. */
unsigned output_columns(const struct output *o);

/* The run was told to end while another thread writes: a reader that takes nothing for a while is
 * not waited for any more. From any thread. */
void output_hurry(struct output *o);

/* 0, or -errno of the first write that failed. */
int output_error(const struct output *o);

/* What the kernel and the interface kept from us, for the `end` record. */
void output_lost(struct output *o, uint64_t dropped, uint64_t dropped_interface);

/* JSON: the `end` record, if there was a beginning. Flushes and closes (also the last error a close
 * can bring). Frees o. Returns 0 or -errno of the first failure. */
int output_end(struct output *o, int exit_status);

/* The library behind the JSON format and its version at run time: "json-c 0.16". Static storage. */
const char *output_library_version(void);

#endif
