/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "../unit.h"
#include "lines.h"

#define FEAT "FEAT\\r\\n"
#define AUTH "AUTH TLS\\r\\n"
#define QUIT "QUIT\\r\\n\n"
#define DONE "want done, complete\n"

#define HI       "220 ready\r\n"
#define HI_FACTS "code=220\ngreeting=ready\n"
/* An answer to FEAT that offers TLS. */
#define OFFER       "211-Features:\r\n AUTH TLS\r\n211 End\r\n"
#define OFFER_FACTS "features=[AUTH TLS]\nstarttls=yes\n"

static void expect(const struct machine_setup *setup, const char *replies, const char *expected)
{
	talk_expect(protocol_of(PROTOCOL_FTP), setup, replies, expected);
}

START_TEST(ftp_reads_vsftpd)
{
	expect(&plain,
		"220 (vsFTPd 3.0.5)\r\n"
		"211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n"
		" TVFS\r\n211 End\r\n"
		"221 Goodbye.\r\n",
		"> " FEAT QUIT DONE "code=220\ngreeting=(vsFTPd 3.0.5)\n"
		"features=[EPRT|EPSV|MDTM|PASV|REST STREAM|SIZE|TVFS]\nstarttls=no\n");
}
END_TEST

START_TEST(ftp_reads_proftpd)
{
	expect(&plain,
		"220 ProFTPD Server (Example) [::ffff:10.0.0.1]\r\n"
		"211-Features:\r\n AUTH TLS\r\n CCC\r\n LANG en-US.UTF-8*;fr-FR\r\n"
		" MLST modify*;perm*;size*;type*;\r\n PBSZ\r\n PROT\r\n UTF8\r\n211 End\r\n"
		"221 Goodbye.\r\n",
		"> " FEAT QUIT DONE "code=220\n"
		"greeting=ProFTPD Server (Example) [::ffff:10.0.0.1]\n"
		"features=[AUTH TLS|CCC|LANG en-US.UTF-8*;fr-FR|MLST modify*;perm*;size*;type*;|"
		"PBSZ|PROT|UTF8]\nstarttls=yes\n");
}
END_TEST

/* Two blanks in its features once, blanks at their end. */
START_TEST(ftp_reads_pure_ftpd)
{
	expect(&plain,
		"220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n"
		"220-You are user number 1 of 50 allowed.\r\n"
		"220-Local time is now 10:00. Server port: 21.\r\n"
		"220 You will be disconnected after 15 minutes of inactivity.\r\n"
		"211-Extensions supported:\r\n  UTF8 \r\n EPRT\r\n IDLE\r\n AUTH TLS\r\n"
		"211 End.\r\n"
		"221-Goodbye. You uploaded 0 and downloaded 0 kbytes.\r\n221 Logout.\r\n",
		"> " FEAT QUIT DONE "code=220\n"
		"greeting=--------- Welcome to Pure-FTPd [privsep] [TLS] ----------\\n"
		"You are user number 1 of 50 allowed.\\n"
		"Local time is now 10:00. Server port: 21.\\n"
		"You will be disconnected after 15 minutes of inactivity.\n"
		"features=[UTF8|EPRT|IDLE|AUTH TLS]\nstarttls=yes\n");
}
END_TEST

START_TEST(ftp_reads_filezilla)
{
	expect(&plain,
		"220-FileZilla Server 1.8.2\r\n"
		"220 Please visit https://filezilla.example.net/\r\n"
		"211-Features:\r\n MDTM\r\n REST STREAM\r\n AUTH SSL\r\n211 End\r\n"
		"221 Goodbye.\r\n",
		"> " FEAT QUIT DONE "code=220\n"
		"greeting=FileZilla Server 1.8.2\\nPlease visit https://filezilla.example.net/\n"
		"features=[MDTM|REST STREAM|AUTH SSL]\nstarttls=yes\n");
}
END_TEST

START_TEST(ftp_reads_iis)
{
	expect(&upgrade,
		"220 Microsoft FTP Service\r\n"
		"211-Extended features supported:\r\n LANG EN*\r\n UTF8\r\n"
		" AUTH TLS;TLS-C;SSL;TLS-P;\r\n PBSZ\r\n HOST\r\n211 END\r\n"
		"534 Local policy on server does not allow TLS secure connections.\r\n"
		"221 Goodbye.\r\n",
		"> " FEAT AUTH QUIT DONE "detail: AUTH TLS refused\ncode=220\n"
		"greeting=Microsoft FTP Service\n"
		"features=[LANG EN*|UTF8|AUTH TLS;TLS-C;SSL;TLS-P;|PBSZ|HOST]\nstarttls=yes\n");
}
END_TEST

/* RFC 2389 wants a blank there; some repeat the code. */
START_TEST(ftp_reads_features_with_a_code)
{
	expect(&plain, HI "211-Features\r\n211-SIZE\r\n211-AUTH TLS\r\n211 End\r\n221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS "features=[SIZE|AUTH TLS]\nstarttls=yes\n");
	expect(&plain, HI "211 no-features\r\n221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS "starttls=no\n");
}
END_TEST

/* RFC 959, 4.2: lines without the code, with another one, with this one further right. */
START_TEST(ftp_reads_replies_with_lines_of_any_kind)
{
	expect(&plain,
		"220-Welcome\r\n\r\n  220 users\r\n331 not yet\r\n2200 files\r\n221-x\r\n"
		"220 ready\r\n" OFFER "221 bye\r\n",
		"> " FEAT QUIT DONE
		"code=220\ngreeting=Welcome\\n\\n  220 users\\n331 not yet\\n2200 files\\n221-x\\n"
		"ready\n" OFFER_FACTS);
}
END_TEST

START_TEST(ftp_waits_for_the_whole_reply)
{
	expect_said(PROTOCOL_FTP, &upgrade, "", "");
	expect_said(PROTOCOL_FTP, &upgrade, "220-Welcome\r\nto\r\n220 th", "");
	expect_said(PROTOCOL_FTP, &upgrade, HI, "FEAT\r\n");
	expect_said(PROTOCOL_FTP, &upgrade, HI "211-Features:\r\n AUTH TLS\r\n", "FEAT\r\n");
	expect_said(PROTOCOL_FTP, &upgrade, HI OFFER, "FEAT\r\nAUTH TLS\r\n");
}
END_TEST

START_TEST(ftp_upgrades_and_takes_leave)
{
	expect(&upgrade, HI OFFER "234 Proceed\r\n221 bye\r\n",
		"> " FEAT "AUTH TLS\\r\\n\nupgrade\n> " QUIT DONE HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(ftp_upgrades_only_where_tls_is_offered_and_missing)
{
	expect(&secure, HI OFFER "221 bye\r\n", "> " FEAT QUIT DONE HI_FACTS OFFER_FACTS);
	expect(&upgrade, HI "211-F\r\n AUTH GSSAPI\r\n XAUTH TLS\r\n AUTH\r\n211 E\r\n221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS
		"features=[AUTH GSSAPI|XAUTH TLS|AUTH]\nstarttls=no\n");
	expect(&upgrade, HI "211-AUTH TLS\r\n SIZE\r\n211 AUTH TLS\r\n221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS "features=[SIZE]\nstarttls=no\n");
}
END_TEST

START_TEST(ftp_finds_tls_among_the_ways_of_auth)
{
	static const char *const ways[] = {"AUTH TLS", "auth tls", "AUTH SSL;TLS;", "AUTH TLS-C",
		"AUTH GSSAPI,TLS", "AUTH SSL", "AUTH GSSAPI;TLS"};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct strbuf replies = {0};

		strbuf_printf(&replies, HI "211-F\r\n %s\r\n211 E\r\n", ways[i]);
		expect_said(PROTOCOL_FTP, &upgrade, replies.text, "FEAT\r\nAUTH TLS\r\n");
		strbuf_release(&replies);
	}
}
END_TEST

START_TEST(ftp_goes_on_plain_where_auth_is_refused)
{
	const char *expected =
		"> " FEAT AUTH QUIT DONE "detail: AUTH TLS refused\n" HI_FACTS OFFER_FACTS;

	expect(&upgrade, HI OFFER "504 no\r\n221 bye\r\n", expected);
	expect(&upgrade, HI OFFER "200 fine\r\n221 bye\r\n", expected);
	expect(&upgrade, HI OFFER "334 more\r\n221 bye\r\n", expected);
}
END_TEST

START_TEST(ftp_leaves_what_stands_behind_the_auth_reply_to_tls)
{
	expect_held(PROTOCOL_FTP, HI OFFER "234 go\r\n221 injected\r\n", "221 injected\r\n");
}
END_TEST

START_TEST(ftp_asks_nothing_else_where_feat_is_refused)
{
	const char *expected = "> " FEAT QUIT DONE HI_FACTS;

	expect(&upgrade, HI "500 FEAT not understood\r\n221 bye\r\n", expected);
	expect(&upgrade, HI "502 no\r\n221 bye\r\n", expected);
	expect(&upgrade, HI "530 Please login with USER and PASS.\r\n221 bye\r\n", expected);
	expect(&upgrade, HI "530-\r\n AUTH TLS\r\n530 no\r\n221 bye\r\n", expected);
}
END_TEST

START_TEST(ftp_waits_until_the_service_is_ready)
{
	expect_said(PROTOCOL_FTP, &plain, "120 Ready in 5 minutes\r\n", "");
	expect(&plain, "120-Ready in\r\n120 5 minutes\r\n" HI "500 no\r\n221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS);
	expect(&plain, "120 Ready in 5 minutes\r\n",
		"want more, complete\ndetail: no whole greeting\n"
		"code=120\ngreeting=Ready in 5 minutes\n");
}
END_TEST

START_TEST(ftp_is_done_at_421)
{
	expect(&plain, "421 Too many users\r\n", DONE "code=421\ngreeting=Too many users\n");
	expect(&plain, HI "421 Timeout\r\n",
		"> FEAT\\r\\n\n" DONE "detail: it closed the session\n" HI_FACTS);
}
END_TEST

START_TEST(ftp_reads_a_greeting_that_refuses)
{
	expect(&plain, "500 OOPS: vsftpd: not configured\r\n",
		"> " QUIT "want more, complete\ncode=500\n"
		"greeting=OOPS: vsftpd: not configured\n");
	expect(&plain, "530 Not welcome\r\n221 bye\r\n",
		"> " QUIT DONE "code=530\ngreeting=Not welcome\n");
}
END_TEST

START_TEST(ftp_is_not_what_greets_otherwise)
{
	expect(&plain, "SSH-2.0-OpenSSH_9.6\r\n", "want mismatch\n");
	expect(&plain, "220x\r\n", "want mismatch\n");
	expect(&plain, "620 x\r\n", "want mismatch\n");
	expect(&plain, "\xff\xfd\x18\xff\xfd\x20", "want mismatch\n");
	expect(&plain, "554 no mail here\r\n", "want mismatch\ncode=554\ngreeting=no mail here\n");
	expect(&plain, "200 news\r\n", "want mismatch\ncode=200\ngreeting=news\n");
	expect(&plain, HI "what?\r\n", "> FEAT\\r\\n\nwant mismatch\n" HI_FACTS);
}
END_TEST

START_TEST(ftp_passes_over_a_second_greeting)
{
	expect(&plain, HI "220 really\r\n" OFFER "221 bye\r\n",
		"> " FEAT QUIT DONE HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(ftp_is_complete_when_the_answer_never_comes)
{
	expect(&plain, HI,
		"> FEAT\\r\\n\nwant more, complete\ndetail: no whole answer to FEAT\n" HI_FACTS);
	expect(&upgrade, HI OFFER,
		"> " FEAT "AUTH TLS\\r\\n\nwant more, complete\n"
		"detail: no whole answer to AUTH TLS\n" HI_FACTS OFFER_FACTS);
	expect(&upgrade, HI OFFER "234 go\r\n",
		"> " FEAT "AUTH TLS\\r\\n\nupgrade\n> " QUIT
		"want more, complete\n" HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(ftp_is_not_complete_without_a_greeting)
{
	expect(&plain, "", "want more\n");
	expect(&plain, "220-Welcome\r\nto\r\n",
		"want more\ndetail: no whole greeting\ncode=220\ngreeting=Welcome\\nto\n");
}
END_TEST

START_TEST(ftp_stops_at_the_limit_of_lines)
{
	expect(&five_lines, "220-1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n",
		"want done, over limit\ndetail: no whole greeting\n"
		"code=220\ngreeting=1\\n2\\n3\\n4\\n5\n");
	expect(&five_lines, HI "211-F\r\n A\r\n B\r\n C\r\n D\r\n",
		"> FEAT\\r\\n\nwant done, complete, over limit\n"
		"detail: no whole answer to FEAT\n" HI_FACTS "features=[A|B|C]\n");
}
END_TEST

START_TEST(ftp_bounds_long_lines)
{
	char *greeting = long_line("220-g\r\n", 'g', "\r\n220 ready\r\n" OFFER "221 bye\r\n");
	char *feature = long_line(HI "211-F\r\n ", 'f', "\r\n211 E\r\n221 bye\r\n");

	expect_ends(PROTOCOL_FTP, &plain, greeting, "> " FEAT QUIT DONE "code=220\ngreeting=g\\ngg",
		"gg\\nready\n" OFFER_FACTS);
	expect_ends(PROTOCOL_FTP, &plain, feature, "> " FEAT QUIT DONE HI_FACTS "features=[ff",
		"ff]\nstarttls=no\n");
	free(greeting);
	free(feature);
}
END_TEST

START_TEST(ftp_keeps_hostile_bytes_as_they_are)
{
	static const char replies[] = "220-\xff\xf4\0x\r\n220\0\r\n220 a\rb\r\n"
				      "211-\n \x1b]0;\x07\xc3(\n\t\n 211 \n211\r\n221\n";

	talk_expect_bytes(protocol_of(PROTOCOL_FTP), &plain, replies, sizeof replies - 1,
		"> " FEAT QUIT DONE "code=220\ngreeting=\\xff\\xf4\\x00x\\n220\\x00\\na\\rb\n"
		"features=[\\x1b]0;\\x07\\xc3(|211]\nstarttls=no\n");
}
END_TEST

START_TEST(ftp_says_its_greeting_in_a_row)
{
	expect_headline(
		PROTOCOL_FTP, "220-\r\n\r\n ** Welcome ** \r\n220 ready\r\n", "** Welcome **");
	expect_headline(PROTOCOL_FTP, HI, "ready");
}
END_TEST

UNIT_MAIN("banner/ftp", ftp_reads_vsftpd, ftp_reads_proftpd, ftp_reads_pure_ftpd,
	ftp_reads_filezilla, ftp_reads_iis, ftp_reads_features_with_a_code,
	ftp_reads_replies_with_lines_of_any_kind, ftp_waits_for_the_whole_reply,
	ftp_upgrades_and_takes_leave, ftp_upgrades_only_where_tls_is_offered_and_missing,
	ftp_finds_tls_among_the_ways_of_auth, ftp_goes_on_plain_where_auth_is_refused,
	ftp_leaves_what_stands_behind_the_auth_reply_to_tls,
	ftp_asks_nothing_else_where_feat_is_refused, ftp_waits_until_the_service_is_ready,
	ftp_is_done_at_421, ftp_reads_a_greeting_that_refuses, ftp_is_not_what_greets_otherwise,
	ftp_passes_over_a_second_greeting, ftp_is_complete_when_the_answer_never_comes,
	ftp_is_not_complete_without_a_greeting, ftp_stops_at_the_limit_of_lines,
	ftp_bounds_long_lines, ftp_keeps_hostile_bytes_as_they_are, ftp_says_its_greeting_in_a_row)
