/* SPDX-License-Identifier: MIT */
#ifndef PROBE_UDP_ENGINE_PRIVATE_H
#define PROBE_UDP_ENGINE_PRIVATE_H

#include "udp_host.h"

#include "netprobe/base/hash.h"
#include "netprobe/event/stamp.h"
#include "netprobe/net/dgram.h"
#include "netprobe/probe/udp_engine.h"
#include "netprobe/query/query.h"

enum {
	UDP_FLIGHTS = 65536, /* the last datagrams, of which it is known when they left */
	UDP_BUCKETS = 8192,  /* of the table of addresses */
	LIVE_HOSTS = 16384,  /* under work at the same time */
	LIVE_LEAST = 256,
	UDP_LIVE_CELLS = 524288, /* silent ones take seconds, and some hundred bytes */
};

#define UDP_PATIENCE                                                                               \
	(100 * NSEC_PER_MSEC) /* with a datagram that finds no room, the others waiting */

struct udp_socket {
	struct watch watch;
	struct udp_engine *engine;
	struct dgram *dgram; /* NULL: this machine lacks the family */
	int family;
	uint32_t first_key, key_count; /* of the batch that is being sent */
	bool stuck;                    /* datagrams wait for room in the kernel */
	uint32_t stuck_key;            /* the first of them */
	nsec_t stuck_since, patience;
	uint64_t dropped;   /* as far as it is known */
	struct addr judged; /* last sender of an error, and whether it is an address of ours */
	bool judged_own;
};

struct udp_flight {
	uint32_t key;
	struct addr to;
	struct instant asked;
	nsec_t wire;
	bool unsent;
	bool refused; /* by the firewall of this machine: what is said of it was said here */
};

struct udp_engine {
	struct loop *loop;
	struct udp_engine_options options;
	struct udp_policy policy;
	struct engine_events events;
	struct udp_socket sockets[2]; /* IPv4, IPv6 */
	struct hash_key key;
	struct pacer pacer;
	nsec_t pause;  /* this machine was short of something: nothing is sent before */
	nsec_t lapsed; /* when something left that had been refused before; 0: never */

	struct udp_host *live;
	struct udp_host *table[UDP_BUCKETS];
	struct udp_host *ready_first, **ready_last;
	uint32_t live_count, live_most;
	uint64_t live_cells;
	uint32_t finished;          /* addresses */
	nsec_t lasted;              /* all of them together */
	bool limit_met;             /* by any of them */
	const struct ports *shared; /* that `index` is of */
	struct udp_ports *index;
	bool targets_done, waits_for_names, stopping;

	struct udp_flight *flights; /* by key */
	uint32_t next_key;
	uint64_t strays; /* datagrams of addresses that were not asked, and that prove nothing */
	struct engine_status status;
};

/* udp_engine.c */
void udp_engine_ready(struct udp_engine *e, struct udp_host *u);
void udp_engine_decide(struct udp_engine *e, struct udp_host *u, uint32_t cell,
	const struct answer *a, nsec_t elapsed);
/* All pending ports of an address that cannot be reached. */
void udp_engine_no_neighbour(struct udp_engine *e, struct udp_host *u);

/* udp_send.c */
struct query_token udp_engine_token(const struct udp_engine *e, const struct addr *to);
void udp_send_batch(struct udp_engine *e, struct udp_host *u, const struct udp_ask asks[],
	size_t count, unsigned batch);
bool udp_flush_stuck(struct udp_engine *e); /* what found no room before; true: all is gone */

/* udp_answers.c: what came. It frees no host. */
void udp_socket_ready(struct watch *watch, uint32_t events, nsec_t now);
struct udp_flight *udp_flight_of(struct udp_engine *e, uint32_t key); /* NULL: too old */
/* Whether the port was asked and is not decided, and its cell. */
bool udp_is_pending(const struct udp_host *u, uint16_t port, uint32_t *cell);
/* Of several entries of the table for one address (targets that were named twice) the next. */
struct udp_host *udp_next_same(struct udp_host *u);
/* Sets the answer's times; gives those of the program. */
nsec_t udp_time_it(struct udp_engine *e, struct udp_host *u, uint32_t cell,
	const struct instant *read, struct answer *a);
void udp_take_errors(struct udp_socket *s);

/* udp_refused.c: what this machine did not send. */
void udp_refused(struct udp_socket *s, const struct dgram_failure failures[], size_t count);
/* Of these none waits any more: what was not refused has left. */
void udp_note_left(struct udp_engine *e, uint32_t first, uint32_t count);

/* udp_replies.c */
void udp_take_reply(
	struct udp_socket *s, const struct dgram_packet *packet, const struct instant *read);

/* udp_targets.c: which addresses are under work. */
struct udp_host *udp_engine_find(struct udp_engine *e, const struct addr *a);
bool udp_engine_admit(struct udp_engine *e);
void udp_engine_unlink(struct udp_engine *e, struct udp_host *u);

/* udp_eta.c: how long it will take. */
void udp_eta_finished(struct udp_engine *e, const struct udp_host *u, nsec_t now);
void udp_eta(const struct udp_engine *e, struct engine_status *out, nsec_t now);

#endif
