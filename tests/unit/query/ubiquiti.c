/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* version 1, discovery, nothing */
	"\x01\x00\x00\x00";

/* By hand, as dissectors have the format; the values are those of a NanoStation. */
static const char answer[] =
	/* version 1, discovery, 89 bytes */
	"\x01\x00\x00\x59"
	/* MAC and address */
	"\x02\x00\x0a\x00\x27\x22\x1a\x2b\x3c\xc0\xa8\x01\x14"
	/* MAC */
	"\x01\x00\x06\x00\x27\x22\x1a\x2b\x3c"
	/* uptime */
	"\x0a\x00\x04\x00\x01\x51\x80"
	/* host */
	"\x0b\x00\x04"
	"roof"
	/* platform */
	"\x0c\x00\x03\x4e\x35\x4e"
	/* network */
	"\x0d\x00\x04"
	"ubnt"
	/* mode, which is not told */
	"\x0e\x00\x01\x02"
	/* firmware */
	"\x03\x00\x10\x58\x4d\x2e\x61\x72\x37\x32\x34\x30\x2e\x76\x35\x2e"
	"\x36\x2e\x33"
	/* model */
	"\x14\x00\x0e"
	"NanoStation M5";

START_TEST(ubiquiti_question_is_always_the_same)
{
	expect_question(&query_ubiquiti, question, LEN(question), false);
}
END_TEST

START_TEST(ubiquiti_tells_what_the_server_said)
{
	expect_answer(&query_ubiquiti, answer, LEN(answer),
		"model=NanoStation "
		"M5\nplatform=N5N\nfirmware=XM.ar7240.v5.6.3\nhost=roof\nessid=ubnt\n"
		"uptime=86400\nmac=00:27:22:1a:2b:3c\naddress=192.168.1.20\n"
		": NanoStation M5, XM.ar7240.v5.6.3, roof");
}
END_TEST

START_TEST(ubiquiti_answer_has_to_be_one)
{
	expect_matters(&query_ubiquiti, answer, LEN(answer), 0, 4);
}
END_TEST

START_TEST(ubiquiti_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_ubiquiti, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(ubiquiti_is_not_what_others_say)
{
	expect_foreign_refused(&query_ubiquiti);
}
END_TEST

START_TEST(ubiquiti_fields_may_lie)
{
	expect_refused(&query_ubiquiti, "\1\0\0\5\x0b\0\3ab", 9); /* longer than what is left */
	expect_refused(&query_ubiquiti, "\1\0\0\2\x0b\0", 6);     /* without its length */
	expect_refused(&query_ubiquiti, "\1\0\0\4\x77\0\1x", 8);  /* nothing that is known */
	expect_refused(&query_ubiquiti, "\1\0\0\4\x01\0\1x", 8);  /* no MAC */
	expect_answer(&query_ubiquiti, "\1\0\0\4\x0b\0\1x", 8, "host=x\n: x");
	expect_answer(&query_ubiquiti, "\1\0\0\3\x0b\0\0", 7, "host=\n: ");
}
END_TEST

UNIT_MAIN("query/ubiquiti", ubiquiti_question_is_always_the_same,
	ubiquiti_tells_what_the_server_said, ubiquiti_answer_has_to_be_one,
	ubiquiti_cut_anywhere_is_no_answer, ubiquiti_is_not_what_others_say,
	ubiquiti_fields_may_lie)
