/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/pcapng_bytes.h"

#include "made.h"

static struct pcapng_bytes begun(struct fed *from)
{
	struct pcapng_bytes b;

	pcapng_bytes_init(&b, fed_source(from));
	return b;
}

START_TEST(bytes_come_however_few_the_source_gives_at_a_time)
{
	struct fed from = {.bytes = "0123456789", .len = 10, .most = 3};
	struct pcapng_bytes b = begun(&from);

	ck_assert_int_eq(pcapng_need(&b, 4), 1);
	ck_assert_mem_eq(b.buf + b.at, "0123", 4);
	ck_assert_uint_eq(b.base + b.fill, 6);
	b.at += 4;
	ck_assert_int_eq(pcapng_need_more(&b, 6), 0);
	ck_assert_mem_eq(b.buf + b.at, "456789", 6);
	ck_assert_uint_eq(b.base, 4);
	pcapng_bytes_release(&b);
}
END_TEST

START_TEST(bytes_end_where_none_is_left_and_are_cut_before)
{
	struct fed from = {.bytes = "0123", .len = 4};
	struct pcapng_bytes b = begun(&from);

	ck_assert_int_eq(pcapng_need(&b, 5), ERR_CUT);
	ck_assert_int_eq(pcapng_need_more(&b, 5), ERR_CUT);
	ck_assert_int_eq(pcapng_need(&b, 4), 1);
	b.at += 4;
	ck_assert_int_eq(pcapng_need(&b, 1), 0);
	ck_assert_int_eq(pcapng_need_more(&b, 1), ERR_CUT);
	pcapng_bytes_release(&b);
}
END_TEST

START_TEST(bytes_pass_on_what_the_source_says)
{
	struct fed from = {.failure = ERR_DAMAGED};
	struct pcapng_bytes b = begun(&from);

	ck_assert_int_eq(pcapng_need(&b, 1), ERR_DAMAGED);
	ck_assert_int_eq(pcapng_need_more(&b, 1), ERR_DAMAGED);
	pcapng_bytes_release(&b);
}
END_TEST

START_TEST(bytes_make_room_for_the_longest_block_alone)
{
	static char long_one[PCAPNG_BLOCK_MAX];
	struct fed from = {.bytes = long_one, .len = sizeof long_one};
	struct pcapng_bytes b = begun(&from);

	long_one[sizeof long_one - 1] = 'z';
	ck_assert_int_eq(pcapng_need(&b, 8), 1);
	ck_assert_uint_lt(b.room, PCAPNG_BLOCK_MAX);
	ck_assert_int_eq(pcapng_need(&b, PCAPNG_BLOCK_MAX), 1);
	ck_assert_uint_eq(b.room, PCAPNG_BLOCK_MAX);
	ck_assert_uint_eq(b.buf[PCAPNG_BLOCK_MAX - 1], 'z');
	pcapng_bytes_release(&b);
}
END_TEST

START_TEST(bytes_are_numbers_in_the_order_of_the_file)
{
	static const uint64_t number = 0x0102030405060708;
	const uint8_t *at = (const uint8_t *)&number;
	struct pcapng_bytes b = {0};
	uint32_t half = pcapng_u32(&b, at);
	uint16_t quarter = pcapng_u16(&b, at);

	ck_assert_uint_eq(pcapng_u64(&b, at), number);
	b.swapped = true;
	ck_assert_uint_eq(pcapng_u64(&b, at), bswap_64(number));
	ck_assert_uint_eq(pcapng_u32(&b, at), bswap_32(half));
	ck_assert_uint_eq(pcapng_u16(&b, at), bswap_16(quarter));
}
END_TEST

UNIT_MAIN("capture/pcapng_bytes", bytes_come_however_few_the_source_gives_at_a_time,
	bytes_end_where_none_is_left_and_are_cut_before, bytes_pass_on_what_the_source_says,
	bytes_make_room_for_the_longest_block_alone, bytes_are_numbers_in_the_order_of_the_file)
