/* SPDX-License-Identifier: MIT */
#include "scan_port.h"

#include "facts_record.h"
#include "scan_where_words.h"
#include "words.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/net/services.h"
#include "netprobe/packet/icmp.h"
#include "netprobe/query/query.h"

#include <errno.h>
#include <inttypes.h>
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
	PORT_CONFIDENCE,
	PORT_PROVED,
	PORT_WHERE,
	PORT_REPLY,
	PORT_DETAIL,
	PORT_FIELDS,
};

enum { WHERE_LAST, WHERE_HOP, WHERE_HOPS, WHERE_FIELDS };

static const struct field where_fields[WHERE_FIELDS] = {
	[WHERE_LAST] = {.name = "last", .kind = FIELD_TEXT},
	[WHERE_HOP] = {.name = "hop", .kind = FIELD_UINT},
	[WHERE_HOPS] = {.name = "hops", .kind = FIELD_UINT},
};
static const struct schema where_schema = {NULL, where_fields, WHERE_FIELDS};

enum { STRANGE_BYTES, STRANGE_START, STRANGE_FIELDS };

/* The reply that was not understood. */
static const struct field strange_fields[STRANGE_FIELDS] = {
	[STRANGE_BYTES] = {.name = "bytes", .kind = FIELD_UINT},
	[STRANGE_START] = {.name = "start", .kind = FIELD_TEXT},
};
static const struct schema strange_schema = {NULL, strange_fields, STRANGE_FIELDS};

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
		[PORT_CONFIDENCE] = {.name = "confidence", .kind = FIELD_UINT},                    \
		[PORT_PROVED] = {.name = "proved", .kind = FIELD_BOOL},                            \
		[PORT_WHERE] = {.name = "where", .kind = FIELD_RECORD, .sub = &where_schema},      \
		[PORT_REPLY] = {.name = "reply", .kind = FIELD_RECORD, .optional = true},          \
		[PORT_DETAIL] = {.name = "detail", .title = "DETAIL", .kind = FIELD_TEXT},         \
	}

static const struct field block_fields[PORT_FIELDS] = PORT_SCHEMA_FIELDS(NULL);
static const struct field flat_fields[PORT_FIELDS] = PORT_SCHEMA_FIELDS("ADDRESS");
static const struct schema port_schemas[] = {
	[REPORT_BLOCKS] = {.type = "port", .fields = block_fields, .count = PORT_FIELDS},
	[REPORT_FLAT] = {.type = "port", .fields = flat_fields, .count = PORT_FIELDS},
};

enum { DETAIL_MAX = 240 };

static const char *local_detail(const struct cell *c, int family, char out[static DETAIL_MAX])
{
	if (c->state == PORT_UNPROVED)
		snprintf(out, DETAIL_MAX, "this machine could not ask: %s", err_text(-c->err));
	else if (c->state == PORT_CLOSED)
		snprintf(out, DETAIL_MAX, "only this scan's own socket has it");
	else if (c->err)
		snprintf(out, DETAIL_MAX, "dropped by this machine's own firewall");
	else
		snprintf(out, DETAIL_MAX, "rejected by this machine's own firewall (%s)",
			icmp_name(family, c->icmp_type, c->icmp_code));
	return out;
}

static int put_no_way(const struct host *h, const struct cell *c, char out[static DETAIL_MAX])
{
	const struct cell *said = &h->cells[h->no_way_cell];
	const struct addr *router = host_witness(h, said);
	char text[ADDR_TEXT_MAX];

	return snprintf(out, DETAIL_MAX,
		"silent; ICMP limit of %s? It said %s of %" PRIu32 " other port%s (%u %%)",
		router ? addr_text(router, text) : "a router",
		icmp_name(h->addr.family, said->icmp_type, said->icmp_code), h->no_way,
		h->no_way == 1 ? "" : "s", c->confidence);
}

/* Of UDP: what silence proves. */
static int put_proof(const struct host *h, const struct cell *c, char out[static DETAIL_MAX])
{
	switch ((enum silence_proof)c->proof) {
	case SILENCE_BESIDE:
		return snprintf(out, DETAIL_MAX,
			"silent, while a closed port asked in the same instant was answered (%u "
			"%%)",
			c->confidence);
	case SILENCE_NO_ERRORS:
		return snprintf(out, DETAIL_MAX,
			"silent, and no port-unreachable came from this address (%u %%)",
			c->confidence);
	case SILENCE_NO_WAY:
		return put_no_way(h, c, out);
	case SILENCE_NOT_PROVED:
		break;
	}
	if (h->icmp_interval)
		return snprintf(out, DETAIL_MAX,
			"silent; not proved (%u %%): one ICMP error in %.3g s is all that comes "
			"from here",
			c->confidence, (double)h->icmp_interval / NSEC_PER_SEC);
	return snprintf(out, DETAIL_MAX, "silent; not proved (%u %%)", c->confidence);
}

/* And why the service would keep silent. */
static const char *udp_silence_detail(
	const struct host *h, const struct cell *c, char out[static DETAIL_MAX])
{
	const char *reason = query_silence(host_port(h, (uint32_t)(c - h->cells)));
	int len = put_proof(h, c, out);

	if (reason && len > 0 && len < DETAIL_MAX)
		snprintf(out + len, (size_t)(DETAIL_MAX - len), "; %s", reason);
	return out;
}

static const char *silence_detail(
	const struct host *h, const struct cell *c, bool located, char out[static DETAIL_MAX])
{
	const struct addr *limiter = host_limiter(h);
	char text[ADDR_TEXT_MAX];

	if (c->state == PORT_OPEN_FILTERED)
		return udp_silence_detail(h, c, out);
	if (c->state == PORT_UNPROVED)
		snprintf(out, DETAIL_MAX, "silent in %u tries while %.0f %% of the probes are lost",
			c->attempts, 100 * host_loss(h));
	else if (limiter && !located)
		snprintf(out, DETAIL_MAX, "no answer to %u tries (ICMP limit of %s?)", c->attempts,
			words_router(limiter, text));
	else
		snprintf(out, DETAIL_MAX, "no answer to %u tr%s", c->attempts,
			c->attempts == 1 ? "y" : "ies");
	return out;
}

/* Text for people beyond what the other fields say; NULL when there is nothing to add. */
static const char *detail_of(
	const struct host *h, const struct cell *c, bool located, char out[static DETAIL_MAX])
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
		return silence_detail(h, c, located, out);
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
	case PORT_OPEN_FILTERED:
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

static void set_where(struct record *out, const struct whereabouts *w, char last[ADDR_TEXT_MAX])
{
	record_init(out, &where_schema);
	if (w->last.family)
		record_text(out, WHERE_LAST, addr_text(&w->last, last));
	if (w->hop)
		record_uint(out, WHERE_HOP, w->hop);
	if (w->hops)
		record_uint(out, WHERE_HOPS, w->hops);
}

static void add_detail(struct strbuf *out, const struct host *h, const struct cell *c,
	const struct port_note *note, int protocol)
{
	char text[DETAIL_MAX];
	const char *detail = detail_of(h, c, note && note->located, text);

	if (note && note->detail.text)
		strbuf_add(out, note->detail.text, note->detail.len);
	else if (detail)
		strbuf_puts(out, detail);
	if (note && note->located)
		where_put(out, h, &note->where, protocol);
}

/* What goes into a record has to last until it was written. */
struct parts {
	char addr[ADDR_TEXT_MAX], witness[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
	struct record icmp, where, strange;
	struct facts_record reply;
	struct strbuf detail; /* escaped */
};

static void set_answer(
	struct record *rec, const struct host *h, const struct cell *c, struct parts *parts)
{
	const struct addr *from = host_witness(h, c);

	record_text(rec, PORT_STATE, port_state_name(c->state));
	record_text(rec, PORT_REASON, port_reason_name(c->reason));
	if (from)
		record_text(rec, PORT_FROM, addr_text(from, parts->witness));
	if (c->rtt_us)
		record_ns(rec, PORT_RTT, c->rtt_us * NSEC_PER_USEC);
	if (c->reason == REASON_ICMP || (c->reason == REASON_LOCAL && c->err == 0)) {
		words_icmp(&parts->icmp, h->addr.family, c->icmp_type, c->icmp_code);
		record_record(rec, PORT_ICMP, &parts->icmp);
	}
	record_uint(rec, PORT_ATTEMPTS, c->attempts);
	if (c->state == PORT_OPEN_FILTERED) {
		record_uint(rec, PORT_CONFIDENCE, c->confidence);
		record_bool(rec, PORT_PROVED, c->proof == SILENCE_BESIDE);
	} else if (c->state == PORT_FILTERED && c->reason == REASON_TIMEOUT) {
		record_bool(rec, PORT_PROVED, !host_limiter(h));
	}
}

static void set_strange(struct record *rec, const struct port_reply *reply, struct parts *parts)
{
	record_init(&parts->strange, &strange_schema);
	record_uint(&parts->strange, STRANGE_BYTES, reply->bytes);
	record_bytes(&parts->strange, STRANGE_START, reply->start, reply->start_len);
	record_record(rec, PORT_REPLY, &parts->strange);
	if (reply->bytes == 0) {
		strbuf_puts(&parts->detail, "an empty datagram");
		return;
	}
	strbuf_printf(&parts->detail, "%" PRIu32 " byte%s, not understood: ", reply->bytes,
		reply->bytes == 1 ? "" : "s");
	text_quote(&parts->detail, reply->start, reply->start_len);
}

/* What a UDP service said. */
static void set_reply(struct record *rec, const struct port_reply *reply, struct parts *parts)
{
	struct strbuf words = {0};

	if (!reply->query) {
		set_strange(rec, reply, parts);
		return;
	}
	facts_record_begin(&parts->reply, reply->query->protocol, &reply->facts);
	record_record(rec, PORT_REPLY, &parts->reply.record);
	reply->query->headline(&reply->facts, &words);
	strbuf_printf(&parts->detail, "%s%s", reply->query->protocol, words.len ? " " : "");
	text_escape(&parts->detail, words.text, words.len);
	strbuf_release(&words);
}

/* Of UDP: whose address the reply had, where that was not the one that was asked. */
static void add_speaker(struct strbuf *out, const struct host *h, const struct cell *c)
{
	const struct addr *from = host_witness(h, c);
	char text[ADDR_TEXT_MAX];

	if (c->reason != REASON_REPLY || !from || addr_same(from, &h->addr))
		return;
	strbuf_printf(out, "%sanswered from %s: a client that connects its socket never hears it",
		out->len ? "; " : "", addr_text(from, text));
}

void port_put(const struct port_put *p, const struct host *h, uint32_t index,
	const struct port_note *note)
{
	const struct port_reply *reply = host_reply(h, index);
	const struct cell *c = &h->cells[index];
	uint16_t port = host_port(h, index);
	struct parts parts = {.detail = {0}};
	struct record rec;

	record_init(&rec, &port_schemas[p->layout]);
	record_text(&rec, PORT_HOST, h->name);
	record_text(&rec, PORT_ADDR, addr_text(&h->addr, parts.addr));
	record_text(&rec, PORT_PROTO, p->protocol == IPPROTO_UDP ? "udp" : "tcp");
	record_uint(&rec, PORT_NUMBER, port);
	record_text(&rec, PORT_SERVICE, service_name(port, p->protocol));
	record_text(&rec, PORT_CLASS, service_class_text(service_class(port)));
	set_answer(&rec, h, c, &parts);
	if (note && note->located) {
		set_where(&parts.where, &note->where, parts.last);
		record_record(&rec, PORT_WHERE, &parts.where);
	}
	if (reply)
		set_reply(&rec, reply, &parts);
	add_speaker(&parts.detail, h, c);
	add_detail(&parts.detail, h, c, note, p->protocol);
	if (parts.detail.len)
		record_escaped(&rec, PORT_DETAIL, parts.detail.text, parts.detail.len);
	output_record(p->out, &rec, color_of(c));
	facts_record_release(&parts.reply);
	strbuf_release(&parts.detail);
}
