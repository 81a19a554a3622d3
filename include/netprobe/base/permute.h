/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_PERMUTE_H
#define NETPROBE_BASE_PERMUTE_H

#include <stdint.h>

__extension__ typedef unsigned __int128 u128;

/*
 * A reproducible shuffle of 0..n-1 that needs no table: a Feistel network over the next even number
 * of bits, walked until it lands inside. The same n and seed give the same order on every machine.
 */
struct permute {
	u128 n;
	unsigned half; /* bits in each half */
	uint64_t mask;
	uint64_t seed;
};

void permute_init(struct permute *p, u128 n, uint64_t seed); /* n >= 1 */
u128 permute_at(const struct permute *p, u128 index);        /* index < n; the result too */

#endif
