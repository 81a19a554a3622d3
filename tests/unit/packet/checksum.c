/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/checksum.h"

#include "netprobe/base/rng.h"

#include "../unit.h"

#include <string.h>

/* As RFC 1071 (4.1) describes it: pairs of bytes, the odd one on the left. */
static uint16_t slowly(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

START_TEST(checksum_of_the_example_in_rfc_1071)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	ck_assert_uint_eq(checksum(bytes, sizeof bytes), (uint16_t)~0xddf2);
}
END_TEST

START_TEST(checksum_of_a_real_ipv4_header)
{
	static const uint8_t header[] = {
		0x45, 0, 0, 0x54, 0, 0, 0x40, 0, 0x40, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

	ck_assert_uint_eq(checksum(header, sizeof header), 0x26a7);
}
END_TEST

START_TEST(checksum_pads_an_odd_length_with_zero)
{
	static const uint8_t bytes[] = {0x12, 0x34, 0x56, 0xff};

	ck_assert_uint_eq(checksum(bytes, 1), (uint16_t)~0x1200);
	ck_assert_uint_eq(checksum(bytes, 3), (uint16_t) ~(0x1234 + 0x5600));
}
END_TEST

START_TEST(checksum_of_nothing_is_all_ones)
{
	ck_assert_uint_eq(checksum(NULL, 0), 0xffff);
}
END_TEST

START_TEST(checksum_is_the_slow_one_at_every_length_and_alignment)
{
	uint8_t bytes[216];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)rng_mix(i);
	for (size_t shift = 0; shift < 8; shift++)
		for (size_t len = 0; len <= 200; len++)
			ck_assert_uint_eq(checksum(bytes + shift, len), slowly(bytes + shift, len));
}
END_TEST

START_TEST(checksum_carries_around_every_limb)
{
	uint8_t *bytes = malloc(65535);

	memset(bytes, 0xff, 65535);
	for (size_t len = 0; len <= 65535; len += 257)
		ck_assert_uint_eq(checksum(bytes, len), slowly(bytes, len));
	bytes[0] = 0;
	bytes[7] = 0xfe;
	ck_assert_uint_eq(checksum(bytes, 65535), slowly(bytes, 65535));
	free(bytes);
}
END_TEST

/* Folding 64 bits carries twice here, on machines of either byte order. */
START_TEST(checksum_carries_what_folding_carries_out)
{
	static const uint8_t little[] = {0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t big[] = {0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0};

	ck_assert_uint_eq(checksum(little, sizeof little), slowly(little, sizeof little));
	ck_assert_uint_eq(checksum(big, sizeof big), slowly(big, sizeof big));
}
END_TEST

START_TEST(checksum_over_itself_is_zero_and_one_bit_changes_it)
{
	uint8_t bytes[64] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'n', 'e', 't'};
	uint16_t sum = checksum(bytes, sizeof bytes);

	bytes[2] = (uint8_t)(sum >> 8);
	bytes[3] = (uint8_t)sum;
	ck_assert_uint_eq(checksum(bytes, sizeof bytes), 0);
	for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_uint_ne(checksum(bytes, sizeof bytes), 0);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

UNIT_MAIN("packet/checksum", checksum_of_the_example_in_rfc_1071, checksum_of_a_real_ipv4_header,
	checksum_pads_an_odd_length_with_zero, checksum_of_nothing_is_all_ones,
	checksum_is_the_slow_one_at_every_length_and_alignment, checksum_carries_around_every_limb,
	checksum_carries_what_folding_carries_out,
	checksum_over_itself_is_zero_and_one_bit_changes_it)
