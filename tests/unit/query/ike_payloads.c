/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

/* The payloads are read behind headers of strongSwan 5.9.8; they are made by hand (RFC 7296, RFC
 * 2408). */
static const char head_2[] =
	/* our index, its own */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34\xf9\x56\xff\xf5\x18\x7c\x24\x99"
	/* version 2.0, response to IKE_SA_INIT, the length */
	"\x21\x20\x22\x20\x00\x00\x00\x00\x00\x00\x01\x9c";

static const char head_1[] =
	/* our cookie, its own */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34\x14\x2c\x75\x3a\xc4\xd2\x05\xfd"
	/* version 1.0, informational, the length */
	"\x0b\x10\x05\x00\x53\x0d\x88\xee\x00\x00\x00\x28";

enum { HEAD = 28 };

/* By hand: a header of `model` before these payloads, the first of that type. */
static void expect_payloads(
	const char *model, uint8_t first, const void *payloads, size_t len, const char *expected)
{
	uint8_t bytes[256];

	memcpy(bytes, model, HEAD);
	bytes[16] = first;
	bytes[27] = (uint8_t)(HEAD + len);
	bytes[26] = 0;
	memcpy(bytes + HEAD, payloads, len);
	expect_answer(&query_ike, bytes, HEAD + len, expected);
}

#define BEGIN_2 "version=2.0\nexchange=IKE_SA_INIT\n"
#define BEGIN_1 "version=1.0\nexchange=informational\n"

START_TEST(ike_payloads_none)
{
	expect_payloads(head_2, 0, "", 0, BEGIN_2 ": version 2.0");
}
END_TEST

START_TEST(ike_payloads_notifications_have_names)
{
	expect_payloads(head_2, 41, "\0\0\0\x0a\0\0\x00\x11\0\x13", 10,
		BEGIN_2 "notify=INVALID_KE_PAYLOAD\n: version 2.0, INVALID_KE_PAYLOAD");
	expect_payloads(head_2, 41, "\0\0\0\x09\0\0\x40\x06x", 9,
		BEGIN_2 "notify=COOKIE\n: version 2.0, COOKIE");
	expect_payloads(head_2, 41, "\0\0\0\x08\0\0\xff\xff", 8,
		BEGIN_2 "notify=65535\n: version 2.0, 65535");
	expect_payloads(head_1, 11, "\0\0\0\x0c\0\0\0\1\1\0\0\5", 12,
		BEGIN_1 "notify=INVALID-MAJOR-VERSION\n: version 1.0, INVALID-MAJOR-VERSION");
}
END_TEST

START_TEST(ike_payloads_vendors_have_names)
{
	expect_payloads(head_1, 13,
		"\x0d\0\0\x14\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\1\0"
		"\x0d\0\0\x0c\x09\0\x26\x89\xdf\xd6\xb7\x12"
		"\x0d\0\0\x09"
		"Acme!"
		"\0\0\0\x07\x01\xab\xff",
		48,
		BEGIN_1 "vendors=DPD|XAUTH|Acme!|01abff\n: version 1.0, DPD, XAUTH, Acme!, 01abff");
	expect_payloads(head_2, 43, "\0\0\0\4", 4, BEGIN_2 "vendors=\n: version 2.0, ");
}
END_TEST

START_TEST(ike_payloads_that_are_not_known_are_passed_over)
{
	expect_payloads(head_2, 99, "\x21\0\0\5x\0\0\0\4", 9, BEGIN_2 "chosen=yes\n: version 2.0");
}
END_TEST

START_TEST(ike_payloads_may_lie)
{
	expect_payloads(head_2, 41, "\0\0\0\x03", 4, "no answer");
	expect_payloads(head_2, 41, "\0\0\0\x07\0\0\0", 7, "no answer");
	expect_payloads(head_1, 11, "\0\0\0\x08\0\0\0\1", 8, "no answer");
	expect_payloads(head_2, 43, "\0\0\xff\xff", 4, "no answer");
	expect_payloads(head_2, 43, "\x2b\0\0\4", 4, "no answer"); /* one more, which is missing */
	expect_payloads(head_2, 43, "\0\0", 2, "no answer");
}
END_TEST

START_TEST(ike_payloads_chain_ends)
{
	char many[224];

	for (size_t i = 0; i < sizeof many; i += 4)
		memcpy(many + i, "\x28\0\0\4", 4);
	expect_payloads(head_2, 40, many, sizeof many, "no answer");
	many[sizeof many - 4] = 0;
	expect_payloads(head_2, 40, many, sizeof many, BEGIN_2 ": version 2.0");
}
END_TEST

UNIT_MAIN("query/ike_payloads", ike_payloads_none, ike_payloads_notifications_have_names,
	ike_payloads_vendors_have_names, ike_payloads_that_are_not_known_are_passed_over,
	ike_payloads_may_lie, ike_payloads_chain_ends)
