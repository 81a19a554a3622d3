/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/ip.h"

#include "../unit.h"

#include <string.h>

/* An echo request of 84 bytes from 192.0.2.1 to 192.0.2.9, cut off behind its ICMP header. */
static const uint8_t ipv4[] = {0x45, 0x00, 0x00, 0x54, 0x9c, 0x40, 0x40, 0x00, 0x3f, 0x01, 0x19,
	0x5e, 192, 0, 2, 1, 192, 0, 2, 9, 0x08, 0x00, 0x1e, 0x5d, 0x00, 0x07, 0x00, 0x01};

enum { V4 = 20, V6 = 40 };

/* The same way in IPv6, to be built behind: payload of 64 bytes, hop limit 62. */
static const uint8_t ipv6[V6] = {0x60, 0x0a, 0xbc, 0xde, 0x00, 0x40, 58, 62, 0x20, 0x01, 0x0d, 0xb8,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	9};

struct packet {
	uint8_t bytes[4096];
	size_t len;
	uint8_t *next; /* where the next extension header's number goes */
};

static void start_ipv6(struct packet *p)
{
	*p = (struct packet){.len = V6};
	memcpy(p->bytes, ipv6, V6);
	p->next = p->bytes + 6;
}

/* An extension header of `len` bytes, with ICMPv6 behind it. */
static uint8_t *add_extension(struct packet *p, uint8_t number, size_t len)
{
	uint8_t *at = p->bytes + p->len;

	*p->next = number;
	p->next = at;
	at[0] = 58;
	at[1] = (uint8_t)(len / 8 - 1);
	p->len += len;
	return at;
}

static bool parse(const struct packet *p, struct ip_header *h, size_t *left)
{
	struct cursor c;
	bool good;

	cursor_init(&c, p->bytes, p->len);
	good = ip_parse(&c, h);
	*left = cursor_left(&c);
	return good;
}

static void assert_refused(const void *bytes, size_t len)
{
	struct ip_header h;
	struct cursor c;

	memset(&h, 0xa5, sizeof h);
	cursor_init(&c, bytes, len);
	ck_assert(!ip_parse(&c, &h));
	ck_assert_uint_eq(h.family, 0);
	ck_assert_uint_eq(h.protocol, 0);
	ck_assert_uint_eq(h.ttl, 0);
	ck_assert_uint_eq(h.length, 0);
	ck_assert(!h.fragment);
	ck_assert_ptr_null(h.source);
	ck_assert_ptr_null(h.destination);
}

START_TEST(ip_parses_ipv4)
{
	struct ip_header h;
	struct cursor c;

	cursor_init(&c, ipv4, sizeof ipv4);
	ck_assert(ip_parse(&c, &h));
	ck_assert_uint_eq(h.family, 4);
	ck_assert_uint_eq(h.protocol, 1);
	ck_assert_uint_eq(h.ttl, 63);
	ck_assert_uint_eq(h.length, 64); /* more than is there: no failure */
	ck_assert(!h.fragment);
	ck_assert_ptr_eq(h.source, ipv4 + 12);
	ck_assert_ptr_eq(h.destination, ipv4 + 16);
	ck_assert_uint_eq(cursor_left(&c), 8);
	ck_assert_uint_eq(cursor_u8(&c), 8);
}
END_TEST

START_TEST(ip_reads_what_tells_packets_apart)
{
	uint8_t bytes[sizeof ipv4];
	struct ip_header h;
	struct cursor c;

	memcpy(bytes, ipv4, sizeof bytes);
	cursor_init(&c, bytes, sizeof bytes);
	ck_assert(ip_parse(&c, &h));
	ck_assert(h.has_id && !h.more);
	ck_assert_uint_eq(h.id, 0x9c40);
	ck_assert_uint_eq(h.offset, 0);
	bytes[6] = 0x3f; /* more, and the last offset that there is */
	bytes[7] = 0xff;
	cursor_init(&c, bytes, sizeof bytes);
	ck_assert(ip_parse(&c, &h));
	ck_assert(h.more && h.fragment);
	ck_assert_uint_eq(h.offset, 65528);
}
END_TEST

START_TEST(ip_skips_ipv4_options)
{
	uint8_t bytes[60 + 8] = {0};
	struct ip_header h;
	struct cursor c;

	for (size_t header = 24; header <= 60; header += 4) {
		memcpy(bytes, ipv4, V4);
		bytes[0] = (uint8_t)(0x40 | header / 4);
		cursor_init(&c, bytes, header + 8);
		ck_assert(ip_parse(&c, &h));
		ck_assert_uint_eq(h.length, 84 - header);
		ck_assert_uint_eq(cursor_left(&c), 8);
		assert_refused(bytes, header - 1);
	}
}
END_TEST

START_TEST(ip_tells_ipv4_fragments)
{
	uint8_t bytes[sizeof ipv4];
	struct ip_header h;
	struct cursor c;
	static const struct {
		uint8_t high, low;
		bool later;
	} cases[] = {{0x20, 0x00, false}, {0x40, 0x00, false}, {0x80, 0x00, false},
		{0x00, 0x01, true}, {0x20, 0xb9, true}, {0x1f, 0x00, true}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memcpy(bytes, ipv4, sizeof bytes);
		bytes[6] = cases[i].high;
		bytes[7] = cases[i].low;
		cursor_init(&c, bytes, sizeof bytes);
		ck_assert(ip_parse(&c, &h));
		ck_assert_int_eq(h.fragment, cases[i].later);
	}
}
END_TEST

START_TEST(ip_refuses_an_ipv4_header_that_is_too_small_for_itself)
{
	uint8_t bytes[sizeof ipv4];

	memcpy(bytes, ipv4, sizeof bytes);
	for (uint8_t words = 0; words < 5; words++) {
		bytes[0] = 0x40 | words;
		assert_refused(bytes, sizeof bytes);
	}
}
END_TEST

/* BSDs once quoted the length without the header, others in their own byte order. */
START_TEST(ip_takes_a_quote_whose_length_is_less_than_its_header)
{
	uint8_t bytes[sizeof ipv4];
	struct ip_header h;
	struct cursor c;

	memcpy(bytes, ipv4, sizeof bytes);
	bytes[3] = 8;
	cursor_init(&c, bytes, sizeof bytes);
	ck_assert(ip_parse(&c, &h));
	ck_assert_uint_eq(h.length, 0);
	ck_assert_uint_eq(cursor_left(&c), 8);
}
END_TEST

START_TEST(ip_parses_ipv6)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	p.len += 8;
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(h.family, 6);
	ck_assert_uint_eq(h.protocol, 58);
	ck_assert_uint_eq(h.ttl, 62);
	ck_assert(!h.has_id && !h.more);
	ck_assert_uint_eq(h.length, 64);
	ck_assert(!h.fragment);
	ck_assert_ptr_eq(h.source, p.bytes + 8);
	ck_assert_ptr_eq(h.destination, p.bytes + 24);
	ck_assert_uint_eq(left, 8);
}
END_TEST

START_TEST(ip_walks_ipv6_extension_headers)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	add_extension(&p, 0, 8);   /* hop-by-hop */
	add_extension(&p, 60, 16); /* destination options */
	add_extension(&p, 43, 24); /* routing */
	add_extension(&p, 44, 8);  /* fragment: the first one */
	p.len += 3;
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(h.protocol, 58);
	ck_assert_uint_eq(h.length, 64 - 56);
	ck_assert(!h.fragment);
	ck_assert_uint_eq(left, 3);
}
END_TEST

/* Its length counts words of 4 bytes, less two (RFC 4302, 2.2). */
START_TEST(ip_walks_an_authentication_header)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	add_extension(&p, 51, 24)[1] = 4;
	add_extension(&p, 60, 8);
	p.len += 8;
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(h.protocol, 58);
	ck_assert_uint_eq(h.length, 64 - 32);
	ck_assert_uint_eq(left, 8);
	assert_refused(p.bytes, p.len - 9);
}
END_TEST

START_TEST(ip_takes_the_longest_extension_header)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	add_extension(&p, 60, 2048);
	p.len += 8;
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(left, 8);
	ck_assert_uint_eq(h.length, 0);
	assert_refused(p.bytes, p.len - 9);
}
END_TEST

/* Its second byte is reserved: no length, whatever stands there. */
START_TEST(ip_knows_that_fragment_headers_have_8_bytes)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	add_extension(&p, 44, 8)[1] = 200;
	p.len += 8;
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(left, 8);
	ck_assert_uint_eq(h.length, 56);
}
END_TEST

START_TEST(ip_stops_at_a_later_ipv6_fragment)
{
	struct ip_header h;
	struct packet p;
	uint8_t *at;
	size_t left;

	start_ipv6(&p);
	at = add_extension(&p, 44, 8);
	at[0] = 60;
	at[3] = 8 | 1; /* offset 1, more to come */
	memcpy(at + 4, "\xfe\xed\xbe\xef", 4);
	p.len += 8;
	ck_assert(parse(&p, &h, &left));
	ck_assert(h.fragment && h.more && h.has_id);
	ck_assert_uint_eq(h.offset, 8);
	ck_assert_uint_eq(h.id, 0xfeedbeef);
	ck_assert_uint_eq(h.protocol, 60);
	ck_assert_uint_eq(left, 8);
	at[3] = 7; /* reserved bits and more fragments: still the first */
	at[0] = 58;
	ck_assert(parse(&p, &h, &left));
	ck_assert(!h.fragment && h.more && h.has_id);
}
END_TEST

START_TEST(ip_bounds_extension_headers)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	start_ipv6(&p);
	for (unsigned i = 0; i < 8; i++)
		add_extension(&p, 60, 8);
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(h.protocol, 58);
	add_extension(&p, 60, 8);
	assert_refused(p.bytes, p.len);
}
END_TEST

START_TEST(ip_refuses_whatever_is_cut_short)
{
	struct ip_header h;
	struct packet p;
	size_t left;

	for (size_t len = 0; len < V4; len++)
		assert_refused(ipv4, len);
	start_ipv6(&p);
	add_extension(&p, 0, 8);
	add_extension(&p, 44, 8);
	add_extension(&p, 43, 24);
	for (size_t len = 0; len < p.len; len++)
		assert_refused(p.bytes, len);
	ck_assert(parse(&p, &h, &left));
	ck_assert_uint_eq(left, 0);
	assert_refused(NULL, 0);
}
END_TEST

START_TEST(ip_refuses_other_versions)
{
	uint8_t bytes[64] = {0};

	for (unsigned version = 0; version < 16; version++) {
		bytes[0] = (uint8_t)(version << 4 | 5);
		if (version != 4 && version != 6)
			assert_refused(bytes, sizeof bytes);
	}
}
END_TEST

START_TEST(ip_refuses_a_cursor_that_has_failed)
{
	struct ip_header h;
	struct cursor c;

	cursor_init(&c, ipv4, sizeof ipv4);
	cursor_skip(&c, sizeof ipv4 + 1);
	ck_assert(!ip_parse(&c, &h));
}
END_TEST

UNIT_MAIN("packet/ip", ip_parses_ipv4, ip_reads_what_tells_packets_apart,
	ip_walks_an_authentication_header, ip_skips_ipv4_options, ip_tells_ipv4_fragments,
	ip_refuses_an_ipv4_header_that_is_too_small_for_itself,
	ip_takes_a_quote_whose_length_is_less_than_its_header, ip_parses_ipv6,
	ip_walks_ipv6_extension_headers, ip_takes_the_longest_extension_header,
	ip_knows_that_fragment_headers_have_8_bytes, ip_stops_at_a_later_ipv6_fragment,
	ip_bounds_extension_headers, ip_refuses_whatever_is_cut_short, ip_refuses_other_versions,
	ip_refuses_a_cursor_that_has_failed)
