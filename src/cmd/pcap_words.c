/* SPDX-License-Identifier: MIT */
#include "pcap_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include <inttypes.h>

#define UNSEEN_ACK "the client's ACK was not captured"

/* "0.041 ms", "7.0 s" */
static void add_time(struct strbuf *out, nsec_t time)
{
	if (time >= NSEC_PER_SEC)
		strbuf_printf(out, "%.1f s", (double)time / (double)NSEC_PER_SEC);
	else
		strbuf_printf(out, "%.3f ms", (double)time / (double)NSEC_PER_MSEC);
}

/* ---- flows */

static void add_tries(struct strbuf *out, const struct handshake *h)
{
	strbuf_printf(out, "asked %u times over ", h->syn_retries + 1U);
	add_time(out, h->last_syn - h->first_syn);
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

void interface_words(struct strbuf *out, const struct capture *capture, uint32_t interface)
{
	const struct captured packet = {.interface = interface};
	const char *name = capture ? capture_interface(capture, &packet) : NULL;

	if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, "interface %" PRIu32, interface);
}

static void note_path(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	const struct sighting *s = f->sighting;

	if (!s)
		return;
	if (s->from != s->to) {
		interface_words(out, capture, s->from);
		strbuf_puts(out, s->in_from ? " in" : s->out_from ? " out" : "");
		strbuf_puts(out, " -> ");
		interface_words(out, capture, s->to);
		strbuf_puts(out, s->in_to ? " in" : s->out_to ? " out" : "");
	} else {
		strbuf_puts(out, "packets seen twice");
	}
	if (s->ttl_from != s->ttl_to)
		strbuf_printf(out, ", TTL %u -> %u", s->ttl_from, s->ttl_to);
}

static void note_changes(struct strbuf *out, const struct flow *f, const struct capture *capture)
{
	static const char *const words[] = {
		"window scale", "SACK", "timestamps", "ECN", "fast open", "MPTCP"};
	const struct sighting *s = f->sighting;
	bool changed[ARRAY_SIZE(words)];
	const char *before = "";

	(void)capture;
	if (!s)
		return;
	if (s->changed_mss) {
		strbuf_printf(out, "MSS %u -> %u", s->mss_before, s->mss_after);
		before = ", ";
	}
	changed[0] = s->changed_wscale;
	changed[1] = s->removed_sack;
	changed[2] = s->removed_timestamps;
	changed[3] = s->cleared_ecn;
	changed[4] = s->removed_tfo;
	changed[5] = s->removed_mptcp;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (changed[i]) {
			strbuf_printf(out, "%s%s %s on the way", before, words[i],
				i == 0 ? "changed" : "removed");
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
	add_time(out, h->open_until - last);
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
	add_time(out, took);
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

static const char *tunnel_name(uint8_t tunnel)
{
	static const char *const names[] = {
		[TUNNEL_IPIP] = "ipip",
		[TUNNEL_GRE] = "gre",
		[TUNNEL_VXLAN] = "vxlan",
		[TUNNEL_GENEVE] = "geneve",
	};

	return names[tunnel];
}

static void add_tunnel(struct strbuf *out, const struct flow_place *place)
{
	strbuf_puts(out, tunnel_name(place->tunnel));
	if (place->tunnel_id || place->tunnel == TUNNEL_VXLAN || place->tunnel == TUNNEL_GENEVE)
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

/* ---- packets */

static const struct {
	uint16_t flag;
	const char *letter, *word;
} flag_names[] = {
	/* in tcpdump's order */
	{TCP_FIN, "F", "FIN"},
	{TCP_SYN, "S", "SYN"},
	{TCP_RST, "R", "RST"},
	{TCP_PSH, "P", "PSH"},
	{TCP_ACK, ".", "ACK"},
	{TCP_URG, "U", "URG"},
	{TCP_ECE, "E", "ECE"},
	{TCP_CWR, "W", "CWR"},
	{TCP_AE, "e", "AE"},
};

void flags_brackets(struct strbuf *out, uint16_t flags)
{
	strbuf_putc(out, '[');
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			strbuf_puts(out, flag_names[i].letter);
	strbuf_puts(out, flags ? "]" : "none]");
}

void flags_words(struct strbuf *out, uint16_t flags)
{
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag) {
			strbuf_printf(out, "%s%s", before, flag_names[i].word);
			before = ", ";
		}
	if (flags == 0)
		strbuf_puts(out, "no flags");
}

size_t flag_names_of(uint16_t flags, const char *names[], size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_names) && count < room; i++)
		if (flags & flag_names[i].flag)
			names[count++] = flag_names[i].word;
	return count;
}

/* A name for records, words for lines, and what a ladder says of it; the first that fits is said.
 */
static const struct {
	enum packet_role role;
	const char *name, *words, *meaning;
} role_names_of[] = {
	{ROLE_REFUSES, "refuses", "refuses", "connection refused"},
	{ROLE_FOREIGN, "foreign", "not like the server",
		"not like the server's other packets: from a device between, or its kernel without "
		"the socket"},
	{ROLE_REJECTS, "rejects", "rejects", "rejected on the way"},
	{ROLE_SYN_RETRY, "syn-retry", "SYN retry", ""},
	{ROLE_SYNACK_RETRY, "synack-retry", "SYN-ACK retry", ""},
	{ROLE_COMPLETES, "completes", "handshake complete", "handshake complete"},
	{ROLE_SIGHTING, "sighting", "seen again", "the same packet at another place"},
	{ROLE_RETRANSMISSION, "retransmission", "retransmission", "sent again"},
	{ROLE_OUT_OF_ORDER, "out-of-order", "out of order", "out of order"},
	{ROLE_GAP, "gap", "gap before", "something before it is missing"},
	{ROLE_ZERO_WINDOW, "zero-window", "zero window", "window closed: the receiver is full"},
	{ROLE_WINDOW_OPENS, "window-opens", "window opens", "window open again"},
	{ROLE_KEEPALIVE, "keepalive", "keepalive", "keepalive"},
	{ROLE_DUPLICATE_ACK, "duplicate-ack", "duplicate ACK", "asks again for what is missing"},
	{ROLE_STRAY, "stray", "stray", "does not belong to this connection"},
	{ROLE_FIRST_DATA, "first-data", "first data", "first data"},
};

size_t role_names(unsigned roles, const char *names[], size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of) && count < room; i++)
		if (roles & role_names_of[i].role)
			names[count++] = role_names_of[i].name;
	return count;
}

void roles_words(struct strbuf *out, unsigned roles)
{
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of); i++)
		if (roles & role_names_of[i].role) {
			strbuf_puts(out, before);
			strbuf_puts(out, role_names_of[i].words);
			before = ", ";
		}
}

void sighting_words(
	struct strbuf *out, const struct capture *capture, uint32_t interface, uint8_t ttl)
{
	const struct captured packet = {.interface = interface};

	strbuf_puts(out, "again");
	if (interface || (capture && capture_interface(capture, &packet))) {
		strbuf_puts(out, ": ");
		interface_words(out, capture, interface);
	}
	strbuf_printf(out, ", TTL %u", ttl);
}

static bool is_retry(unsigned roles)
{
	return roles & (ROLE_SYN_RETRY | ROLE_SYNACK_RETRY | ROLE_RETRANSMISSION);
}

/* What was lost, the packet or its answer, is not to be seen from one place. */
static const char *syn_retry_words(const struct handshake *h, nsec_t at)
{
	if (h->ack != NOT_SEEN && at > h->ack)
		return "SYN came once more";
	if (h->synack != NOT_SEEN && at > h->synack)
		return "SYN-ACK lost or late, SYN tried again";
	if (h->answer != NOT_SEEN && at > h->answer)
		return "SYN tried again";
	if (h->synack != NOT_SEEN && h->answered_syn != NOT_SEEN && !h->ambiguous_syn &&
		h->answered_syn < at)
		return "answer under way, SYN tried again";
	return "SYN not answered, tried again";
}

static bool syn_came_again(const struct handshake *h, nsec_t from, nsec_t to)
{
	const struct syn_times *t = h->times;

	for (unsigned i = 1; t && i < t->count; i++)
		if (t->syns[i].at > from && t->syns[i].at <= to)
			return true;
	return false;
}

static const char *synack_retry_words(const struct handshake *h, nsec_t at, nsec_t gap)
{
	if (gap > 0 && syn_came_again(h, at - gap, at))
		return "answers the repeated SYN, sent again";
	if (h->ack != NOT_SEEN && at > h->ack)
		return "ACK of the SYN-ACK lost or late, sent again";
	if (h->ack != NOT_SEEN && !h->ambiguous_synack && h->synack + h->acked_after < at)
		return "ACK under way, SYN-ACK sent again";
	return "SYN-ACK not acknowledged, sent again";
}

static void add_meaning(
	struct strbuf *out, const struct handshake *h, size_t role, const struct packet_told *p)
{
	if (role_names_of[role].role == ROLE_SYN_RETRY)
		strbuf_puts(out, syn_retry_words(h, p->at));
	else if (role_names_of[role].role == ROLE_SYNACK_RETRY)
		strbuf_puts(out, synack_retry_words(h, p->at, p->gap));
	else
		strbuf_puts(out, role_names_of[role].meaning);
	if (p->roles & ROLE_REFUSES && p->roles & ROLE_FOREIGN)
		strbuf_puts(out, ", not like the server's own packets");
}

void packet_meaning(struct strbuf *out, const struct flow *f, const struct packet_told *p)
{
	const char *who = p->from == CLIENT ? "client" : "server";

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of); i++)
		if (p->roles & role_names_of[i].role) {
			add_meaning(out, &f->handshake, i, p);
			if (is_retry(p->roles) && p->gap > 0) {
				strbuf_puts(out, " after ");
				add_time(out, p->gap);
			}
			return;
		}
	if (p->flags & TCP_RST)
		strbuf_printf(out, "%s resets the connection", who);
	else if (p->flags & TCP_FIN)
		strbuf_printf(out, "%s closes%s", who,
			f->ended_by == p->from && f->end == END_FIN ? "" : ", too");
}
