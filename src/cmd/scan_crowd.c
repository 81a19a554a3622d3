/* SPDX-License-Identifier: MIT */
#include "scan_crowd.h"

#include "scan_where_words.h"
#include "words.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool alike(const struct cell *a, const struct cell *b)
{
	return a->state == b->state && a->reason == b->reason && a->from == b->from &&
	       a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code && a->err == b->err;
}

struct crowd *crowd_of(struct crowds *all, const struct cell *c)
{
	for (size_t i = 0; i < all->count; i++)
		if (alike(&all->items[i].like, c))
			return &all->items[i];
	if (all->count == CROWDS_MAX)
		return NULL;
	all->items[all->count] = (struct crowd){.like = *c};
	return &all->items[all->count++];
}

void crowds_gather(struct crowds *all, const struct host *h)
{
	all->count = 0;
	for (uint32_t i = 0; i < h->count; i++) {
		struct crowd *crowd =
			h->cells[i].state == PORT_PENDING ? NULL : crowd_of(all, &h->cells[i]);

		if (crowd)
			crowd->count++;
	}
}

/* --- what silence proves, of UDP ----------------------------------------------------------------
 */

struct proofs {
	uint32_t count;
	uint8_t least, most; /* percent */
};

static void add_proof(struct proofs *p, uint8_t confidence)
{
	if (p->count == 0 || confidence < p->least)
		p->least = confidence;
	if (p->count == 0 || confidence > p->most)
		p->most = confidence;
	p->count++;
}

static void add_percent(struct strbuf *out, const struct proofs *p)
{
	strbuf_printf(out, ", %u", p->least);
	if (p->most != p->least)
		strbuf_printf(out, "-%u", p->most);
	strbuf_puts(out, " %");
}

static void add_others(struct strbuf *out, const struct host *h, enum silence_proof all)
{
	const struct cell *said = &h->cells[h->no_way_cell];
	const struct addr *router = host_witness(h, said);
	char text[ADDR_TEXT_MAX];

	if (all == SILENCE_NO_WAY)
		strbuf_printf(out, "ICMP limit of %s? It said %s of %" PRIu32 " other port%s",
			router ? addr_text(router, text) : "a router",
			icmp_name(h->addr.family, said->icmp_type, said->icmp_code), h->no_way,
			h->no_way == 1 ? "" : "s");
	else
		strbuf_puts(out, all == SILENCE_NO_ERRORS
					 ? "no port-unreachable came from this address"
					 : "not proved");
}

static void add_silence(struct strbuf *out, const struct host *h, const struct crowd *crowd)
{
	struct proofs proved = {0}, others = {0};
	uint32_t without_errors = 0, without_way = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		const struct cell *c = &h->cells[i];

		if (!alike(c, &crowd->like))
			continue;
		add_proof(c->proof == SILENCE_BESIDE ? &proved : &others, c->confidence);
		without_errors += c->proof == SILENCE_NO_ERRORS;
		without_way += c->proof == SILENCE_NO_WAY;
	}
	strbuf_puts(out, "; ");
	if (proved.count && others.count)
		strbuf_printf(out, "%" PRIu32 " ", proved.count);
	if (proved.count) {
		strbuf_puts(out, "proved by closed ports answered beside them");
		add_percent(out, &proved);
	}
	if (others.count == 0)
		return;
	if (proved.count)
		strbuf_printf(out, "; %" PRIu32 " not", others.count);
	else if (without_way == crowd->count)
		add_others(out, h, SILENCE_NO_WAY);
	else
		add_others(out, h,
			without_errors == crowd->count ? SILENCE_NO_ERRORS : SILENCE_NOT_PROVED);
	add_percent(out, &others);
}

/* --- where they end -----------------------------------------------------------------------------
 */

void endings_add(
	struct endings *all, const struct host *h, const struct port_note *note, int protocol)
{
	struct strbuf text = {0};
	struct ending *ending = NULL;

	where_put(&text, h, &note->where, protocol);
	for (size_t i = 0; i < all->count && !ending; i++)
		if (strcmp(all->items[i].text, text.text) == 0)
			ending = &all->items[i];
	if (!ending && all->count < ENDINGS_MAX) {
		ending = &all->items[all->count++];
		*ending = (struct ending){.text = mem_strdup(text.text)};
	}
	if (ending)
		ending->count++;
	else
		all->more++;
	strbuf_release(&text);
}

static int by_count(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

void endings_words(struct strbuf *out, struct endings *all, uint64_t of)
{
	if (all->count == 0)
		return;
	qsort(all->items, all->count, sizeof *all->items, by_count);
	if (all->items[0].count == of) {
		strbuf_printf(out, ", %s", all->items[0].text);
		return;
	}
	for (size_t i = 0; i < all->count; i++)
		strbuf_printf(
			out, "; %" PRIu64 " followed: %s", all->items[i].count, all->items[i].text);
	if (all->more)
		strbuf_printf(out, "; %" PRIu64 " followed: elsewhere", all->more);
}

void endings_release(struct endings *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].text);
	*all = (struct endings){0};
}

static void add_endings(struct strbuf *out, const struct host *h, const struct crowd *crowd,
	const struct port_note *notes, int protocol)
{
	struct endings all = {0};

	for (uint32_t i = 0; i < h->count; i++)
		if (notes[i].located && alike(&h->cells[i], &crowd->like))
			endings_add(&all, h, &notes[i], protocol);
	endings_words(out, &all, crowd->count);
	endings_release(&all);
}

/* --- the line -----------------------------------------------------------------------------------
 */

static void add_timeout(
	struct strbuf *out, const struct host *h, const struct crowd *crowd, int protocol)
{
	const struct addr *limiter = host_limiter(h);
	char text[ADDR_TEXT_MAX];

	if (crowd->like.state == PORT_OPEN_FILTERED)
		add_silence(out, h, crowd);
	/* the crowd may hide answers that a limit withheld */
	else if (protocol == IPPROTO_TCP && limiter)
		strbuf_printf(out, "; ICMP limit of %s?", words_router(limiter, text));
}

void crowd_words(struct strbuf *out, const struct host *h, const struct crowd *crowd,
	const struct port_note *notes, int protocol)
{
	const struct cell *c = &crowd->like;
	const struct addr *from = host_witness(h, c);
	char witness[ADDR_TEXT_MAX];

	strbuf_printf(out, "%" PRIu32 " %s (%s", crowd->count, port_state_name(c->state),
		port_reason_name(c->reason));
	if (c->reason == REASON_ICMP)
		strbuf_printf(out, " %s", icmp_name(h->addr.family, c->icmp_type, c->icmp_code));
	if (from && (c->reason == REASON_ICMP || c->reason == REASON_LOCAL))
		strbuf_printf(out, " from %s", addr_text(from, witness));
	if (c->reason == REASON_TIMEOUT)
		add_timeout(out, h, crowd, protocol);
	strbuf_putc(out, ')');
	if (notes)
		add_endings(out, h, crowd, notes, protocol);
}
