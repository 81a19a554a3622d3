/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_ENGINE_H
#define NETPROBE_PROBE_ENGINE_H

#include "netprobe/event/loop.h"
#include "netprobe/probe/host.h"
#include "netprobe/probe/probe.h"

#include <stdbool.h>

/*
 * Drives one kind of probe over many addresses and ports: who is asked when, how long an answer is
 * waited for, what is asked again. Bounded by the number of sockets, not by the number of targets.
 */
struct engine;

struct engine_options {
	unsigned parallel; /* probes under way at the most; 0: as many as files and local ports
			      allow */
	double rate;       /* probes a second in all; 0: no limit */
	nsec_t timeout;    /* longest wait for one probe; 0: from the round-trip time */
	nsec_t delay;      /* least time between two probes to one address */
	struct host_policy policy;
	uint64_t seed;
	bool sequential;
};

struct engine_target {
	const char *name;          /* copied */
	struct addr addr;          /* port 0: all of `ports` */
	const struct ports *ports; /* borrowed until the engine is freed */
	struct ports *own_ports;   /* instead of `ports`: given to the host; NULL: none */
	bool control; /* asked to judge the address, not to be told of: the host's `control` */
	void *user;   /* becomes the host's */
};

struct engine_events {
	/* 1: *out is the next target; 0: there are no more; -EAGAIN: not yet, the loop will be
	 * woken by it. */
	int (*next)(void *user, struct engine_target *out);
	/* An address was taken up, and nothing was asked yet: host_knew() may be called for its
	 * ports. NULL: nobody needs to know. */
	void (*admitted)(void *user, struct host *h);
	/* A port was decided. */
	void (*decided)(void *user, struct host *h, uint32_t cell);
	/* An address is done, or was given up (`complete` false: ports are still pending). True:
	 * the caller keeps it, and ends it with host_free(); else it is freed afterwards. Those
	 * that engine_stop() tells of cannot be kept. */
	bool (*done)(void *user, struct host *h, bool complete);
	/* Every target is done; NULL: the loop stops then. May come more than once. */
	void (*idle)(void *user);
	void *user;
};

/* What keeps the engine from being faster, for the progress line. */
enum engine_limit {
	ENGINE_UNLIMITED,
	ENGINE_FILES,    /* RLIMIT_NOFILE */
	ENGINE_PORTS,    /* local port range */
	ENGINE_PARALLEL, /* --parallel */
	ENGINE_RATE,     /* --rate */
	ENGINE_DELAY,    /* --delay */
	ENGINE_WINDOW,   /* congestion window */
	ENGINE_SILENCE,  /* all asked: waiting for answers */
	ENGINE_ICMP,     /* an ICMP rate limit at `limiter` */
	ENGINE_NAMES,    /* the resolver */
	ENGINE_LOCAL,    /* this machine is short of something */
};

struct engine_status {
	uint64_t decided;  /* ports, but for those of controls */
	uint64_t sent;     /* probes */
	uint64_t troubles; /* probes that this machine could not send, and tried again */
	int last_trouble;  /* errno of the last */
	unsigned under_way;
	unsigned sockets; /* the bound in force */
	enum engine_limit
		sockets_limit; /* what set it: ENGINE_FILES, ENGINE_PORTS or ENGINE_PARALLEL */
	enum engine_limit limit;
	struct addr limiter;
	/* UDP: what the budgets of ICMP errors let the addresses under work last, 0: not known; and
	 * what says how long those last that come after */
	nsec_t left;
	nsec_t lasts;     /* an address */
	uint64_t taken;   /* ports of the addresses that were taken up so far */
	uint64_t at_once; /* of these, those that are under work together */
};

/* Borrows the loop and takes its send part. */
struct engine *engine_new(struct loop *loop, const struct probe *probe,
	const struct engine_options *options, const struct engine_events *events);
void engine_free(struct engine *e);

/* An address beside those of events.next, at once. The target is copied as there. */
void engine_add(struct engine *e, const struct engine_target *target);

/* Nothing more is sent; every address under work is reported done, incomplete where ports are
 * pending, and the loop stops. May be called from the events, and more than once. */
void engine_stop(struct engine *e);

void engine_status(const struct engine *e, struct engine_status *out);

#endif
