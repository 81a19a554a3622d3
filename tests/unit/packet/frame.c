/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/frame.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "frames.h"

#include <string.h>

static const uint8_t client4[] = {192, 0, 2, 1}, server4[] = {192, 0, 2, 9};
static const uint8_t client6[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const uint8_t server6[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};

/* What is not set must not be counted on. */
static struct frame parse_cut(enum link_type link, const uint8_t *bytes, size_t len, size_t wire)
{
	struct frame f;

	memset(&f, 0xa5, sizeof f);
	frame_parse(link, bytes, len, wire, &f);
	return f;
}

#define PARSE(link, bytes) parse_cut(LINK_##link, bytes, sizeof(bytes), sizeof(bytes))

/* From the client to the server, as all of the samples are. */
static void assert_ends(const struct frame *f, int family)
{
	ck_assert_uint_eq(f->ip.family, family);
	ck_assert_mem_eq(f->ip.source, family == 4 ? client4 : client6, family == 4 ? 4 : 16);
	ck_assert_mem_eq(f->ip.destination, family == 4 ? server4 : server6, family == 4 ? 4 : 16);
}

static void assert_tcp(const struct frame *f, int family)
{
	ck_assert_int_eq(f->kind, FRAME_TCP);
	ck_assert_int_eq(f->flaw, FRAME_WHOLE);
	assert_ends(f, family);
	ck_assert_uint_eq(f->tcp.source_port, 40000);
	ck_assert_uint_eq(f->tcp.destination_port, 80);
	ck_assert_uint_eq(f->tcp.sequence, 0x01020304);
}

/* No tag, no label, no tunnel, no payload. */
static void assert_plain(const struct frame *f)
{
	ck_assert_uint_eq(f->vlan_count, 0);
	ck_assert_uint_eq(f->vlans[0], 0);
	ck_assert_uint_eq(f->vlans[1], 0);
	ck_assert_uint_eq(f->mpls_count, 0);
	ck_assert(!f->pppoe && !f->outgoing && !f->incoming);
	ck_assert_int_eq(f->tunnel, TUNNEL_NONE);
	ck_assert_uint_eq(f->tunnel_id, 0);
	ck_assert_uint_eq(f->payload_captured, 0);
	ck_assert_uint_eq(f->payload_len, 0);
}

/* ---- Ethernet and IP */

START_TEST(frame_reads_a_syn)
{
	struct frame f = PARSE(ETHERNET, syn);

	assert_tcp(&f, 4);
	assert_plain(&f);
	ck_assert_uint_eq(f.ethertype, 0x0800);
	ck_assert_uint_eq(f.ip.ttl, 64);
	ck_assert(f.ip.has_id);
	ck_assert_uint_eq(f.ip.id, 0x1234);
	ck_assert_uint_eq(f.tcp.flags, TCP_SYN);
	ck_assert_uint_eq(f.tcp.window, 64240);
	ck_assert_uint_eq(f.tcp.options_len, 20);
	ck_assert_ptr_eq(f.tcp.options, syn + 54);
}
END_TEST

START_TEST(frame_reads_data_over_ipv6)
{
	struct frame f = PARSE(ETHERNET, data6);

	ck_assert_int_eq(f.kind, FRAME_TCP);
	assert_ends(&f, 6);
	ck_assert_uint_eq(f.ethertype, 0x86dd);
	ck_assert(!f.ip.has_id);
	ck_assert_uint_eq(f.tcp.flags, TCP_PSH | TCP_ACK);
	ck_assert_uint_eq(f.payload_len, 18);
	ck_assert_uint_eq(f.payload_captured, 18);
	ck_assert_mem_eq(f.payload, "GET / HTTP/1.0\r\n\r\n", 18);
}
END_TEST

START_TEST(frame_takes_no_padding_for_payload)
{
	struct frame f = PARSE(ETHERNET, padded);

	assert_tcp(&f, 4);
	ck_assert_uint_eq(f.payload_len, 0);
	ck_assert_uint_eq(f.payload_captured, 0);
}
END_TEST

START_TEST(frame_tells_payload_that_was_not_captured)
{
	struct frame f = parse_cut(LINK_ETHERNET, data6, sizeof data6 - 8, sizeof data6);

	ck_assert_int_eq(f.kind, FRAME_TCP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.payload_captured, 10);
	ck_assert_uint_eq(f.payload_len, 18);
}
END_TEST

START_TEST(frame_takes_the_length_of_unsegmented_packets_from_the_frame)
{
	struct frame f = PARSE(ETHERNET, unsegmented);

	assert_tcp(&f, 4);
	ck_assert_uint_eq(f.payload_len, 32);
	f = parse_cut(LINK_ETHERNET, unsegmented, sizeof unsegmented, 65549);
	ck_assert_uint_eq(f.payload_captured, 32);
	ck_assert_uint_eq(f.payload_len, 65549 - 54);
}
END_TEST

START_TEST(frame_reads_udp_behind_ipv4_options)
{
	struct frame f = PARSE(ETHERNET, options4);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	assert_ends(&f, 4);
	ck_assert_uint_eq(f.udp.source_port, 1);
	ck_assert_uint_eq(f.udp.destination_port, 2);
	ck_assert_uint_eq(f.udp.length, 10);
	ck_assert_uint_eq(f.payload_len, 2);
	ck_assert_mem_eq(f.payload, "hi", 2);
}
END_TEST

START_TEST(frame_reads_the_first_fragment_behind_extension_headers)
{
	struct frame f = PARSE(ETHERNET, extensions);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert(f.ip.more && !f.ip.fragment && f.ip.has_id);
	ck_assert_uint_eq(f.ip.id, 0xfeedbeef);
	ck_assert_uint_eq(f.udp.source_port, 1000);
	ck_assert_uint_eq(f.udp.destination_port, 2000);
	ck_assert_uint_eq(f.udp.length, 1400);
	ck_assert_uint_eq(f.payload_len, 16);
}
END_TEST

START_TEST(frame_looks_for_no_transport_in_later_fragments)
{
	struct frame f = PARSE(ETHERNET, later4);

	ck_assert_int_eq(f.kind, FRAME_FRAGMENT);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.ip.protocol, 17);
	ck_assert_uint_eq(f.ip.offset, 1480);
	ck_assert(f.ip.more);
	f = PARSE(ETHERNET, later6);
	ck_assert_int_eq(f.kind, FRAME_FRAGMENT);
	ck_assert_uint_eq(f.ip.protocol, 6);
	ck_assert_uint_eq(f.ip.offset, 1448);
	ck_assert(!f.ip.more);
	ck_assert_uint_eq(f.ip.id, 0xfeedbeef);
}
END_TEST

START_TEST(frame_reads_first_fragments_of_ipv4)
{
	struct frame f = PARSE(ETHERNET, first4);

	assert_tcp(&f, 4);
	ck_assert(f.ip.more);
	ck_assert_uint_eq(f.payload_len, 12);
	f = PARSE(ETHERNET, tiny_fragment);
	ck_assert_int_eq(f.kind, FRAME_IP);
	ck_assert_int_eq(f.flaw, FRAME_CUT);
}
END_TEST

START_TEST(frame_knows_ip_that_carries_something_else)
{
	struct frame f = PARSE(ETHERNET, sctp);

	ck_assert_int_eq(f.kind, FRAME_IP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	assert_ends(&f, 4);
	ck_assert_uint_eq(f.ip.protocol, 132);
	f = PARSE(ETHERNET, pptp);
	ck_assert_int_eq(f.kind, FRAME_IP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_int_eq(f.tunnel, TUNNEL_NONE);
}
END_TEST

/* ---- tags, labels, PPPoE */

START_TEST(frame_keeps_the_ids_of_two_tags_and_counts_the_rest)
{
	struct frame f = PARSE(ETHERNET, vlan);

	assert_tcp(&f, 4);
	ck_assert_uint_eq(f.vlan_count, 1);
	ck_assert_uint_eq(f.vlans[0], 100);
	ck_assert_uint_eq(f.vlans[1], 0);
	f = PARSE(ETHERNET, qinq);
	assert_tcp(&f, 6);
	ck_assert_uint_eq(f.ethertype, 0x86dd);
	ck_assert_uint_eq(f.vlan_count, 2);
	ck_assert_uint_eq(f.vlans[0], 2000);
	ck_assert_uint_eq(f.vlans[1], 100);
	f = PARSE(ETHERNET, three_tags);
	assert_tcp(&f, 4);
	ck_assert_uint_eq(f.vlan_count, 3);
	ck_assert_uint_eq(f.vlans[0], 7);
	ck_assert_uint_eq(f.vlans[1], 4095);
}
END_TEST

START_TEST(frame_goes_through_labels_to_ip_alone)
{
	struct frame f = PARSE(ETHERNET, mpls);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_uint_eq(f.mpls_count, 2);
	ck_assert_uint_eq(f.udp.destination_port, 53);
	ck_assert_uint_eq(f.payload_len, 3);
	f = PARSE(ETHERNET, mpls6);
	assert_tcp(&f, 6);
	ck_assert_uint_eq(f.mpls_count, 1);
	f = PARSE(ETHERNET, pseudowire);
	ck_assert_int_eq(f.kind, FRAME_UNKNOWN);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.mpls_count, 1);
}
END_TEST

START_TEST(frame_goes_through_pppoe)
{
	struct frame f = PARSE(ETHERNET, pppoe);

	assert_tcp(&f, 4);
	ck_assert(f.pppoe);
	ck_assert_uint_eq(f.payload_len, 0);
	f = PARSE(ETHERNET, pppoe6);
	assert_tcp(&f, 6);
	ck_assert(f.pppoe);
	ck_assert_uint_eq(f.vlans[0], 7);
	f = PARSE(ETHERNET, pppoe_discovery);
	ck_assert_int_eq(f.kind, FRAME_UNKNOWN);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert(!f.pppoe);
}
END_TEST

/* ---- other links */

START_TEST(frame_reads_cooked_packets)
{
	struct frame f = PARSE(COOKED, cooked_out);

	assert_tcp(&f, 4);
	ck_assert(f.outgoing && !f.incoming);
	f = PARSE(COOKED, cooked_in);
	assert_tcp(&f, 6);
	ck_assert(!f.outgoing && f.incoming && !f.to_others);
	ck_assert_uint_eq(f.vlans[0], 100);
	f = PARSE(COOKED, cooked_netlink);
	ck_assert_int_eq(f.kind, FRAME_UNKNOWN);
	ck_assert_uint_eq(f.ethertype, 0);
}
END_TEST

START_TEST(frame_reads_directions_of_cooked_v2)
{
	struct frame f = PARSE(COOKED2, cooked2_in);

	assert_tcp(&f, 4);
	ck_assert(!f.outgoing && f.incoming && f.to_others);
	f = PARSE(COOKED2, cooked2_out);
	assert_tcp(&f, 6);
	ck_assert(f.outgoing && !f.incoming);
}
END_TEST

START_TEST(frame_reads_links_without_addresses)
{
	struct frame f = PARSE(NULL, null4);

	assert_tcp(&f, 4);
	assert_plain(&f);
	ck_assert_uint_eq(f.ethertype, 0);
	f = PARSE(NULL, null6);
	assert_tcp(&f, 6);
	f = PARSE(LOOP, loop);
	assert_tcp(&f, 6);
	f = PARSE(RAW, raw4);
	assert_tcp(&f, 4);
	f = PARSE(RAW, raw6);
	assert_tcp(&f, 6);
	f = PARSE(PPP, ppp);
	assert_tcp(&f, 4);
	f = PARSE(PPP, ppp_compressed);
	assert_tcp(&f, 6);
}
END_TEST

START_TEST(frame_knows_nothing_of_unknown_links)
{
	struct frame f = PARSE(UNKNOWN, syn);

	ck_assert_int_eq(f.kind, FRAME_UNKNOWN);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	assert_plain(&f);
	f = PARSE(ETHERNET, llc);
	ck_assert_int_eq(f.kind, FRAME_UNKNOWN);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.ethertype, 0);
}
END_TEST

/* ---- tunnels */

static void assert_tunnelled(const struct frame *f, int family, enum tunnel tunnel, uint32_t id)
{
	assert_tcp(f, family);
	ck_assert_int_eq(f->tunnel, tunnel);
	ck_assert_uint_eq(f->tunnel_id, id);
	ck_assert_uint_eq(f->payload_len, 0);
}

START_TEST(frame_goes_into_ip_in_ip)
{
	struct frame f = PARSE(ETHERNET, ipip);

	assert_tunnelled(&f, 4, TUNNEL_IPIP, 0);
	f = PARSE(ETHERNET, sit);
	assert_tunnelled(&f, 6, TUNNEL_IPIP, 0);
	f = PARSE(ETHERNET, ip4in6);
	assert_tunnelled(&f, 4, TUNNEL_IPIP, 0);
}
END_TEST

START_TEST(frame_goes_into_gre)
{
	struct frame f = PARSE(ETHERNET, gre);

	assert_tunnelled(&f, 4, TUNNEL_GRE, 0xcafe);
	f = PARSE(ETHERNET, gre_plain);
	assert_tunnelled(&f, 6, TUNNEL_GRE, 0);
	f = PARSE(ETHERNET, gre_bridged);
	assert_tunnelled(&f, 4, TUNNEL_GRE, 0);
	ck_assert_uint_eq(f.vlan_count, 1);
	ck_assert_uint_eq(f.vlans[0], 30);
}
END_TEST

START_TEST(frame_goes_into_vxlan_and_geneve)
{
	uint8_t linux_port[sizeof vxlan];
	struct frame f = PARSE(ETHERNET, vxlan);

	assert_tunnelled(&f, 4, TUNNEL_VXLAN, 0xabcdef);
	ck_assert_uint_eq(f.tcp.flags, TCP_SYN | TCP_ACK);
	memcpy(linux_port, vxlan, sizeof vxlan);
	linux_port[36] = 8472 >> 8;
	linux_port[37] = 8472 & 0xff;
	f = PARSE(ETHERNET, linux_port);
	assert_tunnelled(&f, 4, TUNNEL_VXLAN, 0xabcdef);
	f = PARSE(ETHERNET, geneve);
	assert_tunnelled(&f, 4, TUNNEL_GENEVE, 77);
	f = PARSE(ETHERNET, geneve_ip);
	assert_tunnelled(&f, 6, TUNNEL_GENEVE, 1);
}
END_TEST

START_TEST(frame_reads_arp_in_a_tunnel)
{
	struct frame f = PARSE(ETHERNET, vxlan_arp);

	ck_assert_int_eq(f.kind, FRAME_ARP);
	ck_assert_uint_eq(f.arp.operation, 1);
	ck_assert_uint_eq(f.tunnel_id, 5);
	ck_assert_uint_eq(f.ip.family, 0);
	ck_assert_uint_eq(f.vlans[0], 4);
}
END_TEST

START_TEST(frame_stays_the_carrier_of_what_it_cannot_read)
{
	struct frame f = PARSE(ETHERNET, vxlan_unknown);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	assert_ends(&f, 4);
	ck_assert_uint_eq(f.udp.destination_port, 4789);
	ck_assert_int_eq(f.tunnel, TUNNEL_NONE);
	ck_assert_uint_eq(f.ethertype, 0x0800);
	ck_assert_uint_eq(f.payload_len, 8 + 17);
}
END_TEST

START_TEST(frame_goes_one_tunnel_deep)
{
	struct frame f = PARSE(ETHERNET, two_tunnels);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_uint_eq(f.udp.destination_port, 4789);
	ck_assert_int_eq(f.tunnel, TUNNEL_GRE);
	ck_assert_uint_eq(f.tunnel_id, 3);
}
END_TEST

/* A port is no promise. */
START_TEST(frame_does_not_blame_a_datagram_for_being_no_tunnel)
{
	uint8_t bytes[sizeof vxlan];
	struct frame f;

	memcpy(bytes, vxlan, sizeof bytes);
	bytes[42] = 0; /* the flag that there is a VNI */
	f = PARSE(ETHERNET, bytes);
	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	memcpy(bytes, vxlan, sizeof bytes);
	bytes[64] = 0x41; /* an IP header of 4 bytes */
	f = PARSE(ETHERNET, bytes);
	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_mem_eq(f.ip.source, ((uint8_t[]){198, 51, 100, 1}), 4);
}
END_TEST

/* ---- ICMP and ARP */

START_TEST(frame_reads_echoes)
{
	struct frame f = PARSE(ETHERNET, echo);

	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.icmp.type, 8);
	ck_assert_uint_eq(f.icmp.id, 0x0700);
	ck_assert_uint_eq(f.icmp.sequence, 3);
	ck_assert_uint_eq(f.icmp.quote.ip.family, 0);
	f = PARSE(ETHERNET, echo6);
	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_uint_eq(f.icmp.type, 129);
	ck_assert_uint_eq(f.icmp.id, 9);
	ck_assert_uint_eq(f.icmp.sequence, 65535);
}
END_TEST

START_TEST(frame_reads_what_an_error_quotes)
{
	struct frame f = PARSE(ETHERNET, port_unreachable);

	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.icmp.type, 3);
	ck_assert_uint_eq(f.icmp.code, 3);
	ck_assert_uint_eq(f.icmp.quote.ip.family, 4);
	ck_assert_mem_eq(f.icmp.quote.ip.source, client4, 4);
	ck_assert(f.icmp.quote.has_ports && f.icmp.quote.has_sequence);
	ck_assert_uint_eq(f.icmp.quote.source_port, 40000);
	ck_assert_uint_eq(f.icmp.quote.destination_port, 80);
	ck_assert_uint_eq(f.icmp.quote.sequence, 0x01020304);
	f = PARSE(ETHERNET, too_big);
	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_uint_eq(f.icmp.mtu, 1280);
	ck_assert_uint_eq(f.icmp.quote.ip.family, 6);
	ck_assert_uint_eq(f.icmp.quote.sequence, 0x01020304);
}
END_TEST

START_TEST(frame_reads_arp)
{
	struct frame f = PARSE(ETHERNET, arp);

	ck_assert_int_eq(f.kind, FRAME_ARP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.ip.family, 0);
	ck_assert_uint_eq(f.arp.operation, 2);
	ck_assert_mem_eq(f.arp.sender_ip, client4, 4);
	ck_assert_mem_eq(f.arp.target_ip, server4, 4);
	ck_assert_mem_eq(f.arp.sender_mac, "\2\0\0\0\0\1", 6);
}
END_TEST

/* ---- what is not whole */

START_TEST(frame_tells_a_cut_header_from_one_that_lies)
{
	struct frame f = parse_cut(LINK_ETHERNET, syn, 33, sizeof syn);

	ck_assert_int_eq(f.kind, FRAME_UNKNOWN); /* one byte of IP is wanting */
	ck_assert_int_eq(f.flaw, FRAME_CUT);
	f = parse_cut(LINK_ETHERNET, syn, 33, 33);
	ck_assert_int_eq(f.flaw, FRAME_MALFORMED);
	f = parse_cut(LINK_ETHERNET, syn, 53, sizeof syn);
	ck_assert_int_eq(f.kind, FRAME_IP); /* one of TCP */
	ck_assert_int_eq(f.flaw, FRAME_CUT);
	f = parse_cut(LINK_ETHERNET, syn, 60, sizeof syn);
	ck_assert_int_eq(f.kind, FRAME_TCP); /* some of its options */
	ck_assert_int_eq(f.flaw, FRAME_CUT);
	ck_assert_uint_eq(f.tcp.options_len, 6);
	ck_assert_uint_eq(f.payload_captured, 0);
	ck_assert_uint_eq(f.payload_len, 0);
}
END_TEST

/* `at`: whose byte is changed to `to`. */
static struct frame parse_changed(
	enum link_type link, const uint8_t *bytes, size_t len, size_t at, uint8_t to)
{
	uint8_t *copy = mem_alloc(len, 1);
	struct frame f;

	memcpy(copy, bytes, len);
	copy[at] = to;
	f = parse_cut(link, copy, len, len);
	free(copy);
	return f;
}

#define CHANGED(bytes, at, to) parse_changed(LINK_ETHERNET, bytes, sizeof(bytes), at, to)

START_TEST(frame_marks_headers_that_cannot_be)
{
	static const struct {
		const uint8_t *bytes;
		size_t len, at;
		uint8_t to;
		enum frame_kind kind;
	} cases[] = {
		{syn, sizeof syn, 14, 0x44, FRAME_UNKNOWN}, /* an IP header of 16 bytes */
		{syn, sizeof syn, 14, 0x65, FRAME_UNKNOWN}, /* version 6 behind 0x0800 */
		{syn, sizeof syn, 17, 19, FRAME_IP},        /* a total length of 19 */
		{syn, sizeof syn, 17, 39, FRAME_IP},        /* room for 19 bytes of TCP */
		{syn, sizeof syn, 17, 50, FRAME_TCP},       /* its options go beyond the packet */
		{syn, sizeof syn, 46, 0x40, FRAME_IP},      /* a TCP header of 16 bytes */
		{options4, sizeof options4, 43, 7, FRAME_UDP},  /* a datagram of 7 bytes */
		{options4, sizeof options4, 43, 11, FRAME_UDP}, /* longer than its packet */
		{pppoe, sizeof pppoe, 14, 0x21, FRAME_UNKNOWN}, /* PPPoE version 2 */
		{pppoe, sizeof pppoe, 19, 30, FRAME_IP},        /* of 30 bytes: cuts TCP */
		{gre, sizeof gre, 46 + 4, 0, FRAME_IP},         /* the IP version inside */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame f = parse_changed(
			LINK_ETHERNET, cases[i].bytes, cases[i].len, cases[i].at, cases[i].to);

		ck_assert_msg(f.kind == cases[i].kind, "case %zu: kind %d", i, f.kind);
		ck_assert_msg(f.flaw == FRAME_MALFORMED, "case %zu: flaw %d", i, f.flaw);
	}
}
END_TEST

START_TEST(frame_looks_for_no_tunnel_behind_a_header_that_cannot_be)
{
	struct frame f = CHANGED(vxlan, 39, 0xff); /* longer than its packet */

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_MALFORMED);
	ck_assert_int_eq(f.tunnel, TUNNEL_NONE);
}
END_TEST

START_TEST(frame_takes_a_udp_length_of_0_for_all_there_is)
{
	struct frame f = CHANGED(options4, 43, 0);

	ck_assert_int_eq(f.kind, FRAME_UDP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.payload_len, 2);
}
END_TEST

START_TEST(frame_marks_an_error_that_quotes_nothing)
{
	struct frame f = CHANGED(port_unreachable, 42, 0);

	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_int_eq(f.flaw, FRAME_MALFORMED);
	ck_assert_uint_eq(f.icmp.quote.ip.family, 0);
	f = parse_cut(LINK_ETHERNET, port_unreachable, 50, sizeof port_unreachable);
	ck_assert_int_eq(f.kind, FRAME_ICMP);
	ck_assert_int_eq(f.flaw, FRAME_CUT);
}
END_TEST

/* Every kind needs its own headers, and payload lies within what was captured. */
static void assert_within(const struct frame *f, const uint8_t *bytes, size_t len)
{
	if (f->kind != FRAME_TCP && f->kind != FRAME_UDP)
		return;
	ck_assert(f->payload >= bytes);
	ck_assert(f->payload + f->payload_captured <= bytes + len);
	ck_assert_uint_le(f->payload_captured, f->payload_len);
}

/* In memory of exactly their size, so that a sanitizer sees a read beyond. */
START_TEST(frame_reads_no_sample_beyond_its_end)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];

		for (size_t len = 0; len <= s->len; len++) {
			uint8_t *exact = malloc(len ? len : 1);
			struct frame f;

			memcpy(exact, s->bytes, len);
			f = parse_cut(s->link, exact, len, s->len);
			assert_within(&f, exact, len);
			ck_assert_msg(
				len < s->len || f.flaw != FRAME_CUT || s->bytes == tiny_fragment,
				"%s is whole", s->name);
			ck_assert_msg(f.flaw != FRAME_MALFORMED, "%s, %zu bytes", s->name, len);
			f = parse_cut(s->link, exact, len, len);
			assert_within(&f, exact, len);
			free(exact);
		}
	}
}
END_TEST

START_TEST(frame_takes_the_captured_length_where_the_wire_is_said_to_be_shorter)
{
	struct frame f = parse_cut(LINK_ETHERNET, data6, sizeof data6, 3);

	ck_assert_int_eq(f.kind, FRAME_TCP);
	ck_assert_int_eq(f.flaw, FRAME_WHOLE);
	ck_assert_uint_eq(f.payload_len, 18);
}
END_TEST

UNIT_MAIN("packet/frame", frame_reads_a_syn, frame_reads_data_over_ipv6,
	frame_takes_no_padding_for_payload, frame_tells_payload_that_was_not_captured,
	frame_takes_the_length_of_unsegmented_packets_from_the_frame,
	frame_reads_udp_behind_ipv4_options,
	frame_reads_the_first_fragment_behind_extension_headers,
	frame_looks_for_no_transport_in_later_fragments, frame_reads_first_fragments_of_ipv4,
	frame_knows_ip_that_carries_something_else,
	frame_keeps_the_ids_of_two_tags_and_counts_the_rest, frame_goes_through_labels_to_ip_alone,
	frame_goes_through_pppoe, frame_reads_cooked_packets, frame_reads_directions_of_cooked_v2,
	frame_reads_links_without_addresses, frame_knows_nothing_of_unknown_links,
	frame_goes_into_ip_in_ip, frame_goes_into_gre, frame_goes_into_vxlan_and_geneve,
	frame_reads_arp_in_a_tunnel, frame_stays_the_carrier_of_what_it_cannot_read,
	frame_goes_one_tunnel_deep, frame_does_not_blame_a_datagram_for_being_no_tunnel,
	frame_reads_echoes, frame_reads_what_an_error_quotes, frame_reads_arp,
	frame_tells_a_cut_header_from_one_that_lies, frame_marks_headers_that_cannot_be,
	frame_looks_for_no_tunnel_behind_a_header_that_cannot_be,
	frame_takes_a_udp_length_of_0_for_all_there_is, frame_marks_an_error_that_quotes_nothing,
	frame_reads_no_sample_beyond_its_end,
	frame_takes_the_captured_length_where_the_wire_is_said_to_be_shorter)
