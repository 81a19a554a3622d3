/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CMD_PCAP_STORY_H
#define TESTS_UNIT_CMD_PCAP_STORY_H

#include "../../../src/cmd/pcap_owner.h"
#include "../../../src/cmd/pcap_view.h"

#include "../capture/attempt.h"
#include "../unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Frames by hand go through a tracker to a view, which writes into a file: as the command does it,
 * without a capture.
 */
struct story {
	struct pcap_options options; /* set before story_begin() */
	bool live, json;
	struct pcap_context context;
	struct pcap_view *view;
	struct tracker *tracker;
	uint32_t interface;
	char path[32];
	char text[1 << 16];
};

static inline void story_packet(void *user, const struct flow_packet *p)
{
	struct story *s = user;

	if (s->context.journals)
		pcap_journals_add(s->context.journals, p, s->interface);
	if (s->context.owner && p->since == 0)
		pcap_owner_ask(s->context.owner, p->flow);
	if (s->view->packet)
		s->view->packet(s->view, p);
}

static inline void story_decided(void *user, struct flow *f)
{
	struct story *s = user;

	if (s->view->decided)
		s->view->decided(s->view, f);
	if (s->context.journals)
		pcap_journals_decided(s->context.journals, f);
}

static inline void story_over(void *user, struct flow *f, enum flow_over why)
{
	struct story *s = user;

	if (s->view->over)
		s->view->over(s->view, f, why);
	if (s->context.journals)
		pcap_journals_forget(s->context.journals, f);
}

static inline void story_begin(
	struct story *s, struct pcap_view *(*view)(const struct pcap_context *))
{
	const struct tracker_options options = {.max_flows = 1000, .hold = s->live ? 0 : 100};
	const struct tracker_events events = {story_packet, story_decided, story_over};
	struct output_options output = {
		.format = s->json ? OUTPUT_JSON : OUTPUT_TABLE, .path = s->path};

	snprintf(s->path, sizeof s->path, "/tmp/netprobe-unit-XXXXXX");
	close(mkstemp(s->path));
	s->context = (struct pcap_context){.out = output_open(&output),
		.options = &s->options,
		.select = pcap_select_new(&s->options),
		.live = s->live};
	if (pcap_journals_wanted(&s->options, s->context.select, !s->json))
		s->context.journals = pcap_journals_new(s->context.select);
	s->view = view(&s->context);
	ck_assert_ptr_nonnull(s->view);
	s->tracker = tracker_new(&options, &events, s);
}

static inline void story_frame(struct story *s, const struct frame *frame, nsec_t at)
{
	const struct captured captured = {.at = at, .interface = s->interface, .wire_len = 60};

	if (s->view->frame)
		s->view->frame(s->view, frame, &captured);
	tracker_packet(s->tracker, frame, at, s->interface);
	if (s->view->taken)
		s->view->taken(s->view);
}

/* What has been written so far. */
static inline const char *story_text(struct story *s)
{
	int fd;
	ssize_t len;

	output_flush(s->context.out);
	fd = open(s->path, O_RDONLY);
	len = read(fd, s->text, sizeof s->text - 1);
	ck_assert_int_ge(len, 0);
	s->text[len] = '\0';
	close(fd);
	return s->text;
}

/* The capture is at its end; what the view wrote, and how many it says it has shown. */
static inline void story_expect(struct story *s, uint64_t shown, const char *wanted)
{
	tracker_finish(s->tracker);
	if (s->view->end)
		s->view->end(s->view);
	ck_assert_str_eq(story_text(s), wanted);
	ck_assert_uint_eq(s->view->shown, shown);
	s->view->free(s->view);
	tracker_free(s->tracker);
	pcap_journals_free(s->context.journals);
	pcap_select_free((struct pcap_select *)s->context.select);
	output_end(s->context.out, 0);
	unlink(s->path);
}

#endif
