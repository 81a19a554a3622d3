/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_PORT_H
#define CMD_SCAN_PORT_H

#include "scan_report.h"

/* Writes what is known of one decided port: the JSON record, or the table's row. `note`, where
 * it has a text, is its detail. */
void port_put(struct output *out, enum report_layout layout, const struct host *h, uint32_t index,
	const struct strbuf *note);

#endif
