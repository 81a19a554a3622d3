/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_OPTIONS_H
#define CMD_PING_OPTIONS_H

#include "common_options.h"

#include "netprobe/base/clock.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cli/options.h"

#define PING_COUNT_UNSET UINT64_MAX /* one address: until interrupted; many: three each */
#define PING_SIZE_UNSET  UINT64_MAX

enum { PING_SIZE_DEFAULT = 56, PING_PATTERN_MAX = 16 };

/* The words of --pmtudisc, in their order. */
enum ping_pmtudisc {
	PMTUDISC_UNSET = -1,
	PMTUDISC_DO,
	PMTUDISC_WANT,
	PMTUDISC_DONT,
	PMTUDISC_PROBE
};

struct ping_options {
	uint64_t tcp, udp;   /* port, 0 when not given */
	uint64_t size;       /* or PING_SIZE_UNSET */
	const char *pattern; /* as given, NULL for none; so are tos and interface */
	uint64_t ttl;        /* 0: the system's */
	const char *tos;
	int pmtudisc; /* enum ping_pmtudisc */
	const char *interface;

	uint64_t count; /* 0: until interrupted; or PING_COUNT_UNSET */
	nsec_t interval;
	nsec_t timeout;  /* 0: from the round-trip times */
	nsec_t deadline; /* 0: none */
	bool flood, adaptive;
	uint64_t preload; /* at least 1 */
	uint64_t rate;    /* probes a second, 0: not given */

	bool alive, dead, timestamps, outstanding, names, graph;
	struct common_options common;
};

enum { PING_GROUP_COUNT = 5 };

extern const struct option_group ping_groups[PING_GROUP_COUNT];
extern const char *const ping_examples[];

void ping_defaults(void *options);

/* What the probes are made of: the texts among the options as values. */
enum ping_mode { PING_ECHO, PING_TCP, PING_UDP };

struct ping_request {
	enum ping_mode mode;
	uint16_t port; /* TCP, UDP */
	uint16_t size; /* data bytes; 0 with TCP */
	uint8_t pattern[PING_PATTERN_MAX];
	size_t pattern_len; /* 0: no pattern was given */
	int tos;            /* -1: the system's */
};

/* Fills *out. ERR_SYNTAX, ERR_NUMBER, ERR_RANGE, ERR_EMPTY or ERR_TOO_LONG where a text is no value
 * or options exclude each other; then one line, not yet escaped, is appended to `why`. Whether
 * there is such an interface, and what fits into a packet of the target's family, is not judged
 * here. */
int ping_options_check(const struct ping_options *o, struct ping_request *out, struct strbuf *why);

#endif
