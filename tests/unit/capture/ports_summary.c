/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/ports_summary.h"

#include "../unit.h"
#include "segments.h"

static void add(struct ports_summary *s, uint16_t port, enum handshake_state state, nsec_t connect)
{
	struct flow f = new_flow();

	f.ends[SERVER].port = port;
	f.ends[CLIENT].port = 50000;
	f.handshake.state = state;
	if (connect != NOT_SEEN) {
		f.handshake.first_syn = 0;
		f.handshake.answered_syn = f.handshake.synack = 0;
		f.handshake.ack = connect;
	}
	ports_summary_add(s, &f);
}

START_TEST(ports_summary_of_nothing_has_no_rows)
{
	struct ports_summary *s = ports_summary_new();
	size_t count = 9;

	ports_summary_rows(s, &count);
	ck_assert_uint_eq(count, 0);
	ports_summary_free(s);
	ports_summary_free(NULL);
}
END_TEST

START_TEST(ports_summary_counts_fates_by_the_servers_port)
{
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	size_t count;

	add(s, 443, HANDSHAKE_COMPLETE, 10 * MS);
	add(s, 443, HANDSHAKE_COMPLETE, 30 * MS);
	add(s, 443, HANDSHAKE_REFUSED, NOT_SEEN);
	add(s, 443, HANDSHAKE_UNANSWERED, NOT_SEEN);
	rows = ports_summary_rows(s, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(rows[0]->port, 443);
	ck_assert_uint_eq(rows[0]->attempts, 4);
	ck_assert_uint_eq(rows[0]->states[HANDSHAKE_COMPLETE], 2);
	ck_assert_uint_eq(rows[0]->states[HANDSHAKE_REFUSED], 1);
	ck_assert_uint_eq(rows[0]->states[HANDSHAKE_UNANSWERED], 1);
	ck_assert_uint_eq(rows[0]->states[HANDSHAKE_HALF_OPEN], 0);
	ck_assert_uint_eq(rows[0]->connect.count, 2);
	ck_assert_int_eq(rows[0]->connect.max, 30 * MS);
	ports_summary_free(s);
}
END_TEST

START_TEST(ports_summary_takes_midstream_flows_for_no_attempts)
{
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	size_t count;

	add(s, 22, HANDSHAKE_MIDSTREAM, 1 * MS);
	rows = ports_summary_rows(s, &count);
	ck_assert_uint_eq(rows[0]->attempts, 0);
	ck_assert_uint_eq(rows[0]->states[HANDSHAKE_MIDSTREAM], 1);
	ck_assert_uint_eq(rows[0]->connect.count, 0);
	ports_summary_free(s);
}
END_TEST

START_TEST(ports_summary_rows_are_by_attempts_then_by_port)
{
	static const uint16_t order[] = {80, 0, 22, 443, 65535, 7};
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	size_t count;

	add(s, 7, HANDSHAKE_MIDSTREAM, NOT_SEEN);
	add(s, 65535, HANDSHAKE_REFUSED, NOT_SEEN);
	add(s, 443, HANDSHAKE_COMPLETE, NOT_SEEN);
	add(s, 22, HANDSHAKE_COMPLETE, NOT_SEEN);
	add(s, 0, HANDSHAKE_COMPLETE, NOT_SEEN);
	ports_summary_rows(s, &count);
	add(s, 80, HANDSHAKE_UNANSWERED, NOT_SEEN);
	add(s, 80, HANDSHAKE_UNANSWERED, NOT_SEEN);
	rows = ports_summary_rows(s, &count);
	ck_assert_uint_eq(count, 6);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(rows[i]->port, order[i]);
	ports_summary_free(s);
}
END_TEST

START_TEST(ports_summary_holds_every_port)
{
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	size_t count;

	for (unsigned port = 0; port <= UINT16_MAX; port++)
		add(s, (uint16_t)port, HANDSHAKE_REFUSED, NOT_SEEN);
	rows = ports_summary_rows(s, &count);
	ck_assert_uint_eq(count, 65536);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		ck_assert_uint_eq(rows[port]->port, port);
	ports_summary_free(s);
}
END_TEST

START_TEST(ports_summary_bounds_the_memory_of_times)
{
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	unsigned all = 0, first = 0;
	size_t count;

	for (unsigned n = 0; n < RTT_STATS_EXACT + 6; n++)
		for (unsigned port = 0; port < PORTS_TIMED + 10; port++)
			add(s, (uint16_t)port, HANDSHAKE_COMPLETE, 5 * MS);
	rows = ports_summary_rows(s, &count);
	for (size_t i = 0; i < count; i++) {
		all += rows[i]->connect.count == RTT_STATS_EXACT + 6;
		first += rows[i]->connect.count == RTT_STATS_EXACT;
		ck_assert_uint_eq(rows[i]->attempts, RTT_STATS_EXACT + 6);
	}
	ck_assert_uint_eq(all, PORTS_TIMED);
	ck_assert_uint_eq(first, 10);
	ports_summary_free(s);
}
END_TEST

START_TEST(ports_summary_takes_times_beyond_all_bounds)
{
	struct ports_summary *s = ports_summary_new();
	const struct port_summary *const *rows;
	size_t count;

	add(s, 80, HANDSHAKE_COMPLETE, INT64_MAX);
	rows = ports_summary_rows(s, &count);
	ck_assert_int_eq(rows[0]->connect.max, 1000 * NSEC_PER_SEC);
	ports_summary_free(s);
}
END_TEST

UNIT_MAIN("capture/ports_summary", ports_summary_of_nothing_has_no_rows,
	ports_summary_counts_fates_by_the_servers_port,
	ports_summary_takes_midstream_flows_for_no_attempts,
	ports_summary_rows_are_by_attempts_then_by_port, ports_summary_holds_every_port,
	ports_summary_bounds_the_memory_of_times, ports_summary_takes_times_beyond_all_bounds)
