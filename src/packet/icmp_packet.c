/* SPDX-License-Identifier: MIT */
#include "icmp_packet.h"

#include "be.h"

enum { ICMP_HEADER = 8 };

/* RFC 792 */
enum {
	V4_ECHO_REPLY = 0,
	V4_UNREACHABLE = 3,
	V4_FRAGMENTATION_NEEDED = 4, /* a code, with the MTU of RFC 1191 */
	V4_SOURCE_QUENCH = 4,
	V4_REDIRECT = 5,
	V4_ECHO = 8,
	V4_TIME_EXCEEDED = 11,
	V4_PARAMETER = 12,
};

/* RFC 4443: errors are below 128 */
enum { V6_TOO_BIG = 2, V6_INFORMATIONAL = 128, V6_ECHO = 128, V6_ECHO_REPLY = 129 };

bool icmp_packet_quotes(int family, uint8_t type)
{
	if (family == 6)
		return type < V6_INFORMATIONAL;
	return type == V4_UNREACHABLE || type == V4_SOURCE_QUENCH || type == V4_REDIRECT ||
	       type == V4_TIME_EXCEEDED || type == V4_PARAMETER;
}

static bool is_echo(int family, uint8_t type)
{
	if (family == 6)
		return type == V6_ECHO || type == V6_ECHO_REPLY;
	return type == V4_ECHO || type == V4_ECHO_REPLY;
}

static uint32_t mtu_of(int family, const uint8_t *at)
{
	if (family == 6)
		return at[0] == V6_TOO_BIG ? be32_at(at + 4) : 0;
	return at[0] == V4_UNREACHABLE && at[1] == V4_FRAGMENTATION_NEEDED ? be16_at(at + 6) : 0;
}

/* 8 bytes are all that RFC 792 asks for, and some give less. */
static void parse_transport(struct cursor *c, struct icmp_quote *out)
{
	bool tcp = out->ip.protocol == PROTOCOL_TCP;

	if (out->ip.fragment || (!tcp && out->ip.protocol != PROTOCOL_UDP))
		return;
	out->has_ports = cursor_left(c) >= 4;
	if (!out->has_ports)
		return;
	out->source_port = cursor_u16(c);
	out->destination_port = cursor_u16(c);
	out->has_sequence = tcp && cursor_left(c) >= 4;
	if (out->has_sequence)
		out->sequence = cursor_u32(c);
}

static void parse_quote(struct cursor *c, int family, struct icmp_quote *out)
{
	if (!ip_parse(c, &out->ip))
		return;
	if (out->ip.family == family)
		parse_transport(c, out);
	else
		out->ip = (struct ip_header){0};
}

bool icmp_packet_parse(struct cursor *c, int family, struct icmp_packet *out)
{
	const uint8_t *at = cursor_bytes(c, ICMP_HEADER);

	if (!at)
		return false;
	*out = (struct icmp_packet){.type = at[0], .code = at[1], .mtu = mtu_of(family, at)};
	if (is_echo(family, out->type)) {
		out->id = be16_at(at + 4);
		out->sequence = be16_at(at + 6);
	} else if (icmp_packet_quotes(family, out->type)) {
		parse_quote(c, family, &out->quote);
	}
	return true;
}
