/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_REPORT_H
#define CMD_SCAN_REPORT_H

#include "netprobe/base/strbuf.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/host.h"
#include "netprobe/probe/locator.h"

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
	bool silent;     /* everything is counted, nothing listed */
	bool many;       /* more than one address: those that gave no sign are only counted */
	int protocol;    /* IPPROTO_TCP or IPPROTO_UDP */
	unsigned states; /* 1 << enum port_state of those to list; 0: what stands out (JSON: all) */
};

/* How many addresses and ports ended how, over the whole run. */
struct report_totals {
	uint64_t addresses, ports;
	uint64_t states[PORT_STATES];
	uint64_t incomplete; /* addresses with pending ports */
};

/* What was learnt of a port after it was decided. Zeroed: nothing. */
struct port_note {
	struct strbuf detail; /* in the place of what the state says by itself; escaped */
	struct whereabouts where;
	bool located; /* `where` was found out */
};

/* What random ports of an address that nobody asked about do: where they are open, too, an open
 * port says nothing. */
enum fake_kind {
	FAKE_NOT_KNOWN,
	FAKE_HELD,    /* they accept and keep silent */
	FAKE_CLOSES,  /* they accept and close, without a byte */
	FAKE_TALKS,   /* they send data */
	FAKE_REPLIES, /* UDP: they reply */
};

struct fake_suspect;

struct host_note {
	uint32_t open;                 /* ports so far, where somebody counts them */
	uint8_t followed;              /* ports whose way is looked at */
	bool cut;                      /* an interruption ended that */
	uint8_t fake_asked, fake_open; /* random ports; 0: none was asked */
	enum fake_kind fake_kind;
	struct fake_suspect *suspect; /* scan_fake's, while random ports are asked */
};

const char *fake_kind_name(enum fake_kind kind);      /* "held", ...; NULL: not known */
bool host_note_is_fake(const struct host_note *note); /* most of them are open; NULL: no */

struct report;

struct report *report_new(struct output *out, const struct report_options *options);
void report_free(struct report *r);

/* A port was decided: it is counted, and listed where that does not wait for its address. `note`
 * may be NULL. */
void report_port(
	struct report *r, const struct host *h, uint32_t cell, const struct port_note *note);
/* The port was told of in an earlier run: it is only counted. */
void report_count(struct report *r, const struct host *h, uint32_t cell);
/* An address of an earlier run that nothing is left to do of: so many ports in each state. */
void report_known(struct report *r, const uint32_t counts[static PORT_STATES]);

/* `notes`: one for each cell, or NULL; `note` may be NULL. */
void report_host(struct report *r, const struct host *h, bool complete,
	const struct port_note *notes, const struct host_note *note);
void report_end(struct report *r); /* what was only counted */
const struct report_totals *report_totals(const struct report *r);

#define REPORT_STATES_TEXT                                                                         \
	"open, closed, filtered, open|filtered, unreachable, unproved or all, in lower case"

/* Parses --show: state names joined by commas, or "all". 0 or ERR_EMPTY, ERR_SYNTAX. */
int report_parse_states(const char *text, unsigned *states);

#endif
