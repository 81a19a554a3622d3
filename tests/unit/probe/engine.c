/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/engine.h"

#include "../own_net.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

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
	const struct probe *probe; /* NULL: probe_tcp_connect */
	struct engine_target targets[TARGETS_MAX];
	unsigned target_count, given;
	struct timer late;  /* until it rings, next() says -EAGAIN */
	struct timer other; /* of others in the loop */
	unsigned not_yet;   /* how often it did */
	bool stop_when_done;
	struct host *kept; /* addresses that done() keeps */
	bool keep, has_idle;
	unsigned knows;       /* ports of each address, from an earlier run */
	struct ports *beside; /* asked beside the first address, as a control; NULL: nothing */
	unsigned controls, control_ports;
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
	if (h->control) {
		ck_assert_ptr_eq(h->user, &r->controls);
		r->controls++;
		r->control_ports += h->count;
		return false;
	}
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

static void know_some(void *user, struct host *h)
{
	struct run *r = user;

	if (r->beside) {
		const struct engine_target beside = {.name = h->name,
			.addr = h->addr,
			.own_ports = r->beside,
			.control = true,
			.user = &r->controls};

		r->beside = NULL;
		engine_add(r->engine, &beside);
	}
	for (unsigned i = 0; i < r->knows; i++)
		host_knew(h, i, PORT_FILTERED, REASON_TIMEOUT);
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
	r->targets[r->target_count++] =
		(struct engine_target){.name = "target", .addr = addr, .ports = r->farm.ports};
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
		.next = next_target,
		.admitted = r->knows || r->beside ? know_some : NULL,
		.decided = port_decided,
		.done = host_done,
		.idle = r->has_idle ? all_idle : NULL,
		.user = r,
	};
	struct engine_options with = *options;
	nsec_t began = clock_now();

	if (with.policy.attempts == 0)
		with.policy.attempts = 10;
	r->engine = engine_new(r->loop, r->probe ? r->probe : &probe_tcp_connect, &with, &events);
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

START_TEST(engine_does_not_ask_what_is_known)
{
	struct run *r = run_new();
	struct engine_status status;

	add_target(r, loopback_addr(4));
	r->knows = PORT_COUNT - 3;
	go(r, &(struct engine_options){.seed = 1});
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.decided, PORT_COUNT);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 3);
	ck_assert_uint_eq(status.sent, 3);
	ck_assert_uint_eq(r->complete, 1);
	run_free(r);
}
END_TEST

START_TEST(engine_asks_an_address_beside_the_others)
{
	struct run *r = run_new();
	struct engine_status status;

	add_target(r, loopback_addr(4));
	ck_assert_int_eq(ports_parse("7,9,13", IPPROTO_TCP, &r->beside, NULL), 0);
	go(r, &(struct engine_options){.seed = 1});
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 1);
	ck_assert_uint_eq(r->controls, 1);
	ck_assert_uint_eq(r->control_ports, 3);
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.decided, PORT_COUNT);
	ck_assert_uint_eq(r->wrong, 0);
	run_free(r);
}
END_TEST

START_TEST(engine_is_done_where_everything_is_known)
{
	struct run *r = run_new();
	struct engine_status status;

	add_target(r, loopback_addr(4));
	add_target(r, loopback_addr(4));
	r->knows = PORT_COUNT;
	go(r, &(struct engine_options){.seed = 1});
	engine_status(r->engine, &status);
	ck_assert_uint_eq(status.sent, 0);
	ck_assert_uint_eq(r->complete, 2);
	run_free(r);
}
END_TEST

START_TEST(engine_takes_an_address_with_ports_of_its_own)
{
	struct run *r = run_new();
	struct ports *own, *none;

	ck_assert_int_eq(ports_parse("1-5", IPPROTO_TCP, &own, NULL), 0);
	ck_assert_int_eq(ports_parse("1", IPPROTO_TCP, &none, NULL), 0);
	ports_remove(none, own);
	add_target(r, loopback_addr(4));
	add_target(r, loopback_addr(4));
	r->targets[0].own_ports = own;
	r->targets[1].own_ports = none;
	go(r, &(struct engine_options){.seed = 1});
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 5);
	ck_assert_uint_eq(r->complete, 2);
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
	r->targets[r->target_count++] =
		(struct engine_target){.name = "target", .addr = both, .ports = ports};
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

/* --- a router that does not know who has an address --------------------------------------------
 */

#define ON_THE_WIRE                                                                                \
	{                                                                                          \
		.family = 4, .ip = { 192, 0, 2, 9 }                                                \
	}
#define BEYOND                                                                                     \
	{                                                                                          \
		.family = 4, .ip = { 198, 51, 100, 9 }                                             \
	}

/* 192.0.2.9 is a neighbour, 198.51.100.9 is behind 192.0.2.2. These link addresses are
 * nobody's, so nothing ever comes from there. */
static bool silent_net(void)
{
	const char *const lines[][12] = {
		{"ip", "link", "add", "far", "type", "veth", "peer", "name", "end"},
		{"ip", "link", "set", "far", "up"},
		{"ip", "link", "set", "end", "up"},
		{"ip", "addr", "add", "192.0.2.1/24", "dev", "far"},
		{"ip", "neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "far"},
		{"ip", "neigh", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev", "far"},
		{"ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2"},
	};

	if (!own_net())
		return false;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (own_net_run(lines[i]) != 0) {
			printf("skipped: no veth interface to be had\n");
			return false;
		}
	return true;
}

static struct ports *six_ports(void)
{
	struct ports *ports;

	ck_assert_int_eq(ports_parse("1-6", IPPROTO_TCP, &ports, NULL), 0);
	return ports;
}

static void add_silent(struct run *r, struct addr addr)
{
	add_target(r, addr);
	r->targets[r->target_count - 1].own_ports = six_ports();
	r->keep = true;
}

/* The address that was done last. */
static struct host *pop_kept(struct run *r)
{
	struct host *h = r->kept;

	ck_assert_ptr_nonnull(h);
	r->kept = h->next;
	return h;
}

static void expect_silence(const struct run *r, const struct host *h)
{
	ck_assert_uint_eq(r->done, r->complete);
	for (uint32_t i = 0; i < h->count; i++) {
		ck_assert_int_eq(h->cells[i].state, PORT_FILTERED);
		ck_assert_int_eq(h->cells[i].reason, REASON_TIMEOUT);
		ck_assert_uint_eq(h->cells[i].attempts, 2);
	}
	ck_assert_ptr_null(host_limiter(h));
}

START_TEST(engine_listens_to_a_router_that_looks_for_an_address)
{
	struct run *r;
	struct host *h;
	nsec_t took;

	if (!silent_net())
		return;
	r = run_new();
	add_silent(r, (struct addr)BEYOND);
	add_silent(r, (struct addr)ON_THE_WIRE);
	took = go(r, &(struct engine_options){0});
	ck_assert_int_ge(took, 3 * NSEC_PER_SEC);
	h = pop_kept(r);
	ck_assert(addr_same(&h->addr, &(struct addr)BEYOND));
	ck_assert_uint_gt(h->first_listeners, 0);
	expect_silence(r, h);
	host_free(h);
	h = pop_kept(r);
	ck_assert_uint_eq(h->first_listeners, 0);
	expect_silence(r, h);
	host_free(h);
	run_free(r);
}
END_TEST

START_TEST(engine_listens_no_longer_than_it_was_told_to)
{
	struct run *r;
	struct host *h;

	if (!silent_net())
		return;
	r = run_new();
	add_silent(r, (struct addr)BEYOND);
	go(r, &(struct engine_options){.timeout = 100 * NSEC_PER_MSEC});
	h = pop_kept(r);
	ck_assert_uint_eq(h->first_listeners, 0);
	expect_silence(r, h);
	host_free(h);
	run_free(r);
}
END_TEST

/* How often a silence had been looked at when port 5 was asked first. */
static struct {
	unsigned silences, at_five;
	bool asked_five;
} seen;

static enum probe_event seen_send(int fd, const struct addr *to, struct answer *out)
{
	if (to->port == 5 && !seen.asked_five) {
		seen.asked_five = true;
		seen.at_five = seen.silences;
	}
	return probe_tcp_connect.send(fd, to, out);
}

static void seen_explain(int fd, struct answer *out)
{
	seen.silences++;
	probe_tcp_connect.explain(fd, out);
}

/* Ports 1 to 4 have all the sockets. As soon as they listen one of them goes on to port 5, and none
 * listens for long enough to be looked at again. */
START_TEST(engine_takes_a_socket_from_who_only_listens)
{
	struct probe counted = probe_tcp_connect;
	struct run *r;
	struct host *h;

	if (!silent_net())
		return;
	r = run_new();
	counted.send = seen_send;
	counted.explain = seen_explain;
	r->probe = &counted;
	add_silent(r, (struct addr)BEYOND);
	go(r, &(struct engine_options){.parallel = 4, .sequential = true});
	ck_assert(seen.asked_five);
	ck_assert_uint_le(seen.at_five, 4 + 1);
	h = pop_kept(r);
	ck_assert_uint_gt(h->first_listeners, 0);
	expect_silence(r, h);
	host_free(h);
	run_free(r);
}
END_TEST

/* Of port 1 a router says after a second that nobody is there. */
static enum probe_event nobody_match(int fd, const struct addr *to, struct answer *out)
{
	struct sock_handshake facts;

	sock_handshake(fd, &facts);
	if (to->port != 1 || facts.resent == 0)
		return probe_tcp_connect.match(fd, to, out);
	*out = (struct answer){.state = PORT_UNREACHABLE,
		.reason = REASON_ICMP,
		.icmp_type = ICMP_DEST_UNREACH,
		.icmp_code = ICMP_HOST_UNREACH,
		.from = {.family = 4, .ip = {192, 0, 2, 2}}};
	return PROBE_ANSWERED;
}

START_TEST(engine_asks_nobody_slowly)
{
	struct probe nobody = probe_tcp_connect;
	struct run *r;
	struct host *h;

	if (!silent_net())
		return;
	r = run_new();
	nobody.match = nobody_match;
	r->probe = &nobody;
	add_silent(r, (struct addr)BEYOND);
	go(r, &(struct engine_options){.policy = {.icmp_wait = 60 * NSEC_PER_SEC}});
	h = pop_kept(r);
	ck_assert_uint_eq(r->decided[PORT_UNREACHABLE], 1);
	ck_assert_uint_eq(r->decided[PORT_FILTERED], 5);
	ck_assert_int_eq(h->cells[0].state, PORT_UNREACHABLE);
	for (uint32_t i = 1; i < h->count; i++)
		ck_assert_uint_eq(h->cells[i].attempts, 2);
	ck_assert_ptr_nonnull(host_limiter(h));
	host_free(h);
	run_free(r);
}
END_TEST

/* Of port 1 of two addresses; each by another router, where `routers` is 2. */
static unsigned routers;

static enum probe_event two_nobodies_match(int fd, const struct addr *to, struct answer *out)
{
	enum probe_event event;

	if (to->family == 4 && to->ip[3] != 9 && to->ip[3] != 11)
		return probe_tcp_connect.match(fd, to, out);
	event = nobody_match(fd, to, out);
	if (event == PROBE_ANSWERED && routers == 2 && to->ip[3] == 11)
		out->from.ip[3] = 3;
	return event;
}

/* Returns the silent one of three addresses behind the router; the others are .9 and .11. */
static struct host *between_nobodies(struct run *r)
{
	struct addr at = BEYOND;
	struct host *found = NULL;

	for (unsigned i = 0; i < 3; i++) {
		add_silent(r, at);
		at.ip[3]++;
	}
	add_silent(r, (struct addr){.family = 4, .ip = {192, 0, 2, 8}});
	go(r, &(struct engine_options){0});
	ck_assert_uint_eq(r->decided[PORT_UNREACHABLE], 2);
	for (unsigned i = 0; i < 4; i++) {
		struct host *h = pop_kept(r);

		if (h->addr.ip[3] == 10)
			found = h;
		else if (h->addr.ip[3] == 8)
			ck_assert_ptr_null(host_limiter(h));
		else
			ck_assert_ptr_nonnull(host_limiter(h));
		if (h != found)
			host_free(h);
	}
	ck_assert_ptr_nonnull(found);
	return found;
}

START_TEST(silence_beside_an_address_that_nobody_has_may_be_a_limit)
{
	struct probe nobody = probe_tcp_connect;
	const char *const neighbour[] = {"ip", "neigh", "add", "192.0.2.8", "lladdr",
		"02:00:00:00:00:08", "dev", "far", NULL};

	if (!silent_net())
		return;
	ck_assert_int_eq(own_net_run(neighbour), 0);
	nobody.match = two_nobodies_match;
	for (routers = 1; routers <= 2; routers++) {
		struct run *r = run_new();
		const struct addr *limiter;
		struct host *h;

		r->probe = &nobody;
		h = between_nobodies(r);
		limiter = host_limiter(h);
		ck_assert_ptr_nonnull(limiter);
		ck_assert_int_eq(limiter->family, routers == 1 ? 4 : 0);
		if (routers == 1)
			ck_assert_int_eq(limiter->ip[3], 2);
		host_free(h);
		run_free(r);
	}
}
END_TEST

UNIT_MAIN("probe/engine", engine_listens_to_a_router_that_looks_for_an_address,
	engine_listens_no_longer_than_it_was_told_to, engine_takes_a_socket_from_who_only_listens,
	engine_asks_nobody_slowly, silence_beside_an_address_that_nobody_has_may_be_a_limit,
	engine_does_not_ask_what_is_known, engine_is_done_where_everything_is_known,
	engine_takes_an_address_with_ports_of_its_own, engine_finds_exactly_the_listeners,
	engine_leaves_an_address_to_who_keeps_it, engine_does_not_stop_a_loop_that_others_need,
	engine_is_idle_at_once_without_targets, engine_goes_in_ascending_order_where_asked,
	engine_asks_the_port_of_a_target_alone, engine_asks_an_address_beside_the_others,
	engine_ends_at_once_without_targets, engine_waits_for_a_target_that_is_not_there_yet,
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
