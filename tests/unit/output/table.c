/* SPDX-License-Identifier: MIT */
#include "netprobe/output/output.h"

#include "capture.h"

#include <locale.h>

enum { F_PORT, F_STATE, F_RTT, F_FROM, F_DETAIL, F_COUNT };

static const struct field fields[] = {
	[F_PORT] = {.name = "port", .title = "PORT", .kind = FIELD_UINT, .right = true},
	[F_STATE] = {.name = "state", .title = "STATE", .kind = FIELD_TEXT},
	[F_RTT] = {.name = "rtt_ms", .title = "RTT", .kind = FIELD_MS, .right = true},
	[F_FROM] = {.name = "from", .title = "FROM", .kind = FIELD_TEXT},
	[F_DETAIL] = {.name = "detail", .title = "DETAIL", .kind = FIELD_TEXT},
};
static const struct schema schema = {"port", fields, F_COUNT};
static const struct schema twin = {"port", fields, F_COUNT};

static void row(struct output *o, unsigned port, const char *state, nsec_t rtt, const char *from,
	const char *detail)
{
	struct record r;

	record_init(&r, &schema);
	record_uint(&r, F_PORT, port);
	record_text(&r, F_STATE, state);
	if (rtt >= 0)
		record_ns(&r, F_RTT, rtt);
	record_text(&r, F_FROM, from);
	record_text(&r, F_DETAIL, detail);
	output_record(o, &r, ROW_PLAIN);
}

START_TEST(table_aligns_columns_two_spaces_apart)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 22, "open", 41000, "10.0.0.1", "x");
	row(c->out, 8080, "filtered", 1234567000, "10.0.0.254", "longer");
	capture_expect(c, "PORT  STATE             RTT  FROM        DETAIL\n"
			  "  22  open         0.041 ms  10.0.0.1    x\n"
			  "8080  filtered  1234.567 ms  10.0.0.254  longer\n");
}
END_TEST

START_TEST(table_marks_unset_values_and_leaves_empty_columns_out)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 22, "open", 41000, NULL, NULL);
	row(c->out, 23, "filtered", -1, NULL, NULL);
	capture_expect(c, "PORT  STATE          RTT\n"
			  "  22  open      0.041 ms\n"
			  "  23  filtered         -\n");
}
END_TEST

START_TEST(table_shows_rows_of_which_nothing_is_known)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	record_init(&r, &schema);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "PORT  STATE  RTT  FROM  DETAIL\n"
			  "   -  -        -  -     -\n");
}
END_TEST

START_TEST(table_shows_no_run_and_no_end)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	output_begin(c->out, &(struct run_info){.command = "scan", .version = "1"});
	capture_expect(c, "");
}
END_TEST

START_TEST(table_ignores_schemas_without_titles)
{
	static const struct field untitled[] = {{.name = "a", .kind = FIELD_UINT}};
	static const struct schema hidden = {"hidden", untitled, 1};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	record_init(&r, &hidden);
	record_uint(&r, 0, 1);
	row(c->out, 1, "open", -1, NULL, NULL);
	output_record(c->out, &r, ROW_PLAIN);
	row(c->out, 2, "open", -1, NULL, NULL);
	capture_expect(c, "PORT  STATE\n   1  open\n   2  open\n");
}
END_TEST

START_TEST(table_puts_a_blank_line_between_blocks)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	output_heading(c->out, "10.0.0.1");
	row(c->out, 1, "open", -1, NULL, NULL);
	output_line(c->out, "%d closed", 5);
	output_heading(c->out, "10.0.0.2");
	output_line(c->out, "nothing open");
	row(c->out, 20000, "open", -1, NULL, NULL);
	capture_expect(c, "10.0.0.1\nPORT  STATE\n   1  open\n5 closed\n\n"
			  "10.0.0.2\nnothing open\n\n PORT  STATE\n20000  open\n");
}
END_TEST

START_TEST(table_starts_a_block_for_another_schema)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	row(c->out, 1, "open", -1, NULL, NULL);
	record_init(&r, &twin);
	record_uint(&r, F_PORT, 2);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "PORT  STATE\n   1  open\n\nPORT\n   2\n");
}
END_TEST

START_TEST(table_keeps_head_and_widths_after_a_flush)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 1, "closed", -1, "a", NULL);
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c), "PORT  STATE   FROM\n   1  closed  a\n");
	row(c->out, 2, "open", -1, "b", NULL);
	row(c->out, 3, "filtered", -1, "c", NULL);
	capture_expect(c, "PORT  STATE   FROM\n"
			  "   1  closed  a\n"
			  "   2  open    b\n"
			  "   3  filtered  c\n");
}
END_TEST

START_TEST(table_shows_a_late_column_under_a_new_head_line)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 1, "closed", -1, NULL, NULL);
	output_flush(c->out);
	row(c->out, 2, "open", -1, "10.0.0.9", NULL);
	capture_expect(c, "PORT  STATE\n   1  closed\n\n"
			  "PORT  STATE   FROM\n   2  open    10.0.0.9\n");
}
END_TEST

START_TEST(table_prints_a_full_block_and_keeps_its_widths)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	size_t lines = 0;

	for (unsigned i = 1; i <= 5000; i++)
		row(c->out, i, "open", -1, NULL, NULL);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	for (const char *at = capture_text(c); *at; at = strchr(at, '\n') + 1)
		lines++;
	ck_assert_uint_eq(lines, 5001);
	ck_assert_ptr_nonnull(strstr(c->text, "\n4096  open\n4097  open\n"));
	capture_free(c);
}
END_TEST

START_TEST(table_lets_nothing_out_that_steers_a_terminal)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	output_heading(c->out, "a\033[2J\nb");
	row(c->out, 1, "o\033[31m", -1, NULL, "x\ny\342\200\256");
	output_line(c->out, "%s", "\r\xff");
	output_line(c->out, "%s", "");
	capture_expect(c, "a\\x1b[2J\\nb\n"
			  "PORT  STATE      DETAIL\n"
			  "   1  o\\x1b[31m  x\\ny\\xe2\\x80\\xae\n"
			  "\\r\\xff\n"
			  "\n");
}
END_TEST

START_TEST(table_aligns_by_characters_not_bytes)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 1, "üüüüüü", -1, NULL, "x");
	row(c->out, 2, "open", -1, NULL, "y");
	capture_expect(c, "PORT  STATE   DETAIL\n   1  üüüüüü  x\n   2  open    y\n");
}
END_TEST

START_TEST(table_tints_rows_only)
{
	static const struct field one[] = {{.name = "n", .title = "N", .kind = FIELD_UINT}};
	static const struct schema one_schema = {"n", one, 1};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_ALWAYS);

	for (unsigned i = ROW_PLAIN; i <= ROW_WARN; i++) {
		struct record r;

		record_init(&r, &one_schema);
		record_uint(&r, 0, i);
		output_record(c->out, &r, (enum row_color)i);
	}
	capture_expect(c, "N\n0\n\033[32m1\033[0m\n\033[31m2\033[0m\n\033[33m3\033[0m\n");
}
END_TEST

static const struct field inner[] = {
	{.name = "type", .kind = FIELD_UINT}, {.name = "name", .kind = FIELD_TEXT}};
static const struct schema inner_schema = {NULL, inner, 2};

START_TEST(table_joins_lists_counts_and_records)
{
	static const struct field outer[] = {
		{.name = "list", .title = "LIST", .kind = FIELD_LIST},
		{.name = "counts", .title = "COUNTS", .kind = FIELD_COUNTS},
		{.name = "icmp", .title = "ICMP", .sub = &inner_schema, .kind = FIELD_RECORD},
	};
	static const struct schema outer_schema = {"outer", outer, 3};
	static const char *const items[] = {"a", "b\n"};
	static const struct count counts[] = {{"open", 3}, {"closed", 2}};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r, sub;

	record_init(&sub, &inner_schema);
	record_uint(&sub, 0, 3);
	record_text(&sub, 1, "host-unreachable");
	record_init(&r, &outer_schema);
	record_list(&r, 0, items, 2);
	record_counts(&r, 1, counts, 2);
	record_record(&r, 2, &sub);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "LIST   COUNTS            ICMP\n"
			  "a,b\\n  3 open, 2 closed  3 host-unreachable\n");
}
END_TEST

/* They would not fit: who shows them in a row has a text of them. */
START_TEST(table_shows_no_lists_of_records)
{
	static const struct field some[] = {
		{.name = "n", .title = "N", .kind = FIELD_UINT},
		{.name = "hidden", .sub = &inner_schema, .kind = FIELD_RECORDS},
		{.name = "list", .title = "LIST", .sub = &inner_schema, .kind = FIELD_RECORDS},
		{.name = "m", .title = "M", .kind = FIELD_UINT},
	};
	static const struct schema some_schema = {"some", some, 4};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r, items[2];

	record_init(&items[0], &inner_schema);
	record_uint(&items[0], 0, 3);
	items[1] = items[0];
	record_init(&r, &some_schema);
	record_uint(&r, 0, 1);
	record_records(&r, 1, items, 2);
	record_records(&r, 2, items, 2);
	record_uint(&r, 3, 2);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "N  LIST  M\n1        2\n");
}
END_TEST

START_TEST(table_lists_hold_any_bytes)
{
	static const struct field list[] = {{.name = "list", .title = "LIST", .kind = FIELD_LIST}};
	static const struct schema list_schema = {"list", list, 1};
	static const char *const items[] = {"a\0\n", NULL, "beyond"};
	static const size_t lens[] = {3, 0, 2};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	record_init(&r, &list_schema);
	record_list_bytes(&r, 0, items, lens, 3);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "LIST\na\\x00\\n,,be\n");
}
END_TEST

START_TEST(table_shows_flags_reals_and_instants)
{
	static const struct field plain[] = {
		{.name = "a", .title = "OK", .kind = FIELD_BOOL},
		{.name = "b", .title = "DUP", .kind = FIELD_BOOL},
		{.name = "real", .title = "LOSS", .kind = FIELD_REAL},
		{.name = "time", .title = "TIME", .kind = FIELD_TIME},
	};
	static const struct schema plain_schema = {"plain", plain, 4};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	record_init(&r, &plain_schema);
	record_bool(&r, 0, true);
	record_bool(&r, 1, false);
	record_real(&r, 2, 0.1);
	record_ns(&r, 3, 0);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "OK   DUP  LOSS  TIME\n"
			  "yes  no   0.1   1970-01-01T00:00:00.000000Z\n");
}
END_TEST

/* What a terminal of `columns` gets for one row; its line ends come as \r\n. */
static void expect_in_locale(const char *locale, unsigned short columns, const char *whole)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(columns, path);
	struct output_options options = {.path = path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);

	ck_assert_ptr_nonnull(o);
	setlocale(LC_CTYPE, locale);
	row(o, 22, "filtered", -1, NULL, "no answer to 3 tries");
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(capture_read(master, text), whole);
	close(master);
}

static void expect_on_terminal(unsigned short columns, const char *whole)
{
	expect_in_locale("C.UTF-8", columns, whole);
}

START_TEST(table_cuts_with_what_the_locale_can_show)
{
	expect_in_locale("C", 35,
		"PORT  STATE     DETAIL\r\n"
		"  22  filtered  no answer to 3 tri~\r\n");
}
END_TEST

START_TEST(table_cuts_the_last_words_to_the_terminal)
{
	expect_on_terminal(36, "PORT  STATE     DETAIL\r\n"
			       "  22  filtered  no answer to 3 tries\r\n");
	expect_on_terminal(35, "PORT  STATE     DETAIL\r\n"
			       "  22  filtered  no answer to 3 tri…\r\n");
	expect_on_terminal(24, "PORT  STATE     DETAIL\r\n"
			       "  22  filtered  no answ…\r\n");
}
END_TEST

START_TEST(table_wraps_rather_than_cut_to_nothing)
{
	expect_on_terminal(20, "PORT  STATE     DETAIL\r\n"
			       "  22  filtered  no answer to 3 tries\r\n");
	expect_on_terminal(0, "PORT  STATE     DETAIL\r\n"
			      "  22  filtered  no answer to 3 tries\r\n");
}
END_TEST

static const struct field end_fields[] = {
	{.name = "proto", .title = "PROTO"},
	{.name = "local", .title = "LOCAL", .give = 1, .cut_middle = true},
	{.name = "peer", .title = "PEER", .give = 1, .cut_middle = true},
	{.name = "process", .title = "PROCESS", .give = GIVE_AWAY},
};
static const struct schema end_schema = {"socket", end_fields, 4};

static void put_ends(struct output *o, const char *local, const char *peer, const char *process)
{
	struct record r;

	record_init(&r, &end_schema);
	record_text(&r, 0, "tcp");
	record_text(&r, 1, local);
	record_text(&r, 2, peer);
	record_text(&r, 3, process);
	output_record(o, &r, ROW_PLAIN);
}

/* A row of 71 columns, then one that is wider, under the same head line. */
static void expect_ends(unsigned short columns, const char *whole)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(columns, path);
	struct output_options options = {.path = path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	put_ends(o, "[2001:db8::4:42ab]:443", "[2001:db8::7:17cd]:55555", "nginx[812] fd 6");
	output_flush(o);
	put_ends(o, "10.0.0.1:22", "10.0.0.2:55555", "日本日本日本日本日本日本日本日本");
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(capture_read(master, text), whole);
	close(master);
}

START_TEST(table_gives_way_in_the_order_of_its_fields)
{
	expect_ends(72,
		"PROTO  LOCAL                   PEER                      PROCESS\r\n"
		"tcp    [2001:db8::4:42ab]:443  [2001:db8::7:17cd]:55555  nginx[812] fd 6\r\n"
		"tcp    10.0.0.1:22             10.0.0.2:55555            日本日本日本日…\r\n");
	expect_ends(66, "PROTO  LOCAL                   PEER                      PROCESS\r\n"
			"tcp    [2001:db8::4:42ab]:443  [2001:db8::7:17cd]:55555  nginx[81…\r\n"
			"tcp    10.0.0.1:22             10.0.0.2:55555            日本日本…\r\n");
}
END_TEST

START_TEST(table_keeps_both_ends_of_an_address)
{
	expect_ends(59, "PROTO  LOCAL                PEER                   PROCESS\r\n"
			"tcp    [2001:db8…42ab]:443  [2001:db8:…7cd]:55555  nginx[8…\r\n"
			"tcp    10.0.0.1:22          10.0.0.2:55555         日本日…\r\n");
}
END_TEST

START_TEST(table_leaves_out_what_gives_away)
{
	expect_ends(30, "PROTO  LOCAL      PEER\r\n"
			"tcp    [200…:443  [2001:…55555\r\n"
			"tcp    10.0…1:22  10.0.0…55555\r\n");
}
END_TEST

START_TEST(table_cuts_wide_characters_whole)
{
	static const struct field wide[] = {{.name = "a", .title = "A", .give = 1},
		{.name = "b", .title = "B", .kind = FIELD_UINT}};
	static const struct schema wide_schema = {"wide", wide, 2};
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(13, path);
	struct output_options options = {.path = path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);
	struct record r;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	record_init(&r, &wide_schema);
	record_text(&r, 0, "日本日本日本");
	record_uint(&r, 1, 1);
	output_record(o, &r, ROW_PLAIN);
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(capture_read(master, text), "A           B\r\n日本日本…   1\r\n");
	close(master);
}
END_TEST

/* What comes under the same head line later may be wider than what came first. */
START_TEST(table_column_is_as_wide_as_it_has_to_be_at_least)
{
	static const struct field roomy[] = {
		{.name = "a", .title = "A", .least = 6},
		{.name = "n", .title = "N", .kind = FIELD_UINT, .right = true, .least = 4},
		{.name = "title", .title = "TITLE", .least = 2},
		{.name = "none", .title = "NONE", .least = 20},
		{.name = "z", .title = "Z"},
	};
	static const struct schema roomy_schema = {"roomy", roomy, 5};
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);
	struct record r;

	record_init(&r, &roomy_schema);
	record_text(&r, 0, "x");
	record_uint(&r, 1, 7);
	record_text(&r, 2, "t");
	record_text(&r, 4, "z");
	output_record(c->out, &r, ROW_PLAIN);
	output_flush(c->out);
	record_text(&r, 0, "123456");
	record_uint(&r, 1, 1234);
	output_record(c->out, &r, ROW_PLAIN);
	capture_expect(c, "A          N  TITLE  Z\n"
			  "x          7  t      z\n"
			  "123456  1234  t      z\n");
}
END_TEST

START_TEST(table_gives_up_the_least_where_there_is_no_room)
{
	static const struct field roomy[] = {
		{.name = "a", .title = "A", .give = 1, .least = 40},
		{.name = "z", .title = "Z"},
	};
	static const struct schema roomy_schema = {"roomy", roomy, 2};
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(20, path);
	struct output_options options = {.path = path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);
	struct record r;

	record_init(&r, &roomy_schema);
	record_text(&r, 0, "x");
	record_text(&r, 1, "z");
	output_record(o, &r, ROW_PLAIN);
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(
		capture_read(master, text), "A                  Z\r\nx                  z\r\n");
	close(master);
}
END_TEST

/* An odd place goes to the beginning, where a path or an address tells most. */
START_TEST(table_cuts_the_middle_or_the_end)
{
	static const struct field cut[] = {
		{.name = "a", .title = "A", .give = 1, .cut_middle = true},
		{.name = "b", .title = "B", .give = 1},
	};
	static const struct schema cut_schema = {"cut", cut, 2};
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(22, path);
	struct output_options options = {.path = path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);
	struct record r;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	record_init(&r, &cut_schema);
	record_text(&r, 0, "0123456789abcdef");
	record_text(&r, 1, "0123456789abcdef");
	output_record(o, &r, ROW_PLAIN);
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(capture_read(master, text), "A           B\r\n01234…cdef  012345678…\r\n");
	close(master);
}
END_TEST

START_TEST(table_keeps_widths_under_a_new_head_line)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_AUTO);

	row(c->out, 1, "open", -1, NULL, NULL);
	output_flush(c->out);
	row(c->out, 2, "filtered", -1, NULL, NULL);
	output_flush(c->out);
	row(c->out, 3, "open", -1, NULL, "x");
	capture_expect(c, "PORT  STATE\n   1  open\n   2  filtered\n\n"
			  "PORT  STATE  DETAIL\n   3  open   x\n");
}
END_TEST

UNIT_MAIN("output/table", table_aligns_columns_two_spaces_apart,
	table_marks_unset_values_and_leaves_empty_columns_out,
	table_shows_rows_of_which_nothing_is_known, table_shows_no_run_and_no_end,
	table_ignores_schemas_without_titles, table_puts_a_blank_line_between_blocks,
	table_starts_a_block_for_another_schema, table_keeps_head_and_widths_after_a_flush,
	table_shows_a_late_column_under_a_new_head_line,
	table_prints_a_full_block_and_keeps_its_widths,
	table_lets_nothing_out_that_steers_a_terminal, table_aligns_by_characters_not_bytes,
	table_tints_rows_only, table_joins_lists_counts_and_records,
	table_shows_no_lists_of_records, table_lists_hold_any_bytes,
	table_shows_flags_reals_and_instants, table_cuts_with_what_the_locale_can_show,
	table_cuts_the_last_words_to_the_terminal, table_wraps_rather_than_cut_to_nothing,
	table_gives_way_in_the_order_of_its_fields, table_keeps_both_ends_of_an_address,
	table_leaves_out_what_gives_away, table_cuts_wide_characters_whole,
	table_column_is_as_wide_as_it_has_to_be_at_least,
	table_gives_up_the_least_where_there_is_no_room, table_cuts_the_middle_or_the_end,
	table_keeps_widths_under_a_new_head_line)
