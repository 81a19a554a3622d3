/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/locator.h"

#include "../loopback.h"

#include "netprobe/base/mem.h"

#include <netinet/in.h>

/* On loopback the target is the first hop; ways with routers on them are in
 * tests/netns/where_truth.bats. */
enum { FOUND_MAX = 64 };

#define QUICK (50 * NSEC_PER_MSEC)

struct run {
	struct loop *loop;
	struct locator *locator;
	struct whereabouts found[FOUND_MAX];
	void *users[FOUND_MAX];
	unsigned count, wanted, again;
	struct timer alarm;
	bool alarmed;
};

static void too_late(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, alarm);

	(void)now;
	r->alarmed = true;
	loop_stop(r->loop);
}

static void on_found(void *user, const struct locator_question *q, const struct whereabouts *w)
{
	struct run *r = user;

	ck_assert_uint_lt(r->count, FOUND_MAX);
	r->users[r->count] = q->user;
	r->found[r->count++] = *w;
	if (r->again > 0) {
		r->again--;
		locator_ask(r->locator, q);
	}
	if (r->count == r->wanted)
		loop_stop(r->loop);
}

static void begin(struct run *r, const struct locator_options *options)
{
	*r = (struct run){.alarm = {.expired = too_late}};
	r->loop = loop_new();
	r->locator = locator_new(r->loop, options, on_found, r);
}

static void go(struct run *r, unsigned wanted, nsec_t most)
{
	r->wanted = wanted;
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + most);
	ck_assert_int_eq(loop_run(r->loop), 0);
	timers_cancel(loop_timers(r->loop), &r->alarm);
}

static void end(struct run *r)
{
	locator_free(r->locator);
	loop_free(r->loop);
}

static int type_of(int protocol)
{
	return protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

/* A number that is nobody's: closed. */
static uint16_t closed_port(int family, int protocol, int *holder)
{
	struct addr at;

	*holder = loopback_bind(family, type_of(protocol), &at);
	/* a bound UDP socket is open: its number is given back */
	if (protocol == IPPROTO_UDP)
		close(*holder);
	return at.port;
}

START_TEST(target_that_answers_at_the_first_hop_has_none_before_it)
{
	static const int protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

	for (int i = 0; i < 4; i++) {
		int family = i & 1 ? 6 : 4, protocol = protocols[i >> 1], closed;
		struct locator_question q = {.protocol = protocol, .to = loopback_addr(family)};
		struct run r;

		q.answering[0] = closed_port(family, protocol, &closed);
		if (closed < 0)
			continue;
		q.to.port = 9; /* is not asked: nothing is nearer than the target */
		begin(&r, &(struct locator_options){0});
		locator_ask(r.locator, &q);
		go(&r, 1, 5 * NSEC_PER_SEC);
		ck_assert_uint_eq(r.count, 1);
		ck_assert_uint_eq(r.found[0].hops, 1);
		ck_assert_uint_eq(r.found[0].hop, 0);
		ck_assert_uint_eq(r.found[0].last.family, 0);
		end(&r);
		if (protocol == IPPROTO_TCP)
			close(closed);
	}
}
END_TEST

START_TEST(open_port_tells_the_distance_as_well)
{
	struct addr at;
	int fd = loopback_listen(4, &at);
	struct locator_question q = {
		.protocol = IPPROTO_TCP, .to = loopback_addr(4), .answering = {at.port}};
	struct run r;

	begin(&r, &(struct locator_options){0});
	locator_ask(r.locator, &q);
	go(&r, 1, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.found[0].hops, 1);
	end(&r);
	close(fd);
}
END_TEST

START_TEST(without_a_port_that_answers_the_distance_is_not_known)
{
	struct addr at;
	int silent = loopback_bind(4, SOCK_DGRAM, &at);
	struct locator_question q = {.protocol = IPPROTO_UDP, .to = at};
	struct run r;

	begin(&r, &(struct locator_options){.timeout = QUICK, .tries = 1});
	locator_ask(r.locator, &q);
	go(&r, 1, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.found[0].hops, 0);
	ck_assert_uint_eq(r.found[0].hop, 0);
	end(&r);
	close(silent);
}
END_TEST

/* A UDP service that answers whatever it is sent. */
struct service {
	struct watch watch;
	int fd;
};

static void answer_all(struct watch *watch, uint32_t events, nsec_t now)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	int fd = container_of(watch, struct service, watch)->fd;
	char byte;

	(void)events;
	(void)now;
	if (recvfrom(fd, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &len) >= 0)
		ck_assert_int_eq(sendto(fd, "", 0, 0, (struct sockaddr *)&from, len), 0);
}

static void expect_open(int protocol, int fd, const struct addr *at, enum port_reason reason)
{
	struct locator_question q = {.protocol = protocol, .to = *at};
	struct service service = {.watch.ready = answer_all, .fd = fd};
	struct run r;

	begin(&r, &(struct locator_options){0});
	if (protocol == IPPROTO_UDP)
		loop_watch(r.loop, fd, LOOP_IN, &service.watch);
	locator_ask(r.locator, &q);
	go(&r, 1, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_int_eq(r.found[0].answer.state, PORT_OPEN);
	ck_assert_int_eq(r.found[0].answer.reason, reason);
	ck_assert(addr_same(&r.found[0].answer.from, at));
	end(&r);
	close(fd);
}

START_TEST(port_that_turns_out_to_be_open_is)
{
	struct addr at;
	int fd = loopback_listen(4, &at);

	expect_open(IPPROTO_TCP, fd, &at, REASON_SYN_ACK);
	fd = loopback_bind(4, SOCK_DGRAM, &at);
	expect_open(IPPROTO_UDP, fd, &at, REASON_REPLY);
}
END_TEST

START_TEST(port_that_answers_after_all_is_found_itself)
{
	int closed;
	struct locator_question q = {.protocol = IPPROTO_TCP, .to = loopback_addr(4)};
	struct addr target = loopback_addr(4);
	struct run r;

	q.to.port = closed_port(4, IPPROTO_TCP, &closed);
	begin(&r, &(struct locator_options){0});
	locator_ask(r.locator, &q);
	go(&r, 1, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.found[0].hop, 1);
	ck_assert(addr_same(&r.found[0].last, &target));
	ck_assert_uint_eq(r.found[0].last.port, 0);
	ck_assert_int_eq(r.found[0].answer.state, PORT_CLOSED);
	ck_assert_int_eq(r.found[0].answer.reason, REASON_RST);
	end(&r);
	close(closed);
}
END_TEST

/* Three tries: the one before the last is given as long as a limit of ICMP errors may take. */
START_TEST(silence_takes_three_seconds_at_the_most)
{
	struct addr at;
	int silent = loopback_bind(4, SOCK_DGRAM, &at);
	struct locator_question q = {.protocol = IPPROTO_UDP, .to = at};
	nsec_t began = clock_now();
	struct run r;

	begin(&r, &(struct locator_options){0});
	locator_ask(r.locator, &q);
	go(&r, 1, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_int_ge(clock_now() - began, 2 * NSEC_PER_SEC);
	ck_assert_int_lt(clock_now() - began, 6 * NSEC_PER_SEC);
	end(&r);
	close(silent);
}
END_TEST

START_TEST(questions_about_an_address_are_answered_in_their_order)
{
	int closed, names[5];
	struct locator_question q = {.protocol = IPPROTO_TCP, .to = loopback_addr(4)};
	struct run r;

	q.answering[0] = closed_port(4, IPPROTO_TCP, &closed);
	begin(&r, &(struct locator_options){0});
	for (unsigned i = 0; i < 5; i++) {
		q.user = &names[i];
		locator_ask(r.locator, &q);
	}
	go(&r, 5, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_ptr_eq(r.users[i], &names[i]);
		ck_assert_uint_eq(r.found[i].hops, 1);
	}
	end(&r);
	close(closed);
}
END_TEST

START_TEST(found_may_ask_more)
{
	int closed;
	struct locator_question q = {.protocol = IPPROTO_TCP, .to = loopback_addr(4)};
	struct run r;

	q.to.port = closed_port(4, IPPROTO_TCP, &closed);
	begin(&r, &(struct locator_options){0});
	r.again = 3;
	locator_ask(r.locator, &q);
	go(&r, 4, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 4);
	end(&r);
	close(closed);
}
END_TEST

/* More than are looked at at once; all of them answer in the same turn of the loop. */
START_TEST(every_address_has_its_turn)
{
	struct locator_question q = {.protocol = IPPROTO_TCP, .to = loopback_addr(4)};
	struct run r;

	q.to.port = 9;
	begin(&r, &(struct locator_options){.parallel = 3});
	for (uint8_t i = 1; i <= 40; i++) {
		q.to.ip[3] = i;
		locator_ask(r.locator, &q);
	}
	go(&r, 40, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r.count, 40);
	for (unsigned i = 0; i < 40; i++)
		ck_assert_uint_eq(r.found[i].hop, 1);
	end(&r);
}
END_TEST

START_TEST(nothing_is_found_after_stop)
{
	struct addr at;
	int silent = loopback_bind(4, SOCK_DGRAM, &at);
	struct locator_question q = {.protocol = IPPROTO_UDP, .to = at};
	struct run r;

	begin(&r, &(struct locator_options){.timeout = QUICK, .tries = 1});
	locator_ask(r.locator, &q);
	locator_ask(r.locator, &q);
	locator_stop(r.locator);
	go(&r, 1, 5 * QUICK);
	ck_assert(r.alarmed);
	ck_assert_uint_eq(r.count, 0);
	end(&r);
	close(silent);
}
END_TEST

START_TEST(free_with_questions_under_way_leaves_nothing)
{
	struct addr at;
	int silent = loopback_bind(4, SOCK_DGRAM, &at);
	struct locator_question q = {.protocol = IPPROTO_UDP, .to = at};
	struct run r;

	begin(&r, &(struct locator_options){0});
	for (unsigned i = 0; i < 3; i++)
		locator_ask(r.locator, &q);
	go(&r, 1, QUICK);
	end(&r);
	close(silent);
}
END_TEST

UNIT_MAIN("probe/locator", target_that_answers_at_the_first_hop_has_none_before_it,
	open_port_tells_the_distance_as_well, without_a_port_that_answers_the_distance_is_not_known,
	port_that_answers_after_all_is_found_itself, port_that_turns_out_to_be_open_is,
	silence_takes_three_seconds_at_the_most,
	questions_about_an_address_are_answered_in_their_order, found_may_ask_more,
	every_address_has_its_turn, nothing_is_found_after_stop,
	free_with_questions_under_way_leaves_nothing)
