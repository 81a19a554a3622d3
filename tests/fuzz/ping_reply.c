/* SPDX-License-Identifier: MIT */
/*
 * What comes in while three probes to each of two addresses are on their way. First byte: bits 0-1
 * the size of their data, bit 2: no raw sockets. Then packets: a byte of kind (bits 0-1: data,
 * error, stamp, time; bit 2: IPv6; bits 3-5: 0 for arbitrary bytes, else the number of the probe
 * whose own bytes they change; bit 6: from or about whom was asked), a byte of length, the bytes.
 */
#include "../../src/probe/ping_way.h"

#include "../unit/probe/ping_world.h"

#include "netprobe/packet/checksum.h"
#include "netprobe/packet/echo.h"
#include "netprobe/packet/ip.h"

#include <arpa/inet.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PROBES = 6, /* 1 to 3 to the first address, by IPv4, 4 to 6 to the second */
	PROBE_MAX = 80,
	IP_HEADER = 20,
	COOKIE = 8,
	ID = 0x4e50,
	INPUT_MAX = 4096,
};

enum kind { KIND_DATA, KIND_ERROR, KIND_STAMP, KIND_TIME };

static const size_t sizes[] = {0, 7, 8, 56};

struct dgram {
	int family;
	uint8_t slot[PROBE_MAX];
	struct dgram_packet in;
	bool has_data, has_error;
	unsigned sent;
};

struct probe {
	uint8_t bytes[PROBE_MAX];
	size_t len;
	struct addr to;
	bool answered;
};

static struct {
	struct pinger *pinger;
	struct dgram sockets[2];
	struct probe probes[PROBES + 1]; /* by address and sequence */
	unsigned given, sent;
	size_t size;
	bool raw;
	const struct dgram_packet *now; /* what is being told of */
	unsigned told;
	uint64_t received, duplicates, lost, errors, corrupted;
} the;

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* --- sockets -------------------------------------------------------------------------------------
 */

uint8_t *dgram_slot(struct dgram *d)
{
	return d->slot;
}

void dgram_queue(struct dgram *d, const struct addr *to, size_t len, uint32_t key)
{
	struct probe *p = &the.probes[(d->family == 6 ? PROBES / 2 : 0) + ++d->sent];

	must(d->sent <= PROBES / 2 && len == ECHO_HEADER + the.size);
	memcpy(p->bytes, d->slot, len);
	p->len = len;
	p->to = *to;
	(void)key;
	the.sent++;
}

bool dgram_flush(struct dgram *d, struct dgram_failure failures[static DGRAM_BATCH], size_t *count)
{
	(void)d;
	(void)failures;
	*count = 0;
	return true;
}

size_t dgram_receive(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	if (!d->has_data)
		return 0;
	d->has_data = false;
	out[0] = d->in;
	return 1;
}

size_t dgram_receive_errors(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	if (!d->has_error)
		return 0;
	d->has_error = false;
	out[0] = d->in;
	return 1;
}

uint64_t dgram_dropped(struct dgram *d)
{
	(void)d;
	return 0;
}

int dgram_fd(const struct dgram *d)
{
	return d->family;
}

void dgram_free(struct dgram *d)
{
	(void)d;
}

/* --- what is told --------------------------------------------------------------------------------
 */

static int on_next(void *user, struct pinger_target *out)
{
	static const struct addr targets[] = {
		{.family = 4, .ip = {192, 0, 2, 1}},
		{.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
	};

	(void)user;
	if (the.given == ARRAY_SIZE(targets))
		return 0;
	*out = (struct pinger_target){"target", targets[the.given++]};
	return 1;
}

static struct probe *probe_of(const struct ping_host *h, uint64_t sequence)
{
	must(sequence >= 1 && sequence <= PROBES / 2);
	return &the.probes[sequence + (h->addr.family == 6 ? PROBES / 2 : 0)];
}

/* Written apart from ping_echo.c on purpose: the ICMP message of what came in. */
static struct cursor message_of(const struct dgram_packet *packet)
{
	struct cursor c;
	struct ip_header ip;

	cursor_init(&c, packet->bytes, packet->len);
	if (packet->kind == DGRAM_DATA && the.raw && !(the.now->peer.family == 6))
		must(ip_parse(&c, &ip));
	return c;
}

/* Whoever is believed has given back what only whom we asked has seen. */
static void check_bytes(const struct probe *p, enum ping_fault fault)
{
	struct cursor c = message_of(the.now);
	size_t left = cursor_left(&c), data = left - ECHO_HEADER;

	must(left >= ECHO_HEADER && memcmp(c.at + 6, p->bytes + 6, 2) == 0);
	must(c.at[0] == (p->to.family == 4 ? 0 : 129));
	if (the.raw)
		must(memcmp(c.at + 4, p->bytes + 4, 2) == 0);
	if (the.size < COOKIE)
		must(addr_same(&the.now->peer, &p->to));
	else
		must(data >= COOKIE && memcmp(c.at + 8, p->bytes + 8, COOKIE) == 0);
	if (fault <= PING_CORRUPT) {
		must(addr_same(&the.now->peer, &p->to) && data >= the.size);
		must((memcmp(c.at + 8, p->bytes + 8, the.size) == 0) == (fault == PING_SOUND));
	}
	if (fault <= PING_CORRUPT && the.raw && p->to.family == 4)
		must(checksum(c.at, left) == 0);
}

static void on_reply(void *user, const struct ping_host *h, const struct ping_reply *r)
{
	struct probe *p = probe_of(h, r->sequence);
	struct cursor c;

	(void)user;
	the.told++;
	must(the.now && the.now->kind == DGRAM_DATA);
	check_bytes(p, r->fault);
	c = message_of(the.now);
	must(r->bytes == cursor_left(&c) && r->ttl <= 255 && r->trip.rtt >= 0);
	must(addr_same(&r->from, &the.now->peer));
	if (r->fault > PING_CORRUPT) {
		the.told--; /* counts as foreign, too */
		must(!r->duplicate);
		return;
	}
	must(r->duplicate == p->answered);
	p->answered = true;
	the.received += !r->duplicate;
	the.duplicates += r->duplicate;
	the.corrupted += r->fault == PING_CORRUPT && !r->duplicate;
	if (r->fault == PING_CORRUPT)
		must(r->corrupt_at < the.size && r->corrupt_is != r->corrupt_not &&
			c.at[ECHO_HEADER + r->corrupt_at] == r->corrupt_is &&
			p->bytes[ECHO_HEADER + r->corrupt_at] == r->corrupt_not);
}

static void on_error(void *user, const struct ping_host *h, const struct ping_error *e)
{
	const struct probe *p = probe_of(h, e->sequence);
	struct cursor c;

	(void)user;
	the.told++;
	must(the.now && the.now->kind == DGRAM_ERROR && !p->answered);
	c = message_of(the.now);
	must(addr_same(&the.now->peer, &p->to));
	must(cursor_left(&c) >= ECHO_HEADER && c.at[0] == p->bytes[0]);
	must(memcmp(c.at + 6, p->bytes + 6, 2) == 0);
	if (the.size >= COOKIE && cursor_left(&c) >= ECHO_HEADER + COOKIE)
		must(memcmp(c.at + 8, p->bytes + 8, COOKIE) == 0);
	the.errors++;
}

static void on_lost(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	(void)user;
	must(!dropped_here && !probe_of(h, sequence)->answered);
	the.lost++;
}

static void on_outstanding(void *user, const struct ping_host *h, uint64_t sequence)
{
	(void)user;
	(void)probe_of(h, sequence);
}

static void on_done(void *user, struct ping_host *h)
{
	(void)user;
	must(ping_pending(&h->counts) == 0);
}

static void on_over(void *user)
{
	(void)user;
	pinger_stop(the.pinger);
}

static uint64_t foreign(void)
{
	struct pinger_status s;

	pinger_status(the.pinger, &s);
	return s.foreign;
}

static void check_counts(void)
{
	struct pinger_status s;
	const struct ping_counts *c = &s.counts;

	pinger_status(the.pinger, &s);
	must(c->sent == the.sent && c->received == the.received);
	must(c->duplicates == the.duplicates && c->corrupted == the.corrupted);
	must(c->received + c->lost + c->dropped_here <= c->sent);
	must(c->late <= c->received && c->errors <= c->lost && c->errors <= the.errors);
}

/* --- what comes in -------------------------------------------------------------------------------
 */

/* An answer to a probe, or the quote of it, as it comes in. */
static size_t model(uint8_t *out, const struct probe *p, bool answer)
{
	bool header = answer && the.raw && p->to.family == 4;
	uint8_t *icmp = out + (header ? IP_HEADER : 0);
	uint16_t sum;

	if (header) {
		memset(out, 0, IP_HEADER);
		out[0] = 0x45;
		out[8] = 64;
		out[9] = IPPROTO_ICMP;
	}
	memcpy(icmp, p->bytes, p->len);
	if (!answer)
		return p->len;
	icmp[0] = p->to.family == 4 ? 0 : 129;
	icmp[2] = icmp[3] = 0;
	sum = htons(checksum(icmp, p->len));
	if (p->to.family == 4)
		memcpy(icmp + 2, &sum, sizeof sum);
	return (size_t)(icmp - out) + p->len;
}

/* `changes`: pairs of a place and what is changed there; an odd one at the end cuts. */
static size_t change(uint8_t *bytes, size_t len, const uint8_t *changes, size_t count)
{
	for (size_t i = 0; i + 1 < count; i += 2)
		bytes[changes[i] % len] ^= changes[i + 1];
	return count % 2 ? changes[count - 1] % (len + 1) : len;
}

static void deliver(struct dgram *d, enum kind kind)
{
	uint64_t before = foreign();
	struct watch *watch = world.watches[d->family];

	the.told = 0;
	the.now = &d->in;
	d->has_data = kind == KIND_DATA;
	d->has_error = kind != KIND_DATA;
	watch->ready(watch, LOOP_IN, world.now);
	/* a packet is about one probe, or about none */
	must(the.told + (foreign() - before) <= 1);
	must(kind != KIND_DATA || the.told + (foreign() - before) == 1);
	the.now = NULL;
	check_counts();
}

static struct addr peer_of(uint8_t kind, int family, unsigned probe)
{
	struct addr other = {.family = (uint8_t)family, .ip = {10, 0, 0, 7}};

	if (kind & 0x40)
		return the.probes[probe ? probe : family == 6 ? PROBES : 1].to;
	return other;
}

static void packet(uint8_t kind, const uint8_t *bytes, size_t len)
{
	unsigned probe = (kind >> 3 & 7) % (PROBES + 1);
	int family = kind & 4 ? 6 : 4;
	struct dgram *d;
	uint8_t room[IP_HEADER + PROBE_MAX], *exact;
	size_t count = len;

	if (probe)
		family = the.probes[probe].to.family;
	d = &the.sockets[family == 6];
	if (probe) {
		count = model(room, &the.probes[probe], (kind & 3) == KIND_DATA);
		count = change(room, count, bytes, len);
	}
	/* of its own, so that a sanitizer sees whoever reads on */
	exact = malloc(count ? count : 1);
	must(exact != NULL);
	memcpy(exact, probe ? room : bytes, count);
	d->in = (struct dgram_packet){
		.kind = (kind & 3) == KIND_DATA    ? DGRAM_DATA
			: (kind & 3) == KIND_ERROR ? DGRAM_ERROR
						   : DGRAM_STAMP,
		.peer = peer_of(kind, family, probe),
		.bytes = exact,
		.len = count,
		.key = count ? exact[0] : 0,
		.stamp = clock_wall() + (count > 1 ? exact[1] - 128 : 0),
		.ttl = 64,
		.error.from = {.family = (uint8_t)family, .ip = {10, 0, 0, 254}},
	};
	deliver(d, kind & 3);
	free(exact);
}

static void pass(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		world.now += bytes[i] * 10 * MS;
	if (!world.stopped)
		world_turn();
	check_counts();
}

static void packets(const uint8_t *data, size_t size)
{
	while (size >= 2) {
		uint8_t kind = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;

		if ((kind & 3) == KIND_TIME)
			pass(data + 2, len);
		else
			packet(kind, data + 2, len);
		data += 2 + len;
		size -= 2 + len;
	}
}

/* --- a run ---------------------------------------------------------------------------------------
 */

static void start(uint8_t how)
{
	static const struct pinger_events events = {
		on_next, on_reply, on_error, on_lost, on_outstanding, on_done, on_over, NULL};
	const struct pinger_options options = {.count = PROBES / 2,
		.preload = PROBES / 2,
		.interval = NSEC_PER_SEC,
		.prompt = true};
	struct dgram *sockets[] = {&the.sockets[0], &the.sockets[1]};
	struct ping_payload payload = {.size = sizes[how & 3]};
	bool raw[2];

	memset(&the, 0, sizeof the);
	the.size = payload.size;
	the.raw = raw[0] = raw[1] = !(how & 4);
	the.sockets[0].family = 4;
	the.sockets[1].family = 6;
	world.now = 1000 * NSEC_PER_SEC;
	world.stopped = false;
	the.pinger = pinger_new(
		NULL, ping_echo_new(NULL, sockets, raw, ID, &payload), &options, &events);
	while (the.sent < PROBES) {
		world_turn();
		world.now += MS;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > INPUT_MAX)
		return 0;
	start(data[0]);
	packets(data + 1, size - 1);
	pass((const uint8_t *)"\377\377", 2);
	if (!world.stopped)
		must(the.received + the.lost + the.errors >= PROBES);
	pinger_free(the.pinger);
	return 0;
}
