/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/locator.h"

#include "locator_shot.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"

#include <netinet/in.h>
#include <stdlib.h>

enum {
	ADDRESSES_AT_ONCE = 16,
	QUESTIONS_AT_ONCE = 8, /* about one address */
	TRIES = 3,
};

struct question {
	struct locator_question asked;
	struct question *next;
	struct walk *walk; /* NULL: not begun */
	bool over;
};

/*
 * An address, and the questions about it. First the ways to ports that answer are walked: they tell
 * how far the target is, and which hops let themselves be seen. Then that to the first silent
 * port; and when it is known where that one ends, those to the others, from there on: mostly they
 * end at the same place.
 */
struct job {
	struct locator *locator;
	struct job *next;
	struct addr addr;
	struct pacer pacer;
	struct question *first, **last;
	struct walk *way;   /* to a port that answers */
	unsigned reference; /* which of them: index */
	bool active, measured, next_door;
	bool answered;         /* one of them did */
	unsigned hops, seen;   /* hops: of the farthest of them */
	bool accepted, agreed; /* from there came a SYN-ACK, came several answers */
	bool sure;
	struct addr spoke[LOCATOR_HOPS_MAX + 1]; /* by distance: who let a packet expire */
	struct addr refused;                     /* who said that there is no way to the address */
	unsigned place; /* where other ports' packets end, most likely; 0: not known */
	bool placed;
	nsec_t trip;
};

struct locator {
	struct locator_options options;
	void (*found)(void *user, const struct locator_question *q, const struct whereabouts *w);
	void *user;
	struct job *jobs;
	struct walk *dead; /* until the turn is over: what the loop reported may still name their
			      shots */
	struct timer burial;
	unsigned active;
	struct walk_common common;
};

static void go_on(struct job *job);

/* ---- walks */

static void bury(struct locator *l, struct walk *w)
{
	walk_end(w);
	w->next = l->dead;
	l->dead = w;
	timers_set(loop_timers(l->common.loop), &l->burial, 0);
}

static void free_dead(struct locator *l)
{
	while (l->dead) {
		struct walk *w = l->dead;

		l->dead = w->next;
		free(w);
	}
}

static void burial_due(struct timer *timer, nsec_t now)
{
	(void)now;
	free_dead(container_of(timer, struct locator, burial));
}

static void on_moved(struct walk *w)
{
	go_on(w->user);
}

static struct walk *begin_walk(struct job *job, uint16_t port)
{
	struct addr to = job->addr;
	struct walk *w;

	to.port = port;
	w = walk_new(&job->locator->common, &to, job->first->asked.protocol);
	w->pacer = &job->pacer;
	w->trip = job->trip;
	/* who asks has just made routers and target use up what they have of errors */
	w->spent = clock_now();
	w->moved = on_moved;
	w->user = job;
	return w;
}

/* ---- the ways to ports that answer */

static void note_hops(struct job *job, const struct walk *w)
{
	for (unsigned i = 1; i <= LOCATOR_HOPS_MAX; i++)
		if (w->shots[i].fate == FATE_EXPIRED)
			job->spoke[i] = w->shots[i].from;
}

static bool is_sure(const struct job *job)
{
	if (job->first->asked.protocol == IPPROTO_UDP)
		return job->hops > 0; /* its errors bear the name of who sends them */
	if (job->hops == 1)
		return job->next_door || (job->accepted && job->agreed);
	return job->hops > 1 && (job->accepted || job->agreed);
}

/* False: more ports would tell no more. */
static bool learn(struct job *job, const struct walk *way)
{
	unsigned at = walk_arrived_at(way), seen = walk_known_hop(way);

	note_hops(job, way);
	job->seen = seen > job->seen ? seen : job->seen;
	job->trip = way->trip > job->trip ? way->trip : job->trip;
	if (at == 0)
		return !job->answered;
	job->answered = true;
	if (at > job->hops) {
		job->hops = walk_distance(way);
		job->agreed = false;
		job->accepted = way->accepted;
	} else if (at == job->hops) {
		job->agreed = true;
		job->accepted |= way->accepted;
	}
	job->sure = is_sure(job);
	return job->hops > 0 && !job->sure;
}

static struct walk *begin_way(struct job *job, uint16_t port)
{
	struct walk *w = begin_walk(job, port);

	w->measures = true;
	if (job->hops > 2)
		w->nearest = job->hops - 1;
	return w;
}

/* True when it is known how far the address is, as far as that can be known. */
static bool measure(struct job *job)
{
	const uint16_t *ports = job->first->asked.answering;

	if (job->measured)
		return true;
	while (job->reference < LOCATOR_ANSWERING && ports[job->reference]) {
		bool more;

		if (!job->way)
			job->way = begin_way(job, ports[job->reference]);
		if (!walk_step(job->way))
			return false;
		more = learn(job, job->way);
		bury(job->locator, job->way);
		job->way = NULL;
		job->reference = more ? job->reference + 1 : LOCATOR_ANSWERING;
	}
	return job->measured = true;
}

/* ---- the ways to silent ports */

/* False: not yet. */
static bool begin_question(struct job *job, struct question *q)
{
	if (q != job->first && !job->placed)
		return false;
	q->walk = begin_walk(job, q->asked.to.port);
	if (job->place)
		q->walk->nearest = job->place;
	/* At the target nothing expires. Who rejects what comes farther may have been kept from it
	 * by a limit. */
	if (job->hops) {
		bool rejects = job->locator->common.heard && job->hops > 1;

		q->walk->farthest = job->hops - (job->sure && !rejects);
		q->walk->bounded = true;
	}
	/* where a port answers somebody is there */
	q->walk->listens = !job->answered && !job->next_door;
	return true;
}

/* Whoever answered is nearer than the target. */
static void go_farther(struct job *job)
{
	job->hops = 0;
	job->sure = false;
	for (struct question *q = job->first; q; q = q->next)
		if (q->walk) {
			q->walk->farthest = LOCATOR_HOPS_MAX;
			q->walk->bounded = false;
			q->over = false;
		}
}

static void step_walks(struct job *job)
{
	unsigned count = 0;

	for (struct question *q = job->first; q && count < QUESTIONS_AT_ONCE; q = q->next) {
		if (!q->walk && !begin_question(job, q))
			return;
		if (job->hops && walk_known_hop(q->walk) >= job->hops)
			go_farther(job);
		q->over = q->over || walk_step(q->walk);
		count++;
		if (q != job->first || !(q->over || walk_is_tried(q->walk)))
			continue;
		job->placed = true;
		job->place = walk_known_hop(q->walk);
		if (q->walk->trip > job->trip)
			job->trip = q->walk->trip;
	}
}

/* Those that are asked at once. */
static bool all_over(const struct job *job)
{
	unsigned count = 0;

	for (const struct question *q = job->first; q && count < QUESTIONS_AT_ONCE; q = q->next) {
		if (!q->over)
			return false;
		count++;
	}
	return true;
}

static void gather(struct job *job)
{
	for (const struct question *q = job->first; q && q->over; q = q->next) {
		note_hops(job, q->walk);
		if (q->walk->answer.state == PORT_UNREACHABLE)
			job->refused = q->walk->answer.from;
	}
}

/*
 * A hop that let another port's packet expire keeps silent about this one's: it is dropped before,
 * or a limit withheld that. Where nothing of the address answers it may be that nobody is there,
 * and what the last router says about packets that were sent before, and that nobody hears any
 * more, takes from its limit, too.
 */
static struct addr withheld(const struct job *job, const struct walk *w)
{
	if (w->answer.reason || walk_arrived_at(w))
		return (struct addr){0};
	for (unsigned i = walk_known_hop(w) + 1; i <= LOCATOR_HOPS_MAX; i++)
		if (w->shots[i].fate == FATE_SILENT && job->spoke[i].family &&
			!(job->answered && w->shots[i].proved))
			return job->spoke[i];
	return job->answered ? (struct addr){0} : job->refused;
}

static void tell(struct job *job)
{
	struct question *q = job->first;
	struct whereabouts w = {.hops = job->sure ? job->hops : 0, .seen = job->seen};
	struct locator *l = job->locator;

	w.hop = walk_last(q->walk, &w.last);
	w.withheld = withheld(job, q->walk);
	w.proved = walk_is_proved(q->walk);
	w.answer = q->walk->answer;
	bury(l, q->walk);
	job->first = q->next;
	if (!job->first)
		job->last = &job->first;
	l->found(l->user, &q->asked, &w);
	free(q);
}

/* ---- addresses */

static void begin_jobs(struct locator *l)
{
	unsigned most = l->common.limited ? 1 : l->options.parallel;

	for (struct job *job = l->jobs; job && l->active < most; job = job->next)
		if (!job->active) {
			job->active = true;
			l->active++;
			go_on(job);
			return; /* which begins the next one, when it is its turn */
		}
}

static void free_job(struct job *job)
{
	struct locator *l = job->locator;

	if (job->way)
		bury(l, job->way);
	while (job->first) {
		struct question *q = job->first;

		job->first = q->next;
		if (q->walk)
			bury(l, q->walk);
		free(q);
	}
	free(job);
}

static void end_job(struct job *job)
{
	struct locator *l = job->locator;

	for (struct job **at = &l->jobs; *at; at = &(*at)->next)
		if (*at == job) {
			*at = job->next;
			break;
		}
	l->active--;
	free_job(job);
	begin_jobs(l);
}

static void go_on(struct job *job)
{
	const struct walk_common *common = &job->locator->common;

	while (job->first && !common->stopped) {
		if (!measure(job))
			return;
		step_walks(job);
		if (!all_over(job))
			return;
		gather(job);
		while (job->first && job->first->over && !common->stopped)
			tell(job);
	}
	if (!common->stopped)
		end_job(job);
}

static struct job *job_of(struct locator *l, const struct addr *a)
{
	struct job **at = &l->jobs, *job;

	while (*at && !addr_same(&(*at)->addr, a))
		at = &(*at)->next;
	if (*at)
		return *at;
	*at = job = mem_alloc(1, sizeof *job);
	job->locator = l;
	job->addr = *a;
	job->last = &job->first;
	pacer_init_interval(&job->pacer, l->options.delay);
	job->next_door = route_is_next_door(a);
	return job;
}

void locator_ask(struct locator *l, const struct locator_question *q)
{
	struct question *question = mem_alloc(1, sizeof *question);
	struct job *job = job_of(l, &q->to);

	question->asked = *q;
	*job->last = question;
	job->last = &question->next;
	begin_jobs(l);
}

struct locator *locator_new(struct loop *loop, const struct locator_options *options,
	void (*found)(void *user, const struct locator_question *q, const struct whereabouts *w),
	void *user)
{
	struct locator *l = mem_alloc(1, sizeof *l);

	l->options = *options;
	l->burial.expired = burial_due;
	l->found = found;
	l->user = user;
	if (l->options.parallel == 0)
		l->options.parallel = ADDRESSES_AT_ONCE;
	l->common.loop = loop;
	pacer_init(&l->common.pacer, options->rate);
	l->common.timeout = options->timeout;
	l->common.tries = options->tries ? options->tries : TRIES;
	return l;
}

void locator_heard(struct locator *l)
{
	l->common.heard = clock_now();
}

void locator_stop(struct locator *l)
{
	l->common.stopped = true;
	for (struct job *job = l->jobs; job; job = job->next) {
		if (job->way)
			walk_end(job->way);
		for (struct question *q = job->first; q; q = q->next)
			if (q->walk)
				walk_end(q->walk);
	}
}

void locator_free(struct locator *l)
{
	if (!l)
		return;
	while (l->jobs) {
		struct job *job = l->jobs;

		l->jobs = job->next;
		free_job(job);
	}
	timers_cancel(loop_timers(l->common.loop), &l->burial);
	free_dead(l);
	free(l);
}
