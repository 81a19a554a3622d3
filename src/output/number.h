/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_NUMBER_H
#define NETPROBE_OUTPUT_NUMBER_H

#include "netprobe/base/clock.h"

#include <stdint.h>

/* Room for any of these. */
enum { NUMBER_MAX = 32 };

/* In digits; the bytes of them. */
size_t number_uint(uint64_t value, char out[static NUMBER_MAX]);

/* Milliseconds with three decimals, rounded to the microsecond: "0.041"; the bytes of them. */
size_t number_ms(nsec_t value, char out[static NUMBER_MAX]);

/* Takes the zeros off the end of a decimal fraction: "12.500" is "12.5", "3.000" is "3". How long
 * it is then. */
size_t number_trim(char *text, size_t len);

/* A finite double by its 15 certain digits: 0.1 is "0.1". */
void number_real(double value, char out[static NUMBER_MAX]);

/* With separators: "65,535". */
void number_grouped(uint64_t value, char out[static NUMBER_MAX]);

#endif
