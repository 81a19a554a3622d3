/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/tracker.h"

#include "netprobe/base/mem.h"

#include "due.h"
#include "ends.h"
#include "flow_table.h"
#include "handshake.h"
#include "held.h"
#include "passage.h"
#include "sighting.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* Sums and differences of two times fit: until the year 2116. */
#define TIME_MAX (INT64_MAX / 2)

/* Earlier by more: the clock was set, or files joined. Later by more, which is longer than any wait
 * below: doubted. */
#define BACK_STEP    (10 * NSEC_PER_SEC)
#define FORWARD_STEP (3600 * NSEC_PER_SEC)

/* Who is idle for the longest need not be known to the packet; to move a flow touches its
 * neighbours, which have left the caches. */
#define MOVES_AFTER (100 * NSEC_PER_MSEC)

/* One of due.h's lines, so that a flow is looked at once. */
#define STRAGGLERS     (4 * NSEC_PER_SEC)
#define MIDSTREAM_IDLE (600 * NSEC_PER_SEC)

enum { PLACES_KNOWN = 32 };

struct tracker {
	struct tracker_options options;
	struct tracker_events events;
	void *user;
	struct flow_table *table;
	struct due due;
	struct held held;
	struct tracked *eldest, *newest; /* by birth, of those that are not over */
	nsec_t now;                      /* never goes back; waits are measured by it */
	nsec_t ahead;                    /* of the packets' time */
	bool ticking;
	nsec_t doubted;          /* so far one packet alone went ahead; 0: none did */
	struct tracked *touched; /* the flow that was last */
	struct arrivals arrivals;
	struct flow_place places[PLACES_KNOWN]; /* the last that were new */
	size_t place_count;
	struct tracker_status status;
};

/* ---- over */

static void tell_decided(struct tracker *t, struct tracked *f)
{
	struct flow *flow = &f->flow;
	uint8_t state = (uint8_t)(1 + flow->handshake.state);

	if (!flow->handshake.decided || flow->told == state)
		return;
	flow->told = state;
	if (!flow->first_told)
		flow->first_told = state;
	if (t->events.decided)
		t->events.decided(t->user, flow);
}

static void tell_over(struct tracker *t, struct tracked *f)
{
	if (t->events.over)
		t->events.over(t->user, &f->flow, (enum flow_over)f->why);
	flow_table_free_flow(t->table, &f->flow);
}

static void tell_held(struct tracker *t)
{
	uint64_t open = t->eldest ? t->eldest->flow.id : UINT64_MAX;

	while (t->held.count > 0 &&
		(t->held.count > t->options.hold || held_lowest(&t->held) < open))
		tell_over(t, held_take(&t->held));
}

static void unlink_birth(struct tracker *t, struct tracked *f)
{
	*(f->born_before ? &f->born_before->born_after : &t->eldest) = f->born_after;
	*(f->born_after ? &f->born_after->born_before : &t->newest) = f->born_before;
}

/* That nobody looks any longer decides nothing. */
static void decide_at_end(const struct tracker *t, struct handshake *h, enum flow_over why)
{
	if (h->decided)
		return;
	if (why != OVER_FINISHED && why != OVER_EVICTED) {
		h->decided = true;
		return;
	}
	h->open_until = t->now - t->ahead;
	h->made_room = why == OVER_EVICTED;
}

/* The flow is gone, but for `hold`. */
static void end(struct tracker *t, struct tracked *f, enum flow_over why)
{
	decide_at_end(t, &f->flow.handshake, why);
	tell_decided(t, f);
	f->why = (uint8_t)why;
	due_cancel(&t->due, f);
	unlink_birth(t, f);
	passage_forget(&t->arrivals, &f->flow);
	flow_table_detach(t->table, &f->flow);
	if (why == OVER_EVICTED)
		t->status.evicted++;
	if (t->options.hold == 0) {
		tell_over(t, f);
	} else {
		held_put(&t->held, f);
		tell_held(t);
	}
}

/* Nothing is lost of a flow that was closed. */
static enum flow_over unless_closed(const struct tracked *f, enum flow_over why)
{
	return stream_closed(&f->flow) ? OVER_CLOSED : why;
}

/* ---- time */

static bool is_established(const struct handshake *h)
{
	return h->synack != NOT_SEEN && h->ack != NOT_SEEN;
}

/* How long a flow may be silent until something is to be said of it. The kernel keeps a connection
 * for ever, so one that stands is kept, too. */
static nsec_t patience(const struct tracked *f)
{
	const struct handshake *h = &f->flow.handshake;

	if (stream_closed(&f->flow))
		return STRAGGLERS;
	switch (h->state) {
	case HANDSHAKE_COMPLETE:
		return NSEC_NEVER;
	case HANDSHAKE_MIDSTREAM:
		return MIDSTREAM_IDLE;
	case HANDSHAKE_HALF_OPEN:
		if (h->decided && h->client_unseen)
			return MIDSTREAM_IDLE;
		break;
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		if (is_established(h))
			return NSEC_NEVER;
		break;
	default:
		break;
	}
	return handshake_patience(h) + (h->decided ? STRAGGLERS : 0);
}

static void wait_for(struct tracker *t, struct tracked *f)
{
	nsec_t most = patience(f);

	if (most == NSEC_NEVER)
		due_cancel(&t->due, f);
	else
		due_set(&t->due, f, t->now, most - (t->now - f->used));
}

static void look_at(struct tracker *t, struct tracked *f)
{
	nsec_t most = patience(f), idle = t->now - f->used;

	if (most == NSEC_NEVER)
		return;
	if (idle >= most && !f->flow.handshake.decided) {
		f->flow.handshake.decided = true;
		tell_decided(t, f);
		most = patience(f); /* which may have passed, too: time goes in steps */
	}
	if (idle < most)
		wait_for(t, f);
	else
		end(t, f, unless_closed(f, OVER_TIMEOUT));
}

/* A single packet may have a time that cannot be: a second one has to agree. What the first one was
 * of is as young as that. */
static bool is_believed(struct tracker *t, nsec_t now)
{
	bool agreed = t->doubted && now >= t->doubted - BACK_STEP;

	if (agreed && t->touched)
		t->touched->used = t->now + FORWARD_STEP;
	t->doubted = agreed ? 0 : now;
	t->touched = NULL;
	return agreed;
}

static void move_time(struct tracker *t, nsec_t at)
{
	nsec_t now = at + t->ahead;
	struct tracked *f;

	if (!t->ticking || now < t->now - BACK_STEP) {
		t->ahead = t->now - at;
		t->ticking = true;
		t->doubted = 0;
		return;
	}
	if (now <= t->now + FORWARD_STEP)
		t->doubted = 0;
	else if (is_believed(t, now))
		now = t->now + FORWARD_STEP;
	else
		return;
	if (now <= t->now || now > TIME_MAX)
		return;
	t->now = now;
	t->ahead = now - at;
	while ((f = due_take(&t->due, now)))
		look_at(t, f);
}

static nsec_t bounded(nsec_t at)
{
	return at < 0 ? 0 : at < TIME_MAX ? at : TIME_MAX;
}

/* ---- flows */

/* For errors that come from another one; the most common is the empty one, which is always asked
 * for. */
static void remember_place(struct tracker *t, const struct flow_place *place)
{
	size_t kept = t->place_count < PLACES_KNOWN ? t->place_count : PLACES_KNOWN;

	if (flow_place_same(place, &(struct flow_place){0}))
		return;
	for (size_t i = 0; i < kept; i++)
		if (flow_place_same(&t->places[i], place))
			return;
	t->places[t->place_count++ % PLACES_KNOWN] = *place;
}

static void set_key(struct flow_key *key, const struct frame *frame)
{
	const struct ip_header *ip = &frame->ip;

	end_set(&key->ends[0], ip->family, ip->source, frame->tcp.source_port);
	end_set(&key->ends[1], ip->family, ip->destination, frame->tcp.destination_port);
	key->place = flow_place_of(frame);
}

static struct flow *add_flow(struct tracker *t, const struct flow_key *key, nsec_t at)
{
	struct tracked *f, *oldest;

	if (flow_table_count(t->table) >= t->options.max_flows) {
		oldest = flow_tracked(flow_table_oldest(t->table));
		end(t, oldest, unless_closed(oldest, OVER_EVICTED));
	}
	f = flow_tracked(flow_table_add(t->table, key));
	f->flow.id = ++t->status.flows;
	f->flow.start = f->flow.last = at;
	f->flow.streams[CLIENT].first_data = f->flow.streams[SERVER].first_data = NOT_SEEN;
	handshake_init(&f->flow.handshake);
	f->born_before = t->newest;
	*(t->newest ? &t->newest->born_after : &t->eldest) = f;
	t->newest = f;
	f->used = f->moved = t->now;
	remember_place(t, &key->place);
	return &f->flow;
}

/* ---- packets */

static uint32_t relative(const struct handshake *h, enum side side, uint32_t number)
{
	return h->knows_isn[side] ? number - h->isn[side] : number;
}

/* What every packet of a flow does, whatever it is. */
static void note_packet(struct tracker *t, struct flow *f, nsec_t at)
{
	struct tracked *tracked = flow_tracked(f);

	tracked->used = t->now;
	t->touched = tracked;
	if (t->now - tracked->moved > MOVES_AFTER) {
		tracked->moved = t->now;
		flow_table_use(t->table, f);
	}
	if (at > f->last)
		f->last = at;
}

static void tell_packet(struct tracker *t, struct flow_packet *p)
{
	if (t->events.packet) {
		p->since = p->at > p->flow->start ? p->at - p->flow->start : 0;
		t->events.packet(t->user, p);
	}
	tell_decided(t, flow_tracked(p->flow));
}

/* Its numbers say nothing of the stream; that it was there counts. */
static void count_stray(struct stream *s, const struct frame *frame)
{
	s->packets++;
	s->bytes += frame->payload_len;
}

static void judge_options(struct tracker *t, const struct flow_packet *p)
{
	const unsigned retry = ROLE_SIGHTING | ROLE_STRAY | ROLE_SYN_RETRY | ROLE_SYNACK_RETRY;

	if (p->frame->tcp.flags & TCP_SYN && !(p->roles & retry) &&
		p->flow->handshake.options[p->from].malformed)
		t->status.bad_options++;
}

static void tell_segment(struct tracker *t, struct flow_packet *p)
{
	const struct handshake *h = &p->flow->handshake;
	const struct tcp_header *tcp = &p->frame->tcp;

	p->sequence = relative(h, p->from, tcp->sequence);
	p->acknowledgment = tcp->flags & TCP_ACK
				    ? relative(h, other_side(p->from), tcp->acknowledgment)
				    : tcp->acknowledgment;
	tell_packet(t, p);
}

/* False: it begins another attempt. */
static bool take_segment(struct tracker *t, struct flow_packet *p, uint32_t interface)
{
	struct flow *f = p->flow;
	bool fresh = !f->handshake.begun, was_closed = stream_closed(f), reopened;
	enum handshake_state before = f->handshake.state;

	if (sighting_take(f, p->from, p->frame, p->at, interface))
		p->roles = ROLE_SIGHTING;
	else if (!handshake_segment(f, &p->from, p->frame, p->at, &p->roles))
		return false;
	else if (p->roles & ROLE_STRAY)
		count_stray(&f->streams[p->from], p->frame);
	else
		p->roles |= stream_segment(f, p->from, p->frame, p->at);
	passage_take(&t->arrivals, p);
	reopened = f->handshake.decided && before != f->handshake.state &&
		   f->handshake.state == HANDSHAKE_HALF_OPEN;
	if (reopened) /* it was given up too early */
		f->handshake.decided = false;
	if (!tcp_options_whole(&p->frame->tcp))
		f->partial = true;
	note_packet(t, f, p->at);
	judge_options(t, p);
	if (fresh || reopened || stream_closed(f) != was_closed ||
		(before == HANDSHAKE_MIDSTREAM && f->handshake.state != before))
		wait_for(t, flow_tracked(f));
	tell_segment(t, p);
	return true;
}

static void segment(struct tracker *t, const struct frame *frame, nsec_t at, uint32_t interface)
{
	struct flow_packet p = {.frame = frame, .at = at};
	struct flow_key key;
	bool turned;

	set_key(&key, frame);
	p.flow = flow_table_find(t->table, &key, &turned);
	if (p.flow) {
		p.from = turned ? SERVER : CLIENT;
		if (take_segment(t, &p, interface))
			return;
		end(t, flow_tracked(p.flow), OVER_SUPERSEDED);
	}
	p.flow = add_flow(t, &key, at);
	p.from = CLIENT;
	p.roles = 0;
	take_segment(t, &p, interface);
}

/* ---- ICMP errors */

/* Who says so may sit in another VLAN, or outside of the tunnel. */
static struct flow *find_elsewhere(struct tracker *t, struct flow_key *key, bool *turned)
{
	size_t kept = t->place_count < PLACES_KNOWN ? t->place_count : PLACES_KNOWN;
	struct flow *f;

	key->place = (struct flow_place){0};
	f = flow_table_find(t->table, key, turned);
	for (size_t i = 0; i < kept && !f; i++) {
		key->place = t->places[i];
		f = flow_table_find(t->table, key, turned);
	}
	return f;
}

static struct flow *find_quoted(struct tracker *t, const struct frame *frame, bool *turned)
{
	const struct icmp_quote *quote = &frame->icmp.quote;
	struct flow_key key;
	struct flow *f;

	end_set(&key.ends[0], quote->ip.family, quote->ip.source, quote->source_port);
	end_set(&key.ends[1], quote->ip.family, quote->ip.destination, quote->destination_port);
	key.place = flow_place_of(frame);
	f = flow_table_find(t->table, &key, turned);
	return f ? f : find_elsewhere(t, &key, turned);
}

static bool quotes_tcp(const struct icmp_quote *quote)
{
	return quote->ip.family != 0 && quote->ip.protocol == PROTOCOL_TCP && quote->has_ports;
}

static void icmp_error(struct tracker *t, const struct frame *frame, nsec_t at)
{
	const struct icmp_quote *quote = &frame->icmp.quote;
	struct flow_packet p = {.frame = frame, .at = at, .icmp = true};
	bool turned;

	t->status.icmp_errors += quote->ip.family != 0;
	if (!quotes_tcp(quote))
		return;
	p.flow = find_quoted(t, frame, &turned);
	if (!p.flow) {
		t->status.unrelated_icmp++;
		return;
	}
	p.from = turned ? SERVER : CLIENT;
	p.roles = handshake_icmp(p.flow, p.from, frame, at);
	if (quote->has_sequence)
		p.sequence = relative(&p.flow->handshake, p.from, quote->sequence);
	note_packet(t, p.flow, at);
	tell_packet(t, &p);
}

/* ---- what others see */

struct tracker *tracker_new(
	const struct tracker_options *options, const struct tracker_events *events, void *user)
{
	struct tracker *t = mem_alloc(1, sizeof *t);

	t->options = *options;
	t->events = *events;
	t->user = user;
	t->table = flow_table_new();
	due_init(&t->due);
	return t;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	held_release(&t->held);
	flow_table_free(t->table);
	free(t);
}

void tracker_packet(struct tracker *t, const struct frame *frame, nsec_t at, uint32_t interface)
{
	at = bounded(at);
	move_time(t, at);
	if (frame->kind == FRAME_TCP && frame->tcp.length >= TCP_HEADER)
		segment(t, frame, at, interface);
	else if (frame->kind == FRAME_ICMP)
		icmp_error(t, frame, at);
	else if (frame->kind == FRAME_FRAGMENT)
		t->status.fragments++;
}

void tracker_advance(struct tracker *t, nsec_t now)
{
	move_time(t, bounded(now));
}

void tracker_finish(struct tracker *t)
{
	while (t->eldest)
		end(t, t->eldest, unless_closed(t->eldest, OVER_FINISHED));
}

void tracker_status(const struct tracker *t, struct tracker_status *out)
{
	*out = t->status;
}
