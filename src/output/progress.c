/* SPDX-License-Identifier: MIT */
#include "netprobe/output/progress.h"

#include "live.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/base/text.h"
#include "number.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#define FIRST_AFTER NSEC_PER_SEC
#define REDRAW      (200 * NSEC_PER_MSEC)

struct progress {
	nsec_t due; /* NSEC_NEVER when nothing is to be drawn */
	struct live live;
};

struct progress *progress_new(bool enabled, nsec_t now)
{
	struct progress *p = mem_alloc(1, sizeof *p);

	p->due = enabled && isatty(STDERR_FILENO) && terminal_obeys() ? now + FIRST_AFTER
								      : NSEC_NEVER;
	p->live.fd = STDERR_FILENO;
	return p;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	progress_clear(p);
	live_release(&p->live);
	free(p);
}

nsec_t progress_due(const struct progress *p)
{
	return p->due;
}

/* A terminal that went away must not end the work: the line stays out from then on. */
static void check(struct progress *p, int err)
{
	if (err)
		p->due = NSEC_NEVER;
}

void progress_show(struct progress *p, const struct progress_state *s, nsec_t now)
{
	struct strbuf line;

	if (p->due == NSEC_NEVER || now < p->due)
		return;
	p->due = now + REDRAW;
	strbuf_init(&line);
	progress_line(s, live_columns(&p->live), &line);
	live_line(&p->live, line.text, line.len);
	check(p, live_draw(&p->live));
	strbuf_release(&line);
}

void progress_clear(struct progress *p)
{
	check(p, live_clear(&p->live));
}

/* Rounded down, so that 100 % is said when all is done and not before. */
static void add_share(struct strbuf *out, uint64_t done, uint64_t total)
{
	__extension__ typedef unsigned __int128 wide;
	unsigned thousandths = done >= total ? 1000 : (unsigned)((wide)done * 1000 / total);

	strbuf_printf(out, "%u.%u%%", thousandths / 10, thousandths % 10);
}

static void add_amount(struct strbuf *out, const struct progress_state *s)
{
	char number[NUMBER_MAX];

	number_grouped(s->done, number);
	strbuf_puts(out, number);
	if (s->total > 0) {
		number_grouped(s->total, number);
		strbuf_printf(out, "/%s", number);
	}
	if (s->unit)
		strbuf_printf(out, " %s", s->unit);
}

static void add_rate(struct strbuf *out, double rate)
{
	char number[NUMBER_MAX];

	if (rate < 9.95) {
		strbuf_printf(out, "%.1f/s", rate);
		return;
	}
	number_grouped(rate < 1e18 ? (uint64_t)(rate + 0.5) : UINT64_MAX, number);
	strbuf_printf(out, "%s/s", number);
}

/* Rounded up: the last second still counts as one. */
static void add_eta(struct strbuf *out, nsec_t eta)
{
	int64_t s = eta / NSEC_PER_SEC + (eta % NSEC_PER_SEC > 0);

	if (s < 60)
		strbuf_printf(out, "ETA %" PRId64 " s", s);
	else if (s < 3600)
		strbuf_printf(out, "ETA %" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		strbuf_printf(out, "ETA %" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
}

/* Whole parts only: half an ETA or half an address would say something else. */
static void add_part(struct strbuf *out, struct strbuf *part, size_t start, unsigned width)
{
	size_t room = text_width(out->text + start) + text_width(part->text) + 2;

	if (part->len > 0 && room <= width) {
		strbuf_puts(out, "  ");
		strbuf_add(out, part->text, part->len);
	}
	strbuf_reset(part);
}

static void add_limit(struct strbuf *out, const char *limit)
{
	strbuf_putc(out, '(');
	text_escape(out, limit, strlen(limit));
	strbuf_putc(out, ')');
}

void progress_line(const struct progress_state *s, unsigned width, struct strbuf *out)
{
	struct strbuf part;
	size_t start = out->len;

	strbuf_init(&part);
	add_amount(&part, s);
	strbuf_add(out, part.text, text_fit(part.text, width));
	strbuf_reset(&part);
	if (s->total > 0)
		add_share(&part, s->done, s->total);
	add_part(out, &part, start, width);
	if (isfinite(s->rate) && s->rate >= 0)
		add_rate(&part, s->rate);
	add_part(out, &part, start, width);
	if (s->total > 0 && s->eta >= 0)
		add_eta(&part, s->eta);
	add_part(out, &part, start, width);
	if (s->limit)
		add_limit(&part, s->limit);
	add_part(out, &part, start, width);
	strbuf_release(&part);
}
