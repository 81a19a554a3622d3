/* SPDX-License-Identifier: MIT */
#include "scan_port.h"

#include "words.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

enum port_field {
	PORT_HOST,
	PORT_ADDR,
	PORT_PROTO,
	PORT_NUMBER,
	PORT_STATE,
	PORT_SERVICE,
	PORT_REASON,
	PORT_FROM,
	PORT_RTT,
	PORT_ICMP,
	PORT_ATTEMPTS,
	PORT_CLASS,
	PORT_DETAIL,
	PORT_FIELDS,
};

#define PORT_SCHEMA_FIELDS(addr_title)                                                             \
	{                                                                                          \
		[PORT_HOST] = {.name = "host", .kind = FIELD_TEXT},                                \
		[PORT_ADDR] = {.name = "addr", .title = (addr_title), .kind = FIELD_TEXT},         \
		[PORT_PROTO] = {.name = "proto", .kind = FIELD_TEXT},                              \
		[PORT_NUMBER] = {.name = "port",                                                   \
			.title = "PORT",                                                           \
			.kind = FIELD_UINT,                                                        \
			.right = true},                                                            \
		[PORT_STATE] = {.name = "state", .title = "STATE", .kind = FIELD_TEXT},            \
		[PORT_SERVICE] = {.name = "service", .title = "SERVICE", .kind = FIELD_TEXT},      \
		[PORT_REASON] = {.name = "reason", .title = "REASON", .kind = FIELD_TEXT},         \
		[PORT_FROM] = {.name = "from", .title = "FROM", .kind = FIELD_TEXT},               \
		[PORT_RTT] = {.name = "rtt_ms", .title = "RTT", .kind = FIELD_MS, .right = true},  \
		[PORT_ICMP] = {.name = "icmp", .kind = FIELD_RECORD, .sub = &icmp_schema},         \
		[PORT_ATTEMPTS] = {.name = "attempts", .kind = FIELD_UINT},                        \
		[PORT_CLASS] = {.name = "class", .kind = FIELD_TEXT},                              \
		[PORT_DETAIL] = {.name = "detail", .title = "DETAIL", .kind = FIELD_TEXT},         \
	}

static const struct field block_fields[PORT_FIELDS] = PORT_SCHEMA_FIELDS(NULL);
static const struct field flat_fields[PORT_FIELDS] = PORT_SCHEMA_FIELDS("ADDRESS");
static const struct schema port_schemas[] = {
	[REPORT_BLOCKS] = {.type = "port", .fields = block_fields, .count = PORT_FIELDS},
	[REPORT_FLAT] = {.type = "port", .fields = flat_fields, .count = PORT_FIELDS},
};

enum { DETAIL_MAX = 160 };

static const char *local_detail(const struct cell *c, int family, char out[static DETAIL_MAX])
{
	if (c->state == PORT_UNPROVED)
		snprintf(out, DETAIL_MAX, "this machine could not ask: %s", err_text(-c->err));
	else if (c->err)
		snprintf(out, DETAIL_MAX, "dropped by this machine's own firewall");
	else
		snprintf(out, DETAIL_MAX, "rejected by this machine's own firewall (%s)",
			icmp_name(family, c->icmp_type, c->icmp_code));
	return out;
}

static const char *silence_detail(
	const struct host *h, const struct cell *c, char out[static DETAIL_MAX])
{
	char limiter[ADDR_TEXT_MAX];

	if (c->state == PORT_UNPROVED)
		snprintf(out, DETAIL_MAX, "silent in %u tries while %.0f %% of the probes are lost",
			c->attempts, 100 * host_loss(h));
	else if (h->icmp_answers && h->icmp_witness)
		snprintf(out, DETAIL_MAX, "no answer to %u tries (ICMP limit of %s?)", c->attempts,
			addr_text(&h->witnesses[h->icmp_witness], limiter));
	else
		snprintf(out, DETAIL_MAX, "no answer to %u tr%s", c->attempts,
			c->attempts == 1 ? "y" : "ies");
	return out;
}

/* Text for people beyond what the other fields say; NULL when there is nothing to add. */
static const char *detail_of(
	const struct host *h, const struct cell *c, char out[static DETAIL_MAX])
{
	switch ((enum port_reason)c->reason) {
	case REASON_ICMP:
		return icmp_name(h->addr.family, c->icmp_type, c->icmp_code);
	case REASON_LOCAL:
		return local_detail(c, h->addr.family, out);
	case REASON_NO_ROUTE:
		return words_no_route(&h->addr, c->err);
	case REASON_ARP:
		return h->addr.family == 6 ? "no answer to neighbour solicitations"
					   : "no answer to ARP requests";
	case REASON_TIMEOUT:
		return silence_detail(h, c, out);
	case REASON_NONE:
	case REASON_SYN_ACK:
	case REASON_RST:
	case REASON_REPLY:
	case PORT_REASONS:
		break;
	}
	return NULL;
}

static enum row_color color_of(const struct cell *c)
{
	switch ((enum port_state)c->state) {
	case PORT_OPEN:
		return ROW_GOOD;
	case PORT_FILTERED:
	case PORT_UNPROVED:
		return ROW_WARN;
	case PORT_UNREACHABLE:
		return ROW_BAD;
	case PORT_CLOSED:
	case PORT_PENDING:
	case PORT_STATES:
		break;
	}
	return ROW_PLAIN;
}

void port_put(struct output *out, enum report_layout layout, const struct host *h, uint32_t index,
	const struct strbuf *note)
{
	const struct cell *c = &h->cells[index];
	const struct addr *from = host_witness(h, c);
	uint16_t port = host_port(h, index);
	char addr[ADDR_TEXT_MAX], witness[ADDR_TEXT_MAX], detail[DETAIL_MAX];
	struct record rec, icmp;

	record_init(&rec, &port_schemas[layout]);
	record_text(&rec, PORT_HOST, h->name);
	record_text(&rec, PORT_ADDR, addr_text(&h->addr, addr));
	record_text(&rec, PORT_PROTO, "tcp");
	record_uint(&rec, PORT_NUMBER, port);
	record_text(&rec, PORT_STATE, port_state_name(c->state));
	record_text(&rec, PORT_REASON, port_reason_name(c->reason));
	if (from)
		record_text(&rec, PORT_FROM, addr_text(from, witness));
	if (c->rtt_us)
		record_ns(&rec, PORT_RTT, c->rtt_us * NSEC_PER_USEC);
	if (c->reason == REASON_ICMP || (c->reason == REASON_LOCAL && c->err == 0)) {
		words_icmp(&icmp, h->addr.family, c->icmp_type, c->icmp_code);
		record_record(&rec, PORT_ICMP, &icmp);
	}
	record_uint(&rec, PORT_ATTEMPTS, c->attempts);
	record_text(&rec, PORT_SERVICE, service_name(port, IPPROTO_TCP));
	record_text(&rec, PORT_CLASS, service_class_text(service_class(port)));
	if (note && note->text)
		record_bytes(&rec, PORT_DETAIL, note->text, note->len);
	else
		record_text(&rec, PORT_DETAIL, detail_of(h, c, detail));
	output_record(out, &rec, color_of(c));
}
