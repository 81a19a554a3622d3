/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_OPTIONS_H
#define CMD_BANNER_OPTIONS_H

#include "common_options.h"
#include "port_options.h"

#include "netprobe/banner/protocols.h"
#include "netprobe/base/clock.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cli/options.h"

#define BANNER_REDIRECTS_UNSET UINT64_MAX /* as grabber_defaults() has it */

struct banner_options {
	struct port_options ports;

	int proto; /* index into banner_protocols, -1 when not given */
	bool tls, no_tls;
	const char *name; /* NULL: the target's own; so is `ca` */
	bool get, follow;
	uint64_t max_redirects; /* or BANNER_REDIRECTS_UNSET */
	const char *ca;

	nsec_t connect_timeout;
	nsec_t timeout; /* for each answer */
	nsec_t listen;
	nsec_t deadline; /* of a session */
	uint64_t max_bytes, max_lines;
	uint64_t rate;     /* connections a second, 0: no limit */
	uint64_t parallel; /* sessions at once, 0: as many as this machine bears */

	bool long_blocks;
	struct common_options common;
};

enum { BANNER_GROUP_COUNT = 6 };

extern const struct option_group banner_groups[BANNER_GROUP_COUNT];
extern const char *const banner_examples[];

/* The words of --proto, in the order of enum protocol_id behind PROTOCOL_UNKNOWN; NULL-ended. */
extern const char *const banner_protocols[];

void banner_defaults(void *options);

/* What --proto asks for; PROTOCOL_UNKNOWN when it was not given. */
enum protocol_id banner_proto(const struct banner_options *o);

/* ERR_SYNTAX where options exclude each other or have no effect; ERR_EMPTY, ERR_NAME, ERR_ADDRESS
 * or ERR_TOO_LONG where --name is neither a host name nor an address without brackets; then one
 * line, not yet escaped, is appended to `why`. */
int banner_options_check(const struct banner_options *o, struct strbuf *why);

#endif
