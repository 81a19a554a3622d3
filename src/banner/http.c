/* SPDX-License-Identifier: MIT */
#include "http.h"

#include "ascii.h"
#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

enum {
	INTERIM_MAX = 8,
	HEADERS_MAX = 64,
	/* Of the list, so that the facts have room for what is wanted by name, however late it
	 * comes. */
	HEADERS_BYTES_MAX = FACTS_BYTES_MAX / 2,
	HEADER_MAX = MACHINE_LINE_MAX, /* with what was folded */
	REASON_MAX = 1024,
};

struct http {
	bool head;    /* is what was asked */
	bool answer;  /* a status line was read, its headers follow */
	bool interim; /* the answer is one before the answer */
	bool in_body;
	unsigned interims;
	unsigned status;
	size_t headers_bytes;
	struct strbuf header; /* the last one, which the next line may go on with */
	struct http_body body;
};

static const struct fact_def facts[HTTP_FACTS] = {
	[HTTP_STATUS] = {"status", FACT_NUMBER},
	[HTTP_REASON] = {"reason", FACT_TEXT},
	[HTTP_VERSION] = {"version", FACT_TEXT},
	[HTTP_SERVER] = {"server", FACT_TEXT},
	[HTTP_CONTENT_TYPE] = {"content_type", FACT_TEXT},
	[HTTP_LOCATION] = {"location", FACT_TEXT},
	[HTTP_TITLE] = {"title", FACT_TEXT},
	[HTTP_HEADERS] = {"headers", FACT_LIST},
};

static void start(struct machine *m)
{
	struct http *h = m->state;

	h->head = !m->setup->get && m->setup->round == 0;
	http_request(&m->say, m->setup, h->head ? "HEAD" : "GET");
}

static bool is_http(const char *bytes, size_t len)
{
	static const char name[] = "HTTP/";

	return memcmp(bytes, name, len < sizeof name - 1 ? len : sizeof name - 1) == 0;
}

static void note_wants_tls(struct machine *m)
{
	if (m->setup->secure)
		return;
	m->wants_tls = true;
	m->detail = "wants TLS";
}

static void take_reason(struct machine *m, const struct http_status *s)
{
	const char *reason = s->reason;
	size_t len = s->reason_len;

	ascii_trim(&reason, &len);
	if (len > REASON_MAX) {
		len = REASON_MAX;
		m->facts.truncated = true;
	}
	if (len > 0)
		facts_text(&m->facts, HTTP_REASON, reason, len);
	if (s->code == 400 && http_wants_tls(reason, len))
		note_wants_tls(m);
}

/* RFC 9110, section 15.2: any number of interim answers come before the final one; 101 is final
 * where nobody asked for another protocol. */
static void status_line(struct machine *m, const char *line, size_t len)
{
	struct http *h = m->state;
	struct http_status s;

	if (!http_status_parse(line, len, &s)) {
		m->want = MACHINE_MISMATCH;
		return;
	}
	h->answer = true;
	h->interim = s.code / 100 == 1 && s.code != 101 && h->interims++ < INTERIM_MAX;
	if (h->interim)
		return;
	h->status = s.code;
	facts_number(&m->facts, HTTP_STATUS, s.code);
	facts_text(&m->facts, HTTP_VERSION, s.version, s.version_len);
	take_reason(m, &s);
}

static void list_header(
	struct machine *m, const char *name, size_t name_len, const char *value, size_t value_len)
{
	const struct fact *list = facts_get(&m->facts, HTTP_HEADERS);
	struct http *h = m->state;
	struct strbuf item = {0};

	strbuf_add(&item, name, name_len);
	strbuf_puts(&item, ": ");
	strbuf_add(&item, value, value_len);
	if ((list && list->count == HEADERS_MAX) ||
		item.len > HEADERS_BYTES_MAX - h->headers_bytes) {
		m->facts.truncated = true;
	} else {
		h->headers_bytes += item.len;
		facts_item(&m->facts, HTTP_HEADERS, item.text, item.len);
	}
	strbuf_release(&item);
}

/* What is wanted by name; the first of several. */
static void note_header(
	struct machine *m, const char *name, size_t name_len, const char *value, size_t value_len)
{
	static const struct {
		const char *name;
		size_t index;
	} wanted[] = {{"server", HTTP_SERVER}, {"content-type", HTTP_CONTENT_TYPE},
		{"location", HTTP_LOCATION}};
	struct http *h = m->state;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (ascii_same(name, name_len, wanted[i].name) &&
			!facts_get(&m->facts, wanted[i].index) && value_len > 0)
			facts_text(&m->facts, wanted[i].index, value, value_len);
	if (ascii_same(name, name_len, "content-length"))
		http_body_length(&h->body, value, value_len);
	else if (ascii_same(name, name_len, "transfer-encoding"))
		http_body_coding(&h->body, value, value_len);
}

/* The header that was held back is whole. */
static void end_header(struct machine *m)
{
	struct http *h = m->state;
	const char *name = h->header.text, *value = NULL;
	size_t name_len, value_len;

	if (h->header.len > 0)
		value = memchr(name, ':', h->header.len);
	if (value && value > name) {
		name_len = (size_t)(value++ - name);
		value_len = h->header.len - name_len - 1;
		ascii_trim(&name, &name_len);
		ascii_trim(&value, &value_len);
		list_header(m, name, name_len, value, value_len);
		note_header(m, name, name_len, value, value_len);
	}
	strbuf_reset(&h->header);
}

static void add_to_header(struct machine *m, const char *text, size_t len)
{
	struct http *h = m->state;
	size_t room = HEADER_MAX - h->header.len;

	if (len > room || m->line_cut)
		m->facts.truncated = true;
	strbuf_add(&h->header, text, len < room ? len : room);
}

/* RFC 9112, section 5.2: a line that begins with a blank goes on with the header before it. */
static void header_line(struct machine *m, const char *line, size_t len)
{
	struct http *h = m->state;

	if (h->interim)
		return;
	if (!ascii_is_blank(*line)) {
		end_header(m);
		add_to_header(m, line, len);
	} else if (h->header.len > 0) {
		ascii_trim(&line, &len);
		add_to_header(m, " ", 1);
		add_to_header(m, line, len);
	}
}

/* RFC 9110, section 9.1: a server has to know HEAD; many small ones do not. */
static bool refuses_head(const struct http *h)
{
	return h->head && (h->status == 400 || h->status == 405 || h->status == 501);
}

static bool has_body(const struct http *h)
{
	return !h->head && h->status / 100 != 1 && h->status != 204 && h->status != 304;
}

static void end_headers(struct machine *m)
{
	struct http *h = m->state;

	h->answer = !h->interim;
	if (h->interim)
		return;
	end_header(m);
	m->complete = true;
	if (refuses_head(h))
		m->want = MACHINE_AGAIN;
	else if (!has_body(h) || !http_body_begin(&h->body))
		m->want = MACHINE_DONE;
	h->in_body = true;
	h->body.to_the_end = h->status == 400 && !m->setup->secure;
}

static size_t head_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct http *h = m->state;
	size_t line_len, used;
	const char *line;

	if (!h->answer && !is_http((const char *)bytes, len)) {
		m->want = MACHINE_MISMATCH;
		return 0;
	}
	used = machine_line(m, bytes, len, &line, &line_len);
	if (!line)
		return used;
	if (!h->answer)
		status_line(m, line, line_len);
	else if (line_len == 0)
		end_headers(m);
	else
		header_line(m, line, line_len);
	return used;
}

/* Nothing more comes: what is there has to do. */
static void finish(struct machine *m)
{
	struct http *h = m->state;

	if (h->status == 0)
		return;
	m->complete = true;
	end_header(m);
	http_body_end(m, &h->body);
	if (http_wants_tls(h->body.page.text, h->body.page.len))
		note_wants_tls(m);
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct http *h = m->state;
	size_t used =
		h->in_body ? http_body_step(m, &h->body, bytes, len) : head_step(m, bytes, len);

	if (m->want == MACHINE_DONE)
		finish(m);
	return used;
}

/* A status line without its end tells enough; of a header that is cut short nobody knows what was
 * to come. */
static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	const char *line = (const char *)bytes;
	struct http *h = m->state;
	struct http_status s;

	if (h->head && len == 0 && m->lines == 0)
		m->want = MACHINE_AGAIN;
	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	if (!h->answer && len > strlen("HTTP/") && http_status_parse(line, len, &s))
		status_line(m, line, len);
	finish(m);
}

static void release(struct machine *m)
{
	struct http *h = m->state;

	strbuf_release(&h->header);
	http_body_release(&h->body);
}

static void add_text(const struct facts *f, size_t index, const char *before, const char *after,
	struct strbuf *out)
{
	const struct fact *fact = facts_get(f, index);

	if (!fact)
		return;
	strbuf_puts(out, before);
	text_escape(out, fact->text.text, fact->text.len);
	strbuf_puts(out, after);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *status = facts_get(f, HTTP_STATUS), *title = facts_get(f, HTTP_TITLE);

	if (!status)
		return;
	add_text(f, HTTP_SERVER, "", ", ", out);
	strbuf_printf(out, "%u", (unsigned)status->number);
	add_text(f, HTTP_REASON, " ", "", out);
	if (title) {
		strbuf_puts(out, ", ");
		text_quote(out, title->text.text, title->text.len);
	}
	if (status->number / 100 == 3)
		add_text(f, HTTP_LOCATION, " -> ", "", out);
}

const struct protocol protocol_http = {
	.id = PROTOCOL_HTTP,
	.name = "http",
	.alpn = "http/1.1",
	.state_size = sizeof(struct http),
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.start = start,
	.step = step,
	.ended = ended,
	.release = release,
	.headline = headline,
};
