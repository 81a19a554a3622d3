/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_ROW_H
#define CMD_PCAP_ROW_H

#include "pcap_view.h"

/* What a flow is to eyes: a row of a table. A writer keeps what one can use of the one before. */
struct flow_rows;

struct flow_rows *flow_rows_new(const struct pcap_context *c);
void flow_rows_free(struct flow_rows *w);
void flow_rows_put(struct flow_rows *w, const struct flow *f);

/* "10.0.0.1:ssh", "[::1]:22", appended; a service's name unless `numeric`: a client's port has
 * none. */
void pcap_end_text(struct strbuf *out, const struct addr *end, bool numeric);

#endif
