/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_PCAPNG_CLOCK_H
#define CAPTURE_PCAPNG_CLOCK_H

#include "netprobe/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* Times are kept from 1970 to 2116, so that two of them can be added up. */
#define PCAPNG_LATEST (INT64_MAX / 2)

/* How an interface of pcapng counts time, which the file says in its own words (4.2 of the draft).
 * Zeroed, it has no unit yet: pcapng_clock_resolution() gives it one. */
struct pcapng_clock {
	bool binary; /* the unit is 1/2^shift s */
	uint8_t shift;
	uint64_t multiply; /* units to ns; 0: divide */
	uint64_t divide;   /* 0: a unit is too little to be counted */
	nsec_t offset;
};

/* if_tsresol: 6 is microseconds, 0x80 | 10 is 1/1024 s. */
void pcapng_clock_resolution(struct pcapng_clock *c, uint8_t resolution);

/* if_tsoffset, which is added to every time; as far as nsec_t goes. */
void pcapng_clock_offset(struct pcapng_clock *c, int64_t seconds);

/* The wall clock of a packet's time, from 0 to PCAPNG_LATEST. */
nsec_t pcapng_clock_wall(const struct pcapng_clock *c, uint64_t units);

#endif
