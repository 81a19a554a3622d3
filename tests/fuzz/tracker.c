/* SPDX-License-Identifier: MIT */
/*
 * First byte: bits 0-2 how many flows there may be, bits 3-7 how many may be held. Then steps of 8
 * bytes: a TCP segment, an ICMP error about the last one, or a frame of bytes that follow.
 *
 *	what   bits 0-1: 3 is no segment; bit 2: of the server, or a frame instead of an ICMP error;
 *	       bits 3-4: the connection; bit 5: in a VLAN; bit 6: timestamps; bit 7: the ports
 *	       the other way round
 *	flags  or the type of the ICMP error, or the link type of a frame
 *	seq    signed, from where its side's numbers begin; or the code, or the length of the frame
 *	ack    the same of the other side; or how much is quoted
 *	len    of the payload
 *	time   bits 0-5: 2^n nanoseconds later, bit 7: earlier
 *	id     bits 0-1: TTL, bits 2-7: IP id
 *	stamp  bits 0-3 TSval, bits 4-7 TSecr; bit 0 also the interface
 */
#include "netprobe/capture/tracker.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16384, STEP = 8, FLOWS_MOST = 2 * INPUT_MAX / STEP };

/* What the harness knows of a flow by what it was told. */
struct known {
	uint8_t told; /* as flow.told */
	bool over;
	uint64_t packets;
};

struct world {
	struct tracker *tracker;
	struct tracker_options options;
	struct known *known; /* by id */
	uint64_t last_over, told_over;
	bool finishing;
	nsec_t now;
	uint8_t last[64]; /* IP packet of the last segment */
	size_t last_len;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- what is told */

static void check_times(const struct handshake *h)
{
	nsec_t server = handshake_syn_synack(h), client = handshake_synack_ack(h);
	nsec_t rtt = handshake_rtt(h), connect = handshake_connect(h);

	must(server == NOT_SEEN || server >= 0);
	must(client == NOT_SEEN || client >= 0);
	must(connect == NOT_SEEN || connect >= 0);
	must((rtt == NOT_SEEN) == (server == NOT_SEEN || client == NOT_SEEN));
	must(rtt == NOT_SEEN || rtt == server + client);
	must(handshake_next_syn(h) == NOT_SEEN || h->state == HANDSHAKE_UNANSWERED);
}

static void check_handshake(const struct handshake *h)
{
	must(h->begun && h->state < HANDSHAKE_STATES);
	must((h->syn_retries > 0) == (h->times != NULL) || h->state == HANDSHAKE_MIDSTREAM);
	must(!h->times || (h->times->count >= 2 && h->times->count <= SYNS_KEPT));
	must(!h->ambiguous_syn || h->times);
	must(!h->ambiguous_synack || h->synack_retries > 0);
	must(h->state != HANDSHAKE_UNANSWERED || h->first_syn != NOT_SEEN);
	must(h->state != HANDSHAKE_HALF_OPEN || h->synack != NOT_SEEN);
	must(h->state != HANDSHAKE_COMPLETE || h->ack != NOT_SEEN);
	must(h->state != HANDSHAKE_REFUSED || h->answer != NOT_SEEN);
	must(h->state != HANDSHAKE_REJECTED || h->rejection);
	must(h->rst_seen || !h->rst_foreign);
	check_times(h);
}

static struct known *check_flow(struct world *w, const struct flow *f)
{
	struct known *known;

	must(f->id >= 1 && f->id < FLOWS_MOST);
	known = &w->known[f->id];
	must(!known->over);
	must(f->last >= f->start && f->history_len <= HISTORY_MAX);
	check_handshake(&f->handshake);
	return known;
}

static void on_packet(void *user, const struct flow_packet *p)
{
	struct known *known = check_flow(user, p->flow);

	must(p->since >= 0 && p->from < SIDES);
	if (!p->icmp && !(p->roles & ROLE_SIGHTING))
		known->packets++;
	must(!(p->roles & ROLE_COMPLETES) || p->from == CLIENT);
	must(!(p->roles & ROLE_REFUSES) || p->flow->handshake.state == HANDSHAKE_REFUSED);
	must(!(p->roles & ROLE_REJECTS) || p->icmp);
}

static void on_decided(void *user, struct flow *f)
{
	struct known *known = check_flow(user, f);

	must(f->handshake.decided && f->told == 1 + f->handshake.state);
	must(known->told != f->told && (known->told != 0 || f->first_told == f->told));
	known->told = f->told;
}

static void on_over(void *user, struct flow *f, enum flow_over why)
{
	struct world *w = user;
	struct known *known = check_flow(w, f);

	must(why <= OVER_FINISHED && known->told == f->told);
	must(!f->handshake.decided || f->told == 1 + f->handshake.state);
	must(f->handshake.decided || why == OVER_EVICTED || why == OVER_FINISHED);
	must(f->streams[CLIENT].packets + f->streams[SERVER].packets == known->packets);
	known->over = true;
	must(!w->finishing || f->id > w->last_over);
	w->last_over = f->id;
	w->told_over++;
}

static void check_counts(const struct world *w)
{
	struct tracker_status status;

	tracker_status(w->tracker, &status);
	must(status.flows >= w->told_over);
	must(status.flows - w->told_over <= w->options.max_flows + w->options.hold);
	must(status.evicted <= status.flows);
}

/* ---- frames */

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t around(uint32_t number, uint8_t step)
{
	return number + step - (step & 0x80 ? 256U : 0);
}

static size_t put_ip(uint8_t *at, uint8_t protocol, size_t len, const uint8_t *step, bool by_server)
{
	memset(at, 0, 20);
	at[0] = 0x45;
	put16(at + 2, (unsigned)(20 + len));
	put16(at + 4, step[6] >> 2);
	at[8] = (uint8_t)(60 + (step[6] & 3));
	at[9] = protocol;
	at[12] = at[16] = 10;
	at[15] = by_server ? 2 : 1;
	at[19] = by_server ? 1 : 2;
	return 20;
}

static size_t put_tcp(uint8_t *at, const uint8_t *step, bool by_server)
{
	static const uint32_t isn[SIDES] = {100, 0xfffffff0};
	bool stamps = step[0] & 0x40;
	unsigned near = 1000 + (step[0] >> 3 & 3), far = 2000;
	size_t len = stamps ? 32 : 20;

	if (step[0] & 0x80) {
		near = 2000;
		far = 1000 + (step[0] >> 3 & 3);
	}
	memset(at, 0, len);
	put16(at, by_server ? far : near);
	put16(at + 2, by_server ? near : far);
	put32(at + 4, around(isn[by_server], step[2]));
	put32(at + 8, around(isn[!by_server], step[3]));
	at[12] = (uint8_t)(len / 4 << 4);
	at[13] = step[1];
	put16(at + 14, step[1] & TCP_URG ? 0 : 1000);
	if (stamps) {
		memcpy(at + 20, (const uint8_t[]){1, 1, 8, 10}, 4);
		put32(at + 24, step[7] & 15);
		put32(at + 28, step[7] >> 4);
	}
	return len;
}

/* As libpcap hands it out: in Ethernet, with a tag. */
static void feed_ip(
	struct world *w, const uint8_t *ip, size_t len, size_t wire, const uint8_t *step)
{
	uint8_t bytes[18 + 128] = {0};
	size_t header = step[0] & 0x20 ? 18 : 14;
	struct frame frame;

	put16(bytes + 12, header == 18 ? 0x8100 : 0x0800);
	if (header == 18) {
		put16(bytes + 14, step[7] & 1 ? 7 : 8);
		put16(bytes + 16, 0x0800);
	}
	memcpy(bytes + header, ip, len);
	frame_parse(LINK_ETHERNET, bytes, header + len, header + wire, &frame);
	tracker_packet(w->tracker, &frame, w->now, step[7] & 1);
}

static void feed_segment(struct world *w, const uint8_t *step)
{
	bool by_server = step[0] & 4;
	size_t tcp = put_tcp(w->last + 20, step, by_server);

	put_ip(w->last, 6, tcp + step[4], step, by_server);
	w->last_len = 20 + tcp;
	feed_ip(w, w->last, w->last_len, w->last_len + step[4], step);
}

static void feed_icmp(struct world *w, const uint8_t *step)
{
	uint8_t bytes[128];
	size_t quoted = step[3] < w->last_len ? step[3] : w->last_len;

	put_ip(bytes, 1, 8 + quoted, step, false);
	memset(bytes + 20, 0, 8);
	bytes[20] = step[1];
	bytes[21] = step[2];
	memcpy(bytes + 28, w->last, quoted);
	feed_ip(w, bytes, 28 + quoted, 28 + quoted, step);
}

/* How many of the bytes behind it the step uses. */
static size_t feed_frame(struct world *w, const uint8_t *step, size_t left)
{
	size_t len = (size_t)step[2] * 4;
	struct frame frame;

	if (len > left)
		len = left;
	frame_parse(
		(enum link_type)(step[1] % LINK_TYPES), step + STEP, len, len + step[4], &frame);
	tracker_packet(w->tracker, &frame, w->now, step[7] & 1);
	return len;
}

/* ---- */

static void move_time(struct world *w, uint8_t time)
{
	nsec_t step = (nsec_t)1 << (time & 63 ? (time & 63) - 1 : 0);

	if (time & 0x80)
		w->now = w->now < INT64_MIN / 2 ? INT64_MIN : w->now - step;
	else
		w->now = w->now > INT64_MAX / 2 ? INT64_MAX : w->now + step;
}

static void play(struct world *w, const uint8_t *at, size_t left)
{
	while (left >= STEP) {
		size_t used = STEP;

		move_time(w, at[5]);
		if (at[0] & 0x40 && at[5] & 0x40)
			tracker_advance(w->tracker, w->now);
		if ((at[0] & 3) != 3)
			feed_segment(w, at);
		else if (at[0] & 4)
			used += feed_frame(w, at, left - STEP);
		else
			feed_icmp(w, at);
		check_counts(w);
		at += used;
		left -= used;
	}
}

static void check_end(struct world *w)
{
	struct tracker_status status;

	w->finishing = true;
	w->last_over = 0;
	tracker_finish(w->tracker);
	tracker_status(w->tracker, &status);
	must(status.flows == w->told_over);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tracker_events events = {on_packet, on_decided, on_over};
	struct world w = {.now = 1000 * NSEC_PER_SEC};

	if (size == 0 || size > INPUT_MAX)
		return 0;
	w.options = (struct tracker_options){.max_flows = 1U + (data[0] & 7), .hold = data[0] >> 3};
	w.known = mem_alloc(FLOWS_MOST, sizeof *w.known);
	w.tracker = tracker_new(&w.options, &events, &w);
	play(&w, data + 1, size - 1);
	if (data[0] != 0xff)
		check_end(&w);
	tracker_free(w.tracker);
	free(w.known);
	return 0;
}
