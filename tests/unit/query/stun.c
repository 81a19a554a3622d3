/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* binding request, no attributes, the cookie */
	"\x00\x01\x00\x00\x21\x12\xa4\x42"
	/* the transaction */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34\x97\xd7\x65\x1f";

/* coturn 4.6.1 */
static const char answer[] =
	/* binding success, 60 bytes of attributes, the cookie */
	"\x01\x01\x00\x3c\x21\x12\xa4\x42"
	/* the transaction */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34\x97\xd7\x65\x1f"
	/* XOR-MAPPED-ADDRESS: IPv4, port and address under the cookie */
	"\x00\x20\x00\x08\x00\x01\xff\xd3\x5e\x12\xa4\x43"
	/* MAPPED-ADDRESS */
	"\x00\x01\x00\x08\x00\x01\xde\xc1\x7f\x00\x00\x01"
	/* RESPONSE-ORIGIN */
	"\x80\x2b\x00\x08\x00\x01\x0d\x96\x7f\x00\x00\x01"
	/* SOFTWARE */
	"\x80\x22\x00\x14"
	"Coturn-4.6.1 'Gorst'";

/* By hand: a message of that type with these attributes. */
static void expect_attributes(
	uint16_t type, const void *attributes, size_t len, const char *expected)
{
	uint8_t bytes[256] = {
		(uint8_t)(type >> 8), (uint8_t)type, 0, (uint8_t)len, 0x21, 0x12, 0xa4, 0x42};

	memcpy(bytes + 8, answer + 8, 12); /* our transaction */
	memcpy(bytes + 20, attributes, len);
	expect_answer(&query_stun, bytes, 20 + len, expected);
}

START_TEST(stun_question_is_made_of_the_token)
{
	expect_question(&query_stun, question, LEN(question), true);
}
END_TEST

START_TEST(stun_tells_what_the_server_said)
{
	expect_answer(&query_stun, answer, LEN(answer),
		"software=Coturn-4.6.1 'Gorst'\nmapped=127.0.0.1:57025\norigin=127.0.0.1:3478\n"
		": Coturn-4.6.1 'Gorst'");
}
END_TEST

START_TEST(stun_answers_nobody_else)
{
	expect_told(&query_stun, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_stun, answer, LEN(answer), 0, 20);
}
END_TEST

START_TEST(stun_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_stun, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(stun_is_not_what_others_say)
{
	expect_foreign_refused(&query_stun);
}
END_TEST

START_TEST(stun_addresses_may_be_of_version_6)
{
	/* under the cookie and the transaction: 2001:db8::1, port 4660 */
	expect_attributes(0x0101,
		"\x00\x20\x00\x14\x00\x02\x33\x26\x01\x13\xa9\xfa\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
		"\x97\xd7\x65\x1e",
		24, "mapped=[2001:db8::1]:4660\n: sees [2001:db8::1]:4660");
}
END_TEST

START_TEST(stun_refusals_are_answers)
{
	expect_attributes(0x0111, "\x00\x09\x00\x10\x00\x00\x04\x01Unauthorized", 20,
		"error=401\nreason=Unauthorized\n: error 401 Unauthorized");
	expect_attributes(0x0111, "", 0, ": ");
}
END_TEST

START_TEST(stun_old_servers_map_in_the_open)
{
	expect_attributes(0x0101, "\x00\x01\x00\x08\x00\x01\x12\x34\xc0\x00\x02\x01", 12,
		"mapped=192.0.2.1:4660\n: sees 192.0.2.1:4660");
}
END_TEST

START_TEST(stun_attributes_that_lie_are_left_out_or_refused)
{
	/* a family that is none, an address that is too short */
	expect_attributes(0x0101, "\x00\x20\x00\x08\x00\x03\x12\x34\xc0\x00\x02\x01", 12, ": ");
	expect_attributes(0x0101, "\x00\x20\x00\x04\x00\x01\x12\x34", 8, ": ");
	expect_attributes(0x0111, "\x00\x09\x00\x00", 4, ": ");
	/* longer than the message; not padded */
	expect_attributes(0x0101,
		"\x80\x22\x00\x05"
		"abcd",
		8, "no answer");
	expect_attributes(0x0101,
		"\x80\x22\x00\x03"
		"abc",
		7, "no answer");
	expect_attributes(0x0101, "\x80\x22\xff\xff", 4, "no answer");
}
END_TEST

UNIT_MAIN("query/stun", stun_question_is_made_of_the_token, stun_tells_what_the_server_said,
	stun_answers_nobody_else, stun_cut_anywhere_is_no_answer, stun_is_not_what_others_say,
	stun_addresses_may_be_of_version_6, stun_refusals_are_answers,
	stun_old_servers_map_in_the_open, stun_attributes_that_lie_are_left_out_or_refused)
