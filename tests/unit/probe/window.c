/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/window.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>

enum { HOSTS = 4, PAIRS = 1 + 3 + 500 + 1000 };

static const char *const port_lists[HOSTS] = {"80", "22,80,443", "1-500", "1001-2000"};

struct made {
	struct host *hosts[HOSTS];
	struct ports *ports[HOSTS];
	struct window window;
};

static struct host *host_with(const char *list, struct ports **ports)
{
	struct addr a = {.family = 4, .ip = {127, 0, 0, 1}};

	ck_assert_int_eq(ports_parse(list, IPPROTO_TCP, ports, NULL), 0);
	return host_new("127.0.0.1", &a, *ports);
}

static struct made *make(void)
{
	struct made *m = calloc(1, sizeof *m);

	window_reset(&m->window);
	for (size_t i = 0; i < HOSTS; i++) {
		m->hosts[i] = host_with(port_lists[i], &m->ports[i]);
		window_add(&m->window, m->hosts[i]);
	}
	return m;
}

static void unmake(struct made *m)
{
	for (size_t i = 0; i < HOSTS; i++) {
		host_free(m->hosts[i]);
		ports_free(m->ports[i]);
	}
	free(m);
}

static uint32_t index_of(const struct made *m, const struct host *h)
{
	for (uint32_t i = 0; i < HOSTS; i++)
		if (m->hosts[i] == h)
			return i;
	ck_abort_msg("a host that nobody added");
	return 0;
}

/* The order as numbers: host * 65536 + cell. */
static void order(bool sequential, uint64_t seed, uint32_t out[static PAIRS])
{
	struct made *m = make();
	struct host *h;
	uint32_t cell, count = 0;

	window_start(&m->window, sequential, seed);
	while (window_next(&m->window, &h, &cell)) {
		ck_assert_uint_lt(count, PAIRS);
		ck_assert_uint_lt(cell, h->count);
		out[count++] = index_of(m, h) << 16 | cell;
	}
	ck_assert_uint_eq(count, PAIRS);
	ck_assert(!window_next(&m->window, &h, &cell));
	unmake(m);
}

static int ascending(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

START_TEST(window_hands_out_every_pair_once)
{
	uint32_t shuffled[PAIRS], sequential[PAIRS];

	order(false, 7, shuffled);
	order(true, 7, sequential);
	ck_assert_mem_ne(shuffled, sequential, sizeof shuffled);
	qsort(shuffled, PAIRS, sizeof *shuffled, ascending);
	ck_assert_mem_eq(shuffled, sequential, sizeof shuffled);
}
END_TEST

START_TEST(window_order_is_fixed_by_the_seed)
{
	uint32_t first[PAIRS], again[PAIRS], other[PAIRS];

	order(false, 7, first);
	order(false, 7, again);
	order(false, 8, other);
	ck_assert_mem_eq(first, again, sizeof first);
	ck_assert_mem_ne(first, other, sizeof first);
}
END_TEST

START_TEST(window_sequential_is_ascending)
{
	uint32_t got[PAIRS], n = 0;

	order(true, 7, got);
	for (uint32_t h = 0; h < HOSTS; h++)
		for (uint32_t c = 0; n < PAIRS && got[n] >> 16 == h; c++)
			ck_assert_uint_eq(got[n++], h << 16 | c);
	ck_assert_uint_eq(n, PAIRS);
}
END_TEST

START_TEST(window_mixes_hosts)
{
	uint32_t got[PAIRS], changes = 0;

	order(false, 7, got);
	for (uint32_t i = 1; i < PAIRS; i++)
		changes += got[i] >> 16 != got[i - 1] >> 16;
	ck_assert_uint_gt(changes, PAIRS / 4);
}
END_TEST

START_TEST(window_is_full_by_cells)
{
	struct window *w = calloc(1, sizeof *w);
	struct ports *ports;
	struct host *h = host_with("-", &ports);
	uint32_t added = 0;

	window_reset(w);
	while (!window_is_full(w)) {
		window_add(w, h);
		added++;
	}
	ck_assert_uint_eq(added, WINDOW_CELLS / PORTS_MAX + 1);
	host_free(h);
	ports_free(ports);
	free(w);
}
END_TEST

START_TEST(window_is_full_by_hosts)
{
	struct window *w = calloc(1, sizeof *w);
	struct ports *ports;
	struct host *h = host_with("80", &ports);
	uint32_t added = 0;

	window_reset(w);
	while (!window_is_full(w)) {
		window_add(w, h);
		added++;
	}
	ck_assert_uint_eq(added, WINDOW_HOSTS);
	window_reset(w);
	ck_assert(!window_is_full(w));
	host_free(h);
	ports_free(ports);
	free(w);
}
END_TEST

START_TEST(window_without_hosts_has_no_pairs)
{
	struct window *w = calloc(1, sizeof *w);
	struct host *h;
	uint32_t cell;

	window_reset(w);
	window_start(w, false, 1);
	ck_assert(!window_next(w, &h, &cell));
	free(w);
}
END_TEST

UNIT_MAIN("probe/window", window_hands_out_every_pair_once, window_order_is_fixed_by_the_seed,
	window_sequential_is_ascending, window_mixes_hosts, window_is_full_by_cells,
	window_is_full_by_hosts, window_without_hosts_has_no_pairs)
