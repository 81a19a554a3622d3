/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_REPORT_H
#define CMD_PING_REPORT_H

#include "ping_names.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/pinger.h"

#include <stdbool.h>

/*
 * What the pinger finds, as records (JSON), as the classic lines of one address, as a row for each
 * of many, or as bare addresses.
 */
enum ping_layout { PING_LINES, PING_ROWS, PING_ADDRESSES };

struct ping_report_options {
	enum ping_layout layout;
	const char *proto; /* "icmp", "tcp", "udp" */
	size_t size;       /* icmp: of the data */
	bool quiet;        /* nothing about single probes */
	bool verbose;      /* what the clock was, and where else time went */
	bool timestamps, outstanding;
	bool dead;                /* PING_ADDRESSES: those that did not answer */
	bool graph;               /* a picture instead of lines, on a terminal */
	struct ping_names *names; /* NULL: none are looked up */
};

struct ping_report;

struct ping_report *ping_report_new(struct output *out, const struct ping_report_options *options);
void ping_report_free(struct ping_report *r);

/* PING_LINES: "PING host (addr) ...", when the address is known. */
void ping_report_begin(struct ping_report *r, const char *name, const struct addr *addr);
void ping_report_reply(
	struct ping_report *r, const struct ping_host *h, const struct ping_reply *reply);
void ping_report_error(
	struct ping_report *r, const struct ping_host *h, const struct ping_error *error);
void ping_report_lost(
	struct ping_report *r, const struct ping_host *h, uint64_t sequence, bool dropped_here);
void ping_report_outstanding(struct ping_report *r, uint64_t sequence);

/* An address is done, or the run is over: its record, row, address or closing lines. */
void ping_report_host(struct ping_report *r, const struct ping_host *h, nsec_t elapsed);

/* How many addresses were alive, dead, or could not be told. */
struct ping_verdicts {
	uint64_t alive, dead, unknown;
};

enum ping_verdict { PING_ALIVE, PING_DEAD, PING_UNKNOWN };
enum ping_verdict ping_verdict_of(const struct ping_host *h);

void ping_report_total(struct ping_report *r, const struct pinger_status *status,
	const struct ping_verdicts *verdicts, nsec_t elapsed);

/* PING_LINES with a graph: the sparkline and the counts, for output_live_begin(). */
void ping_report_picture(struct ping_report *r, const struct ping_host *h);

/* "5 packets transmitted, 5 received, 0% packet loss, min/avg/max = ... ms", appended. */
void ping_report_interim(
	struct strbuf *out, const struct ping_counts *c, const struct rtt_stats *rtt);

#endif
