/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "../unit.h"

#include "talk_check.h"

#include <string.h>

/*
 * A protocol of its own: every line is kept and answered by its length. "bye" ends it, "tls" asks
 * for TLS, "again" for another connection; what the peer leaves unfinished is the rest.
 */
enum { F_LINES, F_CUT, F_REST, F_COUNT };

static const struct fact_def defs[] = {
	[F_LINES] = {"lines", FACT_LIST},
	[F_CUT] = {"cut", FACT_NUMBER},
	[F_REST] = {"rest", FACT_TEXT},
};

struct state {
	uint64_t cut;
	unsigned *releases;
};

static void take_line(struct machine *m, const char *line, size_t len)
{
	struct state *s = m->state;

	/* the beginning is enough, all of it would not fit */
	facts_item(&m->facts, F_LINES, line, len < 20 ? len : 20);
	strbuf_printf(&m->say, "%zu;", len);
	if (m->line_cut)
		facts_number(&m->facts, F_CUT, ++s->cut);
	if (len == 3 && memcmp(line, "bye", 3) == 0)
		m->want = MACHINE_DONE;
	if (len == 3 && memcmp(line, "tls", 3) == 0)
		m->want = MACHINE_UPGRADE;
	if (len == 5 && memcmp(line, "again", 5) == 0)
		m->want = MACHINE_AGAIN;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	const char *line;
	size_t line_len, used = machine_line(m, bytes, len, &line, &line_len);

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(used, len);
	if (line)
		take_line(m, line, line_len);
	return used;
}

static void start(struct machine *m)
{
	strbuf_puts(&m->say, m->secure ? "hello inside" : "hello");
}

static void secured(struct machine *m)
{
	ck_assert(m->secure);
	strbuf_puts(&m->say, "hello again");
}

static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	ck_assert_ptr_nonnull(bytes);
	facts_text(&m->facts, F_REST, bytes, len);
	m->complete = true;
}

static void release(struct machine *m)
{
	struct state *s = m->state;

	if (s->releases)
		++*s->releases;
}

static const struct protocol lines = {
	.name = "lines",
	.state_size = sizeof(struct state),
	.facts = defs,
	.fact_count = F_COUNT,
	.start = start,
	.step = step,
	.secured = secured,
	.ended = ended,
	.release = release,
};
static const struct protocol bare = {
	.name = "bare", .facts = defs, .fact_count = F_COUNT, .step = step};
static const struct machine_setup plain = {0};

static struct machine *fed(const char *bytes)
{
	struct machine *m = machine_new(&lines, &plain);

	machine_feed(m, bytes, strlen(bytes));
	return m;
}

static void check_said(struct machine *m, const char *want)
{
	ck_assert_str_eq(m->say.text ? m->say.text : "", want);
	strbuf_reset(&m->say);
}

START_TEST(machine_begins_with_what_the_setup_says)
{
	const struct machine_setup inside = {.secure = true};
	struct machine *m = machine_new(&lines, &plain);

	ck_assert_int_eq(m->want, MACHINE_MORE);
	ck_assert(!m->secure && !m->complete && !m->held.text);
	ck_assert_int_eq(machine_start(m), MACHINE_MORE);
	check_said(m, "hello");
	machine_free(m);
	m = machine_new(&lines, &inside);
	machine_start(m);
	check_said(m, "hello inside");
	machine_free(m);
}
END_TEST

START_TEST(machine_needs_a_step_and_nothing_else)
{
	struct machine *m = machine_new(&bare, &plain);

	ck_assert_ptr_null(m->state);
	ck_assert_int_eq(machine_start(m), MACHINE_MORE);
	ck_assert_int_eq(machine_ended(m), MACHINE_MORE);
	ck_assert_int_eq(machine_secured(m), MACHINE_MORE);
	machine_free(m);
	machine_free(NULL);
}
END_TEST

START_TEST(machine_releases_its_state_once)
{
	unsigned releases = 0;
	struct machine *m = machine_new(&lines, &plain);

	((struct state *)m->state)->releases = &releases;
	machine_free(m);
	ck_assert_uint_eq(releases, 1);
}
END_TEST

START_TEST(machine_lines_end_in_lf_or_crlf)
{
	talk_expect(&lines, &plain, "a\r\nb\n\r\n\nc\r\r\nd\re\nf\r",
		"> hello1;1;0;0;2;3;\nwant more, complete\n"
		"lines=[a|b|||c\\r|d\\re]\nrest=f\\r\n");
}
END_TEST

START_TEST(machine_lines_hold_any_other_bytes)
{
	talk_expect_bytes(&lines, &plain, "\0\n\xff\0\r\0\n", 7,
		"> hello1;4;\nwant more, complete\nlines=[\\x00|\\xff\\x00\\r\\x00]\nrest=\n");
}
END_TEST

START_TEST(machine_stops_where_it_has_enough)
{
	struct machine *m;

	talk_expect(&lines, &plain, "a\nbye\nb\nc", "> hello1;3;\nwant done\nlines=[a|bye]\n");
	m = fed("bye\nb\nc");
	ck_assert_str_eq(m->held.text, "b\nc");
	ck_assert_int_eq(machine_feed(m, "d\n", 2), MACHINE_DONE);
	ck_assert_str_eq(m->held.text, "b\ncd\n");
	ck_assert_int_eq(machine_ended(m), MACHINE_DONE);
	ck_assert(!m->complete);
	machine_free(m);
}
END_TEST

START_TEST(machine_leaves_what_follows_the_upgrade_to_tls)
{
	struct machine *m = fed("tls\r\n\x16\x03");

	ck_assert_int_eq(m->want, MACHINE_UPGRADE);
	ck_assert_uint_eq(m->held.len, 2);
	check_said(m, "3;");
	strbuf_reset(&m->held);
	ck_assert_int_eq(machine_secured(m), MACHINE_MORE);
	check_said(m, "hello again");
	ck_assert_int_eq(machine_feed(m, "a\n", 2), MACHINE_MORE);
	check_said(m, "1;");
	machine_free(m);
	talk_expect(&lines, &plain, "tls\na\nagain\nb\n",
		"> hello3;\nupgrade\n> hello again1;5;\nagain\n> hello1;\n"
		"want more, complete\nlines=[b]\nrest=\n");
}
END_TEST

START_TEST(machine_shows_the_rest_when_the_peer_ends_it)
{
	struct machine *m = fed("a\nb");

	ck_assert_int_eq(machine_ended(m), MACHINE_MORE);
	ck_assert(m->complete);
	ck_assert_str_eq(facts_get(&m->facts, F_REST)->text.text, "b");
	machine_free(m);
	m = machine_new(&lines, &plain);
	machine_ended(m);
	ck_assert_uint_eq(facts_get(&m->facts, F_REST)->text.len, 0);
	machine_free(m);
}
END_TEST

START_TEST(machine_holds_no_memory_between_units)
{
	struct machine *m = fed("a\nb");

	ck_assert_str_eq(m->held.text, "b");
	machine_feed(m, "\n", 1);
	ck_assert_ptr_null(m->held.text);
	machine_feed(m, NULL, 0);
	ck_assert_ptr_null(m->held.text);
	machine_feed(m, "c", 1);
	machine_feed(m, NULL, 0);
	ck_assert_str_eq(m->held.text, "c");
	machine_free(m);
}
END_TEST

/* A line of `width` bytes, then one more: both as `expected` has it. */
static void check_width(size_t width, const char *end, const char *said)
{
	struct strbuf bytes = {0}, want = {0};

	strbuf_pad(&bytes, 'x', width);
	strbuf_puts(&bytes, end);
	strbuf_puts(&bytes, "next\n");
	strbuf_printf(&want, "> hello%s4;\nwant more, complete\nlines=[%.20s|next]\n%srest=\n",
		said, bytes.text, width + strlen(end) > MACHINE_LINE_MAX ? "cut=1\n" : "");
	talk_expect_bytes(&lines, &plain, bytes.text, bytes.len, want.text);
	strbuf_release(&bytes);
	strbuf_release(&want);
}

START_TEST(machine_cuts_lines_that_are_too_long)
{
	check_width(MACHINE_LINE_MAX - 2, "\r\n", "8190;");
	check_width(MACHINE_LINE_MAX - 1, "\n", "8191;");
	check_width(MACHINE_LINE_MAX - 1, "\r\n", "8191;");
	check_width(MACHINE_LINE_MAX, "\n", "8192;");
	check_width(MACHINE_LINE_MAX, "\r\n", "8192;");
	check_width(MACHINE_LINE_MAX + 1, "\n", "8192;");
	check_width(3 * MACHINE_LINE_MAX, "\r\n", "8192;");
}
END_TEST

START_TEST(machine_passes_over_a_megabyte_without_holding_it)
{
	struct machine *m = machine_new(&lines, &plain);
	char piece[1000];

	memset(piece, 'x', sizeof piece);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert_int_eq(machine_feed(m, piece, sizeof piece), MACHINE_MORE);
		ck_assert_uint_le(m->held.len, MACHINE_LINE_MAX);
		ck_assert_uint_le(m->held.cap, 4 * MACHINE_LINE_MAX);
	}
	ck_assert(m->skipping && m->line_cut);
	ck_assert_ptr_null(m->held.text);
	machine_feed(m, "\r\nb\n", 5);
	ck_assert(!m->skipping && !m->line_cut);
	ck_assert_uint_eq(m->lines, 2);
	ck_assert_str_eq(m->say.text, "8192;1;");
	machine_free(m);
}
END_TEST

START_TEST(machine_counts_lines_to_their_limit)
{
	static const struct machine_setup two = {.line_limit = 2};

	talk_expect(
		&lines, &two, "a\nb\n", "> hello1;1;\nwant more, complete\nlines=[a|b]\nrest=\n");
	talk_expect(
		&lines, &two, "a\nb\nc", "> hello1;1;\nwant more, complete\nlines=[a|b]\nrest=c\n");
	talk_expect(
		&lines, &two, "a\nb\nc\nd\n", "> hello1;1;\nwant done, over limit\nlines=[a|b]\n");
}
END_TEST

START_TEST(machine_counts_a_line_that_is_cut_as_one)
{
	static const struct machine_setup two = {.line_limit = 2};
	struct strbuf bytes = {0};

	strbuf_pad(&bytes, 'x', 5 * MACHINE_LINE_MAX);
	strbuf_puts(&bytes, "\nb\n");
	talk_expect_bytes(&lines, &two, bytes.text, bytes.len,
		"> hello8192;1;\nwant more, complete\nlines=[xxxxxxxxxxxxxxxxxxxx|b]\ncut=1\n"
		"rest=\n");
	/* and one beyond the limit is too long to be told from a whole one */
	bytes.text[0] = bytes.text[1] = '\n';
	talk_expect_bytes(&lines, &two, bytes.text, bytes.len,
		"> hello0;0;\nwant done, over limit\nlines=[|]\n");
	strbuf_release(&bytes);
}
END_TEST

UNIT_MAIN("banner/machine", machine_begins_with_what_the_setup_says,
	machine_needs_a_step_and_nothing_else, machine_releases_its_state_once,
	machine_lines_end_in_lf_or_crlf, machine_lines_hold_any_other_bytes,
	machine_stops_where_it_has_enough, machine_leaves_what_follows_the_upgrade_to_tls,
	machine_shows_the_rest_when_the_peer_ends_it, machine_holds_no_memory_between_units,
	machine_cuts_lines_that_are_too_long, machine_passes_over_a_megabyte_without_holding_it,
	machine_counts_lines_to_their_limit, machine_counts_a_line_that_is_cut_as_one)
