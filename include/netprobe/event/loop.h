/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_LOOP_H
#define NETPROBE_EVENT_LOOP_H

#include "netprobe/base/clock.h"
#include "netprobe/event/timers.h"

#include <stdint.h>

/*
 * One thread's event loop. A turn receives, then expires, then sends: answers that wait in the
 * kernel are taken before deadlines are judged, so that nothing is called late that was there in
 * time, and new probes go out last, into the room that both have made.
 */
struct loop;

/* What a watched descriptor calls; embedded in what the descriptor belongs to. */
struct watch {
	void (*ready)(struct watch *watch, uint32_t events, nsec_t now);
};

enum { LOOP_IN = 1, LOOP_OUT = 4, LOOP_ERR = 8, LOOP_HUP = 16 }; /* as in epoll_ctl(2) */

/* NULL with errno set where no descriptor can be had. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Edge-triggered for LOOP_OUT, level-triggered for LOOP_IN alone. Closing a descriptor ends its
 * watch. 0 or -errno. */
int loop_watch(struct loop *loop, int fd, uint32_t events, struct watch *watch);

/* Takes a signal over from now on: it interrupts nothing, `caught` runs in the receive part of a
 * turn. After loop_default_signal() it has its default effect again. 0 or -errno. */
int loop_catch_signal(
	struct loop *loop, int signo, void (*caught)(int signo, void *user), void *user);
void loop_default_signal(struct loop *loop, int signo);

struct timers *loop_timers(struct loop *loop);

/* Joins the send part: called last in each turn, in the order of joining; returns when it wants the
 * next turn at the latest. At most four. */
void loop_on_send(struct loop *loop, nsec_t (*send)(void *user, nsec_t now), void *user);

int loop_run(struct loop *loop); /* until loop_stop(); 0 or -errno of epoll_pwait2(2) */
void loop_stop(struct loop *loop);

#endif
