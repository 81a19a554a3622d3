/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

static void tell(struct story *s, struct frame frame, nsec_t at)
{
	story_frame(s, &frame, 1700000000 * S + at);
}

static struct frame udp(void)
{
	struct frame frame = syn();

	frame.kind = FRAME_UDP;
	frame.udp = (struct udp_header){.source_port = 4444, .destination_port = 53};
	return frame;
}

#define CLIENT_SYN "10.0.0.1:40000 > 10.0.0.2:80: Flags [S], seq 0, win 65535, length 0"
#define UDP        "10.0.0.1:4444 > 10.0.0.2:53: UDP, length 0"
#define SYN_REFUSED                                                                                \
	"10.0.0.2:80 > 10.0.0.1:40000: Flags [R.], seq 0, ack 1, win 65535, length 0 (refuses)"

START_TEST(packets_come_at_once_and_in_their_order)
{
	static struct story s;

	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	ck_assert_str_eq(story_text(&s), "22:13:20.000000 #1 " CLIENT_SYN "\n");
	tell(&s, udp(), 1000);
	tell(&s, refusal(), 2000);
	story_expect(&s, 3,
		"22:13:20.000000 #1 " CLIENT_SYN "\n"
		"22:13:20.000001 " UDP "\n"
		"22:13:20.000002 #1 " SYN_REFUSED "\n");
}
END_TEST

/* An error about a flow that is known has its number; another one has none. */
START_TEST(packets_of_icmp_come_once_with_their_flow_or_without)
{
	static struct story s;
	struct frame about = syn(), other = with_ports(syn(), 1, 2);

	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	tell(&s, icmp_about(&about, 3, 1, 8), 1000);
	tell(&s, icmp_about(&other, 3, 1, 8), 2000);
	story_expect(&s, 3,
		"22:13:20.000000 #1 " CLIENT_SYN "\n"
		"22:13:20.000001 #1 10.0.0.254 > 10.0.0.1: ICMP Destination Host Unreachable, "
		"quotes 10.0.0.1:40000 > 10.0.0.2:80: TCP (rejects)\n"
		"22:13:20.000002 10.0.0.254 > 10.0.0.1: ICMP Destination Host Unreachable, "
		"quotes 10.0.0.1:1 > 10.0.0.2:2: TCP\n");
}
END_TEST

START_TEST(packets_are_selected_by_their_ends)
{
	static struct story s;
	static const char *port[] = {"81"};

	s.options.ports.values = port;
	s.options.ports.count = 1;
	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	tell(&s, udp(), 1000);
	tell(&s, with_ports(syn(), 40001, 81), 2000);
	story_expect(&s, 1,
		"22:13:20.000002 #2 10.0.0.1:40001 > 10.0.0.2:81: Flags [S], seq 0, win 65535, "
		"length 0\n");
}
END_TEST

START_TEST(packets_of_one_flow_are_alone)
{
	static struct story s;

	s.options.flow = 2;
	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	tell(&s, udp(), 1000);
	tell(&s, with_ports(syn(), 40001, 81), 2000);
	story_expect(&s, 1,
		"22:13:20.000002 #2 10.0.0.1:40001 > 10.0.0.2:81: Flags [S], seq 0, win 65535, "
		"length 0\n");
}
END_TEST

/* The line is the same, to the last option, whether it had to wait or not. */
START_TEST(packets_wait_until_their_fate_is_known)
{
	static const uint8_t options[] = {2, 4, 5, 180, 4, 2, 1, 3, 3, 7};
	static struct story at_once, waiting;
	struct story *stories[] = {&at_once, &waiting};

	waiting.options.packets = waiting.options.failed = true;
	for (size_t i = 0; i < 2; i++) {
		struct story *s = stories[i];
		struct frame about = syn(), first = with_options(syn(), options, sizeof options);

		first.vlan_count = 1;
		first.vlans[0] = 10;
		first.incoming = true;
		s->interface = 4;
		story_begin(s, pcap_packets_view);
		tell(s, first, 0);
		tell(s, icmp_about(&about, 3, 1, 8), 1000);
		if (i == 1)
			ck_assert_str_eq(story_text(s), "");
		tracker_finish(s->tracker);
		story_text(s);
	}
	ck_assert_str_eq(waiting.text, at_once.text);
	story_expect(&at_once, 2, at_once.text);
	story_expect(&waiting, 2,
		"22:13:20.000000 if4 in vlan 10 #1 10.0.0.1:40000 > 10.0.0.2:80: Flags [S], seq 0, "
		"win 65535, options [mss 1460,sackOK,nop,wscale 7], length 0\n"
		"22:13:20.000001 if4 #1 10.0.0.254 > 10.0.0.1: ICMP Destination Host Unreachable, "
		"quotes 10.0.0.1:40000 > 10.0.0.2:80: TCP (rejects)\n");
}
END_TEST

START_TEST(packets_of_another_fate_never_come)
{
	static struct story s;

	s.options.packets = s.options.failed = true;
	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	tell(&s, synack(), 1000);
	tell(&s, ack(), 2000);
	tell(&s, udp(), 3000);
	tell(&s, data(CLIENT, 5), 4000);
	story_expect(&s, 0, "");
}
END_TEST

START_TEST(packets_come_live_as_soon_as_the_fate_is_known)
{
	static struct story s = {.live = true};

	s.options.packets = true;
	s.options.slow = 1;
	story_begin(&s, pcap_packets_view);
	tell(&s, syn(), 0);
	tell(&s, synack(), 1000);
	ck_assert_str_eq(story_text(&s), "");
	tell(&s, ack(), 2000);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "(handshake complete)\n"));
	tell(&s, data(CLIENT, 5), 3000);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "(first data)\n"));
	story_expect(&s, 4, s.text);
}
END_TEST

START_TEST(packets_that_waited_too_long_are_counted)
{
	static struct story s;
	const char *line;

	s.options.packets = s.options.failed = true;
	story_begin(&s, pcap_packets_view);
	for (int i = 0; i < 300; i++)
		tell(&s, syn(), i * MS);
	tracker_finish(s.tracker);
	line = strstr(story_text(&s), "left out");
	ck_assert_ptr_nonnull(line);
	ck_assert_mem_eq(line - strlen("#1: 44 packets "), "#1: 44 packets left out\n22:13:20.244",
		strlen("#1: 44 packets left out\n22:13:20.244"));
	story_expect(&s, 256, s.text);
}
END_TEST

UNIT_MAIN("cmd/pcap_packets", packets_come_at_once_and_in_their_order,
	packets_of_icmp_come_once_with_their_flow_or_without, packets_are_selected_by_their_ends,
	packets_of_one_flow_are_alone, packets_wait_until_their_fate_is_known,
	packets_of_another_fate_never_come, packets_come_live_as_soon_as_the_fate_is_known,
	packets_that_waited_too_long_are_counted)
