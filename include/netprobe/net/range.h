/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_RANGE_H
#define NETPROBE_NET_RANGE_H

#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>

#define U128_MAX (~(u128)0)

/* Consecutive addresses of one family and zone, both ends included. */
struct range {
	struct addr first;
	u128 last; /* >= addr_number(&first) */
};

struct range range_of(const struct addr *a); /* the one address */

/* How many addresses; U128_MAX also for ::/0, which has one more. */
u128 range_size(const struct range *r);

/* "10.0.0.5/24", "fe80::%eth0/64": the whole block that the address lies in.
 * Returns 0, ERR_SYNTAX, ERR_ADDRESS, ERR_ZONE, ERR_PREFIX. */
int range_parse_cidr(const char *text, size_t len, struct range *out);

/*
 * "10.0.0.1-50", "10.0.0.1-10.0.1.20", "fd00::1-fd00::ff". Returns 0 or ERR_ADDRESS, ERR_ZONE,
 * ERR_FAMILY, ERR_REVERSED; ERR_SYNTAX if the text has not the form of a range and may be something
 * else, for names have dashes too; *out is written on success only.
 */
int range_parse_ends(const char *text, size_t len, struct range *out);

#endif
