/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#include "../../../src/cmd/pcap_row.h"

#define START (1700000000 * S)

/* Frames one after the other, at their times after START, to the table of a file. */
static void tell(struct story *s, const struct frame *frames, const nsec_t *at, size_t count)
{
	story_begin(s, pcap_table_view);
	for (size_t i = 0; i < count; i++)
		story_frame(s, &frames[i], START + at[i]);
}

#define TELL(s, frames, ...)                                                                       \
	tell(s, frames, (const nsec_t[]){__VA_ARGS__}, sizeof(frames) / sizeof((frames)[0]))

START_TEST(row_has_the_attempt_its_times_and_its_life)
{
	static struct story s;
	const struct frame frames[] = {syn(), synack(), ack(), data(CLIENT, 100)};

	TELL(&s, frames, 0, 20 * MS, 20 * MS + MS / 20, 21 * MS);
	story_expect(&s, 1,
		"ID  START            CLIENT          SERVER         STATE       SYN-ACK       ACK"
		"    CONNECT  END   CONN  HISTORY  PACKETS  BYTES\n"
		" 1  22:13:20.000000  10.0.0.1:40000  10.0.0.2:http  complete  20.000 ms  0.050 ms"
		"  20.050 ms  open  S1    ShAD         3/1  100/0\n");
}
END_TEST

START_TEST(row_has_no_time_that_was_not_captured)
{
	static struct story s;
	const struct frame frames[] = {syn(), ack()};

	s.options.common.numeric = true;
	TELL(&s, frames, 0, 20 * MS);
	/* that the handshake was complete is plain, how its time came about is not */
	story_expect(&s, 1,
		"ID  START            CLIENT          SERVER       STATE       CONNECT  END   CONN"
		"  HISTORY  PACKETS  BYTES\n"
		" 1  22:13:20.000000  10.0.0.1:40000  10.0.0.2:80  complete  20.000 ms  open  S0  "
		"  SA           2/0    0/0\n");
}
END_TEST

START_TEST(row_counts_tries_where_there_was_more_than_one)
{
	static struct story s;
	const struct frame frames[] = {syn(), syn(), syn_of(7), syn_of(7), syn_of(7)};
	const char *text;

	TELL(&s, frames, 0, S, 100 * S, 101 * S, 103 * S);
	tracker_finish(s.tracker);
	text = story_text(&s);
	ck_assert_ptr_nonnull(strstr(text, "  STATE       TRIES  END "));
	ck_assert_ptr_nonnull(strstr(text, "  unanswered      2  open"));
	ck_assert_ptr_nonnull(strstr(text, "  unanswered      3  open"));
	ck_assert_ptr_nonnull(strstr(text, "  asked 2 times over 1.0 s\n"));
	story_expect(&s, 2, s.text);
}
END_TEST

START_TEST(row_names_the_service_of_a_server_alone)
{
	static struct story s;
	const struct frame frames[] = {with_ports(syn(), 22, 443)};

	TELL(&s, frames, 0);
	tracker_finish(s.tracker);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "  10.0.0.1:22  10.0.0.2:https  "));
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(row_of_a_live_capture_leaves_the_life_out)
{
	static struct story s;
	const struct frame frames[] = {syn(), synack(), ack()};

	s.live = true;
	TELL(&s, frames, 0, 20 * MS, 21 * MS);
	story_expect(&s, 1,
		"  ID  START            CLIENT                 SERVER                 STATE       "
		"  SYN-ACK       ACK    CONNECT\n"
		"   1  22:13:20.000000  10.0.0.1:40000         10.0.0.2:http          complete    "
		"20.000 ms  1.000 ms  21.000 ms\n");
}
END_TEST

START_TEST(end_text_has_brackets_around_ipv6)
{
	struct addr a = {.family = 4, .ip = {192, 0, 2, 1}, .port = 22};
	struct strbuf out = {0};

	pcap_end_text(&out, &a, true);
	strbuf_putc(&out, ' ');
	pcap_end_text(&out, &a, false);
	a = (struct addr){.family = 6, .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}, .port = 443};
	strbuf_putc(&out, ' ');
	pcap_end_text(&out, &a, true);
	strbuf_putc(&out, ' ');
	pcap_end_text(&out, &a, false);
	a.port = 40001;
	strbuf_putc(&out, ' ');
	pcap_end_text(&out, &a, false);
	ck_assert_str_eq(out.text, "192.0.2.1:22 192.0.2.1:ssh [2001:db8::1]:443 "
				   "[2001:db8::1]:https [2001:db8::1]:40001");
	strbuf_release(&out);
}
END_TEST

UNIT_MAIN("cmd/pcap_row", row_has_the_attempt_its_times_and_its_life,
	row_has_no_time_that_was_not_captured, row_counts_tries_where_there_was_more_than_one,
	row_names_the_service_of_a_server_alone, row_of_a_live_capture_leaves_the_life_out,
	end_text_has_brackets_around_ipv6)
