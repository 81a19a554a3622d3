/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* hard reset of a client, version 2; key 0 */
	"\x38"
	/* session */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* no acknowledgements */
	"\x00"
	/* packet 0 */
	"\x00\x00\x00\x00";

/* OpenVPN 2.6.14 */
static const char answer[] =
	/* hard reset of a server, version 2; key 0 */
	"\x40"
	/* its session */
	"\x7f\xbc\xca\xd0\x76\x89\x54\x4e"
	/* one acknowledgement */
	"\x01"
	/* of packet 0 */
	"\x00\x00\x00\x00"
	/* of our session */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* its packet 0 */
	"\x00\x00\x00\x00";

START_TEST(openvpn_question_is_made_of_the_token)
{
	expect_question(&query_openvpn, question, LEN(question), true);
}
END_TEST

START_TEST(openvpn_tells_what_the_server_said)
{
	expect_answer(
		&query_openvpn, answer, LEN(answer), "tls_auth=no\nkey_id=0\n: without tls-auth");
}
END_TEST

START_TEST(openvpn_answers_nobody_else)
{
	expect_told(&query_openvpn, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_openvpn, answer, LEN(answer), 0, 1);
	expect_matters(&query_openvpn, answer, LEN(answer), 9, 10);
	expect_matters(&query_openvpn, answer, LEN(answer), 14, 22);
}
END_TEST

START_TEST(openvpn_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_openvpn, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(openvpn_is_not_what_others_say)
{
	expect_foreign_refused(&query_openvpn);
}
END_TEST

START_TEST(openvpn_acknowledgements_are_counted)
{
	uint8_t bytes[64] = {0x40};

	for (uint8_t acks = 0; acks < 12; acks++) {
		size_t len = 10 + 4U * acks;

		memset(bytes + 1, 0, sizeof bytes - 1);
		if (len + 12 > sizeof bytes)
			break;
		bytes[9] = acks;
		memcpy(bytes + len, answer + 14, 12);
		expect_answer(&query_openvpn, bytes, len + 12,
			acks == 0 || acks > 8 ? "no answer"
					      : "tls_auth=no\nkey_id=0\n: without tls-auth");
	}
}
END_TEST

UNIT_MAIN("query/openvpn", openvpn_question_is_made_of_the_token,
	openvpn_tells_what_the_server_said, openvpn_answers_nobody_else,
	openvpn_cut_anywhere_is_no_answer, openvpn_is_not_what_others_say,
	openvpn_acknowledgements_are_counted)
