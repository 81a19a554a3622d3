/* SPDX-License-Identifier: MIT */
#include "netprobe/event/cwnd.h"

enum {
	CWND_FLOOR = 8,
	CWND_SAMPLES = 64, /* fewer say nothing about a rate of loss */
};

static const double cut_factor = 0.7;
static const double no_matter = 0.01; /* loss below this is no reason to slow down */
static const double alike = 0.7;      /* a ratio this much of the last one is no improvement */
static const double much_worse = 1.5;

void cwnd_init(struct cwnd *c, double first, double ceiling)
{
	*c = (struct cwnd){
		.size = first < ceiling ? first : ceiling,
		.threshold = ceiling,
		.ceiling = ceiling,
	};
}

bool cwnd_has_room(const struct cwnd *c, unsigned in_flight)
{
	return in_flight < c->size;
}

void cwnd_answered(struct cwnd *c, nsec_t sent)
{
	if (sent > c->cut_at)
		c->answered++;
	c->size += c->size < c->threshold ? 1 : 1 / c->size;
	if (c->size > c->ceiling)
		c->size = c->ceiling;
}

static enum cwnd_change cut(struct cwnd *c, double ratio, nsec_t now)
{
	if (c->last_ratio > 0 && !c->indifferent && ratio > alike * c->last_ratio) {
		c->indifferent = true;
		c->last_ratio = ratio;
		c->size = c->size > c->before ? c->size : c->before;
		c->threshold = c->ceiling;
		return CWND_RESTORED;
	}
	c->indifferent = false;
	c->last_ratio = ratio;
	c->before = c->size;
	c->threshold = c->size * cut_factor > CWND_FLOOR ? c->size * cut_factor : CWND_FLOOR;
	c->size = c->threshold;
	c->cut_at = now;
	c->answered = c->lost = 0;
	return CWND_CUT;
}

enum cwnd_change cwnd_lost(struct cwnd *c, nsec_t sent, nsec_t now)
{
	double ratio;

	c->lossy = true;
	/* one cut for all that was under way when it came: they are one piece of news */
	if (sent <= c->cut_at)
		return CWND_SAME;
	c->lost++;
	if (c->answered + c->lost < CWND_SAMPLES)
		return CWND_SAME;
	ratio = (double)c->lost / (c->answered + c->lost);
	if (ratio < no_matter || (c->indifferent && ratio < much_worse * c->last_ratio))
		return CWND_SAME;
	return cut(c, ratio, now);
}

void cwnd_quiet(struct cwnd *c, nsec_t now)
{
	if (c->lossy || now - c->grown_at < CWND_QUIET_INTERVAL)
		return;
	c->grown_at = now;
	c->size = 2 * c->size < c->ceiling ? 2 * c->size : c->ceiling;
}

void cwnd_local_shortage(struct cwnd *c)
{
	c->size = c->size / 2 > CWND_FLOOR ? c->size / 2 : CWND_FLOOR;
	c->threshold = c->size;
}
