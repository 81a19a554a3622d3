/* SPDX-License-Identifier: MIT */
#include "banner_record.h"

#include "banner_words.h"
#include "facts_record.h"
#include "words.h"

#include "netprobe/base/mem.h"

/* --- times --------------------------------------------------------------------------------------
 */

enum { PHASE_RESOLVE, PHASE_CONNECT, PHASE_TLS, PHASE_FIRST_BYTE, PHASE_TOTAL, PHASE_FIELDS };

static const struct field phase_fields[] = {
	[PHASE_RESOLVE] = {.name = "resolve", .kind = FIELD_MS},
	[PHASE_CONNECT] = {.name = "connect", .kind = FIELD_MS},
	[PHASE_TLS] = {.name = "tls", .kind = FIELD_MS},
	[PHASE_FIRST_BYTE] = {.name = "first_byte", .kind = FIELD_MS},
	[PHASE_TOTAL] = {.name = "total", .kind = FIELD_MS},
};

static const struct schema phase_schema = {NULL, phase_fields, PHASE_FIELDS};

static void set_phases(struct record *rec, const struct grab_phases *p)
{
	const nsec_t phases[PHASE_FIELDS] = {
		p->resolve, p->connect, p->tls, p->first_byte, p->total};

	record_init(rec, &phase_schema);
	for (size_t i = 0; i < PHASE_FIELDS; i++)
		if (phases[i] >= 0)
			record_ns(rec, i, phases[i]);
}

/* --- TLS ----------------------------------------------------------------------------------------
 */

enum {
	TLS_VERSION,
	TLS_CIPHER,
	TLS_ALPN,
	TLS_SUBJECT,
	TLS_ISSUER,
	TLS_SAN,
	TLS_NOT_BEFORE,
	TLS_NOT_AFTER,
	TLS_DAYS_LEFT,
	TLS_VERIFIED,
	TLS_VERIFY_ERROR,
	TLS_UPGRADED,
	TLS_CHAIN,
	TLS_KEY,
	TLS_SIGNATURE,
	TLS_FINGERPRINT,
	TLS_FIELDS
};

static const struct field tls_fields[] = {
	[TLS_VERSION] = {.name = "version", .kind = FIELD_TEXT},
	[TLS_CIPHER] = {.name = "cipher", .kind = FIELD_TEXT},
	[TLS_ALPN] = {.name = "alpn", .kind = FIELD_TEXT},
	[TLS_SUBJECT] = {.name = "subject", .kind = FIELD_TEXT},
	[TLS_ISSUER] = {.name = "issuer", .kind = FIELD_TEXT},
	[TLS_SAN] = {.name = "san", .kind = FIELD_LIST},
	[TLS_NOT_BEFORE] = {.name = "not_before", .kind = FIELD_TIME},
	[TLS_NOT_AFTER] = {.name = "not_after", .kind = FIELD_TIME},
	[TLS_DAYS_LEFT] = {.name = "days_left", .kind = FIELD_REAL},
	[TLS_VERIFIED] = {.name = "verified", .kind = FIELD_BOOL},
	[TLS_VERIFY_ERROR] = {.name = "verify_error", .kind = FIELD_TEXT},
	[TLS_UPGRADED] = {.name = "upgraded", .kind = FIELD_BOOL},
	[TLS_CHAIN] = {.name = "chain", .kind = FIELD_UINT},
	[TLS_KEY] = {.name = "key", .kind = FIELD_TEXT},
	[TLS_SIGNATURE] = {.name = "signature", .kind = FIELD_TEXT},
	[TLS_FINGERPRINT] = {.name = "fingerprint", .kind = FIELD_TEXT},
};

static const struct schema tls_schema = {NULL, tls_fields, TLS_FIELDS};

/* Of the peer's certificate; unset where it sent none. */
static void set_certificate(struct record *rec, const struct tls_facts *t, nsec_t wall)
{
	record_text(rec, TLS_SUBJECT, t->subject);
	record_text(rec, TLS_ISSUER, t->issuer);
	record_list(rec, TLS_SAN, (const char *const *)t->san, t->san_count);
	record_ns(rec, TLS_NOT_BEFORE, t->not_before);
	record_ns(rec, TLS_NOT_AFTER, t->not_after);
	record_real(rec, TLS_DAYS_LEFT, (double)tls_days_left(t, wall));
	record_text(rec, TLS_KEY, t->key);
	record_text(rec, TLS_SIGNATURE, t->signature);
	record_text(rec, TLS_FINGERPRINT, t->fingerprint);
}

static void set_tls(struct record *rec, const struct grab *g, nsec_t wall)
{
	const struct tls_facts *t = g->tls;

	record_init(rec, &tls_schema);
	record_text(rec, TLS_VERSION, t->version);
	record_text(rec, TLS_CIPHER, t->cipher);
	record_text(rec, TLS_ALPN, t->alpn && *t->alpn ? t->alpn : NULL);
	if (t->subject)
		set_certificate(rec, t, wall);
	record_bool(rec, TLS_VERIFIED, t->verified);
	record_text(rec, TLS_VERIFY_ERROR, t->verified ? NULL : t->verify_error);
	record_bool(rec, TLS_UPGRADED, g->upgraded);
	record_uint(rec, TLS_CHAIN, t->chain);
}

/* --- the record ---------------------------------------------------------------------------------
 */

enum {
	BANNER_HOST,
	BANNER_ADDR,
	BANNER_PORT,
	BANNER_URL,
	BANNER_PROTO,
	BANNER_ASKED,
	BANNER_DECIDED_BY,
	BANNER_STATE,
	BANNER_REASON,
	BANNER_FROM,
	BANNER_ICMP,
	BANNER_DETAIL,
	BANNER_PHASES,
	BANNER_TLS,
	BANNER_TOLD, /* one for each protocol that has a machine, in the order of their numbers */
	BANNER_REDIRECTS = BANNER_TOLD + PROTOCOL_TLS - PROTOCOL_HTTP,
	BANNER_BYTES,
	BANNER_CONNECTIONS,
	BANNER_LIMIT,
	BANNER_RAW,
	BANNER_RAW_TRUNCATED,
	BANNER_FIELDS
};

#define TOLD(id, text)                                                                             \
	[BANNER_TOLD + (id)-PROTOCOL_HTTP] = {                                                     \
		.name = (text), .kind = FIELD_RECORD, .optional = true}

static const struct field banner_fields[] = {
	[BANNER_HOST] = {.name = "host", .kind = FIELD_TEXT},
	[BANNER_ADDR] = {.name = "addr", .kind = FIELD_TEXT},
	[BANNER_PORT] = {.name = "port", .kind = FIELD_UINT},
	[BANNER_URL] = {.name = "url", .kind = FIELD_TEXT, .optional = true},
	[BANNER_PROTO] = {.name = "proto", .kind = FIELD_TEXT},
	[BANNER_ASKED] = {.name = "asked", .kind = FIELD_TEXT, .optional = true},
	[BANNER_DECIDED_BY] = {.name = "decided_by", .kind = FIELD_TEXT},
	[BANNER_STATE] = {.name = "state", .kind = FIELD_TEXT},
	[BANNER_REASON] = {.name = "reason", .kind = FIELD_TEXT, .optional = true},
	[BANNER_FROM] = {.name = "from", .kind = FIELD_TEXT, .optional = true},
	[BANNER_ICMP] = {.name = "icmp",
		.kind = FIELD_RECORD,
		.sub = &icmp_schema,
		.optional = true},
	[BANNER_DETAIL] = {.name = "detail", .kind = FIELD_TEXT},
	[BANNER_PHASES] = {.name = "phases_ms", .kind = FIELD_RECORD, .sub = &phase_schema},
	[BANNER_TLS] = {.name = "tls", .kind = FIELD_RECORD, .sub = &tls_schema},
	TOLD(PROTOCOL_HTTP, "http"),
	TOLD(PROTOCOL_SMTP, "smtp"),
	TOLD(PROTOCOL_SSH, "ssh"),
	TOLD(PROTOCOL_FTP, "ftp"),
	TOLD(PROTOCOL_POP3, "pop3"),
	TOLD(PROTOCOL_IMAP, "imap"),
	TOLD(PROTOCOL_MYSQL, "mysql"),
	TOLD(PROTOCOL_POSTGRESQL, "postgresql"),
	TOLD(PROTOCOL_REDIS, "redis"),
	TOLD(PROTOCOL_DNS, "dns"),
	TOLD(PROTOCOL_TELNET, "telnet"),
	[BANNER_REDIRECTS] = {.name = "redirects", .kind = FIELD_LIST, .optional = true},
	[BANNER_BYTES] = {.name = "bytes", .kind = FIELD_UINT},
	[BANNER_CONNECTIONS] = {.name = "connections", .kind = FIELD_UINT},
	[BANNER_LIMIT] = {.name = "limit", .kind = FIELD_TEXT, .optional = true},
	[BANNER_RAW] = {.name = "raw", .kind = FIELD_TEXT},
	[BANNER_RAW_TRUNCATED] = {.name = "raw_truncated", .kind = FIELD_BOOL, .optional = true},
};

static const struct schema banner_schema = {"banner", banner_fields, BANNER_FIELDS};

/* What the others are put into; it has to last until the record was written. */
struct parts {
	char addr[ADDR_TEXT_MAX], from[ADDR_TEXT_MAX];
	struct strbuf detail;
	struct record icmp, phases, tls;
	struct facts_record told;
};

static void set_reason(
	struct record *rec, const struct grab *g, enum port_reason reason, struct parts *parts)
{
	const struct addr *from = banner_witness(g, reason);

	if (reason != REASON_NONE)
		record_text(rec, BANNER_REASON, port_reason_name(reason));
	if (from)
		record_text(rec, BANNER_FROM, addr_text(from, parts->from));
	if (g->has_icmp && (reason == REASON_ICMP || reason == REASON_LOCAL)) {
		words_icmp(&parts->icmp, g->addr.family, g->icmp.type, g->icmp.code);
		record_record(rec, BANNER_ICMP, &parts->icmp);
	}
	banner_detail(g, reason, &parts->detail);
	if (parts->detail.len)
		record_bytes(rec, BANNER_DETAIL, parts->detail.text, parts->detail.len);
}

static void set_subject(struct record *rec, const struct grab *g, struct parts *parts)
{
	record_text(rec, BANNER_HOST, g->host);
	record_text(rec, BANNER_ADDR, addr_text(&g->addr, parts->addr));
	record_uint(rec, BANNER_PORT, g->addr.port);
	record_text(rec, BANNER_URL, g->url);
	record_text(rec, BANNER_PROTO, protocol_name(g->proto));
	if (g->asked != PROTOCOL_UNKNOWN)
		record_text(rec, BANNER_ASKED, protocol_name(g->asked));
	record_text(rec, BANNER_DECIDED_BY, grab_ground_name(g->ground));
	record_text(rec, BANNER_STATE, grab_state_name(g->state));
}

/* How much was said, and its beginning. */
static void set_extent(struct record *rec, const struct grab *g)
{
	if (g->redirect_count)
		record_list(rec, BANNER_REDIRECTS, g->redirects, g->redirect_count);
	record_uint(rec, BANNER_BYTES, g->received);
	record_uint(rec, BANNER_CONNECTIONS, g->connections);
	record_text(rec, BANNER_LIMIT, g->limit);
	if (g->raw_len)
		record_bytes(rec, BANNER_RAW, g->raw, g->raw_len);
	if (g->raw_cut)
		record_bool(rec, BANNER_RAW_TRUNCATED, true);
}

static bool has_object(enum protocol_id id)
{
	return id != PROTOCOL_UNKNOWN && id < PROTOCOL_TLS;
}

void banner_put_record(
	struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall)
{
	struct parts parts = {.detail = {0}};
	struct record rec;

	record_init(&rec, &banner_schema);
	set_subject(&rec, g, &parts);
	set_reason(&rec, g, reason, &parts);
	set_phases(&parts.phases, &g->phases);
	record_record(&rec, BANNER_PHASES, &parts.phases);
	if (g->tls) {
		set_tls(&parts.tls, g, wall);
		record_record(&rec, BANNER_TLS, &parts.tls);
	}
	if (has_object(g->proto) && facts_record_begin(&parts.told, NULL, g->facts))
		record_record(&rec, BANNER_TOLD + g->proto - PROTOCOL_HTTP, &parts.told.record);
	set_extent(&rec, g);
	output_record(out, &rec, ROW_PLAIN);
	facts_record_release(&parts.told);
	strbuf_release(&parts.detail);
}

/* --- a row --------------------------------------------------------------------------------------
 */

enum { ROW_ADDR, ROW_PORT, ROW_PROTO, ROW_STATE, ROW_BANNER, ROW_TIME, ROW_FIELDS };

static const struct field row_fields[] = {
	[ROW_ADDR] = {.name = "addr", .title = "ADDRESS", .kind = FIELD_TEXT},
	[ROW_PORT] = {.name = "port", .title = "PORT", .kind = FIELD_UINT, .right = true},
	[ROW_PROTO] = {.name = "proto", .title = "PROTO", .kind = FIELD_TEXT},
	[ROW_STATE] = {.name = "state", .title = "STATE", .kind = FIELD_TEXT},
	[ROW_BANNER] = {.name = "banner", .title = "BANNER", .kind = FIELD_TEXT},
	[ROW_TIME] = {.name = "time_ms", .title = "TIME", .kind = FIELD_MS, .right = true},
};

static const struct schema row_schema = {"banner", row_fields, ROW_FIELDS};

/* Terminals below these many columns do without the time, without the protocol: the banner tells
 * it, too. */
enum { WIDE = 72, NARROW = 50 };

static enum row_color color_of(const struct grab *g)
{
	switch (g->state) {
	case GRAB_OK:
		return g->tls && !g->tls->verified ? ROW_WARN : ROW_GOOD;
	case GRAB_SILENT:
	case GRAB_CLOSED:
	case GRAB_TIMEOUT:
	case GRAB_MISMATCH:
		return ROW_WARN;
	case GRAB_REFUSED:
	case GRAB_STATES:
		break;
	}
	return ROW_PLAIN;
}

void banner_put_row(struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall)
{
	unsigned columns = output_columns(out) ? output_columns(out) : WIDE;
	char addr[ADDR_TEXT_MAX], service[BANNER_SERVICE_MAX];
	struct strbuf headline = {0};
	struct record rec;

	record_init(&rec, &row_schema);
	record_text(&rec, ROW_ADDR, addr_text(&g->addr, addr));
	record_uint(&rec, ROW_PORT, g->addr.port);
	/* a column without a value in any row is not shown, and brings a new head line with the
	 * first value; so there is one always, or never */
	if (columns >= NARROW)
		record_text(&rec, ROW_PROTO,
			g->state == GRAB_OK || g->proto != PROTOCOL_UNKNOWN
				? banner_service(g, service)
				: "-");
	record_text(&rec, ROW_STATE, grab_state_name(g->state));
	banner_headline(g, reason, wall, &headline);
	if (headline.len == 0)
		strbuf_putc(&headline, '-');
	record_escaped(&rec, ROW_BANNER, headline.text, headline.len);
	if (columns >= WIDE && g->phases.total >= 0)
		record_ns(&rec, ROW_TIME, g->phases.total);
	output_record(out, &rec, color_of(g));
	strbuf_release(&headline);
}
