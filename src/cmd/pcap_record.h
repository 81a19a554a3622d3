/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_RECORD_H
#define CMD_PCAP_RECORD_H

#include "pcap_view.h"

/* Parts of records that several views have. */
extern const struct schema pcap_tunnel_schema; /* {kind,id?} */

/* `text` is kept by the caller until the record was written. */
void pcap_end_record(
	struct record *out, const struct addr *end, bool numeric, char text[static ADDR_TEXT_MAX]);
void pcap_tunnel_record(struct record *out, enum tunnel kind, uint32_t id);

/* What a flow is to programs: `flow` records. */
struct flow_records;

struct flow_records *flow_records_new(const struct pcap_context *c);
void flow_records_free(struct flow_records *w);

/* `event` is "handshake" or "end" in live captures, else NULL; `why` NULL: it is not over. */
void flow_records_put(
	struct flow_records *w, const struct flow *f, const char *event, const enum flow_over *why);

#endif
