/* SPDX-License-Identifier: MIT */
#include "banner_lines.h"

#include "banner_dialogue.h"
#include "banner_words.h"

#include "netprobe/base/text.h"

#include <inttypes.h>
#include <string.h>

enum {
	COLUMNS_DEFAULT = 80, /* lists are wrapped there where there is no terminal */
	RAW_LINES = 8,        /* of what nobody knows, or did not expect */
};

#define INDENT "    "

/* --- lines of any kind --------------------------------------------------------------------------
 */

/* The line that is being put together. */
struct block {
	struct output *out;
	struct strbuf line;
	size_t columns, width;
};

static void end_line(struct block *b)
{
	output_bytes(b->out, b->line.text, b->line.len);
	strbuf_reset(&b->line);
}

/* One whole line. */
static void put(struct block *b, const char *name, const void *bytes, size_t len)
{
	strbuf_printf(&b->line, "%s: ", name);
	strbuf_add(&b->line, bytes, len);
	end_line(b);
}

static void put_text(struct block *b, const char *name, const char *text)
{
	if (text && *text)
		put(b, name, text, strlen(text));
}

/* The same from what stands in a buffer, which is emptied. */
static void put_buffer(struct block *b, const char *name, struct strbuf *text)
{
	if (text->len)
		put(b, name, text->text, text->len);
	strbuf_release(text);
}

/* "names: a, b, c", wrapped. The comma stays behind the item before it. */
static void add_item(struct block *b, const char *item, size_t len, bool first, bool last)
{
	struct strbuf escaped = {0};
	size_t own;

	text_escape(&escaped, item, len);
	own = (escaped.len ? text_width(escaped.text) : 0) + !last;
	strbuf_release(&escaped);
	if (!first && b->width + 1 + own > b->columns) {
		end_line(b);
		strbuf_puts(&b->line, INDENT);
		b->width = strlen(INDENT);
	} else {
		strbuf_putc(&b->line, ' ');
		b->width++;
	}
	strbuf_add(&b->line, item, len);
	strbuf_puts(&b->line, last ? "" : ",");
	b->width += own;
}

static void begin_list(struct block *b, const char *name)
{
	strbuf_printf(&b->line, "%s:", name);
	b->width = b->line.len;
}

static bool has_commas(const struct fact *list)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t len;
		const char *item = fact_item(list, i, &len);

		if (memchr(item, ',', len) || memchr(item, ' ', len))
			return true;
	}
	return false;
}

/* Words one after the other; what has words and commas of its own on lines of its own. */
static void put_list(struct block *b, const char *name, const struct fact *list)
{
	bool wrapped = !has_commas(list);

	begin_list(b, name);
	for (size_t i = 0; i < list->count; i++) {
		size_t len;
		const char *item = fact_item(list, i, &len);

		if (wrapped) {
			add_item(b, item, len, i == 0, i + 1 == list->count);
			continue;
		}
		end_line(b);
		strbuf_puts(&b->line, INDENT);
		strbuf_add(&b->line, item, len);
	}
	end_line(b);
}

static void put_texts(
	struct block *b, const char *name, const char *const *texts, size_t count, bool wrapped)
{
	if (count == 0)
		return;
	begin_list(b, name);
	for (size_t i = 0; i < count; i++) {
		if (wrapped) {
			add_item(b, texts[i], strlen(texts[i]), i == 0, i + 1 == count);
			continue;
		}
		end_line(b);
		strbuf_printf(&b->line, INDENT "%s", texts[i]);
	}
	end_line(b);
}

/* --- what is known ------------------------------------------------------------------------------
 */

static void put_facts(struct block *b, const struct facts *f)
{
	for (size_t i = 0; f && i < f->count; i++) {
		const struct fact *fact = facts_get(f, i);
		const char *name = f->defs[i].name;
		struct strbuf number = {0};

		if (!fact)
			continue;
		switch (f->defs[i].kind) {
		case FACT_TEXT:
			put(b, name, fact->text.text, fact->text.len);
			break;
		case FACT_LIST:
			if (fact->count)
				put_list(b, name, fact);
			break;
		case FACT_NUMBER:
			strbuf_printf(&number, "%" PRIu64, fact->number);
			put_buffer(b, name, &number);
			break;
		case FACT_FLAG:
			put_text(b, name, fact->number ? "yes" : "no");
			break;
		}
	}
}

static void put_validity(struct block *b, const struct tls_facts *t, nsec_t wall)
{
	enum { DATE = sizeof "2026-11-21" - 1 };
	char from[CLOCK_RFC3339_MAX], to[CLOCK_RFC3339_MAX];
	long days = tls_days_left(t, wall);
	struct strbuf text = {0};

	clock_rfc3339(t->not_before, from);
	clock_rfc3339(t->not_after, to);
	strbuf_printf(&text, "%.*s to %.*s, ", DATE, from, DATE, to);
	strbuf_printf(&text, days < 0 ? "over for %ld day%s" : "%ld day%s left",
		days < 0 ? -days : days, days == 1 || days == -1 ? "" : "s");
	put_buffer(b, "valid", &text);
}

static void put_certificate(struct block *b, const struct tls_facts *t, nsec_t wall)
{
	struct strbuf key = {0};

	put_text(b, "subject", t->subject);
	put_text(b, "issuer", t->issuer);
	put_texts(b, "names", (const char *const *)t->san, t->san_count, true);
	put_validity(b, t, wall);
	strbuf_printf(&key, "%s, signed by %s, %u certificate%s sent",
		t->key ? t->key : "unknown kind", t->signature ? t->signature : "unknown", t->chain,
		t->chain == 1 ? "" : "s");
	put_buffer(b, "key", &key);
	put_text(b, "fingerprint", t->fingerprint);
}

static void put_tls(struct block *b, const struct grab *g, nsec_t wall)
{
	const struct tls_facts *t = g->tls;
	struct strbuf text = {0};

	if (!t)
		return;
	strbuf_puts(&text, t->version ? t->version : "yes");
	if (t->cipher)
		strbuf_printf(&text, ", %s", t->cipher);
	if (t->alpn && *t->alpn)
		strbuf_printf(&text, ", ALPN %s", t->alpn);
	if (g->upgraded)
		strbuf_puts(&text, ", upgraded");
	put_buffer(b, "tls", &text);
	strbuf_puts(&text, t->verified ? "yes" : "no");
	if (!t->verified && t->verify_error)
		strbuf_printf(&text, ": %s", t->verify_error);
	put_buffer(b, "verified", &text);
	if (t->subject)
		put_certificate(b, t, wall);
}

/* What nobody knows, or did not expect, is shown as it came. */
static void put_raw(struct block *b, const struct grab *g)
{
	const char *at = g->raw, *end = g->raw + g->raw_len;
	size_t count = 0;

	if (g->raw_len == 0 || (g->proto != PROTOCOL_UNKNOWN && g->state != GRAB_MISMATCH))
		return;
	for (; at < end && count < RAW_LINES; count++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at), fits;

		if (newline && len > 0 && at[len - 1] == '\r')
			len--;
		fits = dialogue_fit(at, len, DIALOGUE_COLUMNS);
		strbuf_puts(&b->line, count ? INDENT : "said: ");
		strbuf_add(&b->line, at, fits);
		strbuf_puts(&b->line, fits < len ? "..." : "");
		end_line(b);
		at = newline ? newline + 1 : end;
	}
	if (at < end || g->raw_cut) {
		strbuf_puts(&b->line, INDENT "...");
		end_line(b);
	}
}

static void put_reason(struct block *b, const struct grab *g, enum port_reason reason)
{
	const struct addr *from = banner_witness(g, reason);
	struct strbuf text = {0};
	char addr[ADDR_TEXT_MAX];

	if (reason != REASON_NONE) {
		strbuf_puts(&text, port_reason_name(reason));
		if (from)
			strbuf_printf(&text, " from %s", addr_text(from, addr));
		put_buffer(b, "reason", &text);
	}
	banner_detail(g, reason, &text);
	put_buffer(b, "detail", &text);
}

static void put_ground(struct block *b, const struct grab *g)
{
	if (g->state == GRAB_MISMATCH && g->asked != PROTOCOL_UNKNOWN)
		put_text(b, "asked", protocol_name(g->asked));
	put_text(b, "decided_by", grab_ground_name(g->ground));
}

static void put_times(struct block *b, const struct grab_phases *p)
{
	const struct {
		const char *name;
		nsec_t took;
	} phases[] = {
		{"resolve", p->resolve},
		{"connect", p->connect},
		{"tls", p->tls},
		{"first byte", p->first_byte},
		{"total", p->total},
	};
	struct strbuf text = {0};

	for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++)
		if (phases[i].took >= 0)
			strbuf_printf(&text, "%s%s %.3f ms", text.len ? ", " : "", phases[i].name,
				(double)phases[i].took / NSEC_PER_MSEC);
	put_buffer(b, "times", &text);
}

static void put_extent(struct block *b, const struct grab *g)
{
	struct strbuf text = {0};

	if (g->connections == 0)
		return;
	strbuf_printf(&text, "%" PRIu64 " byte%s, %u connection%s", g->received,
		g->received == 1 ? "" : "s", g->connections, g->connections == 1 ? "" : "s");
	if (g->limit)
		strbuf_printf(&text, ", cut short: %s", g->limit);
	put_buffer(b, "received", &text);
}

/* "10.0.0.1:443 (host) https ok" */
static void put_heading(struct output *out, const struct grab *g)
{
	char addr[ADDR_TEXT_MAX], service[BANNER_SERVICE_MAX];
	struct strbuf text = {0};

	strbuf_puts(&text, addr_port_text(&g->addr, addr));
	if (strcmp(g->host, addr_text(&g->addr, addr)) != 0)
		strbuf_printf(&text, " (%s)", g->host);
	if (g->state == GRAB_OK || g->proto != PROTOCOL_UNKNOWN)
		strbuf_printf(&text, " %s", banner_service(g, service));
	strbuf_printf(&text, " %s", grab_state_name(g->state));
	output_heading(out, text.text);
	strbuf_release(&text);
}

void banner_put_block(
	struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall)
{
	struct block b = {.out = out, .columns = COLUMNS_DEFAULT};

	if (output_columns(out))
		b.columns = output_columns(out);
	put_heading(out, g);
	put_text(&b, "url", g->url);
	put_ground(&b, g);
	put_reason(&b, g, reason);
	put_facts(&b, g->facts);
	put_raw(&b, g);
	put_tls(&b, g, wall);
	put_texts(&b, "redirects", g->redirects, g->redirect_count, false);
	put_times(&b, &g->phases);
	put_extent(&b, g);
	strbuf_release(&b.line);
}
