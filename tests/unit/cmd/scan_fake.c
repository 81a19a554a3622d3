/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_fake.h"

#include "scan_told.h"

/* An address of six ports; who asks its random ports is this test. Sessions with them cannot be
 * had. */
struct run {
	struct told told;
	struct scan_fake *fake;
	struct ports *ports, *controls;
	struct host *host, *control;
	unsigned asked, judged, sessions;
	enum grab_state heard;
};

static void on_ask(void *user, const struct engine_target *target)
{
	struct run *r = user;

	r->asked++;
	ck_assert(target->control);
	ck_assert(addr_same(&target->addr, &r->host->addr));
	ck_assert_ptr_null(target->ports);
	r->control = host_new(target->name, &target->addr, target->own_ports);
	host_own_ports(r->control, target->own_ports);
	r->control->control = true;
	r->control->user = target->user;
}

static struct scan_banners *on_sessions(void *user)
{
	struct run *r = user;

	r->sessions++;
	return NULL;
}

static void on_judge(void *user, struct host *h, uint32_t cell, enum grab_state heard)
{
	struct run *r = user;

	ck_assert_ptr_eq(h, r->host);
	ck_assert_uint_eq(told_ports(&r->told), 0);
	r->judged++;
	r->heard = heard;
	h->cells[cell].state = PORT_UNPROVED;
}

static void begin(struct run *r, bool always)
{
	const struct scan_fake_events events = {
		.ask = on_ask, .sessions = on_sessions, .judge = on_judge, .user = r};
	struct addr at = loopback_addr(4);

	*r = (struct run){.heard = GRAB_STATES};
	told_begin(&r->told);
	ck_assert_int_eq(ports_parse("50000-50003", IPPROTO_TCP, &r->controls, NULL), 0);
	r->fake = scan_fake_new(r->told.hold, always, r->controls, &events);
	ck_assert_int_eq(ports_parse("1-6", IPPROTO_TCP, &r->ports, NULL), 0);
	r->host = host_new("target", &at, r->ports);
}

static void end(struct run *r)
{
	scan_fake_free(r->fake);
	told_end(&r->told);
	ports_free(r->ports);
	ports_free(r->controls);
	if (r->control)
		host_free(r->control);
}

static void found(struct run *r, unsigned count, enum port_state state)
{
	for (unsigned i = 0; i < count; i++) {
		told_decide(r->host, r->host->decided, state,
			state == PORT_OPEN ? REASON_SYN_ACK : REASON_RST);
		if (state == PORT_OPEN)
			scan_fake_open(r->fake, r->host);
	}
}

/* The engine is done with the random ports: so many of them are open. */
static void answer(struct run *r, unsigned open)
{
	for (uint32_t i = 0; i < r->control->count; i++)
		told_decide(r->control, i, i < open ? PORT_OPEN : PORT_CLOSED,
			i < open ? REASON_SYN_ACK : REASON_RST);
	scan_fake_done(r->fake, r->control);
}

/* True: the address was told of, and is gone. */
static bool done(struct run *r)
{
	ck_assert(scan_hold_done(r->told.hold, r->host));
	return told_hosts(&r->told) == 1;
}

START_TEST(few_open_ports_are_nothing_strange)
{
	struct run r;

	begin(&r, false);
	found(&r, 4, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 0);
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(address_with_a_closed_port_among_them_is_not_suspected)
{
	struct run r;

	begin(&r, false);
	found(&r, 1, PORT_CLOSED);
	found(&r, 5, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 0);
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(random_controls_are_asked_once_where_everything_is_open)
{
	struct run r;

	begin(&r, false);
	found(&r, 6, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 1);
	ck_assert_uint_eq(scan_fake_waiting(r.fake), 1);
	ck_assert_uint_eq(r.control->count, FAKE_CONTROLS);
	for (uint32_t i = 0; i < r.control->count; i++)
		ck_assert(ports_has(r.controls, host_port(r.control, i)));
	answer(&r, 0);
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(where_no_port_may_be_asked_none_is)
{
	struct run r;

	begin(&r, true);
	ck_assert(scan_fake_can(r.fake));
	ports_remove(r.controls, r.controls);
	ck_assert(!scan_fake_can(r.fake));
	found(&r, 6, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 0);
	ck_assert(!scan_fake_waits(r.fake, r.host, 0, GRAB_SILENT));
	ck_assert(done(&r));
	ck_assert_uint_eq(told(&r.told, "\"fake\""), 0);
	end(&r);
}
END_TEST

static void knew(struct run *r, unsigned count, enum port_state state, enum port_reason reason)
{
	for (unsigned i = 0; i < count; i++)
		host_knew(r->host, r->host->decided, state, reason);
	scan_fake_known(r->fake, r->host);
}

START_TEST(ports_that_an_earlier_run_found_open_count)
{
	struct run r;

	begin(&r, false);
	knew(&r, 4, PORT_OPEN, REASON_SYN_ACK);
	ck_assert_uint_eq(r.asked, 0);
	found(&r, 1, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 1);
	answer(&r, FAKE_CONTROLS);
	ck_assert(done(&r));
	ck_assert_uint_eq(told(&r.told, "\"fake\""), 1);
	end(&r);
}
END_TEST

START_TEST(nothing_has_to_be_new_where_enough_is_known)
{
	struct run r;

	begin(&r, false);
	knew(&r, 6, PORT_OPEN, REASON_SYN_ACK);
	ck_assert_uint_eq(r.asked, 1);
	answer(&r, FAKE_CONTROLS);
	ck_assert(done(&r));
	ck_assert_uint_eq(told(&r.told, "\"fake\""), 1);
	end(&r);
}
END_TEST

START_TEST(what_an_earlier_run_could_not_prove_was_open_as_well)
{
	struct run r;

	begin(&r, true);
	knew(&r, 1, PORT_UNPROVED, REASON_TIMEOUT);
	ck_assert_uint_eq(r.asked, 0);
	knew(&r, 1, PORT_UNPROVED, REASON_SYN_ACK);
	ck_assert_uint_eq(r.asked, 1);
	answer(&r, 0);
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(where_data_is_wanted_the_first_open_port_is_enough)
{
	struct run r;

	begin(&r, true);
	found(&r, 1, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 1);
	found(&r, 1, PORT_OPEN);
	ck_assert_uint_eq(r.asked, 1);
	answer(&r, 0);
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(closed_random_ports_say_that_it_is_real)
{
	struct run r;

	begin(&r, false);
	found(&r, 6, PORT_OPEN);
	answer(&r, 0);
	ck_assert_uint_eq(r.sessions, 0);
	ck_assert_uint_eq(scan_fake_waiting(r.fake), 0);
	ck_assert(!host_note_is_fake(scan_hold_noted(r.host)));
	ck_assert(done(&r));
	ck_assert_uint_eq(told(&r.told, "\"fake\""), 0);
	end(&r);
}
END_TEST

START_TEST(half_of_them_may_be_services)
{
	struct run r;

	begin(&r, false);
	found(&r, 6, PORT_OPEN);
	answer(&r, r.control->count / 2);
	ck_assert_uint_eq(r.sessions, 0);
	ck_assert(done(&r));
	ck_assert_uint_eq(told(&r.told, "\"fake\""), 0);
	end(&r);
}
END_TEST

START_TEST(open_random_ports_are_named_in_the_summary)
{
	struct run r;

	begin(&r, false);
	found(&r, 6, PORT_OPEN);
	ck_assert(!done(&r));
	answer(&r, FAKE_CONTROLS);
	ck_assert_uint_eq(r.sessions, 1);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	ck_assert_uint_eq(told(&r.told, "\"kind\":null"), 1);
	end(&r);
}
END_TEST

START_TEST(port_waits_until_random_ports_are_known)
{
	struct run r;

	begin(&r, true);
	found(&r, 2, PORT_OPEN);
	ck_assert(scan_fake_waits(r.fake, r.host, 1, GRAB_SILENT));
	ck_assert_uint_eq(r.judged, 0);
	ck_assert(!done(&r));
	answer(&r, FAKE_CONTROLS);
	ck_assert_uint_eq(r.judged, 1);
	ck_assert_int_eq(r.heard, GRAB_SILENT);
	ck_assert_uint_eq(told(&r.told, "\"state\":\"unproved\""), 1);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

START_TEST(nothing_waits_when_they_are_known)
{
	struct run r;

	begin(&r, true);
	found(&r, 1, PORT_OPEN);
	answer(&r, 0);
	ck_assert(!scan_fake_waits(r.fake, r.host, 0, GRAB_SILENT));
	ck_assert(done(&r));
	end(&r);
}
END_TEST

START_TEST(free_with_addresses_in_doubt_leaves_nothing)
{
	struct run r;

	begin(&r, true);
	found(&r, 2, PORT_OPEN);
	ck_assert(scan_fake_waits(r.fake, r.host, 0, GRAB_CLOSED));
	ck_assert(!done(&r));
	end(&r);
}
END_TEST

UNIT_MAIN("cmd/scan_fake", few_open_ports_are_nothing_strange,
	address_with_a_closed_port_among_them_is_not_suspected,
	random_controls_are_asked_once_where_everything_is_open, where_no_port_may_be_asked_none_is,
	ports_that_an_earlier_run_found_open_count, nothing_has_to_be_new_where_enough_is_known,
	what_an_earlier_run_could_not_prove_was_open_as_well,
	where_data_is_wanted_the_first_open_port_is_enough, closed_random_ports_say_that_it_is_real,
	half_of_them_may_be_services, open_random_ports_are_named_in_the_summary,
	port_waits_until_random_ports_are_known, nothing_waits_when_they_are_known,
	free_with_addresses_in_doubt_leaves_nothing)
