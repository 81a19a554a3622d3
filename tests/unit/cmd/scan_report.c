/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_report.h"

#include "../unit.h"

#include "scan_told.h"

#include "netprobe/base/err.h"

static unsigned states_of(const char *text)
{
	unsigned states;

	ck_assert_msg(report_parse_states(text, &states) == 0, "%s", text);
	return states;
}

START_TEST(show_takes_each_state)
{
	ck_assert_uint_eq(states_of("open"), 1u << PORT_OPEN);
	ck_assert_uint_eq(states_of("closed"), 1u << PORT_CLOSED);
	ck_assert_uint_eq(states_of("filtered"), 1u << PORT_FILTERED);
	ck_assert_uint_eq(states_of("unreachable"), 1u << PORT_UNREACHABLE);
	ck_assert_uint_eq(states_of("unproved"), 1u << PORT_UNPROVED);
	ck_assert_uint_eq(states_of("open|filtered"), 1u << PORT_OPEN_FILTERED);
}
END_TEST

START_TEST(show_joins_states_by_commas)
{
	ck_assert_uint_eq(states_of("open,filtered"), 1u << PORT_OPEN | 1u << PORT_FILTERED);
	ck_assert_uint_eq(states_of("filtered,open,open"), 1u << PORT_OPEN | 1u << PORT_FILTERED);
}
END_TEST

START_TEST(show_all_is_every_state)
{
	unsigned all = states_of("all");

	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		ck_assert(all >> s & 1);
	ck_assert_uint_eq(states_of("open,all"), all);
}
END_TEST

START_TEST(show_refuses_what_is_no_state)
{
	static const char *const bad[] = {"pending", "ope", "opens", "Open", " open", "open ",
		"open;closed", "open,alle", "open|", "none"};
	unsigned states;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(report_parse_states(bad[i], &states) == ERR_SYNTAX, "%s", bad[i]);
}
END_TEST

START_TEST(show_refuses_emptiness)
{
	static const char *const bad[] = {"", ",", "open,", ",open", "open,,closed"};
	unsigned states;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(report_parse_states(bad[i], &states) == ERR_EMPTY, "%s", bad[i]);
}
END_TEST

/* --- what is written of addresses
 * ------------------------------------------------------------ */

enum { PORTS = 3 };

struct run {
	struct told told;
	struct ports *ports;
	struct host *host;
	struct port_note notes[PORTS];
};

static struct addr at(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static void begin(struct run *r, enum output_format format, enum report_layout layout)
{
	struct report_options how = {.layout = layout, .many = true, .protocol = IPPROTO_TCP};
	struct output_options options = {.format = format, .path = r->told.path};
	struct addr target = at("192.0.2.9");

	*r = (struct run){0};
	snprintf(
		r->told.path, sizeof r->told.path, "/tmp/netprobe-scan-report-%ld", (long)getpid());
	r->told.out = output_open(&options);
	r->told.report = report_new(r->told.out, &how);
	r->told.hold = scan_hold_new(r->told.report);
	ck_assert_int_eq(ports_parse("1-3", IPPROTO_TCP, &r->ports, NULL), 0);
	r->host = host_new("target", &target, r->ports);
}

static void end(struct run *r)
{
	told_end(&r->told);
	host_free(r->host);
	ports_free(r->ports);
}

static void all_dropped(struct run *r)
{
	for (uint32_t i = 0; i < PORTS; i++) {
		told_decide(r->host, i, PORT_FILTERED, REASON_TIMEOUT);
		r->notes[i].where =
			(struct whereabouts){.last = at("198.51.100.2"), .hop = 2, .hops = 3};
		r->notes[i].located = true;
	}
}

START_TEST(an_address_is_complete_whatever_could_not_be_settled)
{
	struct run r;

	begin(&r, OUTPUT_JSON, REPORT_BLOCKS);
	told_decide(r.host, 0, PORT_CLOSED, REASON_RST);
	told_decide(r.host, 1, PORT_UNPROVED, REASON_TIMEOUT);
	report_host(r.told.report, r.host, false, NULL, NULL);
	ck_assert_uint_eq(told(&r.told, "\"complete\":false,\"unproved\":2"), 1);
	told_decide(r.host, 2, PORT_CLOSED, REASON_RST);
	report_host(r.told.report, r.host, true, NULL, NULL);
	ck_assert_uint_eq(told(&r.told, "\"complete\":true,\"unproved\":1"), 1);
	end(&r);
}
END_TEST

START_TEST(ports_that_are_only_counted_keep_their_place)
{
	struct run r;

	begin(&r, OUTPUT_TABLE, REPORT_FLAT);
	all_dropped(&r);
	for (uint32_t i = 0; i < PORTS; i++)
		report_port(r.told.report, r.host, i, &r.notes[i]);
	report_end(r.told.report);
	ck_assert_uint_eq(told(&r.told, "3 filtered (timeout), dropped at or after 198.51.100.2 "
					"(hop 2 of 3)\n"),
		1);
	end(&r);
}
END_TEST

START_TEST(addresses_without_a_sign_keep_their_place)
{
	struct run r;

	begin(&r, OUTPUT_TABLE, REPORT_BLOCKS);
	all_dropped(&r);
	report_host(r.told.report, r.host, true, r.notes, NULL);
	report_end(r.told.report);
	ck_assert_uint_eq(told(&r.told, "1 address gave no sign (timeout, arp); 3 followed: "
					"dropped at or after 198.51.100.2 (hop 2 of 3)\n"),
		1);
	end(&r);
}
END_TEST

UNIT_MAIN("cmd/scan_report", show_takes_each_state, show_joins_states_by_commas,
	show_all_is_every_state, show_refuses_what_is_no_state, show_refuses_emptiness,
	an_address_is_complete_whatever_could_not_be_settled,
	ports_that_are_only_counted_keep_their_place, addresses_without_a_sign_keep_their_place)
