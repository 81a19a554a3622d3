/* SPDX-License-Identifier: MIT */
#include "pcapng_clock.h"

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* if_tsresol: the first bit says whether it is a power of 2 or of 10 (4.2). */
void pcapng_clock_resolution(struct pcapng_clock *c, uint8_t resolution)
{
	const unsigned nano = 9, most = 9 + 19; /* 10^19 fits into 64 bits */

	c->binary = resolution & 0x80;
	c->shift = resolution & 0x7f;
	c->multiply = c->divide = 0;
	if (c->binary)
		return;
	if (c->shift <= nano)
		c->multiply = power_of_ten(nano - c->shift);
	else if (c->shift <= most)
		c->divide = power_of_ten(c->shift - nano);
}

static nsec_t from_seconds(uint64_t seconds, nsec_t rest)
{
	if (seconds >= (uint64_t)(PCAPNG_LATEST / NSEC_PER_SEC))
		return PCAPNG_LATEST;
	return (nsec_t)seconds * NSEC_PER_SEC + rest;
}

static nsec_t from_binary(uint64_t units, unsigned shift)
{
	const unsigned most = 34; /* bits that can be multiplied with a second's nanoseconds */
	uint64_t rest;

	if (shift >= 64)
		return 0;
	rest = shift ? units & (UINT64_MAX >> (64 - shift)) : 0;
	units >>= shift;
	if (shift > most) {
		rest >>= shift - most;
		shift = most;
	}
	return from_seconds(units, (nsec_t)(rest * (uint64_t)NSEC_PER_SEC >> shift));
}

static nsec_t clamp(nsec_t at)
{
	if (at < 0)
		return 0;
	return at < PCAPNG_LATEST ? at : PCAPNG_LATEST;
}

nsec_t pcapng_clock_wall(const struct pcapng_clock *c, uint64_t units)
{
	uint64_t ns;

	if (c->binary)
		return clamp(from_binary(units, c->shift) + c->offset);
	if (c->multiply == 0)
		ns = c->divide ? units / c->divide : 0;
	else if (__builtin_mul_overflow(units, c->multiply, &ns))
		ns = PCAPNG_LATEST;
	if (ns > (uint64_t)PCAPNG_LATEST)
		ns = PCAPNG_LATEST;
	return clamp((nsec_t)ns + c->offset);
}

void pcapng_clock_offset(struct pcapng_clock *c, int64_t seconds)
{
	const int64_t most = PCAPNG_LATEST / NSEC_PER_SEC;

	if (seconds > most)
		seconds = most;
	c->offset = (seconds < -most ? -most : seconds) * NSEC_PER_SEC;
}
