/* SPDX-License-Identifier: MIT */
#include "ping_way.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"
#include "netprobe/packet/echo.h"
#include "netprobe/packet/ip.h"

#include <arpa/inet.h>
#include <errno.h>

/*
 * ICMP echo through one socket a family. Sequence fields are the lowest 16 bits of the flight's
 * number, and the data begins with a cookie that only this process can make: which address was
 * asked, under which number, when. So any number of probes can be in flight, and neither another
 * process nor a forger can answer one that it has not seen.
 */
enum {
	COOKIE = 8,
	ROUNDS = 64, /* batches that one call takes at the most: a flood shall not hold up the rest
		      */
};

/* The kernel stamps what comes in only a moment after it was first asked to (netstamp_needed_key is
 * switched by a work queue). */
#define STAMPS_BEGIN (3 * NSEC_PER_MSEC)

struct echo_socket {
	struct watch watch;
	struct echo_way *way;
	struct dgram *dgram;
	int family;
	bool raw;
	bool used;          /* something was sent */
	uint32_t mtu;       /* that the kernel named when it last refused a packet as too long */
	struct addr judged; /* last sender of an error, and whether it is an address of ours */
	bool judged_own;
};

struct echo_way {
	struct ping_way base;
	struct loop *loop;
	struct echo_socket sockets[2]; /* IPv4, IPv6 */
	uint16_t id;
	struct hash_key key;
	size_t size;
	uint8_t *data; /* what a probe carries, but for the cookie */
};

static struct echo_socket *socket_of(struct echo_way *w, int family)
{
	return &w->sockets[family == 6];
}

/* --- cookies ------------------------------------------------------------------------------------
 */

struct cookie_input {
	uint8_t ip[16];
	uint64_t number;
	nsec_t asked;
};

static uint64_t cookie_of(const struct echo_way *w, uint64_t number, const struct flight *f)
{
	struct cookie_input input = {.number = number, .asked = f->asked.mono};

	memcpy(input.ip, f->host->addr.ip, sizeof input.ip);
	return hash_keyed(&w->key, &input, sizeof input);
}

/* Groups are answered by their members, and 0.0.0.0 and :: by this machine. */
static bool has_other_sources(const struct addr *a)
{
	static const uint8_t unspecified[sizeof a->ip];

	if (memcmp(a->ip, unspecified, sizeof unspecified) == 0)
		return true;
	return a->family == 4 ? (a->ip[0] & 0xf0) == 0xe0 : a->ip[0] == 0xff;
}

/* Is it about this flight? `quoted`: an ICMP error's quote of our packet that went to `peer`, which
 * need not hold more than 8 bytes of it (RFC 792); else a reply from `peer`, who need not be whom
 * we asked. Where there is no cookie, address and sequence have to do. */
static bool is_about(const struct echo_way *w, uint64_t number, const struct flight *f,
	const struct echo *e, const struct addr *peer, bool quoted)
{
	bool bare = w->size < COOKIE || (quoted && e->size < COOKIE);
	uint64_t cookie;

	if (!f->host)
		return false;
	if ((bare || quoted) && !addr_same(&f->host->addr, peer) &&
		(quoted || !has_other_sources(&f->host->addr)))
		return false;
	if (bare)
		return true;
	cookie = cookie_of(w, number, f);
	return e->size >= COOKIE && memcmp(e->data, &cookie, sizeof cookie) == 0;
}

/* The flight that `e` is about, 0 for none. */
static uint64_t find_flight(
	struct echo_socket *s, const struct echo *e, const struct addr *peer, bool quoted)
{
	struct flights *flights = pinger_flights(s->way->base.pinger);
	uint64_t number = UINT64_MAX;

	/* the kernel chooses the identifier of a datagram socket, and sorts by it */
	if (s->raw && e->id != s->way->id)
		return 0;
	while ((number = flights_find(flights, e->sequence, number)) != 0)
		if (is_about(s->way, number, flights_at(flights, number), e, peer, quoted))
			return number;
	return 0;
}

/* --- sending ------------------------------------------------------------------------------------
 */

static bool echo_flush(struct ping_way *base);

static int echo_ask(struct ping_way *base, uint64_t number, struct flight *f)
{
	struct echo_way *w = container_of(base, struct echo_way, base);
	struct echo_socket *s = socket_of(w, f->host->addr.family);
	uint64_t cookie = cookie_of(w, number, f);
	uint8_t *packet;

	if (!s->dgram) {
		struct ping_error e = {.reason = REASON_NO_ROUTE, .err = EAFNOSUPPORT};

		pinger_failed(base->pinger, number, &e);
		return 0;
	}
	packet = dgram_slot(s->dgram);
	if (!packet && echo_flush(base))
		packet = dgram_slot(s->dgram);
	if (!packet)
		return -EAGAIN;
	s->used = true;
	memcpy(packet + ECHO_HEADER, w->data, w->size);
	if (w->size >= COOKIE)
		memcpy(packet + ECHO_HEADER, &cookie, sizeof cookie);
	echo_encode(s->family, w->id, (uint16_t)number, packet, ECHO_HEADER + w->size);
	dgram_queue(s->dgram, &f->host->addr, ECHO_HEADER + w->size, (uint32_t)number);
	return 0;
}

static void take_errors(struct echo_socket *s);

static void refuse(struct echo_socket *s, const struct dgram_failure *failure)
{
	struct pinger *p = s->way->base.pinger;
	struct ping_error e = {.reason = reason_of_errno(failure->err), .err = failure->err};

	if (e.reason == REASON_NONE)
		e.reason = REASON_LOCAL;
	if (failure->err == EMSGSIZE)
		e.mtu = s->mtu;
	pinger_failed(p, flights_number(pinger_flights(p), failure->key), &e);
}

static bool flush_socket(struct echo_socket *s)
{
	struct dgram_failure failures[DGRAM_BATCH];
	size_t count;
	bool all;

	do {
		all = dgram_flush(s->dgram, failures, &count);
		/* the error queue has the MTU of what was too long */
		if (count > 0)
			take_errors(s);
		for (size_t i = 0; i < count; i++)
			refuse(s, &failures[i]);
	} while (!all && count > 0);
	return all;
}

static bool echo_flush(struct ping_way *base)
{
	struct echo_way *w = container_of(base, struct echo_way, base);
	bool all = true;

	for (int i = 0; i < 2; i++)
		if (w->sockets[i].used)
			all &= flush_socket(&w->sockets[i]);
	return all;
}

/* --- errors -------------------------------------------------------------------------------------
 */

static bool is_own_address(struct echo_socket *s, const struct addr *a)
{
	struct next_hop hop;

	if (!s->judged.family || !addr_same(&s->judged, a)) {
		s->judged = *a;
		s->judged_own = route_next_hop(a, &hop) == 0 && hop.local;
	}
	return s->judged_own;
}

/* The kernel tells us of an unanswered ARP or ND request by an ICMP error of our own. */
static enum port_reason reason_of_error(
	struct echo_socket *s, const struct addr *to, const struct addr *from)
{
	if (!is_own_address(s, from) || addr_same(to, from))
		return REASON_ICMP;
	return route_is_unreached(to) ? REASON_ARP : REASON_LOCAL;
}

static void take_error(struct echo_socket *s, const struct dgram_packet *packet)
{
	struct pinger *p = s->way->base.pinger;
	struct ping_error error = {
		.from = packet->error.from,
		.icmp_type = packet->error.type,
		.icmp_code = packet->error.code,
		.mtu = packet->error.mtu,
	};
	struct echo quoted;
	uint64_t number;

	echo_parse(s->family, packet->bytes, packet->len, &quoted);
	number = quoted.kind == ECHO_REQUEST ? find_flight(s, &quoted, &packet->peer, true) : 0;
	if (number == 0) {
		pinger_foreign(p);
		return;
	}
	error.reason = reason_of_error(s, &packet->peer, &error.from);
	error.elapsed = clock_now() - flights_at(pinger_flights(p), number)->asked.mono;
	pinger_failed(p, number, &error);
}

/* Stamps of departures and ICMP errors come the same way. */
static void take_errors(struct echo_socket *s)
{
	struct dgram_packet packets[DGRAM_BATCH];
	size_t count, rounds = 0;

	do {
		count = dgram_receive_errors(s->dgram, packets);
		for (size_t i = 0; i < count; i++) {
			const struct dgram_packet *packet = &packets[i];

			if (packet->kind == DGRAM_STAMP)
				pinger_departed(s->way->base.pinger, packet->key, packet->stamp);
			else if (packet->kind == DGRAM_ERROR)
				take_error(s, packet);
			else if (packet->error.mtu)
				s->mtu = packet->error.mtu;
		}
	} while (count == DGRAM_BATCH && ++rounds < ROUNDS);
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* The ICMP message of a packet that came in; false for what is none. */
static bool find_message(const struct echo_socket *s, const struct dgram_packet *packet,
	struct ping_reply *r, struct cursor *message)
{
	struct ip_header ip;

	cursor_init(message, packet->bytes, packet->len);
	r->ttl = packet->ttl;
	if (s->family == 6 || !s->raw)
		return true;
	if (!ip_parse(message, &ip) || ip.protocol != IPPROTO_ICMP)
		return false;
	r->ttl = ip.ttl;
	return true;
}

/* Compares what came back with what was sent. */
static void judge_data(const struct echo_way *w, const struct echo *e, struct ping_reply *r)
{
	if (e->size < w->size) {
		r->fault = PING_TRUNCATED;
		return;
	}
	for (size_t i = w->size < COOKIE ? 0 : COOKIE; i < w->size; i++) {
		if (e->data[i] == w->data[i])
			continue;
		r->fault = PING_CORRUPT;
		r->corrupt_at = i;
		r->corrupt_is = e->data[i];
		r->corrupt_not = w->data[i];
		return;
	}
}

static void judge(const struct echo_socket *s, const struct cursor *message, const struct echo *e,
	const struct addr *asked, struct ping_reply *r)
{
	/* of ICMPv6, and of what datagram sockets get, the kernel has checked it */
	if (s->family == 4 && s->raw && !echo_checksum_ok(message->at, cursor_left(message)))
		r->fault = PING_BAD_CHECKSUM;
	else if (!addr_same(&r->from, asked) && !has_other_sources(asked))
		r->fault = PING_WRONG_SOURCE;
	else
		judge_data(s->way, e, r);
}

static void take_reply(
	struct echo_socket *s, const struct dgram_packet *packet, const struct instant *read)
{
	struct pinger *p = s->way->base.pinger;
	struct ping_reply r = {.from = packet->peer};
	struct echo e = {0};
	struct cursor message;
	const struct flight *f;
	struct stamps stamps;
	uint64_t number = 0;

	if (find_message(s, packet, &r, &message)) {
		echo_parse(s->family, message.at, cursor_left(&message), &e);
		number = e.kind == ECHO_REPLY ? find_flight(s, &e, &packet->peer, false) : 0;
	}
	if (number == 0) {
		pinger_foreign(p);
		return;
	}
	f = flights_at(pinger_flights(p), number);
	r.bytes = cursor_left(&message);
	judge(s, &message, &e, &f->host->addr, &r);
	stamps = (struct stamps){f->asked, *read, f->wire, packet->stamp};
	r.trip = round_trip_of(&stamps);
	pinger_answered(p, number, &r);
}

static bool receive_from(struct echo_socket *s)
{
	struct dgram_packet packets[DGRAM_BATCH];
	size_t count, rounds = 0;

	do {
		struct instant read;

		count = dgram_receive(s->dgram, packets);
		read = instant_now();
		/* the stamp of a departure is queued before the answer can come */
		take_errors(s);
		for (size_t i = 0; i < count; i++)
			take_reply(s, &packets[i], &read);
	} while (count == DGRAM_BATCH && ++rounds < ROUNDS);
	return count < DGRAM_BATCH;
}

static bool echo_receive(struct ping_way *base)
{
	struct echo_way *w = container_of(base, struct echo_way, base);
	bool all = true;

	for (int i = 0; i < 2; i++)
		if (w->sockets[i].used)
			all &= receive_from(&w->sockets[i]);
	return all;
}

static void socket_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	(void)events;
	(void)now;
	receive_from(container_of(watch, struct echo_socket, watch));
}

static void echo_watch(struct ping_way *base)
{
	struct echo_way *w = container_of(base, struct echo_way, base);

	for (int i = 0; i < 2; i++)
		if (w->sockets[i].dgram)
			loop_watch(w->loop, dgram_fd(w->sockets[i].dgram), LOOP_IN,
				&w->sockets[i].watch);
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void echo_leave(struct ping_way *base, struct flight *f)
{
	(void)base;
	(void)f; /* no flight has anything of its own here */
}

static uint64_t echo_dropped(struct ping_way *base)
{
	struct echo_way *w = container_of(base, struct echo_way, base);
	uint64_t sum = 0;

	for (int i = 0; i < 2; i++)
		if (w->sockets[i].dgram)
			sum += dgram_dropped(w->sockets[i].dgram);
	return sum;
}

static void echo_free(struct ping_way *base)
{
	struct echo_way *w = container_of(base, struct echo_way, base);

	for (int i = 0; i < 2; i++)
		dgram_free(w->sockets[i].dgram);
	free(w->data);
	free(w);
}

static const struct ping_way_functions echo_functions = {
	.ask = echo_ask,
	.flush = echo_flush,
	.receive = echo_receive,
	.watch = echo_watch,
	.leave = echo_leave,
	.dropped = echo_dropped,
	.free = echo_free,
};

struct ping_way *ping_echo_new(struct loop *loop, struct dgram *const sockets[2], const bool raw[2],
	uint16_t id, const struct ping_payload *payload)
{
	struct echo_way *w = mem_alloc(1, sizeof *w);

	w->base.call = &echo_functions;
	w->base.warm_up = STAMPS_BEGIN;
	w->loop = loop;
	w->id = id;
	w->size = payload->size;
	w->data = mem_alloc(payload->size + 1, 1);
	for (size_t i = 0; i < payload->size; i++)
		w->data[i] = payload->pattern_len ? payload->pattern[i % payload->pattern_len]
						  : (uint8_t)i;
	hash_key_init(&w->key);
	for (int i = 0; i < 2; i++)
		w->sockets[i] = (struct echo_socket){
			.watch.ready = socket_ready,
			.way = w,
			.dgram = sockets[i],
			.family = i ? 6 : 4,
			.raw = raw[i],
		};
	return &w->base;
}
