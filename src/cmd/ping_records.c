/* SPDX-License-Identifier: MIT */
#include "ping_records.h"

#include "ping_lines.h"
#include "words.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* What every record about one address begins with; `proto` last of them. */
#define HOST_FIELDS(prefix)                                                                        \
	[prefix##_HOST] = {.name = "host", .kind = FIELD_TEXT},                                    \
	[prefix##_ADDR] = {.name = "addr", .kind = FIELD_TEXT},                                    \
	[prefix##_PROTO] = {.name = "proto", .kind = FIELD_TEXT},                                  \
	[prefix##_PORT] = {.name = "port", .kind = FIELD_UINT, .optional = true}

enum { LOSS_STEPS = 10000 }; /* of a per cent */

enum { ANY_HOST, ANY_ADDR, ANY_PROTO, ANY_PORT, ANY_SEQ };

/* The records have their first fields in this order. */
static void begin(struct record *r, const struct schema *schema, const char *proto,
	const struct ping_host *h, char addr[static ADDR_TEXT_MAX])
{
	record_init(r, schema);
	record_text(r, ANY_HOST, h->name);
	record_text(r, ANY_ADDR, addr_text(&h->addr, addr));
	record_text(r, ANY_PROTO, proto);
	if (h->addr.port)
		record_uint(r, ANY_PORT, h->addr.port);
}

/* --- single probes ------------------------------------------------------------------------------
 */

enum {
	REPLY_HOST,
	REPLY_ADDR,
	REPLY_PROTO,
	REPLY_PORT,
	REPLY_SEQ,
	REPLY_FROM,
	REPLY_STATE,
	REPLY_BYTES,
	REPLY_TTL,
	REPLY_RTT,
	REPLY_CLOCK,
	REPLY_STAMPS,
	REPLY_WAIT,
	REPLY_WAKE,
	REPLY_DUP,
	REPLY_LATE,
	REPLY_CORRUPTED,
	REPLY_FIELDS
};

static const struct field reply_fields[] = {
	HOST_FIELDS(REPLY),
	[REPLY_SEQ] = {.name = "seq", .kind = FIELD_UINT},
	[REPLY_FROM] = {.name = "from", .kind = FIELD_TEXT},
	[REPLY_STATE] = {.name = "state", .kind = FIELD_TEXT, .optional = true},
	[REPLY_BYTES] = {.name = "bytes", .kind = FIELD_UINT},
	[REPLY_TTL] = {.name = "ttl", .kind = FIELD_UINT},
	[REPLY_RTT] = {.name = "rtt_ms", .kind = FIELD_MS},
	[REPLY_CLOCK] = {.name = "clock", .kind = FIELD_TEXT},
	[REPLY_STAMPS] = {.name = "stamps", .kind = FIELD_TEXT},
	[REPLY_WAIT] = {.name = "wait_ms", .kind = FIELD_MS},
	[REPLY_WAKE] = {.name = "wake_ms", .kind = FIELD_MS},
	[REPLY_DUP] = {.name = "dup", .kind = FIELD_BOOL},
	[REPLY_LATE] = {.name = "late", .kind = FIELD_BOOL},
	[REPLY_CORRUPTED] = {.name = "corrupted", .kind = FIELD_BOOL},
};

static const struct schema reply_schema = {"reply", reply_fields, REPLY_FIELDS};

static void set_trip(struct record *rec, const struct round_trip *trip)
{
	static const char *const stamps[] = {
		[STAMPS_NONE] = "none", [STAMPS_ARRIVED] = "arrived", [STAMPS_BOTH] = "both"};

	record_ns(rec, REPLY_RTT, trip->rtt);
	record_text(rec, REPLY_CLOCK, trip->source == STAMPS_BOTH ? "kernel" : "user");
	record_text(rec, REPLY_STAMPS, stamps[trip->source]);
	if (trip->wait >= 0)
		record_ns(rec, REPLY_WAIT, trip->wait);
	if (trip->wake >= 0)
		record_ns(rec, REPLY_WAKE, trip->wake);
}

void ping_put_reply(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_reply *r)
{
	char addr[ADDR_TEXT_MAX], from[ADDR_TEXT_MAX];
	struct record rec;

	begin(&rec, &reply_schema, proto, h, addr);
	record_uint(&rec, REPLY_SEQ, r->sequence);
	record_text(&rec, REPLY_FROM, addr_text(&r->from, from));
	if (r->state == PORT_OPEN && strcmp(proto, "udp") == 0)
		record_text(&rec, REPLY_STATE, "reply");
	else if (r->state)
		record_text(&rec, REPLY_STATE, port_state_name(r->state));
	if (r->bytes)
		record_uint(&rec, REPLY_BYTES, r->bytes);
	if (r->ttl >= 0)
		record_uint(&rec, REPLY_TTL, (uint64_t)r->ttl);
	set_trip(&rec, &r->trip);
	record_bool(&rec, REPLY_DUP, r->duplicate);
	record_bool(&rec, REPLY_LATE, r->late);
	record_bool(&rec, REPLY_CORRUPTED, r->fault == PING_CORRUPT);
	output_record(out, &rec, ROW_PLAIN);
}

enum {
	STRAY_HOST,
	STRAY_ADDR,
	STRAY_PROTO,
	STRAY_PORT,
	STRAY_SEQ,
	STRAY_FROM,
	STRAY_BYTES,
	STRAY_FAULT,
	STRAY_FIELDS
};

static const struct field stray_fields[] = {
	HOST_FIELDS(STRAY),
	[STRAY_SEQ] = {.name = "seq", .kind = FIELD_UINT},
	[STRAY_FROM] = {.name = "from", .kind = FIELD_TEXT},
	[STRAY_BYTES] = {.name = "bytes", .kind = FIELD_UINT},
	[STRAY_FAULT] = {.name = "fault", .kind = FIELD_TEXT},
};

static const struct schema stray_schema = {"stray", stray_fields, STRAY_FIELDS};

void ping_put_stray(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_reply *r)
{
	static const char *const faults[] = {
		[PING_WRONG_SOURCE] = "wrong-source",
		[PING_BAD_CHECKSUM] = "bad-checksum",
		[PING_TRUNCATED] = "truncated",
	};
	char addr[ADDR_TEXT_MAX], from[ADDR_TEXT_MAX];
	struct record rec;

	begin(&rec, &stray_schema, proto, h, addr);
	record_uint(&rec, STRAY_SEQ, r->sequence);
	record_text(&rec, STRAY_FROM, addr_text(&r->from, from));
	record_uint(&rec, STRAY_BYTES, r->bytes);
	record_text(&rec, STRAY_FAULT, faults[r->fault]);
	output_record(out, &rec, ROW_PLAIN);
}

enum {
	ERROR_HOST,
	ERROR_ADDR,
	ERROR_PROTO,
	ERROR_PORT,
	ERROR_SEQ,
	ERROR_REASON,
	ERROR_FROM,
	ERROR_ICMP,
	ERROR_MTU,
	ERROR_RTT,
	ERROR_DETAIL,
	ERROR_FIELDS
};

static const struct field error_fields[] = {
	HOST_FIELDS(ERROR),
	[ERROR_SEQ] = {.name = "seq", .kind = FIELD_UINT},
	[ERROR_REASON] = {.name = "reason", .kind = FIELD_TEXT},
	[ERROR_FROM] = {.name = "from", .kind = FIELD_TEXT},
	[ERROR_ICMP] = {.name = "icmp", .kind = FIELD_RECORD, .sub = &icmp_schema},
	[ERROR_MTU] = {.name = "mtu", .kind = FIELD_UINT},
	[ERROR_RTT] = {.name = "rtt_ms", .kind = FIELD_MS},
	[ERROR_DETAIL] = {.name = "detail", .kind = FIELD_TEXT},
};

static const struct schema error_schema = {"error", error_fields, ERROR_FIELDS};

void ping_put_error(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_error *e)
{
	char addr[ADDR_TEXT_MAX], from[ADDR_TEXT_MAX];
	struct strbuf words = {0};
	struct record rec, icmp;

	begin(&rec, &error_schema, proto, h, addr);
	record_uint(&rec, ERROR_SEQ, e->sequence);
	record_text(&rec, ERROR_REASON, port_reason_name(e->reason));
	if (e->from.family) {
		record_text(&rec, ERROR_FROM, addr_text(&e->from, from));
		words_icmp(&icmp, h->addr.family, e->icmp_type, e->icmp_code);
		record_record(&rec, ERROR_ICMP, &icmp);
	}
	if (e->mtu)
		record_uint(&rec, ERROR_MTU, e->mtu);
	if (e->elapsed)
		record_ns(&rec, ERROR_RTT, e->elapsed);
	record_text(&rec, ERROR_DETAIL, ping_error_text(h, e, &words));
	output_record(out, &rec, ROW_PLAIN);
	strbuf_release(&words);
}

enum { LOST_HOST, LOST_ADDR, LOST_PROTO, LOST_PORT, LOST_SEQ, LOST_REASON, LOST_FIELDS };

static const struct field lost_fields[] = {
	HOST_FIELDS(LOST),
	[LOST_SEQ] = {.name = "seq", .kind = FIELD_UINT},
	[LOST_REASON] = {.name = "reason", .kind = FIELD_TEXT},
};

static const struct schema lost_schema = {"lost", lost_fields, LOST_FIELDS};

void ping_put_lost(struct output *out, const char *proto, const struct ping_host *h,
	uint64_t sequence, bool dropped_here)
{
	char addr[ADDR_TEXT_MAX];
	struct record rec;

	begin(&rec, &lost_schema, proto, h, addr);
	record_uint(&rec, LOST_SEQ, sequence);
	record_text(&rec, LOST_REASON, dropped_here ? "dropped-here" : "timeout");
	output_record(out, &rec, ROW_PLAIN);
}

/* --- addresses ----------------------------------------------------------------------------------
 */

enum {
	RTT_MIN,
	RTT_AVG,
	RTT_MEDIAN,
	RTT_P95,
	RTT_P99,
	RTT_MAX,
	RTT_STDDEV,
	RTT_JITTER,
	RTT_FIELDS
};

static const struct field rtt_fields[] = {
	[RTT_MIN] = {.name = "min", .kind = FIELD_MS},
	[RTT_AVG] = {.name = "avg", .kind = FIELD_MS},
	[RTT_MEDIAN] = {.name = "median", .kind = FIELD_MS},
	[RTT_P95] = {.name = "p95", .kind = FIELD_MS},
	[RTT_P99] = {.name = "p99", .kind = FIELD_MS},
	[RTT_MAX] = {.name = "max", .kind = FIELD_MS},
	[RTT_STDDEV] = {.name = "stddev", .kind = FIELD_MS},
	[RTT_JITTER] = {.name = "jitter", .kind = FIELD_MS},
};

static const struct schema rtt_schema = {NULL, rtt_fields, RTT_FIELDS};

enum {
	HOST_HOST,
	HOST_ADDR,
	HOST_PROTO,
	HOST_PORT,
	HOST_NAME,
	HOST_SENT,
	HOST_RECEIVED,
	HOST_LOST,
	HOST_LOSS,
	HOST_DUPLICATES,
	HOST_LATE,
	HOST_DROPPED,
	HOST_ERRORS,
	HOST_CORRUPTED,
	HOST_PENDING,
	HOST_OUTAGE,
	HOST_LAST,
	HOST_RTT,
	HOST_FIELDS_
};

static const struct field host_fields[] = {
	HOST_FIELDS(HOST),
	[HOST_NAME] = {.name = "name", .kind = FIELD_TEXT, .optional = true},
	[HOST_SENT] = {.name = "sent", .kind = FIELD_UINT},
	[HOST_RECEIVED] = {.name = "received", .kind = FIELD_UINT},
	[HOST_LOST] = {.name = "lost", .kind = FIELD_UINT},
	[HOST_LOSS] = {.name = "loss_pct", .kind = FIELD_REAL},
	[HOST_DUPLICATES] = {.name = "duplicates", .kind = FIELD_UINT},
	[HOST_LATE] = {.name = "late", .kind = FIELD_UINT},
	[HOST_DROPPED] = {.name = "dropped_here", .kind = FIELD_UINT},
	[HOST_ERRORS] = {.name = "errors", .kind = FIELD_UINT},
	[HOST_CORRUPTED] = {.name = "corrupted", .kind = FIELD_UINT},
	[HOST_PENDING] = {.name = "pending", .kind = FIELD_UINT},
	[HOST_OUTAGE] = {.name = "outage_ms", .kind = FIELD_MS},
	[HOST_LAST] = {.name = "last_ms", .kind = FIELD_MS},
	[HOST_RTT] = {.name = "rtt_ms", .kind = FIELD_RECORD, .sub = &rtt_schema},
};

static const struct schema host_schema = {"host", host_fields, HOST_FIELDS_};

static void set_rtt(struct record *rec, const struct rtt_stats *rtt)
{
	record_init(rec, &rtt_schema);
	record_ns(rec, RTT_MIN, rtt->min);
	record_ns(rec, RTT_AVG, rtt_stats_mean(rtt));
	record_ns(rec, RTT_MEDIAN, rtt_stats_quantile(rtt, 0.5));
	record_ns(rec, RTT_P95, rtt_stats_quantile(rtt, 0.95));
	record_ns(rec, RTT_P99, rtt_stats_quantile(rtt, 0.99));
	record_ns(rec, RTT_MAX, rtt->max);
	record_ns(rec, RTT_STDDEV, rtt_stats_stddev(rtt));
	record_ns(rec, RTT_JITTER, rtt_stats_jitter(rtt));
}

void ping_put_host(struct output *out, const char *proto, const struct ping_host *h,
	const char *name, nsec_t outage)
{
	const struct ping_counts *c = &h->counts;
	char addr[ADDR_TEXT_MAX];
	struct record rec, rtt;

	begin(&rec, &host_schema, proto, h, addr);
	record_text(&rec, HOST_NAME, name);
	record_uint(&rec, HOST_SENT, c->sent);
	record_uint(&rec, HOST_RECEIVED, c->received);
	record_uint(&rec, HOST_LOST, c->lost);
	if (c->received + c->lost)
		record_real(&rec, HOST_LOSS, round(ping_loss(c) * LOSS_STEPS) / LOSS_STEPS);
	record_uint(&rec, HOST_DUPLICATES, c->duplicates);
	record_uint(&rec, HOST_LATE, c->late);
	record_uint(&rec, HOST_DROPPED, c->dropped_here);
	record_uint(&rec, HOST_ERRORS, c->errors);
	record_uint(&rec, HOST_CORRUPTED, c->corrupted);
	record_uint(&rec, HOST_PENDING, ping_pending(c));
	record_ns(&rec, HOST_OUTAGE, outage);
	if (h->rtt.count) {
		record_ns(&rec, HOST_LAST, h->rtt.last);
		set_rtt(&rtt, &h->rtt);
		record_record(&rec, HOST_RTT, &rtt);
	}
	output_record(out, &rec, ROW_PLAIN);
}

/* --- a row --------------------------------------------------------------------------------------
 */

enum {
	ROW_HOST,
	ROW_ADDR,
	ROW_SENT,
	ROW_RECEIVED,
	ROW_LOSS,
	ROW_MIN,
	ROW_AVG,
	ROW_MAX,
	ROW_LAST,
	ROW_FIELDS
};

static const struct field row_fields[] = {
	[ROW_HOST] = {.name = "host", .title = "HOST", .kind = FIELD_TEXT},
	[ROW_ADDR] = {.name = "addr", .title = "ADDR", .kind = FIELD_TEXT},
	[ROW_SENT] = {.name = "sent", .title = "SENT", .kind = FIELD_UINT, .right = true},
	[ROW_RECEIVED] = {.name = "received", .title = "RECV", .kind = FIELD_UINT, .right = true},
	[ROW_LOSS] = {.name = "loss", .title = "LOSS", .kind = FIELD_TEXT, .right = true},
	[ROW_MIN] = {.name = "min", .title = "MIN", .kind = FIELD_MS, .right = true},
	[ROW_AVG] = {.name = "avg", .title = "AVG", .kind = FIELD_MS, .right = true},
	[ROW_MAX] = {.name = "max", .title = "MAX", .kind = FIELD_MS, .right = true},
	[ROW_LAST] = {.name = "last", .title = "LAST", .kind = FIELD_MS, .right = true},
};

static const struct schema row_schema = {"host", row_fields, ROW_FIELDS};

enum { WIDE = 72 }; /* columns that a row of IPv4 with all its values takes */

static enum row_color color_of(const struct ping_counts *c)
{
	if (c->received + c->lost == 0)
		return ROW_PLAIN;
	if (c->received == 0)
		return ROW_BAD;
	return c->lost ? ROW_WARN : ROW_GOOD;
}

/* Not so the address itself, nor the network or range that it is from: a column for names alone. */
static bool is_name(const char *host)
{
	bool letters = false;

	for (const char *c = host; *c; c++) {
		if (*c == ':' || *c == '/')
			return false;
		letters |= isalpha((unsigned char)*c) != 0;
	}
	return letters;
}

void ping_put_row(struct output *out, const struct ping_host *h, const char *name)
{
	const struct ping_counts *c = &h->counts;
	/* columns without a value in any row are not shown */
	bool narrow = output_columns(out) > 0 && output_columns(out) < WIDE;
	char addr[ADDR_TEXT_MAX], loss[PING_LOSS_MAX];
	struct record rec;

	record_init(&rec, &row_schema);
	record_text(&rec, ROW_HOST, is_name(h->name) ? h->name : name);
	record_text(&rec, ROW_ADDR, ping_place(h, addr));
	record_uint(&rec, ROW_SENT, c->sent);
	record_uint(&rec, ROW_RECEIVED, c->received);
	if (c->received + c->lost)
		record_text(&rec, ROW_LOSS, ping_loss_text(c, loss));
	if (h->rtt.count)
		record_ns(&rec, ROW_AVG, rtt_stats_mean(&h->rtt));
	if (h->rtt.count && !narrow) {
		record_ns(&rec, ROW_MIN, h->rtt.min);
		record_ns(&rec, ROW_MAX, h->rtt.max);
		record_ns(&rec, ROW_LAST, h->rtt.last);
	}
	output_record(out, &rec, color_of(c));
}

/* --- the whole run ------------------------------------------------------------------------------
 */

enum {
	TOTAL_HOSTS,
	TOTAL_ALIVE,
	TOTAL_DEAD,
	TOTAL_SENT,
	TOTAL_RECEIVED,
	TOTAL_LOST,
	TOTAL_DUPLICATES,
	TOTAL_LATE,
	TOTAL_DROPPED,
	TOTAL_ERRORS,
	TOTAL_PENDING,
	TOTAL_IGNORED,
	TOTAL_ELAPSED,
	TOTAL_FIELDS
};

static const struct field total_fields[] = {
	[TOTAL_HOSTS] = {.name = "hosts", .kind = FIELD_UINT},
	[TOTAL_ALIVE] = {.name = "alive", .kind = FIELD_UINT},
	[TOTAL_DEAD] = {.name = "dead", .kind = FIELD_UINT},
	[TOTAL_SENT] = {.name = "sent", .kind = FIELD_UINT},
	[TOTAL_RECEIVED] = {.name = "received", .kind = FIELD_UINT},
	[TOTAL_LOST] = {.name = "lost", .kind = FIELD_UINT},
	[TOTAL_DUPLICATES] = {.name = "duplicates", .kind = FIELD_UINT},
	[TOTAL_LATE] = {.name = "late", .kind = FIELD_UINT},
	[TOTAL_DROPPED] = {.name = "dropped_here", .kind = FIELD_UINT},
	[TOTAL_ERRORS] = {.name = "errors", .kind = FIELD_UINT},
	[TOTAL_PENDING] = {.name = "pending", .kind = FIELD_UINT},
	[TOTAL_IGNORED] = {.name = "ignored", .kind = FIELD_UINT},
	[TOTAL_ELAPSED] = {.name = "elapsed_ms", .kind = FIELD_MS},
};

static const struct schema total_schema = {"total", total_fields, TOTAL_FIELDS};

void ping_put_total(struct output *out, const struct pinger_status *status,
	const struct ping_verdicts *verdicts, nsec_t elapsed)
{
	const struct ping_counts *c = &status->counts;
	struct record rec;

	record_init(&rec, &total_schema);
	record_uint(&rec, TOTAL_HOSTS, status->hosts);
	record_uint(&rec, TOTAL_ALIVE, verdicts->alive);
	record_uint(&rec, TOTAL_DEAD, verdicts->dead);
	record_uint(&rec, TOTAL_SENT, c->sent);
	record_uint(&rec, TOTAL_RECEIVED, c->received);
	record_uint(&rec, TOTAL_LOST, c->lost);
	record_uint(&rec, TOTAL_DUPLICATES, c->duplicates);
	record_uint(&rec, TOTAL_LATE, c->late);
	record_uint(&rec, TOTAL_DROPPED, c->dropped_here);
	record_uint(&rec, TOTAL_ERRORS, c->errors);
	record_uint(&rec, TOTAL_PENDING, ping_pending(c));
	record_uint(&rec, TOTAL_IGNORED, status->foreign);
	record_ns(&rec, TOTAL_ELAPSED, elapsed);
	output_record(out, &rec, ROW_PLAIN);
}
