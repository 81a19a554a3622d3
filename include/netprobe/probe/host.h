/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_HOST_H
#define NETPROBE_PROBE_HOST_H

#include "netprobe/base/facts.h"
#include "netprobe/event/cwnd.h"
#include "netprobe/event/pacer.h"
#include "netprobe/event/rtt.h"
#include "netprobe/event/timers.h"
#include "netprobe/net/ports.h"
#include "netprobe/probe/result.h"

/* On what ground a silent UDP port is called open|filtered. */
enum silence_proof {
	SILENCE_NOT_PROVED, /* the budget of ICMP errors was gone, or time */
	SILENCE_NO_ERRORS,  /* no port-unreachable came from the address */
	SILENCE_BESIDE,     /* a closed port that was asked in the same instant was answered */
	SILENCE_NO_WAY,     /* nothing came from the address, but of other ports a router said that
			       there is no way: its limit may have withheld the rest */
};

/* What is known of one port of one address; 16 bytes, since there are 65,535 of them. */
struct cell {
	uint8_t state;    /* enum port_state */
	uint8_t reason;   /* enum port_reason */
	uint8_t attempts; /* probes that left */
	uint8_t icmp_type, icmp_code;
	uint8_t err;   /* errno of this machine, where that is the ground */
	uint16_t from; /* index into the host's witnesses; 0: nobody */
	uint32_t rtt_us;
	uint8_t confidence; /* percent, of PORT_OPEN_FILTERED: that it is neither closed nor
			       unreachable */
	uint8_t proof;      /* enum silence_proof */
};

struct query;

enum { REPLY_START = 32 };

/* What a UDP service replied. */
struct port_reply {
	uint32_t cell;
	const struct query *query; /* NULL: it was not understood */
	struct facts facts;
	/* of what was not understood */
	uint32_t bytes;
	uint8_t start_len, start[REPLY_START];
};

/* First in, first out; grows as needed. Zeroed: empty. */
struct cell_queue {
	uint32_t *items;
	uint32_t head, count, room;
};

/*
 * How the silent ports of an address are dealt with, in this order:
 * ROUNDS  every port is asked, and asked again, until two passes agree: until a pass over the
 * silent ports brings no answer, and the loss that was seen makes it improbable that one was
 * missed; SLOW    somebody answered with ICMP errors and other ports stayed silent: they are asked
 * one by one, in case a rate limit withheld the answer, unless it is that nobody has the address;
 * DONE    what is still silent is filtered (reason timeout), or unproved where the passes did not
 * come to agree.
 */
enum host_phase { HOST_ROUNDS, HOST_SLOW, HOST_DONE };

struct host_policy {
	unsigned attempts; /* at the most, for a silent port */
	nsec_t icmp_wait;  /* how long HOST_SLOW may take */
};

struct host {
	char *name; /* as given */
	struct addr addr;
	const struct ports *ports;
	struct ports *own_ports; /* freed with the host; NULL when shared */
	struct cell *cells;
	uint32_t count, decided;
	struct addr *witnesses; /* [0] is nobody */
	uint16_t witness_count;
	/* UDP: the limit of ICMP errors that was met; icmp_interval 0: none */
	unsigned icmp_burst;
	nsec_t icmp_interval;
	uint32_t no_way, no_way_cell; /* UDP: ports of which a router said that there is no way;
				       * the last of them */
	unsigned controls, controls_replied; /* UDP: random ports that were asked, that replied */
	uint16_t closed_port; /* UDP: one that the target itself said to be closed, whether it is
			       * to be scanned or not; 0: none known */
	struct port_reply *replies; /* HOST_REPLIES_MAX at the most */
	uint32_t reply_count;

	enum host_phase phase;
	unsigned round;  /* probes that every silent port has had; 0 during the first two passes */
	uint32_t unsent; /* ports whose turn has not come yet */
	uint32_t young;  /* probes under way for less than their timeout: what the window counts */
	uint32_t under_way;      /* all probes under way */
	struct cell_queue queue; /* ports to ask next */
	uint32_t answered,
		lost;   /* by TCP: SYN-ACKs and RSTs; probes that got none before one did */
	uint32_t found; /* of the answers, those since the round began */
	uint32_t icmp_answers;
	uint16_t icmp_witness; /* who limits, perhaps */
	bool suspect;          /* see host_suspect_limit() */
	bool nobody;    /* the first sign was that a router, after some time, found nobody there */
	bool unsettled; /* the passes did not come to agree */
	nsec_t neighbour_asked;              /* when the route was looked up */
	bool neighbour_silent;               /* what it said */
	bool neighbour_missing;              /* the same: the kernel knows of none */
	bool neighbour_dead;                 /* ARP or ND unanswered: nothing can reach it */
	bool beyond;                         /* as next_hop.beyond */
	struct addr next_hop;                /* family 0: not known */
	unsigned interface;                  /* of it */
	nsec_t asked_at;                     /* first of all */
	uint32_t listening, first_listeners; /* the engine's, see engine_late.c */
	bool rests;

	struct rtt rtt;
	struct cwnd cwnd;
	struct pacer pacer; /* --delay */
	struct timer wake;
	nsec_t started, trouble_since;
	uint32_t slow_silent; /* questions in a row that brought nothing */
	nsec_t slow_since, slow_answer, slow_due, slow_interval;

	struct host *next, *prev; /* all that live */
	struct host *next_ready;
	bool ready; /* stands in the engine's line of hosts with work */
	void *engine;
	bool control; /* engine_target.control */
	void *user;   /* whose engine's events it reaches */
};

/* `ports` is borrowed, and not used when addr.port is not 0: then the host asks that one port only.
 */
struct host *host_new(const char *name, const struct addr *addr, const struct ports *ports);
/* Right after host_new(): these instead of the borrowed ones; they are freed with the host. Not
 * used where the host asks one port only. */
void host_own_ports(struct host *h, struct ports *ports);
void host_free(struct host *h);

uint16_t host_port(const struct host *h, uint32_t cell);

void host_push(struct host *h, uint32_t cell);
bool host_pop(struct host *h, uint32_t *cell);
uint32_t host_peek(const struct host *h); /* what host_pop() gives next; the queue is not empty */

/* TCP: whose limit of ICMP errors may have withheld what would have been said of a silent port;
 * family 0: somebody's, it is not known whose; NULL: nobody's. */
const struct addr *host_limiter(const struct host *h);
/* Nothing came from the address, but `router` (NULL: it is not known which) said of others that
 * there is no way to them. */
void host_suspect_limit(struct host *h, const struct addr *router);

/* Writes an answer into a cell that was pending; `elapsed` is the program's measure where there is
 * no other. */
void host_decide(struct host *h, uint32_t cell, const struct answer *a, nsec_t elapsed);

enum { HOST_REPLIES_MAX = 4096 };

/* What a service replied, before its port is decided; takes the facts over. */
void host_replied(struct host *h, uint32_t cell, const struct query *query, struct facts *facts);

/* The same of words that are nobody's: `whole` bytes, of which `len` are there. */
void host_heard(struct host *h, uint32_t cell, const uint8_t *bytes, size_t len, size_t whole);

/* The reply that made the port open; NULL: none (not UDP, or from an earlier run, or one of too
 * many). */
const struct port_reply *host_reply(const struct host *h, uint32_t cell);

/* Before the first question: the port was decided in an earlier run; it is not asked. */
void host_knew(struct host *h, uint32_t cell, enum port_state state, enum port_reason reason);

/* A run is given up before it was clear what the port is worth: it is pending again. */
void host_forget(struct host *h, uint32_t cell);

/* Who said what stands in the cell; NULL: nobody. */
const struct addr *host_witness(const struct host *h, const struct cell *cell);

/*
 * To be called when nothing is under way or waiting: queues what is to be asked next, or says
 * HOST_DONE. Returns the phase.
 */
enum host_phase host_advance(struct host *h, const struct host_policy *policy, nsec_t now);

/* HOST_SLOW: what the last question brought sets the pace; and when to stop asking. */
void host_slow_result(struct host *h, bool answered, nsec_t now);
bool host_slow_over(const struct host *h, const struct host_policy *policy, nsec_t now);

/* The share of probes that were lost on the way, from the ports that answered at all. */
double host_loss(const struct host *h);

/* True when what the passes brought makes a missed port improbable (below 1 in 1,000 for the whole
 * address). */
bool host_passes_agree(const struct host *h);

#endif
