/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/capture.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include "../own_net.h"
#include "made.h"

#include <dirent.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/stat.h>

enum {
	MICRO = 0xa1b2c3d4,
	NANO = 0xa1b23c4d,
	ETHERNET = 1,
	RAW = 101,
	BLUETOOTH = 187,
	COOKED2 = 276,
	FRAME = 42
};

/* ---- files of the tests */

/* One a test, which is a process. */
static const char *path(void)
{
	static char text[64];

	snprintf(text, sizeof text, "/tmp/netprobe-capture-%d", (int)getpid());
	return text;
}

static void save(const void *bytes, size_t len)
{
	FILE *f = fopen(path(), "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(len ? fwrite(bytes, 1, len, f) : 0, len);
	ck_assert_int_eq(fclose(f), 0);
}

/* A UDP datagram to `port` behind an Ethernet header, or without. */
static void datagram(uint8_t frame[static FRAME], uint16_t port)
{
	static const uint8_t begins[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28,
		0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39};

	memset(frame, 0, FRAME);
	memcpy(frame, begins, sizeof begins);
	frame[36] = (uint8_t)(port >> 8);
	frame[37] = (uint8_t)port;
	frame[39] = 8;
}

static void add_ethernet(struct made *m, uint32_t sec, uint16_t port)
{
	uint8_t frame[FRAME];

	datagram(frame, port);
	made_record(m, sec, 0, frame, FRAME, FRAME);
}

/* ---- reading them */

enum { KEPT_MAX = 16 };

struct kept {
	size_t count;
	struct captured packets[KEPT_MAX];
	uint8_t first[KEPT_MAX], last[KEPT_MAX]; /* bytes */
	const char *interfaces[KEPT_MAX];
	struct capture *c;
};

static void keep(void *user, const struct captured *packet)
{
	struct kept *k = user;

	ck_assert_uint_lt(k->count, KEPT_MAX);
	k->packets[k->count] = *packet;
	k->packets[k->count].bytes = NULL;
	k->first[k->count] = packet->len ? packet->bytes[0] : 0;
	k->last[k->count] = packet->len ? packet->bytes[packet->len - 1] : 0;
	k->interfaces[k->count] = capture_interface(k->c, packet);
	k->count++;
}

/* Ready to be read; NULL and `why`. */
static struct capture *begun(
	const struct capture_options *options, const char *filter, struct strbuf *why)
{
	struct capture *c = capture_open(options, why);

	if (!c || capture_begin(c, filter, why) == 0)
		return c;
	capture_free(c);
	return NULL;
}

static struct capture *open_file(const char *filter, struct strbuf *why)
{
	return begun(&(struct capture_options){.path = path()}, filter, why);
}

/* The text of the error that reading ended with, or "" at the end of the file. */
static struct strbuf read_all(struct kept *k, const char *filter)
{
	struct strbuf why = {0};
	int result;

	*k = (struct kept){.c = open_file(filter, &why)};
	if (!k->c)
		return why;
	while ((result = capture_read(k->c, keep, k, 3, &why)) > 0)
		;
	ck_assert_int_eq(result == 0, why.len == 0);
	strbuf_reset(&why);
	ck_assert_int_eq(capture_read(k->c, keep, k, 3, &why), result);
	strbuf_puts(&why, "");
	return why;
}

static void assert_read(size_t count, const char *filter, const char *error)
{
	struct kept k;
	struct strbuf why = read_all(&k, filter), wanted = {0};

	if (*error)
		strbuf_printf(
			&wanted, "%s%s", strncmp(error, "filter", 6) == 0 ? "" : path(), error);
	ck_assert_str_eq(why.text, wanted.text ? wanted.text : "");
	ck_assert_uint_eq(k.count, count);
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&wanted);
}

/* ---- pcap */

START_TEST(capture_reads_pcap_in_both_byte_orders_with_micro_and_nanoseconds)
{
	for (int i = 0; i < 4; i++) {
		struct made m = {.swapped = i & 1};
		struct strbuf why;
		struct kept k;

		made_pcap(&m, i & 2 ? NANO : MICRO, ETHERNET);
		made_record(&m, 1700000000, 123456, "abc", 3, 1500);
		made_record(&m, 4000000000, 999999, "", 0, 0);
		save(m.bytes.text, m.bytes.len);
		why = read_all(&k, NULL);
		ck_assert_str_eq(why.text, "");
		ck_assert_uint_eq(k.count, 2);
		ck_assert_int_eq(k.packets[0].at,
			1700000000 * NSEC_PER_SEC + 123456 * (i & 2 ? 1 : NSEC_PER_USEC));
		ck_assert_int_eq(k.packets[1].at,
			4000000000 * NSEC_PER_SEC + 999999 * (i & 2 ? 1 : NSEC_PER_USEC));
		ck_assert_uint_eq(k.packets[0].len, 3);
		ck_assert_uint_eq(k.packets[0].wire_len, 1500);
		ck_assert_int_eq(k.packets[0].link, LINK_ETHERNET);
		ck_assert_uint_eq(k.first[0], 'a');
		ck_assert_uint_eq(k.last[0], 'c');
		ck_assert_ptr_null(k.interfaces[0]);
		capture_free(k.c);
		strbuf_release(&why);
		strbuf_release(&m.bytes);
	}
	unlink(path());
}
END_TEST

START_TEST(capture_takes_no_time_before_1970)
{
	struct made m = {0};
	struct strbuf why;
	struct kept k;

	made_pcap(&m, MICRO, ETHERNET);
	made_record(&m, 0, 0x80000000, "abc", 3, 2);
	save(m.bytes.text, m.bytes.len);
	why = read_all(&k, NULL);
	ck_assert_uint_eq(k.count, 1);
	ck_assert_int_ge(k.packets[0].at, 0);
	ck_assert_uint_eq(k.packets[0].wire_len, 3);
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_knows_the_link_types)
{
	static const struct {
		uint32_t number;
		enum link_type link;
	} cases[] = {
		{0, LINK_NULL},
		{1, LINK_ETHERNET},
		{9, LINK_PPP},
		{12, LINK_RAW},
		{14, LINK_RAW},
		{50, LINK_PPP},
		{101, LINK_RAW},
		{108, LINK_LOOP},
		{113, LINK_COOKED},
		{228, LINK_RAW},
		{229, LINK_RAW},
		{276, LINK_COOKED2},
		{105, LINK_UNKNOWN},
		{BLUETOOTH, LINK_UNKNOWN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int ng = 0; ng < 2; ng++) {
			struct made m = {0};
			struct strbuf why;
			struct kept k;

			if (ng) {
				made_section(&m);
				made_interface(&m,
					(struct made_interface){.link = (uint16_t)cases[i].number});
				made_enhanced(&m, 0, 1, "a", 1, 1);
			} else {
				made_pcap(&m, MICRO, cases[i].number);
				made_record(&m, 1, 1, "a", 1, 1);
			}
			save(m.bytes.text, m.bytes.len);
			why = read_all(&k, NULL);
			ck_assert_uint_eq(k.count, 1);
			ck_assert_int_eq(k.packets[0].link, cases[i].link);
			capture_free(k.c);
			strbuf_release(&why);
			strbuf_release(&m.bytes);
		}
	unlink(path());
}
END_TEST

START_TEST(capture_gives_all_of_a_pcap_before_a_cut_at_any_place)
{
	struct made m = {0};
	struct strbuf text = {0};

	made_pcap(&m, MICRO, ETHERNET);
	for (uint32_t i = 0; i < 4; i++)
		made_record(&m, i, 0, "some bytes", 10, 10);
	for (size_t len = 4; len <= m.bytes.len; len++) {
		const size_t record = PCAP_RECORD + 10;
		size_t whole = len < PCAP_HEADER ? 0 : (len - PCAP_HEADER) / record;
		bool cut = len < PCAP_HEADER || (len - PCAP_HEADER) % record != 0;

		save(m.bytes.text, len);
		strbuf_reset(&text);
		if (cut && whole > 0)
			strbuf_printf(&text, ": cut after packet %zu (at byte %zu)", whole, len);
		else if (cut)
			strbuf_printf(&text, ": cut before the first packet (at byte %zu)", len);
		else
			strbuf_puts(&text, "");
		assert_read(whole, NULL, text.text);
	}
	strbuf_release(&text);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_says_where_a_pcap_is_damaged)
{
	struct made m = {0};
	struct strbuf text = {0}, why;
	struct kept k;

	made_pcap(&m, MICRO, ETHERNET);
	made_record(&m, 1, 0, "some bytes", 10, 10);
	made_u32(&m, 1);
	made_u32(&m, 1);
	made_u32(&m, UINT32_MAX);
	made_u32(&m, UINT32_MAX);
	strbuf_pad(&m.bytes, 'x', 100);
	save(m.bytes.text, m.bytes.len);
	strbuf_printf(&text, "%s: damaged after packet 1 (at byte 66): ", path());
	why = read_all(&k, NULL);
	ck_assert_uint_eq(k.count, 1);
	ck_assert_int_eq(strncmp(why.text, text.text, text.len), 0);
	ck_assert_ptr_nonnull(strstr(why.text + text.len, "4294967295")); /* as libpcap has it */
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&text);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

/* ---- packed */

static struct made two_packets(void)
{
	struct made m = {0};

	made_pcap(&m, MICRO, ETHERNET);
	add_ethernet(&m, 1, 53);
	add_ethernet(&m, 2, 80);
	return m;
}

START_TEST(capture_reads_what_is_packed)
{
	struct made m = two_packets(), ng = {0};

	made_section(&ng);
	made_interface(&ng, (struct made_interface){.link = RAW});
	made_enhanced(&ng, 0, 1, "a", 1, 1);
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0};

		pack(packing, m.bytes.text, m.bytes.len, &packed);
		save(packed.text, packed.len);
		assert_read(2, NULL, "");
		assert_read(1, "port 80", "");
		strbuf_reset(&packed);
		pack(packing, ng.bytes.text, ng.bytes.len, &packed);
		save(packed.text, packed.len);
		assert_read(1, NULL, "");
		strbuf_release(&packed);
	}
	strbuf_release(&m.bytes);
	strbuf_release(&ng.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_says_where_a_packed_stream_is_cut_or_broken)
{
	struct made m = two_packets();

	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0}, text = {0};
		size_t len;

		pack(packing, m.bytes.text, 100, &packed);
		len = packed.len;
		pack(packing, m.bytes.text + 100, m.bytes.len - 100, &packed);
		save(packed.text, len + 8);
		assert_read(1, NULL, ": cut after packet 1 (at byte 100, unpacked)");
		save(packed.text, 8);
		assert_read(0, NULL, ": cut before the first packet");
		packed.len = len;
		strbuf_puts(&packed, "something else that is no packed stream");
		save(packed.text, packed.len);
		strbuf_printf(&text,
			": damaged after packet 1 (at byte 100, unpacked): the %s stream is broken",
			packing_names[packing]);
		assert_read(1, NULL, text.text);
		strbuf_release(&packed);
		strbuf_release(&text);
	}
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_says_what_takes_too_much_memory_to_unpack)
{
	/* RFC 8878, 3.1.1.1: a window of 2^28 */
	save("\x28\xb5\x2f\xfd\x00\x90\x09\x00\x00x", 10);
	assert_read(0, NULL,
		": cannot be read before the first packet: its zstd takes "
		"more "
		"than 128 MiB of memory, or a newer version");
	unlink(path());
}
END_TEST

/* ---- pcapng */

START_TEST(capture_reads_pcapng_with_interfaces_of_several_link_types)
{
	uint8_t frame[FRAME];
	struct made m = {0};
	struct strbuf why;
	struct kept k;

	datagram(frame, 80);
	made_section(&m);
	made_interface(&m, (struct made_interface){.link = ETHERNET, .name = "eth0"});
	made_interface(&m, (struct made_interface){.link = RAW, .name = "tun0", .resolution = 9});
	made_interface(&m, (struct made_interface){.link = BLUETOOTH, .name = "bt0"});
	made_enhanced(&m, 0, 5000000, frame, FRAME, FRAME);
	made_enhanced(&m, 1, 5000000001, frame + 14, FRAME - 14, FRAME - 14);
	made_enhanced(&m, 2, 4000000, "blue", 4, 4);
	save(m.bytes.text, m.bytes.len);
	why = read_all(&k, NULL);
	ck_assert_str_eq(why.text, "");
	ck_assert_uint_eq(k.count, 3);
	ck_assert_str_eq(k.interfaces[0], "eth0");
	ck_assert_str_eq(k.interfaces[1], "tun0");
	ck_assert_str_eq(k.interfaces[2], "bt0");
	ck_assert_int_eq(k.packets[1].link, LINK_RAW);
	ck_assert_int_eq(k.packets[1].at, 5000000001);
	capture_free(k.c);
	strbuf_release(&why);
	/* the filter is compiled for each of them */
	assert_read(2, "udp port 80", "");
	assert_read(0, "udp port 81", "");
	assert_read(1, "ether host 02:00:00:00:00:01",
		": after packet 1: filter 'ether host 02:00:00:00:00:01': ethernet addresses "
		"supported "
		"only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel");
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_says_where_a_pcapng_is_cut_or_damaged)
{
	struct made m = {0};
	size_t at;

	made_section(&m);
	save(m.bytes.text, 10);
	assert_read(0, NULL, ": cut before the first packet (at byte 10)");
	made_interface(&m, (struct made_interface){.link = RAW});
	made_enhanced(&m, 0, 1, "a", 1, 1);
	at = m.bytes.len;
	made_enhanced(&m, 0, 1, "b", 1, 1);
	save(m.bytes.text, at + 9);
	assert_read(1, NULL, ": cut after packet 1 (at byte 93)");
	m.bytes.text[at + 4] = 7;
	save(m.bytes.text, m.bytes.len);
	assert_read(
		1, NULL, ": damaged after packet 1 (at byte 84): a block of an impossible length");
	m.bytes.text[12] = 9;
	save(m.bytes.text, m.bytes.len);
	assert_read(0, NULL,
		": cannot be read before the first packet (at byte 0): another version of pcapng");
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_reads_the_interface_out_of_cooked_packets)
{
	static const uint8_t cooked[24] = {8, 0, 0, 0, 0, 0, 1, 7};
	struct made m = {0};
	struct strbuf why;
	struct kept k;

	made_pcap(&m, MICRO, COOKED2);
	made_record(&m, 1, 0, cooked, sizeof cooked, sizeof cooked);
	made_record(&m, 1, 0, cooked, 7, sizeof cooked);
	save(m.bytes.text, m.bytes.len);
	why = read_all(&k, NULL);
	ck_assert_uint_eq(k.count, 2);
	ck_assert_uint_eq(k.packets[0].interface, 0x107);
	ck_assert_uint_eq(k.packets[1].interface, 0);
	ck_assert_ptr_null(k.interfaces[0]); /* of another machine, perhaps */
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

/* ---- filters, counting */

START_TEST(capture_says_what_is_wrong_with_a_filter_when_it_opens)
{
	struct made m = two_packets(), ng = {0};

	save(m.bytes.text, m.bytes.len);
	assert_read(0, "prot 80", "filter 'prot 80': can't parse filter expression: syntax error");
	made_section(&ng);
	save(ng.bytes.text, ng.bytes.len);
	assert_read(0, "prot 80", "filter 'prot 80': can't parse filter expression: syntax error");
	assert_read(0, "port 80", "");
	strbuf_release(&m.bytes);
	strbuf_release(&ng.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_counts_what_the_filter_lets_through)
{
	struct made m = {0};
	struct strbuf why = {0};
	struct capture_status status;
	struct kept k = {0};

	made_pcap(&m, MICRO, ETHERNET);
	for (uint16_t i = 0; i < 7; i++)
		add_ethernet(&m, i, i & 1 ? 53 : 80);
	save(m.bytes.text, m.bytes.len);
	k.c = open_file("port 53", &why);
	/* a filter that lets nothing through does not hold the program up */
	ck_assert_int_eq(capture_read(k.c, keep, &k, 4, &why), 1);
	ck_assert_uint_eq(k.count, 2);
	ck_assert_int_eq(capture_read(k.c, keep, &k, 4, &why), 1);
	ck_assert_int_eq(capture_read(k.c, keep, &k, 4, &why), 0);
	capture_status(k.c, &status);
	ck_assert_uint_eq(status.packets, 3);
	ck_assert_uint_eq(status.unknown_link, 0);
	ck_assert(!status.backwards);
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_counts_unknown_link_types_and_sees_time_run_backwards)
{
	struct made m = {0};
	struct strbuf why;
	struct capture_status status;
	struct kept k;

	made_pcap(&m, MICRO, BLUETOOTH);
	made_record(&m, 2, 0, "a", 1, 1);
	made_record(&m, 2, 0, "b", 1, 1);
	save(m.bytes.text, m.bytes.len);
	why = read_all(&k, NULL);
	capture_status(k.c, &status);
	ck_assert_uint_eq(status.unknown_link, 2);
	ck_assert(!status.backwards);
	capture_free(k.c);
	strbuf_release(&why);
	made_record(&m, 1, 999999, "c", 1, 1);
	save(m.bytes.text, m.bytes.len);
	why = read_all(&k, NULL);
	capture_status(k.c, &status);
	ck_assert(status.backwards);
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_says_how_far_it_has_read)
{
	struct made m = two_packets();
	struct strbuf why = {0}, packed = {0};
	struct kept k = {0};
	uint64_t done, total;

	pack(0, m.bytes.text, m.bytes.len, &packed);
	save(packed.text, packed.len);
	k.c = open_file(NULL, &why);
	capture_progress(k.c, &done, &total);
	ck_assert_uint_eq(total, packed.len);
	ck_assert_uint_le(done, total);
	ck_assert_int_eq(capture_fd(k.c), -1);
	while (capture_read(k.c, keep, &k, 1, &why) > 0)
		;
	capture_progress(k.c, &done, &total);
	ck_assert_uint_eq(done, packed.len);
	capture_free(k.c);
	strbuf_release(&why);
	strbuf_release(&packed);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

/* ---- long files, which a thread reads ahead */

enum { LONG = 1000, LONG_FRAME = 1200 };

/* Of a second each, full of what cannot be packed. */
static struct made long_pcap(void)
{
	struct made m = {0};
	uint64_t random = 1, words[LONG_FRAME / sizeof(uint64_t)];

	made_pcap(&m, MICRO, RAW);
	for (uint32_t i = 0; i < LONG; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			words[k] = random = rng_mix(random);
		made_record(&m, i, 0, words, LONG_FRAME, LONG_FRAME);
	}
	return m;
}

struct in_turn {
	uint32_t count;
	uint64_t random;
};

static void take_in_turn(void *user, const struct captured *packet)
{
	struct in_turn *n = user;
	uint64_t words[LONG_FRAME / sizeof(uint64_t)];

	for (size_t k = 0; k < ARRAY_SIZE(words); k++)
		words[k] = n->random = rng_mix(n->random);
	ck_assert_int_eq(packet->at, n->count * NSEC_PER_SEC);
	ck_assert_uint_eq(packet->len, LONG_FRAME);
	ck_assert_mem_eq(packet->bytes, words, LONG_FRAME);
	n->count++;
}

static void assert_read_in_turn(uint32_t count, const char *error)
{
	struct strbuf why = {0};
	struct in_turn n = {.random = 1};
	struct capture *c = open_file(NULL, &why);
	uint64_t done = 0, before, total;
	int result;

	ck_assert_ptr_nonnull(c);
	do {
		before = done;
		result = capture_read(c, take_in_turn, &n, 10, &why);
		capture_progress(c, &done, &total);
		ck_assert(before <= done && done <= total);
	} while (result > 0);
	ck_assert_uint_eq(n.count, count);
	ck_assert_uint_eq(done, total);
	ck_assert_str_eq(why.len ? why.text + strlen(path()) : "", error);
	capture_free(c);
	strbuf_release(&why);
}

START_TEST(capture_of_a_long_file_gives_all_and_says_where_it_is_cut)
{
	struct made m = long_pcap();
	struct strbuf text = {0};

	save(m.bytes.text, m.bytes.len);
	assert_read_in_turn(LONG, "");
	save(m.bytes.text, m.bytes.len - 1);
	strbuf_printf(&text, ": cut after packet %d (at byte %zu)", LONG - 1, m.bytes.len - 1);
	assert_read_in_turn(LONG - 1, text.text);
	strbuf_release(&text);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

START_TEST(capture_of_a_long_packed_file_gives_all_and_says_where_it_is_cut)
{
	struct made m = long_pcap();

	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0}, text = {0};

		pack(packing, m.bytes.text, m.bytes.len, &packed);
		save(packed.text, packed.len);
		assert_read_in_turn(LONG, "");
		strbuf_reset(&packed);
		pack(packing, m.bytes.text, m.bytes.len - 1, &packed);
		save(packed.text, packed.len);
		strbuf_printf(&text, ": cut after packet %d (at byte %zu, unpacked)", LONG - 1,
			m.bytes.len - 1);
		assert_read_in_turn(LONG - 1, text.text);
		strbuf_release(&text);
		strbuf_release(&packed);
	}
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

static int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = 0;

	ck_assert_ptr_nonnull(tasks);
	for (struct dirent *task; (task = readdir(tasks));)
		count += task->d_name[0] != '.';
	closedir(tasks);
	return count;
}

START_TEST(capture_reads_ahead_once_it_has_begun_and_of_long_files_alone)
{
	struct made m = long_pcap(), two = two_packets();
	struct strbuf why = {0};
	struct capture *c;

	save(m.bytes.text, m.bytes.len);
	c = capture_open(&(struct capture_options){.path = path()}, &why);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(threads(), 1);
	ck_assert_int_eq(capture_begin(c, NULL, &why), 0);
	ck_assert_int_eq(threads(), 2);
	capture_free(c);
	ck_assert_int_eq(threads(), 1);
	save(two.bytes.text, two.bytes.len);
	c = open_file(NULL, &why);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(threads(), 1);
	capture_free(c);
	strbuf_release(&two.bytes);
	strbuf_release(&m.bytes);
	unlink(path());
}
END_TEST

/* ---- what cannot be opened */

static void assert_refused(
	const struct capture_options *options, const char *filter, const char *text)
{
	struct strbuf why = {0};

	ck_assert_ptr_null(begun(options, filter, &why));
	ck_assert_str_eq(why.text, text);
	strbuf_release(&why);
}

START_TEST(capture_says_what_is_no_capture)
{
	static const char text[] = "#!/bin/sh\necho this is some other file\n";
	struct strbuf packed = {0};

	save("", 0);
	assert_read(0, NULL, ": empty");
	for (size_t len = 1; len < sizeof text; len++) {
		save(text, len);
		assert_read(0, NULL, ": neither pcap nor pcapng");
	}
	for (int packing = 0; packing < PACKINGS; packing++) {
		strbuf_reset(&packed);
		pack(packing, text, sizeof text - 1, &packed);
		save(packed.text, packed.len);
		assert_read(0, NULL, ": neither pcap nor pcapng");
		strbuf_reset(&packed);
		pack(packing, "", 0, &packed);
		save(packed.text, packed.len);
		assert_read(0, NULL, ": empty");
	}
	strbuf_release(&packed);
	unlink(path());
}
END_TEST

START_TEST(capture_says_which_file_it_cannot_open)
{
	assert_refused(&(struct capture_options){.path = "/no/such/file.pcap"}, NULL,
		"/no/such/file.pcap: No such file or directory");
	assert_refused(&(struct capture_options){.path = "/tmp"}, NULL, "/tmp: Is a directory");
	save("x", 1);
	chmod(path(), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	assert_read(0, NULL, ": Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	unlink(path());
}
END_TEST

/* ---- standard input */

static int pipe_to_stdin(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
	close(ends[0]);
	return ends[1];
}

START_TEST(capture_reads_standard_input)
{
	struct made m = two_packets();
	struct strbuf why = {0};
	struct kept k = {0};
	int to = pipe_to_stdin();

	ck_assert_int_eq(write(to, m.bytes.text, m.bytes.len - 1), (ssize_t)m.bytes.len - 1);
	close(to);
	k.c = begun(&(struct capture_options){.path = "-"}, NULL, &why);
	ck_assert_ptr_nonnull(k.c);
	ck_assert_int_eq(capture_read(k.c, keep, &k, 10, &why), ERR_CUT);
	ck_assert_str_eq(why.text, "standard input: cut after packet 1 (at byte 139)");
	ck_assert_uint_eq(k.count, 1);
	capture_free(k.c);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
}
END_TEST

START_TEST(capture_of_a_pipe_waits_for_no_more_than_has_come)
{
	struct made m = two_packets(), ng = {0};
	struct strbuf why = {0};

	made_section(&ng);
	made_interface(&ng, (struct made_interface){.link = RAW});
	made_enhanced(&ng, 0, 1, "a", 1, 1);
	made_enhanced(&ng, 0, 1, "b", 1, 1);
	for (int i = 0; i < 2; i++) {
		const struct strbuf *bytes = i ? &ng.bytes : &m.bytes;
		struct kept k = {0};
		int to = pipe_to_stdin();

		ck_assert_int_eq(write(to, bytes->text, bytes->len), (ssize_t)bytes->len);
		k.c = begun(&(struct capture_options){.path = "-"}, NULL, &why);
		ck_assert_ptr_nonnull(k.c);
		ck_assert_int_eq(capture_read(k.c, keep, &k, 10, &why), 1);
		ck_assert_uint_eq(k.count, 2);
		close(to);
		ck_assert_int_eq(capture_read(k.c, keep, &k, 10, &why), 0);
		ck_assert_uint_eq(k.count, 2);
		capture_free(k.c);
	}
	strbuf_release(&m.bytes);
	strbuf_release(&ng.bytes);
}
END_TEST

START_TEST(capture_of_a_silent_pipe_hears_a_blocked_signal)
{
	struct made m = two_packets();
	struct strbuf why = {0};
	struct kept k = {0};
	int to = pipe_to_stdin();
	sigset_t set;

	ck_assert_int_eq(write(to, m.bytes.text, m.bytes.len), (ssize_t)m.bytes.len);
	k.c = begun(&(struct capture_options){.path = "-"}, NULL, &why);
	ck_assert_ptr_nonnull(k.c);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	/* what has come is told before it is waited for more */
	ck_assert_int_eq(capture_read(k.c, keep, &k, 10, &why), 1);
	ck_assert_uint_eq(k.count, 2);
	ck_assert_int_eq(capture_read(k.c, keep, &k, 10, &why), -EINTR);
	ck_assert_uint_eq(k.count, 2);
	ck_assert_str_eq(why.text, "standard input: interrupted after packet 2 (at byte 140)");
	capture_free(k.c);
	close(to);
	strbuf_release(&why);
	strbuf_release(&m.bytes);
}
END_TEST

/* ---- live */

struct counted {
	uint64_t count, of_link[LINK_TYPES];
	uint32_t most_len;
	nsec_t first, last;
	char interface[IF_NAMESIZE];
	struct capture *c;
};

static void count(void *user, const struct captured *packet)
{
	struct counted *n = user;
	const char *name = capture_interface(n->c, packet);

	if (n->count++ == 0)
		n->first = packet->at;
	n->last = packet->at;
	n->of_link[packet->link]++;
	if (packet->len > n->most_len)
		n->most_len = packet->len;
	snprintf(n->interface, sizeof n->interface, "%s", name ? name : "-");
}

/* Until `wanted` came or the error that is returned; 0 when too much time has passed. */
static int count_up_to(struct counted *n, uint64_t wanted, struct strbuf *why)
{
	struct pollfd in = {.fd = capture_fd(n->c), .events = POLLIN};
	nsec_t until = clock_now() + 20 * NSEC_PER_SEC;
	int got = 0;

	while (n->count < wanted && clock_now() < until) {
		got = capture_read(n->c, count, n, 64, why);
		if (got < 0 && got != -EAGAIN)
			return got;
		if (got == -EAGAIN)
			poll(&in, 1, 100);
	}
	return n->count >= wanted;
}

static void send_some(uint16_t port, unsigned packets)
{
	struct addr to = loopback_addr(4), own;
	struct sockaddr_storage sa;
	int fd = loopback_bind(4, SOCK_DGRAM, &own);
	socklen_t len;

	to.port = port;
	len = addr_to_sockaddr(&to, &sa);
	/* ICMP errors of closed ports are reported in between */
	for (unsigned i = 0; i < packets;)
		i += sendto(fd, "0123456789", 10, 0, (struct sockaddr *)&sa, len) == 10;
	close(fd);
}

START_TEST(capture_takes_packets_of_an_interface)
{
	struct capture_options options = {.interface = "lo"};
	struct strbuf why = {0};
	struct capture_status status;
	struct counted n = {0};
	nsec_t before = clock_wall();

	if (!own_net())
		return;
	n.c = begun(&options, "udp port 9", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	ck_assert_int_ge(capture_fd(n.c), 0);
	ck_assert_int_eq(capture_read(n.c, count, &n, 64, &why), -EAGAIN);
	send_some(10, 5);
	send_some(9, 100);
	ck_assert_int_eq(count_up_to(&n, 100, &why), 1);
	ck_assert_uint_eq(n.count, 100);
	ck_assert_uint_eq(n.of_link[LINK_ETHERNET], 100);
	ck_assert_uint_eq(n.most_len, 52);
	ck_assert_str_eq(n.interface, "lo");
	ck_assert_int_ge(n.first, before);
	ck_assert_int_le(n.first, n.last);
	ck_assert_int_le(n.last, clock_wall());
	capture_status(n.c, &status);
	ck_assert_uint_eq(status.packets, 100);
	ck_assert_uint_eq(status.dropped, 0);
	ck_assert_uint_eq(status.dropped_interface, 0);
	capture_free(n.c);
	strbuf_release(&why);
}
END_TEST

START_TEST(capture_of_any_knows_through_which_interface)
{
	struct strbuf why = {0};
	struct counted n = {0};

	if (!own_net())
		return;
	n.c = begun(&(struct capture_options){.interface = "any", .snaplen = 40}, "udp", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	send_some(9, 10);
	ck_assert_int_eq(count_up_to(&n, 10, &why), 1);
	ck_assert_uint_eq(n.of_link[LINK_COOKED2], n.count);
	ck_assert_str_eq(n.interface, "lo");
	ck_assert_uint_eq(n.most_len, 40);
	capture_free(n.c);
	strbuf_release(&why);
}
END_TEST

/* More than the room for them, and each counted once: loopback shows them going out, too. */
static void burst(const char *interface)
{
	enum { FITS = 20000, DOES_NOT = 400000 };
	struct capture_options options = {.interface = interface};
	struct strbuf why = {0};
	struct capture_status status;
	struct counted n = {0};

	if (!own_net())
		return;
	n.c = begun(&options, "udp port 9 or udp port 10", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	send_some(9, FITS);
	ck_assert_int_eq(count_up_to(&n, FITS, &why), 1);
	capture_status(n.c, &status);
	ck_assert_uint_eq(status.dropped, 0);
	send_some(9, DOES_NOT);
	capture_status(n.c, &status);
	ck_assert_uint_gt(status.dropped, 0);
	ck_assert_int_eq(count_up_to(&n, FITS + DOES_NOT - status.dropped, &why), 1);
	ck_assert_int_eq(capture_read(n.c, count, &n, 64, &why), -EAGAIN);
	capture_status(n.c, &status);
	ck_assert_uint_eq(status.packets, n.count);
	ck_assert_uint_eq(n.count + status.dropped, FITS + DOES_NOT);
	capture_free(n.c);
	strbuf_release(&why);
}

START_TEST(capture_loses_nothing_of_a_burst_that_fits_and_counts_what_does_not)
{
	burst("lo");
}
END_TEST

START_TEST(capture_of_any_counts_what_is_lost_on_loopback_once)
{
	burst("any");
}
END_TEST

START_TEST(capture_gives_what_came_within_the_time_that_is_told)
{
	struct strbuf why = {0};
	struct counted n = {0};
	nsec_t before;

	if (!own_net())
		return;
	n.c = begun(&(struct capture_options){.interface = "any"}, "udp", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	for (int i = 1; i <= 5; i++) {
		send_some(9, 1);
		before = clock_now();
		ck_assert_int_eq(count_up_to(&n, (uint64_t)i, &why), 1);
		/* and more, for a machine that is busy */
		ck_assert_int_le(clock_now() - before, CAPTURE_LATE + 5 * NSEC_PER_SEC);
	}
	capture_free(n.c);
	strbuf_release(&why);
}
END_TEST

START_TEST(capture_says_which_interface_it_cannot_have)
{
	static const char *const add[] = {"ip", "link", "add", "np0", "type", "veth", NULL};

	if (!own_net())
		return;
	assert_refused(&(struct capture_options){.interface = "nosuch0"}, NULL,
		"nosuch0: no such interface");
	assert_refused(&(struct capture_options){.interface = "lo"}, "prot 80",
		"filter 'prot 80': can't parse filter expression: syntax error");
	if (own_net_run(add) != 0)
		return;
	assert_refused(
		&(struct capture_options){.interface = "np0"}, NULL, "np0: the interface is down");
}
END_TEST

START_TEST(capture_says_what_privilege_it_lacks)
{
	cap_t none = cap_init();

	ck_assert_int_eq(cap_set_proc(none), 0);
	cap_free(none);
	assert_refused(&(struct capture_options){.interface = "lo"}, NULL,
		"lo: needs CAP_NET_RAW (sudo, or: setcap cap_net_raw+ep netprobe)");
	assert_refused(&(struct capture_options){.interface = "any"}, NULL,
		"any: needs CAP_NET_RAW (sudo, or: setcap cap_net_raw+ep netprobe)");
}
END_TEST

START_TEST(capture_says_that_the_interface_is_gone)
{
	static const char *const add[] = {"ip", "link", "add", "np0", "type", "veth", NULL},
				 *const up[] = {"ip", "link", "set", "np0", "up", NULL},
				 *const delete[] = {"ip", "link", "del", "np0", NULL};
	struct strbuf why = {0};
	struct counted n = {0};

	if (!own_net() || own_net_run(add) != 0 || own_net_run(up) != 0)
		return;
	n.c = begun(&(struct capture_options){.interface = "np0"}, "udp", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	ck_assert_int_eq(own_net_run(delete), 0);
	ck_assert_int_eq(count_up_to(&n, 1, &why), -ENODEV);
	ck_assert_str_eq(why.text, "np0: the interface is gone");
	capture_free(n.c);
	strbuf_release(&why);
}
END_TEST

START_TEST(capture_waits_for_an_interface_that_went_down)
{
	static const char *const down[] = {"ip", "link", "set", "lo", "down", NULL},
				 *const up[] = {"ip", "link", "set", "lo", "up", NULL};
	struct strbuf why = {0};
	struct counted n = {0};
	int got = 0;

	if (!own_net())
		return;
	n.c = begun(&(struct capture_options){.interface = "lo"}, "udp", &why);
	ck_assert_msg(n.c != NULL, "%s", why.text);
	if (own_net_run(down) != 0)
		return;
	for (int i = 0; i < 5; i++) {
		got = capture_read(n.c, count, &n, 64, &why);
		ck_assert_msg(got == -EAGAIN, "%d: %s", got, why.text);
		poll(NULL, 0, 20);
	}
	ck_assert_int_eq(own_net_run(up), 0);
	send_some(9, 1);
	ck_assert_int_eq(count_up_to(&n, 1, &why), 1);
	capture_free(n.c);
	strbuf_release(&why);
}
END_TEST

START_TEST(capture_names_its_libraries)
{
	const char *text = capture_library_version();

	ck_assert_int_eq(strncmp(text, "libpcap version 1.", 18), 0);
	ck_assert_ptr_nonnull(strstr(text, "\nzlib 1."));
}
END_TEST

UNIT_MAIN("capture/capture", capture_reads_pcap_in_both_byte_orders_with_micro_and_nanoseconds,
	capture_takes_no_time_before_1970, capture_knows_the_link_types,
	capture_gives_all_of_a_pcap_before_a_cut_at_any_place, capture_says_where_a_pcap_is_damaged,
	capture_reads_what_is_packed, capture_says_where_a_packed_stream_is_cut_or_broken,
	capture_says_what_takes_too_much_memory_to_unpack,
	capture_reads_pcapng_with_interfaces_of_several_link_types,
	capture_says_where_a_pcapng_is_cut_or_damaged,
	capture_reads_the_interface_out_of_cooked_packets,
	capture_says_what_is_wrong_with_a_filter_when_it_opens,
	capture_counts_what_the_filter_lets_through,
	capture_counts_unknown_link_types_and_sees_time_run_backwards,
	capture_says_how_far_it_has_read, capture_of_a_long_file_gives_all_and_says_where_it_is_cut,
	capture_of_a_long_packed_file_gives_all_and_says_where_it_is_cut,
	capture_reads_ahead_once_it_has_begun_and_of_long_files_alone,
	capture_says_what_is_no_capture, capture_says_which_file_it_cannot_open,
	capture_reads_standard_input, capture_of_a_pipe_waits_for_no_more_than_has_come,
	capture_of_a_silent_pipe_hears_a_blocked_signal, capture_takes_packets_of_an_interface,
	capture_of_any_knows_through_which_interface,
	capture_loses_nothing_of_a_burst_that_fits_and_counts_what_does_not,
	capture_of_any_counts_what_is_lost_on_loopback_once,
	capture_gives_what_came_within_the_time_that_is_told,
	capture_says_which_interface_it_cannot_have, capture_says_what_privilege_it_lacks,
	capture_says_that_the_interface_is_gone, capture_waits_for_an_interface_that_went_down,
	capture_names_its_libraries)
