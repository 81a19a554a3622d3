/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_REPORT_H
#define CMD_SCAN_REPORT_H

#include "netprobe/base/strbuf.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/host.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the engine finds, as records and rows. JSON gets every port when it is decided. A table is
 * made for eyes when an address is done: open ports, then the few that stand out, then one line for
 * each large crowd that is alike ("65528 closed (rst)"); with many addresses and few ports it is
 * one table for all.
 */
enum report_layout { REPORT_BLOCKS, REPORT_FLAT };

struct report_options {
	enum report_layout layout;
	bool many;       /* more than one address: those that gave no sign are only counted */
	unsigned states; /* 1 << enum port_state of those to list; 0: what stands out (JSON: all) */
};

/* How many addresses and ports ended how, over the whole run. */
struct report_totals {
	uint64_t addresses, ports;
	uint64_t states[PORT_STATES];
	uint64_t incomplete; /* addresses with pending ports */
};

struct report;

struct report *report_new(struct output *out, const struct report_options *options);
void report_free(struct report *r);

/* A port was decided: it is counted, and listed where that does not wait for its address. What is
 * to be listed later, with a note in the place of its detail, is counted first. */
void report_port(struct report *r, const struct host *h, uint32_t cell);
void report_count(struct report *r, const struct host *h, uint32_t cell);
void report_list(struct report *r, const struct host *h, uint32_t cell, const struct strbuf *note);

/* `notes`: one for each cell, without text where there is none; or NULL. Not escaped. */
void report_host(struct report *r, const struct host *h, bool complete, const struct strbuf *notes);
void report_end(struct report *r); /* what was only counted */
const struct report_totals *report_totals(const struct report *r);

/* Parses --show: state names joined by commas, or "all". 0 or ERR_EMPTY, ERR_SYNTAX. */
int report_parse_states(const char *text, unsigned *states);

#endif
