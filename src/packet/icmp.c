/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/icmp.h"

#include "netprobe/base/mem.h"

struct icmp_entry {
	uint8_t type, code;
	uint8_t meaning;
	const char *name;
	const char *text;
};

static const struct icmp_entry v4[] = {
	{3, 0, ICMP_MEANS_NO_WAY, "net-unreachable", "Destination Net Unreachable"},
	{3, 1, ICMP_MEANS_NO_WAY, "host-unreachable", "Destination Host Unreachable"},
	{3, 2, ICMP_MEANS_NO_PORT, "proto-unreachable", "Destination Protocol Unreachable"},
	{3, 3, ICMP_MEANS_NO_PORT, "port-unreachable", "Destination Port Unreachable"},
	{3, 4, ICMP_MEANS_NOTHING, "fragmentation-needed", "Frag needed and DF set"},
	{3, 5, ICMP_MEANS_NO_WAY, "source-route-failed", "Source Route Failed"},
	{3, 6, ICMP_MEANS_NO_WAY, "net-unknown", "Destination Net Unknown"},
	{3, 7, ICMP_MEANS_NO_WAY, "host-unknown", "Destination Host Unknown"},
	{3, 8, ICMP_MEANS_NO_WAY, "host-isolated", "Source Host Isolated"},
	{3, 9, ICMP_MEANS_PROHIBITED, "net-prohibited", "Destination Net Prohibited"},
	{3, 10, ICMP_MEANS_PROHIBITED, "host-prohibited", "Destination Host Prohibited"},
	{3, 11, ICMP_MEANS_NO_WAY, "net-unreachable-for-tos",
		"Destination Net Unreachable for Type of Service"},
	{3, 12, ICMP_MEANS_NO_WAY, "host-unreachable-for-tos",
		"Destination Host Unreachable for Type of Service"},
	{3, 13, ICMP_MEANS_PROHIBITED, "admin-prohibited", "Packet filtered"},
	{3, 14, ICMP_MEANS_PROHIBITED, "precedence-violation", "Precedence Violation"},
	{3, 15, ICMP_MEANS_PROHIBITED, "precedence-cutoff", "Precedence Cutoff"},
	{11, 0, ICMP_MEANS_NO_WAY, "ttl-exceeded", "Time to live exceeded"},
	{11, 1, ICMP_MEANS_NOTHING, "reassembly-time-exceeded", "Frag reassembly time exceeded"},
	{12, 0, ICMP_MEANS_NO_WAY, "parameter-problem", "Parameter problem"},
};

static const struct icmp_entry v6[] = {
	{1, 0, ICMP_MEANS_NO_WAY, "no-route", "Destination unreachable: No route"},
	{1, 1, ICMP_MEANS_PROHIBITED, "admin-prohibited",
		"Destination unreachable: Administratively prohibited"},
	{1, 2, ICMP_MEANS_NO_WAY, "beyond-scope",
		"Destination unreachable: Beyond scope of source address"},
	{1, 3, ICMP_MEANS_NO_WAY, "addr-unreachable",
		"Destination unreachable: Address unreachable"},
	{1, 4, ICMP_MEANS_NO_PORT, "port-unreachable", "Destination unreachable: Port unreachable"},
	{1, 5, ICMP_MEANS_PROHIBITED, "policy-fail",
		"Destination unreachable: Source address failed policy"},
	{1, 6, ICMP_MEANS_PROHIBITED, "reject-route", "Destination unreachable: Reject route"},
	{2, 0, ICMP_MEANS_NOTHING, "packet-too-big", "Packet too big"},
	{3, 0, ICMP_MEANS_NO_WAY, "hop-limit-exceeded", "Time exceeded: Hop limit"},
	{3, 1, ICMP_MEANS_NOTHING, "reassembly-time-exceeded",
		"Time exceeded: Defragmentation failure"},
	{4, 0, ICMP_MEANS_NO_WAY, "parameter-problem", "Parameter problem"},
};

/* For codes that stand in no table. */
static const struct {
	int family;
	uint8_t type;
	const char *text;
} types[] = {
	{4, 3, "Destination Unreachable"},
	{4, 11, "Time exceeded"},
	{4, 12, "Parameter problem"},
	{6, 1, "Destination unreachable"},
	{6, 2, "Packet too big"},
	{6, 3, "Time exceeded"},
	{6, 4, "Parameter problem"},
};

static const struct icmp_entry *find(int family, uint8_t type, uint8_t code)
{
	static const struct icmp_entry none = {0, 0, ICMP_MEANS_NOTHING, "unknown", NULL};
	const struct icmp_entry *table = family == 4 ? v4 : v6;
	size_t count = family == 4 ? ARRAY_SIZE(v4) : ARRAY_SIZE(v6);

	for (size_t i = 0; i < count; i++)
		if (table[i].type == type && table[i].code == code)
			return &table[i];
	return &none;
}

enum icmp_meaning icmp_meaning(int family, uint8_t type, uint8_t code)
{
	return find(family, type, code)->meaning;
}

const char *icmp_name(int family, uint8_t type, uint8_t code)
{
	return find(family, type, code)->name;
}

static const char *type_text(int family, uint8_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].family == family && types[i].type == type)
			return types[i].text;
	return "Unknown ICMP type";
}

const char *icmp_text(int family, uint8_t type, uint8_t code)
{
	const char *text = find(family, type, code)->text;

	return text ? text : type_text(family, type);
}
