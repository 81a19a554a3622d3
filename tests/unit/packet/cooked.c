/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/cooked.h"

#include "codec.h"

/* Sent by us, Ethernet, an address of 6 bytes, IPv4. */
static const uint8_t version1[] = {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00};

/* IPv6, interface 0x01020304, Ethernet, multicast. */
static const uint8_t version2[] = {
	0x86, 0xdd, 0, 0, 1, 2, 3, 4, 0, 1, 2, 6, 2, 0, 0, 0, 0, 1, 0, 0};

START_TEST(cooked_reads_version_1)
{
	struct exact e = exact_of(version1, sizeof version1);
	struct cooked out;

	ck_assert(cooked_parse(&e.c, 1, &out));
	ck_assert_uint_eq(out.type, 0x0800);
	ck_assert(out.outgoing && !out.incoming);
	ck_assert_uint_eq(out.interface, 0);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

START_TEST(cooked_reads_version_2)
{
	struct exact e = exact_of(version2, sizeof version2);
	struct cooked out;

	ck_assert(cooked_parse(&e.c, 2, &out));
	ck_assert_uint_eq(out.type, 0x86dd);
	ck_assert(!out.outgoing && out.incoming);
	ck_assert_uint_eq(out.interface, 0x01020304);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

/* PACKET_HOST, _BROADCAST, _MULTICAST and _OTHERHOST came in, PACKET_OUTGOING went out. */
START_TEST(cooked_tells_in_from_out)
{
	uint8_t bytes[sizeof version2];
	struct cooked out;

	memcpy(bytes, version2, sizeof bytes);
	for (unsigned type = 0; type < 8; type++) {
		struct exact e;

		bytes[10] = (uint8_t)type;
		e = exact_of(bytes, sizeof bytes);
		ck_assert(cooked_parse(&e.c, 2, &out));
		ck_assert_int_eq(out.incoming, type <= 3);
		ck_assert_int_eq(out.to_others, type == 3);
		ck_assert_int_eq(out.outgoing, type == 4);
		exact_free(&e);
	}
}
END_TEST

START_TEST(cooked_takes_a_netlink_family_for_no_type)
{
	uint8_t bytes[sizeof version1];
	struct cooked out;
	struct exact e;

	memcpy(bytes, version1, sizeof bytes);
	bytes[2] = 0x03;
	bytes[3] = 0x38;
	e = exact_of(bytes, sizeof bytes);
	ck_assert(cooked_parse(&e.c, 1, &out));
	ck_assert_uint_eq(out.type, 0);
	exact_free(&e);
}
END_TEST

START_TEST(cooked_refuses_less_than_a_header)
{
	for (size_t len = 0; len < sizeof version2; len++) {
		struct exact e = exact_of(version2, len);
		struct cooked out;

		ck_assert(!cooked_parse(&e.c, 2, &out));
		ck_assert_uint_eq(out.type, 0);
		ck_assert(!out.incoming && !out.outgoing);
		exact_free(&e);
		e = exact_of(version1, len < sizeof version1 ? len : 0);
		ck_assert(!cooked_parse(&e.c, 1, &out));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/cooked", cooked_reads_version_1, cooked_reads_version_2, cooked_tells_in_from_out,
	cooked_takes_a_netlink_family_for_no_type, cooked_refuses_less_than_a_header)
