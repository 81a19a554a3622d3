/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/icmp_budget.h"

/* While nothing is known of the pace: when the empty bucket is tried again. */
#define TRY_FIRST (2 * NSEC_PER_MSEC)
#define TRY_LAST  (250 * NSEC_PER_MSEC)

/* However slow it seems: somebody else may have taken what was measured. */
#define TRY_ALWAYS (730 * NSEC_PER_MSEC) /* no part of the second that buckets are filled by */

/* What is expected before it was measured: Linux has six tokens and makes one a second. */
#define SMALL_BURST    8
#define SMALL_INTERVAL NSEC_PER_SEC
#define LARGE_INTERVAL (5 * NSEC_PER_MSEC)

#define STALE_INTERVALS 8
#define STALE_LEAST     (50 * NSEC_PER_MSEC)

enum {
	WINDOW_ANSWERS = 8, /* enough to begin a new measure */
	TRUSTED_ANSWERS = 4,
	BURST_FIRST = 6, /* Linux, to each destination: the smallest in use */
};

static const double endless = 1e9;
static const double caution = 1.15; /* how much later a token is relied on than expected */

void budget_init(struct icmp_budget *b)
{
	*b = (struct icmp_budget){.burst = BURST_FIRST};
}

/* How much faster than the measured pace is asked: a packet too early costs nothing, so it is a lot
 * where there are few of them. */
static double eagerness(const struct icmp_budget *b)
{
	double per_second = (double)NSEC_PER_SEC / (double)b->interval;

	return 1.1 + 2.5 / (1 + per_second / 10);
}

static double filled(const struct icmp_budget *b, double tokens, nsec_t span, double factor)
{
	if (b->interval == 0 || span <= 0)
		return tokens;
	tokens += factor * (double)span / (double)b->interval;
	return tokens < b->burst ? tokens : b->burst;
}

static double tokens_at(const struct icmp_budget *b, nsec_t now)
{
	return filled(b, b->tokens, now - b->at, b->interval ? eagerness(b) : 1);
}

double budget_sure(const struct icmp_budget *b, nsec_t now)
{
	if (b->kind == BUDGET_PLENTY)
		return endless;
	if (b->kind != BUDGET_LIMITED)
		return 0;
	return filled(b, b->sure, now - b->at, 1 / caution);
}

static void bring_forward(struct icmp_budget *b, nsec_t now)
{
	double tokens = tokens_at(b, now), sure = budget_sure(b, now);

	if (now < b->at)
		return;
	b->tokens = tokens;
	b->sure = b->kind == BUDGET_LIMITED ? sure : 0;
	b->at = now;
}

static void meet_limit(struct icmp_budget *b, nsec_t sent)
{
	b->kind = BUDGET_LIMITED;
	/* whoever asked before may have left only a part of what it holds */
	b->burst = b->answers > BURST_FIRST ? b->answers : BURST_FIRST;
	b->seen = b->answers;
	b->drained = sent;
	b->since = sent < b->first_answer ? b->answers : 0;
	b->tokens = b->sure = 0;
}

static nsec_t mean_interval(const struct icmp_budget *b, nsec_t until)
{
	return b->since && until > b->drained ? (until - b->drained) / b->since : 0;
}

static double at_most(double value, double limit)
{
	return value < limit ? value : limit;
}

/* Between two moments at which the bucket was empty as many tokens were made as were taken. */
static void learn_drained(struct icmp_budget *b, nsec_t sent)
{
	nsec_t mean = mean_interval(b, sent), span = b->at - sent;

	if (sent <= b->drained)
		return;
	if (b->since == 0 && b->interval && b->interval < sent - b->drained)
		b->interval = sent - b->drained;
	/* a few answers measure badly: their tokens may have been begun before */
	if (mean && (b->interval == 0 || b->since >= TRUSTED_ANSWERS || mean > 2 * b->interval))
		b->interval = mean;
	if (b->since >= WINDOW_ANSWERS || b->since == 0) {
		b->drained = b->since ? sent : b->drained;
		b->since = 0;
	}
	if (b->interval == 0)
		return;
	b->tokens = at_most(b->tokens, filled(b, 0, span, eagerness(b)));
	b->sure = at_most(b->sure, filled(b, 0, span, 1 / caution));
}

/* All that were asked were answered: the pace is at least that, and there may be more where it came
 * from. */
static void learn_full(struct icmp_budget *b, nsec_t sent, unsigned asked)
{
	nsec_t mean = mean_interval(b, sent);

	if (mean && (b->interval == 0 || (b->since >= TRUSTED_ANSWERS && mean < b->interval)))
		b->interval = mean;
	if (b->burst > 2 * SMALL_BURST && b->tokens < 2.0 * asked)
		b->tokens = at_most(2.0 * asked, b->burst);
}

static void see_burst(struct icmp_budget *b, unsigned answered)
{
	if (answered > b->seen)
		b->seen = answered;
	if (answered > b->burst)
		b->burst = answered;
}

void budget_learn(struct icmp_budget *b, nsec_t sent, unsigned asked, unsigned answered, nsec_t now)
{
	bring_forward(b, now);
	if (b->answers == 0)
		b->first_answer = sent;
	b->answers += answered;
	if (b->kind != BUDGET_LIMITED) {
		if (b->answers == 0)
			return;
		b->kind = BUDGET_PLENTY;
		if (answered < asked)
			meet_limit(b, sent);
		return;
	}
	/* what was sent while the bucket still gave is part of its first burst */
	if (sent < b->drained) {
		if (b->since == 0 && b->interval == 0)
			see_burst(b, b->seen + answered);
		return;
	}
	b->since += answered;
	see_burst(b, answered);
	b->sure = b->sure > answered ? b->sure - answered : 0;
	if (answered < asked)
		learn_drained(b, sent);
	else if (answered)
		learn_full(b, sent, asked);
}

void budget_give_up(struct icmp_budget *b)
{
	if (b->answers == 0)
		b->kind = BUDGET_NONE;
}

static nsec_t next_try(const struct icmp_budget *b)
{
	nsec_t gap = (b->asked_at - b->drained) / 2;

	if (gap < TRY_FIRST)
		gap = TRY_FIRST;
	return b->asked_at + (gap < TRY_LAST ? gap : TRY_LAST);
}

unsigned budget_room(const struct icmp_budget *b, nsec_t now, unsigned most)
{
	double tokens;

	if (b->kind != BUDGET_LIMITED)
		return most;
	if (b->interval == 0)
		return most && now >= next_try(b) ? 1 : 0;
	tokens = tokens_at(b, now);
	if (tokens < 1 && now >= b->asked_at + TRY_ALWAYS)
		tokens = 1;
	return tokens < most ? (unsigned)tokens : most;
}

void budget_take(struct icmp_budget *b, nsec_t now, unsigned asked)
{
	bring_forward(b, now);
	b->tokens = b->tokens > asked ? b->tokens - asked : 0;
	b->asked_at = now;
}

static nsec_t when_filled(
	const struct icmp_budget *b, double tokens, double factor, nsec_t now, unsigned count)
{
	double wanted = at_most(count, b->burst) - tokens;

	return wanted <= 0 ? now : now + 1 + (nsec_t)(wanted * (double)b->interval / factor);
}

nsec_t budget_due(const struct icmp_budget *b, nsec_t now, unsigned count)
{
	nsec_t due, always;

	if (b->kind != BUDGET_LIMITED)
		return now;
	if (b->interval == 0)
		return next_try(b);
	due = when_filled(b, tokens_at(b, now), eagerness(b), now, count);
	always = b->asked_at + TRY_ALWAYS;
	return count > 1 || due < always ? due : always;
}

nsec_t budget_sure_at(const struct icmp_budget *b, nsec_t now, unsigned count)
{
	if (b->kind == BUDGET_PLENTY)
		return now;
	if (b->kind != BUDGET_LIMITED || b->interval == 0)
		return NSEC_NEVER;
	return when_filled(b, budget_sure(b, now), 1 / caution, now, count);
}

bool budget_is_stale(const struct icmp_budget *b, nsec_t now)
{
	nsec_t age = STALE_INTERVALS * b->interval;

	if (b->kind != BUDGET_LIMITED)
		return false;
	return b->interval == 0 || now - b->drained > (age > STALE_LEAST ? age : STALE_LEAST);
}

nsec_t budget_eta(const struct icmp_budget *b, nsec_t now, uint32_t ports)
{
	nsec_t interval = b->interval;
	double missing = ports - budget_sure(b, now);

	if (b->kind != BUDGET_LIMITED || missing <= 0)
		return 0;
	if (interval == 0)
		interval = b->burst <= SMALL_BURST ? SMALL_INTERVAL : LARGE_INTERVAL;
	return (nsec_t)(missing * (double)interval);
}
