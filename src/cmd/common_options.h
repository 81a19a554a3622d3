/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMON_OPTIONS_H
#define CMD_COMMON_OPTIONS_H

#include "netprobe/cli/options.h"

/* What every command takes. */
struct common_options {
	struct option_list exclude; /* as targets_exclude() takes them */
	bool all_addresses;
	int family;         /* 4, 6, or 0 for both */
	bool numeric;       /* names are never looked up */
	int format;         /* enum output_format */
	int color;          /* enum output_color */
	const char *output; /* file, NULL or "-" for standard output */
	unsigned verbose;
	bool quiet;
};

/* The options above as entries of a command's groups; `at` is the offset of its struct
 * common_options. The addresses have the title `name`, or NULL to continue a group that the command
 * begins; the output's continue one. */
enum { COMMON_ADDRESS_COUNT = 5, COMMON_OUTPUT_COUNT = 7 };

extern const struct option_def common_address_defs[COMMON_ADDRESS_COUNT];
extern const struct option_def common_output_defs[COMMON_OUTPUT_COUNT];

#define COMMON_ADDRESS_GROUP(name, at)                                                             \
	{                                                                                          \
		.title = (name), .defs = common_address_defs, .count = COMMON_ADDRESS_COUNT,       \
		.base = (at)                                                                       \
	}
#define COMMON_OUTPUT_GROUP(at)                                                                    \
	{                                                                                          \
		.defs = common_output_defs, .count = COMMON_OUTPUT_COUNT, .base = (at)             \
	}

/* Sets up the log: what -v and -q ask for, behind `prefix`, which is kept. */
void common_log(const struct common_options *o, const char *prefix);

#endif
