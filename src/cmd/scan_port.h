/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_PORT_H
#define CMD_SCAN_PORT_H

#include "scan_report.h"

/* How the ports of a run are written. */
struct port_put {
	struct output *out;
	enum report_layout layout;
	int protocol; /* IPPROTO_TCP or IPPROTO_UDP */
};

/* Writes what is known of one decided port: the JSON record, or the table's row. `note` may be
 * NULL. */
void port_put(const struct port_put *p, const struct host *h, uint32_t index,
	const struct port_note *note);

#endif
