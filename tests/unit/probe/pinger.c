/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/ping_way.h"

#include "../unit.h"
#include "ping_world.h"

#include "netprobe/base/rng.h"
#include "netprobe/base/strbuf.h"

#include <errno.h>

#define SEC NSEC_PER_SEC

enum {
	HOSTS_MAX = 140000,
	ASKS_MAX = 300000,
	TURNS_MAX = 1000000, /* what asks for more of them does not let time pass */
	WALK_EVENTS = 100000,
	WALK_ROUNDS = 50,
};

/* What the test knows of a probe by what the pinger told. */
enum fate { FATE_PENDING, FATE_RECEIVED, FATE_LOST, FATE_DROPPED, FATE_FAILED };

struct asked {
	uint64_t number;
	unsigned host; /* from 1 */
	uint64_t sequence;
	nsec_t at;
	enum fate fate;
	bool left; /* the way was told that its answer is not waited for */
};

struct known {
	struct ping_counts counts;
	uint32_t last; /* index of its last probe, from 1 */
	bool done, told;
};

static struct asked asks[ASKS_MAX + 1]; /* from 1, in the order in which they left */
static uint32_t asked;
static struct known known[HOSTS_MAX + 1];

static struct {
	struct pinger *pinger;
	struct pinger_options options;
	unsigned hosts, ready, given; /* targets: in all, resolved, handed out */
	struct strbuf said;
	struct ping_reply reply;
	struct ping_error error;
	uint64_t foreign, done, overs;
	nsec_t started;
	bool forgets; /* what is done is forgotten, as soon as it is the oldest */
	bool unchecked, mute, outstanding;
} the;

/* --- a way of asking that does what it is told ---------------------------------------------------
 */

static struct {
	struct ping_way base;
	unsigned no_room;   /* questions that are refused */
	unsigned full;      /* flushes that are refused */
	unsigned more;      /* receive() has more than it took */
	uint32_t inbox[16]; /* answers that wait in the kernel */
	unsigned waiting;
	uint64_t dropped;
	unsigned receives;
	bool carries; /* keeps something with each probe */
	bool watched, freed;
} way;

static unsigned host_of(const struct addr *a)
{
	return (unsigned)a->ip[1] << 16 | (unsigned)a->ip[2] << 8 | a->ip[3];
}

static int way_ask(struct ping_way *base, uint64_t number, struct flight *f)
{
	unsigned host = host_of(&f->host->addr);

	ck_assert_ptr_eq(base, &way.base);
	if (way.no_room > 0) {
		way.no_room--;
		return -EAGAIN;
	}
	ck_assert_uint_lt(asked, ASKS_MAX);
	ck_assert_int_eq(f->asked.mono, world.now);
	asks[++asked] = (struct asked){number, host, f->sequence, world.now, FATE_PENDING, false};
	f->carrier = way.carries ? &asks[asked] : NULL;
	known[host].last = asked;
	known[host].counts.sent++;
	ck_assert_uint_eq(f->sequence, known[host].counts.sent);
	return 0;
}

static bool way_flush(struct ping_way *base)
{
	(void)base;
	if (way.full == 0)
		return true;
	way.full--;
	return false;
}

static void tell_answer(uint32_t i, nsec_t rtt, enum ping_fault fault)
{
	struct ping_reply r = {
		.from = {.family = 4, .ip = {9, 9, 9, 9}},
		.ttl = 64,
		.bytes = 64,
		.trip = {rtt, -1, -1, STAMPS_BOTH},
		.fault = fault,
	};

	pinger_answered(the.pinger, asks[i].number, &r);
}

static bool way_receive(struct ping_way *base)
{
	(void)base;
	way.receives++;
	while (way.waiting > 0) {
		uint32_t i = way.inbox[--way.waiting];

		tell_answer(i, world.now - asks[i].at, PING_SOUND);
	}
	if (way.more == 0)
		return true;
	way.more--;
	return false;
}

static void way_watch(struct ping_way *base)
{
	(void)base;
	way.watched = true;
}

static void way_leave(struct ping_way *base, struct flight *f)
{
	(void)base;
	if (f->carrier)
		((struct asked *)f->carrier)->left = true;
	f->carrier = NULL;
}

static uint64_t way_dropped(struct ping_way *base)
{
	(void)base;
	return way.dropped;
}

static void way_free(struct ping_way *base)
{
	(void)base;
	way.freed = true;
}

static const struct ping_way_functions way_functions = {
	way_ask, way_flush, way_receive, way_watch, way_leave, way_dropped, way_free};

/* --- what the pinger tells -----------------------------------------------------------------------
 */

/* "reply 1, lost 2, done"; with several addresses "2: reply 1". */
static void say(const struct ping_host *h, const char *what, uint64_t sequence)
{
	if (the.mute)
		return;
	if (the.said.len)
		strbuf_puts(&the.said, ", ");
	if (h && the.hosts > 1)
		strbuf_printf(&the.said, "%u: ", host_of(&h->addr));
	strbuf_puts(&the.said, what);
	if (sequence)
		strbuf_printf(&the.said, " %u", (unsigned)sequence);
}

/* The probe that an event is about: one that was asked, newest first. */
static struct asked *asked_by(const struct ping_host *h, uint64_t sequence)
{
	unsigned host = host_of(&h->addr);

	/* where it is the only one */
	if (sequence <= asked && asks[sequence].host == host && asks[sequence].sequence == sequence)
		return &asks[sequence];
	for (uint32_t i = known[host].last; i > 0; i--)
		if (asks[i].host == host && asks[i].sequence == sequence)
			return &asks[i];
	ck_abort_msg("probe %u of host %u was never asked", (unsigned)sequence, host);
}

static uint64_t *count_of(struct ping_counts *c, enum fate fate)
{
	switch (fate) {
	case FATE_RECEIVED:
		return &c->received;
	case FATE_DROPPED:
		return &c->dropped_here;
	case FATE_LOST:
	case FATE_FAILED:
		return &c->lost;
	case FATE_PENDING:
		break;
	}
	return NULL;
}

static void decide(const struct ping_host *h, uint64_t sequence, enum fate fate)
{
	struct asked *a = asked_by(h, sequence);
	struct ping_counts *c = &known[a->host].counts;

	if (count_of(c, a->fate))
		--*count_of(c, a->fate);
	c->errors -= a->fate == FATE_FAILED;
	a->fate = fate;
	++*count_of(c, fate);
	c->errors += fate == FATE_FAILED;
}

static int on_next(void *user, struct pinger_target *out)
{
	static char name[16];

	ck_assert_ptr_eq(user, &the);
	if (the.given == the.hosts)
		return 0;
	if (the.given == the.ready)
		return -EAGAIN;
	the.given++;
	snprintf(name, sizeof name, "h%u", the.given);
	*out = (struct pinger_target){
		.name = name,
		.addr = {.family = 4,
			.ip = {10, (uint8_t)(the.given >> 16), (uint8_t)(the.given >> 8),
				(uint8_t)the.given}},
	};
	return 1;
}

static void on_reply(void *user, const struct ping_host *h, const struct ping_reply *r)
{
	static const char *const words[] = {
		"reply", "corrupt", "wrong-source", "bad-checksum", "truncated"};
	struct ping_counts *c = &known[host_of(&h->addr)].counts;
	bool was_there = asked_by(h, r->sequence)->fate == FATE_RECEIVED;

	(void)user;
	the.reply = *r;
	say(h, r->duplicate ? "dup" : r->late ? "late" : words[r->fault], r->sequence);
	if (r->fault > PING_CORRUPT) {
		ck_assert(!r->duplicate && !r->late);
		the.foreign++;
		return;
	}
	ck_assert_int_eq(r->duplicate, was_there);
	ck_assert(!(r->duplicate && r->late));
	if (the.options.timeout && !r->duplicate)
		ck_assert_int_eq(r->late, r->trip.rtt > the.options.timeout);
	c->corrupted += !r->duplicate && r->fault == PING_CORRUPT;
	c->duplicates += r->duplicate;
	c->late += r->late;
	if (!r->duplicate)
		decide(h, r->sequence, FATE_RECEIVED);
}

static void on_error(void *user, const struct ping_host *h, const struct ping_error *e)
{
	enum fate fate = asked_by(h, e->sequence)->fate;

	(void)user;
	the.error = *e;
	say(h, "error", e->sequence);
	ck_assert(fate != FATE_RECEIVED && fate != FATE_FAILED);
	decide(h, e->sequence, e->reason == REASON_LOCAL ? FATE_DROPPED : FATE_FAILED);
}

static void on_lost(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	(void)user;
	say(h, dropped_here ? "dropped" : "lost", sequence);
	ck_assert_int_eq(asked_by(h, sequence)->fate, FATE_PENDING);
	decide(h, sequence, dropped_here ? FATE_DROPPED : FATE_LOST);
}

static void on_outstanding(void *user, const struct ping_host *h, uint64_t sequence)
{
	enum fate fate = asked_by(h, sequence)->fate;

	(void)user;
	if (the.outstanding)
		say(h, "outstanding", sequence);
	ck_assert(fate == FATE_PENDING || fate == FATE_LOST);
	ck_assert_uint_eq(sequence, h->counts.sent);
}

static void forget_done(void)
{
	struct ping_host *h;

	while ((h = pinger_host(the.pinger, NULL)) && h->done) {
		known[host_of(&h->addr)].told = true;
		pinger_forget_first(the.pinger);
	}
}

static void on_done(void *user, struct ping_host *h)
{
	struct known *k = &known[host_of(&h->addr)];

	(void)user;
	say(h, "done", 0);
	ck_assert(!k->done && h->done);
	k->done = true;
	the.done++;
	ck_assert(ping_pending(&h->counts) == 0 ||
		  (the.options.until_answer && h->counts.received > 0));
	if (the.forgets)
		forget_done();
}

static void on_over(void *user)
{
	(void)user;
	say(NULL, "over", 0);
	the.overs++;
	ck_assert_uint_eq(the.done, the.hosts);
	pinger_stop(the.pinger);
}

static const struct pinger_events events = {
	.next = on_next,
	.reply = on_reply,
	.error = on_error,
	.lost = on_lost,
	.outstanding = on_outstanding,
	.done = on_done,
	.over = on_over,
	.user = &the,
};

/* --- checks --------------------------------------------------------------------------------------
 */

static void same_counts(const struct ping_counts *a, const struct ping_counts *b)
{
	ck_assert_uint_eq(a->sent, b->sent);
	ck_assert_uint_eq(a->received, b->received);
	ck_assert_uint_eq(a->lost, b->lost);
	ck_assert_uint_eq(a->dropped_here, b->dropped_here);
	ck_assert_uint_eq(a->duplicates, b->duplicates);
	ck_assert_uint_eq(a->late, b->late);
	ck_assert_uint_eq(a->errors, b->errors);
	ck_assert_uint_eq(a->corrupted, b->corrupted);
}

static void check_host(const struct ping_host *h)
{
	const struct ping_counts *c = &h->counts;

	same_counts(c, &known[host_of(&h->addr)].counts);
	/* by what was told, nothing is counted twice or not at all */
	ck_assert_uint_eq(c->sent, c->received + c->lost + c->dropped_here + ping_pending(c));
	ck_assert_uint_le(ping_pending(c), c->sent);
	ck_assert_uint_le(c->errors, c->lost);
	ck_assert_uint_le(c->late, c->received);
	ck_assert_uint_eq(h->rtt.count, c->received);
	ck_assert_int_eq(h->done, known[host_of(&h->addr)].done);
}

/* After every step: each address, and the sum over all. */
static void check(void)
{
	struct pinger_status status;
	struct ping_counts sum = {0};

	if (the.unchecked)
		return;
	for (const struct ping_host *h = pinger_host(the.pinger, NULL); h;
		h = pinger_host(the.pinger, h))
		check_host(h);
	for (unsigned i = 1; i <= the.given; i++) {
		ping_add(&sum, &known[i].counts);
	}
	pinger_status(the.pinger, &status);
	ck_assert_uint_eq(status.hosts, the.given);
	ck_assert_uint_eq(status.foreign, the.foreign);
	same_counts(&status.counts, &sum);
}

static void turn(void)
{
	if (!world.stopped)
		world_turn();
	check();
}

/* --- steps ---------------------------------------------------------------------------------------
 */

static void start(unsigned hosts, const struct pinger_options *options)
{
	the.options = *options;
	if (the.options.preload == 0)
		the.options.preload = 1;
	the.hosts = hosts;
	if (the.ready == 0)
		the.ready = hosts;
	the.started = world.now;
	way.base.call = &way_functions;
	the.pinger = pinger_new(NULL, &way.base, &the.options, &events);
	turn();
}

static void run_until(nsec_t when)
{
	unsigned turns = 0;

	while (!world.stopped && world.wanted <= when) {
		ck_assert_uint_lt(turns++, TURNS_MAX);
		if (world.wanted > world.now)
			world.now = world.wanted;
		turn();
	}
	if (when > world.now && when != NSEC_NEVER)
		world.now = when;
}

/* Since the start. */
static void run_to(nsec_t when)
{
	run_until(the.started + when);
}

static void answer(uint32_t i)
{
	tell_answer(i, world.now - asks[i].at, PING_SOUND);
	check();
	turn();
}

static void answer_faulty(uint32_t i, enum ping_fault fault)
{
	tell_answer(i, world.now - asks[i].at, fault);
	check();
	turn();
}

static void refuse(uint32_t i)
{
	struct ping_error e = {.reason = REASON_ICMP, .icmp_type = 3, .icmp_code = 1};

	pinger_failed(the.pinger, asks[i].number, &e);
	check();
	turn();
}

static void expect(const char *said)
{
	ck_assert_str_eq(the.said.text ? the.said.text : "", said);
	strbuf_reset(&the.said);
}

/* When the probes left, in milliseconds since the start. */
static void expect_departures(const char *wanted)
{
	struct strbuf all = {0};

	strbuf_init(&all);
	for (uint32_t i = 1; i <= asked; i++)
		strbuf_printf(&all, "%s%g", i > 1 ? " " : "",
			(double)(asks[i].at - the.started) / (double)MS);
	ck_assert_str_eq(all.text, wanted);
	strbuf_release(&all);
}

static struct pinger_status status(void)
{
	struct pinger_status s;

	pinger_status(the.pinger, &s);
	return s;
}

static struct ping_host *first(void)
{
	return pinger_host(the.pinger, NULL);
}

static void end(void)
{
	ck_assert(!way.freed);
	pinger_free(the.pinger);
	ck_assert(way.freed);
	strbuf_release(&the.said);
}

static const struct pinger_options endless = {.interval = SEC, .prompt = true};
static const struct pinger_options three = {.count = 3, .interval = SEC, .prompt = true};
static const struct pinger_options once = {.count = 1, .interval = SEC, .prompt = true};

/* --- when ----------------------------------------------------------------------------------------
 */

START_TEST(first_probe_leaves_at_once_and_the_next_after_the_interval)
{
	start(1, &endless);
	run_to(3500 * MS);
	expect_departures("0 1000 2000 3000");
	ck_assert(way.watched);
	end();
}
END_TEST

START_TEST(count_ends_the_run)
{
	start(1, &three);
	run_to(10 * MS);
	answer(1);
	run_to(1010 * MS);
	answer(2);
	run_to(2010 * MS);
	ck_assert_uint_eq(the.overs, 0);
	answer(3);
	expect("reply 1, reply 2, reply 3, done, over");
	expect_departures("0 1000 2000");
	ck_assert(status().all_asked);
	end();
}
END_TEST

START_TEST(end_waits_for_the_fate_of_the_last_probe)
{
	start(1, &once);
	run_to(999 * MS);
	expect("");
	run_to(1001 * MS);
	expect("lost 1, done, over");
	ck_assert(world.stopped);
	end();
}
END_TEST

START_TEST(nothing_to_ask_is_over_at_once)
{
	the.ready = 1; /* for none */
	start(0, &three);
	expect("over");
	ck_assert(status().all_asked);
	ck_assert_ptr_null(first());
	end();
}
END_TEST

START_TEST(targets_that_are_not_there_yet_are_asked_when_they_come)
{
	the.ready = 1;
	start(2, &once);
	answer(1);
	expect("1: reply 1, 1: done");
	run_to(10 * SEC);
	ck_assert(!status().all_asked);
	ck_assert(!world.stopped);
	the.ready = 2;
	turn();
	ck_assert_uint_eq(asks[2].host, 2);
	ck_assert_int_eq(asks[2].at, the.started + 10 * SEC);
	run_to(12 * SEC);
	expect("2: lost 1, 2: done, over");
	end();
}
END_TEST

START_TEST(addresses_keep_their_intervals_apart)
{
	the.ready = 1;
	start(2, &three);
	run_to(300 * MS);
	the.ready = 2;
	turn();
	run_to(2800 * MS);
	expect_departures("0 300 1000 1300 2000 2300");
	for (uint32_t i = 1; i <= 6; i++)
		ck_assert_uint_eq(asks[i].host, 2 - i % 2);
	end();
}
END_TEST

/* Departures hold to the plan: what one of them is late, the next is not. */
START_TEST(small_delays_do_not_add_up)
{
	start(1, &endless);
	for (int i = 1; i < 20; i++) {
		run_to(i * SEC - 1);
		world.now += 100 * MS;
		turn();
		ck_assert_int_eq(asks[i + 1].at, the.started + i * SEC + 100 * MS - 1);
	}
	end();
}
END_TEST

START_TEST(pause_is_not_made_up_for_by_a_burst)
{
	start(1, &endless);
	world.now += 5500 * MS;
	turn();
	run_to(8 * SEC);
	expect_departures("0 5500 6500 7500");
	end();
}
END_TEST

START_TEST(preload_leaves_at_once)
{
	const struct pinger_options options = {
		.count = 6, .interval = SEC, .preload = 4, .prompt = true};

	start(2, &options);
	run_to(1500 * MS);
	expect_departures("0 0 0 0 0 0 0 0 1000 1000");
	ck_assert_uint_eq(first()->counts.sent, 5);
	end();
}
END_TEST

START_TEST(preload_is_no_more_than_the_count)
{
	const struct pinger_options options = {
		.count = 3, .interval = SEC, .preload = 100, .prompt = true};

	start(1, &options);
	run_to(5 * SEC);
	expect_departures("0 0 0");
	expect("lost 1, lost 2, lost 3, done, over");
	end();
}
END_TEST

START_TEST(adaptive_asks_again_when_the_answer_comes)
{
	const struct pinger_options options = {
		.count = 4, .interval = SEC, .adaptive = true, .prompt = true};

	start(1, &options);
	run_to(20 * MS);
	answer(1);
	run_to(50 * MS);
	answer(2);
	run_to(60 * MS);
	answer(3);
	expect_departures("0 20 50 60");
	ck_assert(way.watched);
	end();
}
END_TEST

START_TEST(adaptive_asks_again_at_once_where_the_answer_is_there_after_sending)
{
	const struct pinger_options options = {
		.count = 2, .interval = SEC, .adaptive = true, .prompt = true};

	way.inbox[way.waiting++] = 1;
	start(1, &options);
	expect("reply 1");
	ck_assert_int_le(world.wanted, world.now);
	run_to(0);
	expect_departures("0 0");
	end();
}
END_TEST

START_TEST(adaptive_waits_for_an_answer_no_longer_than_the_interval)
{
	const struct pinger_options options = {.interval = 100 * MS, .adaptive = true};

	start(1, &options);
	run_to(250 * MS);
	expect_departures("0 100 200");
	/* an answer to an earlier one brings the next, too */
	answer(1);
	expect_departures("0 100 200 250");
	end();
}
END_TEST

/* Else two would be on their way for good. */
START_TEST(adaptive_begins_the_interval_anew_with_each_answer)
{
	const struct pinger_options options = {.interval = SEC, .adaptive = true, .prompt = true};

	start(1, &options);
	for (uint32_t i = 1; i <= 5; i++) {
		run_to(i * 600 * MS);
		answer(i);
	}
	expect_departures("0 600 1200 1800 2400 3000");
	end();
}
END_TEST

START_TEST(adaptive_is_not_hurried_by_duplicates)
{
	const struct pinger_options options = {.interval = SEC, .adaptive = true, .prompt = true};

	start(1, &options);
	run_to(20 * MS);
	answer(1);
	answer(1);
	answer(1);
	expect_departures("0 20");
	end();
}
END_TEST

START_TEST(until_answer_ends_an_address_with_its_first_answer)
{
	const struct pinger_options options = {
		.count = 5, .interval = SEC, .until_answer = true, .prompt = true};

	start(2, &options);
	run_to(1010 * MS);
	answer(3);
	expect("1: lost 1, 2: lost 1, 1: reply 2, 1: done");
	run_to(20 * SEC);
	expect("2: lost 2, 2: lost 3, 2: lost 4, 2: lost 5, 2: done, over");
	ck_assert_uint_eq(known[1].counts.sent, 2);
	ck_assert_uint_eq(known[2].counts.sent, 5);
	end();
}
END_TEST

START_TEST(until_answer_does_not_wait_for_what_else_is_on_its_way)
{
	const struct pinger_options options = {
		.count = 5, .interval = 100 * MS, .until_answer = true, .prompt = true};

	start(1, &options);
	run_to(250 * MS);
	answer(2);
	expect("reply 2, done, over");
	ck_assert_uint_eq(ping_pending(&first()->counts), 2);
	end();
}
END_TEST

START_TEST(until_answer_takes_no_forged_one)
{
	const struct pinger_options options = {
		.count = 2, .interval = SEC, .until_answer = true, .prompt = true};

	start(1, &options);
	answer_faulty(1, PING_WRONG_SOURCE);
	expect("wrong-source 1");
	ck_assert(!first()->done);
	end();
}
END_TEST

START_TEST(rate_is_kept_over_all_addresses)
{
	const struct pinger_options options = {
		.count = 2, .interval = 500 * MS, .rate = 100, .prompt = true};

	the.mute = true;
	start(100, &options);
	run_to(995 * MS);
	ck_assert_uint_eq(asked, 100);
	for (uint32_t i = 3; i <= asked; i++)
		ck_assert_int_eq(asks[i].at - asks[i - 1].at, 10 * MS);
	world.now += SEC;
	turn();
	/* no burst follows a pause */
	ck_assert_uint_eq(asked, 101);
	run_to(10 * SEC);
	ck_assert_uint_eq(asked, 200);
	ck_assert_uint_eq(the.overs, 1);
	end();
}
END_TEST

START_TEST(high_rates_go_in_small_bursts)
{
	const struct pinger_options options = {
		.count = 1, .interval = SEC, .rate = 10000, .prompt = true};

	start(5000, &options);
	the.unchecked = true;
	run_to(400 * MS);
	ck_assert_uint_ge(asked, 3900);
	ck_assert_uint_le(asked, 4101);
	/* each with one look at what has come */
	ck_assert_uint_le(way.receives, 500);
	end();
}
END_TEST

/* A turn for 64 of them, so that answers are looked at in between. */
START_TEST(probes_leave_in_batches_with_a_look_at_the_answers_in_between)
{
	start(200, &once);
	ck_assert_uint_eq(asked, 64);
	ck_assert_int_le(world.wanted, world.now);
	ck_assert_uint_eq(way.receives, 1);
	turn();
	ck_assert_uint_eq(asked, 128);
	ck_assert_uint_eq(way.receives, 2);
	end();
}
END_TEST

START_TEST(new_addresses_do_not_wait_for_the_repetitions_of_others)
{
	the.ready = 64;
	start(128, &endless);
	run_to(SEC - 1);
	ck_assert_uint_eq(asked, 64);
	the.ready = 128;
	world.now++;
	/* in turns with those that are due */
	turn();
	turn();
	ck_assert_uint_eq(asked, 64 + 128);
	for (uint32_t host = 65, i = 65; host <= 128; host++, i++) {
		while (i < asked && asks[i].host != host)
			i++;
		ck_assert_uint_eq(asks[i].host, host);
	}
	end();
}
END_TEST

/* Preloads, new addresses and repetitions, each more than the rate allows. */
static void expect_nobody_to_starve(unsigned preload, nsec_t interval)
{
	const struct pinger_options options = {
		.interval = interval, .preload = preload, .rate = 1000, .prompt = true};
	uint64_t least = UINT64_MAX;

	the.mute = true;
	start(300, &options);
	run_to(SEC);
	/* new ones come in though the first would take all */
	ck_assert_uint_eq(the.given, 300);
	for (const struct ping_host *h = first(); h; h = pinger_host(the.pinger, h))
		if (h->counts.sent < least)
			least = h->counts.sent;
	ck_assert_uint_ge(least, 1);
	ck_assert_uint_gt(first()->counts.sent, 1);
	end();
}

START_TEST(preloads_leave_room_for_others)
{
	expect_nobody_to_starve(1000, 50 * MS);
}
END_TEST

START_TEST(repetitions_leave_room_for_others)
{
	expect_nobody_to_starve(1, 5 * MS);
}
END_TEST

/* --- no room on this machine ---------------------------------------------------------------------
 */

START_TEST(refused_question_is_asked_again_a_millisecond_later)
{
	way.no_room = 3;
	start(1, &three);
	ck_assert_uint_eq(first()->counts.sent, 0);
	ck_assert_uint_eq(status().troubles, 1);
	run_to(2500 * MS);
	/* the interval counts from when it was due */
	expect_departures("3 1000 2000");
	ck_assert_uint_eq(status().troubles, 3);
	ck_assert_uint_eq(asks[1].sequence, 1);
	ck_assert_uint_eq(asks[1].number, 1);
	ck_assert_uint_eq(asks[2].number, 2);
	end();
}
END_TEST

START_TEST(refused_question_holds_up_all_and_forgets_none)
{
	start(3, &endless);
	run_to(SEC - 1);
	way.no_room = 1;
	run_to(1500 * MS);
	expect_departures("0 0 0 1001 1001 1001");
	ck_assert_uint_eq(status().counts.sent, 6);
	end();
}
END_TEST

START_TEST(full_queue_pauses_for_a_millisecond)
{
	const struct pinger_options options = {.count = 1, .interval = SEC, .prompt = true};

	way.full = 2;
	the.ready = 1;
	start(2, &options);
	ck_assert_uint_eq(status().troubles, 1);
	the.ready = 2;
	turn();
	ck_assert_uint_eq(status().troubles, 2);
	ck_assert_uint_eq(asked, 1);
	run_to(10 * MS);
	expect_departures("0 1");
	ck_assert_uint_eq(status().troubles, 2);
	end();
}
END_TEST

/* --- what becomes of a probe ---------------------------------------------------------------------
 */

START_TEST(reply_says_which_probe_it_answers)
{
	start(1, &endless);
	run_to(1010 * MS);
	tell_answer(2, 7 * MS, PING_SOUND);
	ck_assert_uint_eq(the.reply.sequence, 2);
	ck_assert_int_eq(the.reply.trip.rtt, 7 * MS);
	ck_assert_int_eq(the.reply.ttl, 64);
	ck_assert_uint_eq(the.reply.from.ip[0], 9);
	ck_assert_int_eq(first()->rtt.last, 7 * MS);
	ck_assert_str_eq(first()->name, "h1");
	expect("lost 1, reply 2");
	end();
}
END_TEST

START_TEST(second_answer_is_a_duplicate)
{
	start(1, &endless);
	answer(1);
	world.now += MS;
	answer(1);
	answer(1);
	expect("reply 1, dup 1, dup 1");
	ck_assert_uint_eq(first()->counts.received, 1);
	ck_assert_uint_eq(first()->counts.duplicates, 2);
	ck_assert_uint_eq(first()->rtt.count, 1);
	ck_assert_int_eq(first()->rtt.max, 0);
	end();
}
END_TEST

START_TEST(probe_is_lost_when_its_time_is_over)
{
	const struct pinger_options options = {
		.count = 2, .interval = 3 * SEC, .timeout = 500 * MS, .prompt = true};

	way.carries = true;
	start(1, &options);
	run_to(500 * MS - 1);
	expect("");
	ck_assert(!asks[1].left);
	run_to(500 * MS);
	expect("lost 1");
	ck_assert(asks[1].left);
	end();
}
END_TEST

START_TEST(timeout_is_a_second_or_twice_the_longest_round_trip)
{
	const struct pinger_options options = {.interval = 10 * SEC, .prompt = true};

	start(1, &options);
	run_to(400 * MS);
	answer(1);
	run_to(11 * SEC - 1);
	expect("reply 1");
	run_to(11 * SEC);
	expect("lost 2");
	run_to(20 * SEC + 900 * MS);
	answer(3);
	run_to(31 * SEC + 800 * MS - 1);
	expect("reply 3");
	run_to(31 * SEC + 800 * MS);
	expect("lost 4");
	end();
}
END_TEST

/* One slow address does not hold up all others. */
START_TEST(timeout_is_ten_seconds_at_the_most)
{
	const struct pinger_options options = {
		.count = 2, .interval = 10 * SEC, .until_answer = false, .prompt = true};

	start(1, &options);
	tell_answer(1, 9 * SEC, PING_SOUND);
	run_to(20 * SEC - 1);
	expect("late 1");
	run_to(20 * SEC);
	expect("lost 2, done, over");
	end();
}
END_TEST

START_TEST(given_timeout_does_not_grow)
{
	const struct pinger_options options = {
		.interval = 10 * SEC, .timeout = 2 * SEC, .prompt = true};

	start(1, &options);
	run_to(1900 * MS);
	answer(1);
	run_to(12 * SEC - 1);
	expect("reply 1");
	run_to(12 * SEC);
	expect("lost 2");
	end();
}
END_TEST

START_TEST(answer_after_the_loss_takes_it_back_and_is_late)
{
	start(1, &endless);
	run_to(1300 * MS);
	expect("lost 1");
	ck_assert_uint_eq(first()->counts.lost, 1);
	answer(1);
	expect("late 1");
	ck_assert_uint_eq(first()->counts.lost, 0);
	ck_assert_uint_eq(first()->counts.late, 1);
	ck_assert_uint_eq(first()->counts.received, 1);
	answer(1);
	expect("dup 1");
	end();
}
END_TEST

/* By its stamps it took too long, whenever the program saw it. */
START_TEST(slow_answer_is_late_even_if_the_loss_was_not_noticed)
{
	const struct pinger_options options = {
		.count = 1, .interval = SEC, .timeout = 100 * MS, .prompt = true};

	start(1, &options);
	world.now += 150 * MS;
	answer(1);
	expect("late 1, done, over");
	ck_assert_uint_eq(first()->counts.late, 1);
	end();
}
END_TEST

/* The program was asleep: what the stamps say was there in time. */
START_TEST(answer_that_came_in_time_is_not_late_however_late_it_is_read)
{
	start(1, &endless);
	run_to(1300 * MS);
	tell_answer(1, 20 * MS, PING_SOUND);
	check();
	expect("lost 1, reply 1");
	ck_assert_uint_eq(first()->counts.late, 0);
	ck_assert_uint_eq(first()->counts.lost, 0);
	end();
}
END_TEST

START_TEST(late_answer_to_the_last_probe_finds_the_address_done)
{
	the.ready = 1;
	start(2, &once);
	run_to(1100 * MS);
	expect("1: lost 1, 1: done");
	answer(1);
	expect("1: late 1");
	ck_assert_uint_eq(the.done, 1);
	end();
}
END_TEST

START_TEST(error_is_a_loss_at_once)
{
	start(1, &once);
	run_to(5 * MS);
	refuse(1);
	expect("error 1, done, over");
	ck_assert_uint_eq(first()->counts.lost, 1);
	ck_assert_uint_eq(first()->counts.errors, 1);
	ck_assert_uint_eq(the.error.sequence, 1);
	ck_assert_int_eq(the.error.reason, REASON_ICMP);
	ck_assert_int_eq(the.error.icmp_code, 1);
	end();
}
END_TEST

START_TEST(error_is_told_once)
{
	start(1, &endless);
	refuse(1);
	refuse(1);
	run_to(1500 * MS);
	refuse(1);
	expect("error 1");
	ck_assert_uint_eq(first()->counts.errors, 1);
	end();
}
END_TEST

START_TEST(error_after_the_answer_says_nothing)
{
	start(1, &endless);
	answer(1);
	refuse(1);
	expect("reply 1");
	ck_assert_uint_eq(first()->counts.lost, 0);
	end();
}
END_TEST

START_TEST(error_after_the_loss_gives_its_reason)
{
	start(1, &endless);
	run_to(1500 * MS);
	refuse(1);
	expect("lost 1, error 1");
	ck_assert_uint_eq(first()->counts.lost, 1);
	ck_assert_uint_eq(first()->counts.errors, 1);
	end();
}
END_TEST

START_TEST(answer_after_an_error_takes_it_back)
{
	start(1, &endless);
	run_to(5 * MS);
	refuse(1);
	answer(1);
	expect("error 1, reply 1");
	ck_assert_uint_eq(first()->counts.errors, 0);
	ck_assert_uint_eq(first()->counts.lost, 0);
	ck_assert_uint_eq(first()->counts.received, 1);
	end();
}
END_TEST

START_TEST(corrupt_answer_is_received_and_forged_ones_are_not)
{
	start(1, &endless);
	answer_faulty(1, PING_WRONG_SOURCE);
	answer_faulty(1, PING_BAD_CHECKSUM);
	answer_faulty(1, PING_TRUNCATED);
	ck_assert_uint_eq(first()->counts.received, 0);
	ck_assert_uint_eq(status().foreign, 3);
	answer_faulty(1, PING_CORRUPT);
	ck_assert_uint_eq(first()->counts.received, 1);
	ck_assert_uint_eq(first()->counts.corrupted, 1);
	expect("wrong-source 1, bad-checksum 1, truncated 1, corrupt 1");
	end();
}
END_TEST

START_TEST(answers_to_nothing_are_foreign)
{
	struct ping_reply r = {0};
	struct ping_error e = {0};

	start(1, &endless);
	pinger_answered(the.pinger, 0, &r);
	pinger_answered(the.pinger, 2, &r);
	pinger_answered(the.pinger, UINT64_MAX, &r);
	pinger_foreign(the.pinger);
	pinger_failed(the.pinger, 0, &e);
	pinger_failed(the.pinger, 2, &e);
	ck_assert_uint_eq(status().foreign, 4);
	the.foreign = 4;
	check();
	expect("");
	end();
}
END_TEST

START_TEST(first_stamp_of_a_departure_counts)
{
	struct flight *f;

	start(1, &endless);
	f = flights_at(pinger_flights(the.pinger), asks[1].number);
	pinger_departed(the.pinger, (uint32_t)asks[1].number, 77);
	pinger_departed(the.pinger, (uint32_t)asks[1].number, 78);
	pinger_departed(the.pinger, 1000, 79);
	ck_assert_int_eq(f->wire, 77);
	end();
}
END_TEST

/* --- what this machine keeps back
 * -----------------------------------------------------------------
 */

static void keep_back(uint32_t i)
{
	struct ping_error e = {.reason = REASON_LOCAL, .err = EPERM};

	pinger_failed(the.pinger, asks[i].number, &e);
	check();
	turn();
}

START_TEST(refusal_by_this_machine_is_told_and_no_loss)
{
	start(1, &once);
	keep_back(1);
	expect("error 1, done, over");
	ck_assert_uint_eq(first()->counts.dropped_here, 1);
	ck_assert_uint_eq(first()->counts.lost, 0);
	ck_assert_uint_eq(first()->counts.errors, 0);
	ck_assert_int_eq(ping_outage(first(), world.now + SEC), 0);
	end();
}
END_TEST

START_TEST(refusal_by_this_machine_is_told_once)
{
	start(1, &endless);
	keep_back(1);
	keep_back(1);
	expect("error 1");
	/* whoever was asked, or a router, knows better */
	refuse(1);
	expect("error 1");
	ck_assert_uint_eq(first()->counts.dropped_here, 0);
	ck_assert_uint_eq(first()->counts.errors, 1);
	keep_back(1);
	expect("");
	end();
}
END_TEST

START_TEST(refusal_by_this_machine_takes_a_loss_back)
{
	start(1, &endless);
	run_to(1500 * MS);
	keep_back(1);
	expect("lost 1, error 1");
	ck_assert_uint_eq(first()->counts.lost, 0);
	ck_assert_uint_eq(first()->counts.dropped_here, 1);
	answer(1);
	expect("late 1");
	ck_assert_uint_eq(first()->counts.dropped_here, 0);
	end();
}
END_TEST

/* --- replies that found our buffer full ----------------------------------------------------------
 */

START_TEST(as_many_losses_as_drops_were_seen_are_our_own)
{
	const struct pinger_options options = {
		.count = 5, .interval = SEC, .preload = 5, .prompt = true};

	start(1, &options);
	way.dropped = 2;
	run_to(2 * SEC);
	expect("dropped 1, dropped 2, lost 3, lost 4, lost 5, done, over");
	ck_assert_uint_eq(first()->counts.dropped_here, 2);
	ck_assert_uint_eq(first()->counts.lost, 3);
	end();
}
END_TEST

START_TEST(drops_are_no_excuse_for_what_left_after_them)
{
	const struct pinger_options options = {
		.count = 4, .interval = SEC, .timeout = 900 * MS, .prompt = true};

	start(1, &options);
	run_to(950 * MS);
	way.dropped = 9;
	expect("lost 1");
	/* whose replies were dropped is not known: they were of those on their way */
	run_to(1950 * MS);
	expect("dropped 2");
	run_to(10 * SEC);
	expect("lost 3, lost 4, done, over");
	end();
}
END_TEST

START_TEST(answer_takes_a_drop_back)
{
	start(1, &endless);
	way.dropped = 1;
	run_to(1500 * MS);
	expect("dropped 1");
	answer(1);
	expect("late 1");
	ck_assert_uint_eq(first()->counts.dropped_here, 0);
	ck_assert_uint_eq(first()->counts.received, 1);
	end();
}
END_TEST

START_TEST(error_makes_a_loss_of_a_drop)
{
	start(1, &endless);
	way.dropped = 1;
	run_to(1500 * MS);
	refuse(1);
	expect("dropped 1, error 1");
	ck_assert_uint_eq(first()->counts.dropped_here, 0);
	ck_assert_uint_eq(first()->counts.lost, 1);
	end();
}
END_TEST

START_TEST(drop_is_no_outage)
{
	start(1, &endless);
	way.dropped = 1;
	run_to(1500 * MS);
	expect("dropped 1");
	ck_assert_int_eq(ping_outage(first(), world.now), 0);
	end();
}
END_TEST

/* --- what is said before the next probe ----------------------------------------------------------
 */

START_TEST(outstanding_is_told_before_the_next_probe_leaves)
{
	const struct pinger_options options = {
		.count = 4, .interval = 100 * MS, .timeout = SEC, .prompt = true};

	the.outstanding = true;
	start(1, &options);
	run_to(50 * MS);
	expect("");
	run_to(100 * MS);
	expect("outstanding 1");
	answer(2);
	run_to(210 * MS);
	expect("reply 2");
	run_to(310 * MS);
	expect("outstanding 3");
	/* none follows the last */
	run_to(500 * MS);
	expect("");
	end();
}
END_TEST

START_TEST(outstanding_is_told_of_the_lost_and_not_of_the_refused)
{
	const struct pinger_options options = {
		.count = 3, .interval = SEC, .timeout = 500 * MS, .prompt = true};

	the.outstanding = true;
	start(1, &options);
	run_to(SEC);
	expect("lost 1, outstanding 1");
	refuse(2);
	run_to(2 * SEC);
	expect("error 2");
	end();
}
END_TEST

START_TEST(outstanding_is_told_once_however_often_the_next_is_refused_here)
{
	the.outstanding = true;
	start(1, &endless);
	run_to(SEC - 1);
	way.no_room = 5;
	run_to(1500 * MS);
	expect("lost 1, outstanding 1");
	expect_departures("0 1005");
	end();
}
END_TEST

/* --- outages -------------------------------------------------------------------------------------
 */

static const struct pinger_options quick = {.interval = 100 * MS, .timeout = SEC, .prompt = true};

START_TEST(outage_lasts_from_the_first_lost_to_the_first_answered)
{
	start(1, &endless);
	answer(1);
	run_to(4010 * MS);
	ck_assert_int_eq(ping_outage(first(), world.now), 3010 * MS);
	answer(5);
	ck_assert_int_eq(ping_outage(first(), world.now), 3 * SEC);
	run_to(6010 * MS);
	answer(7);
	/* the longest, not the last */
	ck_assert_int_eq(ping_outage(first(), world.now), 3 * SEC);
	end();
}
END_TEST

START_TEST(answer_to_an_earlier_probe_ends_no_outage)
{
	start(1, &quick);
	run_to(1150 * MS);
	/* of 1 and 2 it is known by now */
	answer(1);
	ck_assert_int_eq(ping_outage(first(), world.now), 1150 * MS);
	end();
}
END_TEST

/* By the time that the loss is known, later probes have been answered. */
START_TEST(outage_of_a_single_loss_is_one_interval)
{
	start(1, &quick);
	answer(1);
	for (uint32_t i = 2; i <= 20; i++) {
		run_to((i - 1) * 100 * MS);
		if (i != 3)
			answer(i);
	}
	ck_assert_uint_eq(first()->counts.lost, 1);
	ck_assert_int_eq(ping_outage(first(), world.now), 100 * MS);
	end();
}
END_TEST

START_TEST(outage_ends_with_the_first_answer_after_it_also_in_hindsight)
{
	start(1, &quick);
	for (uint32_t i = 1; i <= 30; i++) {
		run_to((i - 1) * 100 * MS);
		if (i < 5 || (i > 8 && i < 15) || i > 16)
			answer(i);
	}
	ck_assert_uint_eq(first()->counts.lost, 6);
	/* 5 to 8: the answered one after them left 400 ms after the first */
	ck_assert_int_eq(ping_outage(first(), world.now), 400 * MS);
	end();
}
END_TEST

START_TEST(outage_is_known_in_hindsight_when_the_address_is_done)
{
	const struct pinger_options options = {
		.count = 5, .interval = 100 * MS, .timeout = SEC, .prompt = true};

	start(2, &options);
	for (uint32_t i = 1; i <= 10; i++) {
		run_to((i - 1) / 2 * 100 * MS);
		if (i > 2)
			answer(i);
	}
	run_to(2 * SEC);
	ck_assert_uint_eq(the.done, 2);
	for (const struct ping_host *h = first(); h; h = pinger_host(the.pinger, h))
		ck_assert_int_eq(ping_outage(h, world.now), 100 * MS);
	end();
}
END_TEST

START_TEST(late_error_about_an_old_probe_begins_no_outage)
{
	start(1, &quick);
	run_to(150 * MS);
	answer(2);
	run_to(250 * MS);
	answer(3);
	refuse(1);
	run_to(2 * SEC);
	answer(20);
	/* 4 to 19 are the longest: 1 was followed by 2 */
	ck_assert_int_eq(ping_outage(first(), world.now), 1600 * MS);
	ck_assert_uint_eq(first()->counts.errors, 1);
	end();
}
END_TEST

START_TEST(outage_begins_with_an_error)
{
	start(1, &quick);
	answer(1);
	run_to(110 * MS);
	refuse(2);
	ck_assert_int_eq(ping_outage(first(), world.now), 10 * MS);
	run_to(210 * MS);
	answer(3);
	ck_assert_int_eq(ping_outage(first(), world.now), 100 * MS);
	end();
}
END_TEST

/* --- neighbours that do not answer ---------------------------------------------------------------
 */

START_TEST(what_never_left_is_not_lost_before_the_kernel_gives_the_neighbour_up)
{
	way.carries = world.unresolved = true;
	start(1, &once);
	run_to(3400 * MS);
	expect("");
	ck_assert_uint_eq(ping_pending(&first()->counts), 1);
	/* an answer or the kernel's word would still be heard */
	ck_assert(!asks[1].left);
	run_to(3600 * MS);
	expect("error 1, done, over");
	ck_assert(asks[1].left);
	ck_assert_int_eq(the.error.reason, REASON_ARP);
	ck_assert_uint_eq(the.error.from.family, 0);
	end();
}
END_TEST

START_TEST(what_left_by_its_stamp_is_lost_in_time)
{
	world.unresolved = true;
	start(1, &once);
	pinger_departed(the.pinger, (uint32_t)asks[1].number, world_wall + world.now);
	run_to(1100 * MS);
	expect("lost 1, done, over");
	end();
}
END_TEST

START_TEST(neighbour_that_answers_in_the_meantime_makes_it_a_loss)
{
	way.carries = world.unresolved = true;
	start(1, &once);
	run_to(2 * SEC);
	world.unresolved = false;
	run_to(3400 * MS);
	expect("");
	run_to(3600 * MS);
	expect("lost 1, done, over");
	ck_assert(asks[1].left);
	end();
}
END_TEST

START_TEST(neighbour_that_answered_once_is_not_waited_for)
{
	start(1, &endless);
	answer(1);
	world.unresolved = true;
	run_to(2100 * MS);
	expect("reply 1, lost 2");
	ck_assert_uint_eq(world.route_asks, 0);
	end();
}
END_TEST

START_TEST(answer_ends_the_patience)
{
	world.unresolved = true;
	start(1, &once);
	run_to(2 * SEC);
	answer(1);
	expect("late 1, done, over");
	end();
}
END_TEST

START_TEST(error_of_the_kernel_ends_the_patience)
{
	world.unresolved = true;
	start(1, &once);
	run_to(2 * SEC);
	refuse(1);
	expect("error 1, done, over");
	end();
}
END_TEST

/* The second was answered; of the first nothing is said any more, whatever comes. */
START_TEST(patience_ends_with_the_address)
{
	const struct pinger_options options = {
		.count = 2, .interval = 500 * MS, .until_answer = true, .prompt = true};

	world.unresolved = true;
	the.ready = 1;
	start(2, &options);
	run_to(1200 * MS);
	answer(2);
	expect("1: reply 2, 1: done");
	run_to(5 * SEC);
	expect("");
	answer(1);
	expect("1: late 1");
	ck_assert_uint_eq(first()->counts.lost, 0);
	ck_assert_uint_eq(first()->counts.received, 2);
	end();
}
END_TEST

/* --- answers that wait in the kernel -------------------------------------------------------------
 */

START_TEST(answers_to_a_fast_stream_are_taken_with_a_later_probe)
{
	const struct pinger_options options = {.interval = 10 * MS};

	start(1, &options);
	ck_assert(!way.watched);
	run_to(5 * MS);
	way.inbox[way.waiting++] = 1;
	run_to(39 * MS);
	expect("");
	run_to(110 * MS);
	expect("reply 1");
	ck_assert_int_eq(first()->rtt.count, 1);
	end();
}
END_TEST

START_TEST(answers_are_taken_after_64_probes_at_the_latest)
{
	const struct pinger_options options = {.interval = 100 * NSEC_PER_USEC};
	unsigned before;

	the.mute = true;
	start(1, &options);
	run_to(60 * MS);
	before = way.receives;
	run_to(124 * MS);
	ck_assert_uint_ge(way.receives - before, 10);
	ck_assert_uint_le(way.receives - before, 11);
	end();
}
END_TEST

START_TEST(slow_streams_are_watched)
{
	const struct pinger_options slow = {.interval = 21 * MS};

	start(1, &slow);
	ck_assert(way.watched);
	end();
}
END_TEST

START_TEST(prompt_streams_are_watched)
{
	const struct pinger_options prompt = {.interval = 10 * MS, .prompt = true};

	start(1, &prompt);
	ck_assert(way.watched);
	end();
}
END_TEST

/* The program slept; the answer was there after 20 ms. */
START_TEST(what_waits_in_the_kernel_is_taken_before_deadlines_are_judged)
{
	const struct pinger_options options = {
		.count = 1, .interval = 10 * MS, .timeout = 500 * MS};

	start(1, &options);
	way.inbox[way.waiting++] = 1;
	world.now += 500 * MS;
	turn();
	expect("reply 1, done, over");
	end();
}
END_TEST

START_TEST(prompt_streams_look_into_the_kernel_before_deadlines_are_judged)
{
	const struct pinger_options options = {
		.count = 1, .interval = SEC, .timeout = 500 * MS, .prompt = true};

	start(1, &options);
	way.inbox[way.waiting++] = 1;
	world.now += 500 * MS;
	turn();
	expect("reply 1, done, over");
	end();
}
END_TEST

START_TEST(nothing_is_given_up_while_more_waits_in_the_kernel)
{
	const struct pinger_options options = {.count = 1, .interval = 10 * MS};

	start(1, &options);
	way.more = 2;
	world.now += 2 * SEC;
	turn();
	expect("");
	turn();
	expect("");
	turn();
	expect("lost 1, done, over");
	end();
}
END_TEST

/* A flood of strangers does not put off judgement for ever. */
START_TEST(something_is_given_up_though_ever_more_waits_in_the_kernel)
{
	const struct pinger_options options = {.count = 1, .interval = 10 * MS};
	unsigned turns = 0;

	start(1, &options);
	world.now += 2 * SEC;
	for (; !world.stopped && turns < 100; turns++) {
		way.more = 1;
		turn();
	}
	expect("lost 1, done, over");
	ck_assert_uint_gt(turns, 4);
	ck_assert_uint_lt(turns, 50);
	end();
}
END_TEST

START_TEST(streams_that_a_rate_makes_slow_are_watched)
{
	const struct pinger_options options = {.interval = 10 * MS, .rate = 10};

	start(1, &options);
	ck_assert(way.watched);
	end();
}
END_TEST

START_TEST(fast_stream_is_watched_when_its_last_probe_has_left)
{
	const struct pinger_options options = {.count = 3, .interval = 10 * MS};

	start(1, &options);
	run_to(19 * MS);
	ck_assert(!way.watched);
	run_to(20 * MS);
	ck_assert(way.watched);
	ck_assert_uint_eq(asked, 3);
	end();
}
END_TEST

START_TEST(stop_takes_what_waits_in_the_kernel)
{
	const struct pinger_options options = {.interval = 10 * MS};

	start(1, &options);
	run_to(5 * MS);
	way.inbox[way.waiting++] = 1;
	pinger_stop(the.pinger);
	/* the end of the turn that stopped it */
	world_turn();
	check();
	expect("reply 1");
	ck_assert_uint_eq(asked, 1);
	end();
}
END_TEST

/* --- the end -------------------------------------------------------------------------------------
 */

START_TEST(stop_leaves_what_is_on_its_way_pending)
{
	const struct pinger_options options = {.interval = 100 * MS, .prompt = true};

	start(1, &options);
	run_to(350 * MS);
	answer(2);
	expect("reply 2");
	pinger_stop(the.pinger);
	ck_assert(world.stopped);
	world.now += 10 * SEC;
	/* a turn of the loop may be under way */
	world_turn();
	ck_assert_int_eq(world.wanted, NSEC_NEVER);
	check();
	expect("");
	ck_assert_uint_eq(asked, 4);
	ck_assert_uint_eq(ping_pending(&first()->counts), 3);
	ck_assert_uint_eq(status().counts.sent, 4);
	end();
}
END_TEST

static void stop_at_reply(void *user, const struct ping_host *h, const struct ping_reply *r)
{
	on_reply(user, h, r);
	pinger_stop(the.pinger);
}

START_TEST(stop_from_within_an_event_ends_the_turn)
{
	struct pinger_events stopping = events;

	stopping.reply = stop_at_reply;
	the.hosts = the.ready = 1;
	the.options = (struct pinger_options){
		.interval = 100 * MS, .timeout = 100 * MS, .preload = 1, .prompt = true};
	way.base.call = &way_functions;
	the.pinger = pinger_new(NULL, &way.base, &the.options, &stopping);
	turn();
	way.inbox[way.waiting++] = 1;
	world.now += 100 * MS;
	turn();
	expect("reply 1");
	ck_assert_uint_eq(asked, 1);
	end();
}
END_TEST

START_TEST(way_is_given_time_to_warm_up)
{
	way.base.warm_up = 3 * MS;
	start(1, &three);
	run_to(10 * MS);
	expect_departures("3");
	ck_assert_uint_eq(status().troubles, 0);
	end();
}
END_TEST

/* A datagram can be answered again: the way keeps what it has for the probe until its time is over.
 */
START_TEST(way_is_told_when_nothing_is_waited_for_any_more)
{
	const struct pinger_options options = {
		.count = 2, .interval = 100 * MS, .timeout = 500 * MS, .prompt = true};

	way.carries = true;
	the.ready = 1;
	start(2, &options);
	run_to(10 * MS);
	answer(1);
	run_to(499 * MS);
	ck_assert(!asks[1].left);
	run_to(500 * MS);
	ck_assert(asks[1].left);
	ck_assert(!asks[2].left);
	answer(2);
	/* the address is done */
	ck_assert(asks[2].left);
	expect("1: reply 1, 1: reply 2, 1: done");
	end();
}
END_TEST

START_TEST(addresses_are_listed_in_the_order_of_admission)
{
	unsigned i = 0;

	start(5, &three);
	for (const struct ping_host *h = first(); h; h = pinger_host(the.pinger, h))
		ck_assert_uint_eq(host_of(&h->addr), ++i);
	ck_assert_uint_eq(i, 5);
	end();
}
END_TEST

START_TEST(forgotten_addresses_stay_in_the_sums)
{
	the.ready = 2;
	start(3, &once);
	answer(1);
	run_to(1500 * MS);
	expect("1: reply 1, 1: done, 2: lost 1, 2: done");
	forget_done();
	ck_assert_ptr_null(first());
	check();
	the.ready = 3;
	turn();
	answer(3);
	ck_assert_uint_eq(host_of(&first()->addr), 3);
	expect("3: reply 1, 3: done, over");
	ck_assert_uint_eq(status().counts.sent, 3);
	end();
}
END_TEST

/* Its sums are closed, and its record is written. */
START_TEST(nothing_is_told_of_a_forgotten_address)
{
	struct pinger_status before, after;

	the.ready = 1;
	start(2, &once);
	run_to(1100 * MS);
	forget_done();
	expect("1: lost 1, 1: done");
	the.unchecked = true;
	before = status();
	answer(1);
	refuse(1);
	keep_back(1);
	after = status();
	expect("");
	same_counts(&before.counts, &after.counts);
	ck_assert_uint_eq(the.done, 1);
	end();
}
END_TEST

/* Addresses under work are bounded; who is forgotten makes room. */
START_TEST(further_targets_wait_for_room)
{
	enum { LIVE = 131072, MORE = 5 };

	the.unchecked = the.mute = true;
	start(LIVE + MORE, &once);
	while (asked < LIVE)
		turn();
	for (uint32_t i = 1; i <= LIVE; i++)
		tell_answer(i, MS, PING_SOUND);
	turn();
	ck_assert_uint_eq(asked, LIVE);
	ck_assert_uint_eq(status().hosts, LIVE);
	ck_assert(!status().all_asked);
	pinger_forget_first(the.pinger);
	turn();
	ck_assert_uint_eq(asked, LIVE + 1);
	for (int i = 1; i < MORE; i++)
		pinger_forget_first(the.pinger);
	turn();
	ck_assert_uint_eq(asked, LIVE + MORE);
	for (uint32_t i = LIVE + 1; i <= LIVE + MORE; i++)
		tell_answer(i, MS, PING_SOUND);
	pinger_forget_first(the.pinger);
	turn();
	ck_assert_uint_eq(the.overs, 1);
	ck_assert_uint_eq(status().counts.received, LIVE + MORE);
	end();
}
END_TEST

/* --- many ----------------------------------------------------------------------------------------
 */

static const struct pinger_options flood = {
	.interval = 10 * NSEC_PER_USEC, .timeout = SEC, .prompt = true};

/* 100,000 are on their way at once: each is still found. */
START_TEST(more_probes_than_a_sequence_field_counts_can_be_on_their_way)
{
	the.unchecked = the.mute = true;
	start(1, &flood);
	run_to(SEC - MS);
	ck_assert_uint_gt(asked, 90000);
	ck_assert_uint_eq(ping_pending(&first()->counts), asked);
	for (uint32_t i = 1; i <= 90000; i++) {
		tell_answer(i, world.now - asks[i].at, PING_SOUND);
		ck_assert_uint_eq(the.reply.sequence, i);
	}
	ck_assert_uint_eq(first()->counts.received, 90000);
	ck_assert_uint_eq(first()->counts.late, 0);
	end();
}
END_TEST

/* Of those whose time is over 65,536 are kept. */
START_TEST(late_answers_are_known_among_the_newest_65536)
{
	const struct pinger_options options = {
		.interval = 10 * NSEC_PER_USEC, .timeout = 100 * MS, .prompt = true};
	uint32_t closed;

	the.unchecked = the.mute = true;
	start(1, &options);
	run_to(900 * MS);
	closed = (uint32_t)first()->counts.lost;
	ck_assert_uint_gt(closed, 75000);
	tell_answer(1, world.now - asks[1].at, PING_SOUND);
	ck_assert_uint_eq(status().foreign, 1);
	tell_answer(closed - FLIGHTS_KEPT, SEC, PING_SOUND);
	ck_assert_uint_eq(status().foreign, 2);
	tell_answer(closed - FLIGHTS_KEPT + 1, SEC, PING_SOUND);
	ck_assert_uint_eq(status().foreign, 2);
	ck_assert_uint_eq(the.reply.sequence, closed - FLIGHTS_KEPT + 1);
	ck_assert(the.reply.late);
	ck_assert_uint_eq(first()->counts.late, 1);
	ck_assert_uint_eq(first()->counts.lost, closed - 1);
	end();
}
END_TEST

/* Nobody waits for late answers to them. */
START_TEST(probes_of_forgotten_addresses_are_not_kept)
{
	struct flights *f;

	the.unchecked = the.mute = the.forgets = true;
	start(10000, &once);
	f = pinger_flights(the.pinger);
	for (uint32_t answered = 0; !world.stopped; turn())
		while (answered < asked)
			tell_answer(++answered, MS, PING_SOUND);
	ck_assert_uint_eq(status().counts.received, 10000);
	ck_assert_uint_le(f->next - f->first, 200);
	ck_assert_uint_le(f->room, 1024);
	end();
}
END_TEST

/* Memory of an address goes when its last probe is forgotten (the sanitizers look on). */
START_TEST(forgotten_addresses_go_when_their_probes_do)
{
	enum { MANY = 130000 };

	the.unchecked = the.mute = the.forgets = true;
	start(MANY, &once);
	while (!world.stopped) {
		uint32_t before = asked;

		turn();
		world.now += MS;
		for (uint32_t i = before + 1; i <= asked; i += 2)
			tell_answer(i, MS, PING_SOUND);
		if (asked == MANY && before == asked)
			world.now += SEC;
	}
	ck_assert_uint_eq(asked, MANY);
	ck_assert_ptr_null(first());
	ck_assert_uint_eq(status().counts.sent, MANY);
	ck_assert_uint_eq(status().counts.received + status().counts.lost, MANY);
	ck_assert_uint_lt(pinger_flights(the.pinger)->room, 4 * FLIGHTS_KEPT);
	end();
}
END_TEST

/* --- a walk --------------------------------------------------------------------------------------
 */

static uint64_t walk_state;

static uint64_t roll(uint64_t sides)
{
	return rng_mix(++walk_state) % sides;
}

/* One that left lately, rarely an old one; never of an address that is forgotten. 0: none. */
static uint32_t some_probe(void)
{
	uint32_t back = (uint32_t)roll(roll(8) ? 10 : 500), i;

	if (asked <= back)
		return 0;
	i = asked - back;
	return known[asks[i].host].told ? 0 : i;
}

static void walk_answer(void)
{
	enum ping_fault fault = roll(20) ? PING_SOUND : (enum ping_fault)roll(5);
	uint32_t i = some_probe();

	if (i)
		tell_answer(i, world.now - asks[i].at, fault);
}

static void walk_error(void)
{
	struct ping_error e = {.reason = roll(3) ? REASON_ICMP : REASON_LOCAL};
	uint32_t i = some_probe();

	if (i)
		pinger_failed(the.pinger, asks[i].number, &e);
}

static void walk_time(void)
{
	nsec_t span = world.wanted - world.now;

	if (world.wanted == NSEC_NEVER || span > 2 * SEC)
		span = 500 * MS;
	if (span > 0)
		world.now += roll(4) ? span : (nsec_t)roll((uint64_t)span);
	else if (roll(3) == 0)
		world.now += (nsec_t)roll(3 * MS);
	if (roll(200) == 0)
		world.now += (nsec_t)roll(5 * SEC);
}

static void walk_step(void)
{
	switch (roll(16)) {
	default:
		walk_time();
		break;
	case 0 ... 4:
		walk_answer();
		break;
	case 5:
		walk_error();
		break;
	case 6:
		way.dropped += roll(4) == 0;
		way.no_room += roll(20) == 0;
		way.full += roll(20) == 0;
		break;
	case 7:
		world.unresolved = roll(3) == 0;
		way.more = roll(4) == 0;
		break;
	case 8:
		if (asked)
			pinger_departed(the.pinger, (uint32_t)asks[asked].number, 1);
		break;
	case 9:
		if (roll(4) == 0)
			forget_done();
		the.ready += the.ready < the.hosts;
		break;
	}
	check();
	if (!world.stopped)
		turn();
}

static struct pinger_options walk_options(void)
{
	static const nsec_t intervals[] = {MS, 5 * MS, 20 * MS, 100 * MS, SEC};
	static const nsec_t timeouts[] = {0, 0, 50 * MS, 400 * MS, 2 * SEC};

	return (struct pinger_options){
		.count = roll(3) ? 1 + roll(60) : 0,
		.interval = intervals[roll(5)],
		.timeout = timeouts[roll(5)],
		.rate = roll(3) ? 0 : 50 + (double)roll(2000),
		.preload = roll(3) ? 1 : 1 + (unsigned)roll(30),
		.adaptive = roll(3) == 0,
		.until_answer = roll(4) == 0,
		.prompt = roll(2),
	};
}

/* With nobody in the way, an end is reached, and each probe's fate is known by then. */
static void walk_to_the_end(void)
{
	struct pinger_status last;

	way.no_room = way.full = way.more = 0;
	world.unresolved = false;
	the.ready = the.hosts;
	if (the.options.count == 0)
		pinger_stop(the.pinger);
	for (unsigned i = 0; !world.stopped; i++) {
		ck_assert_uint_lt(i, TURNS_MAX);
		if (world.wanted > world.now && world.wanted != NSEC_NEVER)
			world.now = world.wanted;
		turn();
	}
	if (the.options.count)
		ck_assert_uint_eq(the.done, the.hosts);
	last = status();
	if (the.options.count && !the.options.until_answer)
		ck_assert_uint_eq(ping_pending(&last.counts), 0);
}

static void walk_round(unsigned seed)
{
	struct pinger_options options;

	memset(&the, 0, sizeof the);
	memset(&way, 0, sizeof way);
	memset(known, 0, sizeof known[0] * 16);
	world.stopped = world.unresolved = false;
	asked = 0;
	walk_state = (uint64_t)seed << 32;
	the.mute = true;
	options = walk_options();
	the.ready = 1;
	way.carries = roll(2);
	start(1 + (unsigned)roll(8), &options);
	for (int i = 0; i < WALK_EVENTS / WALK_ROUNDS && !world.stopped; i++)
		walk_step();
	walk_to_the_end();
	end();
}

/* sent = received + lost + dropped_here + pending, and every other count, after every step. */
START_TEST(counts_hold_in_whatever_order_things_happen)
{
	for (unsigned seed = 1; seed <= WALK_ROUNDS; seed++)
		walk_round(seed);
}
END_TEST

UNIT_MAIN("probe/pinger", first_probe_leaves_at_once_and_the_next_after_the_interval,
	count_ends_the_run, end_waits_for_the_fate_of_the_last_probe,
	nothing_to_ask_is_over_at_once, targets_that_are_not_there_yet_are_asked_when_they_come,
	addresses_keep_their_intervals_apart, small_delays_do_not_add_up,
	pause_is_not_made_up_for_by_a_burst, preload_leaves_at_once,
	preload_is_no_more_than_the_count, adaptive_asks_again_when_the_answer_comes,
	adaptive_asks_again_at_once_where_the_answer_is_there_after_sending,
	adaptive_waits_for_an_answer_no_longer_than_the_interval,
	adaptive_begins_the_interval_anew_with_each_answer, adaptive_is_not_hurried_by_duplicates,
	until_answer_ends_an_address_with_its_first_answer,
	until_answer_does_not_wait_for_what_else_is_on_its_way, until_answer_takes_no_forged_one,
	rate_is_kept_over_all_addresses, high_rates_go_in_small_bursts,
	probes_leave_in_batches_with_a_look_at_the_answers_in_between,
	new_addresses_do_not_wait_for_the_repetitions_of_others, preloads_leave_room_for_others,
	repetitions_leave_room_for_others, refused_question_is_asked_again_a_millisecond_later,
	refused_question_holds_up_all_and_forgets_none, full_queue_pauses_for_a_millisecond,
	reply_says_which_probe_it_answers, second_answer_is_a_duplicate,
	probe_is_lost_when_its_time_is_over, timeout_is_a_second_or_twice_the_longest_round_trip,
	timeout_is_ten_seconds_at_the_most, given_timeout_does_not_grow,
	answer_after_the_loss_takes_it_back_and_is_late,
	slow_answer_is_late_even_if_the_loss_was_not_noticed,
	answer_that_came_in_time_is_not_late_however_late_it_is_read,
	late_answer_to_the_last_probe_finds_the_address_done, error_is_a_loss_at_once,
	error_is_told_once, error_after_the_answer_says_nothing,
	error_after_the_loss_gives_its_reason, answer_after_an_error_takes_it_back,
	corrupt_answer_is_received_and_forged_ones_are_not, answers_to_nothing_are_foreign,
	first_stamp_of_a_departure_counts, refusal_by_this_machine_is_told_and_no_loss,
	refusal_by_this_machine_is_told_once, refusal_by_this_machine_takes_a_loss_back,
	as_many_losses_as_drops_were_seen_are_our_own, drops_are_no_excuse_for_what_left_after_them,
	answer_takes_a_drop_back, error_makes_a_loss_of_a_drop, drop_is_no_outage,
	outstanding_is_told_before_the_next_probe_leaves,
	outstanding_is_told_of_the_lost_and_not_of_the_refused,
	outstanding_is_told_once_however_often_the_next_is_refused_here,
	outage_lasts_from_the_first_lost_to_the_first_answered,
	answer_to_an_earlier_probe_ends_no_outage, outage_of_a_single_loss_is_one_interval,
	outage_ends_with_the_first_answer_after_it_also_in_hindsight,
	outage_is_known_in_hindsight_when_the_address_is_done,
	late_error_about_an_old_probe_begins_no_outage, outage_begins_with_an_error,
	what_never_left_is_not_lost_before_the_kernel_gives_the_neighbour_up,
	what_left_by_its_stamp_is_lost_in_time,
	neighbour_that_answers_in_the_meantime_makes_it_a_loss,
	neighbour_that_answered_once_is_not_waited_for, answer_ends_the_patience,
	error_of_the_kernel_ends_the_patience, patience_ends_with_the_address,
	answers_to_a_fast_stream_are_taken_with_a_later_probe,
	answers_are_taken_after_64_probes_at_the_latest, slow_streams_are_watched,
	prompt_streams_are_watched, what_waits_in_the_kernel_is_taken_before_deadlines_are_judged,
	prompt_streams_look_into_the_kernel_before_deadlines_are_judged,
	nothing_is_given_up_while_more_waits_in_the_kernel,
	something_is_given_up_though_ever_more_waits_in_the_kernel,
	streams_that_a_rate_makes_slow_are_watched,
	fast_stream_is_watched_when_its_last_probe_has_left, stop_takes_what_waits_in_the_kernel,
	stop_leaves_what_is_on_its_way_pending, stop_from_within_an_event_ends_the_turn,
	way_is_given_time_to_warm_up, way_is_told_when_nothing_is_waited_for_any_more,
	addresses_are_listed_in_the_order_of_admission, forgotten_addresses_stay_in_the_sums,
	nothing_is_told_of_a_forgotten_address, further_targets_wait_for_room,
	more_probes_than_a_sequence_field_counts_can_be_on_their_way,
	late_answers_are_known_among_the_newest_65536, probes_of_forgotten_addresses_are_not_kept,
	forgotten_addresses_go_when_their_probes_do, counts_hold_in_whatever_order_things_happen)
