/* SPDX-License-Identifier: MIT */
#include "netprobe/base/rng.h"

#include "netprobe/base/clock.h"

#include <sys/random.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t rng_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

uint64_t rng_seed(void)
{
	uint64_t seed;

	/* getrandom() of 8 bytes fails only where a sandbox forbids the call itself */
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		seed = rng_mix((uint64_t)clock_wall());
	return seed;
}
