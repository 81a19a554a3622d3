/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_TERMINAL_H
#define NETPROBE_OUTPUT_TERMINAL_H

/* Columns of the terminal behind `fd` as it is now; 0 when it is none or does not tell. */
unsigned terminal_columns(int fd);

#endif
