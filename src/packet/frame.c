/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/frame.h"

#include "arp.h"
#include "be.h"
#include "cooked.h"
#include "ethernet.h"
#include "icmp_packet.h"
#include "loopback.h"
#include "mpls.h"
#include "ppp.h"
#include "tunnel.h"
#include "udp.h"

enum { UDP_HEADER = 8, ETHERTYPE_MIN = 0x0600 };

struct walk {
	struct cursor c;
	size_t beyond;         /* bytes that a header promises behind the cursor's end */
	enum frame_flaw wants; /* what it means that bytes are wanting */
	struct frame *out;
};

static size_t promised(const struct walk *w)
{
	return cursor_left(&w->c) + w->beyond;
}

/* `length` bytes follow, says a header; what stands behind them is padding or a trailer. */
static void bound(struct walk *w, size_t length)
{
	size_t left = cursor_left(&w->c);

	if (length <= left) {
		w->c.end = w->c.at + length;
		w->beyond = 0;
		w->wants = FRAME_MALFORMED;
	} else {
		w->beyond = length - left;
	}
}

/* A header could not be read. */
static void refuse(struct walk *w)
{
	w->out->flaw = cursor_ok(&w->c) ? FRAME_MALFORMED : w->wants;
}

/* ---- transport */

static void lend_payload(struct walk *w, size_t length)
{
	w->out->payload = w->c.at;
	w->out->payload_captured = (uint32_t)cursor_left(&w->c);
	w->out->payload_len = (uint32_t)length;
}

static void walk_tcp(struct walk *w)
{
	struct frame *out = w->out;
	size_t length = promised(w);

	if (!tcp_parse(&w->c, &out->tcp)) {
		refuse(w);
		return;
	}
	out->kind = FRAME_TCP;
	if (!tcp_options_whole(&out->tcp))
		out->flaw = w->wants;
	lend_payload(w, length > out->tcp.length ? length - out->tcp.length : 0);
}

/* Less than the datagram is there where the rest is in other fragments. */
static void bound_udp(struct walk *w)
{
	size_t length = w->out->udp.length;

	/* 0: too long for the field (RFC 2675), or not cut into segments yet */
	if (length == 0)
		return;
	if (length < UDP_HEADER || (length - UDP_HEADER > promised(w) && !w->out->ip.more))
		w->out->flaw = FRAME_MALFORMED;
	else if (length - UDP_HEADER <= promised(w))
		bound(w, length - UDP_HEADER);
}

static void walk_udp(struct walk *w)
{
	if (!udp_parse(&w->c, &w->out->udp)) {
		refuse(w);
		return;
	}
	w->out->kind = FRAME_UDP;
	bound_udp(w);
	lend_payload(w, promised(w));
}

static void walk_icmp(struct walk *w)
{
	struct frame *out = w->out;
	struct icmp_packet *icmp = &out->icmp;

	if (!icmp_packet_parse(&w->c, out->ip.family, icmp)) {
		refuse(w);
		return;
	}
	out->kind = FRAME_ICMP;
	if (icmp_packet_quotes(out->ip.family, icmp->type) && !icmp->quote.ip.family)
		refuse(w);
}

static void walk_transport(struct walk *w)
{
	struct ip_header *ip = &w->out->ip;

	if (ip->protocol == PROTOCOL_TCP)
		walk_tcp(w);
	else if (ip->protocol == PROTOCOL_UDP)
		walk_udp(w);
	else if (ip->protocol == (ip->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
		walk_icmp(w);
}

/* ---- network */

/* The length field of the header at `start`, against how long the header was. 0 stands for what is
 * longer than the field can say: a jumbogram, or segments that the interface will cut. */
static bool bound_ip(struct walk *w, const uint8_t *start)
{
	bool v4 = w->out->ip.family == 4;
	size_t length = be16_at(start + (v4 ? 2 : 4)) + (v4 ? 0U : 40U);
	size_t header = (size_t)(w->c.at - start);

	if (length == (v4 ? 0U : 40U))
		return true;
	if (length < header)
		return false;
	bound(w, length - header);
	return true;
}

/* `family` is what the header in front says, or 0. */
static void walk_ip(struct walk *w, uint8_t family)
{
	struct frame *out = w->out;
	const uint8_t *start = w->c.at;

	if (!ip_parse(&w->c, &out->ip)) {
		refuse(w);
		return;
	}
	if (family && family != out->ip.family) {
		out->ip.family = 0;
		out->flaw = FRAME_MALFORMED;
		return;
	}
	out->kind = FRAME_IP;
	if (!bound_ip(w, start))
		out->flaw = FRAME_MALFORMED;
	else if (out->ip.fragment)
		out->kind = FRAME_FRAGMENT;
	else {
		if (out->ip.more)
			w->wants = FRAME_CUT; /* the other fragments have it */
		walk_transport(w);
	}
}

static void walk_arp(struct walk *w)
{
	if (arp_parse(&w->c, &w->out->arp))
		w->out->kind = FRAME_ARP;
	else if (!cursor_ok(&w->c))
		refuse(w);
}

/* ---- links */

/* Nothing says what is carried; where it is not IP it is a pseudowire. */
static void walk_mpls(struct walk *w)
{
	w->out->mpls_count = mpls_parse(&w->c);
	if (cursor_ok(&w->c) && cursor_left(&w->c) > 0 && w->c.at[0] >> 4 != 4 &&
		w->c.at[0] >> 4 != 6)
		return;
	walk_ip(w, 0);
}

static void walk_ppp(struct walk *w)
{
	uint16_t protocol = ppp_parse(&w->c);

	if (protocol == PPP_IPV4)
		walk_ip(w, 4);
	else if (protocol == PPP_IPV6)
		walk_ip(w, 6);
	else if (protocol == PPP_MPLS)
		walk_mpls(w);
	else if (!cursor_ok(&w->c))
		refuse(w);
}

static void walk_pppoe(struct walk *w)
{
	struct pppoe header;

	if (!pppoe_parse(&w->c, &header)) {
		refuse(w);
		return;
	}
	bound(w, header.length);
	w->out->pppoe = header.session;
	if (header.session)
		walk_ppp(w);
}

static uint16_t walk_tags(struct walk *w, uint16_t type)
{
	struct frame *out = w->out;
	struct vlan_tags tags = {out->vlan_count, {out->vlans[0], out->vlans[1]}};

	type = vlan_parse(&w->c, type, &tags);
	out->vlan_count = tags.count;
	out->vlans[0] = tags.ids[0];
	out->vlans[1] = tags.ids[1];
	return type;
}

static void walk_type(struct walk *w, uint16_t type)
{
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		type = walk_tags(w, type);
	/* below are lengths (IEEE 802.3, 3.2.6) */
	w->out->ethertype = type < ETHERTYPE_MIN ? 0 : type;
	switch (type) {
	case ETHERTYPE_IPV4:
		walk_ip(w, 4);
		return;
	case ETHERTYPE_IPV6:
		walk_ip(w, 6);
		return;
	case ETHERTYPE_ARP:
		walk_arp(w);
		return;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		walk_mpls(w);
		return;
	case ETHERTYPE_PPPOE:
		walk_pppoe(w);
		return;
	default:
		if (!cursor_ok(&w->c))
			refuse(w);
	}
}

static void walk_cooked(struct walk *w, int version)
{
	struct cooked cooked;

	if (!cooked_parse(&w->c, version, &cooked)) {
		refuse(w);
		return;
	}
	w->out->outgoing = cooked.outgoing;
	w->out->incoming = cooked.incoming;
	w->out->to_others = cooked.to_others;
	walk_type(w, cooked.type);
}

static void walk_loopback(struct walk *w, bool network_order)
{
	uint8_t family = loopback_parse(&w->c, network_order);

	if (family)
		walk_ip(w, family);
	else if (!cursor_ok(&w->c))
		refuse(w);
}

static void walk_link(struct walk *w, enum link_type link)
{
	switch (link) {
	case LINK_ETHERNET:
		walk_type(w, ethernet_parse(&w->c));
		break;
	case LINK_COOKED:
		walk_cooked(w, 1);
		break;
	case LINK_COOKED2:
		walk_cooked(w, 2);
		break;
	case LINK_RAW:
		walk_ip(w, 0);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		walk_loopback(w, link == LINK_LOOP);
		break;
	case LINK_PPP:
		walk_ppp(w);
		break;
	default:
		break;
	}
}

/* ---- tunnels */

static enum tunnel open_ip(struct walk *w, struct tunnel_header *header)
{
	*header = (struct tunnel_header){0};
	switch (w->out->ip.protocol) {
	case PROTOCOL_IPV4:
		header->type = ETHERTYPE_IPV4;
		return TUNNEL_IPIP;
	case PROTOCOL_IPV6:
		header->type = ETHERTYPE_IPV6;
		return TUNNEL_IPIP;
	case PROTOCOL_GRE:
		return gre_parse(&w->c, header) ? TUNNEL_GRE : TUNNEL_NONE;
	default:
		return TUNNEL_NONE;
	}
}

static enum tunnel open_udp(struct walk *w, struct tunnel_header *header)
{
	switch (w->out->udp.destination_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan_parse(&w->c, header) ? TUNNEL_VXLAN : TUNNEL_NONE;
	case PORT_GENEVE:
		return geneve_parse(&w->c, header) ? TUNNEL_GENEVE : TUNNEL_NONE;
	default:
		return TUNNEL_NONE;
	}
}

/* A port is no promise: what cannot be a tunnel's packet is somebody else's datagram. */
static enum frame_flaw flaw_of_guess(enum frame_kind carrier, enum frame_flaw flaw)
{
	return carrier == FRAME_UDP && flaw == FRAME_MALFORMED ? FRAME_WHOLE : flaw;
}

/* What is carried takes the place of what carries it where it can be read at all. */
static void walk_inner(struct walk *w, enum tunnel tunnel, const struct tunnel_header *header)
{
	struct frame *out = w->out, outer = *out;

	out->kind = FRAME_UNKNOWN;
	out->ip.family = 0;
	out->tunnel = tunnel;
	out->tunnel_id = header->id;
	out->payload = NULL;
	out->payload_captured = out->payload_len = 0;
	if (header->type == ETHERTYPE_BRIDGED)
		walk_link(w, LINK_ETHERNET);
	else
		walk_type(w, header->type);
	if (out->kind == FRAME_UNKNOWN) {
		outer.flaw = flaw_of_guess(outer.kind, out->flaw);
		*out = outer;
	}
}

static void walk_tunnel(struct walk *w)
{
	struct tunnel_header header;
	enum tunnel tunnel = TUNNEL_NONE;

	if (w->out->flaw != FRAME_WHOLE)
		return;
	if (w->out->kind == FRAME_IP)
		tunnel = open_ip(w, &header);
	else if (w->out->kind == FRAME_UDP)
		tunnel = open_udp(w, &header);
	if (tunnel != TUNNEL_NONE)
		walk_inner(w, tunnel, &header);
	else if (!cursor_ok(&w->c))
		w->out->flaw = flaw_of_guess(w->out->kind, w->wants);
}

/* Not the whole of it: a frame is large, and each kind sets its own. */
static void blank(struct frame *out)
{
	out->kind = FRAME_UNKNOWN;
	out->flaw = FRAME_WHOLE;
	out->vlan_count = out->mpls_count = 0;
	out->vlans[0] = out->vlans[1] = 0;
	out->pppoe = out->outgoing = out->incoming = out->to_others = false;
	out->tunnel = TUNNEL_NONE;
	out->tunnel_id = 0;
	out->ethertype = 0;
	out->ip.family = 0;
	out->payload = NULL;
	out->payload_captured = out->payload_len = 0;
}

void frame_parse(
	enum link_type link, const uint8_t *bytes, size_t len, size_t wire_len, struct frame *out)
{
	struct walk w = {.wants = FRAME_MALFORMED, .out = out};

	blank(out);
	cursor_init(&w.c, bytes, len);
	if (wire_len > len) {
		w.beyond = wire_len - len;
		w.wants = FRAME_CUT;
	}
	walk_link(&w, link);
	if (out->kind == FRAME_IP || out->kind == FRAME_UDP)
		walk_tunnel(&w);
}
