/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_svg.h"

#include "pcap_story.h"

#include "netprobe/output/whole_file.h"

#include <errno.h>
#include <unistd.h>

enum { PICTURE_MAX = 1 << 20 };

static char path[] = "/tmp/netprobe-unit-svg-XXXXXX";
static char picture[PICTURE_MAX];

static struct pcap_view *svg_view(const struct pcap_context *c)
{
	return pcap_svg_view(c, whole_file_open(c->options->svg));
}

static void begin(struct story *s)
{
	close(mkstemp(path));
	s->options.svg = path;
	s->options.common.numeric = true;
	story_begin(s, svg_view);
}

static void finish(struct story *s, uint64_t shown)
{
	int fd;
	ssize_t len;

	story_expect(s, shown, "");
	fd = open(path, O_RDONLY);
	len = read(fd, picture, sizeof picture - 1);
	ck_assert_int_gt(len, 0);
	picture[len] = '\0';
	close(fd);
	unlink(path);
}

/* The texts of the picture, each with its line end, without the style. */
static void expect_texts(const char *wanted)
{
	struct strbuf texts = {0};
	const char *at = picture;

	while ((at = strstr(at, "<text "))) {
		const char *from = strchr(at, '>') + 1, *to = strstr(from, "</text>");

		strbuf_add(&texts, from, (size_t)(to - from));
		strbuf_putc(&texts, '\n');
		at = to;
	}
	ck_assert_str_eq(texts.text, wanted);
	strbuf_release(&texts);
}

static size_t count_of(const char *what)
{
	size_t count = 0;

	for (const char *at = picture; (at = strstr(at, what)); at++)
		count++;
	return count;
}

START_TEST(picture_says_what_the_ladder_says)
{
	static struct story s;
	struct frame about = syn(), error = icmp_about(&about, 3, 13, 8);
	struct frame frames[] = {with_vlan(syn(), 10), error};

	begin(&s);
	for (size_t i = 0; i < 2; i++)
		story_frame(&s, &frames[i], (nsec_t)(i + 1) * MS);
	finish(&s, 1);
	expect_texts("#1 vlan 10 10.0.0.1:40000 -&gt; 10.0.0.2:80: rejected after 1.000 ms\n"
		     "admin-prohibited from 10.0.0.254\n"
		     "seconds\nclient\nserver\n"
		     "no options\nSYN seq 0 win 65535\n0.000000\n"
		     "ICMP admin-prohibited from 10.0.0.254\n0.001000\nrejected on the way\n");
	ck_assert_ptr_nonnull(strstr(picture, "<title>netprobe pcap: 1 flow</title>"));
	ck_assert_uint_eq(count_of("<circle "), 1);
	/* two life lines, two arrows of two parts each */
	ck_assert_uint_eq(count_of("<path "), 6);
}
END_TEST

/* The number behind the next `name` in what follows. */
static long number_of(const char *at, const char *name)
{
	return strtol(strstr(at, name) + strlen(name), NULL, 10);
}

START_TEST(picture_is_as_large_as_what_is_in_it)
{
	static struct story s;
	struct frame frames[] = {syn(), syn(), syn()};
	long width, height, last = 0;

	begin(&s);
	for (size_t i = 0; i < 3; i++)
		story_frame(&s, &frames[i], (nsec_t)(i + 1) * S);
	finish(&s, 1);
	width = number_of(picture, " width=\"");
	height = number_of(picture, " height=\"");
	for (const char *at = picture; (at = strstr(at, "<text ")); at++) {
		const char *from = strchr(at, '>') + 1, *anchor = strstr(at, "anchor");

		last = number_of(at, " y=\"");
		ck_assert_int_lt(last, height);
		if (!anchor || anchor > from)
			ck_assert_int_lt(
				number_of(at, " x=\"") + 8 * (strstr(from, "</text>") - from),
				width);
	}
	ck_assert_int_gt(last + 40, height);
}
END_TEST

START_TEST(picture_holds_twenty_flows_and_counts_the_others)
{
	static struct story s;

	begin(&s);
	for (uint16_t i = 0; i < 23; i++) {
		struct frame frame = with_ports(syn(), (uint16_t)(1000 + i), 80);

		story_frame(&s, &frame, (i + 1) * MS);
	}
	finish(&s, 20);
	ck_assert_ptr_nonnull(strstr(picture, ">#20 "));
	ck_assert_ptr_null(strstr(picture, ">#21 "));
	ck_assert_ptr_nonnull(strstr(picture, ">3 more flows are not drawn<"));
}
END_TEST

START_TEST(picture_of_nothing_says_so)
{
	static struct story s;

	begin(&s);
	finish(&s, 0);
	expect_texts("No flow was selected\n");
}
END_TEST

START_TEST(picture_marks_what_was_seen_again_and_left_out)
{
	static struct story s;
	struct frame first = with_id(syn(), 7), again = with_ttl(first, 63);

	begin(&s);
	s.interface = 3;
	story_frame(&s, &first, 1 * MS);
	s.interface = 4;
	story_frame(&s, &again, 1 * MS + 5000);
	for (int i = 0; i < 300; i++) {
		struct frame frame =
			segment(CLIENT, TCP_ACK, CLIENT_ISN + 1 + (uint32_t)i, SERVER_ISN, 1);

		story_frame(&s, &frame, 2 * MS + i * MS);
	}
	finish(&s, 1);
	ck_assert_ptr_nonnull(strstr(picture, "line dashed"));
	ck_assert_ptr_nonnull(strstr(picture, "again: interface 4, TTL 63"));
	ck_assert_ptr_nonnull(strstr(picture, "... 46 packets left out ..."));
}
END_TEST

START_TEST(picture_that_cannot_be_written_is_an_error)
{
	static struct story s;

	s.options.svg = "/dev/full";
	story_begin(&s, svg_view);
	s.view->end(s.view);
	ck_assert_int_eq(s.view->error, -ENOSPC);
	s.view->end = NULL;
	story_expect(&s, 0, "");
}
END_TEST

UNIT_MAIN("cmd/pcap_svg", picture_says_what_the_ladder_says, picture_is_as_large_as_what_is_in_it,
	picture_holds_twenty_flows_and_counts_the_others, picture_of_nothing_says_so,
	picture_marks_what_was_seen_again_and_left_out, picture_that_cannot_be_written_is_an_error)
