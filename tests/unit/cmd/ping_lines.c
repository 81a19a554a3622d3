/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/ping_lines.h"

#include "../unit.h"

#include <errno.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

static struct strbuf line;

static const struct ping_report_options echo = {.proto = "icmp", .size = 56};
static const struct ping_report_options tcp = {.proto = "tcp"};
static const struct ping_report_options udp = {.proto = "udp"};

static struct ping_host v4 = {
	.name = (char *)"192.0.2.1", .addr = {.family = 4, .ip = {192, 0, 2, 1}}};
static struct ping_host v6 = {.name = (char *)"2001:db8::1",
	.addr = {.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
static const struct addr router = {.family = 4, .ip = {10, 77, 1, 1}};

/* Each function appends: what stands there already stays. */
static void begin(void)
{
	strbuf_reset(&line);
	strbuf_puts(&line, "> ");
}

static void expect(const char *wanted)
{
	ck_assert_str_eq(line.text + 2, wanted);
	ck_assert_mem_eq(line.text, "> ", 2);
}

/* --- the first line ------------------------------------------------------------------------------
 */

static void expect_first(const struct ping_report_options *o, const char *name,
	const struct addr *addr, const char *wanted)
{
	begin();
	ping_line_begin(&line, o, name, addr);
	expect(wanted);
}

START_TEST(first_line_of_ipv4_tells_the_size_with_and_without_headers)
{
	const struct ping_report_options empty = {.proto = "icmp", .size = 0};

	expect_first(&echo, "example.net", &v4.addr,
		"PING example.net (192.0.2.1) 56(84) bytes of data.");
	expect_first(
		&echo, "192.0.2.1", &v4.addr, "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.");
	expect_first(
		&empty, "192.0.2.1", &v4.addr, "PING 192.0.2.1 (192.0.2.1) 0(28) bytes of data.");
}
END_TEST

START_TEST(first_line_of_ipv6_tells_the_size_of_the_data)
{
	expect_first(&echo, "2001:db8::1", &v6.addr, "PING 2001:db8::1(2001:db8::1) 56 data bytes");
	expect_first(&echo, "example.net", &v6.addr,
		"PING example.net(example.net (2001:db8::1)) 56 data bytes");
}
END_TEST

START_TEST(first_line_of_tcp_and_udp_tells_the_port)
{
	struct addr at = v4.addr;

	at.port = 80;
	expect_first(&tcp, "example.net", &at, "TCP PING example.net (192.0.2.1) port 80");
	at.port = 53;
	expect_first(&udp, "192.0.2.1", &at, "UDP PING 192.0.2.1 (192.0.2.1) port 53");
}
END_TEST

/* --- replies -------------------------------------------------------------------------------------
 */

static struct ping_reply reply(nsec_t rtt)
{
	return (struct ping_reply){
		.sequence = 1, .bytes = 64, .ttl = 64, .trip = {rtt, -1, -1, STAMPS_BOTH}};
}

static void expect_reply(const struct ping_report_options *o, const struct ping_host *h,
	const struct ping_reply *r, const char *who, const char *wanted)
{
	begin();
	ping_line_reply(&line, o, h, r, who);
	expect(wanted);
}

START_TEST(reply_has_bytes_sequence_ttl_and_time)
{
	struct ping_reply r = reply(42 * US);

	expect_reply(&echo, &v4, &r, "192.0.2.1",
		"64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.042 ms");
	expect_reply(&echo, &v4, &r, "example.net (192.0.2.1)",
		"64 bytes from example.net (192.0.2.1): icmp_seq=1 ttl=64 time=0.042 ms");
	r.ttl = -1;
	expect_reply(&echo, &v6, &r, "2001:db8::1",
		"64 bytes from 2001:db8::1: icmp_seq=1 time=0.042 ms");
	r.ttl = 0;
	expect_reply(&echo, &v6, &r, "2001:db8::1",
		"64 bytes from 2001:db8::1: icmp_seq=1 ttl=0 time=0.042 ms");
}
END_TEST

/* Three decimals below 1 ms, two below 10, one below 100. */
START_TEST(time_has_as_many_decimals_as_iputils_gives)
{
	static const struct {
		nsec_t rtt;
		const char *text;
	} cases[] = {
		{0, "0.000"},
		{499, "0.000"},
		{500, "0.001"},
		{999 * US, "0.999"},
		{MS, "1.00"},
		{1234 * US, "1.23"},
		{9994 * US, "9.99"},
		{10 * MS, "10.0"},
		{99949 * US, "99.9"},
		{100 * MS, "100"},
		{1234567 * US, "1235"},
		{60000 * MS, "60000"},
	};
	char wanted[96];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ping_reply r = reply(cases[i].rtt);

		snprintf(wanted, sizeof wanted,
			"64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=%s ms", cases[i].text);
		expect_reply(&echo, &v4, &r, "192.0.2.1", wanted);
	}
}
END_TEST

START_TEST(sequence_of_echo_is_that_of_the_packet)
{
	struct ping_reply r = reply(MS);

	r.sequence = 65535;
	expect_reply(&echo, &v4, &r, "a", "64 bytes from a: icmp_seq=65535 ttl=64 time=1.00 ms");
	r.sequence = 65536;
	expect_reply(&echo, &v4, &r, "a", "64 bytes from a: icmp_seq=0 ttl=64 time=1.00 ms");
	r.sequence = 65536 * 3 + 7;
	expect_reply(&echo, &v4, &r, "a", "64 bytes from a: icmp_seq=7 ttl=64 time=1.00 ms");
}
END_TEST

static void expect_mark(const struct ping_reply *r, const char *mark)
{
	char wanted[160];

	snprintf(wanted, sizeof wanted, "64 bytes from a: icmp_seq=1 ttl=64 time=1.00 ms%s", mark);
	expect_reply(&echo, &v4, r, "a", wanted);
}

START_TEST(reply_has_its_marks)
{
	struct ping_reply r = reply(MS);

	r.duplicate = true;
	expect_mark(&r, " (DUP!)");
	r.duplicate = false;
	r.late = true;
	expect_mark(&r, " (late)");
	r.late = false;
	r.fault = PING_WRONG_SOURCE;
	expect_mark(&r, " (DIFFERENT ADDRESS!)");
	r.fault = PING_BAD_CHECKSUM;
	expect_mark(&r, " (BAD CHECKSUM)");
	r.fault = PING_TRUNCATED;
	expect_mark(&r, " (truncated)");
	r.fault = PING_CORRUPT;
	r.corrupt_at = 20;
	r.corrupt_is = 0;
	r.corrupt_not = 0x14;
	expect_mark(&r, " (corrupted: byte 20 is 0x00, not 0x14)");
	r.duplicate = true;
	expect_mark(&r, " (corrupted: byte 20 is 0x00, not 0x14) (DUP!)");
}
END_TEST

START_TEST(verbose_reply_tells_the_clock_and_where_else_time_went)
{
	struct ping_report_options verbose = echo;
	struct ping_reply r = reply(MS);

	verbose.verbose = true;
	r.trip = (struct round_trip){MS, 4 * US, 20 * US, STAMPS_BOTH};
	expect_reply(&verbose, &v4, &r, "a",
		"64 bytes from a: icmp_seq=1 ttl=64 time=1.00 ms clock=kernel wait=0.004 ms "
		"wake=0.020 ms");
	r.trip = (struct round_trip){MS, -1, 0, STAMPS_ARRIVED};
	expect_reply(&verbose, &v4, &r, "a",
		"64 bytes from a: icmp_seq=1 ttl=64 time=1.00 ms clock=user wake=0.000 ms");
	r.trip = (struct round_trip){MS, -1, -1, STAMPS_NONE};
	r.duplicate = true;
	expect_reply(&verbose, &v4, &r, "a",
		"64 bytes from a: icmp_seq=1 ttl=64 time=1.00 ms (DUP!) clock=user");
}
END_TEST

START_TEST(reply_of_tcp_and_udp_has_port_and_state)
{
	struct ping_reply r = {
		.sequence = 70000, .state = PORT_OPEN, .ttl = -1, .trip = {46 * US, -1, -1, 0}};
	struct ping_host at = v4, at6 = v6;

	at.addr.port = at6.addr.port = 80;
	expect_reply(&tcp, &at, &r, NULL, "192.0.2.1:80: tcp_seq=70000 open time=0.046 ms");
	expect_reply(&tcp, &at6, &r, NULL, "[2001:db8::1]:80: tcp_seq=70000 open time=0.046 ms");
	expect_reply(&udp, &at, &r, NULL, "192.0.2.1:80: udp_seq=70000 reply time=0.046 ms");
	r.state = PORT_CLOSED;
	r.late = true;
	expect_reply(
		&tcp, &at, &r, NULL, "192.0.2.1:80: tcp_seq=70000 closed time=0.046 ms (late)");
	expect_reply(
		&udp, &at, &r, NULL, "192.0.2.1:80: udp_seq=70000 closed time=0.046 ms (late)");
}
END_TEST

/* --- errors --------------------------------------------------------------------------------------
 */

static void expect_error(const struct ping_report_options *o, const struct ping_host *h,
	const struct ping_error *e, const char *wanted)
{
	begin();
	ping_line_error(&line, o, h, e, "10.77.1.1");
	expect(wanted);
}

static struct ping_error icmp_error(uint8_t type, uint8_t code)
{
	return (struct ping_error){.sequence = 3,
		.reason = REASON_ICMP,
		.from = router,
		.icmp_type = type,
		.icmp_code = code};
}

START_TEST(icmp_error_has_the_words_of_iputils)
{
	static const struct {
		uint8_t type, code;
		const char *wanted;
	} cases[] = {
		{3, 0, "From 10.77.1.1 icmp_seq=3 Destination Net Unreachable"},
		{3, 1, "From 10.77.1.1 icmp_seq=3 Destination Host Unreachable"},
		{3, 3, "From 10.77.1.1 icmp_seq=3 Destination Port Unreachable"},
		{3, 13, "From 10.77.1.1 icmp_seq=3 Packet filtered"},
		{11, 0, "From 10.77.1.1 icmp_seq=3 Time to live exceeded"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ping_error e = icmp_error(cases[i].type, cases[i].code);

		expect_error(&echo, &v4, &e, cases[i].wanted);
	}
}
END_TEST

START_TEST(icmpv6_error_has_the_words_of_iputils)
{
	struct ping_error e = icmp_error(1, 0);

	expect_error(&echo, &v6, &e, "From 10.77.1.1 icmp_seq=3 Destination unreachable: No route");
	e = icmp_error(3, 0);
	expect_error(&echo, &v6, &e, "From 10.77.1.1 icmp_seq=3 Time exceeded: Hop limit");
}
END_TEST

START_TEST(error_that_knows_the_mtu_tells_it)
{
	struct ping_error e = icmp_error(3, 4);

	e.mtu = 1400;
	expect_error(
		&echo, &v4, &e, "From 10.77.1.1 icmp_seq=3 Frag needed and DF set (mtu = 1400)");
	e.mtu = 0;
	expect_error(&echo, &v4, &e, "From 10.77.1.1 icmp_seq=3 Frag needed and DF set");
	e = icmp_error(2, 0);
	e.mtu = 1400;
	expect_error(&echo, &v6, &e, "From 10.77.1.1 icmp_seq=3 Packet too big: mtu=1400");
}
END_TEST

START_TEST(error_of_tcp_and_udp_has_their_sequence)
{
	struct ping_error e = icmp_error(3, 3);

	e.sequence = 70000;
	expect_error(&tcp, &v4, &e, "From 10.77.1.1 tcp_seq=70000 Destination Port Unreachable");
	expect_error(&udp, &v4, &e, "From 10.77.1.1 udp_seq=70000 Destination Port Unreachable");
	expect_error(&echo, &v4, &e, "From 10.77.1.1 icmp_seq=4464 Destination Port Unreachable");
}
END_TEST

START_TEST(error_from_our_own_firewall_says_so)
{
	struct ping_error e = icmp_error(3, 13);

	e.reason = REASON_LOCAL;
	expect_error(&echo, &v4, &e, "From 10.77.1.1 icmp_seq=3 Packet filtered (own firewall)");
}
END_TEST

static struct ping_error local_error(enum port_reason reason, int err)
{
	return (struct ping_error){.sequence = 4, .reason = reason, .err = err};
}

START_TEST(probe_that_was_not_sent_says_why)
{
	struct ping_error e = local_error(REASON_LOCAL, EPERM);

	expect_error(&echo, &v4, &e, "icmp_seq=4 not sent: Operation not permitted (own firewall)");
	e = local_error(REASON_LOCAL, EMSGSIZE);
	expect_error(&echo, &v4, &e, "icmp_seq=4 not sent: message too long");
	e.mtu = 1500;
	expect_error(&echo, &v4, &e, "icmp_seq=4 not sent: message too long (mtu 1500)");
	e = local_error(REASON_NO_ROUTE, ENETUNREACH);
	expect_error(&echo, &v4, &e, "icmp_seq=4 not sent: Network is unreachable");
	expect_error(&tcp, &v4, &e, "tcp_seq=4 not sent: Network is unreachable");
	e = local_error(REASON_LOCAL, EIO);
	expect_error(&echo, &v4, &e, "icmp_seq=4 not sent: Input/output error");
}
END_TEST

START_TEST(neighbour_that_does_not_answer_is_named)
{
	struct ping_error e = local_error(REASON_ARP, 0);

	expect_error(&echo, &v4, &e, "icmp_seq=4 no answer to ARP requests");
	expect_error(&echo, &v6, &e, "icmp_seq=4 no answer to neighbour solicitations");
	/* the kernel says so by an ICMP error of its own */
	e = icmp_error(3, 1);
	e.reason = REASON_ARP;
	expect_error(&echo, &v4, &e, "From 10.77.1.1 icmp_seq=3 Destination Host Unreachable");
}
END_TEST

START_TEST(detail_of_an_error_has_the_name_of_its_icmp_message)
{
	struct ping_error e = icmp_error(3, 13);
	struct strbuf words = {0};

	ck_assert_str_eq(ping_error_text(&v4, &e, &words), "admin-prohibited");
	ck_assert_str_eq(ping_error_text(&v6, &e, &words), "unknown");
	e = local_error(REASON_LOCAL, 0);
	ck_assert_str_eq(
		ping_error_text(&v4, &e, &words), "rejected by this machine's own firewall");
	e = local_error(REASON_LOCAL, EMSGSIZE);
	e.mtu = 1280;
	strbuf_puts(&words, "what stood there");
	ck_assert_str_eq(ping_error_text(&v4, &e, &words), "message too long (mtu 1280)");
	strbuf_release(&words);
}
END_TEST

/* --- the end -------------------------------------------------------------------------------------
 */

static void expect_counts(
	const struct ping_counts *c, nsec_t elapsed, nsec_t outage, const char *wanted)
{
	begin();
	ping_line_counts(&line, c, elapsed, outage);
	expect(wanted);
}

START_TEST(counts_are_those_of_ping)
{
	const struct ping_counts c = {.sent = 5, .received = 4, .lost = 1};

	expect_counts(&c, 4005 * MS, 0,
		"5 packets transmitted, 4 received, 20% packet loss, time 4005ms");
	/* while it runs */
	expect_counts(&c, -1, 0, "5 packets transmitted, 4 received, 20% packet loss");
	expect_counts(&c, 0, 0, "5 packets transmitted, 4 received, 20% packet loss, time 0ms");
}
END_TEST

START_TEST(counts_that_are_not_0_are_told)
{
	const struct ping_counts c = {.sent = 9,
		.received = 5,
		.lost = 2,
		.dropped_here = 1,
		.duplicates = 3,
		.late = 2,
		.errors = 1,
		.corrupted = 4};

	expect_counts(&c, 4005 * MS, 2000 * MS,
		"9 packets transmitted, 5 received, +3 duplicates, +4 corrupted, +1 errors, "
		"28.5714% packet loss, time 4005ms, 2 late, 1 dropped here, 1 in flight, "
		"longest outage 2.0 s");
}
END_TEST

START_TEST(loss_is_told_to_six_digits)
{
	expect_counts(&(struct ping_counts){0}, -1, 0,
		"0 packets transmitted, 0 received, 0% packet loss");
	expect_counts(&(struct ping_counts){.sent = 3, .lost = 3}, -1, 0,
		"3 packets transmitted, 0 received, 100% packet loss");
	expect_counts(&(struct ping_counts){.sent = 3, .received = 2, .lost = 1}, -1, 0,
		"3 packets transmitted, 2 received, 33.3333% packet loss");
	expect_counts(&(struct ping_counts){.sent = 10000, .received = 9999, .lost = 1}, -1, 0,
		"10000 packets transmitted, 9999 received, 0.01% packet loss");
	/* of those whose fate the network had in its hand */
	expect_counts(&(struct ping_counts){.sent = 4, .received = 1, .lost = 1, .dropped_here = 1},
		-1, 0,
		"4 packets transmitted, 1 received, 50% packet loss, 1 dropped here, 1 in flight");
}
END_TEST

START_TEST(outage_is_told_from_50_ms_on)
{
	const struct ping_counts c = {.sent = 1, .received = 1};

	expect_counts(&c, -1, 50 * MS - 1, "1 packets transmitted, 1 received, 0% packet loss");
	expect_counts(&c, -1, 50 * MS,
		"1 packets transmitted, 1 received, 0% packet loss, longest outage 0.1 s");
	expect_counts(&c, -1, 75340 * MS,
		"1 packets transmitted, 1 received, 0% packet loss, longest outage 75.3 s");
}
END_TEST

START_TEST(times_are_min_avg_max_and_more)
{
	struct rtt_stats rtt = {0};

	rtt_stats_add(&rtt, 42 * US);
	rtt_stats_add(&rtt, 61 * US);
	rtt_stats_add(&rtt, 47 * US);
	begin();
	ping_line_times(&line, &rtt);
	expect("rtt min/avg/max/mdev = 0.042/0.050/0.061/0.008 ms, "
	       "median 0.047 ms, p95 0.061 ms, p99 0.061 ms, jitter 0.002 ms");
	rtt_stats_release(&rtt);
}
END_TEST

/* --- tables --------------------------------------------------------------------------------------
 */

static void expect_loss(uint64_t received, uint64_t lost, const char *wanted)
{
	const struct ping_counts c = {.sent = received + lost, .received = received, .lost = lost};
	char text[PING_LOSS_MAX];

	ck_assert_str_eq(ping_loss_text(&c, text), wanted);
}

START_TEST(loss_in_a_table_has_three_digits)
{
	expect_loss(3, 0, "0%");
	expect_loss(2, 1, "33.3%");
	expect_loss(0, 3, "100%");
	expect_loss(999, 1, "0.1%");
}
END_TEST

START_TEST(loss_in_a_table_is_100_percent_only_when_all_is_lost)
{
	expect_loss(1, 99999, "99.9%");
	expect_loss(1, 9999999, "99.9%");
	expect_loss(0, 99999, "100%");
}
END_TEST

START_TEST(place_has_the_port_where_one_is_asked)
{
	struct ping_host h = v6;
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(ping_place(&h, text), "2001:db8::1");
	h.addr.port = 443;
	ck_assert_str_eq(ping_place(&h, text), "[2001:db8::1]:443");
}
END_TEST

UNIT_MAIN("cmd/ping_lines", first_line_of_ipv4_tells_the_size_with_and_without_headers,
	first_line_of_ipv6_tells_the_size_of_the_data, first_line_of_tcp_and_udp_tells_the_port,
	reply_has_bytes_sequence_ttl_and_time, time_has_as_many_decimals_as_iputils_gives,
	sequence_of_echo_is_that_of_the_packet, reply_has_its_marks,
	verbose_reply_tells_the_clock_and_where_else_time_went,
	reply_of_tcp_and_udp_has_port_and_state, icmp_error_has_the_words_of_iputils,
	icmpv6_error_has_the_words_of_iputils, error_that_knows_the_mtu_tells_it,
	error_of_tcp_and_udp_has_their_sequence, error_from_our_own_firewall_says_so,
	probe_that_was_not_sent_says_why, neighbour_that_does_not_answer_is_named,
	detail_of_an_error_has_the_name_of_its_icmp_message, counts_are_those_of_ping,
	counts_that_are_not_0_are_told, loss_is_told_to_six_digits, outage_is_told_from_50_ms_on,
	times_are_min_avg_max_and_more, loss_in_a_table_has_three_digits,
	loss_in_a_table_is_100_percent_only_when_all_is_lost, place_has_the_port_where_one_is_asked)
