/* SPDX-License-Identifier: MIT */
#include "answers.h"

#define HEAD "\x02\x04\x49\xab\xcd\xef"

START_TEST(cldap_question_is_for_four_attributes_of_the_root)
{
	static const char question[] =
		"\x30\x66" HEAD "\x63\x5e\x04\0\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0"
		"\x87\x0bobjectClass\x30\x3e\x04\x0b"
		"dnsHostName\x04\x14"
		"defaultNamingContext"
		"\x04\x0avendorName\x04\x0dvendorVersion";

	expect_question(&query_cldap, question, sizeof question - 1, true);
}
END_TEST

START_TEST(cldap_tells_host_and_domain)
{
	expect_answer(&query_cldap, samba_root_dse, sizeof samba_root_dse,
		"result=0\nhost=vm.example.net\nnaming_context=DC=example,DC=net\n"
		"vendor=Samba Team (https://www.samba.org)\nvendor_version=4.17.12-Debian\n"
		": vm.example.net, DC=example,DC=net");
}
END_TEST

START_TEST(cldap_result_without_an_entry_is_an_answer)
{
	expect_answer(&query_cldap, "\x30\x0f" HEAD "\x65\7\x0a\1\x35\4\0\4\0", 17,
		"result=53\n: result 53");
}
END_TEST

START_TEST(cldap_attribute_may_have_no_value_and_any_case)
{
	expect_answer(&query_cldap,
		"\x30\x29" HEAD "\x64\x21\4\0\x30\x1d"
		"\x30\x0f\x04\x0a"
		"VENDORNAME\x31\1"
		"x"
		"\x30\x0a\4\3"
		"foo\x31\3\4\1"
		"a"
		"\x30\x0f" HEAD "\x65\7\x0a\1\0\4\0\4\0",
		60, "no answer"); /* a SET of no OCTET STRING */
	expect_answer(&query_cldap,
		"\x30\x26" HEAD "\x64\x1e\4\0\x30\x1a"
		"\x30\x0e\x04\x0a"
		"vendorName\x31\0"
		"\x30\x08\x04\1"
		"f\x31\3\4\1"
		"a"
		"\x30\x0f" HEAD "\x65\7\x0a\1\0\4\0\4\0",
		57, "result=0\n: result 0");
	expect_answer(&query_cldap,
		"\x30\x1f" HEAD "\x64\x17\4\0\x30\x13"
		"\x30\x11\x04\x0a"
		"VENDORNAME\x31\3\4\1"
		"x"
		"\x30\x0f" HEAD "\x65\7\x0a\1\0\4\0\4\0",
		50, "result=0\nvendor=x\n: x");
}
END_TEST

START_TEST(cldap_lengths_that_lie_are_no_answer)
{
	static const uint8_t lengths[] = {2, 4, 11, 13, 16, 18, 20, 42, 44};

	for (size_t i = 0; i < sizeof lengths; i++) {
		expect_edited(&query_cldap, samba_root_dse, sizeof samba_root_dse, lengths[i],
			"\x80", 1, "no answer");
		expect_edited(&query_cldap, samba_root_dse, sizeof samba_root_dse, lengths[i],
			"\xff", 1, "no answer");
	}
}
END_TEST

START_TEST(cldap_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_cldap, samba_root_dse, sizeof samba_root_dse, sizeof samba_root_dse);
	expect_matters(&query_cldap, samba_root_dse, sizeof samba_root_dse, 3, 9);
	expect_matters(&query_cldap, samba_root_dse, sizeof samba_root_dse,
		sizeof samba_root_dse - 15, sizeof samba_root_dse - 9);
}
END_TEST

UNIT_MAIN("query/cldap", cldap_question_is_for_four_attributes_of_the_root,
	cldap_tells_host_and_domain, cldap_result_without_an_entry_is_an_answer,
	cldap_attribute_may_have_no_value_and_any_case, cldap_lengths_that_lie_are_no_answer,
	cldap_answer_is_whole_and_of_its_token)
