/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_packet_line.h"

#include "../capture/attempt.h"
#include "../unit.h"

/* 1700000000 is 22:13:20 UTC. */
#define AT (1700000000 * S + 123456789)

static const struct frame none;

static void expect_seen(const struct packet_seen *p, const char *wanted)
{
	struct packet_lines *w = packet_lines_new(NULL);

	ck_assert_str_eq(packet_line(w, p)->text, wanted);
	/* what is kept of a line does not change the next */
	ck_assert_str_eq(packet_line(w, p)->text, wanted);
	packet_lines_free(w);
}

static void expect_frame(const struct frame *frame, const char *wanted)
{
	const struct captured captured = {.at = AT, .wire_len = 60};
	struct packet_seen seen;

	packet_of_no_flow(&seen, frame, &captured);
	expect_seen(&seen, wanted);
}

/* Of flow 3, whose server began at 5000. */
static void expect_told(
	const struct frame *frame, enum side from, unsigned roles, const char *wanted)
{
	struct flow f = {.id = 3, .handshake = {.isn = {1000, 5000}, .knows_isn = {true, true}}};
	struct packet_seen seen = {
		.told = {.flow = &f, .frame = frame, .at = AT, .from = from, .roles = roles},
		.captured = {.interface = 2},
	};

	seen.told.sequence = frame->tcp.sequence - f.handshake.isn[from];
	seen.told.acknowledgment = frame->tcp.acknowledgment - f.handshake.isn[other_side(from)];
	expect_seen(&seen, wanted);
}

START_TEST(line_of_a_syn)
{
	static const uint8_t options[] = {2, 4, 5, 180};
	struct frame frame = with_options(syn(), options, sizeof options);

	expect_told(&frame, CLIENT, 0,
		"22:13:20.123456 if2 #3 10.0.0.1:40000 > 10.0.0.2:80: Flags [S], seq 0, win 65535, "
		"options [mss 1460], length 0");
}
END_TEST

START_TEST(line_of_data_has_both_ends_of_it)
{
	struct frame frame = data(SERVER, 500);

	expect_told(&frame, SERVER, ROLE_FIRST_DATA,
		"22:13:20.123456 if2 #3 10.0.0.2:80 > 10.0.0.1:40000: Flags [P.], seq 1:501, ack "
		"1, "
		"win 65535, length 500 (first data)");
}
END_TEST

START_TEST(line_of_an_ack_has_no_sequence_number)
{
	struct frame frame = ack();

	expect_told(&frame, CLIENT, ROLE_DUPLICATE_ACK | ROLE_SIGHTING,
		"22:13:20.123456 if2 #3 10.0.0.1:40000 > 10.0.0.2:80: Flags [.], ack 1, win 65535, "
		"length 0 (seen again, duplicate ACK)");
}
END_TEST

/* What the client has of the server's numbers. */
START_TEST(line_tells_sack_in_the_numbers_of_the_other_side)
{
	static const uint8_t options[] = {1, 1, 5, 10, 0, 0, 0x13, 0x89, 0, 0, 0x13, 0x8a};
	struct frame frame = with_options(ack(), options, sizeof options);

	expect_told(&frame, CLIENT, 0,
		"22:13:20.123456 if2 #3 10.0.0.1:40000 > 10.0.0.2:80: Flags [.], ack 1, win 65535, "
		"options [nop,nop,sack 1 {1:2}], length 0");
}
END_TEST

START_TEST(line_of_no_flow_has_no_number_and_absolute_ones)
{
	struct frame frame = data(CLIENT, 5);

	frame.tcp.flags |= TCP_URG;
	frame.tcp.urgent = 4;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1:40000 > 10.0.0.2:80: Flags [P.U], "
			     "seq 1001:1006, ack 5001, win 65535, urg 4, length 5");
}
END_TEST

START_TEST(line_says_what_the_packet_was_packed_into)
{
	struct frame frame = syn();

	frame.vlan_count = 2;
	frame.vlans[0] = 10;
	frame.vlans[1] = 20;
	frame.tunnel = TUNNEL_VXLAN;
	frame.tunnel_id = 42;
	frame.incoming = true;
	expect_told(&frame, CLIENT, 0,
		"22:13:20.123456 if2 in vlan 10 vlan 20 vxlan 42 #3 10.0.0.1:40000 > 10.0.0.2:80: "
		"Flags [S], seq 0, win 65535, length 0");
	frame = syn();
	frame.mpls_count = 1;
	frame.pppoe = frame.outgoing = true;
	frame.tunnel = TUNNEL_GRE;
	expect_told(&frame, CLIENT, 0,
		"22:13:20.123456 if2 out mpls pppoe gre #3 10.0.0.1:40000 > 10.0.0.2:80: "
		"Flags [S], seq 0, win 65535, length 0");
}
END_TEST

START_TEST(line_of_ipv6_has_brackets_where_there_are_ports)
{
	static const uint8_t a[16] = {0x20, 1, 0x0d, 0xb8, [15] = 1};
	static const uint8_t b[16] = {0xfe, 0x80, [15] = 2};
	struct frame frame = syn();

	frame.ip.family = 6;
	frame.ip.source = a;
	frame.ip.destination = b;
	expect_frame(&frame, "22:13:20.123456 [2001:db8::1]:40000 > [fe80::2]:80: Flags [S], "
			     "seq 1000, win 65535, length 0");
	frame.kind = FRAME_ICMP;
	frame.ip.protocol = 58;
	frame.ip.length = 32;
	frame.icmp = (struct icmp_packet){.type = 135};
	expect_frame(&frame,
		"22:13:20.123456 2001:db8::1 > fe80::2: ICMP6 neighbor solicitation, length 32");
	frame.icmp = (struct icmp_packet){.type = 2, .mtu = 1280};
	expect_frame(&frame,
		"22:13:20.123456 2001:db8::1 > fe80::2: ICMP6 Packet too big, mtu 1280, length 32");
}
END_TEST

START_TEST(line_of_udp)
{
	struct frame frame = syn();

	frame.kind = FRAME_UDP;
	frame.udp = (struct udp_header){.source_port = 4444, .destination_port = 53};
	frame.payload_len = 32;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1:4444 > 10.0.0.2:53: UDP, length 32");
}
END_TEST

START_TEST(line_of_an_icmp_error_quotes_what_it_is_about)
{
	struct frame about = syn(), error = icmp_about(&about, 3, 1, 8);

	expect_told(&error, CLIENT, ROLE_REJECTS,
		"22:13:20.123456 if2 #3 10.0.0.254 > 10.0.0.1: ICMP Destination Host Unreachable, "
		"quotes 10.0.0.1:40000 > 10.0.0.2:80: TCP (rejects)");
	error = icmp_about(&about, 3, 1, 0);
	error.icmp.quote.ip.protocol = 200;
	expect_frame(&error, "22:13:20.123456 10.0.0.254 > 10.0.0.1: ICMP Destination Host "
			     "Unreachable, quotes 10.0.0.1 > 10.0.0.2: IP protocol 200");
}
END_TEST

START_TEST(line_of_an_echo_has_its_numbers)
{
	struct frame frame = syn();

	frame.kind = FRAME_ICMP;
	frame.ip.length = 64;
	frame.icmp = (struct icmp_packet){.type = 8, .id = 7, .sequence = 2};
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 2, "
			     "length 64");
}
END_TEST

START_TEST(line_of_arp)
{
	struct frame frame = none;

	frame.kind = FRAME_ARP;
	frame.arp = (struct arp_packet){.operation = 1,
		.sender_mac = {2, 0, 0, 0, 0, 1},
		.sender_ip = {10, 9, 0, 1},
		.target_ip = {10, 9, 0, 255}};
	expect_frame(&frame, "22:13:20.123456 ARP, Request who-has 10.9.0.255 tell 10.9.0.1");
	frame.arp.operation = 2;
	expect_frame(&frame, "22:13:20.123456 ARP, Reply 10.9.0.1 is-at 02:00:00:00:00:01");
	frame.arp.operation = 8;
	expect_frame(&frame, "22:13:20.123456 ARP, operation 8");
}
END_TEST

START_TEST(line_of_a_fragment_says_of_what)
{
	struct frame frame = syn();

	frame.kind = FRAME_FRAGMENT;
	frame.ip.protocol = 17;
	frame.ip.id = 4242;
	frame.ip.offset = 1480;
	frame.ip.length = 520;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: fragment of UDP, id 4242, "
			     "offset 1480, length 520, the last");
	frame.ip.more = true;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: fragment of UDP, id 4242, "
			     "offset 1480, length 520, more follow");
	frame.kind = FRAME_IP;
	frame.flaw = FRAME_CUT;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: UDP, length 520 "
			     "(first fragment, cut short)");
}
END_TEST

START_TEST(line_of_other_protocols_names_them)
{
	struct frame frame = syn();

	frame.kind = FRAME_IP;
	frame.ip.protocol = 50;
	frame.ip.length = 100;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: ESP, length 100");
	frame.ip.protocol = 253;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: IP protocol 253, length 100");
	frame.ip.protocol = 58;
	expect_frame(&frame, "22:13:20.123456 10.0.0.1 > 10.0.0.2: IP protocol 58, length 100");
}
END_TEST

START_TEST(line_of_what_is_not_known_says_so)
{
	struct frame frame = none;

	expect_frame(&frame, "22:13:20.123456 unknown, length 60");
	frame.ethertype = 0x88cc;
	frame.flaw = FRAME_CUT;
	expect_frame(&frame, "22:13:20.123456 ethertype 0x88cc, length 60 (cut short)");
	frame.flaw = FRAME_MALFORMED;
	expect_frame(&frame, "22:13:20.123456 ethertype 0x88cc, length 60 (malformed)");
}
END_TEST

START_TEST(lines_of_other_seconds_have_another_clock)
{
	struct packet_lines *w = packet_lines_new(NULL);
	struct frame frame = none;
	struct captured captured = {.at = AT};
	struct packet_seen seen;

	packet_of_no_flow(&seen, &frame, &captured);
	packet_line(w, &seen);
	seen.told.at += S;
	ck_assert_str_eq(packet_line(w, &seen)->text, "22:13:21.123456 unknown, length 0");
	seen.told.at = 0;
	ck_assert_str_eq(packet_line(w, &seen)->text, "00:00:00.000000 unknown, length 0");
	seen.told.at = -5;
	ck_assert_str_eq(packet_line(w, &seen)->text, "00:00:00.000000 unknown, length 0");
	packet_lines_free(w);
}
END_TEST

START_TEST(lines_of_other_interfaces_have_another_name)
{
	struct packet_lines *w = packet_lines_new(NULL);
	struct packet_seen seen;
	struct captured captured = {.at = AT, .interface = 2};

	packet_of_no_flow(&seen, &none, &captured);
	ck_assert_str_eq(packet_line(w, &seen)->text, "22:13:20.123456 if2 unknown, length 0");
	seen.captured.interface = 3;
	ck_assert_str_eq(packet_line(w, &seen)->text, "22:13:20.123456 if3 unknown, length 0");
	packet_lines_free(w);
}
END_TEST

/* Texts of addresses are kept in few places. */
START_TEST(lines_never_mix_up_addresses)
{
	struct packet_lines *w = packet_lines_new(NULL);
	struct frame frame = syn();
	struct captured captured = {.at = AT};
	struct packet_seen seen;
	uint8_t a[16] = {0x20, 1}, b[16] = {0x20, 1};
	char wanted[128];

	frame.ip.family = 6;
	frame.kind = FRAME_IP;
	frame.ip.protocol = 50;
	frame.ip.source = a;
	frame.ip.destination = b;
	for (unsigned i = 0; i < 1000; i++) {
		a[15] = (uint8_t)(1 + i % 200);
		b[15] = (uint8_t)(1 + i * 7 % 150);
		packet_of_no_flow(&seen, &frame, &captured);
		snprintf(wanted, sizeof wanted,
			"22:13:20.123456 2001::%x > 2001::%x: ESP, length 0", a[15], b[15]);
		ck_assert_str_eq(packet_line(w, &seen)->text, wanted);
	}
	packet_lines_free(w);
}
END_TEST

UNIT_MAIN("cmd/pcap_packet_line", line_of_a_syn, line_of_data_has_both_ends_of_it,
	line_of_an_ack_has_no_sequence_number, line_tells_sack_in_the_numbers_of_the_other_side,
	line_of_no_flow_has_no_number_and_absolute_ones, line_says_what_the_packet_was_packed_into,
	line_of_ipv6_has_brackets_where_there_are_ports, line_of_udp,
	line_of_an_icmp_error_quotes_what_it_is_about, line_of_an_echo_has_its_numbers, line_of_arp,
	line_of_a_fragment_says_of_what, line_of_other_protocols_names_them,
	line_of_what_is_not_known_says_so, lines_of_other_seconds_have_another_clock,
	lines_of_other_interfaces_have_another_name, lines_never_mix_up_addresses)
