/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_FLIGHTS_H
#define NETPROBE_PROBE_FLIGHTS_H

#include "netprobe/event/stamp.h"

#include <stdint.h>

struct ping_host;

enum flight_state {
	FLIGHT_WAITING,
	FLIGHT_PATIENT, /* its time is over, but ARP or ND has not been answered: it never left, and
			 * the kernel's word is waited for */
	FLIGHT_ANSWERED,
	FLIGHT_FAILED,  /* by an ICMP error, or for want of a way */
	FLIGHT_LOST,    /* its time is over; an answer may still come, late */
	FLIGHT_DROPPED, /* the same, and our own buffer overflowed in that time; or it was refused
			   here */
};

/* One probe on its way. */
struct flight {
	struct ping_host *host; /* NULL: gone, since its address is done */
	struct instant asked;
	nsec_t wire;   /* kernel's stamp of its departure, wall clock; 0 when there is none (yet) */
	void *carrier; /* what the way of asking keeps with it */
	uint64_t next; /* number of the next one to the same address; 0: none yet */
	uint64_t sequence; /* of its address, from 1 */
	uint8_t state;     /* enum flight_state */
};

/*
 * Probes in the order of their departure, under numbers that begin at 1 and never come again. As
 * many can be on their way as memory holds; those whose time is over stay for a while, so that a
 * late answer finds them, FLIGHTS_KEPT at the most.
 */
enum { FLIGHTS_KEPT = 65536 };

struct flights {
	struct flight *ring;
	uint64_t room;    /* a power of two, or 0 */
	uint64_t first;   /* oldest that is kept */
	uint64_t patient; /* oldest that may be FLIGHT_PATIENT */
	uint64_t open;    /* oldest whose time is not over */
	uint64_t next;    /* number of the next one */
};

void flights_init(struct flights *f);
void flights_release(struct flights *f);

/* A new flight, blank, and its number. Pointers into the ring do not outlive this call. */
struct flight *flights_add(struct flights *f, uint64_t *number);
struct flight *flights_at(const struct flights *f, uint64_t number); /* NULL: not kept */

/* The time of the oldest open flight is over. `forget` is called for what is no longer kept. */
void flights_close_oldest(
	struct flights *f, void (*forget)(void *user, struct flight *flight), void *user);

/* The oldest that is kept though its time is over, NULL when there is none; and its end, for who
 * needs it no longer. */
struct flight *flights_oldest_kept(const struct flights *f);
void flights_drop_oldest(struct flights *f);

/* The oldest that is FLIGHT_PATIENT, NULL when none is. */
struct flight *flights_patient(struct flights *f);

/* The newest number up to `below` (excluded) whose lowest 16 bits are `low`: what a sequence field
 * stands for; 0 when none is kept. */
uint64_t flights_find(const struct flights *f, uint16_t low, uint64_t below);

/* The kept number whose lowest 32 bits are `low`, 0 when there is none. */
uint64_t flights_number(const struct flights *f, uint32_t low);

#endif
