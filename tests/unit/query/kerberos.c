/* SPDX-License-Identifier: MIT */
#include "answers.h"

enum { QUESTION = 159, FIRST_REALM = 61, SECOND_REALM = 103, NONCE = 142 };
enum { STIME = 20, CODE = 46, CREALM = 51 };

/* The bytes between are a table in kerberos.c: here are its frame and what the token is put into.
 */
START_TEST(kerberos_question_is_for_a_realm_that_the_token_names)
{
	uint8_t question[QUERY_MAX];

	ck_assert_uint_eq(query_kerberos.make(&asked_token, question), QUESTION);
	ck_assert_mem_eq(question, "\x6a\x81\x9c\x30\x81\x99\xa1\3\2\1\5\xa2\3\2\1\x0a", 16);
	ck_assert_mem_eq(question + FIRST_REALM - 3, "NP-0123456789ABCDEF", 19);
	ck_assert_mem_eq(question + SECOND_REALM - 3, "NP-0123456789ABCDEF", 19);
	ck_assert_mem_eq(question + NONCE - 2, "\2\4\x49\xab\xcd\xef", 6);
	expect_question(&query_kerberos, question, QUESTION, true);
}
END_TEST

static void expect_error(const uint8_t *bytes, size_t len, const char *rest)
{
	struct strbuf expected = {0};

	strbuf_puts(&expected, "error_code=6\nerror=KDC_ERR_C_PRINCIPAL_UNKNOWN\ntime=");
	strbuf_add(&expected, bytes + STIME, 15);
	strbuf_puts(&expected, rest);
	strbuf_puts(&expected, ": KDC_ERR_C_PRINCIPAL_UNKNOWN");
	expect_answer(&query_kerberos, bytes, len, expected.text);
	strbuf_release(&expected);
}

START_TEST(kerberos_error_tells_the_time)
{
	expect_error(mit_krb_error, sizeof mit_krb_error, "\ntext=CLIENT_NOT_FOUND\n");
	expect_error(heimdal_krb_error, sizeof heimdal_krb_error, "\n");
}
END_TEST

/* As Active Directory sends clients to the realm that it knows (RFC 6806, section 7). */
START_TEST(kerberos_realm_that_is_not_ours_is_the_servers)
{
	uint8_t copy[sizeof heimdal_krb_error];
	struct strbuf expected = {0};

	memcpy(copy, heimdal_krb_error, sizeof copy);
	copy[CODE] = 68;
	memcpy(copy + CREALM, "EXAMPLE.NET........", 19);
	strbuf_puts(&expected, "error_code=68\nerror=KDC_ERR_WRONG_REALM\n"
			       "realm=EXAMPLE.NET........\ntime=");
	strbuf_add(&expected, copy + STIME, 15);
	strbuf_puts(&expected, "\n: realm EXAMPLE.NET........");
	expect_answer(&query_kerberos, copy, sizeof copy, expected.text);
	strbuf_release(&expected);
}
END_TEST

START_TEST(kerberos_error_without_our_realm_is_not_to_us)
{
	static const uint8_t anonymous[] = {
		0x7e, 17, 0x30, 15, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 30, 0xa6, 3, 2, 1, 68};

	expect_refused(&query_kerberos, anonymous, sizeof anonymous);
}
END_TEST

START_TEST(kerberos_fields_are_in_order_and_what_they_should_be)
{
	expect_matters(&query_kerberos, mit_krb_error, sizeof mit_krb_error, 0, 18);
	expect_edited(
		&query_kerberos, mit_krb_error, sizeof mit_krb_error, 16, "\xa1", 1, "no answer");
	expect_edited(
		&query_kerberos, mit_krb_error, sizeof mit_krb_error, 16, "\xad", 1, "no answer");
}
END_TEST

START_TEST(kerberos_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_kerberos, mit_krb_error, sizeof mit_krb_error, sizeof mit_krb_error);
	expect_bound(&query_kerberos, heimdal_krb_error, sizeof heimdal_krb_error,
		sizeof heimdal_krb_error);
}
END_TEST

UNIT_MAIN("query/kerberos", kerberos_question_is_for_a_realm_that_the_token_names,
	kerberos_error_tells_the_time, kerberos_realm_that_is_not_ours_is_the_servers,
	kerberos_error_without_our_realm_is_not_to_us,
	kerberos_fields_are_in_order_and_what_they_should_be,
	kerberos_answer_is_whole_and_of_its_token)
