/* SPDX-License-Identifier: MIT */
#include "host_look.h"

#include "netprobe/capture/tracker.h"

enum {
	IDS_APART = 64,   /* one host's packets, one after the other */
	ID_FAR = 1024,    /* not one of them any more */
	ORDER_PROVED = 2, /* so many steps in order are no chance */
	ID_FRESH = 96,    /* units of 2^20 ns, 100 ms: so long ID_FAR holds */
};

static uint32_t units(nsec_t at)
{
	return (uint32_t)((uint64_t)at >> 20);
}

/* Linux gives the id 0 to what it sends without a socket: SYN-ACKs, and some RSTs. */
static bool has_number(const struct ip_header *ip)
{
	return ip->has_id && ip->id != 0;
}

void host_look_note(struct handshake *h, const struct ip_header *ip, nsec_t at)
{
	uint16_t step = (uint16_t)(ip->id - h->last_id);

	h->last_ttl = ip->ttl;
	if (!has_number(ip))
		return;
	if (h->last_id && step - 1U >= IDS_APART)
		h->ids_in_order = 0;
	else if (h->last_id && h->ids_in_order < ORDER_PROVED)
		h->ids_in_order++;
	h->last_id = (uint16_t)ip->id;
	h->last_id_at = units(at);
}

static bool is_foreign(const struct handshake *h, const struct ip_header *ip, nsec_t at)
{
	if (h->last_ttl && ip->ttl != h->last_ttl && ip->ttl != h->ttl[SERVER])
		return true;
	return h->ids_in_order >= ORDER_PROVED && has_number(ip) &&
	       units(at) - h->last_id_at <= ID_FRESH &&
	       (uint16_t)(ip->id - h->last_id - 1) >= ID_FAR;
}

unsigned host_look_judge(struct handshake *h, const struct ip_header *ip, nsec_t at)
{
	bool foreign = is_foreign(h, ip, at);

	if (!h->rst_seen || (foreign && !h->rst_foreign))
		h->rst_ttl = ip->ttl;
	h->rst_seen = true;
	h->rst_foreign |= foreign;
	return foreign ? ROLE_FOREIGN : 0;
}
