/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "../unit.h"
#include "lines.h"

#define CAPABILITY "a1 CAPABILITY\\r\\n"
#define DONE       "want done, complete\n"

#define HI       "* OK ready\r\n"
#define HI_FACTS "status=OK\ngreeting=ready\n"
/* An answer to CAPABILITY that offers TLS. */
#define OFFER       "* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"
#define OFFER_FACTS "capabilities=[IMAP4rev1|STARTTLS]\nstarttls=yes\n"
#define LOGOUT(tag) tag " LOGOUT\\r\\n\n"
#define BYE(tag)    "* BYE bye\r\n" tag " OK done\r\n"

static void expect(const struct machine_setup *setup, const char *replies, const char *expected)
{
	talk_expect(protocol_of(PROTOCOL_IMAP), setup, replies, expected);
}

/* The greeting has told it all. */
START_TEST(imap_reads_dovecot)
{
	expect(&plain,
		"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ "
		"STARTTLS "
		"LOGINDISABLED] Dovecot (Debian) ready.\r\n"
		"* BYE Logging out\r\na1 OK Logout completed (0.001 + 0.000 secs).\r\n",
		"> " LOGOUT("a1") DONE
		"status=OK\n"
		"greeting=[CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ "
		"STARTTLS LOGINDISABLED] Dovecot (Debian) ready.\n"
		"capabilities=[IMAP4rev1|SASL-IR|LOGIN-REFERRALS|ID|ENABLE|IDLE|LITERAL+|STARTTLS|"
		"LOGINDISABLED]\nstarttls=yes\n");
}
END_TEST

START_TEST(imap_reads_courier)
{
	expect(&plain,
		"* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE QUOTA IDLE] Courier-IMAP "
		"ready. See COPYING.\r\n"
		"* BYE Courier-IMAP server shutting down\r\na1 OK LOGOUT completed\r\n",
		"> " LOGOUT("a1") DONE
		"status=OK\n"
		"greeting=[CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE QUOTA IDLE] "
		"Courier-IMAP ready. See COPYING.\n"
		"capabilities=[IMAP4rev1|UIDPLUS|CHILDREN|NAMESPACE|QUOTA|IDLE]\nstarttls=no\n");
}
END_TEST

START_TEST(imap_reads_cyrus)
{
	expect(&plain,
		"* OK imap.example.net Cyrus IMAP 3.6.1 server ready\r\n"
		"* CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE STARTTLS LOGINDISABLED\r\n"
		"a1 OK Completed\r\n"
		"* BYE LOGOUT received\r\na2 OK Completed\r\n",
		"> " CAPABILITY LOGOUT("a2") DONE
		"status=OK\n"
		"greeting=imap.example.net Cyrus IMAP 3.6.1 server ready\n"
		"capabilities=[IMAP4rev1|LITERAL+|ID|ENABLE|STARTTLS|LOGINDISABLED]\n"
		"starttls=yes\n");
}
END_TEST

START_TEST(imap_reads_exchange)
{
	expect(&plain,
		"* OK The Microsoft Exchange IMAP4 service is ready.\r\n"
		"* CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM SASL-IR UIDPLUS ID CHILDREN IDLE\r\n"
		"a1 OK CAPABILITY completed.\r\n"
		"* BYE Microsoft Exchange Server IMAP4 server signing off.\r\n"
		"a2 OK LOGOUT completed.\r\n",
		"> " CAPABILITY LOGOUT("a2") DONE
		"status=OK\n"
		"greeting=The Microsoft Exchange IMAP4 service is ready.\n"
		"capabilities=[IMAP4|IMAP4rev1|AUTH=NTLM|SASL-IR|UIDPLUS|ID|CHILDREN|IDLE]\n"
		"starttls=no\n");
}
END_TEST

START_TEST(imap_reads_preauth_and_does_not_upgrade_it)
{
	expect(&upgrade, "* PREAUTH imap.example.net welcome back\r\n" OFFER BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE
		"status=PREAUTH\n"
		"greeting=imap.example.net welcome back\n" OFFER_FACTS);
}
END_TEST

START_TEST(imap_is_done_at_bye)
{
	expect(&plain, "* BYE [UNAVAILABLE] too busy\r\n",
		DONE "status=BYE\ngreeting=[UNAVAILABLE] too busy\n");
	expect(&plain, HI "* BYE shutting down\r\n",
		"> a1 CAPABILITY\\r\\n\n" DONE "detail: it closed the session\n" HI_FACTS);
}
END_TEST

START_TEST(imap_reads_words_of_any_case)
{
	expect(&upgrade,
		"* ok ready\r\n* Capability imap4REV1 StartTLS\r\na1 Ok\r\na2 no\r\na3 ok\r\n",
		"> " CAPABILITY "a2 STARTTLS\\r\\n" LOGOUT("a3") DONE
		"detail: STARTTLS refused\n" HI_FACTS
		"capabilities=[imap4REV1|StartTLS]\nstarttls=yes\n");
}
END_TEST

START_TEST(imap_reads_capabilities_in_a_status)
{
	expect(&plain, HI "a1 OK [CAPABILITY IMAP4rev2 ID] done\r\n" BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS
		"capabilities=[IMAP4rev2|ID]\nstarttls=no\n");
	expect(&plain, HI "* OK [CAPABILITY IMAP4rev2] hm\r\na1 OK done\r\n" BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS
		"capabilities=[IMAP4rev2]\nstarttls=no\n");
	expect(&plain, "* OK [CAPABILITY IMAP4rev1 without end\r\n" OFFER BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE
		"status=OK\n"
		"greeting=[CAPABILITY IMAP4rev1 without end\n" OFFER_FACTS);
}
END_TEST

START_TEST(imap_waits_for_its_tag)
{
	const char *asked = "a1 CAPABILITY\r\n";

	expect_said(PROTOCOL_IMAP, &plain, "", "");
	expect_said(PROTOCOL_IMAP, &plain, "* OK rea", "");
	expect_said(PROTOCOL_IMAP, &plain, HI "* CAPABILITY IMAP4rev1\r\n", asked);
	expect_said(PROTOCOL_IMAP, &plain, HI "* CAPABILITY IMAP4rev1\r\n+ hm\r\na1 OK", asked);
	expect_said(PROTOCOL_IMAP, &plain, HI "* LIST () NIL a1 OK\r\n* BAD a1\r\n", asked);
	expect_said(PROTOCOL_IMAP, &plain, HI "* CAPABILITY X\r\na1 OK\r\n* OK a2 OK\r\n",
		"a1 CAPABILITY\r\na2 LOGOUT\r\n");
}
END_TEST

START_TEST(imap_asks_again_inside_tls)
{
	expect(&upgrade,
		HI OFFER "* OK hold on\r\n* CAPABILITY EARLY\r\na2 OK Begin TLS\r\n"
			 "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na3 OK done\r\n" BYE("a4"),
		"> " CAPABILITY "a2 STARTTLS\\r\\n\nupgrade\n> a3 CAPABILITY\\r\\n" LOGOUT("a4")
			DONE HI_FACTS "capabilities=[IMAP4rev1|AUTH=PLAIN]\nstarttls=yes\n");
	expect(&upgrade,
		"* OK [CAPABILITY STARTTLS] x\r\na1 OK go\r\na2 OK [CAPABILITY A STARTTLS] "
		"x\r\n" BYE("a3"),
		"> a1 STARTTLS\\r\\n\nupgrade\n> a2 CAPABILITY\\r\\n" LOGOUT("a3") DONE
		"status=OK\ngreeting=[CAPABILITY STARTTLS] x\n"
		"capabilities=[A|STARTTLS]\nstarttls=yes\n");
}
END_TEST

START_TEST(imap_does_not_upgrade_what_is_secure_or_unwanted)
{
	expect(&plain, HI OFFER BYE("a2"), "> " CAPABILITY LOGOUT("a2") DONE HI_FACTS OFFER_FACTS);
	expect(&secure, HI OFFER BYE("a2"), "> " CAPABILITY LOGOUT("a2") DONE HI_FACTS OFFER_FACTS);
	expect(&upgrade, HI "* CAPABILITY XSTARTTLS STARTTLS=1\r\na1 OK STARTTLS\r\n" BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS
		"capabilities=[XSTARTTLS|STARTTLS=1]\nstarttls=no\n");
}
END_TEST

START_TEST(imap_goes_on_where_it_is_refused)
{
	expect(&upgrade, HI OFFER "a2 BAD not now\r\n" BYE("a3"),
		"> " CAPABILITY "a2 STARTTLS\\r\\n" LOGOUT("a3") DONE
		"detail: STARTTLS refused\n" HI_FACTS OFFER_FACTS);
	expect(&upgrade, HI "a1 BAD what?\r\n" BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS);
}
END_TEST

/* CVE-2021-33515 and its kin seen from the client. */
START_TEST(imap_leaves_what_stands_behind_the_starttls_reply_to_tls)
{
	expect_held(PROTOCOL_IMAP, HI OFFER "a2 OK go\r\n* CAPABILITY INJECTED\r\na3 OK\r\n",
		"* CAPABILITY INJECTED\r\na3 OK\r\n");
}
END_TEST

START_TEST(imap_reads_the_last_list_that_it_asked_for)
{
	expect(&upgrade,
		HI "* CAPABILITY STARTTLS\r\n* OK [capability A] x\r\na1 OK\r\n"
		   "* CAPABILITY LATE STARTTLS\r\n* OK [CAPABILITY LATER] x\r\n" BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS "capabilities=[A]\nstarttls=no\n");
}
END_TEST

START_TEST(imap_is_not_confused_by_literals)
{
	const char *expected = "> " CAPABILITY LOGOUT("a2") DONE HI_FACTS OFFER_FACTS;

	expect(&plain, HI "* LIST () \"/\" {12}\r\na1 OK fake\r\n\r\n" OFFER BYE("a2"), expected);
	expect(&plain, HI "* X {2+}\r\na1{13}\r\n* BYE\r\na1 NO { {0}\r\na1 NO\r\n" OFFER BYE("a2"),
		expected);
}
END_TEST

/* No literals: in texts for people, beyond 32 bits, without a number. */
START_TEST(imap_takes_no_other_braces_for_literals)
{
	const char *expected = "> " CAPABILITY LOGOUT("a2") DONE HI_FACTS OFFER_FACTS;

	expect(&plain, HI "* OK x {100}\r\n* NO {9}\r\n* BAD x {7}\r\n" OFFER BYE("a2"), expected);
	expect(&plain, HI "* X {4294967296}\r\n* X {99999999999999999999}\r\n" OFFER BYE("a2"),
		expected);
	expect(&plain, HI "* X {}\r\n* X {+}\r\n* X {-1}\r\n* X 5}\r\n* X {1 }\r\n" OFFER BYE("a2"),
		expected);
	expect(&plain, "* OK {5}\r\n" OFFER BYE("a2"),
		"> " CAPABILITY LOGOUT("a2") DONE "status=OK\ngreeting={5}\n" OFFER_FACTS);
}
END_TEST

START_TEST(imap_looks_for_literals_at_the_end_of_lines_only)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, HI "* X ");
	strbuf_pad(&replies, 'x', MACHINE_LINE_MAX - 4 - 3);
	strbuf_puts(&replies, "{5} and more\r\n" OFFER BYE("a2"));
	expect(&plain, replies.text, "> " CAPABILITY LOGOUT("a2") DONE HI_FACTS OFFER_FACTS);
	strbuf_release(&replies);
}
END_TEST

START_TEST(imap_waits_for_the_rest_of_a_literal_only_in_time)
{
	expect(&plain, HI "* X {4294967295}\r\n" OFFER,
		"> a1 CAPABILITY\\r\\n\nwant more, complete\n"
		"detail: no whole answer to CAPABILITY\n" HI_FACTS);
}
END_TEST

START_TEST(imap_is_not_what_greets_otherwise)
{
	static const char *const greetings[] = {"220 mx.example.net\r\n", "+OK POP3\r\n", "\r\n",
		"* \r\n", "* NO\r\n", "*OK\r\n", "a1 OK\r\n", "* OKAY\r\n", "+ hm\r\n", "SSH-2.0"};

	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++)
		expect(&plain, greetings[i], "want mismatch\n");
}
END_TEST

START_TEST(imap_calls_other_answers_strange)
{
	static const char *const answers[] = {
		"a2 OK\r\n", "a1\r\n", "a1 MAYBE\r\n", "A1 OK\r\n", "a OK\r\n", "\r\n", "a1OK\r\n"};

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct strbuf replies = {0};

		strbuf_printf(&replies, HI "%s", answers[i]);
		expect(&plain, replies.text, "> a1 CAPABILITY\\r\\n\nwant mismatch\n" HI_FACTS);
		strbuf_release(&replies);
	}
	expect(&upgrade, HI OFFER "what?\r\n",
		"> " CAPABILITY "a2 STARTTLS\\r\\n\n" DONE
		"detail: what it answered is no reply\n" HI_FACTS OFFER_FACTS);
}
END_TEST

START_TEST(imap_is_complete_when_the_answer_never_comes)
{
	expect(&plain, HI,
		"> a1 CAPABILITY\\r\\n\nwant more, complete\n"
		"detail: no whole answer to CAPABILITY\n" HI_FACTS);
	expect(&upgrade, HI OFFER "* OK wait\r\n",
		"> " CAPABILITY "a2 STARTTLS\\r\\n\nwant more, complete\n"
		"detail: no whole answer to STARTTLS\n" HI_FACTS OFFER_FACTS);
	expect(&plain, HI OFFER "* BYE\r\n",
		"> " CAPABILITY LOGOUT("a2") "want more, complete\n" HI_FACTS OFFER_FACTS);
	expect(&plain, "", "want more\n");
	expect(&plain, "* OK rea", "want more\ndetail: no whole greeting\n");
}
END_TEST

START_TEST(imap_stops_at_the_limit_of_lines)
{
	expect(&five_lines, HI "* 1\r\n* 2\r\n* 3\r\n* 4\r\n* 5\r\n",
		"> a1 CAPABILITY\\r\\n\nwant done, complete, over limit\n"
		"detail: no whole answer to CAPABILITY\n" HI_FACTS);
}
END_TEST

START_TEST(imap_bounds_long_lines)
{
	char *greeting = long_line("* OK ", 'g', "\r\n" OFFER BYE("a2"));
	char *list = long_line(HI "* CAPABILITY ", 'c', " X\r\na1 OK\r\n" BYE("a2"));

	expect_ends(PROTOCOL_IMAP, &plain, greeting,
		"> " CAPABILITY LOGOUT("a2") DONE "status=OK\ngreeting=gg", "gg\n" OFFER_FACTS);
	expect_ends(PROTOCOL_IMAP, &plain, list,
		"> " CAPABILITY LOGOUT("a2") DONE HI_FACTS "capabilities=[cc",
		"cc]\nstarttls=no\n");
	free(greeting);
	free(list);
}
END_TEST

START_TEST(imap_keeps_hostile_bytes_as_they_are)
{
	static const char replies[] = "* OK \0\x1b[0m\rx\xff\n* CAPABILITY \0A \xc3( \x9b\n"
				      "a1 OK\0\na1 OK\n";

	talk_expect_bytes(protocol_of(PROTOCOL_IMAP), &plain, replies, 35,
		"> a1 CAPABILITY\\r\\n\nwant more, complete\n"
		"detail: no whole answer to CAPABILITY\n"
		"status=OK\ngreeting=\\x00\\x1b[0m\\rx\\xff\n"
		"capabilities=[\\x00A|\\xc3(|\\x9b]\nstarttls=no\n");
	talk_expect_bytes(protocol_of(PROTOCOL_IMAP), &plain, replies, sizeof replies - 1,
		"> a1 CAPABILITY\\r\\n\nwant mismatch\n"
		"status=OK\ngreeting=\\x00\\x1b[0m\\rx\\xff\n"
		"capabilities=[\\x00A|\\xc3(|\\x9b]\nstarttls=no\n");
}
END_TEST

START_TEST(imap_says_its_greeting_without_capabilities_in_a_row)
{
	expect_headline(PROTOCOL_IMAP, HI, "ready");
	expect_headline(
		PROTOCOL_IMAP, "* OK [CAPABILITY A B] Dovecot ready.\r\n", "Dovecot ready.");
	expect_headline(PROTOCOL_IMAP, "* BYE [ALERT] x\r\n", "[ALERT] x");
	expect_headline(PROTOCOL_IMAP, "* OK [CAPABILITY A]\r\n", "");
	expect_headline(PROTOCOL_IMAP, "* OK\r\n", "");
}
END_TEST

UNIT_MAIN("banner/imap", imap_reads_dovecot, imap_reads_courier, imap_reads_cyrus,
	imap_reads_exchange, imap_reads_preauth_and_does_not_upgrade_it, imap_is_done_at_bye,
	imap_reads_words_of_any_case, imap_reads_capabilities_in_a_status, imap_waits_for_its_tag,
	imap_asks_again_inside_tls, imap_does_not_upgrade_what_is_secure_or_unwanted,
	imap_goes_on_where_it_is_refused, imap_leaves_what_stands_behind_the_starttls_reply_to_tls,
	imap_is_not_confused_by_literals, imap_reads_the_last_list_that_it_asked_for,
	imap_looks_for_literals_at_the_end_of_lines_only, imap_takes_no_other_braces_for_literals,
	imap_waits_for_the_rest_of_a_literal_only_in_time, imap_is_not_what_greets_otherwise,
	imap_calls_other_answers_strange, imap_is_complete_when_the_answer_never_comes,
	imap_stops_at_the_limit_of_lines, imap_bounds_long_lines,
	imap_keeps_hostile_bytes_as_they_are, imap_says_its_greeting_without_capabilities_in_a_row)
