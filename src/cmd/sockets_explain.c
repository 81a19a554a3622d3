/* SPDX-License-Identifier: MIT */
#include "sockets_explain.h"

#include "sockets_words.h"
#include "words.h"

#include "netprobe/base/mem.h"
#include "netprobe/procfs/findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	FINDING_ID,
	FINDING_SEVERITY,
	FINDING_COUNT,
	FINDING_PROCESS,
	FINDING_LOCAL,
	FINDING_PEER,
	FINDING_SUMMARY,
	FINDING_NEXT,
	FINDING_FIELDS
};

static const struct field finding_fields[] = {
	[FINDING_ID] = {.name = "id", .kind = FIELD_TEXT},
	[FINDING_SEVERITY] = {.name = "severity", .kind = FIELD_TEXT},
	[FINDING_COUNT] = {.name = "count", .kind = FIELD_UINT},
	[FINDING_PROCESS] = {.name = "process", .kind = FIELD_TEXT},
	[FINDING_LOCAL] = {.name = "local", .kind = FIELD_RECORD, .sub = &end_schema},
	[FINDING_PEER] = {.name = "peer", .kind = FIELD_RECORD, .sub = &end_schema},
	[FINDING_SUMMARY] = {.name = "summary", .kind = FIELD_TEXT},
	[FINDING_NEXT] = {.name = "next", .kind = FIELD_TEXT},
};
static const struct schema finding_schema = {"finding", finding_fields, FINDING_FIELDS};

static const char *const severities[] = {
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_BAD] = "bad",
};

/* Findings of one socket; there are at most as many as kinds. */
struct explanation {
	struct ownership *ownership;
	const struct places *places;
	const struct socket_list *list;
	bool whole;
	struct findings findings;
	uint32_t *kinds; /* a bit for each kind that is about the socket, and one for all shown */
	unsigned shown[SOCKET_PROTOS]; /* SOCKET_BIT()s */
	const char *ids[FINDING_KINDS];
};

#define SHOWN (1U << FINDING_KINDS)

static const char *owner_of(void *user, const struct socket_entry *e)
{
	return ownership_name(user, e);
}

static void judge(struct explanation *x)
{
	struct findings_context context = x->places->context;

	context.owner = owner_of;
	context.user = x->ownership;
	findings_look(x->list, &context, &x->findings);
	for (size_t i = 0; i < x->findings.count; i++) {
		const struct finding *f = &x->findings.items[i];

		for (size_t j = 0; j < f->count; j++)
			x->kinds[f->sockets[j]] |= 1U << f->kind;
	}
}

struct explanation *explanation_new(struct ownership *ownership, const struct places *places,
	const struct socket_list *list, bool whole)
{
	struct explanation *x = mem_alloc(1, sizeof *x);

	x->ownership = ownership;
	x->places = places;
	x->list = list;
	x->whole = whole;
	x->kinds = mem_alloc(list->count + 1, sizeof *x->kinds);
	if (whole)
		judge(x);
	return x;
}

void explanation_free(struct explanation *x)
{
	if (!x)
		return;
	findings_release(&x->findings);
	free(x->kinds);
	free(x);
}

void explanation_note(struct explanation *x, size_t index, struct socket_note *note)
{
	const struct socket_entry *e = &x->list->entries[index];

	x->kinds[index] |= SHOWN;
	x->shown[e->proto] |= SOCKET_BIT(e->state);
	note->explains = true;
	note->findings = x->whole ? x->ids : NULL;
	note->finding_count = 0;
	for (enum finding_kind kind = 0; kind < FINDING_KINDS; kind++)
		if (x->kinds[index] & 1U << kind)
			x->ids[note->finding_count++] = finding_id(kind);
}

/* ---- after the rows */

static bool is_about_shown(const struct explanation *x, const struct finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (x->kinds[f->sockets[i]] & SHOWN)
			return true;
	return false;
}

/* One end, or unset where it is none. */
static void set_end(struct record *r, size_t field, struct record *end, const struct addr *a,
	char text[static ADDR_TEXT_MAX])
{
	static const uint8_t none[sizeof a->ip];

	if (a->family == 0 || (a->port == 0 && memcmp(a->ip, none, sizeof none) == 0))
		return;
	record_init(end, &end_schema);
	record_text(end, END_ADDR, addr_text(a, text));
	if (a->port)
		record_uint(end, END_PORT, a->port);
	record_record(r, field, end);
}

static void put_record(const struct explanation *x, const struct finding *f, struct output *out)
{
	const struct socket_entry *e = &x->list->entries[f->first];
	char local_text[ADDR_TEXT_MAX], peer_text[ADDR_TEXT_MAX];
	struct record r, local, peer;

	record_init(&r, &finding_schema);
	record_text(&r, FINDING_ID, finding_id(f->kind));
	record_text(&r, FINDING_SEVERITY, severities[f->severity]);
	record_uint(&r, FINDING_COUNT, f->count);
	record_text(&r, FINDING_PROCESS, f->group);
	set_end(&r, FINDING_LOCAL, &local, &e->local, local_text);
	set_end(&r, FINDING_PEER, &peer, &e->peer, peer_text);
	record_text(&r, FINDING_SUMMARY, f->summary);
	record_text(&r, FINDING_NEXT, f->next);
	output_record(out, &r, ROW_PLAIN);
}

/* The sockets it is about, where the sentence does not name them. */
static void add_sockets(const struct explanation *x, const struct finding *f, struct strbuf *line)
{
	const struct socket_entry *e = &x->list->entries[f->first];
	struct strbuf ends = {0};

	socket_end_text(&ends, x->places, e, &e->local, true);
	if (!strstr(f->summary, ends.text)) {
		if (e->family && e->peer.port) {
			strbuf_puts(&ends, " to ");
			socket_end_text(&ends, x->places, e, &e->peer, true);
		}
		if (f->count > 1)
			strbuf_printf(&ends, " and %zu more", f->count - 1);
		strbuf_printf(line, " [%s]", ends.text);
	}
	strbuf_release(&ends);
}

static void put_lines(const struct explanation *x, const struct finding *f, struct output *out)
{
	struct strbuf line = {0};

	strbuf_printf(&line, "%s: %s%s%s", severities[f->severity], f->group ? f->group : "",
		f->group ? ": " : "", f->summary);
	add_sockets(x, f, &line);
	output_bytes(out, line.text, line.len);
	if (f->next)
		output_line(out, "    %s", f->next);
	strbuf_release(&line);
}

static void put_meanings(const struct explanation *x, struct output *out)
{
	output_heading(out, "What the states mean");
	for (enum socket_proto proto = 0; proto < SOCKET_PROTOS; proto++)
		for (enum socket_state state = 1; state < SOCKET_STATES; state++)
			if (x->shown[proto] & SOCKET_BIT(state))
				output_line(out, "%s %s: %s", socket_proto_name(proto),
					socket_state_word(proto, state),
					state_meaning(proto, state));
}

void explanation_put(struct explanation *x, struct output *out)
{
	size_t told = 0;
	unsigned any = 0;

	for (enum socket_proto proto = 0; proto < SOCKET_PROTOS; proto++)
		any |= x->shown[proto];
	if (any)
		put_meanings(x, out);
	for (size_t i = 0; i < x->findings.count; i++) {
		const struct finding *f = &x->findings.items[i];

		if (!is_about_shown(x, f))
			continue;
		if (told++ == 0)
			output_heading(out, "What stands out");
		if (output_is_table(out))
			put_lines(x, f, out);
		else
			put_record(x, f, out);
	}
	if (any && told == 0)
		output_heading(out, x->whole ? "Nothing stands out"
					     : "What stands out is not known: not every socket "
					       "was read");
}
