/* SPDX-License-Identifier: MIT */
#include "answers.h"

START_TEST(dns_question_is_version_bind_under_the_token)
{
	static const uint8_t question[] = {
		0xcd, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, /* id, RD, one question */
		7, 'v', 'e', 'r', 's', 'i', 'o', 'n', 4, 'b', 'i', 'n', 'd', 0, /* its name */
		0, 16, 0, 3,                                                    /* TXT CH */
	};

	expect_question(&query_dns, question, sizeof question, true);
}
END_TEST

START_TEST(dns_second_question_is_for_the_servers_of_the_root)
{
	static const uint8_t question[] = {0xcd, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

	expect_question(&query_dns_root, question, sizeof question, true);
}
END_TEST

START_TEST(dns_version_is_what_the_server_says)
{
	expect_answer(&query_dns, dnsmasq_version, sizeof dnsmasq_version,
		"rcode=NOERROR\nversion=dnsmasq-2.90\nauthoritative=yes\nrecursion=yes\nanswers=1\n"
		": dnsmasq-2.90");
	expect_answer(&query_dns, unbound_version, sizeof unbound_version,
		"rcode=NOERROR\nversion=unbound 1.17.1\nauthoritative=no\nrecursion=yes\n"
		"answers=1\n: unbound 1.17.1");
	expect_answer(&query_dns, bind_version, sizeof bind_version,
		"rcode=NOERROR\nversion=9.18.49-1~deb12u3-Debian\nauthoritative=yes\n"
		"recursion=no\nanswers=1\n: 9.18.49-1~deb12u3-Debian");
}
END_TEST

START_TEST(dns_without_a_version_has_its_rcode)
{
	expect_answer(&query_dns, bind_hidden_version, sizeof bind_hidden_version,
		"rcode=NOERROR\nauthoritative=yes\nrecursion=no\nanswers=0\n: NOERROR");
	expect_answer(&query_dns_root, dnsmasq_root_refused, sizeof dnsmasq_root_refused,
		"rcode=REFUSED\nauthoritative=no\nrecursion=yes\nanswers=0\n: REFUSED");
	expect_answer(&query_dns_root, bind_root, sizeof bind_root,
		"rcode=NOERROR\nauthoritative=yes\nrecursion=yes\nanswers=2\n: NOERROR");
}
END_TEST

START_TEST(dns_error_may_leave_the_question_out)
{
	static const uint8_t formerr[] = {0xcd, 0xef, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t noerror[] = {0xcd, 0xef, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0};

	expect_answer(&query_dns, formerr, sizeof formerr,
		"rcode=FORMERR\nauthoritative=no\nrecursion=no\nanswers=0\n: FORMERR");
	expect_refused(&query_dns, noerror, sizeof noerror);
}
END_TEST

START_TEST(dns_strings_of_an_answer_are_one_version)
{
	expect_edited(&query_dns, dnsmasq_version, sizeof dnsmasq_version, 42,
		"\6foobar\5x\x1b\n\0y", 13,
		"rcode=NOERROR\nversion=foobarx\\x1b\\n\\x00y\nauthoritative=yes\nrecursion=yes\n"
		"answers=1\n: foobarx\\x1b");
}
END_TEST

START_TEST(dns_string_that_ends_behind_its_record_is_none)
{
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 42, "\x0d", 1, "no answer");
}
END_TEST

START_TEST(dns_counts_that_lie_are_no_answer)
{
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 4, "\0\2", 2, "no answer");
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 6, "\xff\xff", 2, "no answer");
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 10, "\0\1", 2, "no answer");
}
END_TEST

START_TEST(dns_labels_of_an_unknown_kind_are_no_answer)
{
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 30, "\x40", 1, "no answer");
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 30, "\x80", 1, "no answer");
}
END_TEST

START_TEST(dns_pointers_of_a_records_name_are_not_followed)
{
	expect_edited(&query_dns, dnsmasq_version, sizeof dnsmasq_version, 30, "\xc0\x1e", 2,
		"rcode=NOERROR\nversion=dnsmasq-2.90\nauthoritative=yes\nrecursion=yes\nanswers=1\n"
		": dnsmasq-2.90");
}
END_TEST

START_TEST(dns_answer_is_to_the_id_and_the_question_that_was_asked)
{
	expect_matters(&query_dns, dnsmasq_version, sizeof dnsmasq_version, 0, 2);
	expect_matters(&query_dns, dnsmasq_version, sizeof dnsmasq_version, 12, 30);
	expect_edited(&query_dns, dnsmasq_version, sizeof dnsmasq_version, 2, "\5", 1, "no answer");
	expect_edited(
		&query_dns, dnsmasq_version, sizeof dnsmasq_version, 2, "\x95", 1, "no answer");
	expect_refused(&query_dns, bind_root, sizeof bind_root);
	expect_refused(&query_dns_root, dnsmasq_version, sizeof dnsmasq_version);
}
END_TEST

START_TEST(dns_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_dns, dnsmasq_version, sizeof dnsmasq_version, sizeof dnsmasq_version);
	expect_bound(&query_dns, bind_hidden_version, sizeof bind_hidden_version,
		sizeof bind_hidden_version);
	expect_bound(&query_dns_root, bind_root, sizeof bind_root, sizeof bind_root);
}
END_TEST

UNIT_MAIN("query/dns", dns_question_is_version_bind_under_the_token,
	dns_second_question_is_for_the_servers_of_the_root, dns_version_is_what_the_server_says,
	dns_without_a_version_has_its_rcode, dns_error_may_leave_the_question_out,
	dns_strings_of_an_answer_are_one_version, dns_string_that_ends_behind_its_record_is_none,
	dns_counts_that_lie_are_no_answer, dns_labels_of_an_unknown_kind_are_no_answer,
	dns_pointers_of_a_records_name_are_not_followed,
	dns_answer_is_to_the_id_and_the_question_that_was_asked,
	dns_answer_is_whole_and_of_its_token)
