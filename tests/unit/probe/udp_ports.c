/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/udp_ports.h"

#include "../unit.h"

#include <netinet/in.h>

static struct udp_ports *make(const char *list, bool sequential)
{
	struct udp_ports *p;
	struct ports *ports;

	ck_assert_int_eq(ports_parse(list, IPPROTO_UDP, &ports, NULL), 0);
	p = udp_ports_new(ports, sequential);
	ports_free(ports);
	return p;
}

START_TEST(udp_ports_finds_the_cell_of_a_port)
{
	struct udp_ports *p = make("9999,53,161", false);

	ck_assert_uint_eq(udp_ports_find(p, 9999)->cell, 0);
	ck_assert_uint_eq(udp_ports_find(p, 53)->cell, 1);
	ck_assert_uint_eq(udp_ports_find(p, 161)->cell, 2);
	ck_assert_ptr_null(udp_ports_find(p, 54));
	udp_ports_free(p);
}
END_TEST

START_TEST(udp_ports_puts_the_likeliest_first)
{
	struct udp_ports *p = make("1-65535", false);
	bool seen[65535] = {0};

	ck_assert_uint_eq(p->order[0], 52);
	ck_assert_uint_eq(p->order[1], 122);
	for (uint32_t i = 0; i < p->count; i++) {
		ck_assert(!seen[p->order[i]]);
		seen[p->order[i]] = true;
	}
	udp_ports_free(p);
}
END_TEST

START_TEST(udp_ports_keeps_their_order_where_asked)
{
	struct udp_ports *p = make("9999,53,161", true);

	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(p->order[i], i);
	udp_ports_free(p);
}
END_TEST

START_TEST(udp_ports_ends_with_an_empty_datagram)
{
	struct udp_ports *p = make("53,9,69", false);

	ck_assert_uint_ge(p->asks[0], 2);
	ck_assert(!udp_ports_find(p, 53)->other_port);
	ck_assert(udp_ports_find(p, 69)->other_port);
	ck_assert_uint_eq(p->other_count, 1);
	ck_assert_uint_eq(p->others[0], udp_ports_find(p, 69)->cell);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_ge(p->asks[i], 1);
	udp_ports_free(p);
}
END_TEST

START_TEST(udp_ports_lives_as_long_as_somebody_uses_it)
{
	struct udp_ports *p = make("53", false), *other = udp_ports_share(p);

	udp_ports_free(p);
	ck_assert_uint_eq(other->count, 1);
	udp_ports_free(other);
	udp_ports_free(NULL);
}
END_TEST

UNIT_MAIN("probe/udp_ports", udp_ports_finds_the_cell_of_a_port, udp_ports_puts_the_likeliest_first,
	udp_ports_keeps_their_order_where_asked, udp_ports_ends_with_an_empty_datagram,
	udp_ports_lives_as_long_as_somebody_uses_it)
