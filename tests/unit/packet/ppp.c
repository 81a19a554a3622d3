/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/ppp.h"

#include "netprobe/base/mem.h"

#include "codec.h"

START_TEST(ppp_reads_the_protocol_in_each_of_its_forms)
{
	static const struct {
		uint8_t bytes[4];
		size_t len;
		uint16_t protocol;
	} cases[] = {
		{{0x00, 0x21}, 2, PPP_IPV4}, {{0x21}, 1, PPP_IPV4},     /* compressed */
		{{0xff, 0x03, 0x00, 0x57}, 4, PPP_IPV6},                /* framed as HDLC */
		{{0xff, 0x03, 0x57}, 3, PPP_IPV6},                      /* both */
		{{0x02, 0x81}, 2, PPP_MPLS}, {{0xc0, 0x21}, 2, 0xc021}, /* LCP */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct exact e = exact_of(cases[i].bytes, cases[i].len);

		ck_assert_uint_eq(ppp_parse(&e.c), cases[i].protocol);
		ck_assert(cursor_ok(&e.c));
		ck_assert_uint_eq(cursor_left(&e.c), 0);
		exact_free(&e);
	}
}
END_TEST

START_TEST(ppp_fails_where_it_is_cut)
{
	static const uint8_t framed[] = {0xff, 0x03, 0x00};
	static const size_t lengths[] = {0, 2, 3};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct exact e = exact_of(framed, lengths[i]);

		ck_assert_uint_eq(ppp_parse(&e.c), 0);
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

/* Session 42, 30 bytes. */
static const uint8_t session[] = {0x11, 0x00, 0x00, 0x2a, 0x00, 0x1e};

START_TEST(pppoe_reads_a_session)
{
	struct exact e = exact_of(session, sizeof session);
	struct pppoe out;

	ck_assert(pppoe_parse(&e.c, &out));
	ck_assert(out.session);
	ck_assert_uint_eq(out.length, 30);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

START_TEST(pppoe_knows_discovery)
{
	static const uint8_t padt[] = {0x11, 0xa7, 0x00, 0x2a, 0x00, 0x00};
	struct exact e = exact_of(padt, sizeof padt);
	struct pppoe out;

	ck_assert(pppoe_parse(&e.c, &out));
	ck_assert(!out.session);
	exact_free(&e);
}
END_TEST

START_TEST(pppoe_refuses_other_versions_and_less_than_a_header)
{
	static const uint8_t other[] = {0x12, 0x00, 0x00, 0x2a, 0x00, 0x1e};
	struct exact e = exact_of(other, sizeof other);
	struct pppoe out;

	ck_assert(!pppoe_parse(&e.c, &out));
	ck_assert(cursor_ok(&e.c));
	exact_free(&e);
	for (size_t len = 0; len < sizeof session; len++) {
		e = exact_of(session, len);
		ck_assert(!pppoe_parse(&e.c, &out));
		ck_assert(!cursor_ok(&e.c));
		ck_assert_uint_eq(out.length, 0);
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/ppp", ppp_reads_the_protocol_in_each_of_its_forms, ppp_fails_where_it_is_cut,
	pppoe_reads_a_session, pppoe_knows_discovery,
	pppoe_refuses_other_versions_and_less_than_a_header)
