/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

static void connect_all(struct story *s, unsigned count)
{
	const struct frame frames[] = {syn(), synack(), ack()};

	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < 3; j++) {
			struct frame frame = with_ports(frames[j], (uint16_t)(40000 + i), 80);

			story_frame(s, &frame, 1700000000 * S + i * S + j * 1000000);
		}
}

#define HEADING                                                                                    \
	"PORT  ATTEMPTS  COMPLETE  REFUSED  UNANSWERED  REJECTED  HALF-OPEN  OTHER       P50    "  \
	"   P95       P99       MAX\n"

START_TEST(summary_draws_no_histogram_of_a_handful_of_times)
{
	static struct story s;

	s.options.common.numeric = true;
	story_begin(&s, pcap_summary_view);
	connect_all(&s, 4);
	story_expect(&s, 4,
		HEADING "  80         4         4        0           0         0          0      0 "
			" 2.000 ms  2.000 ms  2.000 ms  2.000 ms\n");
}
END_TEST

START_TEST(summary_draws_a_histogram_of_five)
{
	static struct story s;

	s.options.common.numeric = true;
	story_begin(&s, pcap_summary_view);
	connect_all(&s, 5);
	tracker_finish(s.tracker);
	s.view->end(s.view);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "\nTime to connect to port 80\n"));
	s.view->free(s.view);
	tracker_free(s.tracker);
	pcap_select_free((struct pcap_select *)s.context.select);
	output_end(s.context.out, 0);
	unlink(s.path);
}
END_TEST

UNIT_MAIN("cmd/pcap_summary", summary_draws_no_histogram_of_a_handful_of_times,
	summary_draws_a_histogram_of_five)
