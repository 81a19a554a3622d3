/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* BACnet/IP, to one, 25 bytes */
	"\x81\x0a\x00\x19"
	/* version 1, an answer is wanted */
	"\x01\x04"
	/* confirmed, up to 1476 bytes, invocation, ReadPropertyMultiple */
	"\x00\x05\x38\x0e"
	/* whichever device */
	"\x0c\x02\x3f\xff\xff"
	/* opened */
	"\x1e"
	/* name, vendor, model, firmware */
	"\x09\x4d\x09\x79\x09\x46\x09\x2c"
	/* closed */
	"\x1f";

/* A server on @bacnet-js/client 3.3.2, which has the encoding. */
static const char answer[] =
	/* BACnet/IP, to one, 74 bytes */
	"\x81\x0a\x00\x4a"
	/* version 1 */
	"\x01\x00"
	/* complex acknowledgement, invocation, ReadPropertyMultiple */
	"\x30\x38\x0e"
	/* device 1234, opened */
	"\x0c\x02\x00\x04\xd2\x1e"
	/* name */
	")MNu"
	"\x06\x00"
	"AHU-1O"
	/* vendor */
	")yNu"
	"\x11\x00"
	"Example ControlsO"
	/* model */
	")FNu"
	"\x05\x00\x45\x58\x2d\x39\x4f"
	/* firmware */
	"\x29\x2c\x4e\x75\x06\x00\x32\x2e\x31\x2e\x30\x4f"
	/* closed */
	"\x1f";

enum { HEAD = 6 };

/* By hand: these bytes in the place of `from` of the answer and what follows. */
static void expect_instead(size_t from, const void *rest, size_t len, const char *expected)
{
	uint8_t bytes[128];

	memcpy(bytes, answer, from);
	memcpy(bytes + from, rest, len);
	bytes[3] = (uint8_t)(from + len);
	expect_answer(&query_bacnet, bytes, from + len, expected);
}

START_TEST(bacnet_question_is_made_of_the_token)
{
	expect_question(&query_bacnet, question, LEN(question), true);
}
END_TEST

START_TEST(bacnet_tells_what_the_server_said)
{
	expect_answer(&query_bacnet, answer, LEN(answer),
		"device=1234\nname=AHU-1\nvendor=Example Controls\nmodel=EX-9\nfirmware=2.1.0\n"
		": Example Controls EX-9 2.1.0, AHU-1");
}
END_TEST

START_TEST(bacnet_answers_nobody_else)
{
	expect_told(&query_bacnet, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_bacnet, answer, LEN(answer), 0, 5);
	expect_matters(&query_bacnet, answer, LEN(answer), 6, 11);
	expect_matters(&query_bacnet, answer, LEN(answer), 14, 16);
	expect_matters(&query_bacnet, answer, LEN(answer), 17, 19);
}
END_TEST

START_TEST(bacnet_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_bacnet, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(bacnet_is_not_what_others_say)
{
	expect_foreign_refused(&query_bacnet);
}
END_TEST

START_TEST(bacnet_refusals_are_answers)
{
	expect_instead(HEAD, "\x50\x38\x0e\x91\x02\x91\x20", 7, "refusal=error\n: error");
	expect_instead(HEAD, "\x60\x38\x09", 3, "refusal=reject\n: reject");
	expect_instead(HEAD, "\x71\x38\x04", 3, "refusal=abort\n: abort");
	expect_instead(HEAD, "\x60\x39\x09", 3, "no answer");
	expect_instead(HEAD, "\x20\x38\x0e", 3, "no answer"); /* a simple acknowledgement */
	expect_instead(HEAD, "\x3c\x38\x0e", 3, "no answer"); /* a segment */
}
END_TEST

START_TEST(bacnet_device_may_be_behind_a_router)
{
	static const uint8_t routed[] = {
		0x81, 0x0a, 0, 18, 1, 0x28, 0, 1, 0, 0, 5, 1, 7, 0xff, 0x60, 0x38, 9, 0};

	expect_refused(&query_bacnet, routed, 18); /* one byte too many */
	expect_instead(4, routed + 4, 13, "refusal=reject\n: reject");
	expect_instead(4, "\1\x20\0\1\xff", 5, "no answer"); /* an address beyond the end */
}
END_TEST

UNIT_MAIN("query/bacnet", bacnet_question_is_made_of_the_token, bacnet_tells_what_the_server_said,
	bacnet_answers_nobody_else, bacnet_cut_anywhere_is_no_answer, bacnet_is_not_what_others_say,
	bacnet_refusals_are_answers, bacnet_device_may_be_behind_a_router)
