/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#include "../../../src/cmd/pcap_packet_record.h"

/* The record of a frame that is told as it stands. */
static const char *record_of(struct story *s, const struct frame *frame)
{
	s->json = true;
	story_begin(s, pcap_packets_view);
	story_frame(s, frame, 1700000000 * S);
	return story_text(s);
}

START_TEST(record_of_a_segment_has_its_flow_and_relative_numbers)
{
	static struct story s;
	struct frame frame = with_vlan(syn(), 10);

	ck_assert_str_eq(record_of(&s, &frame),
		"{\"type\":\"packet\",\"flow\":1,\"at\":\"2023-11-14T22:13:20.000000Z\","
		"\"interface\":null,\"proto\":\"tcp\",\"from\":\"client\","
		"\"src\":{\"addr\":\"10.0.0.1\",\"port\":40000},"
		"\"dst\":{\"addr\":\"10.0.0.2\",\"port\":80},\"flags\":[\"SYN\"],\"seq\":0,"
		"\"ack\":null,\"window\":65535,\"bytes\":0,\"ttl\":64,\"roles\":[],\"vlan\":[10]}"
		"\n");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_of_an_error_has_no_side_that_sent_it)
{
	static struct story s;
	struct frame about = syn(), error = icmp_about(&about, 3, 13, 8);

	s.json = true;
	s.interface = 5;
	story_begin(&s, pcap_packets_view);
	story_frame(&s, &about, 1700000000 * S);
	story_frame(&s, &error, 1700000001 * S);
	ck_assert_str_eq(strchr(story_text(&s), '\n') + 1,
		"{\"type\":\"packet\",\"flow\":1,\"at\":\"2023-11-14T22:13:21.000000Z\","
		"\"interface\":\"5\",\"proto\":\"icmp\",\"from\":null,"
		"\"src\":{\"addr\":\"10.0.0.254\",\"port\":null},"
		"\"dst\":{\"addr\":\"10.0.0.1\",\"port\":null},\"flags\":null,\"seq\":null,"
		"\"ack\":null,\"window\":null,\"bytes\":null,\"ttl\":64,\"roles\":[\"rejects\"],"
		"\"icmp\":{\"type\":3,\"code\":13,\"name\":\"admin-prohibited\"}}\n");
	story_expect(&s, 2, s.text);
}
END_TEST

START_TEST(record_of_no_flow_has_none)
{
	static struct story s;
	struct frame frame = syn();

	frame.kind = FRAME_UDP;
	frame.ip.protocol = 17;
	frame.udp = (struct udp_header){.source_port = 4444, .destination_port = 53};
	frame.payload_len = 9;
	frame.tunnel = TUNNEL_VXLAN;
	frame.tunnel_id = 7;
	ck_assert_str_eq(record_of(&s, &frame),
		"{\"type\":\"packet\",\"flow\":null,\"at\":\"2023-11-14T22:13:20.000000Z\","
		"\"interface\":null,\"proto\":\"udp\",\"from\":null,"
		"\"src\":{\"addr\":\"10.0.0.1\",\"port\":4444},"
		"\"dst\":{\"addr\":\"10.0.0.2\",\"port\":53},\"flags\":null,\"seq\":null,"
		"\"ack\":null,\"window\":null,\"bytes\":9,\"ttl\":64,\"roles\":[],"
		"\"tunnel\":{\"kind\":\"vxlan\",\"id\":7}}\n");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_of_arp_and_of_fragments)
{
	static struct story arp, fragment, unknown;
	struct frame frame = {.kind = FRAME_ARP};

	frame.arp = (struct arp_packet){
		.operation = 1, .sender_ip = {10, 9, 0, 1}, .target_ip = {10, 9, 0, 2}};
	ck_assert_ptr_nonnull(strstr(record_of(&arp, &frame),
		"\"proto\":\"arp\",\"from\":null,\"src\":{\"addr\":\"10.9.0.1\",\"port\":null},"
		"\"dst\":{\"addr\":\"10.9.0.2\",\"port\":null}"));
	frame = syn();
	frame.kind = FRAME_FRAGMENT;
	frame.ip.offset = 1480;
	ck_assert_ptr_nonnull(strstr(record_of(&fragment, &frame),
		"\"proto\":\"tcp\",\"from\":null,\"src\":{\"addr\":\"10.0.0.1\",\"port\":null}"));
	ck_assert_ptr_nonnull(strstr(fragment.text, "\"fragment_offset\":1480"));
	frame = (struct frame){.kind = FRAME_UNKNOWN};
	ck_assert_ptr_nonnull(strstr(record_of(&unknown, &frame),
		"\"proto\":null,\"from\":null,\"src\":null,\"dst\":null,\"flags\":null"));
	story_expect(&arp, 1, arp.text);
	story_expect(&fragment, 1, fragment.text);
	story_expect(&unknown, 1, unknown.text);
}
END_TEST

/* The SYN's window counts as it stands, the others' are scaled by what was agreed on. */
START_TEST(record_has_the_window_that_is_meant)
{
	static struct story s;
	static const uint8_t options[] = {3, 3, 7, 0};
	struct frame frames[] = {
		with_options(syn(), options, 4), with_options(synack(), options, 4), ack()};

	s.json = true;
	story_begin(&s, pcap_packets_view);
	for (size_t i = 0; i < 3; i++) {
		frames[i].tcp.window = 500;
		story_frame(&s, &frames[i], (nsec_t)(i + 1) * MS);
	}
	ck_assert_ptr_nonnull(strstr(story_text(&s), "\"seq\":0,\"ack\":null,\"window\":500,"));
	ck_assert_ptr_nonnull(strstr(s.text, "\"seq\":0,\"ack\":1,\"window\":500,"));
	ck_assert_ptr_nonnull(strstr(s.text, "\"seq\":1,\"ack\":1,\"window\":64000,"));
	ck_assert_ptr_nonnull(strstr(s.text, "\"roles\":[\"completes\"]"));
	story_expect(&s, 3, s.text);
}
END_TEST

UNIT_MAIN("cmd/pcap_packet_record", record_of_a_segment_has_its_flow_and_relative_numbers,
	record_of_an_error_has_no_side_that_sent_it, record_of_no_flow_has_none,
	record_of_arp_and_of_fragments, record_has_the_window_that_is_meant)
