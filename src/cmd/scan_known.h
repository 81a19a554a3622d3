/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_KNOWN_H
#define CMD_SCAN_KNOWN_H

#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"
#include "netprobe/probe/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is known or expected of ports, from a file: records of an earlier scan (NDJSON), or lines
 *for people:
 *
 *	# ADDRESS  PORTS[/udp]  STATE[,STATE...]
 *	192.0.2.10  22,80,443   open
 *	192.0.2.10  -           closed,filtered   # every other port
 *	192.0.2.0/24  53/udp    open
 *
 * ADDRESS is a literal, CIDR or a range, PORTS is written as for -p, and the states are those of
 * --show ("all": whatever it is). Of several lines about a port the most special counts: fewer
 * addresses before more (one with a zone before the same in any), then fewer ports before more; the
 * later line where that does not decide. Of several records about a port the last counts.
 */
struct scan_known;

enum known_kind { KNOWN_ANY, KNOWN_RECORDS };

/* NULL: why it cannot be used was appended to `why`, in one line. `wanted` KNOWN_RECORDS: lines for
 * people are not. */
struct scan_known *scan_known_read(const char *path, enum known_kind wanted, struct strbuf *why);
void scan_known_free(struct scan_known *k); /* NULL is fine */

/* Of a port (of `a` without its own): a set of states, 1 << enum port_state; 0: nothing is said of
 * it. `reason` (may be NULL) is that of a record, else REASON_NONE. */
unsigned scan_known_states(const struct scan_known *k, const struct addr *a, uint16_t port,
	int proto, enum port_reason *reason);

/* A record of the port says unproved, or a silence (open|filtered, or filtered behind a limit of
 * ICMP errors) and that it is not proved: it may be something else. What a line says is meant. */
bool scan_known_is_guess(
	const struct scan_known *k, const struct addr *a, uint16_t port, int proto);

/* A record of the port says where its packets end (--where). */
bool scan_known_is_located(
	const struct scan_known *k, const struct addr *a, uint16_t port, int proto);

/*
 * Ports that the file names one by one (records, and lines of one address with less than all
 * ports), each once; false at the end. *at begins as 0. Those of one address and protocol come one
 * after the other. a->port is the port.
 */
bool scan_known_next(
	const struct scan_known *k, uint64_t *at, struct addr *a, int *proto, unsigned *states);

bool scan_known_has(const struct scan_known *k, int proto); /* it says something of such ports */
bool scan_known_is_records(const struct scan_known *k);
bool scan_known_is_empty(const struct scan_known *k); /* it says nothing of any port */

/* What follows is about records only. */

/* The last line was cut short, and does not count. *offset: how many bytes the lines take that are
 * whole. */
bool scan_known_cut(const struct scan_known *k, uint64_t *offset);

/* The run that wrote them, or the first of several. */
struct known_run {
	const char *const *args; /* as the user typed them; NULL-ended */
	size_t arg_count;
	bool has_seed;
	uint64_t seed;
	const char *shard; /* "3/7"; NULL: all of it */
	bool single;       /* those that followed it went on with it, by --resume */
	bool ended; /* the last of them came to its end, and could tell: exit status 0 or 1 */
	bool over;  /* the last of them came to its end */
	int exit;   /* then */
};

const struct known_run *scan_known_run(const struct scan_known *k); /* NULL: there is none */

/* A banner of the port is among them. */
bool scan_known_banner(const struct scan_known *k, const struct addr *a, uint16_t port);

/* Takes a summary of the address that is about so many ports and in which none is pending, each
 * once. False: there is none (any more). */
bool scan_known_take_summary(struct scan_known *k, const struct addr *a, uint32_t ports,
	uint32_t counts[static PORT_STATES]);

#endif
