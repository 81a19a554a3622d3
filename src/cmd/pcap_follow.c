/* SPDX-License-Identifier: MIT */
#include "pcap_follow.h"

#include "netprobe/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TRYING_MAX = 256 };

struct pcap_follow {
	struct output *out;
	/* attempts whose SYN was not answered yet, in the order they came */
	const struct flow *trying[TRYING_MAX];
	size_t count;
};

struct pcap_follow *pcap_follow_new(struct output *out)
{
	struct pcap_follow *f = mem_alloc(1, sizeof *f);

	f->out = out;
	return f;
}

void pcap_follow_free(struct pcap_follow *f)
{
	free(f);
}

static void forget(struct pcap_follow *f, size_t at)
{
	f->count--;
	for (; at < f->count; at++)
		f->trying[at] = f->trying[at + 1];
}

static bool is_trying(const struct flow *flow)
{
	return flow->handshake.state == HANDSHAKE_UNANSWERED && !flow->handshake.decided;
}

void pcap_follow_packet(struct pcap_follow *f, const struct flow *flow)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->trying[i] == flow) {
			if (!is_trying(flow))
				forget(f, i);
			return;
		}
	if (is_trying(flow) && f->count < TRYING_MAX)
		f->trying[f->count++] = flow;
}

void pcap_follow_over(struct pcap_follow *f, const struct flow *flow)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->trying[i] == flow) {
			forget(f, i);
			return;
		}
}

/* The attempt whose next SYN is due first. */
static void add_trying(const struct pcap_follow *f, struct strbuf *line, nsec_t wall)
{
	nsec_t next = NOT_SEEN;

	for (size_t i = 0; i < f->count; i++) {
		nsec_t at = handshake_next_syn(&f->trying[i]->handshake);

		if (at > wall && (next == NOT_SEEN || at < next))
			next = at;
	}
	if (f->count > 0)
		strbuf_printf(line, "; %zu%s still trying", f->count,
			f->count == TRYING_MAX ? " or more" : "");
	if (next != NOT_SEEN)
		strbuf_printf(
			line, ", next in %.1f s", (double)(next - wall) / (double)NSEC_PER_SEC);
}

void pcap_follow_show(struct pcap_follow *f, const struct pcap_totals *t, nsec_t wall)
{
	struct strbuf line = {0};

	if (!output_live_begin(f->out))
		return;
	pcap_totals_text(&line, t);
	add_trying(f, &line, wall);
	if (t->capture.dropped)
		strbuf_printf(&line, "; %" PRIu64 " dropped by the kernel", t->capture.dropped);
	output_line(f->out, "%s", line.text);
	output_live_end(f->out);
	strbuf_release(&line);
}
