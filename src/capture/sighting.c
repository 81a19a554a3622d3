/* SPDX-License-Identifier: MIT */
#include "sighting.h"

#include "syn_options.h"

#include "netprobe/base/mem.h"

#define QUEUED (20 * NSEC_PER_MSEC)

/* At one place, and without an id: payload and FINs are not sent again as early (RFC 8985, 7.2);
 * bare ACKs may be equal by right. */
#define REPEATED (3 * NSEC_PER_MSEC)
#define AT_ONCE  (100 * NSEC_PER_USEC)

enum { HOPS_MOST = 2 };

/* A router that knows no ECN, or clears it, leaves the rest of a SYN as it is. */
enum { FLAGS_KEPT = TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG };

/* A packet, and where it was seen. */
struct seen {
	const struct frame *frame;
	nsec_t at;
	struct capture_place place;
};

static void remember(struct stream *s, const struct seen *p)
{
	const struct frame *frame = p->frame;

	s->last = p->at;
	s->last_sequence = frame->tcp.sequence;
	s->last_acknowledgment = frame->tcp.acknowledgment;
	s->last_id = ip_id(&frame->ip);
	s->last_len = (uint16_t)frame->payload_len;
	s->last_flags = frame->tcp.flags;
	s->last_window = frame->tcp.window;
	s->last_checksum = frame->tcp.checksum;
	s->last_ttl = p->place.ttl;
	s->last_interface = p->place.interface;
	s->last_incoming = p->place.incoming;
	s->last_outgoing = p->place.outgoing;
}

static struct capture_place last_place(const struct stream *s)
{
	return (struct capture_place){.interface = s->last_interface,
		.ttl = s->last_ttl,
		.incoming = s->last_incoming,
		.outgoing = s->last_outgoing};
}

static bool same_place(const struct capture_place *a, const struct capture_place *b)
{
	return a->interface == b->interface && a->ttl == b->ttl && a->incoming == b->incoming &&
	       a->outgoing == b->outgoing;
}

static bool same_numbers(const struct stream *s, const struct frame *frame)
{
	return frame->tcp.sequence == s->last_sequence &&
	       frame->tcp.acknowledgment == s->last_acknowledgment &&
	       frame->tcp.window == s->last_window && (uint16_t)frame->payload_len == s->last_len &&
	       ((frame->tcp.flags ^ s->last_flags) & FLAGS_KEPT) == 0;
}

/* Whether the stack would say the same again so soon. An answer is given as often as it is asked
 * for: a SYN-ACK to each SYN, a RST to each segment. */
static bool is_too_soon(const struct flow *f, enum side from, const struct seen *p)
{
	const struct handshake *h = &f->handshake;
	const struct stream *s = &f->streams[from];
	unsigned flags = p->frame->tcp.flags;

	if (flags & TCP_RST)
		return f->streams[other_side(from)].last <= s->last;
	if (flags & TCP_SYN)
		return !(flags & TCP_ACK) || h->syn_retries == 0 || h->last_syn <= s->last;
	return p->at - s->last <= (p->frame->payload_len || flags & TCP_FIN ? REPEATED : AT_ONCE);
}

/* The packet before, once more. A side that has sent none remembers none: `last_ttl` is 0 then,
 * which none arrives with. */
static bool is_last(const struct flow *f, enum side from, const struct seen *p)
{
	const struct stream *s = &f->streams[from];
	const struct capture_place before = last_place(s);
	uint16_t id = ip_id(&p->frame->ip);
	int hops = before.ttl - p->place.ttl;
	nsec_t later = p->at - s->last;

	if (!same_numbers(s, p->frame) || id != s->last_id)
		return false;
	if (hops < 0 || hops > HOPS_MOST || later < 0 || later > QUEUED || before.ttl == 0)
		return false;
	if (!same_place(&before, &p->place))
		return true;
	/* some hosts give all packets one id */
	if (p->frame->tcp.checksum != s->last_checksum)
		return id != 0 && p->frame->tcp.flags & TCP_SYN;
	return id != 0 || is_too_soon(f, from, p);
}

/* ---- places */

static struct later_place *find_later(struct later_places *later, const struct capture_place *place)
{
	for (unsigned i = 0; i < later->count; i++)
		if (same_place(&later->places[i].place, place))
			return &later->places[i];
	return NULL;
}

/* Where the order of two places changes from packet to packet, only one of them is the later. All
 * that was sent until now has come by there, or never will. */
static void learn_place(struct later_places *later, const struct capture_place *before,
	const struct capture_place *after, uint64_t packets)
{
	struct later_place *known = find_later(later, after);

	if (known)
		known->packets = packets;
	else if (later->count < LATER_PLACES && !find_later(later, before))
		later->places[later->count++] = (struct later_place){*after, packets};
}

static bool holds_nothing_new(const struct stream *s, const struct frame *frame)
{
	const struct tcp_header *tcp = &frame->tcp;
	uint32_t end = tcp->sequence + frame->payload_len + (tcp->flags & TCP_SYN ? 1 : 0) +
		       (tcp->flags & TCP_FIN ? 1 : 0);

	if (tcp->flags & TCP_RST)
		return s->has_reset;
	if (!s->started || tcp_distance(end, s->next) < 0)
		return false;
	return !(tcp->flags & TCP_ACK) ||
	       (s->has_acked && tcp_distance(tcp->acknowledgment, s->acked) >= 0);
}

/* As many may come by at a later place as came by before; one more was sent again. */
static bool came_by_before(const struct flow *f, enum side from, const struct seen *p)
{
	const struct stream *s = &f->streams[from];
	struct later_place *later =
		f->sighting ? find_later(&f->sighting->later[from], &p->place) : NULL;

	if (!later)
		return false;
	later->packets++;
	return later->packets <= s->packets && holds_nothing_new(s, p->frame);
}

/* ---- what is told of it */

static void note_changes(
	struct sighting *to, const struct syn_options *before, const struct syn_options *after)
{
	uint16_t mss_before = before->has_mss ? before->mss : 0;
	uint16_t mss_after = after->has_mss ? after->mss : 0;

	if (mss_before != mss_after) {
		to->changed_mss = true;
		to->mss_before = mss_before;
		to->mss_after = mss_after;
	}
	to->changed_wscale |=
		before->has_wscale != after->has_wscale || before->wscale != after->wscale;
	to->removed_sack |= before->sack && !after->sack;
	to->removed_timestamps |= before->timestamps && !after->timestamps;
	to->cleared_ecn |= before->ecn && !after->ecn;
	to->removed_tfo |= before->tfo && !after->tfo;
	to->removed_mptcp |= before->mptcp && !after->mptcp;
}

/* The options that are kept are those of the first: a SYN that is sent again may offer less. */
static void compare_options(struct flow *f, enum side from, const struct frame *frame)
{
	const struct handshake *h = &f->handshake;
	struct syn_options after = {0};

	if (!(frame->tcp.flags & TCP_SYN) || !h->options[from].seen || h->options[from].cut)
		return;
	if (from == CLIENT ? h->syn_retries > 0 : h->synack_retries > 0)
		return;
	if (!tcp_options_whole(&frame->tcp))
		return;
	syn_options_take(&after, frame);
	note_changes(f->sighting, &h->options[from], &after);
}

static void note(struct flow *f, enum side from, const struct seen *p)
{
	const struct stream *s = &f->streams[from];
	const struct capture_place before = last_place(s);
	struct sighting *to = f->sighting;

	if (!to) {
		to = f->sighting = mem_alloc(1, sizeof *to);
		to->from = before.interface;
		to->to = p->place.interface;
		to->ttl_from = before.ttl;
		to->ttl_to = p->place.ttl;
		to->in_from = before.incoming;
		to->out_from = before.outgoing;
		to->in_to = p->place.incoming;
		to->out_to = p->place.outgoing;
	}
	if (!same_place(&before, &p->place)) {
		to->moved = true;
		learn_place(&to->later[from], &before, &p->place, s->packets);
	}
	compare_options(f, from, p->frame);
}

bool sighting_take(
	struct flow *f, enum side from, const struct frame *frame, nsec_t at, uint32_t interface)
{
	struct stream *s = &f->streams[from];
	const struct seen p = {.frame = frame,
		.at = at,
		.place = {.interface = interface,
			.ttl = frame->ip.ttl,
			.incoming = frame->incoming,
			.outgoing = frame->outgoing}};

	if (is_last(f, from, &p)) {
		note(f, from, &p);
	} else if (!came_by_before(f, from, &p)) {
		remember(s, &p);
		return false;
	}
	s->sightings++;
	return true;
}
