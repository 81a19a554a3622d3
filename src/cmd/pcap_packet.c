/* SPDX-License-Identifier: MIT */
#include "pcap_packet.h"

#include "pcap_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

void packet_of_no_flow(
	struct packet_seen *out, const struct frame *frame, const struct captured *captured)
{
	out->told = (struct flow_packet){.frame = frame, .at = captured->at};
	if (frame->kind == FRAME_TCP) {
		out->told.sequence = frame->tcp.sequence;
		out->told.acknowledgment = frame->tcp.acknowledgment;
	}
	out->captured = *captured;
}

/* ---- what a journal kept */

static void restore_segment(
	struct frame *frame, const struct flow *f, const struct journal_entry *e)
{
	enum side from = (enum side)e->side, to = other_side(from);
	unsigned shift = e->flags & TCP_SYN ? 0 : f->streams[from].wscale;

	frame->kind = FRAME_TCP;
	frame->ip.protocol = PROTOCOL_TCP;
	frame->ip.source = f->ends[from].ip;
	frame->ip.destination = f->ends[to].ip;
	frame->payload_len = frame->payload_captured = e->len;
	frame->tcp = (struct tcp_header){
		.source_port = f->ends[from].port,
		.destination_port = f->ends[to].port,
		.flags = e->flags,
		.window = (uint16_t)(e->window >> shift),
		.length = e->tcp_length,
		.options_len = e->option_len,
		.options = e->option_bytes,
	};
}

static void restore_icmp(struct frame *frame, const struct flow *f, const struct journal_entry *e)
{
	enum side told = (enum side)e->side, other = other_side(told);

	frame->kind = FRAME_ICMP;
	frame->ip.family = e->from->family;
	frame->ip.protocol = e->from->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
	frame->ip.source = e->from->ip;
	frame->ip.destination = f->ends[told].ip;
	frame->icmp = (struct icmp_packet){
		.type = e->icmp_type,
		.code = e->icmp_code,
		.quote = {.ip = {.family = f->ends[told].family,
				  .protocol = PROTOCOL_TCP,
				  .source = f->ends[told].ip,
				  .destination = f->ends[other].ip},
			.has_ports = true,
			.source_port = f->ends[told].port,
			.destination_port = f->ends[other].port},
	};
}

static void restore_place(struct frame *frame, const struct flow_place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE(place->vlans) && place->vlans[i]; i++)
		frame->vlans[frame->vlan_count++] = place->vlans[i];
	frame->tunnel = (enum tunnel)place->tunnel;
	frame->tunnel_id = place->tunnel_id;
}

void packet_of_journal(
	struct packet_seen *out, struct frame *frame, struct flow *f, const struct journal_entry *e)
{
	*frame = (struct frame){
		.ip = {.family = f->ends[CLIENT].family, .ttl = e->ttl},
		.incoming = e->incoming,
		.outgoing = e->outgoing,
	};
	if (!e->elsewhere)
		restore_place(frame, &f->place);
	if (e->icmp)
		restore_icmp(frame, f, e);
	else
		restore_segment(frame, f, e);
	out->told = (struct flow_packet){
		.flow = f,
		.frame = frame,
		.at = e->at,
		.from = (enum side)e->side,
		.roles = e->roles,
		.sequence = e->sequence,
		.acknowledgment = e->acknowledgment,
		.icmp = e->icmp,
	};
	out->captured = (struct captured){.at = e->at, .interface = e->interface};
}

/* ---- names */

static const struct {
	uint8_t protocol;
	const char *name, *words;
} protocols[] = {
	{1, "icmp", "ICMP"},
	{2, "igmp", "IGMP"},
	{4, "ipip", "IPv4"},
	{6, "tcp", "TCP"},
	{17, "udp", "UDP"},
	{41, "ipv6", "IPv6"},
	{47, "gre", "GRE"},
	{50, "esp", "ESP"},
	{51, "ah", "AH"},
	{58, "icmp6", "ICMP6"},
	{89, "ospf", "OSPF"},
	{103, "pim", "PIM"},
	{112, "vrrp", "VRRP"},
	{132, "sctp", "SCTP"},
};

const char *packet_protocol_name(const struct frame *frame)
{
	if (frame->kind == FRAME_ARP)
		return "arp";
	for (size_t i = 0; i < ARRAY_SIZE(protocols) && frame->kind >= FRAME_IP; i++)
		if (protocols[i].protocol == frame->ip.protocol)
			return protocols[i].name;
	return NULL;
}

const char *packet_protocol_words(uint8_t family, uint8_t protocol)
{
	/* in each other's family they say nothing */
	if (protocol == (family == 4 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].protocol == protocol)
			return protocols[i].words;
	return NULL;
}

/* What is no error, and so has no name that ping(8) would know. */
static const struct {
	uint8_t family, type;
	const char *words;
} messages[] = {
	{4, 0, "echo reply"},
	{4, 5, "redirect"},
	{4, 8, "echo request"},
	{4, 9, "router advertisement"},
	{4, 10, "router solicitation"},
	{4, 13, "timestamp request"},
	{4, 14, "timestamp reply"},
	{6, 128, "echo request"},
	{6, 129, "echo reply"},
	{6, 130, "multicast listener query"},
	{6, 131, "multicast listener report"},
	{6, 132, "multicast listener done"},
	{6, 133, "router solicitation"},
	{6, 134, "router advertisement"},
	{6, 135, "neighbor solicitation"},
	{6, 136, "neighbor advertisement"},
	{6, 137, "redirect"},
	{6, 143, "multicast listener report"},
};

const char *packet_icmp_words(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (messages[i].family == family && messages[i].type == type)
			return messages[i].words;
	return icmp_text(family, type, code);
}

void packet_interface(struct strbuf *out, const struct capture *capture,
	const struct packet_seen *p, const char *prefix)
{
	uint32_t interface = p->captured.interface;

	if (interface_is_known(capture, interface))
		interface_words(out, capture, interface, prefix);
}
