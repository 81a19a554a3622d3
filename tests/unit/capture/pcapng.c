/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/pcapng.h"

#include "netprobe/base/err.h"

#include "made.h"

enum { ETHERNET = 1, RAW = 101, BSD_NULL = 0 };

/* ---- one file, read as a whole */

enum { SEEN_MAX = 16 };

struct seen {
	int result;
	size_t count;
	struct pcapng_packet packets[SEEN_MAX];
	uint8_t first[SEEN_MAX]; /* bytes */
	const char *names[SEEN_MAX];
	const char *flaw;
	uint64_t block_at;
};

static void keep(struct pcapng *p, struct seen *s, const struct pcapng_packet *packet)
{
	const char *name = pcapng_interface(p, packet->interface);

	ck_assert_uint_lt(s->count, SEEN_MAX);
	s->packets[s->count] = *packet;
	s->packets[s->count].bytes = NULL;
	s->first[s->count] = packet->len ? packet->bytes[0] : 0;
	s->names[s->count] = name ? name : "-";
	s->count++;
}

/* `p` is to be freed when its names were looked at. */
static struct pcapng *read_fed(struct fed *from, struct seen *s)
{
	struct pcapng *p = pcapng_new(fed_source(from));
	struct pcapng_packet packet;

	*s = (struct seen){0};
	while ((s->result = pcapng_next(p, &packet)) > 0)
		keep(p, s, &packet);
	ck_assert_int_eq(pcapng_next(p, &packet), s->result);
	s->flaw = pcapng_flaw(p);
	s->block_at = pcapng_block_at(p);
	return p;
}

static struct pcapng *read_made(const struct made *m, struct seen *s)
{
	struct fed from = {.bytes = m->bytes.text, .len = m->bytes.len, .most = 5};

	return read_fed(&from, s);
}

static void assert_flaw(struct made *m, const char *flaw, uint64_t at, size_t packets)
{
	struct seen s;

	pcapng_free(read_made(m, &s));
	ck_assert_int_eq(s.result, ERR_DAMAGED);
	ck_assert_str_eq(s.flaw, flaw);
	ck_assert_uint_eq(s.block_at, at);
	ck_assert_uint_eq(s.count, packets);
	strbuf_release(&m->bytes);
}

static struct made begun(bool swapped)
{
	struct made m = {.swapped = swapped};

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .snaplen = 65535});
	return m;
}

/* ---- packets */

START_TEST(pcapng_reads_enhanced_packets_in_both_byte_orders)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct made m = begun(swapped);
		struct seen s;

		made_enhanced(&m, 0, 1700000000123456, "hello", 5, 1500);
		made_enhanced(&m, 0, 1700000000123457, "", 0, 60);
		pcapng_free(read_made(&m, &s));
		ck_assert_int_eq(s.result, 0);
		ck_assert_uint_eq(s.count, 2);
		ck_assert_int_eq(s.packets[0].at, 1700000000123456000);
		ck_assert_uint_eq(s.packets[0].len, 5);
		ck_assert_uint_eq(s.packets[0].wire_len, 1500);
		ck_assert_uint_eq(s.packets[0].link, ETHERNET);
		ck_assert_uint_eq(s.first[0], 'h');
		ck_assert_int_eq(s.packets[1].at, 1700000000123457000);
		ck_assert_uint_eq(s.packets[1].len, 0);
		strbuf_release(&m.bytes);
	}
}
END_TEST

START_TEST(pcapng_reads_old_and_simple_packets)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct made m = begun(swapped);
		struct seen s;

		made_interface(&m, (struct made_interface){.link = RAW});
		made_old(&m, 1, 7000000, "old", 3, 40);
		made_simple(&m, "simple", 6, 6);
		pcapng_free(read_made(&m, &s));
		ck_assert_int_eq(s.result, 0);
		ck_assert_uint_eq(s.count, 2);
		ck_assert_uint_eq(s.packets[0].link, RAW);
		ck_assert_uint_eq(s.packets[0].wire_len, 40);
		ck_assert_int_eq(s.packets[0].at, 7 * NSEC_PER_SEC);
		ck_assert_uint_eq(s.first[0], 'o');
		/* of the first interface, at the time of the packet before */
		ck_assert_uint_eq(s.packets[1].link, ETHERNET);
		ck_assert_uint_eq(s.packets[1].len, 6);
		ck_assert_uint_eq(s.first[1], 's');
		ck_assert_int_eq(s.packets[1].at, 7 * NSEC_PER_SEC);
		strbuf_release(&m.bytes);
	}
}
END_TEST

START_TEST(pcapng_cuts_simple_packets_at_the_snap_length)
{
	struct made m = {0};
	struct seen s;

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = RAW, .snaplen = 6});
	made_simple(&m, "simple", 6, 1000);
	pcapng_free(read_made(&m, &s));
	ck_assert_uint_eq(s.count, 1);
	ck_assert_uint_eq(s.packets[0].len, 6);
	ck_assert_uint_eq(s.packets[0].wire_len, 1000);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_never_says_less_on_the_wire_than_was_captured)
{
	struct made m = begun(false);
	struct seen s;

	made_enhanced(&m, 0, 1, "hello", 5, 2);
	pcapng_free(read_made(&m, &s));
	ck_assert_uint_eq(s.packets[0].wire_len, 5);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_passes_over_options_of_packets_and_blocks_it_does_not_know)
{
	struct made m = begun(false);
	struct seen s;
	size_t at;

	at = made_block(&m, 0x80000bad);
	strbuf_pad(&m.bytes, '\xff', 3 << 20); /* more than it has room for */
	made_end(&m, at);
	at = made_block(&m, 6);
	made_u32(&m, 0);
	made_u64(&m, 0);
	made_u32(&m, 2);
	made_u32(&m, 2);
	made_padded(&m, "ab", 2);
	made_option(&m, 1, "a comment", 9);
	made_u32(&m, 0);
	made_end(&m, at);
	at = made_block(&m, 5);
	made_end(&m, at);
	made_enhanced(&m, 0, 1, "c", 1, 1);
	pcapng_free(read_fed(&(struct fed){.bytes = m.bytes.text, .len = m.bytes.len}, &s));
	ck_assert_int_eq(s.result, 0);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_uint_eq(s.packets[0].len, 2);
	ck_assert_uint_eq(s.first[1], 'c');
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_turns_the_family_of_bsd_loopback_to_this_machine)
{
	struct made m = {.swapped = true};
	uint32_t family = bswap_32(2), got;
	struct fed from;
	struct pcapng_packet packet;
	struct pcapng *p;

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = BSD_NULL});
	made_enhanced(&m, 0, 1, &family, sizeof family, sizeof family);
	made_enhanced(&m, 0, 1, &family, 3, 3);
	from = (struct fed){.bytes = m.bytes.text, .len = m.bytes.len};
	p = pcapng_new(fed_source(&from));
	ck_assert_int_eq(pcapng_next(p, &packet), 1);
	memcpy(&got, packet.bytes, sizeof got);
	ck_assert_uint_eq(got, 2);
	ck_assert_int_eq(pcapng_next(p, &packet), 1);
	ck_assert_mem_eq(packet.bytes, &family, 3);
	pcapng_free(p);
	strbuf_release(&m.bytes);
}
END_TEST

/* ---- time */

START_TEST(pcapng_takes_the_clock_that_an_interface_describes)
{
	struct made m = {0};
	struct seen s;

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = RAW, .resolution = 9, .offset = -2});
	made_interface(&m, (struct made_interface){.link = RAW});
	made_enhanced(&m, 0, 5000000007, "x", 1, 1);
	made_enhanced(&m, 1, 1234567, "x", 1, 1);
	pcapng_free(read_made(&m, &s));
	ck_assert_int_eq(s.result, 0);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_int_eq(s.packets[0].at, 3 * NSEC_PER_SEC + 7);
	ck_assert_int_eq(s.packets[1].at, 1234567000); /* microseconds, where it says nothing */
	strbuf_release(&m.bytes);
}
END_TEST

/* ---- directions */

START_TEST(pcapng_reads_directions_in_both_byte_orders)
{
	static const struct {
		uint32_t flags;
		bool incoming, outgoing, to_others;
	} cases[] = {
		{0, false, false, false},
		{1, true, false, false},
		{2, false, true, false},
		{3, false, false, false},
		{1 | 1 << 2, true, false, false},
		{1 | 4 << 2, true, false, true},
		{0x80000001, true, false, false},
	};
	enum { CASES = sizeof cases / sizeof *cases };

	for (int swapped = 0; swapped < 2; swapped++) {
		struct made m = begun(swapped);
		struct seen s;

		for (size_t i = 0; i < CASES; i++)
			made_flagged(&m, 0, cases[i].flags, "hello", 5);
		made_enhanced(&m, 0, 0, "hello", 5, 5);
		pcapng_free(read_made(&m, &s));
		ck_assert_uint_eq(s.count, CASES + 1);
		for (size_t i = 0; i < CASES; i++) {
			ck_assert(s.packets[i].incoming == cases[i].incoming);
			ck_assert(s.packets[i].outgoing == cases[i].outgoing);
			ck_assert(s.packets[i].to_others == cases[i].to_others);
		}
		ck_assert(!s.packets[CASES].incoming && !s.packets[CASES].outgoing);
		strbuf_release(&m.bytes);
	}
}
END_TEST

START_TEST(pcapng_takes_packets_whatever_options_stand_behind)
{
	static const uint8_t behind[][8] = {
		{2, 0, 4, 0, 1},       /* cut */
		{2, 0, 2, 0, 1, 0},    /* flags of two bytes */
		{2, 0, 0xff, 0xff, 1}, /* longer than its block */
		{0, 0, 0, 0, 2, 0, 4}, /* behind the end */
	};

	for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
		struct made m = begun(false);
		struct seen s;
		size_t at = made_block(&m, 6);

		for (int field = 0; field < 5; field++)
			made_u32(&m, 0);
		made_padded(&m, behind[i], i == 0 ? 4 : 8);
		made_end(&m, at);
		pcapng_free(read_made(&m, &s));
		ck_assert_int_eq(s.result, 0);
		ck_assert_uint_eq(s.count, 1);
		ck_assert(!s.packets[0].incoming && !s.packets[0].outgoing);
		strbuf_release(&m.bytes);
	}
}
END_TEST

/* ---- interfaces and sections */

START_TEST(pcapng_numbers_interfaces_where_there_are_several)
{
	struct made m = begun(false);
	struct seen s;

	made_enhanced(&m, 0, 0, "a", 1, 1);
	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET});
	made_enhanced(&m, 0, 0, "a", 1, 1);
	made_interface(&m, (struct made_interface){.link = RAW});
	made_enhanced(&m, 0, 0, "a", 1, 1);
	made_enhanced(&m, 1, 0, "b", 1, 1);
	pcapng_free(read_made(&m, &s));
	ck_assert_uint_eq(s.count, 4);
	ck_assert_uint_eq(s.packets[0].interface, 0);
	ck_assert_uint_eq(s.packets[1].interface, 0);
	ck_assert_uint_eq(s.packets[2].interface, 1);
	ck_assert_uint_eq(s.packets[3].interface, 2);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_numbers_devices_among_its_interfaces)
{
	struct made m = begun(false);
	struct fed from;
	struct pcapng *p;
	struct pcapng_packet packet;

	made_interface(&m, (struct made_interface){.link = 276});
	made_interface(&m, (struct made_interface){.link = 276, .name = "lab"});
	made_enhanced(&m, 1, 0, "a", 1, 1);
	made_enhanced(&m, 2, 0, "b", 1, 1);
	from = (struct fed){.bytes = m.bytes.text, .len = m.bytes.len};
	p = pcapng_new(fed_source(&from));
	ck_assert_int_eq(pcapng_next(p, &packet), 1);
	ck_assert_uint_eq(packet.interface, 2);
	ck_assert_uint_eq(pcapng_device(p, 2), 4);
	ck_assert_uint_eq(pcapng_device(p, 0), 2);
	ck_assert_int_eq(pcapng_next(p, &packet), 1);
	ck_assert_uint_eq(pcapng_device(p, UINT32_MAX), 5);
	ck_assert_uint_eq(pcapng_device(p, 2), 6);
	ck_assert_str_eq(pcapng_interface(p, 3), "lab");
	ck_assert_str_eq(pcapng_interface(p, 4), "any:2");
	ck_assert_str_eq(pcapng_interface(p, 5), "lab:4294967295");
	ck_assert_str_eq(pcapng_interface(p, 6), "lab:2");
	pcapng_free(p);
	strbuf_release(&m.bytes);
}
END_TEST

/* How many names were known when another one was announced. */
struct announced {
	struct pcapng *p;
	unsigned count, known[4];
};

static void note_another(void *user)
{
	struct announced *a = user;
	unsigned known = 0;

	while (pcapng_interface(a->p, known + 1))
		known++;
	ck_assert_uint_lt(a->count, 4);
	a->known[a->count++] = known;
}

START_TEST(pcapng_announces_a_name_before_it_is_known_and_once)
{
	struct made m = {0};
	struct announced a = {0};
	struct fed from;
	struct pcapng_packet packet;

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .name = "eth0"});
	made_enhanced(&m, 0, 1000, "a", 1, 1);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .name = "eth1"});
	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .name = "eth0"});
	made_interface(&m, (struct made_interface){.link = RAW, .name = "eth1"});
	made_enhanced(&m, 0, 1000, "b", 1, 1);
	from = (struct fed){.bytes = m.bytes.text, .len = m.bytes.len};
	a.p = pcapng_new(fed_source(&from));
	pcapng_on_interface(a.p, note_another, &a);
	while (pcapng_next(a.p, &packet) == 1)
		continue;
	ck_assert_uint_eq(a.count, 3);
	for (unsigned i = 0; i < a.count; i++)
		ck_assert_uint_eq(a.known[i], i);
	pcapng_free(a.p);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_knows_interfaces_by_name_and_link_type)
{
	struct made m = {0};
	struct seen s;
	struct pcapng *p;

	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .name = "eth0"});
	made_interface(&m, (struct made_interface){.link = RAW, .name = "tun0", .resolution = 9});
	made_interface(&m, (struct made_interface){.link = ETHERNET});
	made_enhanced(&m, 1, 1000, "a", 1, 1);
	made_enhanced(&m, 0, 1000, "b", 1, 1);
	made_enhanced(&m, 2, 1000, "c", 1, 1);
	p = read_made(&m, &s);
	ck_assert_uint_eq(s.count, 3);
	ck_assert_str_eq(s.names[0], "tun0");
	ck_assert_str_eq(s.names[1], "eth0");
	ck_assert_str_eq(s.names[2], "-");
	ck_assert_uint_eq(s.packets[0].link, RAW);
	ck_assert_uint_eq(s.packets[1].link, ETHERNET);
	ck_assert_int_eq(s.packets[0].at, 1000);
	ck_assert_int_eq(s.packets[1].at, 1000000);
	ck_assert_uint_ne(s.packets[1].interface, s.packets[2].interface);
	ck_assert_ptr_null(pcapng_interface(p, 3));
	pcapng_free(p);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_reads_sections_one_after_another_in_different_orders)
{
	struct made m = {0};
	struct seen s;
	struct pcapng *p;

	for (int i = 0; i < 4; i++) {
		m.swapped = i & 1;
		made_section(&m);
		made_interface(&m,
			(struct made_interface){.link = i == 3 ? RAW : ETHERNET, .name = "eth0"});
		if (i == 2)
			made_interface(&m, (struct made_interface){ETHERNET, .name = "eth0"});
		made_enhanced(&m, i == 2, 1000000 * (uint64_t)i, &"abcd"[i], 1, 1);
	}
	p = read_made(&m, &s);
	ck_assert_int_eq(s.result, 0);
	ck_assert_uint_eq(s.count, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(s.first[i], 'a' + i);
		ck_assert_int_eq(s.packets[i].at, i * NSEC_PER_SEC);
		ck_assert_str_eq(s.names[i], "eth0");
	}
	/* the same place, name and link type is the same interface */
	ck_assert_uint_eq(s.packets[0].interface, s.packets[1].interface);
	ck_assert_uint_ne(s.packets[0].interface, s.packets[2].interface);
	ck_assert_uint_ne(s.packets[0].interface, s.packets[3].interface);
	pcapng_free(p);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_forgets_the_interfaces_of_a_section)
{
	struct made m = begun(false);
	uint64_t at;

	made_enhanced(&m, 0, 1, "a", 1, 1);
	made_section(&m);
	at = m.bytes.len;
	made_enhanced(&m, 0, 1, "a", 1, 1);
	assert_flaw(&m, "a packet of an interface that was not described", at, 1);
}
END_TEST

START_TEST(pcapng_keeps_names_within_bounds)
{
	char name[200];
	struct made m = {0};
	struct seen s;
	struct pcapng *p;
	size_t at;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	made_section(&m);
	made_interface(&m, (struct made_interface){.link = RAW, .name = name});
	at = made_block(&m, 1);
	made_u32(&m, RAW);
	made_u32(&m, 0);
	made_option(&m, 2, "a\0b", 3);
	made_end(&m, at); /* without an end of options */
	made_enhanced(&m, 0, 1, "a", 1, 1);
	made_enhanced(&m, 1, 1, "a", 1, 1);
	p = read_made(&m, &s);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_uint_eq(strlen(s.names[0]), 63);
	ck_assert_str_eq(s.names[1], "a");
	pcapng_free(p);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_counts_interfaces_up_to_a_bound)
{
	struct made m = {0};
	struct seen s;
	uint64_t at = 0;

	made_section(&m);
	for (int i = 0; i <= PCAPNG_INTERFACES_MAX; i++) {
		at = m.bytes.len;
		made_interface(&m, (struct made_interface){.link = RAW});
	}
	pcapng_free(read_fed(&(struct fed){.bytes = m.bytes.text, .len = m.bytes.len}, &s));
	ck_assert_int_eq(s.result, ERR_DAMAGED);
	ck_assert_str_eq(s.flaw, "more interfaces than can be told apart");
	ck_assert_uint_eq(s.block_at, at);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_tells_apart_no_more_interfaces_than_that_in_all_sections)
{
	struct made m = {0};
	struct seen s;
	char name[16];

	for (int i = 0; i <= PCAPNG_INTERFACES_MAX; i++) {
		snprintf(name, sizeof name, "eth%d", i);
		made_section(&m);
		made_interface(&m, (struct made_interface){.link = RAW, .name = name});
	}
	pcapng_free(read_fed(&(struct fed){.bytes = m.bytes.text, .len = m.bytes.len}, &s));
	ck_assert_int_eq(s.result, ERR_DAMAGED);
	strbuf_release(&m.bytes);
}
END_TEST

/* ---- what is wrong */

START_TEST(pcapng_gives_all_before_a_cut_at_any_place)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct made m = begun(swapped);
		size_t ends[6], count = 0, at;

		ends[count++] = m.bytes.len;
		made_enhanced(&m, 0, 1, "first", 5, 5);
		ends[count++] = m.bytes.len;
		at = made_block(&m, 99);
		strbuf_pad(&m.bytes, 'x', 20);
		made_end(&m, at);
		made_old(&m, 0, 1, "second", 6, 6);
		ends[count++] = m.bytes.len;
		made_simple(&m, "third", 5, 5);
		ends[count++] = m.bytes.len;
		for (size_t len = 0; len <= m.bytes.len; len++) {
			struct fed from = {.bytes = m.bytes.text, .len = len};
			size_t whole = 0;
			struct seen s;

			while (whole + 1 < count && len >= ends[whole + 1])
				whole++;
			pcapng_free(read_fed(&from, &s));
			ck_assert_uint_eq(s.count, whole);
			/* between two blocks it looks like a whole file */
			ck_assert_msg(s.result == ERR_CUT || (s.result == 0 && len % 4 == 0),
				"%zu bytes: %d", len, s.result);
			if (len == 0 || len == 28 || len == ends[whole])
				ck_assert_int_eq(s.result, 0);
			else if (len < ends[1])
				ck_assert_int_eq(s.result, len == ends[0] ? 0 : ERR_CUT);
		}
		strbuf_release(&m.bytes);
	}
}
END_TEST

/* Block number 3, behind section, interface and one packet, whose bytes are changed. */
static struct made spoilt(uint64_t *at, void (*spoil)(struct made *m, uint8_t *block))
{
	struct made m = begun(false);

	made_enhanced(&m, 0, 1, "sound", 5, 5);
	*at = m.bytes.len;
	made_enhanced(&m, 0, 1, "spoilt", 6, 6);
	spoil(&m, (uint8_t *)m.bytes.text + *at);
	return m;
}

static void put(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof value);
}

static void spoil_length_odd(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 4, 41);
}

static void spoil_length_little(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 4, 8);
}

static void spoil_length_behind(struct made *m, uint8_t *block)
{
	(void)block;
	put((uint8_t *)m->bytes.text + m->bytes.len - 4, 44);
}

static void spoil_length_huge(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 4, (1 << 20) + 4);
}

static void spoil_interface(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 8, 1);
}

static void spoil_captured(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 20, 9);
}

static void spoil_captured_huge(struct made *m, uint8_t *block)
{
	(void)m;
	put(block + 20, UINT32_MAX);
}

static void spoil_unknown_behind(struct made *m, uint8_t *block)
{
	put(block, 99);
	spoil_length_behind(m, block);
}

START_TEST(pcapng_says_what_is_wrong_with_which_block)
{
	static const struct {
		void (*spoil)(struct made *m, uint8_t *block);
		const char *flaw;
	} cases[] = {
		{spoil_length_odd, "a block of an impossible length"},
		{spoil_length_little, "a block of an impossible length"},
		{spoil_length_behind, "a block whose two lengths differ"},
		{spoil_unknown_behind, "a block whose two lengths differ"},
		{spoil_length_huge, "a block of more than 1 MiB"},
		{spoil_interface, "a packet of an interface that was not described"},
		{spoil_captured, "a packet that is longer than its block"},
		{spoil_captured_huge, "a packet that is longer than its block"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t at;
		struct made m = spoilt(&at, cases[i].spoil);

		assert_flaw(&m, cases[i].flaw, at, 1);
	}
}
END_TEST

static void empty_block(struct made *m, uint32_t type, size_t len)
{
	size_t at = made_block(m, type);

	strbuf_pad(&m->bytes, '\0', len);
	made_end(m, at);
}

START_TEST(pcapng_refuses_blocks_that_are_too_short_for_what_they_are)
{
	static const struct {
		uint32_t type;
		size_t len;
		const char *flaw;
	} cases[] = {
		{6, 16, "a packet's block that is too short"},
		{2, 16, "a packet's block that is too short"},
		{3, 0, "a packet's block that is too short"},
		{1, 4, "a description of an interface that is too short"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct made m = begun(false);
		uint64_t at = m.bytes.len;

		empty_block(&m, cases[i].type, cases[i].len);
		assert_flaw(&m, cases[i].flaw, at, 0);
	}
}
END_TEST

/* An interface with one option, of which the bytes of the value are not all there. */
static struct made with_option(uint64_t *at, uint16_t code, uint16_t len, size_t there)
{
	struct made m = {0};
	size_t block;

	made_section(&m);
	*at = m.bytes.len;
	block = made_block(&m, 1);
	made_u32(&m, RAW);
	made_u32(&m, 0);
	made_u16(&m, code);
	made_u16(&m, len);
	strbuf_pad(&m.bytes, '\1', there);
	made_end(&m, block);
	return m;
}

START_TEST(pcapng_refuses_options_that_cannot_be)
{
	uint64_t at;
	struct made m = with_option(&at, 2, 9, 8);

	assert_flaw(&m, "an option that is longer than its block", at, 0);
	m = with_option(&at, 12345, UINT16_MAX, 0);
	assert_flaw(&m, "an option that is longer than its block", at, 0);
	m = with_option(&at, 9, 2, 4);
	assert_flaw(&m, "a resolution of time that is not one byte", at, 0);
	m = with_option(&at, 14, 4, 4);
	assert_flaw(&m, "an offset of time that is not eight bytes", at, 0);
}
END_TEST

START_TEST(pcapng_refuses_packets_before_a_section_or_an_interface)
{
	struct made m = {0};

	made_simple(&m, "x", 1, 1);
	assert_flaw(&m, "a block before the first section", 0, 0);
	m = (struct made){0};
	made_section(&m);
	made_simple(&m, "x", 1, 1);
	assert_flaw(&m, "a packet of an interface that was not described", 28, 0);
}
END_TEST

START_TEST(pcapng_refuses_sections_of_no_order_and_of_another_version)
{
	struct made m = {0};
	struct seen s;

	made_section(&m);
	m.bytes.text[8] = 0;
	assert_flaw(&m, "a section without a byte order", 0, 0);
	m = (struct made){0};
	empty_block(&m, 0x0a0d0d0a, 12);
	put((uint8_t *)m.bytes.text + 8, 0x1a2b3c4d);
	assert_flaw(&m, "a section header that is too short", 0, 0);
	m = (struct made){0};
	made_section(&m);
	m.bytes.text[12] = 2;
	pcapng_free(read_made(&m, &s));
	ck_assert_int_eq(s.result, ERR_UNSUPPORTED);
	ck_assert_str_eq(s.flaw, "another version of pcapng");
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(pcapng_says_what_the_source_said)
{
	struct made m = begun(false);
	struct fed from;
	struct seen s;

	made_enhanced(&m, 0, 1, "a", 1, 1);
	from = (struct fed){.bytes = m.bytes.text, .len = m.bytes.len, .failure = -EIO};
	pcapng_free(read_fed(&from, &s));
	ck_assert_uint_eq(s.count, 1);
	ck_assert_int_eq(s.result, -EIO);
	strbuf_release(&m.bytes);
}
END_TEST

UNIT_MAIN("capture/pcapng", pcapng_reads_enhanced_packets_in_both_byte_orders,
	pcapng_reads_old_and_simple_packets, pcapng_cuts_simple_packets_at_the_snap_length,
	pcapng_never_says_less_on_the_wire_than_was_captured,
	pcapng_passes_over_options_of_packets_and_blocks_it_does_not_know,
	pcapng_turns_the_family_of_bsd_loopback_to_this_machine,
	pcapng_takes_the_clock_that_an_interface_describes,
	pcapng_reads_directions_in_both_byte_orders,
	pcapng_takes_packets_whatever_options_stand_behind,
	pcapng_numbers_interfaces_where_there_are_several,
	pcapng_numbers_devices_among_its_interfaces,
	pcapng_announces_a_name_before_it_is_known_and_once,
	pcapng_knows_interfaces_by_name_and_link_type,
	pcapng_reads_sections_one_after_another_in_different_orders,
	pcapng_forgets_the_interfaces_of_a_section, pcapng_keeps_names_within_bounds,
	pcapng_counts_interfaces_up_to_a_bound,
	pcapng_tells_apart_no_more_interfaces_than_that_in_all_sections,
	pcapng_gives_all_before_a_cut_at_any_place, pcapng_says_what_is_wrong_with_which_block,
	pcapng_refuses_blocks_that_are_too_short_for_what_they_are,
	pcapng_refuses_options_that_cannot_be,
	pcapng_refuses_packets_before_a_section_or_an_interface,
	pcapng_refuses_sections_of_no_order_and_of_another_version,
	pcapng_says_what_the_source_said)
