/* SPDX-License-Identifier: MIT */
#include "read_ahead.h"

#include "netprobe/base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct room {
	size_t fill;
	uint8_t bytes[READ_AHEAD_ROOM];
};

/* A room is the thread's or the user's, never both's; the lock guards who has it. */
struct read_ahead {
	struct byte_source from; /* the thread's */
	pthread_t thread;
	struct room *room; /* the user's, that is being used; NULL: none */
	size_t at;         /* in it */
	struct room *rooms;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	uint64_t filled, used; /* rooms, all that there were */
	bool ended, stop;
	ssize_t end; /* what the source said last */
};

/* ---- the thread */

/* NULL: nobody wants more. */
static struct room *await_empty(struct read_ahead *r)
{
	struct room *room = NULL;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && r->filled - r->used == READ_AHEAD_ROOMS)
		pthread_cond_wait(&r->changed, &r->lock);
	if (!r->stop)
		room = &r->rooms[r->filled % READ_AHEAD_ROOMS];
	pthread_mutex_unlock(&r->lock);
	return room;
}

static bool told_to_stop(struct read_ahead *r)
{
	bool stop;

	pthread_mutex_lock(&r->lock);
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return stop;
}

/* What the source said last. */
static ssize_t fill(struct read_ahead *r, struct room *room)
{
	ssize_t got = 1;

	room->fill = 0;
	while (got > 0 && room->fill < sizeof room->bytes && !told_to_stop(r)) {
		got = r->from.read(
			r->from.user, room->bytes + room->fill, sizeof room->bytes - room->fill);
		if (got > 0)
			room->fill += (size_t)got;
	}
	return got;
}

static void hand_over(struct read_ahead *r, ssize_t got)
{
	pthread_mutex_lock(&r->lock);
	r->filled++;
	r->ended = got <= 0;
	r->end = got;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static void *work(void *user)
{
	struct read_ahead *r = user;
	struct room *room;
	ssize_t got = 1;

	while (got > 0 && (room = await_empty(r))) {
		got = fill(r, room);
		hand_over(r, got);
	}
	return NULL;
}

/* ---- its user */

static void give_back(struct read_ahead *r)
{
	pthread_mutex_lock(&r->lock);
	r->used++;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	r->room = NULL;
}

/* 1 with a room, or how the source ended. */
static ssize_t await_filled(struct read_ahead *r)
{
	ssize_t result = 1;

	pthread_mutex_lock(&r->lock);
	while (r->filled == r->used && !r->ended)
		pthread_cond_wait(&r->changed, &r->lock);
	if (r->filled == r->used)
		result = r->end;
	else
		r->room = &r->rooms[r->used % READ_AHEAD_ROOMS];
	pthread_mutex_unlock(&r->lock);
	r->at = 0;
	return result;
}

ssize_t read_ahead_read(struct read_ahead *r, void *room, size_t size)
{
	size_t left;

	while (!r->room || r->at == r->room->fill) {
		ssize_t result;

		if (r->room)
			give_back(r);
		result = await_filled(r);
		if (result <= 0)
			return result;
	}
	left = r->room->fill - r->at;
	if (left > size)
		left = size;
	memcpy(room, r->room->bytes + r->at, left);
	r->at += left;
	return (ssize_t)left;
}

/* ---- life */

/* Signals belong to the main thread: the new one inherits a mask that blocks them all. */
static int start(struct read_ahead *r)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&r->thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void release(struct read_ahead *r)
{
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r->rooms);
	free(r);
}

struct read_ahead *read_ahead_new(struct byte_source from)
{
	struct read_ahead *r = mem_alloc(1, sizeof *r);

	r->from = from;
	r->rooms = mem_alloc(READ_AHEAD_ROOMS, sizeof *r->rooms);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	if (start(r) == 0)
		return r;
	release(r);
	return NULL;
}

void read_ahead_free(struct read_ahead *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	release(r);
}
