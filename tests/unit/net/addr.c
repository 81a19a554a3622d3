/* SPDX-License-Identifier: MIT */
#include "netprobe/net/addr.h"

#include "../unit.h"
#include "netprobe/base/err.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static struct addr parsed(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, strlen(text), &a) == 0, "%s", text);
	return a;
}

static void check_text(const char *in, const char *want)
{
	struct addr a = parsed(in);
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_text(&a, text), want);
}

static void check_fails(const char *text, int want)
{
	struct addr a;

	memset(&a, 0xff, sizeof a);
	ck_assert_msg(addr_parse(text, strlen(text), &a) == want, "%s", text);
	ck_assert_uint_eq(a.family, 0);
}

START_TEST(addr_parses_dotted_quads)
{
	struct addr a = parsed("10.0.0.255");

	ck_assert_uint_eq(a.family, 4);
	ck_assert_uint_eq(a.port, 0);
	ck_assert_uint_eq(a.scope, 0);
	ck_assert(addr_number(&a) == 0x0a0000ff);
	ck_assert_int_eq(addr_af(&a), AF_INET);
	ck_assert_uint_eq(addr_bits(&a), 32);
}
END_TEST

START_TEST(addr_rejects_loose_ipv4)
{
	check_fails("", ERR_EMPTY);
	check_fails("300.1.1.1", ERR_ADDRESS);
	check_fails("10.0.0", ERR_ADDRESS);
	check_fails("10.0.0.1.", ERR_ADDRESS);
	check_fails("010.0.0.1", ERR_ADDRESS);
	check_fails("0x0a.0.0.1", ERR_ADDRESS);
	check_fails(" 10.0.0.1", ERR_ADDRESS);
	check_fails("10.0.0.1 ", ERR_ADDRESS);
	check_fails("10.0.0.1:80", ERR_ADDRESS);
	check_fails("[10.0.0.1]", ERR_ADDRESS);
	check_fails("10.0.0.1%lo", ERR_ADDRESS);
	check_fails("localhost", ERR_ADDRESS);
}
END_TEST

START_TEST(addr_rejects_bad_ipv6)
{
	check_fails(":", ERR_ADDRESS);
	check_fails("[]", ERR_ADDRESS);
	check_fails("::1::", ERR_ADDRESS);
	check_fails("1:2:3:4:5:6:7:8:9", ERR_ADDRESS);
	check_fails("[::1", ERR_ADDRESS);
	check_fails("::1]", ERR_ADDRESS);
	check_fails("[[::1]]", ERR_ADDRESS);
	check_fails("::g", ERR_ADDRESS);
}
END_TEST

START_TEST(addr_rejects_embedded_nul)
{
	struct addr a;

	ck_assert_int_eq(addr_parse("10.0.0.1\0002", 10, &a), ERR_ADDRESS);
	ck_assert_int_eq(addr_parse("::1\0", 4, &a), ERR_ADDRESS);
}
END_TEST

START_TEST(addr_rejects_overlong_text)
{
	char text[400];

	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	check_fails(text, ERR_TOO_LONG);
}
END_TEST

START_TEST(addr_writes_canonical_ipv6)
{
	check_text("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
	check_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	check_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	check_text("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	check_text("[::1]", "::1");
	check_text("::", "::");
	check_text("::ffff:c000:0201", "::ffff:192.0.2.1");
}
END_TEST

START_TEST(addr_reads_zone_by_name_and_number)
{
	unsigned lo = if_nametoindex("lo");
	char text[64];

	ck_assert_uint_ne(lo, 0);
	snprintf(text, sizeof text, "fe80::1%%%u", lo);
	ck_assert_uint_eq(parsed("fe80::1%lo").scope, lo);
	ck_assert_uint_eq(parsed(text).scope, lo);
	ck_assert_uint_eq(parsed("[fe80::1%lo]").scope, lo);
	ck_assert_uint_eq(parsed("ff02::1%lo").scope, lo);
	snprintf(text, sizeof text, "[fe80:0000:0000:0000:0000:0000:255.255.255.255%%%015u]", lo);
	ck_assert_uint_eq(parsed(text).scope, lo);
	snprintf(text, sizeof text, "fe80::1%%%u", lo);
	check_text(text, "fe80::1%lo");
}
END_TEST

START_TEST(addr_rejects_impossible_zones)
{
	check_fails("fe80::1%", ERR_ZONE);
	check_fails("fe80::1%no-such-if", ERR_ZONE);
	check_fails("fe80::1%4294967295", ERR_ZONE);
	check_fails("fe80::1%0", ERR_ZONE);
	check_fails("fe80::1%nameofsixteenbyt", ERR_ZONE);
	check_fails("2001:db8::1%lo", ERR_ZONE);
	check_fails("zz::1%lo", ERR_ADDRESS);
}
END_TEST

START_TEST(addr_writes_unknown_zone_as_number)
{
	struct addr a = parsed("fe80:1111:1111:1111:1111:1111:1111:1111");
	char text[ADDR_TEXT_MAX];

	a.scope = UINT32_MAX;
	ck_assert_str_eq(addr_text(&a, text), "fe80:1111:1111:1111:1111:1111:1111:1111%4294967295");
}
END_TEST

START_TEST(addr_of_no_family_has_no_text)
{
	struct addr none = {0};
	struct sockaddr_storage ss;
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_text(&none, text), "");
	ck_assert_int_eq(addr_af(&none), AF_UNSPEC);
	ck_assert_uint_eq(addr_to_sockaddr(&none, &ss), 0);
}
END_TEST

START_TEST(addr_orders_by_family_address_zone)
{
	struct addr v4 = parsed("255.0.0.1"), next = parsed("255.0.0.2");
	struct addr v6 = parsed("fe80::1"), zoned = parsed("fe80::1%lo");

	ck_assert_int_lt(addr_compare(&v4, &next), 0);
	ck_assert_int_gt(addr_compare(&next, &v4), 0);
	ck_assert_int_lt(addr_compare(&next, &v6), 0);
	ck_assert_int_lt(addr_compare(&v6, &zoned), 0);
	next = v4;
	next.port = 80;
	ck_assert_int_eq(addr_compare(&v4, &next), 0);
	ck_assert_uint_eq(addr_hash(&v4, 1), addr_hash(&next, 1));
	ck_assert_uint_ne(addr_hash(&v6, 1), addr_hash(&zoned, 1));
	ck_assert_uint_ne(addr_hash(&v6, 1), addr_hash(&v6, 2));
}
END_TEST

START_TEST(addr_same_ignores_port_and_missing_zone)
{
	struct addr a = parsed("fe80::1"), b = parsed("fe80::1%lo"), c = b;

	a.port = 1;
	ck_assert(addr_same(&a, &b));
	ck_assert(addr_same(&b, &a));
	c.scope++;
	ck_assert(!addr_same(&b, &c));
	b = parsed("::ffff:10.0.0.1");
	a = parsed("10.0.0.1");
	ck_assert(!addr_same(&a, &b));
}
END_TEST

START_TEST(addr_number_goes_both_ways)
{
	struct addr a = parsed("10.0.0.1"), b = parsed("fe80::1%lo");
	char text[ADDR_TEXT_MAX];

	a.port = 7;
	addr_set_number(&a, addr_number(&a) + 255);
	ck_assert_str_eq(addr_text(&a, text), "10.0.1.0");
	ck_assert_uint_eq(a.port, 7);
	addr_set_number(&b, addr_number(&b) + 0xffff);
	ck_assert_str_eq(addr_text(&b, text), "fe80::1:0%lo");
	ck_assert(addr_number(&b) >> 112 == 0xfe80);
}
END_TEST

START_TEST(addr_knows_link_local)
{
	static const struct {
		const char *text;
		bool link_local;
	} rows[] = {
		{"127.255.0.1", false},
		{"128.0.0.1", false},
		{"169.254.1.1", true},
		{"169.255.1.1", false},
		{"::1", false},
		{"::2", false},
		{"fe80::1", true},
		{"febf::1", true},
		{"fec0::1", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct addr a = parsed(rows[i].text);

		ck_assert_msg(addr_is_link_local(&a) == rows[i].link_local, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(addr_plain_is_what_an_address_means)
{
	static const char *const rows[][2] = {
		{"::ffff:10.1.2.3", "10.1.2.3"},
		{"::ffff:0.0.0.0", "0.0.0.0"},
		{"10.1.2.3", "10.1.2.3"},
		{"::10.1.2.3", "::a01:203"},
		{"::1", "::1"},
		{"fe80::1%1", "fe80::1%1"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct addr a = parsed(rows[i][0]), expected = parsed(rows[i][1]), plain;

		a.port = 8080;
		plain = addr_plain(&a);
		ck_assert_msg(addr_compare(&plain, &expected) == 0, "%s", rows[i][0]);
		ck_assert_uint_eq(plain.port, 8080);
	}
}
END_TEST

START_TEST(addr_survives_sockaddr)
{
	static const char *const texts[] = {"10.1.2.3", "::ffff:10.1.2.3", "fe80::1%lo"};
	struct sockaddr_storage ss;
	struct addr back;

	for (size_t i = 0; i < 3; i++) {
		struct addr a = parsed(texts[i]);
		socklen_t len;

		a.port = 8080;
		len = addr_to_sockaddr(&a, &ss);
		ck_assert_uint_eq(len,
			a.family == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		addr_from_sockaddr(&back, (struct sockaddr *)&ss);
		ck_assert_int_eq(addr_compare(&a, &back), 0);
		ck_assert_uint_eq(back.port, 8080);
	}
}
END_TEST

START_TEST(addr_from_other_family_is_none)
{
	struct sockaddr_storage ss = {.ss_family = AF_UNIX};
	struct addr a;

	addr_from_sockaddr(&a, (struct sockaddr *)&ss);
	ck_assert_uint_eq(a.family, 0);
}
END_TEST

START_TEST(addr_drops_scope_of_global_sockaddr)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 3};
	struct addr a;

	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	addr_from_sockaddr(&a, (struct sockaddr *)&in6);
	ck_assert_uint_eq(a.scope, 0);
}
END_TEST

UNIT_MAIN("net/addr", addr_parses_dotted_quads, addr_rejects_loose_ipv4, addr_rejects_bad_ipv6,
	addr_rejects_embedded_nul, addr_rejects_overlong_text, addr_writes_canonical_ipv6,
	addr_reads_zone_by_name_and_number, addr_rejects_impossible_zones,
	addr_writes_unknown_zone_as_number, addr_of_no_family_has_no_text,
	addr_orders_by_family_address_zone, addr_same_ignores_port_and_missing_zone,
	addr_number_goes_both_ways, addr_knows_link_local, addr_plain_is_what_an_address_means,
	addr_survives_sockaddr, addr_from_other_family_is_none, addr_drops_scope_of_global_sockaddr)
