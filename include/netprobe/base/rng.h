/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_RNG_H
#define NETPROBE_BASE_RNG_H

#include <stdint.h>

/* A good 64-bit mixing function: every bit of the input reaches every bit of the result. Not
 * secret. */
uint64_t rng_mix(uint64_t x);

/* 64 bits that nobody can guess, from getrandom(2). */
uint64_t rng_seed(void);

#endif
