/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_STEPS_H
#define CMD_PCAP_STEPS_H

#include "pcap_view.h"

/* What a ladder shows of a flow, in words; the same as text and as a picture. */

/* Where an arrow begins. */
enum step_origin {
	STEP_OTHER,   /* at the end that it does not go to */
	STEP_BETWEEN, /* on the way: an ICMP error of a router */
	STEP_SAME,    /* where it goes to: an ICMP error of the machine's own */
};

struct step {
	nsec_t since; /* the flow's first packet */
	enum side to;
	enum step_origin origin;
	bool again;           /* the packet before once more */
	uint64_t left_out;    /* so many that were not kept came before it */
	struct strbuf label;  /* "SYN seq 0 win 64240" */
	struct strbuf offers; /* of a SYN: "MSS 1460, SACK" */
	struct strbuf meaning;
};

struct steps {
	const struct flow *flow;
	const struct journal *journal; /* NULL: none */
	const struct capture *capture; /* for the names of interfaces; may be NULL */
	bool brief;                    /* flags as letters */
	/* of their own; zeroed at first */
	struct step step;
	size_t next;
	nsec_t last[SIDES];
	struct strbuf offered[SIDES];
};

/* The next packet, in steps.step until the one after it; false: there is none. */
bool steps_next(struct steps *s);
void steps_release(struct steps *s);

/* "1.020000"; and the columns that the times of a flow take. */
void step_time(struct strbuf *out, nsec_t since);
size_t step_time_width(const struct flow *f);

/* "#3 vlan 10 10.9.0.1:40312 -> 10.9.0.2:http: complete in 20.100 ms", appended. */
void steps_head(struct strbuf *out, const struct flow *f, bool numeric);

/* What is to be noted beside the head, but for what that has said. */
void steps_note(
	struct strbuf *out, const char *head, const struct flow *f, const struct capture *capture);

/* What is not in the journal at all; nothing where all is. */
void steps_missed(struct strbuf *out, uint64_t packets);

#endif
