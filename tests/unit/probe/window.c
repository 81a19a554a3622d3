/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/window.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>

enum { HOSTS = 3 };

static struct window w; /* too large for the stack of a forked test */

static struct host *host_with(const char *ports)
{
	struct addr a;
	struct ports *p;
	struct host *h;

	ck_assert_int_eq(addr_parse("127.0.0.1", 9, &a), 0);
	ck_assert_int_eq(ports_parse(ports, IPPROTO_TCP, &p, NULL), 0);
	h = host_new("host", &a, p);
	h->own_ports = p;
	return h;
}

static void fill(struct host *hosts[HOSTS], bool sequential, uint64_t seed)
{
	const char *const ports[HOSTS] = {"1-100", "7", "1000-1016"};

	window_reset(&w);
	for (int i = 0; i < HOSTS; i++)
		window_add(&w, hosts[i] = host_with(ports[i]));
	window_start(&w, sequential, seed);
}

static void drop(struct host *hosts[HOSTS])
{
	for (int i = 0; i < HOSTS; i++)
		host_free(hosts[i]);
}

START_TEST(window_hands_out_every_pair_once)
{
	struct host *hosts[HOSTS], *h;
	uint8_t seen[HOSTS][100] = {0};
	uint32_t cell, pairs = 0;

	fill(hosts, false, 42);
	while (window_next(&w, &h, &cell)) {
		int which = h == hosts[0] ? 0 : h == hosts[1] ? 1 : 2;

		ck_assert_uint_lt(cell, h->count);
		ck_assert_uint_eq(seen[which][cell]++, 0);
		pairs++;
	}
	ck_assert_uint_eq(pairs, 118);
	drop(hosts);
}
END_TEST

static void order_of(uint64_t seed, bool sequential, uint32_t out[118])
{
	struct host *hosts[HOSTS], *h;
	uint32_t cell;

	fill(hosts, sequential, seed);
	for (unsigned i = 0; i < 118; i++) {
		ck_assert(window_next(&w, &h, &cell));
		out[i] = (h == hosts[0] ? 0 : h == hosts[1] ? 100 : 101) + cell;
	}
	ck_assert(!window_next(&w, &h, &cell));
	drop(hosts);
}

START_TEST(window_order_follows_from_the_seed)
{
	uint32_t first[118], again[118], other[118];

	order_of(1, false, first);
	order_of(1, false, again);
	order_of(2, false, other);
	ck_assert_mem_eq(first, again, sizeof first);
	ck_assert_mem_ne(first, other, sizeof first);
}
END_TEST

START_TEST(window_sequential_ascends)
{
	uint32_t order[118];

	order_of(1, true, order);
	for (uint32_t i = 0; i < 118; i++)
		ck_assert_uint_eq(order[i], i);
}
END_TEST

START_TEST(window_is_full_by_ports_as_well_as_by_addresses)
{
	struct host *hosts[5];

	window_reset(&w);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(window_is_full(&w), i == 5);
		window_add(&w, hosts[i] = host_with("-"));
	}
	/* five times 65,535 pass 262,144 */
	ck_assert(window_is_full(&w));
	for (int i = 0; i < 5; i++)
		host_free(hosts[i]);
}
END_TEST

UNIT_MAIN("probe/window", window_hands_out_every_pair_once, window_order_follows_from_the_seed,
	window_sequential_ascends, window_is_full_by_ports_as_well_as_by_addresses)
