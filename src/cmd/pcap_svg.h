/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_SVG_H
#define CMD_PCAP_SVG_H

#include "pcap_view.h"

enum { SVG_FLOWS_MAX = 20 };

/* Ladders as a picture, one below the other. Zeroed but for the first group: empty. */
struct ladders_drawn {
	const struct capture *capture; /* for the names of interfaces; may be NULL */
	bool numeric;

	struct strbuf body;
	int width, height; /* so far, without the margins to the right and below */
	unsigned count;
	uint64_t more; /* flows beyond SVG_FLOWS_MAX */
};

/* `missed` packets are not in the journal at all. */
void ladders_drawn_add(
	struct ladders_drawn *d, const struct flow *f, const struct journal *j, uint64_t missed);

/* Appends the document; nothing can be added after it. */
void ladders_drawn_finish(struct ladders_drawn *d, struct strbuf *out);
void ladders_drawn_release(struct ladders_drawn *d);

#endif
