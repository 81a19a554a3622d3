/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_CONTROLS_H
#define CMD_SCAN_CONTROLS_H

#include "netprobe/net/ports.h"

/*
 * Ports that may be asked as controls, since surely nobody listens there: the dynamic ones less
 * those of --exclude-ports (`excluded`, NULL for none); where that leaves none of them, what it
 * leaves of all others that are not `asked`. May be empty. The caller's.
 */
struct ports *scan_controls(const struct ports *asked, const char *excluded, int proto);

#endif
