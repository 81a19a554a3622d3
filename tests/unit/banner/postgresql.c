/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "binary.h"

#define SSL_REQUEST "> \\x00\\x00\\x00\\x08\\x04\\xd2\\x16/\n"
#define STARTUP_WORDS                                                                              \
	"\\x00\\x00\\x00C\\x00\\x03\\x00\\x00user\\x00netprobe\\x00database\\x00netprobe\\x00"     \
	"application_name\\x00netprobe\\x00\\x00"
#define STARTUP   "> " STARTUP_WORDS
#define TERMINATE "X\\x00\\x00\\x00\\x04\n"
#define REFUSED_TLS                                                                                \
	"> \\x00\\x00\\x00\\x08\\x04\\xd2\\x16/" STARTUP_WORDS /* two turns of ours, one line */

static const struct machine_setup plain;
static const struct machine_setup upgrading = {.upgrade = true};
static const struct machine_setup wrapped = {.upgrade = true, .secure = true};

static void put_message(struct strbuf *out, char kind, const void *payload, size_t len)
{
	strbuf_putc(out, kind);
	put(out, 4 + len, 4);
	strbuf_add(out, payload, len);
}

static void expect_built(
	const struct machine_setup *setup, struct strbuf *replies, const char *expected)
{
	talk_expect_text(protocol_of(PROTOCOL_POSTGRESQL), setup, replies, expected);
	strbuf_release(replies);
}

static void expect_message(const char *before, const struct machine_setup *setup, char kind,
	const void *payload, size_t len, const char *expected)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, before);
	put_message(&replies, kind, payload, len);
	expect_built(setup, &replies, expected);
}

static void expect_bytes(
	const struct machine_setup *setup, const char *replies, size_t len, const char *expected)
{
	talk_expect_bytes(protocol_of(PROTOCOL_POSTGRESQL), setup, replies, len, expected);
}

static const char scram[] = "\0\0\0\x0aSCRAM-SHA-256\0";
static const char scram_plus[] = "\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0";

START_TEST(postgresql_is_asked_for_tls_and_then_for_the_way_to_log_in)
{
	expect_message("S", &upgrading, 'R', scram_plus, sizeof scram_plus,
		SSL_REQUEST "upgrade\n" STARTUP "\nwant done, complete\n"
			    "starttls=yes\nauth=[scram-sha-256-plus|scram-sha-256]\n");
}
END_TEST

START_TEST(postgresql_without_tls_goes_on_in_the_clear)
{
	expect_message("N", &upgrading, 'R', scram, sizeof scram,
		REFUSED_TLS "\nwant done, complete\nstarttls=no\nauth=[scram-sha-256]\n");
}
END_TEST

START_TEST(postgresql_is_not_asked_for_tls_where_none_is_wanted_or_it_stands)
{
	expect_message("", &plain, 'R', scram, sizeof scram,
		STARTUP "\nwant done, complete\nauth=[scram-sha-256]\n");
	expect_message("", &wrapped, 'R', scram, sizeof scram,
		STARTUP "\nwant done, complete\nauth=[scram-sha-256]\n");
}
END_TEST

static void expect_auth(uint32_t number, const char *method)
{
	struct strbuf payload = {0}, expected = {0};

	put(&payload, number, 4);
	if (number == 5)
		strbuf_puts(&payload, "salt");
	strbuf_printf(&expected, STARTUP "%s\nwant done, complete\nauth=[%s]\n",
		number == 0 ? "X\\x00\\x00\\x00\\x04" : "", method);
	expect_message("", &plain, 'R', payload.text, payload.len, expected.text);
	strbuf_release(&payload);
	strbuf_release(&expected);
}

/* Terminate is for the one that let us in: the others would complain about it in their logs. */
START_TEST(postgresql_names_each_way_to_log_in)
{
	expect_auth(0, "trust");
	expect_auth(2, "krb5");
	expect_auth(3, "password");
	expect_auth(4, "crypt");
	expect_auth(5, "md5");
	expect_auth(6, "scm");
	expect_auth(7, "gss");
	expect_auth(9, "sspi");
	expect_auth(1, "1");
	expect_auth(13, "13");
	expect_auth(UINT32_MAX, "4294967295");
}
END_TEST

START_TEST(postgresql_that_turns_us_away_says_why)
{
	static const char no_entry[] = "SFATAL\0VFATAL\0C28000\0"
				       "Mno pg_hba.conf entry for host \"10.0.0.9\"\0"
				       "Fauth.c\0L543\0RClientAuthentication\0";

	expect_message("N", &upgrading, 'E', no_entry, sizeof no_entry,
		REFUSED_TLS "\nwant done, complete\nstarttls=no\nseverity=FATAL\ncode=28000\n"
			    "message=no pg_hba.conf entry for host \"10.0.0.9\"\n");
}
END_TEST

START_TEST(postgresql_severity_is_the_untranslated_one)
{
	static const char both[] = "SFATALE\0VFATAL\0C3D000\0Mnon esiste\0";
	static const char one[] = "SFATALE\0C3D000\0Mnon esiste\0";

	expect_message("", &plain, 'E', both, sizeof both,
		STARTUP "\nwant done, complete\nseverity=FATAL\ncode=3D000\n"
			"message=non esiste\n");
	expect_message("", &plain, 'E', one, sizeof one,
		STARTUP "\nwant done, complete\nseverity=FATALE\ncode=3D000\n"
			"message=non esiste\n");
}
END_TEST

START_TEST(postgresql_pgbouncer_does_not_know_our_database)
{
	static const char reply[] = "SFATAL\0VFATAL\0C3D000\0Mno such database: netprobe\0";

	expect_message("N", &upgrading, 'E', reply, sizeof reply,
		REFUSED_TLS "\nwant done, complete\nstarttls=no\nseverity=FATAL\ncode=3D000\n"
			    "message=no such database: netprobe\n");
}
END_TEST

START_TEST(postgresql_may_answer_the_question_for_tls_with_an_error)
{
	static const char reply[] = "SFATAL\0C53300\0Msorry, too many clients already\0";

	expect_message("", &upgrading, 'E', reply, sizeof reply,
		SSL_REQUEST "want done, complete\nseverity=FATAL\ncode=53300\n"
			    "message=sorry, too many clients already\n");
}
END_TEST

START_TEST(postgresql_errors_of_old_have_no_length)
{
	static const char old[] = "EFATAL:  unsupported frontend protocol\n";

	expect_bytes(&upgrading, old, sizeof old,
		SSL_REQUEST "want done, complete\n"
			    "message=FATAL:  unsupported frontend protocol\n");
	expect_bytes(&plain, old, sizeof old,
		STARTUP "\nwant done, complete\n"
			"message=FATAL:  unsupported frontend protocol\n");
	expect_bytes(&plain, "E\n\r\n\0\0", 6, STARTUP "\nwant done, complete\nmessage=\n");
}
END_TEST

START_TEST(postgresql_passes_over_notices_and_versions)
{
	struct strbuf replies = {0};

	put_message(&replies, 'v', "\0\3\0\0\0\0\0\0", 8);
	put_message(&replies, 'N', "SNOTICE\0Mhello\0\0", 16);
	put_message(&replies, 'R', "\0\0\0\0", 4);
	expect_built(&plain, &replies, STARTUP TERMINATE "want done, complete\nauth=[trust]\n");
}
END_TEST

/* CVE-2021-23222: whoever sits between may put plain text behind the S. */
START_TEST(postgresql_leaves_what_follows_the_s_to_tls)
{
	struct machine *m = machine_new(protocol_of(PROTOCOL_POSTGRESQL), &upgrading);

	machine_start(m);
	strbuf_reset(&m->say);
	ck_assert_int_eq(machine_feed(m, "SR\0\0\0\x08\0\0\0\0", 10), MACHINE_UPGRADE);
	ck_assert_uint_eq(m->held.len, 9);
	ck_assert_uint_eq(m->say.len, 0);
	ck_assert_ptr_null(facts_get(&m->facts, 1));
	ck_assert(!m->complete);
	machine_free(m);
}
END_TEST

START_TEST(postgresql_is_not_what_answers_in_other_words)
{
	static const char *const others[] = {"HTTP/1.1 400 Bad Request\r\n", "220 ready\r\n",
		"-ERR unknown command\r\n", "\x15\x03\x03", "* OK\r\n", "s", "n", "R", "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect_bytes(
			&upgrading, others[i], strlen(others[i]), SSL_REQUEST "want mismatch\n");
	expect_bytes(&upgrading, "NO, never\n", 10, REFUSED_TLS "\nwant mismatch\nstarttls=no\n");
	expect_bytes(&plain, "S", 1, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "\0\0\0\0\0", 5, STARTUP "\nwant mismatch\n");
}
END_TEST

START_TEST(postgresql_error_without_nul_is_somebody_elses)
{
	expect_bytes(&upgrading, "ERROR\r\n", 7, SSL_REQUEST "want mismatch\n");
	expect_bytes(&plain, "ERROR\r\n", 7, STARTUP "\nwant mismatch\n");
	expect_bytes(&upgrading, "ERR", 3, SSL_REQUEST "want more\n");
}
END_TEST

/* It does not take the end of the connection to know. */
START_TEST(postgresql_error_of_old_is_bounded)
{
	struct machine *m = machine_new(protocol_of(PROTOCOL_POSTGRESQL), &plain);
	struct strbuf reply = {0};

	strbuf_putc(&reply, 'E');
	strbuf_pad(&reply, 'x', 29998);
	machine_start(m);
	ck_assert_int_eq(machine_feed(m, reply.text, reply.len), MACHINE_MORE);
	ck_assert_int_eq(machine_feed(m, "x", 1), MACHINE_MISMATCH);
	machine_free(m);
	strbuf_putc(&reply, 'x');
	strbuf_putc(&reply, '\0');
	expect_built(&plain, &reply, STARTUP "\nwant mismatch\n");
}
END_TEST

START_TEST(postgresql_rejects_lengths_that_lie)
{
	expect_bytes(&plain, "R\0\0\0\0", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "R\0\0\0\3", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "R\0\0\0\4", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "R\0\0\0\7\0\0\0", 8, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "R\0\0\x75\x30", 5, STARTUP "\nwant more\n");
	expect_bytes(&plain, "R\0\0\x75\x31", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "R\xff\xff\xff\xff", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "v\x80\0\0\0", 5, STARTUP "\nwant mismatch\n");
	expect_bytes(&plain, "N\0\0\0\4N\0\0\0\4", 10, STARTUP "\nwant more\n");
}
END_TEST

static void expect_mismatch_of(const char *fields, size_t len, const char *facts)
{
	struct strbuf expected = {0};

	strbuf_printf(&expected, STARTUP "\nwant mismatch\n%s", facts);
	expect_message("", &plain, 'E', fields, len, expected.text);
	strbuf_release(&expected);
}

START_TEST(postgresql_rejects_lists_and_fields_without_an_end)
{
	expect_message("", &plain, 'R', "\0\0\0\x0aPLAIN", 9, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'R', "\0\0\0\x0a", 4, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'R', "\0\0\0\x0a\0", 5, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'E', "", 0, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'E', "\0", 1, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'E', "Xabc", 4, STARTUP "\nwant mismatch\n");
	expect_message("", &plain, 'E', "Xabc\0", 5, STARTUP "\nwant mismatch\n");
	expect_mismatch_of("Mabc\0", 5, "message=abc\n");
	expect_mismatch_of("Mabc\0Xdef", 9, "message=abc\n");
}
END_TEST

START_TEST(postgresql_that_stops_anywhere_is_not_complete)
{
	struct strbuf replies = {0};

	put_message(&replies, 'R', scram_plus, sizeof scram_plus);
	expect_bytes(&upgrading, "", 0, SSL_REQUEST "want more\n");
	for (size_t len = 0; len < replies.len; len++)
		expect_bytes(&plain, replies.text, len, STARTUP "\nwant more\n");
	strbuf_release(&replies);
}
END_TEST

START_TEST(postgresql_bytes_of_any_value_stay_what_they_are)
{
	static const char error[] = "S\x1b[2J\0C\xff\0M\xe2\x80\xaehi\n\0";
	static const char sasl[] = "\0\0\0\x0a\x1b]0;X\0\xff\0";

	expect_message("", &plain, 'E', error, sizeof error,
		STARTUP "\nwant done, complete\nseverity=\\x1b[2J\ncode=\\xff\n"
			"message=\\xe2\\x80\\xaehi\\n\n");
	expect_message("", &plain, 'R', sasl, sizeof sasl,
		STARTUP "\nwant done, complete\nauth=[\\x1b]0;x|\\xff]\n");
}
END_TEST

START_TEST(postgresql_headline_is_how_to_log_in_or_why_not)
{
	static const char error[] = "E\0\0\0\x0cMno way\0";
	struct strbuf replies = {0};

	put_message(&replies, 'R', scram_plus, sizeof scram_plus);
	headline_expect(protocol_of(PROTOCOL_POSTGRESQL), &plain, replies.text, replies.len,
		"PostgreSQL, scram-sha-256-plus, scram-sha-256");
	headline_expect(protocol_of(PROTOCOL_POSTGRESQL), &plain, "R\0\0\0\x08\0\0\0\5", 9,
		"PostgreSQL, md5");
	headline_expect(protocol_of(PROTOCOL_POSTGRESQL), &plain, error, sizeof error, "no way");
	headline_expect(protocol_of(PROTOCOL_POSTGRESQL), &plain, "", 0, "");
	strbuf_release(&replies);
}
END_TEST

UNIT_MAIN("banner/postgresql", postgresql_is_asked_for_tls_and_then_for_the_way_to_log_in,
	postgresql_without_tls_goes_on_in_the_clear,
	postgresql_is_not_asked_for_tls_where_none_is_wanted_or_it_stands,
	postgresql_names_each_way_to_log_in, postgresql_that_turns_us_away_says_why,
	postgresql_severity_is_the_untranslated_one,
	postgresql_pgbouncer_does_not_know_our_database,
	postgresql_may_answer_the_question_for_tls_with_an_error,
	postgresql_errors_of_old_have_no_length, postgresql_passes_over_notices_and_versions,
	postgresql_leaves_what_follows_the_s_to_tls, postgresql_is_not_what_answers_in_other_words,
	postgresql_error_without_nul_is_somebody_elses, postgresql_error_of_old_is_bounded,
	postgresql_rejects_lengths_that_lie, postgresql_rejects_lists_and_fields_without_an_end,
	postgresql_that_stops_anywhere_is_not_complete,
	postgresql_bytes_of_any_value_stay_what_they_are,
	postgresql_headline_is_how_to_log_in_or_why_not)
