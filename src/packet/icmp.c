/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/icmp.h"

#include "netprobe/base/mem.h"

struct icmp_entry {
	uint8_t type, code;
	uint8_t meaning;
	const char *name;
};

static const struct icmp_entry v4[] = {
	{3, 0, ICMP_MEANS_NO_WAY, "net-unreachable"},
	{3, 1, ICMP_MEANS_NO_WAY, "host-unreachable"},
	{3, 2, ICMP_MEANS_NO_PORT, "proto-unreachable"},
	{3, 3, ICMP_MEANS_NO_PORT, "port-unreachable"},
	{3, 4, ICMP_MEANS_NOTHING, "fragmentation-needed"},
	{3, 5, ICMP_MEANS_NO_WAY, "source-route-failed"},
	{3, 6, ICMP_MEANS_NO_WAY, "net-unknown"},
	{3, 7, ICMP_MEANS_NO_WAY, "host-unknown"},
	{3, 8, ICMP_MEANS_NO_WAY, "host-isolated"},
	{3, 9, ICMP_MEANS_PROHIBITED, "net-prohibited"},
	{3, 10, ICMP_MEANS_PROHIBITED, "host-prohibited"},
	{3, 11, ICMP_MEANS_NO_WAY, "net-unreachable-for-tos"},
	{3, 12, ICMP_MEANS_NO_WAY, "host-unreachable-for-tos"},
	{3, 13, ICMP_MEANS_PROHIBITED, "admin-prohibited"},
	{3, 14, ICMP_MEANS_PROHIBITED, "precedence-violation"},
	{3, 15, ICMP_MEANS_PROHIBITED, "precedence-cutoff"},
	{11, 0, ICMP_MEANS_NO_WAY, "ttl-exceeded"},
	{11, 1, ICMP_MEANS_NOTHING, "reassembly-time-exceeded"},
	{12, 0, ICMP_MEANS_NO_WAY, "parameter-problem"},
};

static const struct icmp_entry v6[] = {
	{1, 0, ICMP_MEANS_NO_WAY, "no-route"},
	{1, 1, ICMP_MEANS_PROHIBITED, "admin-prohibited"},
	{1, 2, ICMP_MEANS_NO_WAY, "beyond-scope"},
	{1, 3, ICMP_MEANS_NO_WAY, "addr-unreachable"},
	{1, 4, ICMP_MEANS_NO_PORT, "port-unreachable"},
	{1, 5, ICMP_MEANS_PROHIBITED, "policy-fail"},
	{1, 6, ICMP_MEANS_PROHIBITED, "reject-route"},
	{2, 0, ICMP_MEANS_NOTHING, "packet-too-big"},
	{3, 0, ICMP_MEANS_NO_WAY, "hop-limit-exceeded"},
	{3, 1, ICMP_MEANS_NOTHING, "reassembly-time-exceeded"},
	{4, 0, ICMP_MEANS_NO_WAY, "parameter-problem"},
};

static const struct icmp_entry *find(int family, uint8_t type, uint8_t code)
{
	static const struct icmp_entry none = {0, 0, ICMP_MEANS_NOTHING, "unknown"};
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
