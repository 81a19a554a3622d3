/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_ENDING_H
#define NETPROBE_BASE_ENDING_H

#include <stdbool.h>

/* The signals that end a run in order: SIGINT, SIGTERM, and SIGHUP, which whoever began us may have
 * chosen to be ignored (nohup(1)). 0-ended. */
extern const int ending_signals[];

/* One of them is blocked, and waits. */
bool ending_is_pending(void);

#endif
