/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/ping_records.h"

#include "../output/capture.h"

#include <errno.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

static struct ping_host host = {
	.name = (char *)"example.net", .addr = {.family = 4, .ip = {192, 0, 2, 1}}};

static struct capture *begin(void)
{
	return capture_open(OUTPUT_JSON, COLOR_NEVER);
}

/* The line of one record, without the `end` record after it. */
static void expect(struct capture *c, const char *line)
{
	char *end;

	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	end = strchr(c->text, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	ck_assert_str_eq(c->text, line);
	capture_free(c);
}

START_TEST(reply_has_every_field)
{
	struct ping_reply r = {
		.sequence = 70000,
		.from = host.addr,
		.bytes = 64,
		.ttl = 61,
		.trip = {42 * US, 4 * US, 20 * US, STAMPS_BOTH},
	};
	struct capture *c = begin();

	ping_put_reply(c->out, "icmp", &host, &r);
	expect(c, "{\"type\":\"reply\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":70000,\"from\":\"192.0.2.1\",\"bytes\":64,"
		  "\"ttl\":61,\"rtt_ms\":0.042,\"clock\":\"kernel\",\"stamps\":\"both\","
		  "\"wait_ms\":0.004,\"wake_ms\":0.02,\"dup\":false,\"late\":false,"
		  "\"corrupted\":false}");
}
END_TEST

START_TEST(reply_has_null_for_what_is_not_known_and_true_for_its_marks)
{
	struct ping_reply r = {
		.sequence = 1,
		.from = host.addr,
		.ttl = -1,
		.trip = {MS, -1, -1, STAMPS_NONE},
		.duplicate = true,
		.late = true,
		.fault = PING_CORRUPT,
	};
	struct capture *c = begin();

	ping_put_reply(c->out, "icmp", &host, &r);
	expect(c, "{\"type\":\"reply\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":1,\"from\":\"192.0.2.1\",\"bytes\":null,"
		  "\"ttl\":null,\"rtt_ms\":1,\"clock\":\"user\",\"stamps\":\"none\","
		  "\"wait_ms\":null,\"wake_ms\":null,\"dup\":true,\"late\":true,"
		  "\"corrupted\":true}");
}
END_TEST

static void expect_state(const char *proto, enum port_state state, const char *word)
{
	struct ping_reply r = {.sequence = 1, .from = host.addr, .state = state, .ttl = -1};
	struct ping_host at = host;
	struct capture *c = begin();
	char wanted[64];

	at.addr.port = 53;
	r.trip = (struct round_trip){MS, -1, 5 * US, STAMPS_ARRIVED};
	ping_put_reply(c->out, proto, &at, &r);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	snprintf(wanted, sizeof wanted, "\"proto\":\"%s\",\"port\":53,", proto);
	ck_assert_ptr_nonnull(strstr(c->text, wanted));
	snprintf(wanted, sizeof wanted, "\"state\":\"%s\",", word);
	ck_assert_ptr_nonnull(strstr(c->text, wanted));
	ck_assert_ptr_nonnull(strstr(c->text, "\"clock\":\"user\",\"stamps\":\"arrived\""));
	capture_free(c);
}

START_TEST(reply_of_a_port_has_port_and_state)
{
	expect_state("tcp", PORT_OPEN, "open");
	expect_state("tcp", PORT_CLOSED, "closed");
	expect_state("udp", PORT_OPEN, "reply");
	expect_state("udp", PORT_CLOSED, "closed");
}
END_TEST

static void expect_stray(enum ping_fault fault, const char *word)
{
	struct ping_reply r = {.sequence = 3,
		.from = {.family = 4, .ip = {203, 0, 113, 9}},
		.bytes = 63,
		.fault = fault};
	struct capture *c = begin();
	char wanted[256];

	ping_put_stray(c->out, "icmp", &host, &r);
	snprintf(wanted, sizeof wanted,
		"{\"type\":\"stray\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		"\"proto\":\"icmp\",\"seq\":3,\"from\":\"203.0.113.9\",\"bytes\":63,"
		"\"fault\":\"%s\"}",
		word);
	expect(c, wanted);
}

START_TEST(stray_names_its_fault)
{
	expect_stray(PING_WRONG_SOURCE, "wrong-source");
	expect_stray(PING_BAD_CHECKSUM, "bad-checksum");
	expect_stray(PING_TRUNCATED, "truncated");
}
END_TEST

START_TEST(error_from_somebody_has_sender_and_message)
{
	struct ping_error e = {
		.sequence = 3,
		.reason = REASON_ICMP,
		.from = {.family = 4, .ip = {10, 77, 1, 1}},
		.icmp_type = 3,
		.icmp_code = 4,
		.mtu = 1400,
		.elapsed = 1500 * US,
	};
	struct capture *c = begin();

	ping_put_error(c->out, "icmp", &host, &e);
	expect(c, "{\"type\":\"error\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":3,\"reason\":\"icmp\",\"from\":\"10.77.1.1\","
		  "\"icmp\":{\"type\":3,\"code\":4,\"name\":\"fragmentation-needed\"},"
		  "\"mtu\":1400,\"rtt_ms\":1.5,\"detail\":\"fragmentation-needed\"}");
}
END_TEST

START_TEST(error_of_this_machine_has_its_ground_alone)
{
	struct ping_error e = {.sequence = 4, .reason = REASON_NO_ROUTE, .err = ENETUNREACH};
	struct capture *c = begin();

	ping_put_error(c->out, "icmp", &host, &e);
	expect(c, "{\"type\":\"error\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":4,\"reason\":\"no-route\",\"from\":null,"
		  "\"icmp\":null,\"mtu\":null,\"rtt_ms\":null,"
		  "\"detail\":\"Network is unreachable\"}");
}
END_TEST

START_TEST(lost_says_whose_loss_it_was)
{
	struct capture *c = begin();

	ping_put_lost(c->out, "icmp", &host, 5, false);
	expect(c, "{\"type\":\"lost\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":5,\"reason\":\"timeout\"}");
	c = begin();
	ping_put_lost(c->out, "icmp", &host, 6, true);
	expect(c, "{\"type\":\"lost\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"seq\":6,\"reason\":\"dropped-here\"}");
}
END_TEST

/* --- addresses -----------------------------------------------------------------------------------
 */

static struct ping_host counted(void)
{
	struct ping_host h = host;

	h.counts = (struct ping_counts){.sent = 9,
		.received = 3,
		.lost = 3,
		.dropped_here = 1,
		.duplicates = 4,
		.late = 1,
		.errors = 2,
		.corrupted = 5};
	rtt_stats_add(&h.rtt, 42 * US);
	rtt_stats_add(&h.rtt, 61 * US);
	rtt_stats_add(&h.rtt, 47 * US);
	return h;
}

START_TEST(host_has_all_counts_and_times)
{
	struct ping_host h = counted();
	struct capture *c = begin();

	ping_put_host(c->out, "icmp", &h, NULL, 2000 * MS);
	expect(c, "{\"type\":\"host\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"sent\":9,\"received\":3,\"lost\":3,\"loss_pct\":50,"
		  "\"duplicates\":4,\"late\":1,\"dropped_here\":1,\"errors\":2,\"corrupted\":5,"
		  "\"pending\":2,\"outage_ms\":2000,\"last_ms\":0.047,"
		  "\"rtt_ms\":{\"min\":0.042,\"avg\":0.05,\"median\":0.047,\"p95\":0.061,"
		  "\"p99\":0.061,\"max\":0.061,\"stddev\":0.008,\"jitter\":0.002}}");
	rtt_stats_release(&h.rtt);
}
END_TEST

START_TEST(host_that_never_answered_has_no_times)
{
	struct ping_host h = host;
	struct capture *c = begin();

	h.counts = (struct ping_counts){.sent = 2};
	ping_put_host(c->out, "icmp", &h, NULL, 0);
	expect(c, "{\"type\":\"host\",\"host\":\"example.net\",\"addr\":\"192.0.2.1\","
		  "\"proto\":\"icmp\",\"sent\":2,\"received\":0,\"lost\":0,\"loss_pct\":null,"
		  "\"duplicates\":0,\"late\":0,\"dropped_here\":0,\"errors\":0,\"corrupted\":0,"
		  "\"pending\":2,\"outage_ms\":0,\"last_ms\":null,\"rtt_ms\":null}");
}
END_TEST

static void expect_in_host(const struct ping_host *h, const char *name, const char *part)
{
	struct capture *c = begin();

	ping_put_host(c->out, "icmp", h, name, 0);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_msg(strstr(capture_text(c), part), "no %s in %s", part, c->text);
	capture_free(c);
}

START_TEST(host_has_the_name_that_was_found)
{
	expect_in_host(&host, "web.test", "\"proto\":\"icmp\",\"name\":\"web.test\",\"sent\":");
}
END_TEST

START_TEST(loss_has_no_more_digits_than_it_deserves)
{
	struct ping_host h = host;

	h.counts = (struct ping_counts){.sent = 3, .received = 2, .lost = 1};
	expect_in_host(&h, NULL, "\"loss_pct\":33.3333,");
	h.counts = (struct ping_counts){.sent = 3, .lost = 3};
	expect_in_host(&h, NULL, "\"loss_pct\":100,");
}
END_TEST

/* --- rows ----------------------------------------------------------------------------------------
 */

static void expect_table(const struct ping_host *h, const char *name, const char *table)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);

	ping_put_row(c->out, h, name);
	capture_expect(c, table);
}

START_TEST(row_has_name_address_counts_and_times)
{
	struct ping_host h = counted();

	expect_table(&h, NULL,
		"HOST         ADDR       SENT  RECV  LOSS       MIN       AVG       MAX      "
		"LAST\n"
		"example.net  192.0.2.1     9     3   50%  0.042 ms  0.050 ms  0.061 ms  "
		"0.047 ms\n");
	rtt_stats_release(&h.rtt);
}
END_TEST

START_TEST(row_has_a_host_only_where_there_is_a_name)
{
	static const char *const no_names[] = {
		"192.0.2.1", "192.0.2.0/30", "192.0.2.1-9", "2001:db8::1", "fe80::1%eth0", ""};
	struct ping_host h = host;

	h.counts = (struct ping_counts){.sent = 1, .lost = 1};
	for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++) {
		h.name = (char *)no_names[i];
		expect_table(
			&h, NULL, "ADDR       SENT  RECV  LOSS\n192.0.2.1     1     0  100%\n");
	}
	expect_table(&h, "web.test",
		"HOST      ADDR       SENT  RECV  LOSS\nweb.test  192.0.2.1     1     0  100%\n");
}
END_TEST

START_TEST(row_has_the_port_that_was_asked)
{
	struct ping_host h = host;

	h.name = (char *)"192.0.2.1";
	h.addr.port = 80;
	h.counts.sent = 1;
	expect_table(&h, NULL, "ADDR          SENT  RECV\n192.0.2.1:80     1     0\n");
}
END_TEST

/* --- the whole run -------------------------------------------------------------------------------
 */

START_TEST(total_has_the_sums)
{
	const struct pinger_status status = {
		.counts = {9, 3, 3, 1, 4, 1, 2, 5}, .hosts = 3, .foreign = 6};
	const struct ping_verdicts verdicts = {.alive = 1, .dead = 1, .unknown = 1};
	struct capture *c = begin();

	ping_put_total(c->out, &status, &verdicts, 3010 * MS);
	expect(c, "{\"type\":\"total\",\"hosts\":3,\"alive\":1,\"dead\":1,\"sent\":9,"
		  "\"received\":3,\"lost\":3,\"duplicates\":4,\"late\":1,\"dropped_here\":1,"
		  "\"errors\":2,\"pending\":2,\"ignored\":6,\"elapsed_ms\":3010}");
}
END_TEST

UNIT_MAIN("cmd/ping_records", reply_has_every_field,
	reply_has_null_for_what_is_not_known_and_true_for_its_marks,
	reply_of_a_port_has_port_and_state, stray_names_its_fault,
	error_from_somebody_has_sender_and_message, error_of_this_machine_has_its_ground_alone,
	lost_says_whose_loss_it_was, host_has_all_counts_and_times,
	host_that_never_answered_has_no_times, host_has_the_name_that_was_found,
	loss_has_no_more_digits_than_it_deserves, row_has_name_address_counts_and_times,
	row_has_a_host_only_where_there_is_a_name, row_has_the_port_that_was_asked,
	total_has_the_sums)
