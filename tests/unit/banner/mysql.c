/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "binary.h"

enum { PROTOCOL_41 = 0x200, SSL = 0x800, SECURE = 0x8000, PLUGIN_AUTH = 0x80000 };
enum { OLD_FLAGS = PROTOCOL_41 | SECURE, FLAGS = OLD_FLAGS | PLUGIN_AUTH };

#define SSL_REQUEST                                                                                \
	">  "                                                                                      \
	"\\x00\\x00\\x01\\x01\\x8a\\x00\\x00\\x00\\x00\\x00\\x01-"                                 \
	"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"                             \
	"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n"

static const struct machine_setup plain;
static const struct machine_setup upgrading = {.upgrade = true};

struct server {
	const char *version;
	uint32_t thread, flags;
	uint8_t charset;
	const char *plugin;
	bool without_nul; /* behind the plugin's name */
};

static void put_le(struct strbuf *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(out, value >> 8 * i & 0xff, 1);
}

static void put_packet(struct strbuf *out, uint8_t sequence, const struct strbuf *payload)
{
	put_le(out, payload->len, 3);
	put(out, sequence, 1);
	strbuf_add(out, payload->text, payload->len);
}

static void put_payload(struct strbuf *out, const struct server *s)
{
	put(out, 10, 1);
	put_string(out, s->version);
	put_le(out, s->thread, 4);
	strbuf_puts(out, "scramble");
	put(out, 0, 1);
	put_le(out, s->flags & 0xffff, 2);
	put(out, s->charset, 1);
	put_le(out, 2, 2);
	put_le(out, s->flags >> 16, 2);
	put(out, s->flags & PLUGIN_AUTH ? 21 : 0, 1);
	strbuf_pad(out, '\0', 10);
	put_string(out, "moreScramble");
	if (s->plugin)
		strbuf_add(out, s->plugin, strlen(s->plugin) + !s->without_nul);
}

static void put_greeting(struct strbuf *out, const struct server *s)
{
	struct strbuf payload = {0};

	put_payload(&payload, s);
	put_packet(out, 0, &payload);
	strbuf_release(&payload);
}

static void expect_built(
	const struct machine_setup *setup, struct strbuf *replies, const char *expected)
{
	talk_expect_text(protocol_of(PROTOCOL_MYSQL), setup, replies, expected);
	strbuf_release(replies);
}

static void expect_greeting(
	const struct machine_setup *setup, const struct server *s, const char *expected)
{
	struct strbuf replies = {0};

	put_greeting(&replies, s);
	expect_built(setup, &replies, expected);
}

static void expect_bytes(const char *replies, size_t len, const char *expected)
{
	talk_expect_bytes(protocol_of(PROTOCOL_MYSQL), &plain, replies, len, expected);
}

static void expect_headline(const char *version, const char *expected)
{
	struct server s = {version, 1, FLAGS, 8, "x", false};
	struct strbuf replies = {0};

	put_greeting(&replies, &s);
	headline_expect(protocol_of(PROTOCOL_MYSQL), &plain, replies.text, replies.len, expected);
	strbuf_release(&replies);
}

START_TEST(mysql_8_is_told_with_all_that_its_greeting_holds)
{
	static const struct server s = {
		"8.0.36", 0x01020304, FLAGS | SSL, 255, "caching_sha2_password", false};

	expect_greeting(&plain, &s,
		"want done, complete\nprotocol=10\nversion=8.0.36\nthread=16909060\n"
		"auth_plugin=caching_sha2_password\ncharset=255\nstarttls=yes\n");
}
END_TEST

START_TEST(mysql_knows_the_shapes_of_many_servers)
{
	static const struct server mysql_5_7 = {
		"5.7.44-log", 7, FLAGS, 8, "mysql_native_password", false};
	static const struct server percona = {
		"8.0.35-27", 9, FLAGS, 45, "mysql_native_password", false};
	static const struct server mysql_5_0 = {"5.0.96-community", 3, OLD_FLAGS, 8, NULL, false};
	static const struct server mysql_5_5 = {
		"5.5.8", 3, FLAGS, 33, "mysql_native_password", true};

	expect_greeting(&plain, &mysql_5_7,
		"want done, complete\nprotocol=10\nversion=5.7.44-log\nthread=7\n"
		"auth_plugin=mysql_native_password\ncharset=8\nstarttls=no\n");
	expect_greeting(&plain, &percona,
		"want done, complete\nprotocol=10\nversion=8.0.35-27\nthread=9\n"
		"auth_plugin=mysql_native_password\ncharset=45\nstarttls=no\n");
	expect_greeting(&plain, &mysql_5_0,
		"want done, complete\nprotocol=10\nversion=5.0.96-community\nthread=3\n"
		"charset=8\nstarttls=no\n");
	expect_greeting(&plain, &mysql_5_5,
		"want done, complete\nprotocol=10\nversion=5.5.8\nthread=3\n"
		"auth_plugin=mysql_native_password\ncharset=33\nstarttls=no\n");
}
END_TEST

static void expect_version(const char *sent, const char *told)
{
	struct server s = {sent, 1, FLAGS, 8, "x", false};
	struct strbuf expected = {0};

	strbuf_printf(&expected,
		"want done, complete\nprotocol=10\nversion=%s\nthread=1\n"
		"auth_plugin=x\ncharset=8\nstarttls=no\n",
		told);
	expect_greeting(&plain, &s, expected.text);
	strbuf_release(&expected);
}

START_TEST(mysql_version_of_mariadb_loses_what_is_there_for_replicas)
{
	expect_version("5.5.5-10.11.6-MariaDB-0+deb12u1", "10.11.6-MariaDB-0+deb12u1");
	expect_version("11.4.2-MariaDB", "11.4.2-MariaDB");
	expect_version("5.5.5-m3-log", "5.5.5-m3-log");
	expect_version("5.5.5-", "5.5.5-");
	expect_version("5.5.5", "5.5.5");
	expect_version("5.5.50-1", "5.5.50-1");
}
END_TEST

START_TEST(mysql_goes_over_to_tls_where_it_is_offered_and_wanted)
{
	static const struct server offers = {"8.4.0", 1, FLAGS | SSL, 8, "p", false};
	static const struct server does_not = {"8.4.0", 1, FLAGS, 8, "p", false};
	static const struct machine_setup wrapped = {.upgrade = true, .secure = true};

	expect_greeting(&upgrading, &offers,
		SSL_REQUEST "upgrade\nwant done, complete\nprotocol=10\nversion=8.4.0\nthread=1\n"
			    "auth_plugin=p\ncharset=8\nstarttls=yes\n");
	expect_greeting(&upgrading, &does_not,
		"want done, complete\nprotocol=10\nversion=8.4.0\nthread=1\n"
		"auth_plugin=p\ncharset=8\nstarttls=no\n");
	expect_greeting(&wrapped, &offers,
		"want done, complete\nprotocol=10\nversion=8.4.0\nthread=1\n"
		"auth_plugin=p\ncharset=8\nstarttls=yes\n");
}
END_TEST

/* What was told in the clear is kept, whatever becomes of TLS. */
START_TEST(mysql_is_complete_before_tls_begins)
{
	static const struct server s = {"8.4.0", 1, FLAGS | SSL, 8, "p", false};
	struct machine *m = machine_new(protocol_of(PROTOCOL_MYSQL), &upgrading);
	struct strbuf replies = {0};

	put_greeting(&replies, &s);
	ck_assert_int_eq(machine_feed(m, replies.text, replies.len), MACHINE_UPGRADE);
	ck_assert(m->complete);
	ck_assert_uint_eq(m->say.len, 36);
	strbuf_release(&replies);
	machine_free(m);
}
END_TEST

static void expect_error(uint8_t sequence, uint16_t code, const char *text, const char *expected)
{
	struct strbuf replies = {0}, payload = {0};

	put(&payload, 0xff, 1);
	put_le(&payload, code, 2);
	strbuf_puts(&payload, text);
	put_packet(&replies, sequence, &payload);
	strbuf_release(&payload);
	expect_built(&upgrading, &replies, expected);
}

START_TEST(mysql_that_sends_us_away_says_why)
{
	expect_error(0, 1130, "Host '10.0.0.9' is not allowed to connect to this MySQL server",
		"want done, complete\nerror_code=1130\n"
		"error=Host '10.0.0.9' is not allowed to connect to this MySQL server\n");
	expect_error(0, 1129, "Host '10.0.0.9' is blocked because of many connection errors",
		"want done, complete\nerror_code=1129\n"
		"error=Host '10.0.0.9' is blocked because of many connection errors\n");
	expect_error(1, 1040, "#08004Too many connections",
		"want done, complete\nerror_code=1040\nerror=Too many connections\n");
	expect_error(0, 1040, "#0800", "want done, complete\nerror_code=1040\nerror=#0800\n");
	expect_error(0, 65535, "", "want done, complete\nerror_code=65535\nerror=\n");
}
END_TEST

START_TEST(mysql_of_protocol_9_has_a_version_and_a_thread)
{
	expect_bytes("\x1b\0\0\0\x09"
		     "3.20.32a\0\2\0\0\0scramble\0\xff\xff\xff\xff",
		31, "want done, complete\nprotocol=9\nversion=3.20.32a\nthread=2\n");
}
END_TEST

START_TEST(mysql_is_not_what_greets_in_other_words)
{
	static const char *const others[] = {
		"220 mail.example.net ESMTP\r\n",
		"SSH-2.0-OpenSSH_9.2p1\r\n",
		"HTTP/1.1 400 Bad Request\r\n",
		"+OK ready\r\n",
		"* OK ready\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect_bytes(others[i], strlen(others[i]), "want mismatch\n");
	expect_bytes("\x15\x03\x03\0\2\2\x46", 7, "want mismatch\n");   /* an alert of TLS */
	expect_bytes("\5\0\0\0\x0b\x08\5\x1a\0", 9, "want mismatch\n"); /* X protocol */
}
END_TEST

START_TEST(mysql_greeting_that_is_out_of_turn_is_none)
{
	static const struct server s = {"8.4.0", 1, FLAGS, 8, "p", false};
	struct strbuf replies = {0}, payload = {0};

	put_payload(&payload, &s);
	put_packet(&replies, 1, &payload);
	strbuf_release(&payload);
	expect_built(&plain, &replies, "want mismatch\n");
}
END_TEST

START_TEST(mysql_rejects_lengths_that_lie)
{
	expect_bytes("\0\0\0\0\x0a", 5, "want mismatch\n");
	expect_bytes("\0\0\0\0\xff\x10\4", 7, "want mismatch\n");
	expect_bytes("\7\0\1\0\x0a"
		     "8\0\1\0\0\0",
		11, "want mismatch\n");
	expect_bytes("\1\x10\0\0\x0a", 5, "want mismatch\n");
	expect_bytes("\0\x10\0\0\x0a", 5, "want more\n");
	expect_bytes("\xff\xff\xff\0\x0a", 5, "want mismatch\n");
	expect_bytes("\1\0\0\0\x0a", 5, "want mismatch\n");
	expect_bytes("\1\0\0\0\xff", 5, "want mismatch\n");
	expect_bytes("\2\0\0\0\xff\x10", 6, "want mismatch\n");
}
END_TEST

START_TEST(mysql_needs_a_version_and_a_thread)
{
	expect_bytes("\5\0\0\0\x0a"
		     "8.4.",
		9, "want mismatch\n"); /* no NUL */
	expect_bytes("\6\0\0\0\x0a\0\1\0\0\0", 10, "want mismatch\n");
	expect_bytes("\5\0\0\0\x0a"
		     "8\0\1\0\0\0",
		11, "want mismatch\n");
	expect_bytes("\7\0\0\0\x0a"
		     "8\0\1\0\0\0",
		11, "want done, complete\nprotocol=10\nversion=8\nthread=1\n");
}
END_TEST

/* The packet is whole, and ends anywhere: what was not read is not told. */
START_TEST(mysql_greeting_may_stop_behind_the_thread)
{
	static const struct server s = {"8.4.0", 1, FLAGS | SSL, 8, "p", false};
	struct strbuf all = {0};

	put_payload(&all, &s);
	for (size_t len = 11; len <= all.len; len++) {
		struct strbuf replies = {0}, payload = {0}, expected = {0};

		strbuf_add(&payload, all.text, len);
		put_packet(&replies, 0, &payload);
		strbuf_printf(&expected,
			"want done, complete\nprotocol=10\nversion=8.4.0\nthread=1\n%s%s%s",
			len > 51 ? "auth_plugin=p\n" : "", len > 22 ? "charset=8\n" : "",
			len > 21 ? "starttls=yes\n" : "");
		expect_built(&plain, &replies, expected.text);
		strbuf_release(&expected);
		strbuf_release(&payload);
	}
	strbuf_release(&all);
}
END_TEST

static void expect_scramble(uint8_t len, const char *plugin)
{
	static const struct server s = {"8.4.0", 1, FLAGS, 8, "p", false};
	struct strbuf payload = {0}, replies = {0}, expected = {0};

	put_payload(&payload, &s);
	payload.text[27] = (char)len;
	put_packet(&replies, 0, &payload);
	strbuf_release(&payload);
	strbuf_printf(&expected,
		"want done, complete\nprotocol=10\nversion=8.4.0\nthread=1\n%s"
		"charset=8\nstarttls=no\n",
		plugin);
	expect_built(&plain, &replies, expected.text);
	strbuf_release(&expected);
}

START_TEST(mysql_length_of_the_scramble_may_lie)
{
	expect_scramble(0, "auth_plugin=p\n");
	expect_scramble(7, "auth_plugin=p\n");
	expect_scramble(21, "auth_plugin=p\n");
	expect_scramble(24, "");
	expect_scramble(255, "");
}
END_TEST

START_TEST(mysql_that_stops_anywhere_is_not_complete)
{
	static const struct server s = {"8.4.0", 1, FLAGS | SSL, 8, "p", false};
	struct strbuf replies = {0};

	put_greeting(&replies, &s);
	for (size_t len = 0; len < replies.len; len++)
		expect_bytes(replies.text, len, "want more\n");
	strbuf_release(&replies);
}
END_TEST

START_TEST(mysql_bytes_of_any_value_stay_what_they_are)
{
	static const struct server s = {
		"8\x1b[31m\xff\n", 0xffffffff, 0xffffffff & ~(uint32_t)SSL, 255, "\xc3(\r", false};

	expect_greeting(&upgrading, &s,
		"want done, complete\nprotocol=10\nversion=8\\x1b[31m\\xff\\n\nthread=4294967295\n"
		"auth_plugin=\\xc3(\\r\ncharset=255\nstarttls=no\n");
	expect_error(0, 1, "a\x1b]0;\xe2\x80\xae",
		"want done, complete\nerror_code=1\nerror=a\\x1b]0;\\xe2\\x80\\xae\n");
}
END_TEST

START_TEST(mysql_headline_names_the_product_or_the_error)
{
	expect_headline("8.0.36", "MySQL 8.0.36");
	expect_headline("5.5.5-10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6-MariaDB-0+deb12u1");
	headline_expect(
		protocol_of(PROTOCOL_MYSQL), &plain, "\x07\0\0\0\xff\x10\4full", 11, "full");
	headline_expect(protocol_of(PROTOCOL_MYSQL), &plain, "\3\0\0\0\xff\x10\4", 7, "error 1040");
	headline_expect(protocol_of(PROTOCOL_MYSQL), &plain, "", 0, "");
}
END_TEST

UNIT_MAIN("banner/mysql", mysql_8_is_told_with_all_that_its_greeting_holds,
	mysql_knows_the_shapes_of_many_servers,
	mysql_version_of_mariadb_loses_what_is_there_for_replicas,
	mysql_goes_over_to_tls_where_it_is_offered_and_wanted, mysql_is_complete_before_tls_begins,
	mysql_that_sends_us_away_says_why, mysql_of_protocol_9_has_a_version_and_a_thread,
	mysql_is_not_what_greets_in_other_words, mysql_greeting_that_is_out_of_turn_is_none,
	mysql_rejects_lengths_that_lie, mysql_needs_a_version_and_a_thread,
	mysql_greeting_may_stop_behind_the_thread, mysql_length_of_the_scramble_may_lie,
	mysql_that_stops_anywhere_is_not_complete, mysql_bytes_of_any_value_stay_what_they_are,
	mysql_headline_names_the_product_or_the_error)
