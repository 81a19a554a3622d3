/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/engine.h"

#include "../loopback.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

#include <errno.h>
#include <netinet/in.h>

enum { PORT_COUNT = 200, OPEN_EVERY = 37, TARGETS_MAX = 4 };

/* 200 ports of 127.0.0.1 that are this test's own, every 37th of them listening. */
struct farm {
	int fds[PORT_COUNT];
	uint16_t numbers[PORT_COUNT];
	struct ports *ports;
};

struct run {
	struct farm farm;
	struct loop *loop;
	struct engine *engine;
	struct engine_target targets[TARGETS_MAX];
	unsigned target_count, given;
	struct timer late;  /* until it rings, next() says -EAGAIN */
	struct timer other; /* of others in the loop */
	unsigned not_yet;   /* how often it did */
	bool stop_when_done;
	struct host *kept; /* addresses that done() keeps */
	bool keep, has_idle;
	unsigned idle, idle_until; /* times; the loop is stopped with the last */
	unsigned stop_after;       /* decided ports; 0: never */
	bool stopped;

	unsigned decided[PORT_STATES], decided_late, under_way_most;
	unsigned done, complete, wrong;
	struct cell last;
};

static bool farm_is_open(unsigned i)
{
	return i % OPEN_EVERY == 0;
}

static void farm_open(struct farm *f)
{
	struct strbuf list = {0};

	for (unsigned i = 0; i < PORT_COUNT; i++) {
		struct addr at;

		f->fds[i] = farm_is_open(i) ? loopback_listen(4, &at)
					    : loopback_bind(4, SOCK_STREAM, &at);
		ck_assert_int_ge(f->fds[i], 0);
		f->numbers[i] = at.port;
		strbuf_printf(&list, "%s%u", i ? "," : "", at.port);
	}
	ck_assert_int_eq(ports_parse(list.text, IPPROTO_TCP, &f->ports, NULL), 0);
	strbuf_release(&list);
}

static void farm_close(struct farm *f)
{
	for (unsigned i = 0; i < PORT_COUNT; i++)
		close(f->fds[i]);
	ports_free(f->ports);
}

static int next_target(void *user, struct engine_target *out)
{
	struct run *r = user;

	if (timer_is_set(&r->late)) {
		r->not_yet++;
		return -EAGAIN;
	}
	if (r->given == r->target_count)
		return 0;
	*out = r->targets[r->given++];
	return 1;
}

static bool is_right(const struct run *r, const struct host *h, uint32_t cell)
{
	const struct cell *c = &h->cells[cell];

	for (unsigned i = 0; i < PORT_COUNT; i++)
		if (r->farm.numbers[i] == host_port(h, cell))
			return farm_is_open(i) ? c->state == PORT_OPEN && c->rtt_us > 0
					       : c->state == PORT_CLOSED;
	return true;
}

static void port_decided(void *user, struct host *h, uint32_t cell)
{
	struct run *r = user;
	struct engine_status status;

	r->last = h->cells[cell];
	r->decided[r->last.state]++;
	r->decided_late += r->stopped;
	r->wrong += !is_right(r, h, cell);
	engine_status(r->engine, &status);
	if (status.under_way > r->under_way_most)
		r->under_way_most = status.under_way;
	if (r->stop_after && status.decided == r->stop_after) {
		r->stopped = true;
		engine_stop(r->engine);
	}
}

static bool host_done(void *user, struct host *h, bool complete)
{
	struct run *r = user;

	ck_assert_int_eq(complete, h->decided == h->count);
	r->done++;
	r->complete += complete;
	if (r->stop_when_done) {
		r->stopped = true;
		engine_stop(r->engine);
	}
	if (!r->keep)
		return false;
	h->next = r->kept;
	r->kept = h;
	return true;
}

static void all_idle(void *user)
{
	struct run *r = user;

	if (++r->idle >= r->idle_until)
		loop_stop(r->loop);
}

static void ring(struct timer *timer, nsec_t now)
{
	(void)timer;
	(void)now;
}

static struct run *run_new(void)
{
	struct run *r = calloc(1, sizeof *r);

	farm_open(&r->farm);
	r->loop = loop_new();
	ck_assert_ptr_nonnull(r->loop);
	r->late.expired = ring;
	return r;
}

static void add_target(struct run *r, struct addr addr)
{
	r->targets[r->target_count++] = (struct engine_target){"target", addr, r->farm.ports};
}

static void ring_again(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, other);

	timers_set(loop_timers(r->loop), timer, now + NSEC_PER_MSEC);
}

/* Returns how long it took. */
static nsec_t go(struct run *r, const struct engine_options *options)
{
	const struct engine_events events = {
		next_target, port_decided, host_done, r->has_idle ? all_idle : NULL, r};
	struct engine_options with = *options;
	nsec_t began = clock_now();

	if (with.policy.attempts == 0)
		with.policy.attempts = 10;
	r->engine = engine_new(r->loop, &probe_tcp_connect, &with, &events);
	ck_assert_int_eq(loop_run(r->loop), 0);
	return clock_now() - began;
}

static void run_free(struct run *r)
{
	engine_free(r->engine);
	loop_free(r->loop);
	farm_close(&r->farm);
	free(r);
}

/* A listener whose queue is full drops SYNs: as silent as a firewall, without one. */
struct silence {
	struct addr at;
	int listener, fill;
};

static struct silence silence_open(void)
{
	struct silence q;
	struct sockaddr_storage sa;
	socklen_t len;

	q.listener = loopback_bind(4, SOCK_STREAM, &q.at);
	q.fill = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	len = addr_to_sockaddr(&q.at, &sa);
	ck_assert_int_eq(listen(q.listener, 0), 0);
	ck_assert_int_eq(connect(q.fill, (struct sockaddr *)&sa, len), 0);
	return q;
}

static void silence_close(const struct silence *q)
{
	close(q->fill);
	close(q->listener);
}

static void expect_whole_farm(const struct run *r, uint64_t addresses)
{
	uint64_t open_ports = (PORT_COUNT + OPEN_EVERY - 1) / OPEN_EVERY;
	struct engine_status status;

	engine_status(r->engine, &status);
	ck_assert_uint_eq(r->wrong, 0);
	ck_assert_uint_eq(r->decided[PORT_OPEN], open_ports * addresses);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], (PORT_COUNT - open_ports) * addresses);
	ck_assert_uint_eq(r->done, addresses);
	ck_assert_uint_eq(r->complete, addresses);
	ck_assert_uint_eq(status.decided, PORT_COUNT * addresses);
	ck_assert_uint_ge(status.sent, status.decided);
	ck_assert_uint_eq(status.under_way, 0);
}

START_TEST(engine_finds_exactly_the_listeners)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	go(r, &(struct engine_options){.seed = 1});
	expect_whole_farm(r, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_goes_in_ascending_order_where_asked)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	go(r, &(struct engine_options){.sequential = true});
	expect_whole_farm(r, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_asks_the_port_of_a_target_alone)
{
	struct run *r = run_new();
	struct addr at = loopback_addr(4);

	at.port = r->farm.numbers[OPEN_EVERY];
	add_target(r, at);
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->wrong, 0);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 1);
	ck_assert_uint_eq(r->complete, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_ends_at_once_without_targets)
{
	struct run *r = run_new();

	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->done, 0);
	run_free(r);
}
END_TEST

START_TEST(engine_waits_for_a_target_that_is_not_there_yet)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	timers_set(loop_timers(r->loop), &r->late, clock_now() + 50 * NSEC_PER_MSEC);
	ck_assert_int_ge(go(r, &(struct engine_options){0}), 40 * NSEC_PER_MSEC);
	ck_assert_uint_ge(r->not_yet, 1);
	ck_assert_uint_le(r->not_yet, 10);
	expect_whole_farm(r, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_stopped_in_the_middle_reports_incomplete)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	r->stop_after = 50;
	go(r, &(struct engine_options){.rate = 500});
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 0);
	ck_assert_uint_eq(r->decided_late, 0);
	ck_assert_uint_eq(r->wrong, 0);
	run_free(r);
}
END_TEST

START_TEST(engine_sends_nothing_after_its_stop)
{
	struct addr nowhere = {.family = 4, .ip = {255, 255, 255, 255}};
	struct run *r = run_new();
	struct engine_status status;

	/* every answer comes from connect(2) itself, so that the stop falls into a batch */
	add_target(r, nowhere);
	r->stop_after = 5;
	go(r, &(struct engine_options){0});
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.sent, 5);
	ck_assert_uint_eq(r->decided_late, 0);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 0);
	run_free(r);
}
END_TEST

/* As a scan does whose output cannot be written. */
START_TEST(engine_stopped_when_an_address_is_done_reports_each_once)
{
	struct addr nowhere = {.family = 4, .ip = {255, 255, 255, 255}}, single = nowhere;
	struct run *r = run_new();

	single.port = 80;
	add_target(r, single);
	add_target(r, nowhere);
	r->stop_when_done = true;
	go(r, &(struct engine_options){.sequential = true});
	ck_assert_uint_eq(r->done, 2);
	ck_assert_uint_eq(r->complete, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_stopped_at_the_last_port_reports_complete_once)
{
	struct addr nowhere = {.family = 4, .port = 80, .ip = {255, 255, 255, 255}};
	struct run *r = run_new();

	add_target(r, nowhere);
	r->stop_when_done = true;
	r->stop_after = 1;
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_keeps_few_probes_under_way_where_asked)
{
	struct run *r = run_new();
	struct engine_status status;

	add_target(r, loopback_addr(4));
	go(r, &(struct engine_options){.parallel = 4});
	expect_whole_farm(r, 1);
	ck_assert_uint_le(r->under_way_most, 3); /* the one that was decided has ended */
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.sockets, 4);
	ck_assert_int_eq(status.sockets_limit, ENGINE_PARALLEL);
	run_free(r);
}
END_TEST

START_TEST(engine_is_no_faster_than_its_rate)
{
	struct run *r = run_new();
	nsec_t took;

	add_target(r, loopback_addr(4));
	took = go(r, &(struct engine_options){.rate = 400});
	expect_whole_farm(r, 1);
	/* less the 10 ms that a pause is made up for */
	ck_assert_int_ge(took, PORT_COUNT * NSEC_PER_SEC / 400 - 20 * NSEC_PER_MSEC);
	run_free(r);
}
END_TEST

START_TEST(engine_keeps_the_delay_between_probes_to_one_address)
{
	struct run *r = run_new();
	nsec_t took;

	add_target(r, loopback_addr(4));
	took = go(r, &(struct engine_options){.delay = 2 * NSEC_PER_MSEC});
	expect_whole_farm(r, 1);
	ck_assert_int_ge(took, (2 * (nsec_t)PORT_COUNT - 20) * NSEC_PER_MSEC);
	run_free(r);
}
END_TEST

START_TEST(engine_changes_families_on_few_sockets)
{
	struct addr four = loopback_addr(4), six = loopback_addr(6);
	struct run *r = run_new();
	int listener = loopback_listen(6, &six);

	if (listener >= 0) {
		four.port = r->farm.numbers[0];
		for (unsigned i = 0; i < TARGETS_MAX; i++)
			add_target(r, i % 2 ? six : four);
		go(r, &(struct engine_options){.parallel = 1, .sequential = true});
		ck_assert_uint_eq(r->decided[PORT_OPEN], TARGETS_MAX);
		ck_assert_uint_eq(r->complete, TARGETS_MAX);
		close(listener);
	} else {
		go(r, &(struct engine_options){0});
	}
	run_free(r);
}
END_TEST

START_TEST(engine_calls_no_route_unreachable_without_asking_twice)
{
	struct addr nowhere = {.family = 4, .ip = {255, 255, 255, 255}};
	struct run *r = run_new();
	struct engine_status status;

	add_target(r, nowhere);
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->decided[PORT_UNREACHABLE], PORT_COUNT);
	ck_assert_uint_eq(r->last.reason, REASON_NO_ROUTE);
	ck_assert_uint_eq(r->complete, 1);
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.sent, PORT_COUNT);
	ck_assert_uint_eq(status.troubles, 0);
	run_free(r);
}
END_TEST

START_TEST(engine_asks_a_silent_port_twice_and_calls_it_filtered)
{
	struct run *r = run_new();
	struct silence q = silence_open();

	add_target(r, q.at);
	go(r, &(struct engine_options){.timeout = 100 * NSEC_PER_MSEC});
	ck_assert_uint_eq(r->decided[PORT_FILTERED], 1);
	ck_assert_uint_eq(r->last.reason, REASON_TIMEOUT);
	ck_assert_uint_eq(r->last.attempts, 2);
	ck_assert_uint_eq(r->complete, 1);
	silence_close(&q);
	run_free(r);
}
END_TEST

START_TEST(engine_asks_a_silent_port_once_where_told_so)
{
	struct run *r = run_new();
	struct silence q = silence_open();

	add_target(r, q.at);
	go(r, &(struct engine_options){.timeout = 100 * NSEC_PER_MSEC, .policy = {.attempts = 1}});
	ck_assert_uint_eq(r->decided[PORT_FILTERED], 1);
	ck_assert_uint_eq(r->last.attempts, 1);
	silence_close(&q);
	run_free(r);
}
END_TEST

START_TEST(engine_stopped_among_silent_ports_decides_no_more)
{
	struct run *r = run_new();
	struct silence first = silence_open(), second = silence_open();
	struct addr both = loopback_addr(4);
	struct strbuf list = {0};
	struct ports *ports;

	strbuf_printf(&list, "%u,%u", first.at.port, second.at.port);
	ck_assert_int_eq(ports_parse(list.text, IPPROTO_TCP, &ports, NULL), 0);
	r->targets[r->target_count++] = (struct engine_target){"target", both, ports};
	r->stop_after = 1;
	go(r, &(struct engine_options){.timeout = 100 * NSEC_PER_MSEC});
	ck_assert_uint_eq(r->decided[PORT_FILTERED], 1);
	ck_assert_uint_eq(r->decided_late, 0);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 0);
	silence_close(&first);
	silence_close(&second);
	run_free(r);
	ports_free(ports);
	strbuf_release(&list);
}
END_TEST

/* As a scan does that still waits for banners. */
START_TEST(engine_leaves_an_address_to_who_keeps_it)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	add_target(r, loopback_addr(4));
	r->keep = true;
	go(r, &(struct engine_options){0});
	expect_whole_farm(r, 2);
	engine_free(r->engine);
	for (unsigned i = 0; i < 2; i++) {
		struct host *h = r->kept;

		ck_assert_ptr_nonnull(h);
		ck_assert_uint_eq(h->decided, h->count);
		r->kept = h->next;
		host_free(h);
	}
	ck_assert_ptr_null(r->kept);
	loop_free(r->loop);
	farm_close(&r->farm);
	free(r);
}
END_TEST

START_TEST(engine_does_not_stop_a_loop_that_others_need)
{
	struct run *r = run_new();

	add_target(r, loopback_addr(4));
	r->has_idle = true;
	r->idle_until = 3;
	r->other.expired = ring_again;
	timers_set(loop_timers(r->loop), &r->other, 0);
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->idle, 3);
	expect_whole_farm(r, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_is_idle_at_once_without_targets)
{
	struct run *r = run_new();

	r->has_idle = true;
	r->idle_until = 1;
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->idle, 1);
	ck_assert_uint_eq(r->done, 0);
	run_free(r);
}
END_TEST

UNIT_MAIN("probe/engine", engine_finds_exactly_the_listeners,
	engine_leaves_an_address_to_who_keeps_it, engine_does_not_stop_a_loop_that_others_need,
	engine_is_idle_at_once_without_targets, engine_goes_in_ascending_order_where_asked,
	engine_asks_the_port_of_a_target_alone, engine_ends_at_once_without_targets,
	engine_waits_for_a_target_that_is_not_there_yet,
	engine_stopped_in_the_middle_reports_incomplete, engine_sends_nothing_after_its_stop,
	engine_stopped_when_an_address_is_done_reports_each_once,
	engine_stopped_at_the_last_port_reports_complete_once,
	engine_stopped_among_silent_ports_decides_no_more,
	engine_keeps_few_probes_under_way_where_asked, engine_is_no_faster_than_its_rate,
	engine_keeps_the_delay_between_probes_to_one_address,
	engine_changes_families_on_few_sockets,
	engine_calls_no_route_unreachable_without_asking_twice,
	engine_asks_a_silent_port_twice_and_calls_it_filtered,
	engine_asks_a_silent_port_once_where_told_so)
