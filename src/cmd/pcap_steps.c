/* SPDX-License-Identifier: MIT */
#include "pcap_steps.h"

#include "pcap_packet_words.h"
#include "pcap_row.h"
#include "pcap_words.h"

#include "netprobe/packet/icmp.h"

#include <inttypes.h>

enum { DECIMALS = 6 };

static void label_segment(struct strbuf *out, const struct journal_entry *e, bool brief)
{
	if (brief)
		flags_brackets(out, e->flags);
	else
		flags_words(out, e->flags);
	strbuf_printf(out, " seq %" PRIu32, e->sequence);
	if (e->flags & TCP_ACK)
		strbuf_printf(out, " ack %" PRIu32, e->acknowledgment);
	if (e->len)
		strbuf_printf(out, " len %" PRIu32, e->len);
	if (e->flags & TCP_SYN)
		strbuf_printf(out, " win %" PRIu32, e->window);
}

static void label_icmp(struct strbuf *out, const struct journal_entry *e)
{
	char from[ADDR_TEXT_MAX];

	strbuf_printf(out, "ICMP %s from %s",
		icmp_name(e->from->family, e->icmp_type, e->icmp_code), addr_text(e->from, from));
}

static enum step_origin origin_of(const struct flow *f, const struct journal_entry *e)
{
	enum side told = (enum side)e->side;

	if (!e->icmp || addr_same(e->from, &f->ends[other_side(told)]))
		return STEP_OTHER;
	return addr_same(e->from, &f->ends[told]) ? STEP_SAME : STEP_BETWEEN;
}

/* Since the same side's packet before; 0 where that is not known. */
static nsec_t gap_before(struct steps *s, const struct journal_entry *e)
{
	nsec_t before = s->last[e->side];

	if (e->icmp || e->roles & ROLE_SIGHTING)
		return 0;
	s->last[e->side] = e->at;
	return before && e->at > before ? e->at - before : 0;
}

static void set_meaning(struct steps *s, const struct journal_entry *e)
{
	const struct packet_told told = {
		.roles = e->roles,
		.from = (enum side)e->side,
		.flags = e->flags,
		.at = e->at,
		.gap = gap_before(s, e),
	};

	if (e->roles & ROLE_SIGHTING)
		sighting_words(&s->step.meaning, s->capture, e->interface, e->ttl);
	else
		packet_meaning(&s->step.meaning, s->flow, &told);
}

static void begin_step(struct steps *s, const struct journal_entry *e)
{
	struct step *step = &s->step;
	enum side side = (enum side)e->side;

	step->since = e->at > s->flow->start ? e->at - s->flow->start : 0;
	step->to = e->icmp ? side : other_side(side);
	step->origin = origin_of(s->flow, e);
	step->again = e->roles & ROLE_SIGHTING;
	step->left_out = s->next == JOURNAL_FIRST ? journal_left_out(s->journal) : 0;
	strbuf_reset(&step->label);
	strbuf_reset(&step->offers);
	strbuf_reset(&step->meaning);
	if (step->left_out)
		s->last[CLIENT] = s->last[SERVER] = 0;
}

/* What was offered before goes without saying. */
static void set_offers(struct steps *s, const struct journal_entry *e)
{
	struct strbuf *offers = &s->step.offers, *before = &s->offered[e->side];

	syn_options_words(offers, &e->options);
	if (before->len == offers->len && memcmp(before->text, offers->text, offers->len) == 0) {
		strbuf_reset(offers);
		return;
	}
	strbuf_reset(before);
	strbuf_add(before, offers->text, offers->len);
}

bool steps_next(struct steps *s)
{
	const struct journal_entry *e;

	if (s->next >= journal_count(s->journal))
		return false;
	e = journal_at(s->journal, s->next);
	begin_step(s, e);
	s->next++;
	if (e->icmp)
		label_icmp(&s->step.label, e);
	else
		label_segment(&s->step.label, e, s->brief);
	if (e->options.seen)
		set_offers(s, e);
	set_meaning(s, e);
	return true;
}

void steps_release(struct steps *s)
{
	strbuf_release(&s->step.label);
	strbuf_release(&s->step.offers);
	strbuf_release(&s->step.meaning);
	strbuf_release(&s->offered[CLIENT]);
	strbuf_release(&s->offered[SERVER]);
}

/* Seconds with six decimals. */
void step_time(struct strbuf *out, nsec_t since)
{
	strbuf_printf(out, "%" PRId64 ".%0*" PRId64, since / NSEC_PER_SEC, DECIMALS,
		since % NSEC_PER_SEC / NSEC_PER_USEC);
}

size_t step_time_width(const struct flow *f)
{
	size_t width = strlen("0.") + DECIMALS;

	for (nsec_t seconds = (f->last - f->start) / NSEC_PER_SEC; seconds >= 10; seconds /= 10)
		width++;
	return width;
}

void steps_head(struct strbuf *out, const struct flow *f, bool numeric)
{
	strbuf_printf(out, "#%" PRIu64 " ", f->id);
	place_words(out, &f->place);
	pcap_end_text(out, &f->ends[CLIENT], true);
	strbuf_puts(out, " -> ");
	pcap_end_text(out, &f->ends[SERVER], numeric);
	strbuf_puts(out, ": ");
	flow_fate(out, f);
}

void steps_note(
	struct strbuf *out, const char *head, const struct flow *f, const struct capture *capture)
{
	struct strbuf note = {0};
	size_t begin = out->len;

	flow_note(&note, f, capture);
	for (char *part = note.text, *next; part && *part; part = next) {
		char *end = strstr(part, "; ");

		next = end ? end + strlen("; ") : NULL;
		if (end)
			*end = '\0';
		if (strstr(head, part))
			continue;
		strbuf_printf(out, "%s%s", out->len > begin ? "; " : "", part);
	}
	strbuf_release(&note);
}

void steps_missed(struct strbuf *out, uint64_t packets)
{
	if (packets)
		strbuf_printf(out, "%" PRIu64 " packet%s %s not kept: too many flows at once",
			packets, packets == 1 ? "" : "s", packets == 1 ? "was" : "were");
}
