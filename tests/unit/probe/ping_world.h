/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PING_WORLD_H
#define TESTS_PING_WORLD_H

#include "netprobe/base/clock.h"
#include "netprobe/base/mem.h"
#include "netprobe/event/loop.h"
#include "netprobe/net/route.h"

#include <errno.h>
#include <string.h>

/*
 * A world without a kernel: clocks, loop and routes are the test's own. The functions stand in for
 * those of the library, whose objects the linker then leaves out. Time passes only when it is told
 * to.
 */
#define MS NSEC_PER_MSEC

enum { WATCHES_MAX = 1024 };

static struct {
	nsec_t now, wanted; /* wanted: when the pinger is to be called next */
	nsec_t (*send)(void *user, nsec_t now);
	void *send_user;
	bool stopped;
	bool no_way;                        /* no route to anybody */
	bool unresolved;                    /* nobody answers ARP requests */
	struct addr own;                    /* this machine's address; family 0: none */
	uint64_t route_asks;                /* times that the kernel was asked about a neighbour */
	struct watch *watches[WATCHES_MAX]; /* by descriptor */
} world = {.now = 1000 * NSEC_PER_SEC};

static const nsec_t world_wall = 1700000000 * NSEC_PER_SEC;

nsec_t clock_now(void)
{
	return world.now;
}

nsec_t clock_wall(void)
{
	return world_wall + world.now;
}

void loop_on_send(struct loop *loop, nsec_t (*send)(void *user, nsec_t now), void *user)
{
	(void)loop;
	world.send = send;
	world.send_user = user;
}

void loop_stop(struct loop *loop)
{
	(void)loop;
	world.stopped = true;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, struct watch *watch)
{
	(void)loop;
	(void)events;
	world.watches[fd % WATCHES_MAX] = watch;
	return 0;
}

bool route_is_unreached(const struct addr *to)
{
	return route_is_unresolved(to);
}

bool route_is_unresolved(const struct addr *to)
{
	(void)to;
	world.route_asks++;
	return world.unresolved;
}

int route_next_hop(const struct addr *to, struct next_hop *out)
{
	if (world.no_way)
		return -ENETUNREACH;
	*out = (struct next_hop){.local = world.own.family && addr_same(to, &world.own)};
	return 0;
}

/* The end of a turn of the loop. */
static inline void world_turn(void)
{
	world.wanted = world.send(world.send_user, world.now);
}

#endif
