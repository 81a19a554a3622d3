/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/proc_net.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include "../own_net.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/un.h>

/* ---- lines as Linux 6.18 wrote them */

static const char tcp_listen[] =
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        "
	"0 61345354 2 0000000062ba4035 100 0 0 10 0                  ";
static const char tcp_syn_recv[] =
	"   4: 0100090A:1F93 0900090A:0FA0 03 00000000:00000000 01:00000002 00000001     0        "
	"0 0 0 00000000c215bde6                                      ";
static const char tcp_syn_sent[] =
	"   7: 0100090A:A958 0900090A:0050 02 00000001:00000000 01:00000005 00000002     0        "
	"0 61344165 2 00000000c1453252 100 0 0 1 -1                  ";
static const char tcp_window_probe[] =
	"   6: 0100007F:BA0A 0100007F:2329 01 0022EB80:00000000 04:0000009B 00000000     0        "
	"3 61761440 2 00000000f558fc55 20 0 0 12 -1                  ";
static const char tcp_keepalive[] =
	"   5: 0100007F:CEF0 0100007F:232A 01 00000000:00000000 02:000AFB52 00000000     0        "
	"4 61761443 2 00000000f7078cf0 20 0 0 10 -1                  ";
static const char tcp_time_wait[] =
	"  10: 0100007F:86E8 0100007F:1F92 06 00000000:00000000 03:00001642 00000000     0        "
	"0 0 3 000000008910b4b1                                      ";
static const char tcp6_listen[] =
	"   1: 00000000000000000000000000000000:1F9A 00000000000000000000000000000000:0000 0A "
	"00000000:00000000 00:00000000 00000000     0        0 61344167 1 000000006fa29afe 100 0 0 "
	"10 0";
static const char tcp6_established[] =
	"   4: B80D0120000000000000000034120000:C630 B80D0120000000000000000034120000:1F9A 01 "
	"00000000:00000000 00:00000000 00000000     0        0 61344170 1 00000000fcb61ccc 20 0 0 "
	"10 -1";
static const char tcp6_mapped[] =
	"   5: 0000000000000000FFFF00000100007F:1F9A 0000000000000000FFFF00000100007F:A97A 01 "
	"00000000:00000000 00:00000000 00000000     0        0 61344169 1 0000000052ccb254 20 0 0 "
	"10 -1";
static const char tcp6_syn_recv[] =
	"   3: 0000000000000000FFFF00000100090A:1F94 0000000000000000FFFF00000900090A:0FA0 03 "
	"00000000:00000000 01:00000000 00000001     0        0 0 0 0000000079d93d0e";
static const char tcp6_time_wait[] =
	"   2: 00000000000000000000000001000000:CA88 00000000000000000000000001000000:1F9A 06 "
	"00000000:00000000 03:00001641 00000000     0        0 0 3 000000005936851c";
static const char udp_bound[] =
	" 4830: 0100007F:14B4 00000000:0000 07 00000000:00000F00 00:00000000 00000000     0        "
	"0 61344176 2 0000000037f3c8c4 17     ";
static const char udp_connected[] =
	"15732: 0100007F:BF4A 0100007F:14B4 01 00000000:00000000 00:00000000 00000000     0        "
	"0 61344177 2 000000004d33ca37 0      ";
static const char udp6_bound[] =
	" 4830: 00000000000000000000000001000000:14B4 00000000000000000000000000000000:0000 07 "
	"00000000:00000F00 00:00000000 00000000     0        0 61344184 2 0000000040067d08 17";
static const char udplite_bound[] =
	" 4830: 0100007F:14B4 00000000:0000 07 00000000:00000F00 00:00000000 00000000     0        "
	"0 61344178 2 00000000d4f4a4a5 17     ";
static const char udplite6_connected[] =
	" 9184: 00000000000000000000000001000000:A5B6 00000000000000000000000001000000:14B4 01 "
	"00000000:00000000 00:00000000 00000000     0        0 61344187 2 00000000b33cf766 0";
static const char raw_connected[] =
	"   0: 0100007F:00FD 0100007F:0000 01 00000000:00001400 00:00000000 00000000     0        "
	"0 61344180 2 000000004722d366 5";
static const char raw6_open[] =
	"    0: 00000000000000000000000000000000:00FD 00000000000000000000000000000000:0000 07 "
	"00000000:00000000 00:00000000 00000000     0        0 61344197 2 00000000a5f903f4 0";
static const char icmp_connected[] =
	"   55: 0100007F:004D 0100007F:0005 01 00000000:00000680 00:00000000 00000000     0        "
	"0 61344182 2 0000000001fd2f47 0      ";
static const char icmp6_connected[] =
	"   55: 00000000000000000000000001000000:004D 00000000000000000000000001000000:0005 01 "
	"00000000:00000680 00:00000000 00000000     0        0 61344190 2 0000000052e6fb01 0";

static const char unix_listen[] =
	"000000004a1de238: 00000002 00000000 00010000 0001 01 61344200 /tmp/procnet/listen";
static const char unix_not_accepted[] =
	"00000000fb516ef0: 00000003 00000000 00000000 0001 02     0 /tmp/procnet/listen";
static const char unix_stream[] = "00000000dba82154: 00000003 00000000 00000000 0001 03 61344201";
static const char unix_unconnected[] =
	"00000000760706ed: 00000002 00000000 00000000 0001 01 61344203";
static const char unix_dgram_connected[] =
	"00000000539afd8a: 00000002 00000000 00000000 0002 03 61344210";
static const char unix_dgram_bound[] =
	"00000000874623b0: 00000003 00000000 00000000 0002 03 61344209 /tmp/procnet/dg";
static const char unix_blanks[] =
	"0000000000f086bc: 00000002 00000000 00010000 0005 01 61344208 a b  c ";
static const char unix_leading_blank[] =
	"00000000d1faf9f4: 00000002 00000000 00000000 0001 01 61344220  blank";
static const char unix_abstract[] =
	"00000000fbd75002: 00000002 00000000 00000000 0001 01 61344205 @abs@tail";

static const struct good_line {
	const char *table, *text;
} good_lines[] = {
	{"tcp", tcp_listen},
	{"tcp", tcp_syn_recv},
	{"tcp", tcp_syn_sent},
	{"tcp", tcp_window_probe},
	{"tcp", tcp_keepalive},
	{"tcp", tcp_time_wait},
	{"tcp6", tcp6_listen},
	{"tcp6", tcp6_established},
	{"tcp6", tcp6_mapped},
	{"tcp6", tcp6_syn_recv},
	{"tcp6", tcp6_time_wait},
	{"udp", udp_bound},
	{"udp", udp_connected},
	{"udp6", udp6_bound},
	{"udplite", udplite_bound},
	{"udplite6", udplite6_connected},
	{"raw", raw_connected},
	{"raw6", raw6_open},
	{"icmp", icmp_connected},
	{"icmp6", icmp6_connected},
};

static const struct proc_net_table *table_of(const char *file)
{
	for (size_t i = 0; i < PROC_NET_TABLES; i++)
		if (strcmp(proc_net_tables[i].file, file) == 0)
			return &proc_net_tables[i];
	ck_abort_msg("no table %s", file);
}

/* ---- parsing: each line stands alone in memory, so that the sanitizers see a step too far */

struct row {
	int result;
	struct socket_entry e;
	char *line;
};

static struct row row_of(const char *table, const char *text, size_t len)
{
	struct row row = {.line = malloc(len + !len)};

	if (len)
		memcpy(row.line, text, len);
	row.result = proc_net_parse(table_of(table), row.line, len, &row.e);
	return row;
}

static int result_of(const char *table, const char *text, size_t len)
{
	struct row row = row_of(table, text, len);

	free(row.line);
	return row.result;
}

static int parse(const char *table, const char *text)
{
	return result_of(table, text, strlen(text));
}

/* Of the tables that have no names in them. */
static struct socket_entry entry_of(const char *table, const char *text)
{
	struct row row = row_of(table, text, strlen(text));

	ck_assert_msg(row.result == 1, "%s: %s: %d", table, text, row.result);
	free(row.line);
	return row.e;
}

static void expect_ends(const struct socket_entry *e, const char *local, const char *peer)
{
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_port_text(&e->local, text), local);
	ck_assert_str_eq(addr_port_text(&e->peer, text), peer);
}

/* The line with its first `from` replaced. */
static const char *with(const char *text, const char *from, const char *to, char out[static 512])
{
	const char *at = strstr(text, from);

	ck_assert_ptr_nonnull(at);
	snprintf(out, 512, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

START_TEST(proc_net_reads_a_listening_socket)
{
	struct socket_entry e = entry_of("tcp", tcp_listen);

	ck_assert_int_eq(e.proto, SOCKET_TCP);
	ck_assert_int_eq(e.family, 4);
	ck_assert_int_eq(e.state, SOCKET_LISTEN);
	expect_ends(&e, "127.0.0.1:8080", "0.0.0.0:0");
	ck_assert_uint_eq(e.inode, 61345354);
	ck_assert_uint_eq(e.uid, 0);
	ck_assert(socket_knows_uid(&e));
}
END_TEST

START_TEST(proc_net_knows_who_waits_and_not_how_many_may)
{
	struct socket_entry e = entry_of("tcp", tcp_listen);

	ck_assert_uint_eq(e.recv_q, 1);
	ck_assert_uint_eq(e.send_q, 0);
	ck_assert(!e.knows_backlog);
}
END_TEST

START_TEST(proc_net_reads_queues)
{
	struct socket_entry e = entry_of("tcp", tcp_window_probe);

	ck_assert_uint_eq(e.send_q, 0x22eb80);
	ck_assert_uint_eq(e.recv_q, 0);
	e = entry_of("udp", udp_bound);
	ck_assert_uint_eq(e.send_q, 0);
	ck_assert_uint_eq(e.recv_q, 3840);
}
END_TEST

START_TEST(proc_net_reads_timers_in_milliseconds)
{
	uint32_t tick = 1000 / (uint32_t)sysconf(_SC_CLK_TCK);
	struct socket_entry e = entry_of("tcp", tcp_syn_sent);

	ck_assert_int_eq(e.state, SOCKET_SYN_SENT);
	ck_assert_int_eq(e.timer, SOCKET_TIMER_RETRANSMIT);
	ck_assert_uint_eq(e.timer_ms, 5 * tick);
	e = entry_of("tcp", tcp_keepalive);
	ck_assert_int_eq(e.timer, SOCKET_TIMER_KEEPALIVE);
	ck_assert_uint_eq(e.timer_ms, 0xafb52 * tick);
	e = entry_of("tcp", tcp_time_wait);
	ck_assert_int_eq(e.timer, SOCKET_TIMER_TIME_WAIT);
	ck_assert_uint_eq(e.timer_ms, 0x1642 * tick);
	e = entry_of("tcp", tcp_window_probe);
	ck_assert_int_eq(e.timer, SOCKET_TIMER_PROBE);
	e = entry_of("tcp", tcp_listen);
	ck_assert_int_eq(e.timer, SOCKET_TIMER_NONE);
	ck_assert_uint_eq(e.timer_ms, 0);
}
END_TEST

START_TEST(proc_net_reads_long_timers_to_their_end)
{
	char text[512];
	struct socket_entry e =
		entry_of("tcp", with(tcp_syn_sent, "01:00000005", "01:FFFFFFFFFFFFFFFF", text));

	ck_assert_uint_eq(e.timer_ms, UINT32_MAX);
	e = entry_of("tcp", with(tcp_syn_sent, "01:00000005", "01:FFFFFFFF", text));
	ck_assert_uint_eq(e.timer_ms, UINT32_MAX);
	e = entry_of("tcp", with(tcp_syn_sent, "01:00000005", "01:2000000000000000", text));
	ck_assert_uint_eq(e.timer_ms, UINT32_MAX);
	ck_assert_int_eq(
		parse("tcp", with(tcp_syn_sent, "01:00000005", "01:10000000000000000", text)),
		ERR_SYNTAX);
}
END_TEST

START_TEST(proc_net_takes_an_unheard_of_timer_for_none)
{
	char text[512];
	struct socket_entry e =
		entry_of("tcp", with(tcp_syn_sent, "01:00000005", "05:00000005", text));

	ck_assert_int_eq(e.timer, SOCKET_TIMER_NONE);
}
END_TEST

/* ss shows 2, 1; of window and keepalive probes 3 and 4, as sock_diag does. */
START_TEST(proc_net_counts_what_the_timer_is_about)
{
	char text[512];

	ck_assert_uint_eq(entry_of("tcp", tcp_syn_sent).retransmits, 2);
	ck_assert_uint_eq(entry_of("tcp", tcp_syn_recv).retransmits, 1);
	ck_assert_uint_eq(entry_of("tcp", tcp_window_probe).retransmits, 3);
	ck_assert_uint_eq(entry_of("tcp", tcp_keepalive).retransmits, 4);
	ck_assert_uint_eq(
		entry_of("tcp", with(tcp_syn_sent, "00000002 ", "00000100 ", text)).retransmits,
		255);
}
END_TEST

START_TEST(proc_net_reads_sockets_without_a_file)
{
	struct socket_entry e = entry_of("tcp", tcp_syn_recv);

	ck_assert_int_eq(e.state, SOCKET_SYN_RECV);
	expect_ends(&e, "10.9.0.1:8083", "10.9.0.9:4000");
	ck_assert_uint_eq(e.inode, 0);
	ck_assert(!socket_knows_uid(&e));
	e = entry_of("tcp", tcp_time_wait);
	ck_assert_int_eq(e.state, SOCKET_TIME_WAIT);
	expect_ends(&e, "127.0.0.1:34536", "127.0.0.1:8082");
	ck_assert_uint_eq(e.inode, 0);
	ck_assert(!socket_knows_uid(&e));
	ck_assert_int_eq(entry_of("tcp6", tcp6_time_wait).state, SOCKET_TIME_WAIT);
}
END_TEST

START_TEST(proc_net_reads_ipv6)
{
	struct socket_entry e = entry_of("tcp6", tcp6_established);

	ck_assert_int_eq(e.family, 6);
	ck_assert_int_eq(e.local.family, 6);
	expect_ends(&e, "[2001:db8::1234]:50736", "[2001:db8::1234]:8090");
	e = entry_of("tcp6", tcp6_listen);
	expect_ends(&e, "[::]:8090", "[::]:0");
	ck_assert(!e.knows_v6only);
	e = entry_of("udp6", udp6_bound);
	expect_ends(&e, "[::1]:5300", "[::]:0");
}
END_TEST

START_TEST(proc_net_leaves_mapped_addresses_ipv6)
{
	struct socket_entry e = entry_of("tcp6", tcp6_mapped);

	ck_assert_int_eq(e.local.family, 6);
	expect_ends(&e, "[::ffff:127.0.0.1]:8090", "[::ffff:127.0.0.1]:43386");
	e = entry_of("tcp6", tcp6_syn_recv);
	ck_assert_int_eq(e.family, 6);
	expect_ends(&e, "[::ffff:10.9.0.1]:8084", "[::ffff:10.9.0.9]:4000");
}
END_TEST

START_TEST(proc_net_reads_drops_of_datagram_sockets)
{
	static const struct {
		const char *table, *text;
		uint32_t drops;
	} cases[] = {
		{"udp", udp_bound, 17},
		{"udp", udp_connected, 0},
		{"udp6", udp6_bound, 17},
		{"udplite", udplite_bound, 17},
		{"udplite6", udplite6_connected, 0},
		{"raw", raw_connected, 5},
		{"raw6", raw6_open, 0},
		{"icmp", icmp_connected, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_entry e = entry_of(cases[i].table, cases[i].text);

		ck_assert(e.knows_drops);
		ck_assert_uint_eq(e.drops, cases[i].drops);
	}
	ck_assert(!entry_of("tcp", tcp_listen).knows_drops);
}
END_TEST

START_TEST(proc_net_knows_the_protocol_by_the_table)
{
	ck_assert_int_eq(entry_of("udp", udp_bound).proto, SOCKET_UDP);
	ck_assert_int_eq(entry_of("udplite", udplite_bound).proto, SOCKET_UDPLITE);
	ck_assert_int_eq(entry_of("udplite6", udplite6_connected).family, 6);
	ck_assert_int_eq(entry_of("raw6", raw6_open).proto, SOCKET_RAW);
	ck_assert_int_eq(entry_of("icmp6", icmp6_connected).proto, SOCKET_ICMP);
	ck_assert_int_eq(entry_of("icmp6", icmp6_connected).family, 6);
}
END_TEST

START_TEST(proc_net_gives_raw_and_icmp_their_number_as_port)
{
	struct socket_entry e = entry_of("raw", raw_connected);

	expect_ends(&e, "127.0.0.1:253", "127.0.0.1:0");
	ck_assert_int_eq(e.state, SOCKET_ESTABLISHED);
	ck_assert_int_eq(entry_of("raw6", raw6_open).state, SOCKET_CLOSE);
	e = entry_of("icmp", icmp_connected);
	expect_ends(&e, "127.0.0.1:77", "127.0.0.1:5");
}
END_TEST

START_TEST(proc_net_reads_slots_of_any_width)
{
	char text[512];
	const char *slots[] = {"0:", "1:", "4830:", "123456789:", "18446744073709551615:"};

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		entry_of("tcp", with(tcp_listen, "   0:", slots[i], text));
	ck_assert_int_eq(parse("tcp", with(tcp_listen, "0:", "x:", text)), ERR_SYNTAX);
	ck_assert_int_eq(parse("tcp", with(tcp_listen, "0:", ":", text)), ERR_SYNTAX);
	ck_assert_int_eq(parse("tcp", with(tcp_listen, "0:", "0", text)), ERR_SYNTAX);
}
END_TEST

START_TEST(proc_net_reads_the_largest_uid_and_inodes_beyond_32_bits)
{
	char text[512];
	struct socket_entry e = entry_of("tcp", with(tcp_listen, "    0        0 61345354",
							"4294967295 0 18446744073709551615", text));

	ck_assert_uint_eq(e.uid, UINT32_MAX);
	ck_assert(e.inode == UINT64_MAX);
	e = entry_of("udp", with(udp_bound, "61344176", "4294967296", text));
	ck_assert(e.inode == UINT64_C(1) << 32);
}
END_TEST

START_TEST(proc_net_rejects_numbers_that_are_too_long)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"    0        0 61344176", "4294967296 0 61344176"},
		{"    0        0 61344176", "0 4294967296 61344176"},
		{"61344176", "18446744073709551616"},
		{"61344176", "100000000000000000000"},
		{"17     ", "4294967296"},
		{"0100007F:", "00100007F:"},
		{"0100007F:14B4", "0100007F:014B4"},
		{" 07 ", " 007 "},
		{":00000F00", ":000000F00"},
		{"00000000:00000F00", "000000000:00000F00"},
		{"00:00000000", "000:00000000"},
		{" 00000000     0", " 000000000     0"},
		{" 4830:", " 18446744073709551616:"},
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(parse("udp", with(udp_bound, cases[i].from, cases[i].to, text)) ==
				      ERR_SYNTAX,
			"%s", text);
}
END_TEST

START_TEST(proc_net_rejects_junk)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"0100007F", "0100007G"},
		{":14B4", " 14B4"},
		{":14B4", ":1-B4"},
		{" 07 ", " 00 "},
		{" 07 ", " 0C "},
		{" 07 ", " FF "},
		{"    0        0", "   -1        0"},
		{"    0        0", "    0       -1"},
		{" 61344176", " 0x344176"},
		{" 61344176", " "},
		{" 00000000:00000F00", "\t00000000:00000F00"},
		{"00:00000000", "00 00000000"},
		{" 17 ", " x "},
		{" 17 ", " 17x"},
		{" 61344176 ", " 61344176,"},
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(parse("udp", with(udp_bound, cases[i].from, cases[i].to, text)) ==
				      ERR_SYNTAX,
			"%s", text);
	ck_assert_int_eq(parse("tcp", "hello, world"), ERR_SYNTAX);
	ck_assert_int_eq(parse("tcp", "   0:"), ERR_SYNTAX);
	ck_assert_int_eq(result_of("tcp", "\0\0\0", 3), ERR_SYNTAX);
}
END_TEST

START_TEST(proc_net_rejects_a_line_of_the_other_family)
{
	ck_assert_int_eq(parse("tcp6", tcp_listen), ERR_SYNTAX);
	ck_assert_int_eq(parse("tcp", tcp6_listen), ERR_SYNTAX);
	ck_assert_int_eq(parse("unix", tcp_listen), ERR_SYNTAX);
	ck_assert_int_eq(parse("tcp", unix_stream), ERR_SYNTAX);
}
END_TEST

static bool has_drops(const struct good_line *line)
{
	return strncmp(line->table, "tcp", 3) != 0;
}

enum { FIELD_UID = 7, FIELD_REF = 10, FIELD_DROPS = 12, FIELDS };

static const char *field_at(const char *text, int field)
{
	for (text += strspn(text, " "); field > 0; field--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* A number that is cut off is another number: only where others follow can that be seen. */
START_TEST(proc_net_rejects_every_truncation)
{
	for (size_t i = 0; i < ARRAY_SIZE(good_lines); i++) {
		const struct good_line *line = &good_lines[i];
		const char *text = line->text, *known = field_at(text, FIELD_REF);

		if (has_drops(line))
			known = field_at(text, FIELD_DROPS) + 1;
		for (const char *end = field_at(text, 0) + 1; *end != '\0'; end++) {
			size_t len = (size_t)(end - text);
			int expected = end < known ? ERR_SYNTAX : 1;

			ck_assert_msg(result_of(line->table, text, len) == expected, "%.*s|",
				(int)len, text);
		}
	}
}
END_TEST

static int without_field(const struct good_line *line, int field)
{
	const char *at = field_at(line->text, field), *next = field_at(at, 1);
	char text[512];

	snprintf(text, sizeof text, "%.*s%s", (int)(at - line->text), line->text, next);
	return parse(line->table, text);
}

/* Those of TCP from the owner on look alike. */
START_TEST(proc_net_rejects_every_missing_field)
{
	for (size_t i = 0; i < ARRAY_SIZE(good_lines); i++) {
		int count = has_drops(&good_lines[i]) ? FIELDS : FIELD_UID;

		for (int field = 0; field < count; field++)
			ck_assert_msg(without_field(&good_lines[i], field) == ERR_SYNTAX,
				"%d of %s", field, good_lines[i].text);
	}
}
END_TEST

START_TEST(proc_net_passes_over_columns_behind_the_known_ones)
{
	for (size_t i = 0; i < ARRAY_SIZE(good_lines); i++) {
		struct socket_entry plain = entry_of(good_lines[i].table, good_lines[i].text), more;
		char text[512];

		snprintf(text, sizeof text, "%s 7 new:columns -1", good_lines[i].text);
		more = entry_of(good_lines[i].table, text);
		ck_assert_int_eq(socket_compare(&plain, &more), 0);
		ck_assert_uint_eq(plain.drops, more.drops);
	}
}
END_TEST

START_TEST(proc_net_passes_over_headings_and_empty_lines)
{
	static const char heading[] = "   sl  local_address rem_address   st tx_queue rx_queue tr "
				      "tm->when retrnsmt   uid  "
				      "timeout inode ref pointer drops            ";

	for (size_t i = 0; i < PROC_NET_TABLES; i++) {
		const struct proc_net_table *t = &proc_net_tables[i];

		ck_assert_int_eq(parse(t->file, ""), 0);
		ck_assert_int_eq(parse(t->file, "    "), 0);
		if (t->proto != SOCKET_UNIX) {
			ck_assert_int_eq(parse(t->file, heading), 0);
			ck_assert_int_eq(parse(t->file, heading + 1), 0);
		}
	}
	ck_assert_int_eq(
		parse("unix", "Num       RefCount Protocol Flags    Type St Inode Path"), 0);
	ck_assert_int_eq(parse("tcp", "  sl"), ERR_SYNTAX);
}
END_TEST

/* ---- unix */

static void expect_unix(const char *text, int type, int state, uint64_t inode)
{
	struct row row = row_of("unix", text, strlen(text));

	ck_assert_int_eq(row.result, 1);
	ck_assert_int_eq(row.e.proto, SOCKET_UNIX);
	ck_assert_int_eq(row.e.family, 0);
	ck_assert_int_eq(row.e.local.family, 0);
	ck_assert_int_eq(row.e.type, type);
	ck_assert_int_eq(row.e.state, state);
	ck_assert_uint_eq(row.e.inode, inode);
	ck_assert(!socket_knows_uid(&row.e));
	free(row.line);
}

static void expect_path(const char *text, const char *path, size_t len)
{
	struct row row = row_of("unix", text, strlen(text));

	ck_assert_int_eq(row.result, 1);
	ck_assert_uint_eq(row.e.path_len, len);
	if (len)
		ck_assert_mem_eq(row.e.path, path, len);
	else
		ck_assert_ptr_null(row.e.path);
	free(row.line);
}

/* As `ss -xan` showed them. */
START_TEST(proc_net_reads_unix_states)
{
	expect_unix(unix_listen, SOCK_STREAM, SOCKET_LISTEN, 61344200);
	expect_unix(unix_stream, SOCK_STREAM, SOCKET_ESTABLISHED, 61344201);
	expect_unix(unix_unconnected, SOCK_STREAM, SOCKET_CLOSE, 61344203);
	expect_unix(unix_dgram_connected, SOCK_DGRAM, SOCKET_ESTABLISHED, 61344210);
	expect_unix(unix_dgram_bound, SOCK_DGRAM, SOCKET_ESTABLISHED, 61344209);
	expect_unix(unix_blanks, SOCK_SEQPACKET, SOCKET_LISTEN, 61344208);
	expect_unix(unix_not_accepted, SOCK_STREAM, SOCKET_SYN_SENT, 0);
}
END_TEST

START_TEST(proc_net_reads_unix_paths_with_all_their_blanks)
{
	expect_path(unix_listen, "/tmp/procnet/listen", 19);
	expect_path(unix_blanks, "a b  c ", 7);
	expect_path(unix_leading_blank, " blank", 6);
	expect_path(unix_stream, NULL, 0);
}
END_TEST

START_TEST(proc_net_begins_abstract_names_with_nul)
{
	struct row row = row_of("unix", unix_abstract, strlen(unix_abstract));
	struct socket_entry again;

	ck_assert_uint_eq(row.e.path_len, 9);
	ck_assert_mem_eq(row.e.path, "\0abs@tail", 9);
	ck_assert_ptr_eq(row.e.path, row.line + strlen(unix_abstract) - 9);
	ck_assert_int_eq(
		proc_net_parse(table_of("unix"), row.line, strlen(unix_abstract), &again), 1);
	ck_assert_int_eq(socket_compare(&row.e, &again), 0);
	free(row.line);
}
END_TEST

START_TEST(proc_net_reads_unix_paths_of_any_bytes)
{
	char line[512];
	size_t head = strlen(unix_stream), len = head + 1;
	struct row row;

	memcpy(line, unix_stream, head);
	line[head] = ' ';
	for (int byte = 0xff; byte >= 0; byte--)
		line[len++] = (char)byte;
	row = row_of("unix", line, len);
	ck_assert_int_eq(row.result, 1);
	ck_assert_uint_eq(row.e.path_len, 256);
	ck_assert_mem_eq(row.e.path, line + head + 1, 256);
	free(row.line);
}
END_TEST

START_TEST(proc_net_rejects_truncated_unix_lines)
{
	size_t known = strlen(unix_stream) - strlen("61344201");

	for (size_t len = 1; len <= known; len++)
		ck_assert_msg(result_of("unix", unix_stream, len) == ERR_SYNTAX, "%zu", len);
}
END_TEST

START_TEST(proc_net_rejects_unix_junk)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{" 0001 03 ", " 0000 03 "},
		{" 0001 03 ", " 0004 03 "},
		{" 0001 03 ", " 0101 03 "},
		{" 0001 03 ", " 0001 00 "},
		{" 0001 03 ", " 0001 05 "},
		{" 0001 03 ", " 0001 3 "},
		{" 0001 03 ", " 00001 03 "},
		{"61344201", "61344201x"},
		{"61344201", "-1"},
		{"61344201", "18446744073709551616"},
		{"00000003 ", "000000003 "},
		{": ", " "},
		{"00000000dba82154:", ":"},
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(parse("unix", with(unix_stream, cases[i].from, cases[i].to, text)) ==
				      ERR_SYNTAX,
			"%s", text);
}
END_TEST

/* ---- this kernel */

struct look {
	uint64_t inode;
	struct socket_entry found;
	unsigned lines, malformed, hits;
	char path[128];
	size_t path_len;
};

/* Reads the table of this namespace; what it holds of `inode` is left in the look. */
static bool look_at(const char *table, struct look *look)
{
	char name[64], *line = NULL;
	size_t room = 0;
	ssize_t len;
	FILE *file;

	snprintf(name, sizeof name, "/proc/self/net/%s", table);
	file = fopen(name, "re");
	if (!file)
		return false;
	while ((len = getline(&line, &room, file)) > 0) {
		struct socket_entry e;
		int result = proc_net_parse(table_of(table), line, (size_t)len - 1, &e);

		look->lines += result == 1;
		look->malformed += result < 0;
		if (result != 1 || e.inode != look->inode)
			continue;
		look->hits++;
		look->found = e;
		look->path_len = e.path_len;
		if (e.path)
			memcpy(look->path, e.path, e.path_len < 128 ? e.path_len : 128);
	}
	free(line);
	fclose(file);
	return true;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static int bound_socket(const struct proc_net_table *t, int type, int proto, struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	*at = loopback_addr(t->family);
	at->port = t->proto == SOCKET_RAW ? 0 : 7777;
	len = addr_to_sockaddr(at, &sa);
	fd = socket(addr_af(at), type | SOCK_CLOEXEC, proto);
	if (fd >= 0)
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	if (t->proto == SOCKET_RAW)
		at->port = (uint16_t)proto;
	return fd;
}

/* One bound socket; false where the kernel has no such thing. */
static bool expect_own(const char *table, int type, int proto)
{
	const struct proc_net_table *t = table_of(table);
	struct addr at;
	int fd = bound_socket(t, type, proto, &at);
	struct look look = {0};

	if (fd < 0)
		return false;
	if (t->proto == SOCKET_TCP)
		ck_assert_int_eq(listen(fd, 7), 0);
	look.inode = inode_of(fd);
	ck_assert(look_at(table, &look));
	ck_assert_msg(look.hits == 1 && look.malformed == 0, "%s: %u of %u, %u malformed", table,
		look.hits, look.lines, look.malformed);
	ck_assert_int_eq(look.found.state, t->proto == SOCKET_TCP ? SOCKET_LISTEN : SOCKET_CLOSE);
	ck_assert_int_eq(addr_compare(&look.found.local, &at), 0);
	ck_assert_uint_eq(look.found.local.port, at.port);
	ck_assert_uint_eq(look.found.uid, getuid());
	close(fd);
	return true;
}

START_TEST(proc_net_reads_the_tables_of_this_kernel)
{
	unsigned tables = 0;

	if (!own_net())
		return;
	tables += expect_own("tcp", SOCK_STREAM, 0);
	tables += expect_own("tcp6", SOCK_STREAM, 0);
	tables += expect_own("udp", SOCK_DGRAM, 0);
	tables += expect_own("udp6", SOCK_DGRAM, 0);
	tables += expect_own("udplite", SOCK_DGRAM, IPPROTO_UDPLITE);
	tables += expect_own("udplite6", SOCK_DGRAM, IPPROTO_UDPLITE);
	tables += expect_own("raw", SOCK_RAW, 253);
	tables += expect_own("raw6", SOCK_RAW, 253);
	tables += expect_own("icmp", SOCK_DGRAM, IPPROTO_ICMP);
	tables += expect_own("icmp6", SOCK_DGRAM, IPPROTO_ICMPV6);
	ck_assert_uint_ge(tables, 2);
}
END_TEST

START_TEST(proc_net_reads_the_unix_table_of_this_kernel)
{
	static const struct sockaddr_un name = {
		.sun_family = AF_UNIX, .sun_path = "\0netprobe unit"};
	struct look look = {0};
	int fd, pair[2];

	if (!own_net())
		return;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name,
				 offsetof(struct sockaddr_un, sun_path) + 14),
		0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	look.inode = inode_of(fd);
	ck_assert(look_at("unix", &look));
	ck_assert_uint_eq(look.malformed, 0);
	ck_assert_uint_eq(look.hits, 1);
	ck_assert_int_eq(look.found.state, SOCKET_LISTEN);
	ck_assert_int_eq(look.found.type, SOCK_SEQPACKET);
	ck_assert_uint_eq(look.path_len, 14);
	ck_assert_mem_eq(look.path, name.sun_path, 14);
	look = (struct look){.inode = inode_of(pair[0])};
	ck_assert(look_at("unix", &look));
	ck_assert_int_eq(look.found.state, SOCKET_ESTABLISHED);
	ck_assert_int_eq(look.found.type, SOCK_DGRAM);
	ck_assert_uint_eq(look.path_len, 0);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

UNIT_MAIN("procfs/proc_net", proc_net_reads_a_listening_socket,
	proc_net_knows_who_waits_and_not_how_many_may, proc_net_reads_queues,
	proc_net_reads_timers_in_milliseconds, proc_net_reads_long_timers_to_their_end,
	proc_net_takes_an_unheard_of_timer_for_none, proc_net_counts_what_the_timer_is_about,
	proc_net_reads_sockets_without_a_file, proc_net_reads_ipv6,
	proc_net_leaves_mapped_addresses_ipv6, proc_net_reads_drops_of_datagram_sockets,
	proc_net_knows_the_protocol_by_the_table, proc_net_gives_raw_and_icmp_their_number_as_port,
	proc_net_reads_slots_of_any_width, proc_net_reads_the_largest_uid_and_inodes_beyond_32_bits,
	proc_net_rejects_numbers_that_are_too_long, proc_net_rejects_junk,
	proc_net_rejects_a_line_of_the_other_family, proc_net_rejects_every_truncation,
	proc_net_rejects_every_missing_field, proc_net_passes_over_columns_behind_the_known_ones,
	proc_net_passes_over_headings_and_empty_lines, proc_net_reads_unix_states,
	proc_net_reads_unix_paths_with_all_their_blanks, proc_net_begins_abstract_names_with_nul,
	proc_net_reads_unix_paths_of_any_bytes, proc_net_rejects_truncated_unix_lines,
	proc_net_rejects_unix_junk, proc_net_reads_the_tables_of_this_kernel,
	proc_net_reads_the_unix_table_of_this_kernel)
