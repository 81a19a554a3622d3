/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "../unit.h"
#include "lines.h"

#define EHLO     "EHLO [10.0.0.2]\\r\\n"
#define HELO     "HELO [10.0.0.2]\\r\\n"
#define QUIT     "QUIT\\r\\n\n"
#define STARTTLS "STARTTLS\\r\\n\n"
#define DONE     "want done, complete\n"

/* A short greeting, and what is known of it. */
#define HI       "220 mx.example.net ESMTP\r\n"
#define HI_FACTS "code=220\nhostname=mx.example.net\ngreeting=mx.example.net ESMTP\n"

static void expect(const struct machine_setup *setup, const char *replies, const char *expected)
{
	talk_expect(protocol_of(PROTOCOL_SMTP), setup, replies, expected);
}

START_TEST(smtp_reads_postfix)
{
	expect(&plain,
		"220 mail.example.net ESMTP Postfix (Debian/GNU)\r\n"
		"250-mail.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n"
		"250-ETRN\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
		"250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n"
		"221 2.0.0 Bye\r\n",
		"> " EHLO QUIT DONE "code=220\n"
		"hostname=mail.example.net\n"
		"greeting=mail.example.net ESMTP Postfix (Debian/GNU)\n"
		"extensions=[PIPELINING|SIZE 10240000|VRFY|ETRN|STARTTLS|ENHANCEDSTATUSCODES|"
		"8BITMIME|DSN|SMTPUTF8|CHUNKING]\n"
		"starttls=yes\n");
}
END_TEST

START_TEST(smtp_reads_exim)
{
	expect(&plain,
		"220 exim.example.net ESMTP Exim 4.96 Sat, 21 Nov 2026 10:00:00 +0000\r\n"
		"250-exim.example.net Hello probe.example.net [10.0.0.2]\r\n250-SIZE 52428800\r\n"
		"250-8BITMIME\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250-CHUNKING\r\n"
		"250-PRDR\r\n250 HELP\r\n"
		"221 exim.example.net closing connection\r\n",
		"> " EHLO QUIT DONE "code=220\n"
		"hostname=exim.example.net\n"
		"greeting=exim.example.net ESMTP Exim 4.96 Sat, 21 Nov 2026 10:00:00 +0000\n"
		"extensions=[SIZE 52428800|8BITMIME|PIPELINING|PIPECONNECT|CHUNKING|PRDR|HELP]\n"
		"starttls=no\n");
}
END_TEST

START_TEST(smtp_reads_sendmail)
{
	expect(&plain,
		"220 sm.example.net ESMTP Sendmail 8.17.1/8.17.1; Sat, 21 Nov 2026 10:00:00 GMT\r\n"
		"250-sm.example.net Hello probe [10.0.0.2], pleased to meet you\r\n"
		"250-ENHANCEDSTATUSCODES\r\n250-AUTH DIGEST-MD5 CRAM-MD5\r\n250-DELIVERBY\r\n"
		"250 HELP\r\n"
		"221 2.0.0 sm.example.net closing connection\r\n",
		"> " EHLO QUIT DONE "code=220\n"
		"hostname=sm.example.net\n"
		"greeting=sm.example.net ESMTP Sendmail 8.17.1/8.17.1; Sat, 21 Nov 2026 10:00:00 "
		"GMT\n"
		"extensions=[ENHANCEDSTATUSCODES|AUTH DIGEST-MD5 CRAM-MD5|DELIVERBY|HELP]\n"
		"starttls=no\n");
}
END_TEST

/* Blanks at the end of what it offers are nobody's; "AUTH=LOGIN" is an extension as it stands. */
START_TEST(smtp_reads_exchange)
{
	expect(&plain,
		"220 EX01.corp.example.net Microsoft ESMTP MAIL Service ready at Sat, 21 Nov\r\n"
		"250-EX01.corp.example.net Hello [10.0.0.2]\r\n250-SIZE 37748736\r\n250-DSN\r\n"
		"250-STARTTLS\r\n250-X-ANONYMOUSTLS\r\n250-AUTH NTLM LOGIN \r\n250-AUTH=LOGIN\r\n"
		"250-X-EXPS GSSAPI NTLM\r\n250 XRDST\r\n"
		"221 2.0.0 Service closing transmission channel\r\n",
		"> " EHLO QUIT DONE "code=220\n"
		"hostname=EX01.corp.example.net\n"
		"greeting=EX01.corp.example.net Microsoft ESMTP MAIL Service ready at Sat, 21 Nov\n"
		"extensions=[SIZE 37748736|DSN|STARTTLS|X-ANONYMOUSTLS|AUTH NTLM LOGIN|AUTH=LOGIN|"
		"X-EXPS GSSAPI NTLM|XRDST]\n"
		"starttls=yes\n");
}
END_TEST

START_TEST(smtp_reads_qmail_which_greets_in_few_words)
{
	expect(&plain,
		"220 qm.example.net ESMTP\r\n"
		"250-qm.example.net\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
		"221 qm.example.net\r\n",
		"> " EHLO QUIT DONE "code=220\nhostname=qm.example.net\n"
		"greeting=qm.example.net ESMTP\nextensions=[PIPELINING|8BITMIME]\nstarttls=no\n");
}
END_TEST

/* A teaser at once, the rest when those who spoke too early have shown themselves. */
START_TEST(smtp_waits_for_the_whole_greeting_of_postscreen)
{
	const char *teaser = "220-mail.example.net ESMTP, wait\r\n";

	expect_said(PROTOCOL_SMTP, &plain, "", "");
	expect_said(PROTOCOL_SMTP, &plain, teaser, "");
	expect_said(PROTOCOL_SMTP, &plain, "220-mail.example.net ESMTP, wait\r\n220 mail", "");
	expect(&plain, teaser,
		"want more\ndetail: no whole greeting\ncode=220\n"
		"hostname=mail.example.net\ngreeting=mail.example.net ESMTP, wait\n");
	expect(&plain,
		"220-mail.example.net ESMTP, wait\r\n220 mail.example.net ESMTP Postfix\r\n"
		"250-mail.example.net\r\n250 SIZE\r\n221 2.0.0 Bye\r\n",
		"> " EHLO QUIT DONE "code=220\nhostname=mail.example.net\n"
		"greeting=mail.example.net ESMTP, wait\\nmail.example.net ESMTP Postfix\n"
		"extensions=[SIZE]\nstarttls=no\n");
}
END_TEST

START_TEST(smtp_asks_one_thing_at_a_time)
{
	expect_said(PROTOCOL_SMTP, &upgrade, HI, "EHLO [10.0.0.2]\r\n");
	expect_said(PROTOCOL_SMTP, &upgrade, HI "250-mx\r\n250-STARTTLS\r\n250 SI",
		"EHLO [10.0.0.2]\r\n");
	expect_said(PROTOCOL_SMTP, &upgrade, HI "250-mx\r\n250 STARTTLS\r\n",
		"EHLO [10.0.0.2]\r\nSTARTTLS\r\n");
}
END_TEST

START_TEST(smtp_names_itself_by_an_address_literal)
{
	struct machine_setup six = {.self = {.family = 6, .scope = 1, .ip = {0xfd}}}, nobody = {0};

	six.self.ip[15] = 2;
	expect_said(PROTOCOL_SMTP, &six, HI, "EHLO [IPv6:fd00::2]\r\n");
	expect_said(PROTOCOL_SMTP, &nobody, HI, "EHLO [127.0.0.1]\r\n");
}
END_TEST

/* OpenSMTPD. The extensions are those of the second EHLO, STARTTLS stays offered. */
START_TEST(smtp_asks_again_inside_tls)
{
	expect(&upgrade,
		"220 os.example.net ESMTP OpenSMTPD\r\n"
		"250-os.example.net Hello [10.0.0.2] [10.0.0.2], pleased to meet you\r\n"
		"250-8BITMIME\r\n250-SIZE 36700160\r\n250-DSN\r\n250-StartTLS\r\n250 HELP\r\n"
		"220 2.0.0 Ready to start TLS\r\n"
		"250-os.example.net Hello\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n"
		"221 2.0.0 Bye\r\n",
		"> " EHLO STARTTLS "upgrade\n> " EHLO QUIT DONE
		"code=220\nhostname=os.example.net\ngreeting=os.example.net ESMTP OpenSMTPD\n"
		"extensions=[8BITMIME|AUTH PLAIN LOGIN]\nstarttls=yes\n");
}
END_TEST

START_TEST(smtp_does_not_upgrade_what_is_secure_or_unwanted)
{
	const char *replies = HI "250-mx\r\n250 STARTTLS\r\n221 bye\r\n";
	const char *expected = "> " EHLO QUIT DONE HI_FACTS "extensions=[STARTTLS]\nstarttls=yes\n";

	expect(&plain, replies, expected);
	expect(&secure, replies, expected);
}
END_TEST

START_TEST(smtp_takes_starttls_for_a_keyword_only)
{
	expect(&upgrade,
		HI
		"250-STARTTLS\r\n250-XSTARTTLS\r\n250-X STARTTLS\r\n250 STARTTLS2\r\n221 bye\r\n",
		"> " EHLO QUIT DONE HI_FACTS
		"extensions=[XSTARTTLS|X STARTTLS|STARTTLS2]\nstarttls=no\n");
}
END_TEST

START_TEST(smtp_goes_on_plain_where_starttls_is_refused)
{
	const char *expected =
		"> " EHLO "STARTTLS\\r\\n" QUIT DONE "detail: STARTTLS refused\n" HI_FACTS
		"extensions=[STARTTLS]\nstarttls=yes\n";

	expect(&upgrade, HI "250-mx\r\n250 STARTTLS\r\n454 4.7.0 TLS not available\r\n221 bye\r\n",
		expected);
	expect(&upgrade, HI "250-mx\r\n250 STARTTLS\r\n501 5.5.4 Syntax\r\n221 bye\r\n", expected);
}
END_TEST

/* Complete while TLS is made, so that a handshake that fails takes nothing away. */
START_TEST(smtp_is_complete_before_tls_and_not_yet_inside)
{
	struct machine *m =
		told(PROTOCOL_SMTP, &upgrade, HI "250-mx\r\n250 STARTTLS\r\n220 go\r\n");

	ck_assert_int_eq(m->want, MACHINE_UPGRADE);
	ck_assert(m->complete);
	ck_assert_int_eq(machine_secured(m), MACHINE_MORE);
	ck_assert(!m->complete);
	machine_free(m);
}
END_TEST

/* CVE-2011-0411 seen from the client. */
START_TEST(smtp_leaves_what_stands_behind_the_starttls_reply_to_tls)
{
	expect_held(PROTOCOL_SMTP,
		HI "250-mx\r\n250 STARTTLS\r\n220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n",
		"250-evil\r\n250 AUTH PLAIN\r\n");
	expect_held(PROTOCOL_SMTP, HI "250-mx\r\n250 STARTTLS\r\n220-go\r\n220 on\r\n250 x\r\n",
		"250 x\r\n");
}
END_TEST

START_TEST(smtp_starts_tls_behind_the_end_of_a_long_line)
{
	char *replies = long_line(HI "250-mx\r\n250 STARTTLS\r\n220 ", 'x', "\r\n\x16\x03\x01");

	expect_held(PROTOCOL_SMTP, replies, "\x16\x03\x01");
	replies[1000000] = '\0';
	expect_said(PROTOCOL_SMTP, &upgrade, replies, "EHLO [10.0.0.2]\r\nSTARTTLS\r\n");
	free(replies);
}
END_TEST

START_TEST(smtp_says_helo_where_ehlo_is_refused)
{
	const char *expected = "> " EHLO HELO QUIT DONE HI_FACTS "starttls=no\n";

	expect(&upgrade, HI "500 unrecognized\r\n250 mx\r\n221 bye\r\n", expected);
	expect(&upgrade, HI "502 5.5.1 no\r\n250 mx\r\n221 bye\r\n", expected);
	expect(&upgrade, HI "550-no\r\n550 EHLO\r\n250 mx\r\n221 bye\r\n", expected);
}
END_TEST

START_TEST(smtp_is_complete_where_nobody_is_welcome)
{
	expect(&plain, HI "550 who?\r\n550 no\r\n221 bye\r\n",
		"> " EHLO HELO QUIT DONE "detail: EHLO and HELO refused\n" HI_FACTS);
	expect(&plain, HI "451 later\r\n221 bye\r\n",
		"> " EHLO QUIT DONE "detail: EHLO refused\n" HI_FACTS);
	expect(&plain, HI "421 too busy\r\n",
		"> EHLO [10.0.0.2]\\r\\n\n" DONE "detail: it closed the session\n" HI_FACTS);
}
END_TEST

START_TEST(smtp_takes_leave_politely_of_554)
{
	expect(&plain, "554-no\r\n554 5.7.1 blocked: example\r\n221 bye\r\n",
		"> " QUIT DONE "code=554\ngreeting=no\\n5.7.1 blocked: example\n");
	expect(&plain, "521 mx.example.net does not accept mail\r\n",
		"> " QUIT "want more, complete\ncode=521\n"
		"greeting=mx.example.net does not accept mail\n");
}
END_TEST

START_TEST(smtp_is_done_at_421)
{
	expect(&plain, "421 mx.example.net too many connections\r\n",
		DONE "code=421\ngreeting=mx.example.net too many connections\n");
}
END_TEST

/* vsftpd, ProFTPD, and one that wants a login before all else. */
START_TEST(smtp_knows_ftp_by_its_refusals)
{
	const char *expected = "> " EHLO "HELO [10.0.0.2]\\r\\n\nwant mismatch\n"
			       "code=220\nhostname=(vsFTPd\ngreeting=(vsFTPd 3.0.5)\n";

	expect(&plain, "220 (vsFTPd 3.0.5)\r\n530 Please login\r\n530 Please login\r\n", expected);
	expect(&plain, "220 (vsFTPd 3.0.5)\r\n500 EHLO not understood\r\n500 HELO not\r\n",
		expected);
	expect(&plain, "220 (vsFTPd 3.0.5)\r\n503 Login first\r\n502 no\r\n", expected);
	expect(&plain, "220 (vsFTPd 3.0.5)\r\n331 Password?\r\n",
		"> EHLO [10.0.0.2]\\r\\n\nwant mismatch\n"
		"code=220\nhostname=(vsFTPd\ngreeting=(vsFTPd 3.0.5)\n");
}
END_TEST

START_TEST(smtp_is_not_what_greets_otherwise)
{
	static const char *const greetings[] = {"SSH-2.0-OpenSSH_9.6\r\n", "+OK POP3\r\n",
		"* OK IMAP\r\n", "\r\n", "22\r\n", "2200 x\r\n", "220x\r\n", " 220 x\r\n",
		"HTTP/1.1 400 Bad Request\r\n"};
	static const char *const coded[] = {"099 x\r\n", "600 x\r\n", "999 x\r\n"};

	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++)
		expect(&plain, greetings[i], "want mismatch\n");
	for (size_t i = 0; i < sizeof coded / sizeof *coded; i++)
		expect(&plain, coded[i], "want mismatch\n");
	expect(&plain, "200 news.example.net\r\n",
		"want mismatch\ncode=200\n"
		"greeting=news.example.net\n");
	expect(&plain, "500 OOPS: vsftpd\r\n", "want mismatch\ncode=500\ngreeting=OOPS: vsftpd\n");
	expect(&plain, "SSH-2.0-nothing more", "want mismatch\n");
}
END_TEST

START_TEST(smtp_needs_no_text)
{
	expect(&plain, "220\r\n250\r\n221\r\n",
		"> " EHLO QUIT DONE "code=220\ngreeting=\nstarttls=no\n");
}
END_TEST

START_TEST(smtp_passes_over_a_second_greeting)
{
	expect(&plain, HI "220 mx.example.net again\r\n250-mx\r\n250 SIZE\r\n221 bye\r\n",
		"> " EHLO QUIT DONE HI_FACTS "extensions=[SIZE]\nstarttls=no\n");
}
END_TEST

START_TEST(smtp_is_complete_when_the_answer_never_comes)
{
	expect(&plain, HI,
		"> EHLO [10.0.0.2]\\r\\n\nwant more, complete\n"
		"detail: no whole answer to EHLO\n" HI_FACTS);
	expect(&upgrade, HI "250-mx\r\n250 STARTTLS\r\n22",
		"> " EHLO "STARTTLS\\r\\n\nwant more, complete\n"
		"detail: no whole answer to STARTTLS\n" HI_FACTS
		"extensions=[STARTTLS]\nstarttls=yes\n");
	expect(&upgrade, HI "250-mx\r\n250 STARTTLS\r\n220 go\r\n",
		"> " EHLO STARTTLS "upgrade\n> EHLO [10.0.0.2]\\r\\n\nwant more, complete\n"
		"detail: no whole answer to EHLO\n" HI_FACTS
		"extensions=[STARTTLS]\nstarttls=yes\n");
}
END_TEST

START_TEST(smtp_is_not_complete_without_a_greeting)
{
	expect(&plain, "", "want more\n");
	expect(&plain, "220 mx.exam", "want more\ndetail: no whole greeting\n");
}
END_TEST

START_TEST(smtp_calls_other_answers_strange)
{
	expect(&plain, HI "EHLO [10.0.0.2]\r\n",
		"> EHLO [10.0.0.2]\\r\\n\nwant mismatch\n" HI_FACTS);
	expect(&plain, HI "250-mx\r\nSIZE\r\n",
		"> EHLO [10.0.0.2]\\r\\n\nwant mismatch\n" HI_FACTS);
	expect(&upgrade, HI "250-mx\r\n250 STARTTLS\r\nwhat?\r\n",
		"> " EHLO STARTTLS DONE "detail: what it answered is no reply\n" HI_FACTS
		"extensions=[STARTTLS]\nstarttls=yes\n");
	expect(&plain, HI "250 mx\r\nwhat?\r\n", "> " EHLO QUIT DONE HI_FACTS "starttls=no\n");
}
END_TEST

START_TEST(smtp_stops_at_the_limit_of_lines)
{
	expect(&five_lines, HI "250-mx\r\n250-A\r\n250-B\r\n250-C\r\n250-D\r\n250 E\r\n",
		"> EHLO [10.0.0.2]\\r\\n\nwant done, complete, over limit\n"
		"detail: no whole answer to EHLO\n" HI_FACTS "extensions=[A|B|C]\n");
	expect(&five_lines, "220-1\r\n220-2\r\n220-3\r\n220-4\r\n220-5\r\n220 6\r\n",
		"want done, over limit\ndetail: no whole greeting\n"
		"code=220\nhostname=1\ngreeting=1\\n2\\n3\\n4\\n5\n");
}
END_TEST

START_TEST(smtp_bounds_long_lines)
{
	char *greeting = long_line("220 mx ", 'g', "\r\n250-mx\r\n250 SIZE\r\n221 bye\r\n");
	char *endless = long_line("220 mx ", 'g', "");
	char *extension = long_line(HI "250-mx\r\n250-", 'e', "\r\n250 SIZE\r\n221 bye\r\n");

	expect_ends(PROTOCOL_SMTP, &plain, greeting,
		"> " EHLO QUIT DONE "code=220\nhostname=mx\ngreeting=mx gg",
		"gg\nextensions=[SIZE]\nstarttls=no\n");
	expect_ends(PROTOCOL_SMTP, &plain, endless,
		"want more\ndetail: no whole greeting\ncode=220\nhostname=mx\ngreeting=mx g",
		"gg\n");
	expect_ends(PROTOCOL_SMTP, &plain, extension,
		"> " EHLO QUIT DONE HI_FACTS "extensions=[eee", "eee|SIZE]\nstarttls=no\n");
	free(greeting);
	free(endless);
	free(extension);
}
END_TEST

START_TEST(smtp_keeps_hostile_bytes_as_they_are)
{
	static const char replies[] = "220-\x1b[2J\0mx \xff\xfe\r\n220 a\rb\r\n"
				      "250-mx\r\n250-\x9b\0X \xc3(\n250 ok\n221\n";

	talk_expect_bytes(protocol_of(PROTOCOL_SMTP), &plain, replies, sizeof replies - 1,
		"> " EHLO QUIT DONE "code=220\nhostname=\\x1b[2J\\x00mx\n"
		"greeting=\\x1b[2J\\x00mx \\xff\\xfe\\na\\rb\n"
		"extensions=[\\x9b\\x00X \\xc3(|ok]\nstarttls=no\n");
}
END_TEST

START_TEST(smtp_says_its_greeting_in_a_row)
{
	expect_headline(PROTOCOL_SMTP, HI, "mx.example.net ESMTP");
	expect_headline(PROTOCOL_SMTP, "220-\r\n220- a \r\n220 b\r\n", "a");
	expect_headline(PROTOCOL_SMTP, "220 \r\n", "");
	expect_headline(PROTOCOL_SMTP, "", "");
}
END_TEST

UNIT_MAIN("banner/smtp", smtp_reads_postfix, smtp_reads_exim, smtp_reads_sendmail,
	smtp_reads_exchange, smtp_reads_qmail_which_greets_in_few_words,
	smtp_waits_for_the_whole_greeting_of_postscreen, smtp_asks_one_thing_at_a_time,
	smtp_names_itself_by_an_address_literal, smtp_asks_again_inside_tls,
	smtp_does_not_upgrade_what_is_secure_or_unwanted, smtp_takes_starttls_for_a_keyword_only,
	smtp_goes_on_plain_where_starttls_is_refused,
	smtp_is_complete_before_tls_and_not_yet_inside,
	smtp_leaves_what_stands_behind_the_starttls_reply_to_tls,
	smtp_starts_tls_behind_the_end_of_a_long_line, smtp_says_helo_where_ehlo_is_refused,
	smtp_is_complete_where_nobody_is_welcome, smtp_takes_leave_politely_of_554,
	smtp_is_done_at_421, smtp_knows_ftp_by_its_refusals, smtp_is_not_what_greets_otherwise,
	smtp_needs_no_text, smtp_passes_over_a_second_greeting,
	smtp_is_complete_when_the_answer_never_comes, smtp_is_not_complete_without_a_greeting,
	smtp_calls_other_answers_strange, smtp_stops_at_the_limit_of_lines, smtp_bounds_long_lines,
	smtp_keeps_hostile_bytes_as_they_are, smtp_says_its_greeting_in_a_row)
