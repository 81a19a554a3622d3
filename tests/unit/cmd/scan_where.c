/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_where.h"

#include "scan_told.h"

#include "netprobe/base/mem.h"

/* An address next door, of which port 1 is closed: nothing lies on the way to it. Ports 2 and on
 * are silent, or so the engine says. */
enum { PORTS = 20 };

struct run {
	struct told told;
	struct loop *loop;
	struct scan_where *where;
	struct ports *ports;
	struct host *host;
	int closed;
	unsigned written;
	struct timer alarm;
};

static void too_late(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, alarm);

	(void)now;
	loop_stop(r->loop);
}

static void on_written(void *user)
{
	struct run *r = user;

	r->written++;
	if (scan_where_waiting(r->where) == 0)
		loop_stop(r->loop);
}

static void begin(struct run *r)
{
	struct strbuf list = {0};
	struct addr at;

	*r = (struct run){.alarm = {.expired = too_late}};
	told_begin(&r->told);
	r->loop = loop_new();
	r->where = scan_where_new(r->loop, r->told.hold, IPPROTO_TCP, NULL,
		&(struct locator_options){0}, on_written, r);
	r->closed = loopback_bind(4, SOCK_STREAM, &at);
	strbuf_printf(&list, "1-%u,%u", PORTS - 1, at.port);
	ck_assert_int_eq(ports_parse(list.text, IPPROTO_TCP, &r->ports, NULL), 0);
	strbuf_release(&list);
	at.port = 0;
	r->host = host_new("target", &at, r->ports);
	/* the closed one comes last */
	told_decide(r->host, PORTS - 1, PORT_CLOSED, REASON_RST);
}

static bool decided(struct run *r, uint32_t cell, enum port_state state, enum port_reason reason)
{
	told_decide(r->host, cell, state, reason);
	return scan_where_decided(r->where, r->host, cell);
}

static void go(struct run *r)
{
	scan_where_done(r->where, r->host);
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 5 * NSEC_PER_SEC);
	ck_assert_int_eq(loop_run(r->loop), 0);
	timers_cancel(loop_timers(r->loop), &r->alarm);
}

static void end(struct run *r)
{
	scan_where_free(r->where);
	loop_free(r->loop);
	told_end(&r->told);
	ports_free(r->ports);
	close(r->closed);
}

START_TEST(only_silent_ports_are_followed)
{
	struct run r;

	begin(&r);
	ck_assert(!decided(&r, 0, PORT_OPEN, REASON_SYN_ACK));
	ck_assert(!decided(&r, 1, PORT_CLOSED, REASON_RST));
	ck_assert(!decided(&r, 2, PORT_FILTERED, REASON_ICMP));
	ck_assert(!decided(&r, 3, PORT_FILTERED, REASON_LOCAL));
	ck_assert(!decided(&r, 4, PORT_UNPROVED, REASON_TIMEOUT));
	ck_assert(!decided(&r, 5, PORT_UNREACHABLE, REASON_NO_ROUTE));
	ck_assert_uint_eq(scan_where_waiting(r.where), 0);
	ck_assert(decided(&r, 6, PORT_FILTERED, REASON_TIMEOUT));
	ck_assert(decided(&r, 7, PORT_OPEN_FILTERED, REASON_TIMEOUT));
	ck_assert_uint_eq(scan_where_waiting(r.where), 2);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	end(&r);
}
END_TEST

START_TEST(port_is_told_when_it_was_followed)
{
	struct run r;

	begin(&r);
	ck_assert(decided(&r, 3, PORT_FILTERED, REASON_TIMEOUT));
	ck_assert(decided(&r, 4, PORT_FILTERED, REASON_TIMEOUT));
	ck_assert_uint_eq(told_ports(&r.told), 0);
	ck_assert_uint_eq(scan_hold_waiting(r.told.hold), 2);
	go(&r);
	ck_assert_uint_eq(r.written, 2);
	ck_assert_uint_eq(told_ports(&r.told), 2);
	ck_assert_uint_eq(told(&r.told, "\"where\":{\"last\":null,\"hop\":null,\"hops\":1}"), 2);
	ck_assert_uint_eq(told(&r.told, "dropped by the target itself, or here"), 2);
	ck_assert_uint_eq(told_hosts(&r.told), 0);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

/* UDP's controls are closed, too, and not among the ports of the run. */
START_TEST(closed_port_that_was_not_to_be_scanned_tells_the_distance)
{
	struct run r;

	begin(&r);
	r.host->closed_port = host_port(r.host, PORTS - 1);
	r.host->cells[PORTS - 1].state = PORT_FILTERED;
	ck_assert(decided(&r, 3, PORT_FILTERED, REASON_TIMEOUT));
	go(&r);
	ck_assert_uint_eq(told(&r.told, "\"hops\":1}"), 1);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	end(&r);
}
END_TEST

START_TEST(address_is_told_with_the_last_of_its_ports)
{
	struct run r;

	begin(&r);
	ck_assert(decided(&r, 3, PORT_FILTERED, REASON_TIMEOUT));
	scan_where_done(r.where, r.host);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	ck_assert_uint_eq(told_hosts(&r.told), 0);
	timers_set(loop_timers(r.loop), &r.alarm, clock_now() + 5 * NSEC_PER_SEC);
	ck_assert_int_eq(loop_run(r.loop), 0);
	timers_cancel(loop_timers(r.loop), &r.alarm);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

START_TEST(eight_ports_of_an_address_are_followed)
{
	struct run r;
	unsigned followed = 0;

	begin(&r);
	for (uint32_t i = 0; i < PORTS - 1; i++)
		followed += decided(&r, i, PORT_FILTERED, REASON_TIMEOUT);
	ck_assert_uint_eq(followed, WHERE_PORTS);
	go(&r);
	ck_assert_uint_eq(told_ports(&r.told), WHERE_PORTS);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	end(&r);
}
END_TEST

START_TEST(nothing_is_told_after_stop_but_what_waited)
{
	struct run r;

	begin(&r);
	ck_assert(decided(&r, 3, PORT_FILTERED, REASON_TIMEOUT));
	scan_where_done(r.where, r.host);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	scan_where_stop(r.where);
	scan_hold_stop(r.told.hold, NULL, NULL);
	ck_assert_uint_eq(told_ports(&r.told), 1);
	ck_assert_uint_eq(told(&r.told, "\"where\":null"), 1);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	ck_assert_uint_eq(r.written, 0);
	end(&r);
}
END_TEST

UNIT_MAIN("cmd/scan_where", only_silent_ports_are_followed, port_is_told_when_it_was_followed,
	closed_port_that_was_not_to_be_scanned_tells_the_distance,
	address_is_told_with_the_last_of_its_ports, eight_ports_of_an_address_are_followed,
	nothing_is_told_after_stop_but_what_waited)
