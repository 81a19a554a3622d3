/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/machines.h"
#include "../unit.h"
#include "talk_check.h"

#define PING           "> PING\\r\\n\n"
#define PING_INFO      "> PING\\r\\nINFO server\\r\\n\n"
#define PING_QUIT      "> PING\\r\\nQUIT\\r\\n\n"
#define PING_INFO_QUIT "> PING\\r\\nINFO server\\r\\nQUIT\\r\\n\n"

static void expect(const char *replies, const char *expected)
{
	struct machine_setup setup = {0};

	talk_expect(&protocol_redis, &setup, replies, expected);
}

START_TEST(redis_tells_its_version)
{
	expect("+PONG\r\n$73\r\n# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"
	       "os:Linux x86_64\r\n\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\nversion=7.0.15\nmode=standalone\n"
			       "os=Linux x86_64\nauth_required=no\n");
}
END_TEST

START_TEST(redis_takes_only_what_the_bulk_string_holds)
{
	expect("+PONG\r\n$20\r\nredis_version:7.0.15\r\nos:none\r\n",
		PING_INFO_QUIT "want done, complete\nversion=7.0.15\nauth_required=no\n");
	expect("+PONG\r\n$17\r\nredis_version:7.0.15\r\n",
		PING_INFO_QUIT "want more, complete\nversion=7.0\nauth_required=no\n");
	expect("+PONG\r\n$0\r\n\r\n+OK\r\n", PING_INFO_QUIT "want done, complete\n");
}
END_TEST

START_TEST(redis_keeps_the_version_that_valkey_is_compatible_with)
{
	expect("+PONG\r\n$84\r\nredis_version:7.2.4\r\nserver_name:valkey\r\n"
	       "valkey_version:8.1.0\r\nredis_mode:cluster\r\n\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\ndetail: Valkey\nversion=7.2.4\nmode=cluster\n"
			       "auth_required=no\n");
	expect("+PONG\r\n$20\r\nvalkey_version:8.1.0\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\nversion=8.1.0\nauth_required=no\n");
}
END_TEST

START_TEST(redis_says_that_it_wants_a_password)
{
	expect("-NOAUTH Authentication required.\r\n+OK\r\n",
		PING_QUIT "want done, complete\nauth_required=yes\n"
			  "error=NOAUTH Authentication required.\n");
	expect("-ERR operation not permitted\r\n+OK\r\n",
		PING_QUIT "want done, complete\nauth_required=yes\n"
			  "error=ERR operation not permitted\n");
	expect("+PONG\r\n-NOAUTH Authentication required.\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\nauth_required=yes\n"
			       "error=NOAUTH Authentication required.\n");
}
END_TEST

START_TEST(redis_says_why_it_will_not_talk)
{
	expect("-DENIED Redis is running in protected mode.\r\n",
		PING_QUIT "want more, complete\n"
			  "error=DENIED Redis is running in protected mode.\n");
	expect("-ERR max number of clients reached\r\n",
		PING_QUIT "want more, complete\nerror=ERR max number of clients reached\n");
	expect("-DENIED Redis is running in protected mode.",
		PING "want more, complete\n"
		     "error=DENIED Redis is running in protected mode.\n");
	expect("+PONG\r\n-NOPERM this user has no permissions\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\nerror=NOPERM this user has no permissions\n");
}
END_TEST

START_TEST(redis_is_asked_on_while_it_loads)
{
	expect("-LOADING Redis is loading the dataset in memory\r\n"
	       "$20\r\nredis_version:7.0.15\r\n+OK\r\n",
		PING_INFO_QUIT "want done, complete\nversion=7.0.15\nauth_required=no\n"
			       "error=LOADING Redis is loading the dataset in memory\n");
}
END_TEST

START_TEST(redis_is_known_once_it_answered)
{
	expect("", PING "want more\n");
	expect("+PON", PING "want more\n");
	expect("+PONG\r\n", PING_INFO "want more, complete\n");
	expect("+PONG\r\n$1000\r\nredis_version:7.0.15\r\n",
		PING_INFO "want more, complete\nversion=7.0.15\n");
}
END_TEST

START_TEST(redis_says_what_is_not_redis)
{
	expect("HTTP/1.1 400 Bad Request\r\n\r\n", PING "want mismatch\n");
	expect("ERROR\r\n", PING "want mismatch\n");
	expect("+OK POP3 ready\r\n", PING "want mismatch\n");
	expect("+PONGX\r\n", PING "want mismatch\n");
	expect("- no\r\n", PING "want mismatch\n");
	expect("-err no\r\n", PING "want mismatch\n");
	expect("$4\r\nPONG\r\n", PING "want mismatch\n");
	expect("\r\n", PING "want mismatch\n");
}
END_TEST

START_TEST(redis_does_not_believe_a_length_that_is_none)
{
	static const char *const lengths[] = {
		"$-1", "$", "$x", "$ 5", "$99999999999999999999", "+5", ""};

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct strbuf replies = {0};

		strbuf_printf(&replies, "+PONG\r\n%s\r\n+OK\r\n", lengths[i]);
		expect(replies.text, PING_INFO_QUIT "want done, complete\n");
		strbuf_release(&replies);
	}
}
END_TEST

/* Whatever length was announced, what is looked at and what is kept has an end. */
START_TEST(redis_reads_64_kib_of_a_huge_answer)
{
	struct machine_setup setup = {0};
	struct strbuf replies = {0};
	struct machine *m = machine_new(&protocol_redis, &setup);

	strbuf_puts(&replies, "+PONG\r\n$18446744073709551615\r\nredis_version:7.0.15\r\n");
	for (int i = 0; i < 8000; i++)
		strbuf_puts(&replies, "padding:1\r\n");
	talk_expect(&protocol_redis, &setup, replies.text,
		PING_INFO "want done, complete\nversion=7.0.15\n");
	strbuf_reset(&replies);
	strbuf_pad(&replies, 'x', 1 << 20);
	machine_start(m);
	machine_feed(m, "+PONG\r\n$9999999\r\n", 17);
	for (int i = 0; i < 1 << 16 && m->want == MACHINE_MORE; i++) {
		machine_feed(m, "x", 1);
		ck_assert_uint_le(m->held.len, MACHINE_LINE_MAX);
	}
	ck_assert_int_eq(m->want, MACHINE_DONE);
	machine_free(m);
	strbuf_release(&replies);
}
END_TEST

/* The rest of a long line is not skipped beyond the end of the bulk string. */
START_TEST(redis_ends_a_long_line_with_its_string)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, "+PONG\r\n$9000\r\n");
	strbuf_pad(&replies, 'x', 9000);
	strbuf_puts(&replies, "\r\n+OK\r\n");
	expect(replies.text, PING_INFO_QUIT "want done, complete\n");
	strbuf_release(&replies);
}
END_TEST

START_TEST(redis_counts_lines)
{
	struct machine_setup setup = {.line_limit = 3};

	talk_expect(&protocol_redis, &setup,
		"+PONG\r\n$99\r\nredis_version:1\r\nos:x\r\nredis_mode:y\r\n",
		PING_INFO "want done, complete, over limit\nversion=1\n");
}
END_TEST

START_TEST(redis_takes_any_bytes_for_text)
{
	static const char replies[] =
		"+PONG\r\n$22\r\nredis_version:\x1b[2J\0\xff\x80\n\r\n+OK\r\n";
	struct machine_setup setup = {0};

	talk_expect_bytes(&protocol_redis, &setup, replies, sizeof replies - 1,
		PING_INFO_QUIT "want done, complete\nversion=\\x1b[2J\\x00\\xff\\x80\n"
			       "auth_required=no\n");
}
END_TEST

static void expect_headline(const char *replies, const char *expected)
{
	struct machine_setup setup = {0};
	struct machine *m = machine_new(&protocol_redis, &setup);
	struct strbuf line = {0};

	machine_feed(m, replies, strlen(replies));
	protocol_redis.headline(&m->facts, &line);
	ck_assert_str_eq(line.text, expected);
	strbuf_release(&line);
	machine_free(m);
}

START_TEST(redis_headline_has_version_and_mode_or_the_error)
{
	expect_headline("+PONG\r\n$99\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n",
		"Redis 7.0.15 standalone");
	expect_headline("+PONG\r\n", "Redis");
	expect_headline("-NOAUTH Authentication required.\r\n", "NOAUTH Authentication required.");
	expect_headline(
		"-DENIED It is protected. In this mode nobody may.\r\n", "DENIED It is protected.");
	expect_headline("-LOADING wait\r\n$99\r\nredis_version:7.0.15\r\n", "Redis 7.0.15");
}
END_TEST

UNIT_MAIN("banner/redis", redis_tells_its_version, redis_takes_only_what_the_bulk_string_holds,
	redis_keeps_the_version_that_valkey_is_compatible_with, redis_says_that_it_wants_a_password,
	redis_says_why_it_will_not_talk, redis_is_asked_on_while_it_loads,
	redis_is_known_once_it_answered, redis_says_what_is_not_redis,
	redis_does_not_believe_a_length_that_is_none, redis_reads_64_kib_of_a_huge_answer,
	redis_ends_a_long_line_with_its_string, redis_counts_lines, redis_takes_any_bytes_for_text,
	redis_headline_has_version_and_mode_or_the_error)
