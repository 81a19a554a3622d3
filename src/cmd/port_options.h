/* SPDX-License-Identifier: MIT */
#ifndef CMD_PORT_OPTIONS_H
#define CMD_PORT_OPTIONS_H

#include "netprobe/cli/options.h"

struct ports;
struct session;

/* What commands over the ports of addresses take besides. */
struct port_options {
	struct strbuf chosen, excluded; /* as given */
	const char *standard;           /* never NULL: the command's own, where none are chosen */
	uint64_t seed;                  /* random when not given */
	uint64_t drawn; /* what was drawn for that: seed differs where it was given */
	bool sequential;
	int proto; /* IPPROTO_UDP, else TCP */
};

/* The options above as entries among a command's; `at` is the offset of its struct port_options.
 * `standard` says which ports are asked when none are chosen; `shuffled` and `ascending` say what
 * has an order. */
#define PORT_DEFS(at, standard)                                                                    \
	{                                                                                          \
		.letter = 'p',                                                                     \
		.name = "ports",                                                                   \
		.kind = OPTION_JOINED,                                                             \
		.value = "PORTS",                                                                  \
		.help = "numbers, ranges and service names joined by commas, - for all, top:N "    \
			"for the N likeliest (" standard ")",                                      \
		.offset = (at) + offsetof(struct port_options, chosen),                            \
	},                                                                                         \
	{                                                                                          \
		.name = "exclude-ports", .kind = OPTION_JOINED, .value = "PORTS",                  \
		.help = "ports to leave out, written the same way",                                \
		.offset = (at) + offsetof(struct port_options, excluded),                          \
	}
#define ORDER_DEFS(at, shuffled, ascending)                                                        \
	{                                                                                          \
		.name = "seed",                                                                    \
		.kind = OPTION_UINT,                                                               \
		.value = "N",                                                                      \
		.max = UINT64_MAX,                                                                 \
		.help = "order of the " shuffled ", for a run that can be repeated",               \
		.offset = (at) + offsetof(struct port_options, seed),                              \
	},                                                                                         \
	{                                                                                          \
		.name = "sequential", .kind = OPTION_FLAG,                                         \
		.help = ascending " in ascending order",                                           \
		.offset = (at) + offsetof(struct port_options, sequential),                        \
	}

struct port_options port_options_default(const char *standard);

/* What a run is over: the ports to `verb`, which are TCP's, and session_targets(), in the order
 * that is asked for. What is wrong, also that no port is left, is said as a usage error. 0 or
 * another code; *ports is the caller's either way, NULL where there are none. */
int port_options_parse(const struct port_options *o, const char *verb, struct session *s,
	const struct arguments *args, struct ports **ports);

#endif
