/* SPDX-License-Identifier: MIT */
#include "pcap_packet_record.h"

#include "pcap_packet_words.h"
#include "pcap_record.h"
#include "words.h"

#include "netprobe/base/mem.h"

#include <string.h>

enum {
	PACKET_FLOW,
	PACKET_AT,
	PACKET_INTERFACE,
	PACKET_PROTO,
	PACKET_FROM,
	PACKET_SRC,
	PACKET_DST,
	PACKET_FLAGS,
	PACKET_SEQ,
	PACKET_ACK,
	PACKET_WINDOW,
	PACKET_BYTES,
	PACKET_TTL,
	PACKET_ROLES,
	PACKET_ICMP,
	PACKET_FRAGMENT,
	PACKET_VLAN,
	PACKET_TUNNEL,
	PACKET_FIELDS
};

static const struct field packet_fields[] = {
	[PACKET_FLOW] = {.name = "flow", .kind = FIELD_UINT},
	[PACKET_AT] = {.name = "at", .kind = FIELD_TIME},
	[PACKET_INTERFACE] = {.name = "interface", .kind = FIELD_TEXT},
	[PACKET_PROTO] = {.name = "proto", .kind = FIELD_TEXT},
	[PACKET_FROM] = {.name = "from", .kind = FIELD_TEXT},
	[PACKET_SRC] = {.name = "src", .kind = FIELD_RECORD, .sub = &end_schema},
	[PACKET_DST] = {.name = "dst", .kind = FIELD_RECORD, .sub = &end_schema},
	[PACKET_FLAGS] = {.name = "flags", .kind = FIELD_LIST},
	[PACKET_SEQ] = {.name = "seq", .kind = FIELD_UINT},
	[PACKET_ACK] = {.name = "ack", .kind = FIELD_UINT},
	[PACKET_WINDOW] = {.name = "window", .kind = FIELD_UINT},
	[PACKET_BYTES] = {.name = "bytes", .kind = FIELD_UINT},
	[PACKET_TTL] = {.name = "ttl", .kind = FIELD_UINT},
	[PACKET_ROLES] = {.name = "roles", .kind = FIELD_LIST},
	[PACKET_ICMP] = {.name = "icmp",
		.kind = FIELD_RECORD,
		.sub = &icmp_schema,
		.optional = true},
	[PACKET_FRAGMENT] = {.name = "fragment_offset", .kind = FIELD_UINT, .optional = true},
	[PACKET_VLAN] = {.name = "vlan", .kind = FIELD_UINTS, .optional = true},
	[PACKET_TUNNEL] = {.name = "tunnel",
		.kind = FIELD_RECORD,
		.sub = &pcap_tunnel_schema,
		.optional = true},
};
static const struct schema packet_schema = {"packet", packet_fields, PACKET_FIELDS};

enum { NAMES_MAX = 16, VLANS_MAX = 2 };

/* What the record borrows until it was written. */
struct parts {
	struct record ends[SIDES], icmp, tunnel; /* ends: source and destination */
	char texts[SIDES][ADDR_TEXT_MAX];
	const char *flags[NAMES_MAX], *roles[NAMES_MAX];
	uint64_t vlans[VLANS_MAX];
};

static void set_end(struct record *r, struct parts *parts, size_t which, uint8_t family,
	const uint8_t *ip, const uint16_t *port)
{
	struct record *end = &parts->ends[which];
	struct addr a = {.family = family, .port = port ? *port : 0};

	memcpy(a.ip, ip, family == 4 ? 4 : 16);
	pcap_end_record(end, &a, true, parts->texts[which]);
	/* where there are no ports 0 is none */
	if (!port)
		end->values[END_PORT].set = false;
	record_record(r, PACKET_SRC + which, end);
}

static void set_ends(struct record *r, struct parts *parts, const struct frame *f)
{
	const uint16_t *source = NULL, *destination = NULL;

	if (f->kind == FRAME_ARP) {
		set_end(r, parts, 0, 4, f->arp.sender_ip, NULL);
		set_end(r, parts, 1, 4, f->arp.target_ip, NULL);
	}
	if (f->kind < FRAME_IP)
		return;
	if (f->kind == FRAME_TCP) {
		source = &f->tcp.source_port;
		destination = &f->tcp.destination_port;
	} else if (f->kind == FRAME_UDP) {
		source = &f->udp.source_port;
		destination = &f->udp.destination_port;
	}
	set_end(r, parts, 0, f->ip.family, f->ip.source, source);
	set_end(r, parts, 1, f->ip.family, f->ip.destination, destination);
	record_uint(r, PACKET_TTL, f->ip.ttl);
}

/* The window as it is meant: scaled, but of a SYN. */
static void set_segment(struct record *r, struct parts *parts, const struct flow_packet *p)
{
	const struct tcp_header *tcp = &p->frame->tcp;
	unsigned shift = p->flow && !(tcp->flags & TCP_SYN) ? p->flow->streams[p->from].wscale : 0;

	record_list(
		r, PACKET_FLAGS, parts->flags, flag_names_of(tcp->flags, parts->flags, NAMES_MAX));
	record_uint(r, PACKET_SEQ, p->sequence);
	if (tcp->flags & TCP_ACK)
		record_uint(r, PACKET_ACK, p->acknowledgment);
	record_uint(r, PACKET_WINDOW, (uint64_t)tcp->window << shift);
}

static void set_content(struct record *r, struct parts *parts, const struct flow_packet *p)
{
	const struct frame *f = p->frame;

	if (f->kind == FRAME_TCP)
		set_segment(r, parts, p);
	if (f->kind == FRAME_TCP || f->kind == FRAME_UDP)
		record_uint(r, PACKET_BYTES, f->payload_len);
	if (f->kind == FRAME_ICMP) {
		words_icmp(&parts->icmp, f->ip.family, f->icmp.type, f->icmp.code);
		record_record(r, PACKET_ICMP, &parts->icmp);
	}
	if (f->kind == FRAME_FRAGMENT)
		record_uint(r, PACKET_FRAGMENT, f->ip.offset);
}

static void set_place(struct record *r, struct parts *parts, const struct frame *f)
{
	size_t count = 0;

	while (count < VLANS_MAX && f->vlans[count]) {
		parts->vlans[count] = f->vlans[count];
		count++;
	}
	if (count > 0)
		record_uints(r, PACKET_VLAN, parts->vlans, count);
	if (f->tunnel) {
		pcap_tunnel_record(&parts->tunnel, f->tunnel, f->tunnel_id);
		record_record(r, PACKET_TUNNEL, &parts->tunnel);
	}
}

void packet_record_put(
	const struct pcap_context *c, struct strbuf *scratch, const struct packet_seen *p)
{
	const struct flow_packet *told = &p->told;
	struct parts parts;
	struct record r;

	record_init(&r, &packet_schema);
	if (told->flow)
		record_uint(&r, PACKET_FLOW, told->flow->id);
	record_ns(&r, PACKET_AT, told->at);
	strbuf_reset(scratch);
	packet_interface(scratch, c->capture, p, "");
	if (scratch->len > 0)
		record_bytes(&r, PACKET_INTERFACE, scratch->text, scratch->len);
	record_text(&r, PACKET_PROTO, packet_protocol_name(told->frame));
	/* an ICMP error may be anybody's */
	if (told->flow && !told->icmp)
		record_text(&r, PACKET_FROM, told->from == CLIENT ? "client" : "server");
	set_ends(&r, &parts, told->frame);
	set_content(&r, &parts, told);
	record_list(&r, PACKET_ROLES, parts.roles, role_names(told->roles, parts.roles, NAMES_MAX));
	set_place(&r, &parts, told->frame);
	output_record(c->out, &r, ROW_PLAIN);
}
