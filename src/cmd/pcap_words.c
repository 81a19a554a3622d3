/* SPDX-License-Identifier: MIT */
#include "pcap_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include <inttypes.h>

#define UNSEEN_ACK "the client's ACK was not captured"

void duration_words(struct strbuf *out, nsec_t duration)
{
	if (duration >= NSEC_PER_SEC)
		strbuf_printf(out, "%.1f s", (double)duration / (double)NSEC_PER_SEC);
	else
		strbuf_printf(out, "%.3f ms", (double)duration / (double)NSEC_PER_MSEC);
}

static void add_tries(struct strbuf *out, const struct handshake *h)
{
	strbuf_printf(out, "asked %u times over ", h->syn_retries + 1U);
	duration_words(out, h->last_syn - h->first_syn);
}

static void note_rst(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct handshake *h = &f->handshake;

	(void)capture;
	if (!h->rst_foreign && h->state != HANDSHAKE_REFUSED)
		return;
	strbuf_printf(out, "RST, TTL %u", h->rst_ttl);
	if (h->rst_foreign && h->ttl[SERVER] && h->ttl[SERVER] != h->rst_ttl)
		strbuf_printf(out, " where the server has %u", h->ttl[SERVER]);
	else if (h->rst_foreign)
		strbuf_puts(out, ", not like the server's other packets");
}

static void note_rejection(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct rejection *r = f->handshake.rejection;
	char text[ADDR_TEXT_MAX];

	(void)capture;
	if (f->handshake.state == HANDSHAKE_REJECTED && r)
		strbuf_printf(out, "%s from %s", icmp_name(r->from.family, r->type, r->code),
			addr_text(&r->from, text));
}

static void note_syns(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	(void)capture;
	if (f->handshake.syn_retries == 0)
		return;
	add_tries(out, &f->handshake);
	if (f->handshake.ambiguous_syn)
		strbuf_puts(out, ", which SYN was answered is not known");
}

/* What is for this machine, or goes through it, is answered or sent on. */
static bool has_to_leave(const struct flow *f, enum passing kind)
{
	const struct handshake *h = &f->handshake;
	bool through = f->seen_in && f->seen_out;

	switch (kind) {
	case PASSING_SYN:
		return through || (h->state == HANDSHAKE_UNANSWERED && f->end == END_OPEN);
	case PASSING_SYNACK:
		return through ||
		       (f->seen_out && h->state == HANDSHAKE_HALF_OPEN && f->end == END_OPEN);
	default:
		/* who sends the SYN-ACK again was not sent the ACK on */
		return through && f->passages[kind].out == 0 && h->synack_retries > 0;
	}
}

/* The last one may have been about to leave when the capture ended. */
static bool is_at_end(const struct handshake *h, enum passing kind)
{
	const nsec_t queued = 20 * NSEC_PER_MSEC;
	nsec_t last = kind == PASSING_SYN ? h->last_syn : h->last_synack;

	return h->open_until && last != NOT_SEEN && h->open_until - last <= queued;
}

/* How many of them came in and did not leave, as far as that is to be told. */
static unsigned stayed(const struct flow *f, enum passing kind)
{
	const struct passage *p = &f->passages[kind];
	unsigned in = p->in;

	if (in > 0 && is_at_end(&f->handshake, kind))
		in--;
	return in > p->out && has_to_leave(f, kind) ? in - p->out : 0;
}

/* In another tag, or out of its tunnel, what is not sent on is nothing to wonder about. */
static bool is_drop(const struct flow *f, enum passing kind, const struct capture *capture)
{
	return !f->passages[kind].elsewhere && !f->place.vlans[0] && !f->place.tunnel &&
	       (!capture || capture_is_whole(capture));
}

static void add_drop(struct strbuf *out, const struct flow *f, enum passing kind, bool drop)
{
	static const char *const names[PASSINGS] = {"SYN", "SYN-ACK", "ACK"};
	const struct passage *p = &f->passages[kind];
	unsigned count = stayed(f, kind);

	strbuf_puts(out, drop ? "dropped here: " : "");
	if (p->out > 0)
		strbuf_printf(out, "%u of %u %ss ", count, count + p->out, names[kind]);
	else if (kind == PASSING_SYNACK && count > 1)
		strbuf_printf(out, "%u %ss ", count, names[kind]);
	else if (kind != PASSING_SYN)
		strbuf_printf(out, "%s ", names[kind]);
	if (p->elsewhere)
		strbuf_puts(out, "went on as another flow");
	else
		strbuf_puts(out, drop ? "came in and never left" : "came in, not seen to leave");
}

static void note_drop(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	size_t begin = out->len;

	for (enum passing kind = PASSING_SYN; kind < PASSINGS; kind++) {
		if (stayed(f, kind) == 0)
			continue;
		if (out->len > begin)
			strbuf_puts(out, "; ");
		add_drop(out, f, kind, is_drop(f, kind, capture));
	}
}

static bool has_unseen_ack(const struct handshake *h)
{
	return h->state == HANDSHAKE_HALF_OPEN && h->client_unseen;
}

static void note_synacks(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct handshake *h = &f->handshake;
	const char *why = "ACK lost or late";

	(void)capture;
	if (h->synack_retries == 0)
		return;
	if (h->state == HANDSHAKE_HALF_OPEN && !h->client_unseen)
		why = "no ACK";
	else if (h->syn_retries > 0 && h->last_syn > h->synack) /* it was asked for again */
		why = "SYN-ACK or ACK lost or late";
	strbuf_printf(out, "%s: SYN-ACK sent %u times", why, h->synack_retries + 1U);
	if (h->ambiguous_synack)
		strbuf_puts(out, ", which one was acknowledged is not known");
}

static const char *interface_name(const struct capture *capture, uint32_t interface)
{
	const struct captured packet = {.interface = interface};

	return capture ? capture_interface(capture, &packet) : NULL;
}

void interface_words(
	struct strbuf *out, const struct capture *capture, uint32_t interface, const char *prefix)
{
	const char *name = interface_name(capture, interface);

	if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, "%s%" PRIu32, prefix, interface);
}

bool interface_is_known(const struct capture *capture, uint32_t interface)
{
	return interface || interface_name(capture, interface);
}

static void note_path(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct sighting *s = f->sighting;

	if (!s)
		return;
	if (s->from != s->to) {
		interface_words(out, capture, s->from, "interface ");
		strbuf_puts(out, s->in_from ? " in" : s->out_from ? " out" : "");
		strbuf_puts(out, " -> ");
		interface_words(out, capture, s->to, "interface ");
		strbuf_puts(out, s->in_to ? " in" : s->out_to ? " out" : "");
	} else {
		strbuf_puts(out, "packets seen twice");
	}
	if (s->ttl_from != s->ttl_to)
		strbuf_printf(out, ", TTL %u -> %u", s->ttl_from, s->ttl_to);
}

struct change {
	bool is;
	const char *name, *words;
};

static void changes_of(const struct sighting *s, struct change out[static SIGHTING_CHANGES])
{
	const struct change changes[SIGHTING_CHANGES] = {
		{s->changed_mss, "mss", "MSS"}, /* in words with both values */
		{s->changed_wscale, "wscale", "window scale changed"},
		{s->removed_sack, "sack", "SACK removed"},
		{s->removed_timestamps, "timestamps", "timestamps removed"},
		{s->cleared_ecn, "ecn", "ECN removed"},
		{s->removed_tfo, "tfo", "fast open removed"},
		{s->removed_mptcp, "mptcp", "MPTCP removed"},
	};

	memcpy(out, changes, sizeof changes);
}

size_t change_names(const struct sighting *s, const char *names[static SIGHTING_CHANGES])
{
	struct change changes[SIGHTING_CHANGES];
	size_t count = 0;

	changes_of(s, changes);
	for (size_t i = 0; i < SIGHTING_CHANGES; i++)
		if (changes[i].is)
			names[count++] = changes[i].name;
	return count;
}

static void note_changes(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	struct change changes[SIGHTING_CHANGES];
	const struct sighting *s = f->sighting;
	const char *before = "";

	(void)capture;
	if (!s)
		return;
	changes_of(s, changes);
	for (size_t i = 0; i < SIGHTING_CHANGES; i++) {
		if (!changes[i].is)
			continue;
		strbuf_printf(out, "%s%s", before, changes[i].words);
		if (i == 0)
			strbuf_printf(out, " %u -> %u", s->mss_before, s->mss_after);
		else
			strbuf_puts(out, " on the way");
		before = ", ";
	}
}

static void note_client(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	(void)capture;
	if (has_unseen_ack(&f->handshake))
		strbuf_puts(out, UNSEEN_ACK);
}

/* Who looks no longer did not see what came then. */
static void note_open(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct handshake *h = &f->handshake;
	nsec_t last = h->state == HANDSHAKE_UNANSWERED  ? h->last_syn
		      : h->state == HANDSHAKE_HALF_OPEN ? h->last_synack
							: NOT_SEEN;

	(void)capture;
	if (h->open_until == 0 || last == NOT_SEEN || last > h->open_until || has_unseen_ack(h))
		return;
	strbuf_puts(out, h->made_room ? "made room (--max-flows) " : "the capture ended ");
	if (h->open_until == last) {
		strbuf_puts(out, h->made_room ? "at once" : "with it");
		return;
	}
	duration_words(out, h->open_until - last);
	strbuf_puts(out, " later");
}

void flow_note_retold(struct strbuf *out, const struct flow *f)
{
	if (!f->shown || f->first_told == f->told)
		return;
	strbuf_printf(out, "%sfirst told as %s", out->len > 0 ? "; " : "",
		handshake_state_name((enum handshake_state)(f->first_told - 1)));
}

void flow_note(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	static void (*const notes[])(struct strbuf *, const struct flow *,
		const struct capture *) = {note_rst, note_rejection, note_syns, note_drop,
		note_synacks, note_client, note_open, note_path, note_changes};
	struct strbuf note = {0};
	size_t begin = out->len;

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		notes[i](&note, f, capture);
		if (note.len == 0)
			continue;
		if (out->len > begin)
			strbuf_puts(out, "; ");
		strbuf_add(out, note.text, note.len);
		strbuf_reset(&note);
	}
	strbuf_release(&note);
}

static void add_took(struct strbuf *out, const char *words, nsec_t took)
{
	if (took == NOT_SEEN)
		return;
	strbuf_puts(out, words);
	duration_words(out, took);
}

/* From the first SYN on. */
static nsec_t time_to_answer(const struct handshake *h)
{
	if (h->first_syn == NOT_SEEN || h->answer == NOT_SEEN || h->answer < h->first_syn)
		return NOT_SEEN;
	return h->answer - h->first_syn;
}

void flow_fate(struct strbuf *out, const struct flow *f)
{
	const struct handshake *h = &f->handshake;

	switch (h->state) {
	case HANDSHAKE_COMPLETE:
		strbuf_puts(out, "complete");
		add_took(out, " in ", handshake_connect(h));
		break;
	case HANDSHAKE_REFUSED:
		strbuf_puts(out, "refused");
		add_took(out, " after ", time_to_answer(h));
		break;
	case HANDSHAKE_REJECTED:
		strbuf_puts(out, "rejected");
		add_took(out, " after ", time_to_answer(h));
		break;
	case HANDSHAKE_UNANSWERED:
		strbuf_puts(out, "unanswered");
		if (h->syn_retries) {
			strbuf_puts(out, ": ");
			add_tries(out, h);
		}
		break;
	case HANDSHAKE_HALF_OPEN:
		strbuf_printf(out, "half-open: %s",
			h->client_unseen ? UNSEEN_ACK
			: h->open_until  ? "the SYN-ACK was not acknowledged"
					 : "the SYN-ACK was never acknowledged");
		break;
	case HANDSHAKE_MIDSTREAM:
		strbuf_puts(out, "midstream: its beginning was not captured");
		break;
	default:
		strbuf_puts(out, handshake_state_name(h->state));
	}
}

const char *tunnel_name(enum tunnel kind)
{
	static const char *const names[] = {
		[TUNNEL_IPIP] = "ipip",
		[TUNNEL_GRE] = "gre",
		[TUNNEL_VXLAN] = "vxlan",
		[TUNNEL_GENEVE] = "geneve",
	};

	return names[kind];
}

bool tunnel_has_id(enum tunnel kind, uint32_t id)
{
	return id || kind == TUNNEL_VXLAN || kind == TUNNEL_GENEVE;
}

static void add_tunnel(struct strbuf *out, const struct flow_place *place)
{
	enum tunnel kind = (enum tunnel)place->tunnel;

	strbuf_puts(out, tunnel_name(kind));
	if (tunnel_has_id(kind, place->tunnel_id))
		strbuf_printf(out, " %" PRIu32, place->tunnel_id);
}

void place_words(struct strbuf *out, const struct flow_place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE(place->vlans) && place->vlans[i]; i++)
		strbuf_printf(out, "vlan %u ", place->vlans[i]);
	if (!place->tunnel)
		return;
	add_tunnel(out, place);
	strbuf_putc(out, ' ');
}

void place_note(struct strbuf *out, const struct flow_place *place)
{
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(place->vlans) && place->vlans[i]; i++) {
		strbuf_printf(out, "%sVLAN %u", before, place->vlans[i]);
		before = ", ";
	}
	if (!place->tunnel)
		return;
	strbuf_printf(out, "%sin ", before);
	add_tunnel(out, place);
}

void syn_options_words(struct strbuf *out, const struct syn_options *o)
{
	const struct {
		bool has;
		const char *word;
	} words[] = {
		{o->sack, "SACK"},
		{o->timestamps, "timestamps"},
		{o->ecn, "ECN"},
		{o->tfo, "fast open"},
		{o->mptcp, "MPTCP"},
		{o->malformed, "malformed options"},
		{o->cut, "..."},
	};
	size_t begin = out->len;

	if (o->has_mss)
		strbuf_printf(out, "MSS %u", o->mss);
	if (o->has_wscale)
		strbuf_printf(out, "%swindow scale %u", out->len > begin ? ", " : "", o->wscale);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].has)
			strbuf_printf(out, "%s%s", out->len > begin ? ", " : "", words[i].word);
	if (out->len == begin)
		strbuf_puts(out, "no options");
}
