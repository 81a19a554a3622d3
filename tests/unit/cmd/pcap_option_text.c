/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_option_text.h"

#include "../unit.h"

/* A literal may hold zero bytes. */
#define EXPECT(bytes, wanted) expect(bytes, sizeof(bytes) - 1, wanted)

static void expect_of(const char *bytes, size_t len, size_t missing, const char *wanted)
{
	const struct tcp_header tcp = {.length = (uint8_t)(TCP_HEADER + len + missing),
		.options = (const uint8_t *)bytes,
		.options_len = (uint8_t)len};
	struct strbuf text = {0};

	strbuf_puts(&text, "[");
	option_text(&text, &tcp, 1000);
	ck_assert_str_eq(text.text + 1, wanted);
	ck_assert_uint_eq(text.len, strlen(wanted) + 1);
	strbuf_release(&text);
}

static void expect(const char *bytes, size_t len, const char *wanted)
{
	expect_of(bytes, len, 0, wanted);
}

START_TEST(options_of_a_syn_stand_in_their_order)
{
	EXPECT("\2\4\5\264\4\2\10\12\0\0\0\1\0\0\0\0\1\3\3\7",
		"mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7");
	EXPECT("\1\1\10\12\377\377\377\377\0\0\1\0", "nop,nop,TS val 4294967295 ecr 256");
}
END_TEST

START_TEST(options_end_where_they_say_so)
{
	EXPECT("\4\2\0\2", "sackOK,eol");
}
END_TEST

START_TEST(options_tell_sack_relative_to_what_it_acknowledges)
{
	EXPECT("\5\12\0\0\3\351\0\0\7\320", "sack 1 {1:1000}");
	EXPECT("\5\22\0\0\3\351\0\0\7\320\0\0\3\350\0\0\3\350", "sack 2 {1:1000}{0:0}");
}
END_TEST

START_TEST(options_of_other_kinds_are_told)
{
	EXPECT("\42\2", "tfo cookiereq");
	EXPECT("\42\6\336\255\276\357", "tfo cookie deadbeef");
	EXPECT("\36\4\0\201", "mptcp capable");
	EXPECT("\36\3\220", "mptcp subtype 9");
	EXPECT("\23\4\1\2", "unknown-19 0x0102");
	EXPECT("\177\2", "unknown-127");
}
END_TEST

START_TEST(options_that_were_cut_are_not_bad)
{
	expect_of("\2\4\5\264\4\2\10\12\0\0", 10, 10, "mss 1460,sackOK,...");
	expect_of("\4\2\10", 3, 9, "sackOK,...");
	expect_of("\4\2", 2, 10, "sackOK,...");
	expect_of("\2\4", 2, 10, "...");
	expect_of(NULL, 0, 12, "...");
	expect_of("\2\3\5\1", 4, 8, "[bad opt]");
	expect_of("\10\0", 2, 10, "[bad opt]");
	expect_of("\4\2\0", 3, 9, "sackOK,eol");
}
END_TEST

START_TEST(options_that_cannot_be_end_the_list)
{
	EXPECT("\2\3\5", "[bad opt]");
	EXPECT("\1\2\6\5\264\0\0", "nop,[bad opt]");
	EXPECT("\3\2", "[bad opt]");
	EXPECT("\4\3\0", "[bad opt]");
	EXPECT("\5\2", "[bad opt]");
	EXPECT("\5\6\0\0\0\0", "[bad opt]");
	EXPECT("\10\3\0", "[bad opt]");
	EXPECT("\36\2", "[bad opt]");
}
END_TEST

START_TEST(options_that_are_cut_are_not_guessed)
{
	EXPECT("\2", "[bad opt]");
	EXPECT("\2\4\5", "[bad opt]");
	EXPECT("\2\0", "[bad opt]");
	EXPECT("\2\1", "[bad opt]");
	EXPECT("\4\2\10\12\0\0", "sackOK,[bad opt]");
}
END_TEST

UNIT_MAIN("cmd/pcap_option_text", options_of_a_syn_stand_in_their_order,
	options_end_where_they_say_so, options_tell_sack_relative_to_what_it_acknowledges,
	options_of_other_kinds_are_told, options_that_were_cut_are_not_bad,
	options_that_cannot_be_end_the_list, options_that_are_cut_are_not_guessed)
