/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_PINGER_H
#define NETPROBE_PROBE_PINGER_H

#include "netprobe/event/loop.h"
#include "netprobe/event/stamp.h"
#include "netprobe/net/dgram.h"
#include "netprobe/probe/ping_host.h"
#include "netprobe/probe/result.h"

#include <stdbool.h>

/*
 * Asks addresses again and again: who is asked when, what became of each probe, the statistics. How
 * a question is put (ICMP echo, a TCP or UDP socket for each) is a table of functions behind it.
 */
struct pinger;

struct pinger_options {
	uint64_t count;  /* probes an address; 0: no end */
	nsec_t interval; /* between two probes to one address */
	nsec_t timeout;  /* what comes later is late; 0: 1 s, or twice the longest round trip, up to
			    10 s */
	double rate;     /* probes a second in all; 0: no limit */
	unsigned preload;  /* probes an address that leave at once; at least 1 */
	bool adaptive;     /* an answer brings the next probe, at the latest `interval` does */
	bool until_answer; /* an address that has answered is done */
	bool prompt;       /* answers are taken when they come; else, where probes leave often,
			      with the next of them: the kernel has stamped them */
};

/* How echo is sent; TCP and UDP take the size alone. */
struct ping_payload {
	size_t size; /* of the data, without the ICMP header */
	const uint8_t *pattern;
	size_t pattern_len; /* 0: bytes that count up */
};

struct pinger_target {
	const char *name; /* copied */
	struct addr addr; /* TCP, UDP: with its port */
};

enum ping_fault {
	PING_SOUND,
	PING_CORRUPT,      /* the data differ; counts as received */
	PING_WRONG_SOURCE, /* this and the following do not */
	PING_BAD_CHECKSUM,
	PING_TRUNCATED,
};

struct ping_reply {
	uint64_t sequence;
	struct addr from;
	enum port_state state; /* TCP and UDP: PORT_OPEN or PORT_CLOSED */
	size_t bytes;          /* of the ICMP message, or of the datagram */
	int ttl;               /* -1: not known */
	struct round_trip trip;
	bool duplicate, late;
	enum ping_fault fault;
	size_t corrupt_at; /* PING_CORRUPT: offset in the data, what stands there, what should */
	uint8_t corrupt_is, corrupt_not;
};

/* Why there will be no reply. */
struct ping_error {
	uint64_t sequence;
	enum port_reason reason;      /* REASON_ICMP, _ARP, _NO_ROUTE or _LOCAL */
	struct addr from;             /* who said so; family 0: nobody */
	uint8_t icmp_type, icmp_code; /* with `from` */
	uint32_t mtu;                 /* where it was too long, else 0 */
	int err;                      /* errno of this machine, where that is the ground */
	nsec_t elapsed;               /* from the probe to the error; 0 where it never left */
};

struct pinger_events {
	/* 1: *out is the next target; 0: there are no more; -EAGAIN: not yet, the loop will be
	 * woken by it. */
	int (*next)(void *user, struct pinger_target *out);
	void (*reply)(void *user, const struct ping_host *h, const struct ping_reply *r);
	void (*error)(void *user, const struct ping_host *h, const struct ping_error *e);
	void (*lost)(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here);
	/* Just before a probe leaves while the one before it is unanswered. */
	void (*outstanding)(void *user, const struct ping_host *h, uint64_t sequence);
	/* An address is done: all its probes are answered or given up. In the order of completion;
	 * it stays until it is freed with the pinger or by pinger_forget_first(). */
	void (*done)(void *user, struct ping_host *h);
	/* All are done. */
	void (*over)(void *user);
	void *user;
};

/* One way of asking, private to probe/. */
struct ping_way;

/* `sockets`: for IPv4 and IPv6, each NULL where it was not to be had; owned from now on. `raw` says
 * of each whether the kernel chooses the identifier (false) or the caller, who is given `id`. */
struct ping_way *ping_echo_new(struct loop *loop, struct dgram *const sockets[2], const bool raw[2],
	uint16_t id, const struct ping_payload *payload);
/* A socket for each probe; `probe` is &probe_tcp_connect or &probe_udp. */
struct probe;
struct ping_way *ping_knock_new(struct loop *loop, const struct probe *probe);

/* Borrows the loop and takes its send part; owns the way. */
struct pinger *pinger_new(struct loop *loop, struct ping_way *way,
	const struct pinger_options *options, const struct pinger_events *events);
void pinger_free(struct pinger *p);

/* Nothing more is sent, and the loop stops; what is in flight stays pending. */
void pinger_stop(struct pinger *p);

/* Every address that lives, in the order of admission: NULL gives the first. */
struct ping_host *pinger_host(const struct pinger *p, const struct ping_host *before);

/* The oldest address was told of to the end and is needed no longer: it must be done. Makes room
 * for further targets. */
void pinger_forget_first(struct pinger *p);

struct pinger_status {
	struct ping_counts counts; /* of all addresses, also those forgotten */
	uint64_t hosts;            /* that were asked */
	uint64_t foreign;          /* packets that came in and answered none of our probes */
	uint64_t troubles;         /* times that this machine had no room for a probe */
	bool all_asked;            /* there are no further targets */
};

void pinger_status(const struct pinger *p, struct pinger_status *out);

#endif
