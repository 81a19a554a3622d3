/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_HOST_H
#define NETPROBE_PROBE_HOST_H

#include "netprobe/event/cwnd.h"
#include "netprobe/event/pacer.h"
#include "netprobe/event/rtt.h"
#include "netprobe/event/timers.h"
#include "netprobe/net/ports.h"
#include "netprobe/probe/result.h"

/* What is known of one port of one address; 16 bytes, since there are 65,535 of them. */
struct cell {
	uint8_t state;    /* enum port_state */
	uint8_t reason;   /* enum port_reason */
	uint8_t attempts; /* probes that left */
	uint8_t icmp_type, icmp_code;
	uint8_t err;   /* errno of this machine, where that is the ground */
	uint16_t from; /* index into the host's witnesses; 0: nobody */
	uint32_t rtt_us;
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
 * one by one, in case a rate limit withheld the answer; DONE    what is still silent is filtered
 * (reason timeout), or unproved where the passes did not come to agree.
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

	enum host_phase phase;
	unsigned round;  /* probes that every silent port has had; 0 during the first two passes */
	uint32_t unsent; /* ports never asked */
	uint32_t young;  /* probes under way for less than their timeout: what the window counts */
	uint32_t under_way;      /* all probes under way */
	struct cell_queue queue; /* ports to ask next */
	uint32_t answered,
		lost;   /* by TCP: SYN-ACKs and RSTs; probes that got none before one did */
	uint32_t found; /* of the answers, those since the round began */
	uint32_t icmp_answers;
	uint16_t icmp_witness;  /* who limits, perhaps */
	bool unsettled;         /* the passes did not come to agree */
	nsec_t neighbour_asked; /* when the route was looked up */
	bool neighbour_silent;  /* what it said */
	bool neighbour_dead;    /* ARP or ND unanswered: nothing can reach it */

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
	void *user; /* whose engine's events it reaches */
};

/* `ports` is borrowed when addr.port is 0, else the host asks that one port only. */
struct host *host_new(const char *name, const struct addr *addr, const struct ports *ports);
void host_free(struct host *h);

uint16_t host_port(const struct host *h, uint32_t cell);

void host_push(struct host *h, uint32_t cell);
bool host_pop(struct host *h, uint32_t *cell);
uint32_t host_peek(const struct host *h); /* what host_pop() gives next; the queue is not empty */

/* Writes an answer into a cell that was pending; `elapsed` is the program's measure where there is
 * no other. */
void host_decide(struct host *h, uint32_t cell, const struct answer *a, nsec_t elapsed);

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
