/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CLI_OPTIONS_H
#define NETPROBE_CLI_OPTIONS_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Options as data: one table a command feeds the parser, --help, the completions of three shells
 * and the test that holds the manual against them.
 */
enum option_kind {
	OPTION_FLAG,   /* bool: true when given */
	OPTION_COUNT,  /* unsigned: how often it was given (-vv) */
	OPTION_SET,    /* int: takes the value in `min` when given (-4, -6, -j) */
	OPTION_TEXT,   /* const char *: points into argv */
	OPTION_LIST,   /* struct option_list: every value given, in order */
	OPTION_JOINED, /* struct strbuf: every value given, joined by commas; text is NULL for none
			*/
	OPTION_UINT,   /* uint64_t in min..max */
	OPTION_REAL,   /* double in min..max, decimal digits with an optional fraction */
	OPTION_DURATION, /* nsec_t in min..max nanoseconds */
	OPTION_CHOICE,   /* int: index into choices */
	OPTION_HELP,     /* prints help; no storage */
};

struct option_list {
	const char **values; /* freed by options_release() */
	size_t count;
};

struct option_def {
	char letter;      /* 0 for none */
	const char *name; /* long name, without dashes; never NULL */
	enum option_kind kind;
	const char *
		value; /* what help calls the value ("PORTS", "N"); NULL for none, or the choices */
	const char *help; /* one sentence, no full stop */
	size_t offset;    /* where the value goes, from the group's base */
	uint64_t min, max;
	const char *const
		*choices; /* NULL-ended; completions offer them, for OPTION_TEXT too as hints */
	const char
		*fallback; /* the value where none is given: it may be left out; NULL: it may not */
	bool is_file;      /* completions offer file names */
	bool exclusive;    /* OPTION_SET: an error where another has set its place; 0 is unset.
			      OPTION_TEXT: an error when it is repeated */
};

struct option_group {
	const char *title; /* "Which ports and targets"; NULL continues the group before */
	const struct option_def *defs;
	size_t count;
	size_t base; /* offset of the group's struct in the command's options */
};

/* What a command is run with, beside its options. */
struct arguments {
	char **operands;
	int operand_count;
	const char *const *typed; /* everything as the user typed it, without the program's name */
	size_t typed_count;
};

struct command {
	const char *name;
	const char *summary;  /* one line, no full stop */
	const char *operands; /* "TARGET..." */
	const char *about; /* help's paragraph, wrapped by the author to 78 columns; may be NULL */
	const struct option_group *groups;
	size_t group_count;
	const char *const
		*examples;   /* pairs of command line and what it does, NULL-ended: three or more */
	size_t options_size; /* of the struct that `run` gets */
	void (*defaults)(void *options);
	int (*run)(void *options, const struct arguments *args); /* returns the exit status */
};

/* netprobe itself, for what stands before a command's name; it has no `run`. */
struct program_options {
	bool version;
	int completion; /* index into program_shells, -1 for none */
};

extern const struct command program;
extern const char *const program_shells[]; /* NULL-ended */

/* Every option of a command, in order: `for (struct option_at at = {0}; options_each(cmd, &at);)`.
 */
struct option_at {
	const struct option_group *group; /* of the option that the last call gave */
	const struct option_def *def;
	size_t next_group, next_def;
};

bool options_each(const struct command *cmd, struct option_at *at);

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_ERROR };

/*
 * Parses argv (without program and command names) as getopt_long(3) does: letters may be bundled,
 * values follow directly, after '=' or as the next argument, unambiguous prefixes of long names are
 * accepted, operands and options mix, "--" ends options and "-" is an operand. argv is permuted:
 * operands come to stand at argv[0..*operand_count), what follows them is unspecified. Of a
 * repeated option with one value the last wins; lists, also those joined by commas, add up. Where
 * the value may be left out, it follows a letter directly, a name after '=', or as the next
 * argument if that reads as a value of the option's kind (of a number out of bounds, too); any text
 * does, so that one only follows directly. On OPTIONS_ERROR one line without prefix, not yet
 * escaped, is appended to `why`: "unknown option
 * --prots (did you mean --ports?)", "--rate 0: out of range: 1 to 10000000", "-6 contradicts -4",
 * "-N can be given only once". options_release() is due after every result.
 */
enum options_result options_parse(const struct command *cmd, int argc, char **argv, void *options,
	int *operand_count, struct strbuf *why);
void options_release(const struct command *cmd, void *options);

/* Help of a command: usage, about, groups, examples; at most 80 columns, however the table is
 * filled. */
void options_help(const struct command *cmd, struct strbuf *out);

/* Help of the program: usage, a line a command, the global options --help, --version, --completion.
 */
void program_help(const struct command *const *commands, struct strbuf *out);

/* The nearest command's name for a mistyped one, NULL when none is near. */
const char *program_suggest(const struct command *const *commands, const char *name);

/* Completion script for `shell`, one of program_shells. Returns 0, or ERR_SYNTAX for another shell.
 */
int program_completion(
	const struct command *const *commands, const char *shell, struct strbuf *out);

#endif
