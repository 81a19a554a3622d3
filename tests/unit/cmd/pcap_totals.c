/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_totals.h"

#include "said.h"

#include "netprobe/base/log.h"

#include <fcntl.h>

static struct flow fated(enum handshake_state state)
{
	struct flow f = {.id = 1};

	f.handshake.state = state;
	f.handshake.first_syn = f.handshake.answered_syn = f.handshake.synack = NOT_SEEN;
	f.handshake.ack = NOT_SEEN;
	return f;
}

static struct pcap_totals of(const enum handshake_state *states, size_t count)
{
	struct pcap_totals t = {.packets = 10 * count};

	for (size_t i = 0; i < count; i++) {
		struct flow f = fated(states[i]);

		pcap_totals_add(&t, &f);
	}
	return t;
}

#define OF(...)                                                                                    \
	of((const enum handshake_state[]){__VA_ARGS__},                                            \
		sizeof((const enum handshake_state[]){__VA_ARGS__}) /                              \
			sizeof(enum handshake_state))

static void expect_text(struct pcap_totals t, const char *expected)
{
	struct strbuf out = {0};

	pcap_totals_text(&out, &t);
	ck_assert_str_eq(out.text, expected);
	strbuf_release(&out);
}

START_TEST(totals_count_attempts_and_their_states)
{
	expect_text((struct pcap_totals){0}, "0 attempts; 0 packets");
	expect_text((struct pcap_totals){.packets = 1}, "0 attempts; 1 packet");
	expect_text(OF(HANDSHAKE_COMPLETE), "1 attempt: 1 complete; 10 packets");
	expect_text(OF(HANDSHAKE_COMPLETE, HANDSHAKE_REFUSED, HANDSHAKE_COMPLETE),
		"3 attempts: 2 complete, 1 refused; 30 packets");
}
END_TEST

START_TEST(totals_do_not_count_what_began_before_as_an_attempt)
{
	expect_text(OF(HANDSHAKE_MIDSTREAM, HANDSHAKE_COMPLETE),
		"1 attempt: 1 complete, 1 midstream; 20 packets");
	expect_text(OF(HANDSHAKE_MIDSTREAM), "0 attempts: 1 midstream; 10 packets");
}
END_TEST

/* ---- warnings */

static void expect_warned(struct pcap_totals t, const char *expected)
{
	struct said said;

	log_setup("pcap", LOG_WARN);
	said_begin(&said);
	pcap_totals_warn(&t);
	ck_assert_str_eq(said_end(&said), expected);
}

START_TEST(totals_warn_of_nothing_where_all_is_known)
{
	expect_warned((struct pcap_totals){0}, "");
	expect_warned(OF(HANDSHAKE_COMPLETE, HANDSHAKE_UNANSWERED), "");
}
END_TEST

START_TEST(totals_warn_of_each_thing_that_cannot_be_known_once)
{
	struct pcap_totals t = OF(HANDSHAKE_MIDSTREAM, HANDSHAKE_MIDSTREAM);

	t.capture.dropped = 3;
	t.partial = 1;
	t.unreadable = 4;
	t.tracker.bad_options = 2;
	t.tracker.evicted = 5;
	t.capture.unknown_link = 1;
	t.unfit = 2;
	expect_warned(t,
		"pcap: 3 packets were dropped by the kernel and 0 by the interface: what is "
		"missing may be that\n"
		"pcap: 2 flows began before the capture, or had to make room before (--max-flows): "
		"their handshakes cannot be known\n"
		"pcap: 1 flow with TCP options that the snap length cut: some may be missing\n"
		"pcap: 2 SYNs with malformed options: what stands before them counts\n"
		"pcap: 4 packets are too short to be read (snap length): attempts may be missing "
		"and fates wrong\n"
		"pcap: 5 flows had to make room before their end (--max-flows)\n"
		"pcap: 1 packet of a link type that is not known\n"
		"pcap: 2 packets of another link type than the first: not written\n");
}
END_TEST

START_TEST(totals_warn_of_filters_that_may_hide_who_rejects)
{
	struct pcap_totals t = OF(HANDSHAKE_UNANSWERED);

	t.filtered = true;
	expect_warned(t, "pcap: the filter may hide ICMP errors: what was rejected looks "
			 "unanswered (--host and --port do not)\n");
	/* it lets them through */
	t.tracker.icmp_errors = 1;
	expect_warned(t, "");
	t = OF(HANDSHAKE_COMPLETE, HANDSHAKE_HALF_OPEN, HANDSHAKE_REFUSED);
	t.filtered = true;
	expect_warned(t, "");
}
END_TEST

START_TEST(totals_warn_of_what_an_interface_dropped)
{
	struct pcap_totals t = {.capture.dropped_interface = 7};

	expect_warned(t, "pcap: 0 packets were dropped by the kernel and 7 by the interface: what "
			 "is missing may be that\n");
}
END_TEST

START_TEST(totals_count_flows_with_packets_that_were_cut)
{
	struct flow f = fated(HANDSHAKE_COMPLETE);
	struct pcap_totals t = {0};

	pcap_totals_add(&t, &f);
	f.partial = true;
	pcap_totals_add(&t, &f);
	ck_assert_uint_eq(t.partial, 1);
	ck_assert_uint_eq(t.flows, 2);
}
END_TEST

/* ---- what was cut off */

/* `kept` bytes of a frame of `whole`. */
static uint64_t unreadable(const uint8_t *bytes, uint32_t kept, uint32_t whole)
{
	struct captured captured = {.bytes = bytes, .len = kept, .wire_len = whole};
	struct pcap_totals t = {0};
	struct frame frame;

	frame_parse(LINK_RAW, bytes, kept, whole, &frame);
	pcap_totals_frame(&t, &frame, &captured);
	return t.unreadable;
}

#define IPV4(protocol_, length_)                                                                   \
	0x45, 0, 0, (length_), 0, 0, 0, 0, 64, (protocol_), 0, 0, 10, 0, 0, 1, 10, 0, 0, 2

START_TEST(totals_count_packets_that_lost_what_tells_their_flow)
{
	static const uint8_t segment[60] = {IPV4(6, 60), [32] = 0xa0};

	ck_assert_uint_eq(unreadable(segment, 10, 60), 1);
	ck_assert_uint_eq(unreadable(segment, 39, 60), 1);
	/* options are said of by themselves */
	ck_assert_uint_eq(unreadable(segment, 40, 60), 0);
	ck_assert_uint_eq(unreadable(segment, 60, 60), 0);
	/* the sender's doing */
	ck_assert_uint_eq(unreadable(segment, 39, 39), 0);
}
END_TEST

START_TEST(totals_count_errors_that_lost_what_they_are_about)
{
	static const uint8_t error[56] = {IPV4(1, 56), 3, 3, 0, 0, 0, 0, 0, 0, IPV4(6, 60)};

	ck_assert_uint_eq(unreadable(error, 40, 56), 1);
	ck_assert_uint_eq(unreadable(error, 51, 56), 1);
	ck_assert_uint_eq(unreadable(error, 52, 56), 0);
}
END_TEST

START_TEST(totals_leave_out_what_needs_no_more_to_be_known)
{
	static const uint8_t datagram[60] = {IPV4(17, 60), 0, 1, 0, 2, 0, 40},
			     tunnel[60] = {IPV4(50, 60)}, echo[60] = {IPV4(1, 60), 8};

	ck_assert_uint_eq(unreadable(datagram, 28, 60), 0);
	ck_assert_uint_eq(unreadable(tunnel, 21, 60), 0);
	ck_assert_uint_eq(unreadable(echo, 28, 60), 0);
}
END_TEST

/* ---- where they are written */

static const char *written(const struct pcap_totals *t, enum output_format format)
{
	static char text[4096];
	char path[] = "/tmp/netprobe-unit-XXXXXX";
	struct output_options options = {.format = format, .path = path};
	int fd = mkstemp(path);
	struct output *out = output_open(&options);
	ssize_t len;

	output_begin(out, &(struct run_info){.command = "pcap"});
	pcap_totals_put(t, out);
	ck_assert_int_eq(output_end(out, 1), 0);
	len = read(fd, text, sizeof text - 1);
	text[len < 0 ? 0 : len] = '\0';
	close(fd);
	unlink(path);
	return text;
}

START_TEST(totals_are_the_last_line_of_a_table)
{
	struct pcap_totals t = OF(HANDSHAKE_REFUSED);

	ck_assert_str_eq(written(&t, OUTPUT_TABLE), "1 attempt: 1 refused; 10 packets\n");
}
END_TEST

START_TEST(totals_tell_of_errors_about_what_was_not_seen)
{
	struct pcap_totals t = OF(HANDSHAKE_REFUSED);

	t.tracker.unrelated_icmp = 1;
	ck_assert_str_eq(written(&t, OUTPUT_TABLE),
		"1 ICMP error about connections that were not seen here\n"
		"1 attempt: 1 refused; 10 packets\n");
	t.tracker.unrelated_icmp = 12;
	ck_assert_ptr_nonnull(strstr(written(&t, OUTPUT_TABLE),
		"12 ICMP errors about connections that were not seen here\n"));
}
END_TEST

/* Handshakes beside the client: 20 ms to the SYN-ACK, 20 us to the ACK. */
START_TEST(totals_say_once_where_the_capture_was_taken)
{
	struct flow f = fated(HANDSHAKE_COMPLETE);
	struct pcap_totals t = {0};

	f.handshake.first_syn = f.handshake.last_syn = f.handshake.answered_syn = 0;
	f.handshake.synack = f.handshake.last_synack = 20 * NSEC_PER_MSEC;
	f.handshake.ack = f.handshake.synack + 20 * NSEC_PER_USEC;
	for (int i = 0; i < 4; i++)
		pcap_totals_add(&t, &f);
	ck_assert_str_eq(written(&t, OUTPUT_TABLE), "4 attempts: 4 complete; 0 packets\n");
	pcap_totals_add(&t, &f);
	ck_assert_str_eq(written(&t, OUTPUT_TABLE),
		"Captured at the clients: the time to SYN-ACK is that of network and server, the "
		"time to ACK next to nothing\n"
		"5 attempts: 5 complete; 0 packets\n");
	ck_assert_ptr_nonnull(strstr(written(&t, OUTPUT_JSON), "\"vantage\":\"client\""));
}
END_TEST

START_TEST(totals_are_the_summary_of_records)
{
	struct pcap_totals t = OF(HANDSHAKE_COMPLETE, HANDSHAKE_HALF_OPEN);
	const char *text;

	t.tracker = (struct tracker_status){
		.evicted = 1, .fragments = 2, .unrelated_icmp = 3, .bad_options = 6};
	t.capture.unknown_link = 4;
	t.unreadable = 5;
	t.cut = true;
	text = written(&t, OUTPUT_JSON);
	ck_assert_ptr_nonnull(strstr(text,
		"\n{\"type\":\"summary\",\"packets\":20,\"flows\":2,"
		"\"states\":{\"half-open\":1,\"complete\":1},\"evicted\":1,\"fragments\":2,"
		"\"unrelated_icmp\":3,\"bad_options\":6,\"unknown_link\":4,\"unreadable\":5,"
		"\"vantage\":null,\"cut\":"
		"true}\n"
		"{\"type\":\"end\","));
	ck_assert_ptr_null(strstr(text, "dropped"));
}
END_TEST

START_TEST(totals_of_live_captures_tell_what_was_lost)
{
	struct pcap_totals t = {.live = true, .capture = {.dropped = 5, .dropped_interface = 6}};

	ck_assert_ptr_nonnull(
		strstr(written(&t, OUTPUT_JSON), "\"dropped\":5,\"dropped_interface\":6}\n"));
}
END_TEST

UNIT_MAIN("cmd/pcap_totals", totals_tell_of_errors_about_what_was_not_seen,
	totals_count_attempts_and_their_states, totals_do_not_count_what_began_before_as_an_attempt,
	totals_warn_of_nothing_where_all_is_known,
	totals_warn_of_each_thing_that_cannot_be_known_once,
	totals_warn_of_what_an_interface_dropped, totals_warn_of_filters_that_may_hide_who_rejects,
	totals_count_flows_with_packets_that_were_cut,
	totals_count_packets_that_lost_what_tells_their_flow,
	totals_count_errors_that_lost_what_they_are_about,
	totals_leave_out_what_needs_no_more_to_be_known, totals_are_the_last_line_of_a_table,
	totals_say_once_where_the_capture_was_taken, totals_are_the_summary_of_records,
	totals_of_live_captures_tell_what_was_lost)
