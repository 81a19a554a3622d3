/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_TERMINAL_H
#define NETPROBE_OUTPUT_TERMINAL_H

struct terminal_size {
	unsigned columns, rows;
};

/* Of the terminal behind `fd` as it is now; zeros when it is none or does not tell. */
struct terminal_size terminal_size(int fd);

#endif
