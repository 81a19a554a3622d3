/* SPDX-License-Identifier: MIT */
/* The whole engine against listeners of this process, on loopback. */
#include "netprobe/probe/engine.h"

#include "netprobe/net/sock.h"

#include "../unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS = 5, FIRST_PORT = 20000, PORTS = 300 };

struct run {
	struct loop *loop;
	struct engine *engine;
	struct ports *ports;
	bool handed_out, hesitate, stop_early;
	struct timer resume;
	unsigned open, closed, other, done;
	bool complete;
	uint16_t last_open;
};

static int next_target(void *user, struct engine_target *out)
{
	struct run *r = user;

	if (r->handed_out)
		return 0;
	if (r->hesitate) {
		r->hesitate = false;
		return -EAGAIN;
	}
	r->handed_out = true;
	*out = (struct engine_target){.name = "here", .ports = r->ports};
	ck_assert_int_eq(addr_parse("127.0.0.1", 9, &out->addr), 0);
	return 1;
}

static void decided(void *user, const struct host *h, uint32_t cell)
{
	struct run *r = user;

	if (h->cells[cell].state == PORT_OPEN) {
		r->open++;
		r->last_open = host_port(h, cell);
	} else if (h->cells[cell].state == PORT_CLOSED) {
		r->closed++;
	} else {
		r->other++;
	}
	if (r->stop_early && r->closed == 10) {
		r->stop_early = false;
		engine_stop(r->engine);
	}
}

static void done(void *user, const struct host *h, bool complete)
{
	struct run *r = user;

	(void)h;
	r->done++;
	r->complete = complete;
}

static void nothing(struct timer *timer, nsec_t now)
{
	(void)timer;
	(void)now;
}

static void scan(struct run *r, struct engine_options *options)
{
	struct engine_events events = {next_target, decided, done, r};
	char spec[32];

	snprintf(spec, sizeof spec, "%d-%d", FIRST_PORT, FIRST_PORT + PORTS - 1);
	ck_assert_int_eq(ports_parse(spec, IPPROTO_TCP, &r->ports, NULL), 0);
	options->policy = (struct host_policy){.attempts = 30};
	r->loop = loop_new();
	r->resume.expired = nothing;
	timers_set(loop_timers(r->loop), &r->resume, clock_now() + 10 * NSEC_PER_MSEC);
	r->engine = engine_new(r->loop, &probe_tcp_connect, options, &events);
	ck_assert_int_eq(loop_run(r->loop), 0);
	engine_free(r->engine);
	timers_cancel(loop_timers(r->loop), &r->resume);
	loop_free(r->loop);
	ports_free(r->ports);
}

/* Binds as many of the scanned ports as are free, up to LISTENERS. */
static unsigned listen_somewhere(int fds[LISTENERS])
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned count = 0;

	for (uint16_t port = FIRST_PORT; count < LISTENERS && port < FIRST_PORT + PORTS;
		port += 53) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		sa.sin_port = htons(port);
		if (bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(fd, 16) == 0)
			fds[count++] = fd;
		else
			close(fd);
	}
	ck_assert_uint_gt(count, 0);
	return count;
}

static void check_all_found(struct run *r, struct engine_options *options)
{
	int fds[LISTENERS];
	unsigned listeners = listen_somewhere(fds);

	scan(r, options);
	ck_assert_uint_ge(r->open, listeners); /* others on this machine may listen, too */
	ck_assert_uint_eq(r->open + r->closed, PORTS);
	ck_assert_uint_eq(r->other, 0);
	ck_assert_uint_eq(r->done, 1);
	ck_assert(r->complete);
	while (listeners > 0)
		close(fds[--listeners]);
}

START_TEST(engine_decides_every_port_once)
{
	struct run r = {0};
	struct engine_options options = {.seed = 1};

	check_all_found(&r, &options);
}
END_TEST

START_TEST(engine_works_with_two_sockets)
{
	struct run r = {0};
	struct engine_options options = {.seed = 1, .parallel = 2};

	check_all_found(&r, &options);
}
END_TEST

START_TEST(engine_waits_for_a_target_that_is_not_there_yet)
{
	struct run r = {.hesitate = true};
	struct engine_options options = {.seed = 1};

	check_all_found(&r, &options);
}
END_TEST

START_TEST(engine_keeps_to_the_rate)
{
	struct run r = {0};
	struct engine_options options = {.seed = 1, .rate = 1000};
	nsec_t started = clock_now();

	check_all_found(&r, &options);
	/* 300 at 1,000 a second, of which 10 ms' worth may come at once; there is no upper bound */
	ck_assert_int_gt(clock_now() - started, 250 * NSEC_PER_MSEC);
}
END_TEST

START_TEST(engine_stopped_in_the_middle_reports_an_incomplete_address)
{
	struct run r = {.stop_early = true};
	struct engine_options options = {.seed = 1, .parallel = 2};

	scan(&r, &options);
	ck_assert_uint_eq(r.done, 1);
	ck_assert(!r.complete);
	ck_assert_uint_lt(r.open + r.closed, PORTS);
}
END_TEST

UNIT_MAIN("probe/engine", engine_decides_every_port_once, engine_works_with_two_sockets,
	engine_waits_for_a_target_that_is_not_there_yet, engine_keeps_to_the_rate,
	engine_stopped_in_the_middle_reports_an_incomplete_address)
