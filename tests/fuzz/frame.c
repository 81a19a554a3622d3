/* SPDX-License-Identifier: MIT */
/*
 * First byte: bits 0-2 the link type (enum link_type), bits 3-7 where the frame is cut, in parts of
 * 32. The rest is the frame.
 */
#include "netprobe/packet/frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 65536 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool within(const uint8_t *at, size_t len, const uint8_t *bytes, size_t size)
{
	return at >= bytes && len <= size && at <= bytes + (size - len);
}

/* ---- one frame */

static void check_ip(const struct ip_header *h, const uint8_t *bytes, size_t size)
{
	size_t address = h->family == 4 ? 4 : 16;

	must(h->family == 4 || h->family == 6);
	must(within(h->source, address, bytes, size));
	must(within(h->destination, address, bytes, size));
	must(h->fragment == (h->offset > 0) && h->offset % 8 == 0);
	must(h->has_id || (!h->fragment && !h->more));
}

static void check_options(const struct tcp_header *h)
{
	struct tcp_options o;

	tcp_options_parse(h->options, h->options_len, &o);
	must(o.has_mss || o.mss == 0);
	must(o.has_timestamps || (o.tsval == 0 && o.tsecr == 0));
}

static void check_tcp(const struct frame *f, const uint8_t *bytes, size_t size)
{
	const struct tcp_header *h = &f->tcp;

	must(f->ip.protocol == 6 && !f->ip.fragment);
	must(h->length >= 20 && h->length <= 60 && h->length % 4 == 0);
	must(h->options_len <= h->length - 20 && h->flags <= 0x1ff);
	must(h->options_len == h->length - 20 || f->flaw != FRAME_WHOLE);
	must(within(h->options, h->options_len, bytes, size));
	must(h->options + h->options_len == f->payload);
	check_options(h);
}

static void check_icmp(const struct frame *f, const uint8_t *bytes, size_t size)
{
	const struct icmp_quote *q = &f->icmp.quote;

	must(f->ip.protocol == (f->ip.family == 4 ? 1 : 58) && !f->ip.fragment);
	if (!q->ip.family) {
		must(!q->has_ports && !q->has_sequence);
		return;
	}
	must(q->ip.family == f->ip.family);
	check_ip(&q->ip, bytes, size);
	must(!q->has_sequence || (q->has_ports && q->ip.protocol == 6));
}

static void check_payload(const struct frame *f, const uint8_t *bytes, size_t size)
{
	if (f->kind != FRAME_TCP && f->kind != FRAME_UDP) {
		must(!f->payload && f->payload_captured == 0 && f->payload_len == 0);
		return;
	}
	must(within(f->payload, f->payload_captured, bytes, size));
	must(f->payload_captured <= f->payload_len);
}

static void check_wrapping(const struct frame *f, enum link_type link)
{
	bool cooked = link == LINK_COOKED || link == LINK_COOKED2;

	must(f->tunnel <= TUNNEL_GENEVE && (f->tunnel || f->tunnel_id == 0));
	must(f->kind != FRAME_UNKNOWN || !f->tunnel); /* told of its carrier */
	must(f->vlan_count > 0 || f->vlans[0] == 0);
	must(f->vlan_count > 1 || f->vlans[1] == 0);
	must(f->vlans[0] < 4096 && f->vlans[1] < 4096);
	must(cooked || (!f->incoming && !f->outgoing));
	must(!(f->incoming && f->outgoing));
}

static void check(const struct frame *f, enum link_type link, const uint8_t *bytes, size_t size)
{
	check_wrapping(f, link);
	check_payload(f, bytes, size);
	if (f->kind >= FRAME_IP)
		check_ip(&f->ip, bytes, size);
	else
		must(f->ip.family == 0);
	must((f->kind == FRAME_FRAGMENT) ==
		(f->kind >= FRAME_IP && f->ip.fragment && f->flaw == FRAME_WHOLE));
	if (f->kind == FRAME_TCP)
		check_tcp(f, bytes, size);
	else if (f->kind == FRAME_UDP)
		must(f->ip.protocol == 17 && !f->ip.fragment);
	else if (f->kind == FRAME_ICMP)
		check_icmp(f, bytes, size);
}

/* ---- the same frame, less of it */

static void check_same_tcp(const struct frame *a, const struct frame *b)
{
	must(a->tcp.sequence == b->tcp.sequence && a->tcp.flags == b->tcp.flags);
	must(a->tcp.length == b->tcp.length && a->tcp.options_len >= b->tcp.options_len);
}

/* What was cut is not wrong, and what can be read of it is what the whole frame says. */
static void check_cut(const struct frame *whole, const struct frame *cut)
{
	must(cut->flaw != FRAME_MALFORMED || whole->flaw == FRAME_MALFORMED);
	must(!cut->tunnel || cut->tunnel == whole->tunnel);
	if (cut->kind == FRAME_UNKNOWN || cut->kind != whole->kind || cut->tunnel != whole->tunnel)
		return;
	must(cut->vlan_count == whole->vlan_count && cut->mpls_count == whole->mpls_count);
	must(memcmp(cut->vlans, whole->vlans, sizeof cut->vlans) == 0);
	must(cut->tunnel_id == whole->tunnel_id);
	must(cut->ethertype == whole->ethertype && cut->payload_len == whole->payload_len);
	if (cut->kind == FRAME_TCP)
		check_same_tcp(whole, cut);
}

/* In memory of its own, so that a sanitizer sees whoever reads on. */
static struct frame parse(enum link_type link, const uint8_t *bytes, size_t len, size_t wire)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct frame f;

	must(exact != NULL);
	memcpy(exact, bytes, len);
	memset(&f, 0xa5, sizeof f); /* what is not set must not matter */
	frame_parse(link, exact, len, wire, &f);
	check(&f, link, exact, len);
	free(exact);
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum link_type link;
	struct frame whole, cut;
	size_t len;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	link = data[0] & 7;
	len = size - 1;
	whole = parse(link, data + 1, len, len);
	must(whole.kind != FRAME_UNKNOWN || link != LINK_RAW || whole.flaw == FRAME_MALFORMED);
	cut = parse(link, data + 1, len * (data[0] >> 3) / 32, len);
	check_cut(&whole, &cut);
	return 0;
}
