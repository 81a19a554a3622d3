/* SPDX-License-Identifier: MIT */
#include "banner_report.h"

#include "banner_lines.h"
#include "banner_record.h"
#include "banner_words.h"

#include "netprobe/base/mem.h"

#include <inttypes.h>

struct banner_report {
	struct output *out;
	enum banner_layout layout;
	struct banner_totals totals;
};

struct banner_report *banner_report_new(struct output *out)
{
	struct banner_report *r = mem_alloc(1, sizeof *r);

	r->out = out;
	return r;
}

void banner_report_free(struct banner_report *r)
{
	free(r);
}

void banner_report_layout(struct banner_report *r, enum banner_layout layout)
{
	r->layout = layout;
}

const struct banner_totals *banner_report_totals(const struct banner_report *r)
{
	return &r->totals;
}

void banner_report_grab(struct banner_report *r, const struct grab *g)
{
	enum port_reason reason = banner_reason(g);
	nsec_t wall = clock_wall();

	r->totals.sessions++;
	r->totals.states[g->state]++;
	r->totals.not_asked += banner_not_asked(g);
	if (!output_is_table(r->out))
		banner_put_record(r->out, g, reason, wall);
	else if (r->layout == BANNER_BLOCKS)
		banner_put_block(r->out, g, reason, wall);
	else
		banner_put_row(r->out, g, reason, wall);
}

void banner_report_headline(const struct grab *g, struct strbuf *out)
{
	size_t before = out->len;

	banner_headline(g, banner_reason(g), clock_wall(), out);
	if (out->len == before)
		strbuf_puts(out, grab_state_name(g->state));
}

void banner_report_counts(const struct banner_report *r, struct strbuf *out)
{
	const char *before = ": ";

	for (enum grab_state s = GRAB_OK; s < GRAB_STATES; s++) {
		if (!r->totals.states[s])
			continue;
		strbuf_printf(
			out, "%s%" PRIu64 " %s", before, r->totals.states[s], grab_state_name(s));
		before = ", ";
	}
}
