/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/echo.h"

#include "netprobe/packet/checksum.h"

#include "../unit.h"

#include <string.h>

static void assert_none(int family, const void *bytes, size_t len)
{
	struct echo echo;

	memset(&echo, 0xa5, sizeof echo);
	echo_parse(family, bytes, len, &echo);
	ck_assert_int_eq(echo.kind, ECHO_NONE);
	ck_assert_uint_eq(echo.id, 0);
	ck_assert_uint_eq(echo.sequence, 0);
	ck_assert_ptr_null(echo.data);
	ck_assert_uint_eq(echo.size, 0);
}

START_TEST(echo_encodes_ipv4_with_its_checksum)
{
	uint8_t packet[13] = "........hello";
	const uint8_t header[] = {8, 0, 0, 0, 0x12, 0x34, 0xab, 0xcd};
	uint16_t sum;

	echo_encode(4, 0x1234, 0xabcd, packet, sizeof packet);
	ck_assert_mem_eq(packet, header, 2);
	ck_assert_mem_eq(packet + 4, header + 4, 4);
	ck_assert_mem_eq(packet + 8, "hello", 5);
	sum = (uint16_t)(packet[2] << 8 | packet[3]);
	packet[2] = packet[3] = 0;
	ck_assert_uint_eq(sum, checksum(packet, sizeof packet));
}
END_TEST

START_TEST(echo_encodes_ipv6_and_leaves_the_checksum_to_the_kernel)
{
	uint8_t packet[13] = "........hello";
	const uint8_t wanted[] = {128, 0, 0, 0, 0x12, 0x34, 0xab, 0xcd, 'h', 'e', 'l', 'l', 'o'};

	echo_encode(6, 0x1234, 0xabcd, packet, sizeof packet);
	ck_assert_mem_eq(packet, wanted, sizeof wanted);
}
END_TEST

START_TEST(echo_encodes_anew_what_was_encoded_before)
{
	uint8_t packet[ECHO_HEADER + 56] = {0}, again[sizeof packet] = {0};

	echo_encode(4, 7, 1, packet, sizeof packet);
	echo_encode(4, 7, 2, packet, sizeof packet);
	echo_encode(4, 7, 2, again, sizeof again);
	ck_assert_mem_eq(packet, again, sizeof packet);
	ck_assert(echo_checksum_ok(packet, sizeof packet));
}
END_TEST

START_TEST(echo_parses_what_it_encoded)
{
	static const int families[] = {4, 6};
	uint8_t packet[13] = "........hello";
	struct echo echo;

	for (size_t i = 0; i < 2; i++) {
		echo_encode(families[i], 0xfffe, 0x0102, packet, sizeof packet);
		echo_parse(families[i], packet, sizeof packet, &echo);
		ck_assert_int_eq(echo.kind, ECHO_REQUEST);
		ck_assert_uint_eq(echo.id, 0xfffe);
		ck_assert_uint_eq(echo.sequence, 0x0102);
		ck_assert_ptr_eq(echo.data, packet + ECHO_HEADER);
		ck_assert_uint_eq(echo.size, 5);
	}
}
END_TEST

START_TEST(echo_tells_replies_of_each_family)
{
	uint8_t v4[] = {0, 0, 0, 0, 0, 1, 0, 2}, v6[] = {129, 0, 0, 0, 0, 1, 0, 2};
	struct echo echo;

	echo_parse(4, v4, sizeof v4, &echo);
	ck_assert_int_eq(echo.kind, ECHO_REPLY);
	ck_assert_uint_eq(echo.id, 1);
	ck_assert_uint_eq(echo.sequence, 2);
	ck_assert_uint_eq(echo.size, 0);
	echo_parse(6, v6, sizeof v6, &echo);
	ck_assert_int_eq(echo.kind, ECHO_REPLY);
	assert_none(6, v4, sizeof v4);
	assert_none(4, v6, sizeof v6);
}
END_TEST

START_TEST(echo_is_no_other_message)
{
	uint8_t packet[16] = {0};

	for (unsigned type = 0; type < 256; type++) {
		packet[0] = (uint8_t)type;
		if (type != 0 && type != 8)
			assert_none(4, packet, sizeof packet);
		if (type != 128 && type != 129)
			assert_none(6, packet, sizeof packet);
	}
}
END_TEST

START_TEST(echo_does_not_look_at_the_code)
{
	uint8_t reply[] = {0, 9, 0, 0, 0, 1, 0, 2};
	struct echo echo;

	echo_parse(4, reply, sizeof reply, &echo);
	ck_assert_int_eq(echo.kind, ECHO_REPLY);
}
END_TEST

START_TEST(echo_needs_its_whole_header)
{
	uint8_t packet[ECHO_HEADER];

	echo_encode(4, 1, 1, packet, sizeof packet);
	for (size_t len = 0; len < ECHO_HEADER; len++)
		assert_none(4, packet, len);
	assert_none(4, NULL, 0);
	assert_none(6, NULL, 0);
}
END_TEST

START_TEST(echo_checksum_is_judged_apart)
{
	uint8_t packet[13] = "........hello";
	struct echo echo;

	echo_encode(4, 1, 1, packet, sizeof packet);
	ck_assert(echo_checksum_ok(packet, sizeof packet));
	packet[12] ^= 1;
	ck_assert(!echo_checksum_ok(packet, sizeof packet));
	ck_assert(!echo_checksum_ok(packet, 0));
	echo_parse(4, packet, sizeof packet, &echo);
	ck_assert_int_eq(echo.kind, ECHO_REQUEST);
}
END_TEST

UNIT_MAIN("packet/echo", echo_encodes_ipv4_with_its_checksum,
	echo_encodes_ipv6_and_leaves_the_checksum_to_the_kernel,
	echo_encodes_anew_what_was_encoded_before, echo_parses_what_it_encoded,
	echo_tells_replies_of_each_family, echo_is_no_other_message, echo_does_not_look_at_the_code,
	echo_needs_its_whole_header, echo_checksum_is_judged_apart)
