/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/banner_report.h"
#include "../../../src/banner/http.h"
#include "../../../src/cmd/banner_lines.h"
#include "../../../src/cmd/banner_record.h"
#include "../../../src/cmd/banner_words.h"

#include "netprobe/banner/machine.h"

#include "../output/capture.h"

#include <errno.h>
#include <locale.h>

#define MS NSEC_PER_MSEC

/* A terminal that turns red, a title, NULs, half a character, a line's end, a backslash. */
#define HOSTILE       "\x1b[31m\x1b]0;owned\x07\0\xc3\r\n\\"
#define HOSTILE_SHOWN "\\x1b[31m\\x1b]0;owned\\x07\\x00\\xc3\\r\\n\\\\"

/* In JSON each backslash is two. */
#define HOSTILE_JSON "\\\\x1b[31m\\\\x1b]0;owned\\\\x07\\\\x00\\\\xc3\\\\r\\\\n\\\\\\\\"

enum { TEXT, LIST, NUMBER, FLAG, UNSET, FACTS };

static const struct fact_def defs[FACTS] = {
	[TEXT] = {"text", FACT_TEXT},
	[LIST] = {"list", FACT_LIST},
	[NUMBER] = {"number", FACT_NUMBER},
	[FLAG] = {"flag", FACT_FLAG},
	[UNSET] = {"unset", FACT_LIST},
};

static const nsec_t wall = 1800000000 * NSEC_PER_SEC; /* 2027-01-15T08:00:00Z */

static struct facts told(void)
{
	struct facts f;

	facts_init(&f, defs, FACTS);
	facts_text(&f, TEXT, "x", 1);
	facts_item(&f, LIST, "A", 1);
	facts_item(&f, LIST, "B 1", 3);
	facts_number(&f, NUMBER, 7);
	facts_flag(&f, FLAG, true);
	return f;
}

static struct facts hostile(void)
{
	struct facts f;

	facts_init(&f, defs, FACTS);
	facts_text(&f, TEXT, HOSTILE, sizeof HOSTILE - 1);
	facts_item(&f, LIST, HOSTILE, sizeof HOSTILE - 1);
	facts_item(&f, LIST, "", 0);
	facts_item(&f, LIST, "\0", 1);
	return f;
}

static struct grab grab_of(enum grab_state state)
{
	return (struct grab){
		.host = "example.net",
		.addr = {.family = 4, .port = 8025, .ip = {192, 0, 2, 1}},
		.state = state,
		.phases = {MS, 2 * MS, -1, 3 * MS, 6 * MS},
		.raw = "",
		.connections = 1,
	};
}

/* No connection, for `err`. */
static struct grab refused(int err)
{
	struct grab g = grab_of(err ? GRAB_REFUSED : GRAB_TIMEOUT);

	g.err = err;
	g.connections = 0;
	g.phases = (struct grab_phases){-1, -1, -1, -1, 4 * MS};
	return g;
}

static struct tls_facts certificate(void)
{
	static char *san[] = {(char *)"DNS:www.example.net", (char *)"IP:192.0.2.1"};

	return (struct tls_facts){
		.version = (char *)"TLSv1.3",
		.cipher = (char *)"TLS_AES_256_GCM_SHA384",
		.alpn = (char *)"http/1.1",
		.subject = (char *)"CN=www.example.net,O=Example",
		.issuer = (char *)"CN=Example CA",
		.san = san,
		.san_count = 2,
		.not_before = wall - 26 * 86400 * NSEC_PER_SEC,
		.not_after = wall + 64 * 86400 * NSEC_PER_SEC + 1,
		.verified = true,
		.chain = 2,
		.key = (char *)"EC P-256",
		.signature = (char *)"sha256WithRSAEncryption",
		.fingerprint = (char *)"00ff",
	};
}

/* --- records ------------------------------------------------------------------------------------
 */

/* The record of a session, from the field `from` on. */
static void expect_record(const struct grab *g, const char *from, const char *line)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	char *end, *begin, name[32];

	banner_put_record(c->out, g, banner_reason(g), wall);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	end = strchr(c->text, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	snprintf(name, sizeof name, "\"%s\":", from);
	begin = strstr(c->text, name);
	ck_assert_ptr_nonnull(begin);
	ck_assert_str_eq(begin, line);
	capture_free(c);
}

START_TEST(record_has_every_field_in_its_place)
{
	static const char *const redirects[] = {"301 http://example.net/a", "302 https://b/"};
	struct facts facts = told();
	struct tls_facts tls = certificate();
	struct grab g = grab_of(GRAB_OK);

	g.url = "smtp://example.net:8025/";
	g.proto = g.asked = PROTOCOL_SMTP;
	g.ground = GROUND_SCHEME;
	g.facts = &facts;
	g.tls = &tls;
	g.upgraded = true;
	g.detail = "a remark";
	g.phases.tls = 5 * MS;
	g.raw = "220 x\r\n";
	g.raw_len = 7;
	g.raw_cut = true;
	g.received = 700;
	g.connections = 3;
	g.limit = "bytes";
	g.redirects = redirects;
	g.redirect_count = 2;
	expect_record(&g, "type",
		"\"type\":\"banner\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\",\"port\":"
		"8025,\"url\":\"smtp://example.net:8025/"
		"\",\"proto\":\"smtp\",\"asked\":\"smtp\",\"decided_by\":\"scheme\","
		"\"state\":\"ok\",\"detail\":\"a remark\",\"phases_ms\":{\"resolve\":1,"
		"\"connect\":2,\"tls\":5,\"first_byte\":3,\"total\":6},\"tls\":{\"version\":"
		"\"TLSv1.3\",\"cipher\":\"TLS_AES_256_GCM_SHA384\",\"alpn\":\"http/1.1\","
		"\"subject\":\"CN=www.example.net,O=Example\",\"issuer\":\"CN=Example CA\","
		"\"san\":[\"DNS:www.example.net\",\"IP:192.0.2.1\"],"
		"\"not_before\":\"2026-12-20T08:00:00.000000Z\","
		"\"not_after\":\"2027-03-20T08:00:00.000000Z\",\"days_left\":64,"
		"\"verified\":true,\"verify_error\":null,\"upgraded\":true,\"chain\":2,"
		"\"key\":\"EC P-256\",\"signature\":\"sha256WithRSAEncryption\","
		"\"fingerprint\":\"00ff\"},\"smtp\":{\"text\":\"x\",\"list\":[\"A\",\"B 1\"],"
		"\"number\":7,\"flag\":true,\"unset\":null},\"redirects\":"
		"[\"301 http://example.net/a\",\"302 https://b/\"],\"bytes\":700,"
		"\"connections\":3,\"limit\":\"bytes\",\"raw\":\"220 x\\\\r\\\\n\","
		"\"raw_truncated\":true}");
	facts_release(&facts);
}
END_TEST

START_TEST(record_has_null_or_nothing_for_what_is_not_known)
{
	struct grab g = grab_of(GRAB_SILENT);

	g.phases = (struct grab_phases){-1, -1, -1, -1, -1};
	expect_record(&g, "port",
		"\"port\":8025,\"proto\":\"unknown\",\"decided_by\":null,\"state\":\"silent\","
		"\"detail\":null,"
		"\"phases_ms\":{\"resolve\":null,\"connect\":null,\"tls\":null,\"first_byte\":"
		"null,\"total\":null},\"tls\":null,\"bytes\":0,\"connections\":1,\"raw\":null}");
}
END_TEST

static void expect_state(enum grab_state state, const char *word)
{
	struct grab g = grab_of(state);
	char line[256];

	snprintf(line, sizeof line,
		"\"state\":\"%s\",\"detail\":null,\"phases_ms\":{\"resolve\":1,\"connect\":2,"
		"\"tls\":null,\"first_byte\":3,\"total\":6},\"tls\":null,\"bytes\":0,"
		"\"connections\":1,\"raw\":null}",
		word);
	expect_record(&g, "state", line);
}

START_TEST(record_names_every_state_and_needs_no_reason_for_a_connection)
{
	expect_state(GRAB_OK, "ok");
	expect_state(GRAB_SILENT, "silent");
	expect_state(GRAB_CLOSED, "closed");
	expect_state(GRAB_TIMEOUT, "timeout");
	expect_state(GRAB_MISMATCH, "mismatch");
}
END_TEST

/* What stands between the state and the phases. */
static void expect_refusal(const struct grab *g, const char *state, const char *between)
{
	char line[512];

	snprintf(line, sizeof line,
		"\"state\":\"%s\",%s,\"phases_ms\":{\"resolve\":null,\"connect\":null,\"tls\":"
		"null,\"first_byte\":null,\"total\":4},\"tls\":null,\"bytes\":0,\"connections\":"
		"0,\"raw\":null}",
		state, between);
	expect_record(g, "state", line);
}

START_TEST(record_says_why_there_was_no_connection)
{
	struct grab g = refused(ECONNREFUSED);

	expect_refusal(&g, "refused", "\"reason\":\"rst\",\"from\":\"192.0.2.1\",\"detail\":null");
	g.err = ECONNRESET;
	expect_refusal(&g, "refused", "\"reason\":\"rst\",\"from\":\"192.0.2.1\",\"detail\":null");
	g = refused(0);
	expect_refusal(&g, "timeout", "\"reason\":\"timeout\",\"detail\":null");
	g = refused(EHOSTUNREACH);
	expect_refusal(
		&g, "refused", "\"reason\":\"arp\",\"detail\":\"no answer to ARP requests\"");
	g = refused(ENETUNREACH);
	expect_refusal(
		&g, "refused", "\"reason\":\"no-route\",\"detail\":\"Network is unreachable\"");
	g = refused(EPERM);
	expect_refusal(&g, "refused",
		"\"reason\":\"local\",\"detail\":\"dropped by this machine's own firewall\"");
	g = refused(EADDRNOTAVAIL);
	expect_refusal(&g, "refused",
		"\"reason\":\"local\",\"detail\":\"this machine could not connect: Cannot assign "
		"requested address\"");
}
END_TEST

START_TEST(record_names_the_icmp_error_and_its_sender)
{
	struct grab g = refused(EHOSTUNREACH);

	g.has_icmp = true;
	g.icmp = (struct sock_error){.from = {.family = 4, .ip = {198, 51, 100, 7}},
		.type = 3,
		.code = 13,
		.err = EHOSTUNREACH};
	expect_refusal(&g, "refused",
		"\"reason\":\"icmp\",\"from\":\"198.51.100.7\",\"icmp\":{\"type\":3,\"code\":13,"
		"\"name\":\"admin-prohibited\"},\"detail\":\"admin-prohibited\"");
	g.icmp.from.family = 0;
	expect_refusal(&g, "refused",
		"\"reason\":\"icmp\",\"icmp\":{\"type\":3,\"code\":13,\"name\":"
		"\"admin-prohibited\"},\"detail\":\"admin-prohibited\"");
}
END_TEST

/* Loopback is an address of this machine: nobody else's firewall. */
START_TEST(record_knows_this_machine_as_the_sender)
{
	struct grab g = refused(ECONNREFUSED);

	g.has_icmp = true;
	g.icmp = (struct sock_error){
		.from = {.family = 4, .ip = {127, 0, 0, 1}}, .type = 3, .code = 3};
	expect_refusal(&g, "refused",
		"\"reason\":\"local\",\"from\":\"127.0.0.1\",\"icmp\":{\"type\":3,\"code\":3,"
		"\"name\":\"port-unreachable\"},\"detail\":\"rejected by this machine's own "
		"firewall (port-unreachable)\"");
}
END_TEST

START_TEST(record_has_an_object_for_every_protocol_with_a_machine)
{
	for (int id = PROTOCOL_HTTP; id < PROTOCOL_TLS; id++) {
		const char *name = protocol_name((enum protocol_id)id);
		struct grab g = grab_of(GRAB_OK);
		struct facts facts;
		char line[256];

		facts_init(&facts, defs, 1);
		facts_text(&facts, TEXT, "x", 1);
		g.proto = (enum protocol_id)id;
		g.facts = &facts;
		snprintf(line, sizeof line,
			"\"%s\":{\"text\":\"x\"},\"bytes\":0,\"connections\":1,\"raw\":null}",
			name);
		expect_record(&g, name, line);
		facts_release(&facts);
	}
}
END_TEST

START_TEST(record_leaves_out_an_object_without_facts)
{
	struct facts facts;
	struct grab g = grab_of(GRAB_CLOSED);

	facts_init(&facts, defs, FACTS);
	g.proto = PROTOCOL_SSH;
	g.facts = &facts;
	expect_record(&g, "tls\":null,\"bytes",
		"\"tls\":null,\"bytes\":0,\"connections\":1,\"raw\":null}");
	facts_text(&facts, TEXT, "", 0);
	facts_clear(&facts, TEXT);
	expect_record(&g, "tls\":null,\"bytes",
		"\"tls\":null,\"bytes\":0,\"connections\":1,\"raw\":null}");
	facts_release(&facts);
}
END_TEST

START_TEST(record_tells_an_empty_text_and_a_false_flag_from_none)
{
	struct facts facts;
	struct grab g = grab_of(GRAB_OK);

	facts_init(&facts, defs, FACTS);
	facts_text(&facts, TEXT, NULL, 0);
	facts_flag(&facts, FLAG, false);
	facts_number(&facts, NUMBER, 0);
	g.proto = PROTOCOL_FTP;
	g.facts = &facts;
	expect_record(&g, "ftp",
		"\"ftp\":{\"text\":\"\",\"list\":null,\"number\":0,\"flag\":false,\"unset\":null},"
		"\"bytes\":0,\"connections\":1,\"raw\":null}");
	facts_release(&facts);
}
END_TEST

START_TEST(record_escapes_whatever_a_server_says)
{
	struct facts facts = hostile();
	struct tls_facts tls = {.version = (char *)"TLSv1.2",
		.subject = (char *)"CN=\x1b[31m\xff",
		.issuer = (char *)"\n",
		.verify_error = (char *)"\x07",
		.not_after = -1,
		.chain = 1};
	struct grab g = grab_of(GRAB_OK);

	g.proto = PROTOCOL_SSH;
	g.facts = &facts;
	g.tls = &tls;
	g.raw = HOSTILE;
	g.raw_len = sizeof HOSTILE - 1;
	expect_record(&g, "tls\":{\"version",
		"\"tls\":{\"version\":\"TLSv1.2\",\"cipher\":null,\"alpn\":null,\"subject\":"
		"\"CN=\\\\x1b[31m\\\\xff\",\"issuer\":\"\\\\n\",\"san\":[],\"not_before\":"
		"\"1970-01-01T00:00:00.000000Z\",\"not_after\":\"1969-12-31T23:59:59.999999Z\","
		"\"days_left\":-20834,\"verified\":false,\"verify_error\":\"\\\\x07\","
		"\"upgraded\":false,\"chain\":1,\"key\":null,\"signature\":null,"
		"\"fingerprint\":null},\"ssh\":{\"text\":\"" HOSTILE_JSON
		"\",\"list\":[\"" HOSTILE_JSON "\",\"\",\"\\\\x00\"],\"number\":null,"
		"\"flag\":null,\"unset\":null},\"bytes\":0,\"connections\":1,\"raw\":"
		"\"" HOSTILE_JSON "\"}");
	facts_release(&facts);
}
END_TEST

START_TEST(record_of_tls_without_a_certificate)
{
	struct tls_facts tls = {.version = (char *)"TLSv1.2",
		.cipher = (char *)"TLS_DH_anon_WITH_AES_128_CBC_SHA",
		.alpn = (char *)"",
		.verify_error = (char *)"no certificate"};
	struct grab g = grab_of(GRAB_OK);

	g.proto = PROTOCOL_TLS;
	g.ground = GROUND_TLS;
	g.tls = &tls;
	expect_record(&g, "tls\":{\"version",
		"\"tls\":{\"version\":\"TLSv1.2\",\"cipher\":\"TLS_DH_anon_WITH_AES_128_CBC_SHA\","
		"\"alpn\":null,\"subject\":null,\"issuer\":null,\"san\":null,\"not_before\":null,"
		"\"not_after\":null,\"days_left\":null,\"verified\":false,\"verify_error\":"
		"\"no certificate\",\"upgraded\":false,\"chain\":0,\"key\":null,\"signature\":"
		"null,\"fingerprint\":null},\"bytes\":0,\"connections\":1,\"raw\":null}");
}
END_TEST

/* The largest that facts can be goes into a record. */
START_TEST(record_takes_as_many_facts_as_there_can_be)
{
	struct fact_def many[FACTS_MAX];
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct grab g = grab_of(GRAB_OK);
	struct facts facts;

	for (size_t i = 0; i < FACTS_MAX; i++)
		many[i] = (struct fact_def){"list", FACT_LIST};
	facts_init(&facts, many, FACTS_MAX);
	for (size_t i = 0; i < FACTS_MAX; i++)
		for (size_t k = 0; k < FACTS_ITEMS_MAX; k++)
			facts_item(&facts, i, "ab", 2);
	g.proto = PROTOCOL_HTTP;
	g.facts = &facts;
	banner_put_record(c->out, &g, REASON_NONE, wall);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_ptr_nonnull(strstr(capture_text(c), "\"http\":{\"list\":[\"ab\",\"ab\","));
	capture_free(c);
	facts_release(&facts);
}
END_TEST

/* --- the text of a row --------------------------------------------------------------------------
 */

static void expect_headline(const struct grab *g, const char *expected)
{
	struct strbuf out = {0};

	strbuf_init(&out);
	banner_headline(g, banner_reason(g), wall, &out);
	ck_assert_str_eq(out.text, expected);
	strbuf_release(&out);
}

START_TEST(headline_is_what_the_protocol_says_and_tls_in_short)
{
	const struct protocol *redis = protocol_of(PROTOCOL_REDIS);
	struct tls_facts tls = certificate();
	struct grab g = grab_of(GRAB_OK);
	struct facts facts;

	facts_init(&facts, redis->facts, redis->fact_count);
	facts_text(&facts, 0, "7.0.15", 6);
	g.proto = PROTOCOL_REDIS;
	g.facts = &facts;
	expect_headline(&g, "Redis 7.0.15");
	g.tls = &tls;
	expect_headline(&g, "Redis 7.0.15; TLSv1.3 CN=www.example.net 64 days");
	tls.verified = false;
	tls.verify_error = (char *)"expired";
	tls.not_after = wall - 1;
	expect_headline(
		&g, "Redis 7.0.15; TLSv1.3 CN=www.example.net 1 day over; not verified: expired");
	g.proto = PROTOCOL_TLS;
	g.facts = NULL;
	expect_headline(&g, "TLSv1.3 CN=www.example.net 1 day over; not verified: expired");
	facts_release(&facts);
}
END_TEST

static void expect_tls(const char *subject, const char *expected)
{
	struct tls_facts tls = certificate();
	struct strbuf out = {0};

	tls.subject = (char *)subject;
	tls.not_after = wall + 86400 * NSEC_PER_SEC;
	banner_tls(&tls, wall, &out);
	ck_assert_str_eq(out.text, expected);
	strbuf_release(&out);
}

START_TEST(tls_in_short_has_the_common_name_wherever_it_stands)
{
	expect_tls("O=Example,CN=a", "TLSv1.3 CN=a 1 day");
	expect_tls("O=Example\\,CN=b+CN=a\\,b,C=DE", "TLSv1.3 CN=a\\,b 1 day");
	expect_tls("O=no\\\\,CN=a\\", "TLSv1.3 CN=a\\ 1 day");
	expect_tls("O=Example\\", "TLSv1.3 O=Example\\ 1 day");
	expect_tls("O=Example", "TLSv1.3 O=Example 1 day");
	expect_tls("", "TLSv1.3 DNS:www.example.net 1 day");
}
END_TEST

START_TEST(headline_says_why_there_is_none)
{
	struct grab g = refused(ECONNREFUSED);

	expect_headline(&g, "rst");
	g = refused(0);
	expect_headline(&g, "timeout");
	g = refused(ENETUNREACH);
	expect_headline(&g, "no-route: Network is unreachable");
	g = refused(EHOSTUNREACH);
	g.has_icmp = true;
	g.icmp = (struct sock_error){
		.from = {.family = 4, .ip = {198, 51, 100, 7}}, .type = 3, .code = 1};
	expect_headline(&g, "icmp: host-unreachable from 198.51.100.7");
	g = grab_of(GRAB_SILENT);
	expect_headline(&g, "");
	g.detail = "closes when it is asked by TLS or HTTP";
	expect_headline(&g, "closes when it is asked by TLS or HTTP");
	g = grab_of(GRAB_OK);
	g.proto = PROTOCOL_TLS;
	g.detail = "a remark";
	expect_headline(&g, "a remark");
}
END_TEST

START_TEST(headline_of_what_nobody_knows_is_its_first_line)
{
	struct grab g = grab_of(GRAB_OK);

	g.raw = "hello \0there\r\nmore";
	g.raw_len = 18;
	expect_headline(&g, "hello \\x00there");
	g.raw = "\n";
	g.raw_len = 1;
	expect_headline(&g, "");
}
END_TEST

START_TEST(headline_has_a_remark_on_what_went_well)
{
	const struct protocol *redis = protocol_of(PROTOCOL_REDIS);
	struct tls_facts tls = {.version = (char *)"TLSv1.3"};
	struct grab g = grab_of(GRAB_OK);
	struct facts facts;

	facts_init(&facts, redis->facts, redis->fact_count);
	facts_text(&facts, 0, "7.0.15", 6);
	g.proto = PROTOCOL_REDIS;
	g.facts = &facts;
	g.detail = "TLS: no answer to the handshake";
	expect_headline(&g, "Redis 7.0.15; TLS: no answer to the handshake");
	g.limit = "time";
	expect_headline(&g, "Redis 7.0.15; TLS: no answer to the handshake; cut short: time");
	g.tls = &tls;
	g.detail = NULL;
	expect_headline(&g, "Redis 7.0.15; TLSv1.3; cut short: time");
	facts_release(&facts);
	g = grab_of(GRAB_SILENT);
	g.limit = "bytes";
	expect_headline(&g, "cut short: bytes");
}
END_TEST

START_TEST(headline_begins_with_where_redirects_led)
{
	static const char *const redirects[] = {"301 http://example.net/a", "302 https://b/"};
	struct grab g = grab_of(GRAB_OK);

	g.redirects = redirects;
	g.redirect_count = 2;
	g.raw = "hello\r\n";
	g.raw_len = 7;
	g.limit = "redirects";
	expect_headline(&g, "-> https://b/: hello; cut short: redirects");
	g.raw_len = 0;
	g.redirect_count = 1;
	g.limit = NULL;
	expect_headline(&g, "-> http://example.net/a");
}
END_TEST

START_TEST(headline_of_a_mismatch_says_what_it_is_not)
{
	struct grab g = grab_of(GRAB_MISMATCH);

	g.asked = PROTOCOL_SMTP;
	expect_headline(&g, "not smtp");
	g.raw = "SSH-2.0-x\r\n";
	g.raw_len = 11;
	expect_headline(&g, "not smtp: SSH-2.0-x");
	g.proto = PROTOCOL_SSH;
	g.detail = "a remark";
	expect_headline(&g, "not smtp: SSH-2.0-x; a remark");
}
END_TEST

/* https:// where HTTP is spoken, --tls where anything is. */
START_TEST(headline_of_a_mismatch_in_plain_misses_the_tls)
{
	struct grab g = grab_of(GRAB_MISMATCH);

	g.raw = "HTTP/1.1 400 Bad Request\r\n";
	g.raw_len = strlen(g.raw);
	g.proto = g.asked = PROTOCOL_HTTP;
	expect_headline(&g, "not tls: HTTP/1.1 400 Bad Request");
	g.asked = PROTOCOL_UNKNOWN;
	expect_headline(&g, "not tls: HTTP/1.1 400 Bad Request");
}
END_TEST

START_TEST(headline_of_a_mismatch_with_facts_is_theirs)
{
	const struct protocol *redis = protocol_of(PROTOCOL_REDIS);
	struct grab g = grab_of(GRAB_MISMATCH);
	struct facts facts;

	facts_init(&facts, redis->facts, redis->fact_count);
	facts_text(&facts, 0, "7.0.15", 6);
	g.asked = PROTOCOL_SMTP;
	g.proto = PROTOCOL_REDIS;
	g.facts = &facts;
	expect_headline(&g, "Redis 7.0.15");
	facts_release(&facts);
}
END_TEST

/* `unit` over and over: how many of them, which are shown as `shown`, are left before the ellipsis,
 * and `tail`. */
static void expect_cut(
	const char *unit, const char *shown, const char *limit, size_t left, const char *tail)
{
	struct grab g = grab_of(GRAB_OK);
	struct strbuf raw = {0}, out = {0}, expected = {0};

	while (raw.len < 8000)
		strbuf_puts(&raw, unit);
	g.raw = raw.text;
	g.raw_len = raw.len;
	g.limit = limit;
	banner_headline(&g, REASON_NONE, wall, &out);
	for (size_t i = 0; i < left; i++)
		strbuf_puts(&expected, shown);
	strbuf_puts(&expected, tail);
	ck_assert_str_eq(out.text, expected.text);
	strbuf_release(&expected);
	strbuf_release(&raw);
	strbuf_release(&out);
}

START_TEST(headline_has_an_end_whatever_a_server_says)
{
	expect_cut("a", "a", NULL, 197, "...");
	expect_cut("\xc3\xa4", "\xc3\xa4", NULL, 197, "...");
	expect_cut("\x1b", "\\x1b", NULL, 197 / 4, "...");
	expect_cut("\xff", "\\xff", NULL, 197 / 4, "...");
	expect_cut("\\", "\\\\", NULL, 197 / 2, "...");
	expect_cut(
		"a", "a", "bytes", 200 - strlen("...; cut short: bytes"), "...; cut short: bytes");
}
END_TEST

START_TEST(headline_that_fits_is_left_whole)
{
	struct grab g = grab_of(GRAB_OK);
	char line[201] = "";

	memset(line, 'a', 200);
	g.raw = line;
	g.raw_len = 200;
	expect_headline(&g, line);
}
END_TEST

/* What stands behind may be long as well: the subject of a certificate, for one. */
START_TEST(headline_ends_behind_a_long_remark_too)
{
	struct grab g = grab_of(GRAB_OK);
	char detail[1001] = "", expected[201] = "";

	memset(detail, 'd', 1000);
	memset(expected, 'a', 200);
	memcpy(expected + 97, "...; ", 5);
	memset(expected + 102, 'd', 95);
	memcpy(expected + 197, "...", 3);
	g.detail = detail;
	g.raw = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	g.raw_len = strlen(g.raw);
	expect_headline(&g, expected);
}
END_TEST

START_TEST(report_headline_is_the_state_where_there_is_nothing_else)
{
	static const enum grab_state states[] = {GRAB_SILENT, GRAB_CLOSED, GRAB_TIMEOUT};

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		struct grab g = grab_of(states[i]);
		struct strbuf out = {0};

		banner_report_headline(&g, &out);
		ck_assert_str_eq(out.text, grab_state_name(states[i]));
		strbuf_reset(&out);
		g.detail = "a remark";
		banner_report_headline(&g, &out);
		ck_assert_str_eq(out.text, "a remark");
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(service_has_an_s_where_a_scheme_has)
{
	static const struct {
		enum protocol_id proto;
		const char *plain, *wrapped;
	} cases[] = {
		{PROTOCOL_HTTP, "http", "https"},
		{PROTOCOL_SMTP, "smtp", "smtps"},
		{PROTOCOL_IMAP, "imap", "imaps"},
		{PROTOCOL_REDIS, "redis", "rediss"},
		{PROTOCOL_SSH, "ssh", "ssh"},
		{PROTOCOL_DNS, "dns", "dns"},
		{PROTOCOL_POSTGRESQL, "postgresql", "postgresql"},
		{PROTOCOL_TLS, "tls", "tls"},
		{PROTOCOL_UNKNOWN, "unknown", "unknown"},
	};
	struct tls_facts tls = {.version = (char *)"TLSv1.3"};
	char out[BANNER_SERVICE_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct grab g = {.proto = cases[i].proto};

		ck_assert_str_eq(banner_service(&g, out), cases[i].plain);
		g.tls = &tls;
		ck_assert_str_eq(banner_service(&g, out), cases[i].wrapped);
		g.upgraded = true;
		ck_assert_str_eq(banner_service(&g, out), cases[i].plain);
	}
}
END_TEST

/* --- tables -------------------------------------------------------------------------------------
 */

START_TEST(rows_have_a_banner_or_a_dash)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab ok = grab_of(GRAB_OK), no = refused(ECONNREFUSED),
		    silent = grab_of(GRAB_SILENT);

	ok.raw = "hello\r\n";
	ok.raw_len = 7;
	banner_put_row(c->out, &ok, REASON_NONE, wall);
	banner_put_row(c->out, &no, REASON_RST, wall);
	banner_put_row(c->out, &silent, REASON_NONE, wall);
	capture_expect(c, "ADDRESS    PORT  PROTO    STATE    BANNER      TIME\n"
			  "192.0.2.1  8025  unknown  ok       hello   6.000 ms\n"
			  "192.0.2.1  8025  -        refused  rst     4.000 ms\n"
			  "192.0.2.1  8025  -        silent   -       6.000 ms\n");
}
END_TEST

START_TEST(rows_escape_whatever_a_server_says)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab g = grab_of(GRAB_OK);

	g.raw = "\x1b[31m\0\xc3 \\\r\nmore";
	g.raw_len = 15;
	banner_put_row(c->out, &g, REASON_NONE, wall);
	capture_expect(c, "ADDRESS    PORT  PROTO    STATE  BANNER                   TIME\n"
			  "192.0.2.1  8025  unknown  ok     \\x1b[31m\\x00\\xc3 \\\\  6.000 ms\n");
}
END_TEST

/* The protocol has escaped what it says; what stands beside it is escaped once, too. */
START_TEST(rows_are_clear_where_a_title_ends)
{
	static const char *const redirects[] = {"302 http://b/\x1b"};
	const struct protocol *http = protocol_of(PROTOCOL_HTTP);
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct tls_facts tls = {.version = (char *)"TLSv1.3\xff"};
	struct grab g = grab_of(GRAB_OK);
	struct facts facts;

	facts_init(&facts, http->facts, http->fact_count);
	facts_number(&facts, HTTP_STATUS, 200);
	facts_text(&facts, HTTP_TITLE, "a\"; \\\x9b", 6);
	g.proto = PROTOCOL_HTTP;
	g.facts = &facts;
	g.redirects = redirects;
	g.redirect_count = 1;
	g.tls = &tls;
	banner_put_row(c->out, &g, REASON_NONE, wall);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_ptr_nonnull(strstr(
		capture_text(c), "-> http://b/\\x1b: 200, \"a\\\"; \\\\\\x9b\"; TLSv1.3\\xff  "));
	capture_free(c);
	facts_release(&facts);
}
END_TEST

/* A row on a terminal, without its head line. */
static void expect_on_terminal(unsigned short columns, const struct grab *g, const char *row)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX], *line;
	int master = capture_terminal(columns, path);
	struct output *out = output_open(&(struct output_options){
		.format = OUTPUT_TABLE, .color = COLOR_NEVER, .path = path});

	ck_assert_ptr_nonnull(out);
	setlocale(LC_CTYPE, "C.UTF-8"); /* or there is no ellipsis */
	banner_put_row(out, g, banner_reason(g), wall);
	ck_assert_int_eq(output_end(out, 0), 0);
	capture_read(master, text);
	line = strstr(text, "\r\n");
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line + 2, row);
	ck_assert_uint_le(strlen(line) - 4, columns + 2); /* the ellipsis is three bytes */
	close(master);
}

START_TEST(rows_fit_narrow_terminals)
{
	struct grab g = grab_of(GRAB_OK), no = refused(ECONNREFUSED);

	g.raw = "a greeting that is longer than any line has room for, by far and more\r\n";
	g.raw_len = strlen(g.raw);
	no.addr.ip[0] = no.addr.ip[1] = no.addr.ip[2] = no.addr.ip[3] = 222;
	expect_on_terminal(80, &g,
		"192.0.2.1  8025  unknown  ok     a greeting that is longer than any l…  6.000 "
		"ms\r\n");
	expect_on_terminal(
		60, &g, "192.0.2.1  8025  unknown  ok     a greeting that is longer …\r\n");
	expect_on_terminal(40, &g, "192.0.2.1  8025  ok     a greeting that…\r\n");
	expect_on_terminal(40, &no, "222.222.222.222  8025  refused  rst\r\n");
}
END_TEST

START_TEST(block_has_all_that_is_known)
{
	static const char *const redirects[] = {"301 https://example.net/"};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct facts facts = told();
	struct tls_facts tls = certificate();
	struct grab g = grab_of(GRAB_OK);

	g.url = "https://example.net:8025/\x07";
	g.proto = PROTOCOL_HTTP;
	g.ground = GROUND_PORT;
	g.facts = &facts;
	g.tls = &tls;
	g.received = 1;
	g.connections = 2;
	g.limit = "bytes";
	g.raw = "HTTP/1.1 200 OK\r\n";
	g.raw_len = 17;
	g.redirects = redirects;
	g.redirect_count = 1;
	banner_put_block(c->out, &g, REASON_NONE, wall);
	capture_expect(c,
		"192.0.2.1:8025 (example.net) https ok\n"
		"url: https://example.net:8025/\\x07\n"
		"decided_by: port\n"
		"text: x\n"
		"list:\n"
		"    A\n"
		"    B 1\n"
		"number: 7\n"
		"flag: yes\n"
		"tls: TLSv1.3, TLS_AES_256_GCM_SHA384, ALPN http/1.1\n"
		"verified: yes\n"
		"subject: CN=www.example.net,O=Example\n"
		"issuer: CN=Example CA\n"
		"names: DNS:www.example.net, IP:192.0.2.1\n"
		"valid: 2026-12-20 to 2027-03-20, 64 days left\n"
		"key: EC P-256, signed by sha256WithRSAEncryption, 2 certificates sent\n"
		"fingerprint: 00ff\n"
		"redirects:\n"
		"    301 https://example.net/\n"
		"times: resolve 1.000 ms, connect 2.000 ms, first byte 3.000 ms, total 6.000 ms\n"
		"received: 1 byte, 2 connections, cut short: bytes\n");
	facts_release(&facts);
}
END_TEST

START_TEST(block_says_why_there_was_no_connection)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab g = refused(ENETUNREACH);

	g.host = "192.0.2.1";
	banner_put_block(c->out, &g, REASON_NO_ROUTE, wall);
	capture_expect(c, "192.0.2.1:8025 refused\n"
			  "reason: no-route\n"
			  "detail: Network is unreachable\n"
			  "times: total 4.000 ms\n");
}
END_TEST

/* By what is shown, which is more than what was said. */
START_TEST(block_wraps_lists_of_words)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab g = grab_of(GRAB_OK);
	struct facts facts;

	facts_init(&facts, defs, FACTS);
	for (int i = 0; i < 8; i++)
		facts_item(&facts, LIST, i % 2 ? "a-word" : "\1\2\3\4", i % 2 ? 6 : 4);
	g.proto = PROTOCOL_SSH;
	g.facts = &facts;
	g.phases = (struct grab_phases){-1, -1, -1, -1, -1};
	banner_put_block(c->out, &g, REASON_NONE, wall);
	capture_expect(c, "192.0.2.1:8025 (example.net) ssh ok\n"
			  "list: \\x01\\x02\\x03\\x04, a-word, \\x01\\x02\\x03\\x04, a-word, "
			  "\\x01\\x02\\x03\\x04,\n"
			  "    a-word, \\x01\\x02\\x03\\x04, a-word\n"
			  "received: 0 bytes, 1 connection\n");
	facts_release(&facts);
}
END_TEST

START_TEST(block_escapes_whatever_a_server_says)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct facts facts = hostile();
	struct grab g = grab_of(GRAB_OK);

	g.proto = PROTOCOL_SSH;
	g.facts = &facts;
	g.phases = (struct grab_phases){-1, -1, -1, -1, -1};
	banner_put_block(c->out, &g, REASON_NONE, wall);
	capture_expect(c, "192.0.2.1:8025 (example.net) ssh ok\n"
			  "text: " HOSTILE_SHOWN "\n"
			  "list: " HOSTILE_SHOWN ", , \\x00\n"
			  "received: 0 bytes, 1 connection\n");
	facts_release(&facts);
}
END_TEST

START_TEST(block_shows_the_first_lines_of_what_nobody_knows)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab g = grab_of(GRAB_OK);

	g.raw = "one \x1b[2J\r\n\n3\n4\n5\n6\n7\n8\n9";
	g.raw_len = strlen(g.raw);
	g.phases = (struct grab_phases){-1, -1, -1, -1, -1};
	banner_put_block(c->out, &g, REASON_NONE, wall);
	g.raw = "whole\n";
	g.raw_len = 6;
	banner_put_block(c->out, &g, REASON_NONE, wall);
	capture_expect(c, "192.0.2.1:8025 (example.net) unknown ok\n"
			  "said: one \\x1b[2J\n"
			  "    \n    3\n    4\n    5\n    6\n    7\n    8\n    ...\n"
			  "received: 0 bytes, 1 connection\n"
			  "\n"
			  "192.0.2.1:8025 (example.net) unknown ok\n"
			  "said: whole\n"
			  "received: 0 bytes, 1 connection\n");
}
END_TEST

START_TEST(block_shows_what_was_said_instead)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct grab g = grab_of(GRAB_MISMATCH);

	g.asked = PROTOCOL_SMTP;
	g.proto = PROTOCOL_SSH;
	g.ground = GROUND_ANSWER;
	g.raw = "SSH-2.0-\x1b[2J\r\n";
	g.raw_len = strlen(g.raw);
	g.phases = (struct grab_phases){-1, -1, -1, -1, -1};
	banner_put_block(c->out, &g, REASON_NONE, wall);
	capture_expect(c, "192.0.2.1:8025 (example.net) ssh mismatch\n"
			  "asked: smtp\n"
			  "decided_by: answer\n"
			  "said: SSH-2.0-\\x1b[2J\n"
			  "received: 0 bytes, 1 connection\n");
}
END_TEST

/* --- the run ------------------------------------------------------------------------------------
 */

START_TEST(report_counts_how_sessions_ended)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct banner_report *r = banner_report_new(c->out);
	struct grab grabs[] = {grab_of(GRAB_OK), refused(ECONNREFUSED), refused(0),
		refused(ENETUNREACH), refused(EMFILE), grab_of(GRAB_OK)};
	struct strbuf out = {0};

	banner_report_counts(r, &out);
	ck_assert_uint_eq(out.len, 0);
	for (size_t i = 0; i < sizeof grabs / sizeof grabs[0]; i++)
		banner_report_grab(r, &grabs[i]);
	banner_report_counts(r, &out);
	ck_assert_str_eq(out.text, ": 2 ok, 3 refused, 1 timeout");
	ck_assert_uint_eq(banner_report_totals(r)->sessions, 6);
	ck_assert_uint_eq(banner_report_totals(r)->not_asked, 1);
	strbuf_release(&out);
	banner_report_free(r);
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

/* Routes and firewalls answer, those of this machine among them. */
START_TEST(only_a_shortage_of_this_machine_is_no_answer)
{
	static const int answers[] = {0, ETIMEDOUT, ECONNREFUSED, ECONNRESET, ENETUNREACH,
		EHOSTUNREACH, EACCES, EINVAL, EPERM};
	static const int shortages[] = {
		EMFILE, ENFILE, EADDRNOTAVAIL, EADDRINUSE, EAGAIN, ENOBUFS, ENOMEM};
	struct grab g;

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		g = refused(answers[i]);
		ck_assert_msg(!banner_not_asked(&g), "errno %d", answers[i]);
	}
	for (size_t i = 0; i < sizeof shortages / sizeof shortages[0]; i++) {
		g = refused(shortages[i]);
		ck_assert_msg(banner_not_asked(&g), "errno %d", shortages[i]);
		ck_assert_int_eq(banner_reason(&g), REASON_LOCAL);
	}
	g.connections = 1;
	ck_assert(!banner_not_asked(&g));
	ck_assert_int_eq(banner_reason(&g), REASON_NONE);
	g = refused(ENOPROTOOPT);
	g.has_icmp = true;
	g.icmp = (struct sock_error){
		.from = {.family = 4, .ip = {127, 0, 0, 1}}, .type = 3, .code = 3};
	ck_assert_int_eq(banner_reason(&g), REASON_LOCAL);
	ck_assert(!banner_not_asked(&g));
}
END_TEST

START_TEST(report_writes_rows_blocks_or_records)
{
	struct grab g = refused(ECONNREFUSED);

	for (int layout = BANNER_ROWS; layout <= BANNER_BLOCKS; layout++) {
		for (int format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
			struct capture *c = capture_open((enum output_format)format, COLOR_NEVER);
			struct banner_report *r = banner_report_new(c->out);
			const char *begins = format == OUTPUT_JSON ? "{\"type\":\"banner\","
					     : layout == BANNER_ROWS
						     ? "ADDRESS "
						     : "192.0.2.1:8025 (example.net) refused\n";

			banner_report_layout(r, (enum banner_layout)layout);
			banner_report_grab(r, &g);
			ck_assert_int_eq(output_end(c->out, 0), 0);
			ck_assert_ptr_eq(strstr(capture_text(c), begins), c->text);
			banner_report_free(r);
			capture_free(c);
		}
	}
}
END_TEST

UNIT_MAIN("cmd/banner_report", record_has_every_field_in_its_place,
	record_has_null_or_nothing_for_what_is_not_known,
	record_names_every_state_and_needs_no_reason_for_a_connection,
	record_says_why_there_was_no_connection, record_names_the_icmp_error_and_its_sender,
	record_knows_this_machine_as_the_sender,
	record_has_an_object_for_every_protocol_with_a_machine,
	record_leaves_out_an_object_without_facts,
	record_tells_an_empty_text_and_a_false_flag_from_none,
	record_escapes_whatever_a_server_says, record_of_tls_without_a_certificate,
	record_takes_as_many_facts_as_there_can_be,
	headline_is_what_the_protocol_says_and_tls_in_short,
	tls_in_short_has_the_common_name_wherever_it_stands, headline_says_why_there_is_none,
	headline_of_what_nobody_knows_is_its_first_line, headline_has_a_remark_on_what_went_well,
	headline_begins_with_where_redirects_led, headline_of_a_mismatch_says_what_it_is_not,
	headline_of_a_mismatch_in_plain_misses_the_tls, headline_of_a_mismatch_with_facts_is_theirs,
	headline_has_an_end_whatever_a_server_says, headline_that_fits_is_left_whole,
	headline_ends_behind_a_long_remark_too,
	report_headline_is_the_state_where_there_is_nothing_else,
	service_has_an_s_where_a_scheme_has, rows_have_a_banner_or_a_dash,
	rows_escape_whatever_a_server_says, rows_are_clear_where_a_title_ends,
	rows_fit_narrow_terminals, block_has_all_that_is_known,
	block_says_why_there_was_no_connection, block_wraps_lists_of_words,
	block_escapes_whatever_a_server_says, block_shows_the_first_lines_of_what_nobody_knows,
	block_shows_what_was_said_instead, report_counts_how_sessions_ended,
	only_a_shortage_of_this_machine_is_no_answer, report_writes_rows_blocks_or_records)
