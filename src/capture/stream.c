/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include "history.h"

/* The widest window (RFC 7323, 2.3): numbers further apart are not of one connection. */
enum { FAR = 1 << 30, SCALE_MOST = 14 };

/* A stray segment that is followed by another near it was none: too much went by uncaptured. */
enum { NEAR = 1 << 20 };

enum { REACH_LEAST = 65535 }; /* of a RST, whatever the window is */

/* Nobody retransmits as early: RFC 6298 waits for a second, Linux for 200 ms, and for tail loss
 * probes (RFC 8985) for more than this. */
#define REORDERING (3 * NSEC_PER_MSEC)

enum { CONTROL = TCP_SYN | TCP_FIN | TCP_RST };

struct segment {
	struct flow *flow;
	enum side from;
	struct stream *sent, *other; /* by its sender, and towards it */
	const struct tcp_header *tcp;
	uint32_t start, end; /* of payload and FIN */
	uint32_t payload;
	bool more; /* is in other fragments */
	nsec_t at;
};

static bool within(uint32_t a, uint32_t b, int32_t far)
{
	int32_t distance = tcp_distance(a, b);

	return distance > -far && distance < far;
}

/* ---- what was not seen */

static void hole_remove(struct stream *s, unsigned i)
{
	s->hole_count--;
	for (; i < s->hole_count; i++)
		s->holes[i] = s->holes[i + 1];
}

/* Too early to be sent once more: before the other side's word of the hole can have come back. */
static bool is_young(const struct segment *g, const struct hole *h)
{
	nsec_t rtt = handshake_rtt(&g->flow->handshake), age = g->at - h->at;

	if (rtt == NOT_SEEN)
		return age < REORDERING;
	return age < rtt || (age < REORDERING && g->other->last < h->at);
}

/* Without room the oldest goes, if it is too old for its segments to be late; else the last two
 * become one, with what lies between: reordering makes many holes and fills them at once. */
static void hole_add(const struct segment *g)
{
	struct stream *s = g->sent;
	struct hole *last = &s->holes[HOLES_KEPT - 1];

	if (s->hole_count == HOLES_KEPT && !is_young(g, &s->holes[0]))
		hole_remove(s, 0);
	if (s->hole_count == HOLES_KEPT) {
		s->holes_blurred = true;
		last->to = g->start;
		last->at = g->at;
		return;
	}
	s->holes[s->hole_count++] = (struct hole){.from = s->next, .to = g->start, .at = g->at};
}

/* A part from the middle leaves two; where there is no room for the second, all of it stays. */
static void hole_cut(struct stream *s, unsigned i, uint32_t from, uint32_t to)
{
	struct hole *h = &s->holes[i];
	bool head = tcp_distance(h->from, from) > 0, tail = tcp_distance(to, h->to) > 0;

	if (head && tail) {
		if (s->hole_count == HOLES_KEPT)
			return;
		for (unsigned k = s->hole_count++; k > i; k--)
			s->holes[k] = s->holes[k - 1];
		h[0].to = from;
		h[1].from = to;
	} else if (head) {
		h->to = from;
	} else if (tail) {
		h->from = to;
	} else {
		hole_remove(s, i);
	}
}

/* Whether the segment is what was missing, and only late. */
static bool fills_hole(const struct segment *g)
{
	struct stream *s = g->sent;
	uint32_t to = tcp_distance(g->end, s->next) > 0 ? g->end : s->next;
	bool late = false;

	for (unsigned i = s->hole_count; i-- > 0;) {
		const struct hole h = s->holes[i];

		if (tcp_distance(g->start, h.to) <= 0 || tcp_distance(h.from, to) <= 0)
			continue;
		late = tcp_distance(h.from, g->start) >= 0 && tcp_distance(to, h.to) >= 0 &&
		       is_young(g, &h);
		hole_cut(s, i, g->start, to);
	}
	return late;
}

/* ---- sequence numbers */

/* RFC 9293, 3.8.4: the number before the next, with no byte or one that was acknowledged. */
static bool is_keepalive(const struct segment *g)
{
	if (g->start + 1 != g->sent->next || g->tcp->flags & CONTROL || g->sent->has_fin)
		return false;
	return g->payload == 0 ||
	       (g->payload == 1 && g->other->has_acked && g->other->acked == g->sent->next);
}

static unsigned take_old(const struct segment *g)
{
	struct stream *s = g->sent;
	bool late;

	if (is_keepalive(g))
		return ROLE_KEEPALIVE;
	if (g->start == g->end)
		return 0;
	late = fills_hole(g);
	if (tcp_distance(s->next, g->end) > 0)
		s->next = g->end;
	if (late) {
		s->out_of_order++;
		return ROLE_OUT_OF_ORDER;
	}
	s->retransmissions++;
	if (g->payload > 0)
		history_add(g->flow, g->from, 't');
	return ROLE_RETRANSMISSION;
}

static unsigned take_numbers(const struct segment *g)
{
	struct stream *s = g->sent;
	int32_t ahead = tcp_distance(s->next, g->start);
	unsigned roles = 0;

	if (s->started && ahead < 0)
		return take_old(g);
	if (s->started && ahead > 0 && !s->ends_in_fragment) {
		hole_add(g);
		roles = ROLE_GAP;
	}
	s->started = true;
	s->ends_in_fragment = g->more;
	s->next = g->end;
	return roles;
}

/* Whose ACK and SYN come apart may have acknowledged with any number. */
static bool begins_anew(const struct segment *g)
{
	return g->tcp->flags & TCP_SYN && g->sent->bytes == g->payload && !g->sent->has_fin &&
	       g->start != g->sent->next;
}

static bool tells_scale(const struct syn_options *o)
{
	return o->seen && (o->has_wscale || !o->cut);
}

/* Who is far outside of the window only guesses (RFC 5961, 3.2). What was captured may be behind
 * on either side, and the window only known unscaled. */
static bool is_in_reach(const struct segment *g)
{
	const struct syn_options *options = g->flow->handshake.options;
	const struct stream *s = g->sent, *o = g->other;
	int32_t reach = FAR;

	if (tells_scale(&options[CLIENT]) && tells_scale(&options[SERVER]))
		reach = o->window > REACH_LEAST ? (int32_t)o->window : REACH_LEAST;
	return within(s->next, g->start, reach + 1) ||
	       (o->has_acked && within(o->acked, g->start, reach + 1));
}

static bool is_stray(const struct segment *g)
{
	struct stream *s = g->sent;

	if (g->payload >= FAR)
		return true;
	if (begins_anew(g)) {
		s->started = false;
		s->hole_count = 0;
	}
	if (!s->started)
		return false;
	if (g->tcp->flags & TCP_RST)
		return !is_in_reach(g);
	if (within(s->next, g->start, FAR))
		return false;
	if (s->has_stray && within(s->stray, g->start, NEAR)) {
		s->started = s->has_stray = false;
		s->hole_count = 0;
		return false;
	}
	s->has_stray = true;
	s->stray = g->end;
	return true;
}

/* ---- acknowledgments */

/* RFC 5681, 2, but for windows of zero: those answer the probes of a sender that waits. What ends
 * at `next` and begins there has no payload. */
static bool is_duplicate(const struct segment *g, uint32_t window)
{
	return !(g->tcp->flags & CONTROL) && g->start == g->sent->next && window > 0 &&
	       window == g->sent->window && g->other->started &&
	       tcp_distance(g->tcp->acknowledgment, g->other->next) > 0;
}

/* What is acknowledged was sent. FINs acknowledge what they please. */
static void note_gap(const struct segment *g)
{
	const struct stream *o = g->other;
	uint32_t ack = g->tcp->acknowledgment;
	bool missed = o->started && !o->ends_in_fragment && tcp_distance(o->next, ack) > 0;

	if (g->tcp->flags & TCP_FIN)
		return;
	for (unsigned i = 0; i < o->hole_count && !o->holes_blurred; i++)
		missed |= tcp_distance(o->holes[i].to, ack) >= 0;
	if (missed)
		history_add(g->flow, other_side(g->from), 'g');
}

/* False: it is older than one that was seen, and its window with it. */
static bool take_acknowledgment(const struct segment *g, uint32_t window, unsigned *roles)
{
	struct stream *s = g->sent, *o = g->other;
	uint32_t ack = g->tcp->acknowledgment;
	int32_t ahead = tcp_distance(s->acked, ack);

	if (o->started && !within(o->next, ack, FAR))
		return false;
	if (s->has_acked && ahead < 0)
		return false;
	if (s->has_acked && ahead == 0 && is_duplicate(g, window))
		*roles |= ROLE_DUPLICATE_ACK;
	s->has_acked = true;
	s->acked = ack;
	if (o->has_fin && tcp_distance(o->fin, ack) > 0)
		o->fin_acked = true;
	note_gap(g);
	return true;
}

/* ---- windows */

static uint8_t scale_of(const struct syn_options *o)
{
	return o->wscale < SCALE_MOST ? o->wscale : SCALE_MOST;
}

static uint32_t window_of(const struct segment *g)
{
	const struct syn_options *options = g->flow->handshake.options;

	g->sent->wscale = options[CLIENT].has_wscale && options[SERVER].has_wscale
				  ? scale_of(&options[g->from])
				  : 0;
	return g->tcp->flags & TCP_SYN ? g->tcp->window
				       : (uint32_t)g->tcp->window << g->sent->wscale;
}

static unsigned take_window(const struct segment *g, uint32_t window)
{
	struct stream *s = g->sent;
	bool opens = s->offers_zero && window > 0;

	s->window = window;
	s->offers_zero = window == 0;
	if (opens)
		return ROLE_WINDOW_OPENS;
	if (window > 0)
		return 0;
	s->zero_windows++;
	if (!g->other->has_fin)
		history_add(g->flow, g->from, 'w');
	return ROLE_ZERO_WINDOW;
}

/* ---- ends */

static void take_fin(const struct segment *g)
{
	struct stream *s = g->sent;

	if (s->has_fin || s->has_reset)
		return;
	s->has_fin = true;
	s->fin = g->end - 1;
	s->fin_acked = g->other->has_acked && tcp_distance(s->fin, g->other->acked) > 0;
	if (g->flow->end == END_OPEN) {
		g->flow->end = END_FIN;
		g->flow->ended_by = g->from;
	}
}

static void take_reset(const struct segment *g)
{
	struct flow *f = g->flow;

	g->sent->has_reset = true;
	if (f->end == END_RST || (g->sent->has_fin && g->other->has_fin))
		return;
	f->end = END_RST;
	f->ended_by = g->from;
}

/* ---- all of it */

static char letter_of(const struct segment *g)
{
	switch (g->tcp->flags & CONTROL) {
	case 0:
		if (g->payload > 0)
			return 'd';
		return g->tcp->flags & TCP_ACK ? 'a' : '\0';
	case TCP_SYN:
		return g->tcp->flags & TCP_ACK ? 'h' : 's';
	case TCP_FIN:
		return 'f';
	case TCP_RST:
		return 'r';
	case TCP_FIN | TCP_RST:
	case CONTROL:
		return 'i';
	default:
		return 'q';
	}
}

static void count(const struct segment *g)
{
	struct stream *s = g->sent;

	if (s->packets++ == 0)
		s->first_data = NOT_SEEN;
	s->bytes += g->payload;
	s->last = g->at;
}

static unsigned take_payload(const struct segment *g)
{
	if (g->payload == 0 || g->sent->first_data != NOT_SEEN)
		return 0;
	g->sent->first_data = g->at;
	return ROLE_FIRST_DATA;
}

static unsigned take(const struct segment *g)
{
	unsigned roles = take_payload(g);
	uint32_t window = window_of(g);
	bool current = true;

	roles |= take_numbers(g);
	if (g->tcp->flags & TCP_ACK)
		current = take_acknowledgment(g, window, &roles);
	if (current)
		roles |= take_window(g, window);
	if (g->tcp->flags & TCP_FIN)
		take_fin(g);
	return roles;
}

unsigned stream_segment(struct flow *f, enum side from, const struct frame *frame, nsec_t at)
{
	const struct tcp_header *tcp = &frame->tcp;
	struct segment g = {
		.flow = f,
		.from = from,
		.sent = &f->streams[from],
		.other = &f->streams[other_side(from)],
		.tcp = tcp,
		.start = tcp->sequence + (tcp->flags & TCP_SYN ? 1 : 0),
		.payload = frame->payload_len,
		.more = frame->ip.more,
		.at = at,
	};

	g.end = g.start + g.payload + (tcp->flags & TCP_FIN ? 1 : 0);
	count(&g);
	if (is_stray(&g))
		return ROLE_STRAY;
	history_add(f, from, letter_of(&g));
	if (!(tcp->flags & TCP_RST))
		return take(&g);
	take_reset(&g);
	return 0;
}

void stream_follows(struct stream *s, uint32_t isn)
{
	if (s->bytes > 0 || s->has_fin || !s->started)
		return;
	s->next = isn + 1;
	s->hole_count = 0;
}

bool stream_closed(const struct flow *f)
{
	const struct stream *c = &f->streams[CLIENT], *s = &f->streams[SERVER];

	return c->has_reset || s->has_reset || (c->fin_acked && s->fin_acked);
}
