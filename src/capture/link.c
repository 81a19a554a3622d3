/* SPDX-License-Identifier: MIT */
#include "link.h"

#include "netprobe/base/mem.h"

#include <pcap/dlt.h>

enum { LINKTYPE_RAW = 101, RAW_OF_OPENBSD = 14 };

/* The first of a kind is what is written. */
static const struct {
	int number;
	enum link_type link;
} known[] = {
	{DLT_EN10MB, LINK_ETHERNET},
	{DLT_LINUX_SLL, LINK_COOKED},
	{DLT_LINUX_SLL2, LINK_COOKED2},
	{DLT_RAW, LINK_RAW},
	{LINKTYPE_RAW, LINK_RAW},
	{RAW_OF_OPENBSD, LINK_RAW},
	{DLT_IPV4, LINK_RAW},
	{DLT_IPV6, LINK_RAW},
	{DLT_NULL, LINK_NULL},
	{DLT_LOOP, LINK_LOOP},
	{DLT_PPP, LINK_PPP},
	{DLT_PPP_SERIAL, LINK_PPP},
};

enum link_type link_of(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].number == number)
			return known[i].link;
	return LINK_UNKNOWN;
}

int link_dlt(int linktype)
{
	return linktype == LINKTYPE_RAW ? DLT_RAW : linktype;
}

int link_written(enum link_type link)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].link == link)
			return known[i].number;
	return -1;
}
