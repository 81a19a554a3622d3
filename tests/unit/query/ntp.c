/* SPDX-License-Identifier: MIT */
#include "answers.h"

START_TEST(ntp_question_has_a_transmit_time_that_is_the_token)
{
	static const uint8_t question[48] = {
		[0] = 0x23, [40] = 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

	expect_question(&query_ntp, question, sizeof question, true);
}
END_TEST

START_TEST(ntp_transmit_time_is_never_zero)
{
	static const struct query_token zero = {{0, 0}};
	uint8_t out[QUERY_MAX];

	ck_assert_uint_eq(query_ntp.make(&zero, out), 48);
	ck_assert_uint_eq(out[47], 1);
}
END_TEST

START_TEST(ntp_tells_stratum_version_and_source)
{
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 3, "\xe7", 1,
		"version=4\nstratum=8\nrefid=127.127.1.1\nleap=0\nprecision_ns=29\n"
		"root_delay_us=0\nroot_dispersion_us=0\n: stratum 8, version 4");
}
END_TEST

START_TEST(ntp_source_of_a_primary_server_is_a_name)
{
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 0,
		"\x5c\1\0\xec\0\0\1\0\0\1\x80\0GPS\0", 16,
		"version=3\nstratum=1\nrefid=GPS\nleap=1\nprecision_ns=953\nroot_delay_us=3906\n"
		"root_dispersion_us=1500000\n: stratum 1, version 3");
}
END_TEST

START_TEST(ntp_kiss_of_death_says_why)
{
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 0,
		"\xe4\0\0\xe7\0\0\0\0\0\0\0\0RATE", 16,
		"version=4\nstratum=0\nkiss=RATE\nleap=3\nprecision_ns=29\nroot_delay_us=0\n"
		"root_dispersion_us=0\n: kiss-o'-death RATE");
}
END_TEST

START_TEST(ntp_precision_of_any_byte_is_a_number)
{
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 3, "\x80", 1,
		"version=4\nstratum=8\nrefid=127.127.1.1\nleap=0\nprecision_ns=0\n"
		"root_delay_us=0\nroot_dispersion_us=0\n: stratum 8, version 4");
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 3, "\x01", 1,
		"version=4\nstratum=8\nrefid=127.127.1.1\nleap=0\nprecision_ns=2000000000\n"
		"root_delay_us=0\nroot_dispersion_us=0\n: stratum 8, version 4");
	for (unsigned i = 0; i < 256; i++) {
		struct strbuf to = {0};
		uint8_t copy[sizeof chrony_answer];

		memcpy(copy, chrony_answer, sizeof copy);
		copy[3] = (uint8_t)i;
		told(&query_ntp, &asked_token, copy, sizeof copy, &to);
		ck_assert_str_ne(to.text, "no answer");
		strbuf_release(&to);
	}
}
END_TEST

START_TEST(ntp_origin_is_what_was_sent)
{
	expect_matters(&query_ntp, chrony_answer, sizeof chrony_answer, 24, 32);
}
END_TEST

START_TEST(ntp_answer_is_a_servers)
{
	for (unsigned mode = 0; mode < 8; mode++) {
		uint8_t first = (uint8_t)(0x20 | mode);

		if (mode != 4)
			expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 0, &first, 1,
				"no answer");
	}
	expect_edited(&query_ntp, chrony_answer, sizeof chrony_answer, 1, "\x11", 1, "no answer");
}
END_TEST

START_TEST(ntp_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_ntp, chrony_answer, sizeof chrony_answer, sizeof chrony_answer);
}
END_TEST

UNIT_MAIN("query/ntp", ntp_question_has_a_transmit_time_that_is_the_token,
	ntp_transmit_time_is_never_zero, ntp_tells_stratum_version_and_source,
	ntp_source_of_a_primary_server_is_a_name, ntp_kiss_of_death_says_why,
	ntp_precision_of_any_byte_is_a_number, ntp_origin_is_what_was_sent, ntp_answer_is_a_servers,
	ntp_answer_is_whole_and_of_its_token)
