/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/machines.h"
#include "../unit.h"
#include "talk_check.h"

static void expect_bytes(const char *replies, size_t len, const char *expected)
{
	struct machine_setup setup = {0};

	talk_expect_bytes(&protocol_telnet, &setup, replies, len, expected);
}

#define EXPECT(replies, expected) expect_bytes(replies, sizeof(replies) - 1, expected)

START_TEST(telnet_declines_each_option)
{
	EXPECT("\xff\xfd\x18\xff\xfb\x01", "> \\xff\\xfc\\x18\\xff\\xfe\\x01\n"
					   "want more, complete\n"
					   "options=[DO TERMINAL-TYPE|WILL ECHO]\n");
}
END_TEST

START_TEST(telnet_declines_once)
{
	struct strbuf replies = {0};

	for (int i = 0; i < 5000; i++)
		strbuf_puts(&replies, "\xff\xfd\x18\xff\xfb\x03\xff\xfb\x18");
	expect_bytes(replies.text, replies.len,
		"> \\xff\\xfc\\x18\\xff\\xfe\\x03\\xff\\xfe\\x18\n"
		"want more, complete\n"
		"options=[DO TERMINAL-TYPE|WILL SUPPRESS-GO-AHEAD|WILL TERMINAL-TYPE]\n");
	strbuf_release(&replies);
}
END_TEST

/* RFC 854: no answer to what is so already; two sides could go on for ever. */
START_TEST(telnet_does_not_answer_refusals)
{
	EXPECT("\xff\xfe\x1f\xff\xfc\xc9",
		"want more, complete\noptions=[DONT WINDOW-SIZE|WONT 201]\n");
}
END_TEST

START_TEST(telnet_answers_every_option_there_is)
{
	struct machine_setup setup = {0};
	struct machine *m = machine_new(&protocol_telnet, &setup);

	for (int round = 0; round < 3; round++) {
		for (int option = 0; option < 256; option++) {
			char words[] = {(char)255, (char)253, (char)option, (char)255, (char)251,
				(char)option};

			machine_feed(m, words, sizeof words);
		}
		ck_assert_uint_eq(m->say.len, 2 * 256 * 3);
	}
	ck_assert(m->facts.truncated);
	machine_free(m);
}
END_TEST

START_TEST(telnet_text_is_what_is_left)
{
	EXPECT("\xff\xfb\x01\r\nUbuntu 22.04\r\n\xff\xfb\x03login: ",
		"> \\xff\\xfe\\x01\\xff\\xfe\\x03\nwant more, complete\n"
		"options=[WILL ECHO|WILL SUPPRESS-GO-AHEAD]\ntext=\\nUbuntu 22.04\\nlogin: \n");
}
END_TEST

START_TEST(telnet_reads_line_ends_and_quoted_bytes)
{
	EXPECT("a\r\nb\r\0c\nd\re\r\r\nf\0g\xff\xff"
	       "h\r",
		"want more, complete\ntext=a\\nb\\rc\\nd\\re\\r\\nfg\\xffh\n");
	EXPECT("x\r\xff\xf9\n", "want more, complete\ntext=x\\n\n");
}
END_TEST

START_TEST(telnet_passes_over_commands)
{
	EXPECT("\xff\xf1"
	       "a\xff\xf9"
	       "b\xff\xf2"
	       "c\xff\x01"
	       "d\xff",
		"want more, complete\ntext=abcd\n");
	EXPECT("hello\xff\xfd", "want more, complete\ntext=hello\n");
}
END_TEST

START_TEST(telnet_passes_over_subnegotiations)
{
	EXPECT("a\xff\xfa\x18\x01\xff\xff\xf0 no \xff\xfd\x01\xff\xf0"
	       "b",
		"want more, complete\ntext=ab\n");
	EXPECT("a\xff\xfa\x18\x01 no end", "want more, complete\ntext=a\n");
}
END_TEST

START_TEST(telnet_gives_up_on_a_subnegotiation_without_end)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, "a\xff\xfa");
	strbuf_pad(&replies, 'x', 4096);
	strbuf_puts(&replies, "b");
	expect_bytes(replies.text, replies.len, "want more, complete\ntext=ab\n");
	strbuf_release(&replies);
}
END_TEST

START_TEST(telnet_is_known_by_the_first_byte)
{
	EXPECT("", "want more\n");
	EXPECT("\x01", "want more, complete\ntext=\\x01\n");
	EXPECT("\xff", "want more, complete\n");
	EXPECT("\xe5\xaf\x86\x1b[2J", "want more, complete\ntext=\xe5\xaf\x86\\x1b[2J\n");
}
END_TEST

START_TEST(telnet_says_what_is_not_telnet)
{
	EXPECT("SSH-2.0-dropbear\r\n", "want mismatch\n");
	EXPECT("HTTP/1.0 400 Bad Request\r\n", "want mismatch\n");
	EXPECT("220 mx.example.net ESMTP\r\n", "want mismatch\n");
}
END_TEST

/* What may be telnet's, and what only began like another's. */
START_TEST(telnet_takes_what_nobody_else_claims)
{
	EXPECT("220 welcome\r\nlogin: ", "want more, complete\ntext=220 welcome\\nlogin: \n");
	EXPECT("220 no end", "want more, complete\ntext=220 no end\n");
	EXPECT("SSH", "want more, complete\ntext=SSH\n");
	EXPECT("SSHELL\r\n", "want more, complete\ntext=SSHELL\\n\n");
}
END_TEST

START_TEST(telnet_keeps_64_kib_of_text)
{
	struct machine_setup setup = {0};
	struct machine *m = machine_new(&protocol_telnet, &setup);

	for (int i = 0; i < 1 << 18; i++)
		machine_feed(m, "text", 4);
	ck_assert_uint_eq(m->facts.bytes, FACTS_BYTES_MAX);
	ck_assert(m->facts.truncated);
	machine_free(m);
}
END_TEST

static void expect_headline(const char *replies, const char *expected)
{
	struct machine_setup setup = {0};
	struct machine *m = machine_new(&protocol_telnet, &setup);
	struct strbuf line;

	strbuf_init(&line);
	machine_feed(m, replies, strlen(replies));
	protocol_telnet.headline(&m->facts, &line);
	ck_assert_str_eq(line.text, expected);
	strbuf_release(&line);
	machine_free(m);
}

START_TEST(telnet_headline_is_the_first_line_or_the_options)
{
	expect_headline("\xff\xfb\x01\r\n \r\n  Router 7\r\nlogin: ", "Router 7");
	expect_headline("\xff\xfb\x01\xff\xfd\x18\r\n", "WILL ECHO, DO TERMINAL-TYPE");
	expect_headline("", "");
}
END_TEST

UNIT_MAIN("banner/telnet", telnet_declines_each_option, telnet_declines_once,
	telnet_does_not_answer_refusals, telnet_answers_every_option_there_is,
	telnet_text_is_what_is_left, telnet_reads_line_ends_and_quoted_bytes,
	telnet_passes_over_commands, telnet_passes_over_subnegotiations,
	telnet_gives_up_on_a_subnegotiation_without_end, telnet_is_known_by_the_first_byte,
	telnet_says_what_is_not_telnet, telnet_takes_what_nobody_else_claims,
	telnet_keeps_64_kib_of_text, telnet_headline_is_the_first_line_or_the_options)
