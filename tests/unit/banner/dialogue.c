/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/dialogue.h"

#include "../unit.h"

#include <string.h>

struct said {
	struct dialogue d;
	struct strbuf lines; /* "<line|" each */
	nsec_t last;
	size_t count, longest;
};

static void emit(void *user, enum grab_voice voice, const char *line, size_t len, nsec_t at)
{
	struct said *s = user;

	strbuf_putc(&s->lines, "*><"[voice]);
	strbuf_add(&s->lines, line, len);
	strbuf_putc(&s->lines, '|');
	s->last = at;
	s->count++;
	s->longest = len > s->longest ? len : s->longest;
}

static void begin(struct said *s)
{
	*s = (struct said){.d = {.emit = emit, .user = s}};
	strbuf_init(&s->lines);
}

static void say(struct said *s, enum grab_voice voice, const char *text, nsec_t at)
{
	dialogue_say(&s->d, voice, text, strlen(text), at);
}

static void end(struct said *s)
{
	dialogue_release(&s->d);
	strbuf_release(&s->lines);
}

START_TEST(lines_lose_their_ends)
{
	struct said s;

	begin(&s);
	say(&s, VOICE_RECEIVED, "one\r\ntwo\n\nfour\r\r\n", 0);
	ck_assert_str_eq(s.lines.text, "<one|<two|<|<four\r|");
	end(&s);
}
END_TEST

START_TEST(line_in_pieces_is_one_and_begins_with_the_first)
{
	struct said s;

	begin(&s);
	say(&s, VOICE_RECEIVED, "he", 1);
	say(&s, VOICE_RECEIVED, "llo\r", 2);
	ck_assert_uint_eq(s.count, 0);
	say(&s, VOICE_RECEIVED, "\nmore", 3);
	ck_assert_str_eq(s.lines.text, "<hello|");
	ck_assert_int_eq(s.last, 1);
	dialogue_flush(&s.d);
	ck_assert_str_eq(s.lines.text, "<hello|<more|");
	ck_assert_int_eq(s.last, 3);
	dialogue_flush(&s.d);
	ck_assert_uint_eq(s.count, 2);
	end(&s);
}
END_TEST

START_TEST(line_ends_when_the_other_side_speaks)
{
	struct said s;

	begin(&s);
	say(&s, VOICE_RECEIVED, "login: ", 1);
	say(&s, VOICE_SENT, "QUIT\r\n", 2);
	say(&s, VOICE_RECEIVED, "bye", 3);
	say(&s, VOICE_NOTE, "closed", 4);
	dialogue_flush(&s.d);
	ck_assert_str_eq(s.lines.text, "<login: |>QUIT|<bye|*closed|");
	end(&s);
}
END_TEST

START_TEST(line_without_end_is_cut)
{
	struct said s;
	static char text[3 * DIALOGUE_LINE_MAX + 2];

	begin(&s);
	memset(text, 'x', sizeof text - 1);
	say(&s, VOICE_RECEIVED, text, 1);
	ck_assert_uint_eq(s.count, 3);
	ck_assert_uint_eq(s.longest, DIALOGUE_LINE_MAX);
	dialogue_flush(&s.d);
	ck_assert_uint_eq(s.count, 4);
	ck_assert_uint_eq(s.lines.len, sizeof text - 1 + 2 * 4);
	end(&s);
}
END_TEST

START_TEST(bytes_are_told_as_they_are)
{
	struct said s;

	begin(&s);
	dialogue_say(&s.d, VOICE_RECEIVED, "a\0b\xff\n", 5, 1);
	ck_assert_uint_eq(s.lines.len, 6);
	ck_assert_mem_eq(s.lines.text, "<a\0b\xff|", 6);
	end(&s);
}
END_TEST

UNIT_MAIN("banner/dialogue", lines_lose_their_ends, line_in_pieces_is_one_and_begins_with_the_first,
	line_ends_when_the_other_side_speaks, line_without_end_is_cut, bytes_are_told_as_they_are)
