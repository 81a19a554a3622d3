/* SPDX-License-Identifier: MIT */
#include "netprobe/base/permute.h"

#include "netprobe/base/rng.h"

/* Four rounds make a pseudo-random permutation (Luby, Rackoff 1988); two more cover tiny halves. */
enum { ROUNDS = 6 };

void permute_init(struct permute *p, u128 n, uint64_t seed)
{
	unsigned bits = 2;

	while (bits < 128 && (u128)1 << bits < n)
		bits += 2;
	p->n = n;
	p->half = bits / 2;
	p->mask = p->half == 64 ? UINT64_MAX : ((uint64_t)1 << p->half) - 1;
	p->seed = rng_mix(seed);
}

static u128 encrypt(const struct permute *p, u128 x)
{
	uint64_t left = (uint64_t)(x >> p->half) & p->mask;
	uint64_t right = (uint64_t)x & p->mask;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t mixed = left ^ (rng_mix(right ^ rng_mix(p->seed + round)) & p->mask);

		left = right;
		right = mixed;
	}
	return (u128)left << p->half | right;
}

u128 permute_at(const struct permute *p, u128 index)
{
	/* the domain is below 4n, so the walk takes under four steps on average, and it must end:
	 * a permutation's cycle through a value below n comes back below n */
	do
		index = encrypt(p, index);
	while (index >= p->n);
	return index;
}
