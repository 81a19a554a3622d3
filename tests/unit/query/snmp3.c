/* SPDX-License-Identifier: MIT */
#include "answers.h"

enum { ENGINE_LEN = 29, ENGINE = 30, TIME = 52, PDU = 80 };

START_TEST(snmp3_question_is_a_request_of_nobody)
{
	static const char question[] =
		"\x30\x3a\2\1\3"                             /* version */
		"\x30\x10\2\4\x49\xab\xcd\xef\2\2\5\xdc"     /* id, size */
		"\4\1\4\2\1\3"                               /* reportable, USM */
		"\4\x10\x30\x0e\4\0\2\1\0\2\1\0\4\0\4\0\4\0" /* nobody's parameters */
		"\x30\x11\4\0\4\0\xa0\x0b\2\1\0\2\1\0\2\1\0\x30\0";

	expect_question(&query_snmp3, question, sizeof question - 1, true);
}
END_TEST

START_TEST(snmp3_engine_tells_who_made_it_and_since_when_it_runs)
{
	struct strbuf expected = {0};

	strbuf_puts(&expected, "version=3\nengine_id=80001f8880");
	for (size_t i = 5; i < 17; i++)
		strbuf_printf(&expected, "%02x", net_snmp_3[ENGINE + i]);
	strbuf_puts(&expected, "\nenterprise=8072\nvendor=Net-SNMP\nboots=1\nup_seconds=2\n"
			       ": version 3, Net-SNMP");
	expect_answer(&query_snmp3, net_snmp_3, sizeof net_snmp_3, expected.text);
	strbuf_release(&expected);
}
END_TEST

/* A report around the engine id, boots 7, up a day and a half. */
static void expect_engine(const char *id, size_t len, const char *expected)
{
	struct strbuf m = {0};

	strbuf_printf(&m, "%c%c", 0x30, (int)(57 + len));
	strbuf_add(&m, "\2\1\3\x30\x10\2\4\x49\xab\xcd\xef\2\2\5\xdc\4\1\0\2\1\3", 21);
	strbuf_printf(&m, "%c%c%c%c%c%c", 4, (int)(18 + len), 0x30, (int)(16 + len), 4, (int)len);
	strbuf_add(&m, id, len);
	strbuf_add(&m, "\2\1\7\2\3\1\xfa\x40\4\0\4\0\4\0", 14);
	strbuf_add(&m, "\x30\x0e\4\0\4\0\xa8\x08\2\1\0\2\1\0\2\0", 16);
	m.text[1] = (char)(m.len - 2);
	expect_answer(&query_snmp3, m.text, m.len, expected);
	strbuf_release(&m);
}

START_TEST(snmp3_engine_id_may_hold_an_address_or_a_text)
{
	expect_engine("\x80\0\0\x09\3\0\x1b\x2c\3\4\5", 11,
		"version=3\nengine_id=8000000903001b2c030405\nenterprise=9\nvendor=Cisco\n"
		"mac=00:1b:2c:03:04:05\nboots=7\nup_seconds=129600\n: version 3, Cisco, up 36 "
		"hours");
	expect_engine("\x80\0\x3a\x8c\4switch", 11,
		"version=3\nengine_id=80003a8c04737769746368\nenterprise=14988\nvendor=MikroTik\n"
		"engine_text=switch\nboots=7\nup_seconds=129600\n"
		": version 3, MikroTik, up 36 hours");
	expect_engine("\x80\0\xff\xff\1\x0a\0\0\1", 9,
		"version=3\nengine_id=8000ffff010a000001\nenterprise=65535\n"
		"engine_addr=10.0.0.1\nboots=7\nup_seconds=129600\n"
		": version 3, enterprise 65535, up 36 hours");
}
END_TEST

START_TEST(snmp3_engine_id_of_another_shape_is_told_as_it_is)
{
	expect_engine("\0\0\x02\xa2\3\0\x1b\x2c\3\4\5\6", 12,
		"version=3\nengine_id=000002a203001b2c03040506\nenterprise=674\nvendor=Dell\n"
		"boots=7\nup_seconds=129600\n: version 3, Dell, up 36 hours");
	expect_engine("\x80\0\0\x09\3\1\2", 7,
		"version=3\nengine_id=80000009030102\nenterprise=9\nvendor=Cisco\n"
		"boots=7\nup_seconds=129600\n: version 3, Cisco, up 36 hours");
	expect_engine("abc", 3,
		"version=3\nengine_id=616263\nboots=7\nup_seconds=129600\n: version 3, up 36 "
		"hours");
	expect_engine("", 0,
		"version=3\nengine_id=\nboots=7\nup_seconds=129600\n: version 3, up 36 hours");
}
END_TEST

START_TEST(snmp3_answer_is_a_report_to_our_message)
{
	expect_matters(&query_snmp3, net_snmp_3, sizeof net_snmp_3, 0, 13);
	expect_edited(&query_snmp3, net_snmp_3, sizeof net_snmp_3, PDU + 2, "\xa2", 1, "no answer");
	expect_refused(&query_snmp3, net_snmp_1, sizeof net_snmp_1);
	expect_refused(&query_snmp3, net_snmp_2c, sizeof net_snmp_2c);
}
END_TEST

START_TEST(snmp3_lengths_that_lie_are_no_answer)
{
	static const uint8_t lengths[] = {1, 6, 8, 14, 19, 22, 25, 27, ENGINE_LEN, 48, TIME - 1};

	for (size_t i = 0; i < sizeof lengths; i++) {
		expect_edited(&query_snmp3, net_snmp_3, sizeof net_snmp_3, lengths[i], "\x80", 1,
			"no answer");
		expect_edited(&query_snmp3, net_snmp_3, sizeof net_snmp_3, lengths[i], "\x7f", 1,
			"no answer");
	}
}
END_TEST

START_TEST(snmp3_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_snmp3, net_snmp_3, sizeof net_snmp_3, sizeof net_snmp_3);
}
END_TEST

UNIT_MAIN("query/snmp3", snmp3_question_is_a_request_of_nobody,
	snmp3_engine_tells_who_made_it_and_since_when_it_runs,
	snmp3_engine_id_may_hold_an_address_or_a_text,
	snmp3_engine_id_of_another_shape_is_told_as_it_is, snmp3_answer_is_a_report_to_our_message,
	snmp3_lengths_that_lie_are_no_answer, snmp3_answer_is_whole_and_of_its_token)
