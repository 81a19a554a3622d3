/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "../unit.h"
#include "lines.h"

#define CAPA "CAPA\\r\\n"
#define STLS "STLS\\r\\n"
#define QUIT "QUIT\\r\\n\n"
#define DONE "want done, complete\n"

#define HI       "+OK ready\r\n"
#define HI_FACTS "greeting=ready\n"
/* An answer to CAPA that offers TLS. */
#define OFFER       "+OK\r\nTOP\r\nSTLS\r\n.\r\n"
#define OFFER_FACTS "capabilities=[TOP|STLS]\nstarttls=yes\n"

static void expect(const struct machine_setup *setup, const char *replies, const char *expected)
{
	talk_expect(protocol_of(PROTOCOL_POP3), setup, replies, expected);
}

START_TEST(pop3_reads_dovecot)
{
	expect(&plain,
		"+OK Dovecot (Debian) ready.\r\n"
		"+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n"
		"STLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n"
		"+OK Logging out\r\n",
		"> " CAPA QUIT DONE "greeting=Dovecot (Debian) ready.\n"
		"capabilities=[CAPA|TOP|UIDL|RESP-CODES|PIPELINING|AUTH-RESP-CODE|STLS|USER|"
		"SASL PLAIN]\nstarttls=yes\n");
}
END_TEST

START_TEST(pop3_reads_courier)
{
	expect(&plain,
		"+OK Hello there. <1234.5678@pop.example.net>\r\n"
		"+OK Here's what I can do:\r\nSASL LOGIN CRAM-MD5\r\nSTLS\r\nTOP\r\nUSER\r\n"
		"LOGIN-DELAY 10\r\nPIPELINING\r\nUIDL\r\nIMPLEMENTATION Courier Mail Server\r\n"
		".\r\n"
		"+OK Better luck next time.\r\n",
		"> " CAPA QUIT DONE "greeting=Hello there. <1234.5678@pop.example.net>\n"
		"capabilities=[SASL LOGIN CRAM-MD5|STLS|TOP|USER|LOGIN-DELAY 10|PIPELINING|UIDL|"
		"IMPLEMENTATION Courier Mail Server]\nstarttls=yes\n");
}
END_TEST

START_TEST(pop3_reads_cyrus)
{
	expect(&plain,
		"+OK pop.example.net Cyrus POP3 3.6.1 server ready <42@pop.example.net>\r\n"
		"+OK List of capabilities follows\r\nSASL DIGEST-MD5\r\nEXPIRE NEVER\r\n"
		"LOGIN-DELAY 0\r\nTOP\r\nUIDL\r\nIMPLEMENTATION Cyrus POP3 server 3.6.1\r\n.\r\n"
		"+OK\r\n",
		"> " CAPA QUIT DONE
		"greeting=pop.example.net Cyrus POP3 3.6.1 server ready <42@pop.example.net>\n"
		"capabilities=[SASL DIGEST-MD5|EXPIRE NEVER|LOGIN-DELAY 0|TOP|UIDL|"
		"IMPLEMENTATION Cyrus POP3 server 3.6.1]\nstarttls=no\n");
}
END_TEST

START_TEST(pop3_reads_exchange)
{
	expect(&plain,
		"+OK The Microsoft Exchange POP3 service is ready.\r\n"
		"+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN\r\nUSER\r\nSTLS\r\n.\r\n"
		"+OK Microsoft Exchange Server POP3 server signing off.\r\n",
		"> " CAPA QUIT DONE "greeting=The Microsoft Exchange POP3 service is ready.\n"
		"capabilities=[TOP|UIDL|SASL PLAIN|USER|STLS]\nstarttls=yes\n");
}
END_TEST

/* It knows no CAPA: whether it has STLS stays open. */
START_TEST(pop3_reads_teapop)
{
	expect(&upgrade,
		"+OK Teapop [v0.3.8] - Teaspoon stirs around again <1@tea.example.net>\r\n"
		"-ERR Unknown command\r\n+OK Bye\r\n",
		"> " CAPA QUIT DONE
		"greeting=Teapop [v0.3.8] - Teaspoon stirs around again <1@tea.example.net>\n");
}
END_TEST

START_TEST(pop3_unstuffs_dots)
{
	expect(&plain, "+OK\r\n+OK list\r\n..x\r\n...\r\n. \r\nX .\r\n.\r\n+OK\r\n",
		"> " CAPA QUIT DONE "greeting=\ncapabilities=[.x|..|X .]\nstarttls=no\n");
}
END_TEST

START_TEST(pop3_waits_for_the_whole_reply)
{
	expect_said(PROTOCOL_POP3, &upgrade, "", "");
	expect_said(PROTOCOL_POP3, &upgrade, "+OK rea", "");
	expect_said(PROTOCOL_POP3, &upgrade, HI "+OK\r\nSTLS\r\n.", "CAPA\r\n");
	expect_said(PROTOCOL_POP3, &upgrade, HI OFFER, "CAPA\r\nSTLS\r\n");
}
END_TEST

START_TEST(pop3_asks_again_inside_tls)
{
	expect(&upgrade, HI OFFER "+OK Begin TLS\r\n+OK\r\nTOP\r\nSASL PLAIN\r\n.\r\n+OK bye\r\n",
		"> " CAPA "STLS\\r\\n\nupgrade\n> " CAPA QUIT DONE HI_FACTS
		"capabilities=[TOP|SASL PLAIN]\nstarttls=yes\n");
	expect(&upgrade, HI OFFER "+OK Begin TLS\r\n" OFFER "+OK bye\r\n",
		"> " CAPA "STLS\\r\\n\nupgrade\n> " CAPA QUIT DONE HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(pop3_does_not_upgrade_what_is_secure_or_unwanted)
{
	expect(&plain, HI OFFER "+OK\r\n", "> " CAPA QUIT DONE HI_FACTS OFFER_FACTS);
	expect(&secure, HI OFFER "+OK\r\n", "> " CAPA QUIT DONE HI_FACTS OFFER_FACTS);
	expect(&upgrade, HI "+OK STLS\r\nXSTLS\r\nSASL STLS\r\n.\r\n+OK\r\n",
		"> " CAPA QUIT DONE HI_FACTS "capabilities=[XSTLS|SASL STLS]\nstarttls=no\n");
}
END_TEST

START_TEST(pop3_goes_on_plain_where_stls_is_refused)
{
	expect(&upgrade, HI OFFER "-ERR not now\r\n+OK\r\n",
		"> " CAPA STLS QUIT DONE "detail: STLS refused\n" HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(pop3_leaves_what_stands_behind_the_stls_reply_to_tls)
{
	expect_held(PROTOCOL_POP3, HI OFFER "+OK go\r\n+OK\r\nINJECTED\r\n.\r\n",
		"+OK\r\nINJECTED\r\n.\r\n");
}
END_TEST

START_TEST(pop3_is_done_where_it_is_not_welcome)
{
	expect(&plain, "-ERR [SYS/TEMP] too many connections\r\n",
		DONE "greeting=[SYS/TEMP] too many connections\n");
}
END_TEST

START_TEST(pop3_is_not_what_greets_otherwise)
{
	static const char *const greetings[] = {"220 mx.example.net\r\n", "* OK IMAP\r\n", "\r\n",
		"+ok ready\r\n", " +OK\r\n", "OK\r\n", "-ER\r\n", "SSH-2.0-x"};

	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++)
		expect(&plain, greetings[i], "want mismatch\n");
	expect(&plain, HI "502 what?\r\n", "> CAPA\\r\\n\nwant mismatch\n" HI_FACTS);
	expect(&upgrade, HI OFFER "what?\r\n",
		"> " CAPA "STLS\\r\\n\n" DONE
		"detail: what it answered is no reply\n" HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(pop3_is_complete_when_the_answer_never_comes)
{
	expect(&plain, HI "+OK\r\nTOP\r\n",
		"> CAPA\\r\\n\nwant more, complete\ndetail: no whole answer to CAPA\n" HI_FACTS
		"capabilities=[TOP]\n");
	expect(&upgrade, HI OFFER,
		"> " CAPA
		"STLS\\r\\n\nwant more, complete\ndetail: no whole answer to STLS\n" HI_FACTS
			OFFER_FACTS);
	expect(&upgrade, HI OFFER "+OK\r\n",
		"> " CAPA "STLS\\r\\n\nupgrade\n> CAPA\\r\\n\nwant more, complete\n"
		"detail: no whole answer to CAPA\n" HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(pop3_is_not_complete_without_a_greeting)
{
	expect(&plain, "", "want more\n");
	expect(&plain, "+OK rea", "want more\ndetail: no whole greeting\n");
}
END_TEST

START_TEST(pop3_stops_at_the_limit_of_lines)
{
	expect(&five_lines, HI "+OK\r\nA\r\nB\r\nC\r\nD\r\n",
		"> CAPA\\r\\n\nwant done, complete, over limit\n"
		"detail: no whole answer to CAPA\n" HI_FACTS "capabilities=[A|B|C]\n");
}
END_TEST

START_TEST(pop3_bounds_long_lines)
{
	char *greeting = long_line("+OK ", 'g', "\r\n" OFFER "+OK bye\r\n");
	char *capability = long_line(HI "+OK\r\n", 'c', "\r\nTOP\r\nSTLS\r\n.\r\n+OK bye\r\n");

	expect_ends(PROTOCOL_POP3, &plain, greeting, "> " CAPA QUIT DONE "greeting=gg",
		"gg\n" OFFER_FACTS);
	expect_ends(PROTOCOL_POP3, &plain, capability,
		"> " CAPA QUIT DONE HI_FACTS "capabilities=[cc", "cc|TOP|STLS]\nstarttls=yes\n");
	free(greeting);
	free(capability);
}
END_TEST

START_TEST(pop3_keeps_hostile_bytes_as_they_are)
{
	static const char replies[] =
		"+OK \0\x1b[31m\rx\xff\n+OK\n\0.\n.\0\n\xe2\x80\xae\n.\n+OK\n";

	talk_expect_bytes(protocol_of(PROTOCOL_POP3), &plain, replies, sizeof replies - 1,
		"> " CAPA QUIT DONE "greeting=\\x00\\x1b[31m\\rx\\xff\n"
		"capabilities=[\\x00.|\\x00|\\xe2\\x80\\xae]\nstarttls=no\n");
}
END_TEST

START_TEST(pop3_says_its_greeting_in_a_row)
{
	expect_headline(PROTOCOL_POP3, HI, "ready");
	expect_headline(PROTOCOL_POP3, "-ERR no\r\n", "no");
	expect_headline(PROTOCOL_POP3, "+OK\r\n", "");
}
END_TEST

UNIT_MAIN("banner/pop3", pop3_reads_dovecot, pop3_reads_courier, pop3_reads_cyrus,
	pop3_reads_exchange, pop3_reads_teapop, pop3_unstuffs_dots, pop3_waits_for_the_whole_reply,
	pop3_asks_again_inside_tls, pop3_does_not_upgrade_what_is_secure_or_unwanted,
	pop3_goes_on_plain_where_stls_is_refused,
	pop3_leaves_what_stands_behind_the_stls_reply_to_tls, pop3_is_done_where_it_is_not_welcome,
	pop3_is_not_what_greets_otherwise, pop3_is_complete_when_the_answer_never_comes,
	pop3_is_not_complete_without_a_greeting, pop3_stops_at_the_limit_of_lines,
	pop3_bounds_long_lines, pop3_keeps_hostile_bytes_as_they_are,
	pop3_says_its_greeting_in_a_row)
