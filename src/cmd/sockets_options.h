/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_OPTIONS_H
#define CMD_SOCKETS_OPTIONS_H

#include "common_options.h"
#include "sockets_sort.h"

#include "netprobe/base/clock.h"
#include "netprobe/cli/options.h"
#include "netprobe/procfs/filter.h"
#include "netprobe/procfs/source.h"

#include <stdbool.h>

struct sockets_options {
	bool tcp, udp, udplite, raw, icmp, local;
	bool listening, all;
	struct option_list states, ports, locals, peers, processes, users, units;
	const char *netns; /* NULL: our own */
	const char *proc;  /* NULL: sock_diag, then /proc */

	bool owners, extended, summary, explain;
	uint64_t top; /* as given: see sockets_top() */
	nsec_t watch; /* 0: one look */
	uint64_t count;
	struct strbuf sort;
	struct common_options common;
};

enum { SOCKETS_GROUP_COUNT = 5 };

extern const struct option_group sockets_groups[SOCKETS_GROUP_COUNT];
extern const char *const sockets_examples[];

void sockets_defaults(void *options);

uint64_t sockets_top(const struct sockets_options *o); /* how many of each; 0: all */

/* Options that do not go together, before anything is opened. What is wrong is said as a usage
 * error. 0 or another code. */
int sockets_options_check(const struct sockets_options *o);

struct places;

/* What was asked for, from options and operands together. */
struct sockets_request {
	const struct places *places; /* given: names of interfaces are theirs; NULL: our own */
	struct source_query query;   /* of what is shown */
	struct filter *filter;
	struct sort_keys sort;
	bool owners;  /* they have to be known */
	bool gathers; /* rows are kept before any is shown */
};

/*
 * What is wrong is said as a usage error. 0 or another code; out->filter is there already, and the
 * request is to be released either way. Names of hosts in filters are looked up if `asks_hosts`
 * allows it: not while privileges are held; those of services are, unless it is --numeric.
 */
int sockets_request_parse(const struct sockets_options *o, const struct arguments *args,
	bool asks_hosts, struct sockets_request *out);
/* Processes have to be looked at: needed before the request is parsed. */
bool sockets_read_owners(const struct sockets_options *o);

void sockets_request_release(struct sockets_request *r);

#endif
