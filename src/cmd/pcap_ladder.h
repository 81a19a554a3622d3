/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_LADDER_H
#define CMD_PCAP_LADDER_H

#include "pcap_view.h"

enum { LADDER_COLUMNS_MIN = 40 };

struct ladder_paper {
	unsigned columns; /* fewer than LADDER_COLUMNS_MIN count as that */
	bool blocks;      /* box characters can be shown */
	bool numeric;
	const struct capture *capture; /* for the names of interfaces; may be NULL */
};

/* Appends the sequence diagram of a flow, lines each with its newline, as wide as the paper at
 * most: a head with both ends and its fate, what is to be noted, then a step a packet. `missed`
 * packets are not in the journal at all. */
void ladder_draw(struct strbuf *out, const struct ladder_paper *paper, const struct flow *f,
	const struct journal *j, uint64_t missed);

#endif
