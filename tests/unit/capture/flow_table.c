/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/flow_table.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

static struct addr end(uint32_t ip, uint16_t port)
{
	struct addr a = {.family = 4, .port = port};

	memcpy(a.ip, &ip, 4);
	return a;
}

static struct addr end6(uint64_t high, uint64_t low, uint16_t port)
{
	struct addr a = {.family = 6, .port = port};

	memcpy(a.ip, &high, 8);
	memcpy(a.ip + 8, &low, 8);
	return a;
}

static struct flow_key key(uint32_t source, uint16_t sport, uint32_t destination, uint16_t dport)
{
	return (struct flow_key){.ends = {end(source, sport), end(destination, dport)}};
}

static struct flow_key numbered(uint32_t n)
{
	return key(n, 1000, 0xffffffff, 80);
}

START_TEST(table_finds_a_flow_from_both_sides)
{
	struct flow_table *t = flow_table_new();
	struct flow_key there = key(1, 1000, 2, 80), back = key(2, 80, 1, 1000);
	struct flow *f = flow_table_add(t, &there);
	bool turned = true;

	ck_assert_ptr_eq(flow_table_find(t, &there, &turned), f);
	ck_assert(!turned);
	ck_assert_ptr_eq(flow_table_find(t, &back, &turned), f);
	ck_assert(turned);
	ck_assert_uint_eq(f->ends[CLIENT].port, 1000);
	flow_table_free(t);
}
END_TEST

START_TEST(table_follows_a_flow_whose_roles_turn)
{
	struct flow_table *t = flow_table_new();
	struct flow_key there = key(1, 1000, 2, 80);
	struct flow *f = flow_table_add(t, &there);
	struct addr client = f->ends[CLIENT];
	bool turned;

	f->ends[CLIENT] = f->ends[SERVER];
	f->ends[SERVER] = client;
	ck_assert_ptr_eq(flow_table_find(t, &there, &turned), f);
	ck_assert(turned);
	flow_table_detach(t, f);
	ck_assert_ptr_null(flow_table_find(t, &there, &turned));
	flow_table_free(t);
}
END_TEST

START_TEST(table_tells_ports_addresses_and_families_apart)
{
	struct flow_table *t = flow_table_new();
	struct flow_key base = key(1, 1000, 2, 80);
	struct flow_key crossed = key(1, 80, 2, 1000);
	struct flow_key v6 = {.ends = {end6(1, 0, 1000), end6(2, 0, 80)}};
	struct flow_key low = {.ends = {end6(1, 7, 1000), end6(2, 0, 80)}};
	struct flow *f = flow_table_add(t, &base), *g;
	bool turned;

	ck_assert_ptr_null(flow_table_find(t, &crossed, &turned));
	ck_assert_ptr_null(flow_table_find(t, &v6, &turned));
	g = flow_table_add(t, &v6);
	ck_assert_ptr_null(flow_table_find(t, &low, &turned));
	ck_assert_ptr_eq(flow_table_find(t, &base, &turned), f);
	ck_assert_ptr_eq(flow_table_find(t, &v6, &turned), g);
	flow_table_free(t);
}
END_TEST

START_TEST(table_keeps_places_apart)
{
	struct flow_table *t = flow_table_new();
	struct flow_place places[] = {
		{.vlans = {0, 0}},
		{.vlans = {10, 0}},
		{.vlans = {10, 20}},
		{.vlans = {20, 10}},
		{.tunnel = 3, .tunnel_id = 10},
		{.tunnel = 4, .tunnel_id = 10},
		{.vlans = {10, 0}, .tunnel = 3, .tunnel_id = 10},
	};
	struct flow *flows[ARRAY_SIZE(places)];
	struct flow_key k = key(1, 1000, 2, 80);
	bool turned;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		k.place = places[i];
		ck_assert_ptr_null(flow_table_find(t, &k, &turned));
		flows[i] = flow_table_add(t, &k);
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		k.place = places[i];
		ck_assert_ptr_eq(flow_table_find(t, &k, &turned), flows[i]);
	}
	flow_table_free(t);
}
END_TEST

START_TEST(table_finds_a_connection_of_a_port_with_itself)
{
	struct flow_table *t = flow_table_new();
	struct flow_key self = key(1, 1000, 1, 1000);
	struct flow *f = flow_table_add(t, &self);
	bool turned;

	ck_assert_ptr_eq(flow_table_find(t, &self, &turned), f);
	ck_assert(!turned);
	flow_table_free(t);
}
END_TEST

START_TEST(table_knows_which_flow_was_used_longest_ago)
{
	struct flow_table *t = flow_table_new();
	struct flow *f[3];

	ck_assert_ptr_null(flow_table_oldest(t));
	for (uint32_t i = 0; i < 3; i++) {
		struct flow_key k = numbered(i);

		f[i] = flow_table_add(t, &k);
	}
	ck_assert_ptr_eq(flow_table_oldest(t), f[0]);
	flow_table_use(t, f[0]);
	flow_table_use(t, f[0]);
	ck_assert_ptr_eq(flow_table_oldest(t), f[1]);
	flow_table_use(t, f[2]);
	flow_table_detach(t, f[1]);
	ck_assert_ptr_eq(flow_table_oldest(t), f[0]);
	ck_assert_uint_eq(flow_table_count(t), 2);
	flow_table_detach(t, f[0]);
	flow_table_detach(t, f[2]);
	ck_assert_ptr_null(flow_table_oldest(t));
	flow_table_free(t);
}
END_TEST

START_TEST(table_keeps_a_detached_flow_until_it_is_freed)
{
	struct flow_table *t = flow_table_new();
	struct flow_key k = numbered(1);
	struct flow *f = flow_table_add(t, &k), *g;
	bool turned;

	f->id = 7;
	flow_table_detach(t, f);
	ck_assert_ptr_null(flow_table_find(t, &k, &turned));
	g = flow_table_add(t, &k);
	ck_assert_ptr_ne(f, g);
	ck_assert_uint_eq(f->id, 7);
	ck_assert_ptr_eq(flow_table_find(t, &k, &turned), g);
	flow_table_free_flow(t, f);
	flow_table_free(t);
}
END_TEST

START_TEST(table_hands_out_a_freed_flow_blank)
{
	struct flow_table *t = flow_table_new();
	struct flow_key k = numbered(1), other = numbered(2);
	struct flow *f = flow_table_add(t, &k), *g;

	f->handshake.times = mem_alloc(1, sizeof *f->handshake.times);
	f->handshake.rejection = mem_alloc(1, sizeof *f->handshake.rejection);
	f->sighting = mem_alloc(1, sizeof *f->sighting);
	f->streams[CLIENT].packets = 9;
	flow_table_detach(t, f);
	flow_table_free_flow(t, f);
	g = flow_table_add(t, &other);
	ck_assert_ptr_eq(f, g);
	ck_assert_uint_eq(g->streams[CLIENT].packets, 0);
	ck_assert_ptr_null(g->handshake.times);
	ck_assert_ptr_null(g->sighting);
	/* the same of one that is never freed is the sanitizer's to see */
	g->sighting = mem_alloc(1, sizeof *g->sighting);
	flow_table_free(t);
}
END_TEST

/* Against an array that knows which numbers are there, so that no gap ends a search too early. */
START_TEST(table_loses_none_of_many_that_come_and_go)
{
	enum { NUMBERS = 5000, STEPS = 100000 };
	static struct flow *there[NUMBERS];
	struct flow_table *t = flow_table_new();
	uint64_t random = 1;
	size_t count = 0;

	for (size_t i = 0; i < STEPS; i++) {
		uint32_t n = (uint32_t)((random = rng_mix(random)) % NUMBERS);
		struct flow_key k = numbered(n);
		bool turned;

		ck_assert_ptr_eq(flow_table_find(t, &k, &turned), there[n]);
		if (there[n]) {
			flow_table_detach(t, there[n]);
			flow_table_free_flow(t, there[n]);
			there[n] = NULL;
			count--;
		} else {
			there[n] = flow_table_add(t, &k);
			count++;
		}
		ck_assert_uint_eq(flow_table_count(t), count);
	}
	for (uint32_t n = 0; n < NUMBERS; n++) {
		struct flow_key k = numbered(n);
		bool turned;

		ck_assert_ptr_eq(flow_table_find(t, &k, &turned), there[n]);
	}
	flow_table_free(t);
}
END_TEST

UNIT_MAIN("capture/flow_table", table_finds_a_flow_from_both_sides,
	table_follows_a_flow_whose_roles_turn, table_tells_ports_addresses_and_families_apart,
	table_keeps_places_apart, table_finds_a_connection_of_a_port_with_itself,
	table_knows_which_flow_was_used_longest_ago, table_keeps_a_detached_flow_until_it_is_freed,
	table_hands_out_a_freed_flow_blank, table_loses_none_of_many_that_come_and_go)
