/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_TERMINAL_H
#define NETPROBE_OUTPUT_TERMINAL_H

#include <stdbool.h>

/* Whether terminals here can be told to move and to colour: TERM names one, and not "dumb". */
bool terminal_obeys(void);

struct terminal_size {
	unsigned columns, rows;
};

/* Of the terminal behind `fd` as it is now; zeros when it is none or does not tell. */
struct terminal_size terminal_size(int fd);

#endif
