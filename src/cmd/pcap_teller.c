/* SPDX-License-Identifier: MIT */
#include "pcap_teller.h"

#include "netprobe/base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* To wake a thread takes as long as to tell several flows: a share of the room at a time changes
 * hands. */
enum { SHARE = 128, ROOM = 4 * SHARE };

/* What a flow points to is copied, too: others are told of it in the meantime. */
struct told {
	struct flow flow;
	enum flow_over why;
	struct syn_times times;
	struct rejection rejection;
	struct sighting sighting;
};

struct pcap_teller {
	struct output *out;
	nsec_t delay;
	pcap_tell *tell;
	void *user;
	pthread_t thread;
	/* of who puts: how many there were */
	uint64_t put, handed;
	/* of the thread */
	nsec_t due;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work, progress;
	uint64_t given, told;
	uint64_t awaited; /* somebody waits until so many were told; 0: nobody */
	int error;
	bool ending;

	struct told ring[ROOM]; /* from `told` to `given` the thread's, the rest of who puts */
};

/* ---- the thread */

static void tell_some(struct pcap_teller *t, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count && !output_error(t->out); i++) {
		const struct told *told = &t->ring[i % ROOM];

		t->tell(t->user, &told->flow, told->why);
	}
}

static void flush_in_time(struct pcap_teller *t)
{
	nsec_t now = clock_now();

	if (now >= t->due) {
		output_flush(t->out);
		t->due = NSEC_NEVER;
	}
	if (t->delay == 0)
		t->due = output_due(t->out);
	else if (t->due == NSEC_NEVER)
		t->due = now + t->delay;
}

/* Called with the lock. False: the output is due. */
static bool wait_for_work(struct pcap_teller *t)
{
	struct timespec due = {.tv_sec = t->due / NSEC_PER_SEC, .tv_nsec = t->due % NSEC_PER_SEC};

	if (t->due == NSEC_NEVER)
		return pthread_cond_wait(&t->work, &t->lock) == 0;
	return pthread_cond_timedwait(&t->work, &t->lock, &due) != ETIMEDOUT;
}

/* Called with the lock. How many flows there are to be told; 0: it is time to end. */
static uint64_t next_share(struct pcap_teller *t)
{
	uint64_t count;

	while (t->given == t->told && !t->ending) {
		if (wait_for_work(t))
			continue;
		pthread_mutex_unlock(&t->lock);
		output_flush(t->out);
		t->due = NSEC_NEVER;
		pthread_mutex_lock(&t->lock);
		t->error = output_error(t->out);
	}
	count = t->given - t->told;
	return count < SHARE ? count : SHARE;
}

static void *work(void *arg)
{
	struct pcap_teller *t = arg;
	uint64_t count;

	flush_in_time(t);
	pthread_mutex_lock(&t->lock);
	while ((count = next_share(t)) > 0) {
		uint64_t first = t->told;

		pthread_mutex_unlock(&t->lock);
		tell_some(t, first, count);
		flush_in_time(t);
		pthread_mutex_lock(&t->lock);
		t->told += count;
		t->error = output_error(t->out);
		if (t->awaited && t->told >= t->awaited)
			pthread_cond_signal(&t->progress);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Signals belong to the thread that reads: the new one inherits a mask that blocks them all, but
 * for the one that ends a write which waits for a reader. That is its alone meanwhile. */
static int create_thread(struct pcap_teller *t)
{
	sigset_t others, alarm, before;
	int err;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigfillset(&others);
	sigdelset(&others, SIGALRM);
	pthread_sigmask(SIG_SETMASK, &others, &before);
	err = pthread_create(&t->thread, NULL, work, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == 0)
		pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	return err;
}

static void take_alarm_back(void)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
}

/* ---- who puts */

static void init_locks(struct pcap_teller *t)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&t->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&t->progress, NULL);
	pthread_mutex_init(&t->lock, NULL);
}

static void release(struct pcap_teller *t)
{
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->progress);
	pthread_cond_destroy(&t->work);
	free(t);
}

struct pcap_teller *pcap_teller_new(struct output *out, nsec_t delay, pcap_tell *tell, void *user)
{
	struct pcap_teller *t = mem_alloc(1, sizeof *t);

	t->out = out;
	t->delay = delay;
	t->tell = tell;
	t->user = user;
	t->due = NSEC_NEVER;
	init_locks(t);
	if (create_thread(t) == 0)
		return t;
	release(t);
	return NULL;
}

/* Called with the lock. */
static void give(struct pcap_teller *t)
{
	if (t->given == t->put)
		return;
	t->given = t->put;
	pthread_cond_signal(&t->work);
}

/* Called with the lock. */
static void await(struct pcap_teller *t, uint64_t told)
{
	t->awaited = told;
	while (t->told < told)
		pthread_cond_wait(&t->progress, &t->lock);
	t->awaited = 0;
}

/* Sees to it that there is room for the next share, too. */
int pcap_teller_hand_over(struct pcap_teller *t)
{
	int error;

	pthread_mutex_lock(&t->lock);
	give(t);
	if (t->put + SHARE > ROOM)
		await(t, t->put + SHARE - ROOM);
	error = t->error;
	pthread_mutex_unlock(&t->lock);
	t->handed = t->put;
	return error;
}

void pcap_teller_put(struct pcap_teller *t, const struct flow *f, enum flow_over why)
{
	struct told *told = &t->ring[t->put % ROOM];

	told->flow = *f;
	told->flow.user = NULL;
	told->why = why;
	if (f->handshake.times) {
		told->times = *f->handshake.times;
		told->flow.handshake.times = &told->times;
	}
	if (f->handshake.rejection) {
		told->rejection = *f->handshake.rejection;
		told->flow.handshake.rejection = &told->rejection;
	}
	if (f->sighting) {
		told->sighting = *f->sighting;
		told->flow.sighting = &told->sighting;
	}
	if (++t->put - t->handed == SHARE)
		pcap_teller_hand_over(t);
}

void pcap_teller_settle(struct pcap_teller *t)
{
	pthread_mutex_lock(&t->lock);
	give(t);
	await(t, t->put);
	pthread_mutex_unlock(&t->lock);
	t->handed = t->put;
}

void pcap_teller_free(struct pcap_teller *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	give(t);
	t->ending = true;
	pthread_cond_signal(&t->work);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	take_alarm_back();
	release(t);
}
