/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/ping_way.h"

#include "../unit.h"
#include "ping_world.h"

#include "netprobe/packet/checksum.h"
#include "netprobe/packet/echo.h"

#include <arpa/inet.h>
#include <errno.h>

#define SEC NSEC_PER_SEC

enum { ID = 0x1234, ROOM = 256, SENT_MAX = 200000, IP_HEADER = 20, COOKIE = 8 };

/* --- sockets that the test reads and fills
 * --------------------------------------------------------
 */

struct sent {
	struct addr to;
	uint32_t key;
	size_t len;
	uint8_t bytes[80];
};

struct dgram {
	int family;
	uint8_t slots[DGRAM_BATCH][ROOM];
	unsigned waiting, gone;
	bool full;   /* nothing goes out now */
	bool pauses; /* after a refusal, until the next call */
	int refusal; /* errno for what goes out next, 0 for none */
	struct dgram_packet in[2 * DGRAM_BATCH], errors[2 * DGRAM_BATCH];
	unsigned in_count, error_count;
	uint8_t buffers[2 * DGRAM_BATCH][ROOM]; /* of `in` */
	bool endless;                           /* the first of `in` comes again and again */
	unsigned receives, freed;
	uint64_t drops;
};

static struct dgram four = {.family = 4}, six = {.family = 6};
static struct sent sent[SENT_MAX + 1]; /* from 1 */
static uint32_t sent_count;
static struct sent queued[2][DGRAM_BATCH];

uint8_t *dgram_slot(struct dgram *d)
{
	return d->waiting < DGRAM_BATCH ? d->slots[d->waiting] : NULL;
}

void dgram_queue(struct dgram *d, const struct addr *to, size_t len, uint32_t key)
{
	struct sent *q = &queued[d->family == 6][d->waiting];

	ck_assert_uint_le(len, sizeof q->bytes);
	*q = (struct sent){*to, key, len, {0}};
	memcpy(q->bytes, d->slots[d->waiting++], len);
}

bool dgram_flush(struct dgram *d, struct dgram_failure failures[static DGRAM_BATCH], size_t *count)
{
	*count = 0;
	if (d->full)
		return false;
	for (; d->gone < d->waiting; d->gone++) {
		sent[++sent_count] = queued[d->family == 6][d->gone];
		if (!d->refusal)
			continue;
		failures[(*count)++] = (struct dgram_failure){sent[sent_count].key, d->refusal};
		if (d->pauses) {
			d->gone++;
			return false;
		}
	}
	d->gone = 0;
	d->waiting = 0;
	return true;
}

size_t dgram_receive(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	unsigned count = d->in_count < DGRAM_BATCH ? d->in_count : DGRAM_BATCH;

	d->receives++;
	for (unsigned i = 0; i < DGRAM_BATCH && d->endless; i++)
		out[i] = d->in[0];
	if (d->endless)
		return DGRAM_BATCH;
	memcpy(out, d->in, count * sizeof *out);
	d->in_count -= count;
	memmove(d->in, d->in + count, d->in_count * sizeof *out);
	return count;
}

size_t dgram_receive_errors(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	unsigned count = d->error_count < DGRAM_BATCH ? d->error_count : DGRAM_BATCH;

	memcpy(out, d->errors, count * sizeof *out);
	d->error_count -= count;
	memmove(d->errors, d->errors + count, d->error_count * sizeof *out);
	return count;
}

uint64_t dgram_dropped(struct dgram *d)
{
	return d->drops;
}

int dgram_fd(const struct dgram *d)
{
	return d->family;
}

void dgram_free(struct dgram *d)
{
	if (d)
		d->freed++;
}

/* --- a ping through them -------------------------------------------------------------------------
 */

static struct {
	struct pinger *pinger;
	struct addr targets[4];
	unsigned count, given;
	struct pinger_options options;
	struct ping_payload payload;
	bool raw[2];
	struct dgram *sockets[2];
	struct ping_reply reply;
	struct ping_error error;
	unsigned replies, errors, lost, dropped;
} the = {
	.targets[0] = {.family = 4, .ip = {192, 0, 2, 1}},
	.count = 1,
	.options = {.interval = SEC, .preload = 1, .prompt = true},
	.payload = {.size = 56},
	.raw = {true, true},
	.sockets = {&four, &six},
};

static int on_next(void *user, struct pinger_target *out)
{
	(void)user;
	if (the.given == the.count)
		return 0;
	*out = (struct pinger_target){"target", the.targets[the.given++]};
	return 1;
}

static void on_reply(void *user, const struct ping_host *h, const struct ping_reply *r)
{
	(void)user;
	(void)h;
	the.reply = *r;
	the.replies++;
}

static void on_error(void *user, const struct ping_host *h, const struct ping_error *e)
{
	(void)user;
	(void)h;
	the.error = *e;
	the.errors++;
}

static void on_lost(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	(void)user;
	(void)h;
	(void)sequence;
	the.lost += !dropped_here;
	the.dropped += dropped_here;
}

static void on_outstanding(void *user, const struct ping_host *h, uint64_t sequence)
{
	(void)user;
	(void)h;
	(void)sequence;
}

static void on_done(void *user, struct ping_host *h)
{
	(void)user;
	(void)h;
}

static void on_over(void *user)
{
	(void)user;
	pinger_stop(the.pinger);
}

static struct pinger_status status(void)
{
	struct pinger_status s;

	pinger_status(the.pinger, &s);
	return s;
}

static void start(void)
{
	static const struct pinger_events events = {
		on_next, on_reply, on_error, on_lost, on_outstanding, on_done, on_over, NULL};
	struct ping_way *way = ping_echo_new(NULL, the.sockets, the.raw, ID, &the.payload);

	the.pinger = pinger_new(NULL, way, &the.options, &events);
	world_turn();
	ck_assert_uint_eq(status().counts.sent, 0);
	/* the kernel begins to stamp what comes in a moment after it was asked to */
	world.now = world.wanted;
	world_turn();
}

static void ask_v6(void)
{
	the.targets[0] = (struct addr){.family = 6, .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}};
}

static void run_for(nsec_t span)
{
	nsec_t until = world.now + span;

	while (!world.stopped && world.wanted <= until) {
		if (world.wanted > world.now)
			world.now = world.wanted;
		world_turn();
	}
	world.now = until;
}

static void end(void)
{
	pinger_free(the.pinger);
	ck_assert_uint_eq(four.freed, the.sockets[0] != NULL);
	ck_assert_uint_eq(six.freed, the.sockets[1] != NULL);
}

/* --- what comes in -------------------------------------------------------------------------------
 */

static void put_checksum(uint8_t *icmp, size_t len)
{
	uint16_t sum;

	icmp[2] = icmp[3] = 0;
	sum = htons(checksum(icmp, len));
	memcpy(icmp + 2, &sum, sizeof sum);
}

/* The answer to probe `i`, for the test to change before it is received. */
struct answer_to {
	struct addr from;
	uint8_t icmp[ROOM];
	size_t len;
	bool keep_checksum;
	uint8_t protocol;
	int ttl;
	nsec_t stamp;
};

static struct answer_to answer_to(uint32_t i)
{
	const struct sent *s = &sent[i];
	struct answer_to a = {.from = s->to, .len = s->len, .protocol = IPPROTO_ICMP, .ttl = 61};

	memcpy(a.icmp, s->bytes, s->len);
	a.icmp[0] = s->to.family == 4 ? 0 : 129;
	return a;
}

static void add_in(struct dgram *d, const struct addr *from, int ttl, nsec_t stamp, size_t len)
{
	ck_assert_uint_lt(d->in_count, 2 * DGRAM_BATCH);
	d->in[d->in_count] = (struct dgram_packet){
		.kind = DGRAM_DATA,
		.peer = *from,
		.bytes = d->buffers[d->in_count],
		.len = len,
		.stamp = stamp,
		.ttl = ttl,
	};
	d->in_count++;
}

/* With an IPv4 header where the socket gives one. */
static void put_in(struct dgram *d, const struct answer_to *a)
{
	bool header = d->family == 4 && the.raw[0];
	uint8_t *at = d->buffers[d->in_count];
	size_t len = a->len + (header ? IP_HEADER : 0);

	memset(at, 0, IP_HEADER);
	if (header) {
		at[0] = 0x45;
		at[2] = (uint8_t)(len >> 8);
		at[3] = (uint8_t)len;
		at[8] = (uint8_t)a->ttl;
		at[9] = a->protocol;
		memcpy(at + 12, a->from.ip, 4);
		at += IP_HEADER;
	}
	memcpy(at, a->icmp, a->len);
	if (d->family == 4 && !a->keep_checksum)
		put_checksum(at, a->len);
	add_in(d, &a->from, header ? -1 : a->ttl, a->stamp, len);
}

static void receive(const struct answer_to *a)
{
	struct dgram *d = a->from.family == 6 ? &six : &four;

	put_in(d, a);
	world.watches[d->family]->ready(world.watches[d->family], LOOP_IN, world.now);
}

static void receive_answer(uint32_t i)
{
	struct answer_to a = answer_to(i);

	receive(&a);
}

/* An ICMP error about probe `i` from `from`, `len` bytes of it quoted. */
static struct dgram_packet error_about(uint32_t i, const struct addr *from, size_t len)
{
	return (struct dgram_packet){
		.kind = DGRAM_ERROR,
		.peer = sent[i].to,
		.bytes = sent[i].bytes,
		.len = len,
		.ttl = -1,
		.error = {.from = *from, .type = from->family == 4 ? 3 : 1, .code = 1},
	};
}

static void receive_error(const struct dgram_packet *packet)
{
	struct dgram *d = packet->peer.family == 6 ? &six : &four;

	d->errors[d->error_count++] = *packet;
	world.watches[d->family]->ready(world.watches[d->family], LOOP_ERR, world.now);
}

static const struct addr router = {.family = 4, .ip = {10, 0, 0, 254}};
static const struct addr stranger = {.family = 4, .ip = {203, 0, 113, 9}};

/* --- questions -----------------------------------------------------------------------------------
 */

START_TEST(question_is_an_echo_request)
{
	struct echo e;

	start();
	ck_assert_uint_eq(sent_count, 1);
	ck_assert(addr_same(&sent[1].to, &the.targets[0]));
	ck_assert_uint_eq(sent[1].len, 64);
	ck_assert_uint_eq(sent[1].key, 1);
	echo_parse(4, sent[1].bytes, sent[1].len, &e);
	ck_assert_int_eq(e.kind, ECHO_REQUEST);
	ck_assert_uint_eq(e.id, ID);
	ck_assert_uint_eq(e.sequence, 1);
	ck_assert(echo_checksum_ok(sent[1].bytes, sent[1].len));
	for (size_t i = COOKIE; i < 56; i++)
		ck_assert_uint_eq(e.data[i], i);
	end();
}
END_TEST

START_TEST(question_to_ipv6_leaves_the_checksum_to_the_kernel)
{
	struct echo e;

	ask_v6();
	start();
	echo_parse(6, sent[1].bytes, sent[1].len, &e);
	ck_assert_int_eq(e.kind, ECHO_REQUEST);
	ck_assert_uint_eq(sent[1].bytes[2] | sent[1].bytes[3], 0);
	end();
}
END_TEST

START_TEST(question_carries_the_pattern_over_and_over)
{
	static const uint8_t pattern[] = {0xde, 0xad, 0xbe};

	the.payload = (struct ping_payload){20, pattern, sizeof pattern};
	start();
	ck_assert_uint_eq(sent[1].len, 28);
	for (size_t i = COOKIE; i < 20; i++)
		ck_assert_uint_eq(sent[1].bytes[ECHO_HEADER + i], pattern[i % 3]);
	end();
}
END_TEST

START_TEST(each_question_has_a_cookie_of_its_own)
{
	the.targets[1] = router;
	the.count = 2;
	start();
	run_for(SEC);
	ck_assert_uint_eq(sent_count, 4);
	for (uint32_t i = 1; i <= 4; i++)
		for (uint32_t k = i + 1; k <= 4; k++)
			ck_assert_mem_ne(
				sent[i].bytes + ECHO_HEADER, sent[k].bytes + ECHO_HEADER, COOKIE);
	end();
}
END_TEST

START_TEST(another_run_has_other_cookies)
{
	uint8_t first[COOKIE];

	start();
	memcpy(first, sent[1].bytes + ECHO_HEADER, COOKIE);
	end();
	four.freed = six.freed = the.given = 0;
	world.stopped = false;
	start();
	ck_assert_mem_ne(first, sent[2].bytes + ECHO_HEADER, COOKIE);
	end();
}
END_TEST

START_TEST(question_without_room_for_a_cookie_has_plain_data)
{
	the.payload.size = 7;
	start();
	ck_assert_uint_eq(sent[1].len, 15);
	ck_assert_mem_eq(sent[1].bytes + ECHO_HEADER, "\0\1\2\3\4\5\6", 7);
	end();
}
END_TEST

START_TEST(family_without_a_socket_is_no_route)
{
	ask_v6();
	the.sockets[1] = NULL;
	start();
	ck_assert_uint_eq(the.errors, 1);
	ck_assert_int_eq(the.error.reason, REASON_NO_ROUTE);
	ck_assert_int_eq(the.error.err, EAFNOSUPPORT);
	ck_assert_uint_eq(sent_count, 0);
	end();
}
END_TEST

static void fill(unsigned count)
{
	the.options.preload = count;
	the.options.interval = 3600 * SEC;
}

START_TEST(full_batch_is_sent_to_make_room)
{
	fill(100);
	start();
	while (sent_count < 100)
		world_turn();
	ck_assert_uint_eq(status().troubles, 0);
	end();
}
END_TEST

START_TEST(question_that_finds_no_room_is_asked_again)
{
	uint64_t troubles;

	fill(100);
	four.full = true;
	start();
	/* 64 wait, and their batch does not go out */
	run_for(10 * MS);
	ck_assert_uint_eq(status().counts.sent, 64);
	ck_assert_uint_gt(status().troubles, 1);
	ck_assert_uint_eq(sent_count, 0);
	four.full = false;
	troubles = status().troubles;
	run_for(10 * MS);
	ck_assert_uint_eq(sent_count, 100);
	ck_assert_uint_eq(status().troubles, troubles);
	for (uint32_t i = 1; i <= 100; i++)
		ck_assert_uint_eq(sent[i].key, i);
	ck_assert_uint_eq(the.errors, 0);
	end();
}
END_TEST

/* --- answers -------------------------------------------------------------------------------------
 */

START_TEST(answer_of_a_raw_socket_is_taken_from_behind_its_ip_header)
{
	start();
	world.now += 5 * MS;
	receive_answer(1);
	ck_assert_uint_eq(the.replies, 1);
	ck_assert_uint_eq(the.reply.sequence, 1);
	ck_assert_uint_eq(the.reply.bytes, 64);
	ck_assert_int_eq(the.reply.ttl, 61);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	ck_assert(addr_same(&the.reply.from, &the.targets[0]));
	ck_assert_int_eq(the.reply.trip.rtt, 5 * MS);
	ck_assert_int_eq(the.reply.trip.source, STAMPS_NONE);
	ck_assert_int_eq(the.reply.state, PORT_PENDING);
	ck_assert_uint_eq(status().foreign, 0);
	end();
}
END_TEST

START_TEST(answer_of_a_datagram_socket_has_no_ip_header)
{
	struct answer_to a;

	the.raw[0] = false;
	start();
	a = answer_to(1);
	/* the kernel has put an identifier of its own there */
	a.icmp[4] ^= 0xff;
	receive(&a);
	ck_assert_uint_eq(the.replies, 1);
	ck_assert_int_eq(the.reply.ttl, 61);
	ck_assert_uint_eq(the.reply.bytes, 64);
	end();
}
END_TEST

START_TEST(answer_by_ipv6_is_taken_raw_or_not)
{
	ask_v6();
	the.raw[1] = false;
	start();
	receive_answer(1);
	ck_assert_uint_eq(the.replies, 1);
	ck_assert_int_eq(the.reply.ttl, 61);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	end();
}
END_TEST

/* The stamp of the departure is read before the answer, though it comes by the other way. */
START_TEST(round_trip_is_the_kernels_where_both_stamps_are_there)
{
	struct answer_to a;

	start();
	four.errors[four.error_count++] = (struct dgram_packet){
		.kind = DGRAM_STAMP, .key = 1, .stamp = clock_wall() + 2 * MS};
	a = answer_to(1);
	a.stamp = clock_wall() + 5 * MS;
	world.now += 9 * MS;
	receive(&a);
	ck_assert_int_eq(the.reply.trip.source, STAMPS_BOTH);
	ck_assert_int_eq(the.reply.trip.wait, 2 * MS);
	ck_assert_int_eq(the.reply.trip.rtt, 3 * MS);
	ck_assert_int_eq(the.reply.trip.wake, 4 * MS);
	end();
}
END_TEST

START_TEST(stamps_find_their_probes_by_key)
{
	struct flight *f;

	fill(3);
	start();
	four.errors[0] = (struct dgram_packet){.kind = DGRAM_STAMP, .key = 2, .stamp = 77};
	four.errors[1] = (struct dgram_packet){.kind = DGRAM_LOCAL, .key = 1, .stamp = 66};
	four.error_count = 2;
	world.watches[4]->ready(world.watches[4], LOOP_ERR, world.now);
	f = flights_at(pinger_flights(the.pinger), 2);
	ck_assert_int_eq(f->wire, 77);
	ck_assert_int_eq(flights_at(pinger_flights(the.pinger), 1)->wire, 0);
	end();
}
END_TEST

static void expect_foreign(const struct answer_to *a)
{
	uint64_t before = status().foreign;

	receive(a);
	ck_assert_uint_eq(status().foreign, before + 1);
	ck_assert_uint_eq(status().counts.received, 0);
	ck_assert_uint_eq(the.replies, 0);
}

START_TEST(what_is_no_answer_of_ours_is_foreign)
{
	struct answer_to a;

	start();
	/* our own question, which loopback gives back */
	a = answer_to(1);
	a.icmp[0] = 8;
	expect_foreign(&a);
	/* another process */
	a = answer_to(1);
	a.icmp[5] ^= 1;
	expect_foreign(&a);
	/* a guess */
	a = answer_to(1);
	a.icmp[ECHO_HEADER + 7] ^= 1;
	expect_foreign(&a);
	a = answer_to(1);
	a.icmp[ECHO_HEADER] ^= 0x80;
	expect_foreign(&a);
	/* a probe that was never sent */
	a = answer_to(1);
	a.icmp[7] = 2;
	expect_foreign(&a);
	/* cut within the cookie */
	a = answer_to(1);
	a.len = ECHO_HEADER + COOKIE - 1;
	expect_foreign(&a);
	a = answer_to(1);
	a.len = ECHO_HEADER - 1;
	expect_foreign(&a);
	/* no ICMP */
	a = answer_to(1);
	a.protocol = IPPROTO_UDP;
	expect_foreign(&a);
	end();
}
END_TEST

START_TEST(packet_without_a_whole_ip_header_is_foreign)
{
	start();
	four.buffers[0][0] = 0x45;
	add_in(&four, &the.targets[0], -1, 0, 19);
	world.watches[4]->ready(world.watches[4], LOOP_IN, world.now);
	add_in(&four, &the.targets[0], -1, 0, 0);
	world.watches[4]->ready(world.watches[4], LOOP_IN, world.now);
	ck_assert_uint_eq(status().foreign, 2);
	end();
}
END_TEST

START_TEST(cookie_of_one_probe_does_not_answer_another)
{
	struct answer_to a;

	fill(2);
	start();
	a = answer_to(1);
	a.icmp[7] = 2;
	expect_foreign(&a);
	receive_answer(2);
	ck_assert_uint_eq(the.reply.sequence, 2);
	end();
}
END_TEST

START_TEST(answer_from_somebody_else_is_told_and_not_counted)
{
	struct answer_to a;

	start();
	a = answer_to(1);
	a.from = stranger;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_WRONG_SOURCE);
	ck_assert(addr_same(&the.reply.from, &stranger));
	ck_assert_uint_eq(status().counts.received, 0);
	ck_assert_uint_eq(status().foreign, 1);
	end();
}
END_TEST

START_TEST(whole_group_may_answer_for_a_multicast_address)
{
	struct answer_to a;

	the.targets[0] = (struct addr){.family = 4, .ip = {224, 0, 0, 1}};
	start();
	a = answer_to(1);
	a.from = stranger;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	a.from = router;
	receive(&a);
	ck_assert(the.reply.duplicate);
	ck_assert_uint_eq(status().counts.received, 1);
	end();
}
END_TEST

START_TEST(whole_group_may_answer_for_a_multicast_address_of_ipv6)
{
	struct answer_to a;

	the.targets[0] = (struct addr){.family = 6, .ip = {0xff, 2, [15] = 1}};
	start();
	a = answer_to(1);
	a.from = (struct addr){.family = 6, .ip = {0xfe, 0x80, [15] = 9}};
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	end();
}
END_TEST

/* Linux takes them for itself. */
START_TEST(this_machine_may_answer_for_the_unspecified_address)
{
	struct answer_to a;

	the.targets[0] = (struct addr){.family = 4};
	the.targets[1] = (struct addr){.family = 6};
	the.count = 2;
	start();
	a = answer_to(1);
	a.from = (struct addr){.family = 4, .ip = {127, 0, 0, 1}};
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	a = answer_to(2);
	a.from = (struct addr){.family = 6, .ip = {[15] = 1}};
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	ck_assert_uint_eq(status().counts.received, 2);
	end();
}
END_TEST

START_TEST(group_answers_without_a_cookie_too)
{
	struct answer_to a;

	the.payload.size = 0;
	the.targets[0] = (struct addr){.family = 4, .ip = {224, 0, 0, 1}};
	start();
	a = answer_to(1);
	a.from = stranger;
	receive(&a);
	ck_assert_uint_eq(status().counts.received, 1);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	end();
}
END_TEST

START_TEST(answer_with_a_bad_checksum_is_told_and_not_counted)
{
	struct answer_to a;

	start();
	a = answer_to(1);
	a.keep_checksum = true;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_BAD_CHECKSUM);
	ck_assert_uint_eq(status().counts.received, 0);
	end();
}
END_TEST

/* The kernel has judged it, or it cannot be judged here. */
START_TEST(checksum_of_datagram_sockets_and_ipv6_is_not_judged)
{
	struct answer_to a;

	the.raw[0] = false;
	the.count = 2;
	the.targets[1] = (struct addr){.family = 6, .ip = {0x20, 1, [15] = 1}};
	start();
	for (uint32_t i = 1; i <= 2; i++) {
		a = answer_to(i);
		a.keep_checksum = true;
		a.icmp[2] ^= 0x55;
		receive(&a);
		ck_assert_uint_eq(the.replies, i);
		ck_assert_int_eq(the.reply.fault, PING_SOUND);
	}
	end();
}
END_TEST

START_TEST(answer_with_other_data_is_corrupt_and_says_where)
{
	struct answer_to a;

	start();
	a = answer_to(1);
	a.icmp[ECHO_HEADER + 20] = 0xaa;
	a.icmp[ECHO_HEADER + 30] = 0xbb;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_CORRUPT);
	ck_assert_uint_eq(the.reply.corrupt_at, 20);
	ck_assert_uint_eq(the.reply.corrupt_is, 0xaa);
	ck_assert_uint_eq(the.reply.corrupt_not, 20);
	ck_assert_uint_eq(status().counts.received, 1);
	ck_assert_uint_eq(status().counts.corrupted, 1);
	end();
}
END_TEST

START_TEST(first_and_last_byte_of_the_data_are_compared)
{
	struct answer_to a;

	fill(2);
	start();
	a = answer_to(1);
	a.icmp[ECHO_HEADER + COOKIE] ^= 1;
	receive(&a);
	ck_assert_uint_eq(the.reply.corrupt_at, COOKIE);
	a = answer_to(2);
	a.icmp[ECHO_HEADER + 55] ^= 1;
	receive(&a);
	ck_assert_uint_eq(the.reply.corrupt_at, 55);
	ck_assert_uint_eq(status().counts.corrupted, 2);
	end();
}
END_TEST

START_TEST(short_answer_is_told_and_not_counted)
{
	struct answer_to a;

	start();
	a = answer_to(1);
	a.len--;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_TRUNCATED);
	ck_assert_uint_eq(the.reply.bytes, 63);
	ck_assert_uint_eq(status().counts.received, 0);
	a = answer_to(1);
	a.len++;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	end();
}
END_TEST

/* Without a cookie address and sequence have to do. */
START_TEST(answer_without_a_cookie_must_come_from_whom_was_asked)
{
	struct answer_to a;

	the.payload.size = 7;
	start();
	a = answer_to(1);
	a.from = stranger;
	expect_foreign(&a);
	a = answer_to(1);
	a.icmp[ECHO_HEADER] ^= 1;
	receive(&a);
	ck_assert_int_eq(the.reply.fault, PING_CORRUPT);
	ck_assert_uint_eq(the.reply.corrupt_at, 0);
	end();
}
END_TEST

START_TEST(answer_without_data_is_sound)
{
	the.payload.size = 0;
	start();
	receive_answer(1);
	ck_assert_int_eq(the.reply.fault, PING_SOUND);
	ck_assert_uint_eq(the.reply.bytes, ECHO_HEADER);
	end();
}
END_TEST

/* Three probes on their way bear the same sequence field. */
START_TEST(sequence_fields_that_wrapped_are_told_apart_by_their_cookies)
{
	the.options.interval = 5 * NSEC_PER_USEC;
	the.options.timeout = SEC;
	start();
	run_for(900 * MS);
	ck_assert_uint_gt(sent_count, 131080);
	for (uint32_t i = 5; i <= 131077; i += 65536) {
		receive_answer(i);
		ck_assert_uint_eq(the.reply.sequence, i);
		ck_assert(!the.reply.duplicate);
	}
	ck_assert_uint_eq(status().counts.received, 3);
	ck_assert_uint_eq(status().foreign, 0);
	end();
}
END_TEST

START_TEST(sequence_field_without_a_cookie_means_the_newest)
{
	the.payload.size = 0;
	the.options.interval = 10 * NSEC_PER_USEC;
	the.options.timeout = SEC;
	start();
	run_for(900 * MS);
	ck_assert_uint_gt(sent_count, 65540);
	receive_answer(4);
	ck_assert_uint_eq(the.reply.sequence, 65540);
	end();
}
END_TEST

START_TEST(whole_batches_are_taken_until_one_is_not_full)
{
	struct answer_to a;

	start();
	a = answer_to(1);
	for (int i = 0; i < 2 * DGRAM_BATCH - 1; i++)
		put_in(&four, &a);
	receive(&a);
	ck_assert_uint_eq(four.in_count, 0);
	ck_assert_uint_eq(status().counts.duplicates, 2 * DGRAM_BATCH - 1);
	end();
}
END_TEST

/* A flood shall not hold up the rest, nor make a loss of what waits behind it. */
START_TEST(flood_of_strangers_does_not_hold_up_the_rest)
{
	struct answer_to a;

	the.options = (struct pinger_options){.interval = 10 * MS, .preload = 1, .count = 1};
	start();
	a = answer_to(1);
	a.icmp[4] ^= 1;
	put_in(&four, &a);
	four.endless = true;
	world.now += 2 * SEC;
	world_turn();
	ck_assert_uint_le(status().foreign, 100 * DGRAM_BATCH);
	ck_assert_uint_eq(the.lost, 0);
	four.endless = false;
	four.in_count = 0;
	world_turn();
	ck_assert_uint_eq(the.lost, 1);
	end();
}
END_TEST

START_TEST(drops_of_both_sockets_are_added_up)
{
	fill(1);
	the.count = 2;
	the.options.count = 1;
	the.targets[1] = (struct addr){.family = 6, .ip = {0x20, 1, [15] = 1}};
	start();
	four.drops = 1;
	six.drops = 1;
	run_for(2 * SEC);
	ck_assert_uint_eq(the.dropped, 2);
	end();
}
END_TEST

/* --- errors --------------------------------------------------------------------------------------
 */

START_TEST(error_from_a_router_is_told_with_all_it_says)
{
	struct dgram_packet e;

	start();
	world.now += 3 * MS;
	e = error_about(1, &router, sent[1].len);
	e.error.code = 4;
	e.error.mtu = 1400;
	receive_error(&e);
	ck_assert_uint_eq(the.errors, 1);
	ck_assert_uint_eq(the.error.sequence, 1);
	ck_assert_int_eq(the.error.reason, REASON_ICMP);
	ck_assert(addr_same(&the.error.from, &router));
	ck_assert_uint_eq(the.error.icmp_type, 3);
	ck_assert_uint_eq(the.error.icmp_code, 4);
	ck_assert_uint_eq(the.error.mtu, 1400);
	ck_assert_int_eq(the.error.elapsed, 3 * MS);
	end();
}
END_TEST

/* RFC 792 has routers quote 8 bytes of our packet: no cookie is among them. */
START_TEST(error_that_quotes_8_bytes_is_known_by_address_and_sequence)
{
	struct dgram_packet e;

	start();
	e = error_about(1, &router, ECHO_HEADER);
	e.peer = stranger;
	receive_error(&e);
	ck_assert_uint_eq(the.errors, 0);
	e.peer = the.targets[0];
	receive_error(&e);
	ck_assert_uint_eq(the.errors, 1);
	ck_assert_uint_eq(status().foreign, 1);
	end();
}
END_TEST

START_TEST(error_about_what_was_not_sent_is_foreign)
{
	struct dgram_packet e;
	uint8_t forged[64];

	start();
	memcpy(forged, sent[1].bytes, sizeof forged);
	e = error_about(1, &router, sizeof forged);
	e.bytes = forged;
	/* another cookie */
	forged[ECHO_HEADER] ^= 1;
	receive_error(&e);
	/* another process */
	forged[ECHO_HEADER] ^= 1;
	forged[5] ^= 1;
	receive_error(&e);
	/* a quoted answer */
	forged[5] ^= 1;
	forged[0] = 0;
	receive_error(&e);
	/* too short */
	forged[0] = 8;
	e.len = ECHO_HEADER - 1;
	receive_error(&e);
	ck_assert_uint_eq(the.errors, 0);
	ck_assert_uint_eq(status().foreign, 4);
	/* and the right cookie to a wrong address */
	e.len = sizeof forged;
	e.peer = stranger;
	receive_error(&e);
	ck_assert_uint_eq(the.errors, 0);
	ck_assert_uint_eq(status().foreign, 5);
	end();
}
END_TEST

START_TEST(error_from_ourselves_is_our_own_firewall)
{
	struct dgram_packet e;

	world.own = router;
	fill(2);
	start();
	e = error_about(1, &router, 64);
	receive_error(&e);
	ck_assert_int_eq(the.error.reason, REASON_LOCAL);
	e = error_about(2, &router, 64);
	receive_error(&e);
	ck_assert_int_eq(the.error.reason, REASON_LOCAL);
	ck_assert_uint_eq(the.errors, 2);
	end();
}
END_TEST

START_TEST(error_from_ourselves_about_a_silent_neighbour_is_arp)
{
	struct dgram_packet e;

	world.own = router;
	world.unresolved = true;
	start();
	e = error_about(1, &router, 64);
	receive_error(&e);
	ck_assert_int_eq(the.error.reason, REASON_ARP);
	end();
}
END_TEST

/* Who it was is looked up anew for each sender. */
START_TEST(errors_of_a_router_and_our_own_are_told_apart)
{
	struct dgram_packet e;

	world.own = stranger;
	fill(4);
	start();
	for (uint32_t i = 1; i <= 4; i++) {
		e = error_about(i, i % 2 ? &router : &stranger, 64);
		receive_error(&e);
		ck_assert_uint_eq(the.errors, i);
		ck_assert_int_eq(the.error.reason, i % 2 ? REASON_ICMP : REASON_LOCAL);
	}
	end();
}
END_TEST

START_TEST(error_from_ourselves_is_an_answer_where_we_are_asked)
{
	struct dgram_packet e;

	world.own = the.targets[0];
	start();
	e = error_about(1, &the.targets[0], 64);
	receive_error(&e);
	ck_assert_int_eq(the.error.reason, REASON_ICMP);
	end();
}
END_TEST

/* --- what this machine refuses -------------------------------------------------------------------
 */

static void expect_refusal(int err, enum port_reason reason)
{
	unsigned before = the.errors;

	four.refusal = err;
	run_for(SEC);
	ck_assert_uint_eq(the.errors, before + 1);
	ck_assert_int_eq(the.error.reason, reason);
	ck_assert_int_eq(the.error.err, err);
	ck_assert_uint_eq(the.error.sequence, before + 2);
	ck_assert_uint_eq(the.error.from.family, 0);
	ck_assert_int_eq(the.error.elapsed, 0);
}

START_TEST(refused_packets_are_told_with_their_ground)
{
	start();
	receive_answer(1);
	expect_refusal(EPERM, REASON_LOCAL);
	expect_refusal(ENETUNREACH, REASON_NO_ROUTE);
	expect_refusal(EACCES, REASON_NO_ROUTE);
	expect_refusal(EIO, REASON_LOCAL);
	ck_assert_uint_eq(the.error.mtu, 0);
	end();
}
END_TEST

/* The socket wants its stamps to be read before it goes on. */
START_TEST(refusals_with_a_pause_are_no_want_of_room)
{
	fill(20);
	four.pauses = true;
	four.refusal = EPERM;
	start();
	ck_assert_uint_eq(the.errors, 20);
	ck_assert_uint_eq(sent_count, 20);
	ck_assert_uint_eq(status().troubles, 0);
	ck_assert_uint_eq(status().counts.dropped_here, 20);
	end();
}
END_TEST

/* How long it may be stands in the error queue. */
START_TEST(too_long_packet_is_told_with_the_mtu)
{
	start();
	receive_answer(1);
	four.errors[four.error_count++] =
		(struct dgram_packet){.kind = DGRAM_LOCAL, .error = {.err = EMSGSIZE, .mtu = 1300}};
	expect_refusal(EMSGSIZE, REASON_LOCAL);
	ck_assert_uint_eq(the.error.mtu, 1300);
	/* for another reason it does not matter */
	expect_refusal(EPERM, REASON_LOCAL);
	ck_assert_uint_eq(the.error.mtu, 0);
	end();
}
END_TEST

START_TEST(sockets_are_watched_and_freed)
{
	start();
	ck_assert_ptr_nonnull(world.watches[4]);
	ck_assert_ptr_nonnull(world.watches[6]);
	ck_assert_ptr_ne(world.watches[4], world.watches[6]);
	end();
}
END_TEST

UNIT_MAIN("probe/ping_echo", question_is_an_echo_request,
	question_to_ipv6_leaves_the_checksum_to_the_kernel,
	question_carries_the_pattern_over_and_over, each_question_has_a_cookie_of_its_own,
	another_run_has_other_cookies, question_without_room_for_a_cookie_has_plain_data,
	family_without_a_socket_is_no_route, full_batch_is_sent_to_make_room,
	question_that_finds_no_room_is_asked_again,
	answer_of_a_raw_socket_is_taken_from_behind_its_ip_header,
	answer_of_a_datagram_socket_has_no_ip_header, answer_by_ipv6_is_taken_raw_or_not,
	round_trip_is_the_kernels_where_both_stamps_are_there, stamps_find_their_probes_by_key,
	what_is_no_answer_of_ours_is_foreign, packet_without_a_whole_ip_header_is_foreign,
	cookie_of_one_probe_does_not_answer_another,
	answer_from_somebody_else_is_told_and_not_counted,
	whole_group_may_answer_for_a_multicast_address,
	whole_group_may_answer_for_a_multicast_address_of_ipv6,
	this_machine_may_answer_for_the_unspecified_address, group_answers_without_a_cookie_too,
	answer_with_a_bad_checksum_is_told_and_not_counted,
	checksum_of_datagram_sockets_and_ipv6_is_not_judged,
	answer_with_other_data_is_corrupt_and_says_where,
	first_and_last_byte_of_the_data_are_compared, short_answer_is_told_and_not_counted,
	answer_without_a_cookie_must_come_from_whom_was_asked, answer_without_data_is_sound,
	sequence_fields_that_wrapped_are_told_apart_by_their_cookies,
	sequence_field_without_a_cookie_means_the_newest,
	whole_batches_are_taken_until_one_is_not_full, flood_of_strangers_does_not_hold_up_the_rest,
	drops_of_both_sockets_are_added_up, error_from_a_router_is_told_with_all_it_says,
	error_that_quotes_8_bytes_is_known_by_address_and_sequence,
	error_about_what_was_not_sent_is_foreign, error_from_ourselves_is_our_own_firewall,
	error_from_ourselves_about_a_silent_neighbour_is_arp,
	errors_of_a_router_and_our_own_are_told_apart,
	error_from_ourselves_is_an_answer_where_we_are_asked,
	refused_packets_are_told_with_their_ground, refusals_with_a_pause_are_no_want_of_room,
	too_long_packet_is_told_with_the_mtu, sockets_are_watched_and_freed)
