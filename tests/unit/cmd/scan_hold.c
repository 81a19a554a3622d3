/* SPDX-License-Identifier: MIT */
#include "scan_told.h"

struct run {
	struct told told;
	struct ports *ports;
	struct host *host;
	unsigned cut;
};

static void begin(struct run *r)
{
	struct addr at = loopback_addr(4);

	*r = (struct run){0};
	told_begin(&r->told);
	ck_assert_int_eq(ports_parse("1,2,3", IPPROTO_TCP, &r->ports, NULL), 0);
	r->host = host_new("target", &at, r->ports);
	for (uint32_t i = 0; i < 3; i++)
		told_decide(r->host, i, PORT_OPEN, REASON_SYN_ACK);
}

static void end(struct run *r)
{
	told_end(&r->told);
	ports_free(r->ports);
}

START_TEST(address_of_which_nothing_is_asked_is_not_kept)
{
	struct run r;

	begin(&r);
	ck_assert(!scan_hold_done(r.told.hold, r.host));
	ck_assert_ptr_null(scan_hold_notes(r.host));
	ck_assert_ptr_null(scan_hold_noted(r.host));
	host_free(r.host);
	end(&r);
}
END_TEST

START_TEST(port_is_told_when_the_last_thing_asked_about_it_has_ended)
{
	struct run r;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 1);
	scan_hold_port(r.told.hold, r.host, 1);
	ck_assert_uint_eq(scan_hold_waiting(r.told.hold), 2);
	scan_hold_port_end(r.told.hold, r.host, 1);
	ck_assert_uint_eq(told_ports(&r.told), 0);
	scan_hold_port_end(r.told.hold, r.host, 1);
	ck_assert_uint_eq(told_ports(&r.told), 1);
	ck_assert_uint_eq(scan_hold_waiting(r.told.hold), 0);
	ck_assert_uint_eq(told_hosts(&r.told), 0);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

START_TEST(address_is_told_after_the_engine_and_everything_asked)
{
	struct run r;

	begin(&r);
	scan_hold_host(r.told.hold, r.host);
	scan_hold_port(r.told.hold, r.host, 0);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	scan_hold_host_end(r.told.hold, r.host);
	ck_assert_uint_eq(told_hosts(&r.told), 0);
	scan_hold_port_end(r.told.hold, r.host, 0); /* and the address is freed */
	ck_assert_uint_eq(told_ports(&r.told), 1);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

START_TEST(notes_are_in_the_record)
{
	struct run r;
	struct port_note *note;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 2);
	note = scan_hold_note(r.told.hold, r.host, 2);
	strbuf_puts(&note->detail, "by hearsay");
	ck_assert_ptr_eq(scan_hold_notes(r.host) + 2, note);
	scan_hold_host_note(r.told.hold, r.host)->open = 3;
	ck_assert_uint_eq(scan_hold_noted(r.host)->open, 3);
	scan_hold_port_end(r.told.hold, r.host, 2);
	ck_assert_uint_eq(told(&r.told, "by hearsay"), 1);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	end(&r);
}
END_TEST

START_TEST(fake_is_in_the_summary)
{
	struct run r;
	struct host_note *note;

	begin(&r);
	note = scan_hold_host_note(r.told.hold, r.host);
	note->fake_asked = note->fake_open = 4;
	note->fake_kind = FAKE_CLOSES;
	ck_assert(scan_hold_done(r.told.hold, r.host));
	ck_assert_uint_eq(
		told(&r.told, "\"fake\":{\"asked\":4,\"open\":4,\"kind\":\"closes\"}"), 1);
	end(&r);
}
END_TEST

static void on_cut(void *user, struct host *h, uint32_t cell)
{
	struct run *r = user;

	r->cut++;
	h->cells[cell].state = PORT_UNPROVED;
}

START_TEST(stop_tells_what_waits_after_it_was_judged)
{
	struct run r;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 0);
	scan_hold_port(r.told.hold, r.host, 2);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	scan_hold_stop(r.told.hold, on_cut, &r);
	ck_assert_uint_eq(r.cut, 2);
	ck_assert_uint_eq(told(&r.told, "\"state\":\"unproved\""), 2);
	ck_assert_uint_eq(told_ports(&r.told), 2);
	ck_assert_uint_eq(told_hosts(&r.told), 1);
	end(&r);
}
END_TEST

static void on_forget(void *user, struct host *h, uint32_t cell)
{
	(void)user;
	host_forget(h, cell);
}

START_TEST(what_is_pending_again_is_not_told_and_its_address_is_not_complete)
{
	struct run r;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 0);
	scan_hold_port(r.told.hold, r.host, 2);
	ck_assert(scan_hold_done(r.told.hold, r.host));
	scan_hold_stop(r.told.hold, on_forget, NULL);
	ck_assert_uint_eq(told_ports(&r.told), 0);
	ck_assert_uint_eq(told(&r.told, "\"counts\":{\"open\":1}"), 1);
	ck_assert_uint_eq(told(&r.told, "\"complete\":false,\"unproved\":2"), 1);
	ck_assert_uint_eq(report_totals(r.told.report)->incomplete, 1);
	end(&r);
}
END_TEST

START_TEST(after_stop_nothing_is_kept)
{
	struct run r;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 0);
	scan_hold_stop(r.told.hold, NULL, NULL);
	ck_assert_uint_eq(told_ports(&r.told), 1);
	ck_assert_uint_eq(told_hosts(&r.told), 0);
	ck_assert(!scan_hold_done(r.told.hold, r.host));
	scan_hold_free(r.told.hold);
	r.told.hold = NULL;
	host_free(r.host);
	end(&r);
}
END_TEST

START_TEST(free_with_something_waiting_leaves_nothing)
{
	struct run r;

	begin(&r);
	scan_hold_port(r.told.hold, r.host, 0);
	strbuf_puts(&scan_hold_note(r.told.hold, r.host, 0)->detail, "half");
	ck_assert(scan_hold_done(r.told.hold, r.host));
	end(&r);
}
END_TEST

UNIT_MAIN("cmd/scan_hold", address_of_which_nothing_is_asked_is_not_kept,
	port_is_told_when_the_last_thing_asked_about_it_has_ended,
	address_is_told_after_the_engine_and_everything_asked, notes_are_in_the_record,
	fake_is_in_the_summary, stop_tells_what_waits_after_it_was_judged,
	what_is_pending_again_is_not_told_and_its_address_is_not_complete,
	after_stop_nothing_is_kept, free_with_something_waiting_leaves_nothing)
