/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/tcp.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

#include <string.h>

/* 40000 > 443, sequence 0x01020304, acknowledgment 0x05060708, 24 bytes, AE CWR ECE URG ACK PSH RST
 * SYN FIN, window 0xfaf0, checksum 0xabcd, urgent 0x0007; MSS 1380; 2 bytes of data. */
static const uint8_t everything[] = {0x9c, 0x40, 0x01, 0xbb, 1, 2, 3, 4, 5, 6, 7, 8, 0x61, 0xff,
	0xfa, 0xf0, 0xab, 0xcd, 0x00, 0x07, 2, 4, 0x05, 0x64, 'h', 'i'};

static bool parse(const uint8_t *bytes, size_t len, struct tcp_header *h, size_t *left)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct cursor c;
	bool good;

	memcpy(exact, bytes, len);
	memset(h, 0xa5, sizeof *h);
	cursor_init(&c, exact, len);
	good = tcp_parse(&c, h);
	*left = cursor_left(&c);
	free(exact);
	return good;
}

START_TEST(tcp_parses_every_field)
{
	struct tcp_header h;
	struct cursor c;

	cursor_init(&c, everything, sizeof everything);
	ck_assert(tcp_parse(&c, &h));
	ck_assert_uint_eq(h.source_port, 40000);
	ck_assert_uint_eq(h.destination_port, 443);
	ck_assert_uint_eq(h.sequence, 0x01020304);
	ck_assert_uint_eq(h.acknowledgment, 0x05060708);
	ck_assert_uint_eq(h.length, 24);
	ck_assert_uint_eq(h.flags, 0x1ff);
	ck_assert_uint_eq(h.window, 0xfaf0);
	ck_assert_uint_eq(h.checksum, 0xabcd);
	ck_assert_uint_eq(h.urgent, 7);
	ck_assert_uint_eq(h.options_len, 4);
	ck_assert_ptr_eq(h.options, everything + 20);
	ck_assert_uint_eq(cursor_left(&c), 2);
	ck_assert_uint_eq(cursor_u8(&c), 'h');
}
END_TEST

START_TEST(tcp_knows_each_flag)
{
	static const struct {
		uint8_t high, low;
		uint16_t flag;
	} cases[] = {{0, 1, TCP_FIN}, {0, 2, TCP_SYN}, {0, 4, TCP_RST}, {0, 8, TCP_PSH},
		{0, 16, TCP_ACK}, {0, 32, TCP_URG}, {0, 64, TCP_ECE}, {0, 128, TCP_CWR},
		{1, 0, TCP_AE}, {0x0e, 0, 0}};
	uint8_t bytes[sizeof everything];
	struct tcp_header h;
	size_t left;

	memcpy(bytes, everything, sizeof bytes);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bytes[12] = 0x60 | cases[i].high;
		bytes[13] = cases[i].low;
		ck_assert(parse(bytes, sizeof bytes, &h, &left));
		ck_assert_uint_eq(h.flags, cases[i].flag);
	}
}
END_TEST

START_TEST(tcp_takes_options_that_are_cut)
{
	struct tcp_header h;
	size_t left;

	for (size_t len = 20; len < 24; len++) {
		ck_assert(parse(everything, len, &h, &left));
		ck_assert_uint_eq(h.length, 24);
		ck_assert_uint_eq(h.options_len, len - 20);
		ck_assert_uint_eq(left, 0);
	}
}
END_TEST

static void assert_refused(const uint8_t *bytes, size_t len)
{
	struct tcp_header h;
	size_t left;

	ck_assert(!parse(bytes, len, &h, &left));
	ck_assert_uint_eq(h.source_port, 0);
	ck_assert_uint_eq(h.flags, 0);
	ck_assert_uint_eq(h.length, 0);
	ck_assert_uint_eq(h.options_len, 0);
	ck_assert_ptr_null(h.options);
}

START_TEST(tcp_refuses_a_header_that_is_cut_or_too_small_for_itself)
{
	uint8_t bytes[sizeof everything];

	for (size_t len = 0; len < 20; len++)
		assert_refused(everything, len);
	memcpy(bytes, everything, sizeof bytes);
	for (uint8_t words = 0; words < 5; words++) {
		bytes[12] = (uint8_t)(words << 4);
		assert_refused(bytes, sizeof bytes);
	}
}
END_TEST

START_TEST(tcp_refuses_a_cursor_that_has_failed)
{
	struct tcp_header h;
	struct cursor c;

	cursor_init(&c, everything, sizeof everything);
	cursor_skip(&c, sizeof everything + 1);
	ck_assert(!tcp_parse(&c, &h));
}
END_TEST

/* ---- options */

static struct tcp_options options_of(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct tcp_options o;

	memcpy(exact, bytes, len);
	memset(&o, 0xa5, sizeof o);
	tcp_options_parse(exact, (uint8_t)len, &o);
	free(exact);
	return o;
}

#define OPTIONS(...) options_of((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

START_TEST(tcp_reads_the_options_of_linux)
{
	struct tcp_options o = OPTIONS(
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 1, 1, 3, 3, 7);

	ck_assert(o.has_mss && o.sack_permitted && o.has_timestamps && o.has_wscale);
	ck_assert(!o.has_tfo && !o.has_mptcp && !o.malformed);
	ck_assert_uint_eq(o.mss, 1460);
	ck_assert_uint_eq(o.tsval, 0x0a0b0c0d);
	ck_assert_uint_eq(o.tsecr, 1);
	ck_assert_uint_eq(o.wscale, 7);
}
END_TEST

START_TEST(tcp_reads_no_options_of_none)
{
	struct tcp_options o;

	memset(&o, 0xa5, sizeof o);
	tcp_options_parse(NULL, 0, &o);
	ck_assert(!o.has_mss && !o.has_wscale && !o.sack_permitted && !o.has_timestamps);
	ck_assert(!o.has_tfo && !o.has_mptcp && !o.malformed);
}
END_TEST

START_TEST(tcp_tells_a_window_scale_as_sent)
{
	ck_assert_uint_eq(OPTIONS(3, 3, 255).wscale, 255);
	ck_assert_uint_eq(OPTIONS(3, 3, 0).wscale, 0);
	ck_assert(OPTIONS(3, 3, 0).has_wscale);
}
END_TEST

START_TEST(tcp_knows_up_to_four_sack_blocks)
{
	struct tcp_options o =
		OPTIONS(1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0, 0, 0, 0xff, 0, 0, 9);

	ck_assert(!o.malformed);
	ck_assert(!OPTIONS(5, 34, [33] = 7).malformed);
	ck_assert(OPTIONS(5, 42, [41] = 7).malformed); /* longer than the header can be */
	ck_assert(OPTIONS(5, 9, [8] = 7).malformed);
	ck_assert(OPTIONS(5, 2).malformed);
}
END_TEST

START_TEST(tcp_reads_fast_open_under_both_of_its_numbers)
{
	struct tcp_options o = OPTIONS(34, 2);

	ck_assert(o.has_tfo);
	ck_assert(OPTIONS(34, 10, 1, 2, 3, 4, 5, 6, 7, 8).has_tfo);
	o = OPTIONS(254, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8);
	ck_assert(o.has_tfo);
	o = OPTIONS(254, 4, 0xf9, 0x88);
	ck_assert(!o.has_tfo);
	o = OPTIONS(254, 3, 0xf9);
	ck_assert(!o.has_tfo && !o.malformed);
}
END_TEST

START_TEST(tcp_knows_mptcp)
{
	struct tcp_options o = OPTIONS(30, 4, 0x21, 0);

	ck_assert(o.has_mptcp);
	ck_assert(OPTIONS(30, 2).malformed);
}
END_TEST

START_TEST(tcp_passes_over_options_that_it_does_not_know)
{
	struct tcp_options o = OPTIONS(19, 18, [17] = 1, 2, 4, 0, 99);

	ck_assert(!o.malformed); /* MD5 */
	ck_assert(o.has_mss);
	ck_assert_uint_eq(o.mss, 99);
}
END_TEST

START_TEST(tcp_reads_nothing_behind_the_end_of_the_list)
{
	struct tcp_options o = OPTIONS(4, 2, 0, 2, 4, 5, 0xb4, 9, 1);

	ck_assert(o.sack_permitted);
	ck_assert(!o.has_mss && !o.malformed);
}
END_TEST

START_TEST(tcp_keeps_what_stands_before_a_length_that_cannot_be)
{
	static const struct {
		uint8_t bytes[6];
		size_t len;
	} cases[] = {
		{{2}, 1},             /* no length */
		{{2, 0, 5, 0xb4}, 4}, /* less than its own two bytes */
		{{2, 1, 5, 0xb4}, 4},
		{{2, 4, 5}, 3}, /* beyond the end */
		{{2, 3, 5}, 3}, /* another than it has */
		{{3, 4, 7, 0}, 4},
		{{4, 3, 0}, 3},
		{{8, 6, 0, 0, 0, 1}, 6},
		{{99, 200}, 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bytes[16] = {3, 3, 5};
		struct tcp_options o;

		memcpy(bytes + 3, cases[i].bytes, cases[i].len);
		o = options_of(bytes, 3 + cases[i].len);
		ck_assert_msg(o.malformed, "case %zu", i);
		ck_assert(o.has_wscale);
		ck_assert_uint_eq(o.wscale, 5);
		ck_assert(!o.has_mss && !o.sack_permitted && !o.has_timestamps);
	}
}
END_TEST

START_TEST(tcp_distance_wraps)
{
	ck_assert_int_eq(tcp_distance(5, 9), 4);
	ck_assert_int_eq(tcp_distance(9, 5), -4);
	ck_assert_int_eq(tcp_distance(0xfffffff0, 0x10), 0x20);
	ck_assert_int_eq(tcp_distance(0x10, 0xfffffff0), -0x20);
}
END_TEST

UNIT_MAIN("packet/tcp", tcp_parses_every_field, tcp_knows_each_flag, tcp_takes_options_that_are_cut,
	tcp_refuses_a_header_that_is_cut_or_too_small_for_itself,
	tcp_refuses_a_cursor_that_has_failed, tcp_reads_the_options_of_linux,
	tcp_reads_no_options_of_none, tcp_tells_a_window_scale_as_sent,
	tcp_knows_up_to_four_sack_blocks, tcp_reads_fast_open_under_both_of_its_numbers,
	tcp_knows_mptcp, tcp_passes_over_options_that_it_does_not_know,
	tcp_reads_nothing_behind_the_end_of_the_list,
	tcp_keeps_what_stands_before_a_length_that_cannot_be, tcp_distance_wraps)
