/* SPDX-License-Identifier: MIT */
#ifndef PROBE_UDP_HOST_H
#define PROBE_UDP_HOST_H

#include "udp_ports.h"

#include "netprobe/probe/host.h"
#include "netprobe/probe/icmp_budget.h"

/*
 * What is asked next of one address, and what its silence means: fed with time and with what came,
 * it gives batches of questions that are to leave in the same instant. It knows neither sockets nor
 * clocks.
 *
 * A batch ends with a control, a port that is almost surely closed. It says at once whether the
 * budget of ICMP errors was gone when the batch arrived; only where it was answered, and the budget
 * had at least one error more than were used, silence of the batch's other ports is evidence.
 * (Without that one a batch whose packets overtake each other would let the control take what a
 * closed port before it was due.)
 *
 * Whoever rejects all but some ports may say that there is no way to them. That is said of the
 * controls, then, and what is silent may be the ports that are let through, or others of which a
 * limit has withheld the same error. A control that is answered so at once shows that no limit did,
 * for the ports that were asked right before it: as long as such answers come, the silent ports are
 * asked again in small batches, each with a control. Those that were silent UDP_EVIDENCE times
 * beside an answered one are open|filtered; the rest is where the controls are, unreachable. What a
 * router says after it has looked for the address for a while is no such answer: it may keep a few
 * datagrams for each address meanwhile, the last ones, and forget the others.
 */
enum { UDP_BATCH = 64 };

#define UDP_PACE (NSEC_PER_SEC / 5000) /* a datagram to one address */

#define UDP_CONTROL UINT32_MAX /* in the place of a cell */

struct udp_ask {
	uint32_t cell; /* or UDP_CONTROL */
	uint16_t port;
	uint8_t question; /* which of the port's; as many as it has: an empty datagram */
};

enum udp_phase { UDP_CALIBRATE, UDP_SWEEP, UDP_PROVE, UDP_DONE };

struct udp_policy {
	nsec_t timeout;   /* longest wait for an answer; 0: from the round-trip time */
	nsec_t delay;     /* between two datagrams */
	nsec_t icmp_wait; /* for UDP_PROVE */
	unsigned retries;
	const struct ports *controls; /* that may be asked as such; NULL: all from 49152 on; empty:
					 only ports that were asked and are closed */
};

/* What is known of one port beyond its struct cell. */
struct udp_cell {
	uint32_t key;     /* of the last datagram; the engine's */
	uint8_t asks;     /* so far */
	uint8_t question; /* the last */
	uint8_t evidence; /* times that it was silent beside a control that was answered */
	uint8_t hints;    /* times that it may have been */
	uint8_t batch;    /* under way in it, + 1 */
	bool suspect;     /* silent when an error was to be had */
	uint32_t held;    /* its place in udp_host.held, + 1 */
};

/*
 * A port whose last question this machine refused to send. A ban of its firewall refuses each time,
 * and so does a rule that drops on the way to the wire, with no room as its ground; a limit of
 * packets, a full table of connections or a queue that is full for a moment let some pass. So it is
 * asked again after a pause, and decided when several tries over a second at least were refused,
 * during which nothing left of what had been refused before.
 */
struct udp_held {
	uint32_t cell;
	nsec_t due;   /* its next try; NSEC_NEVER: under way */
	nsec_t since; /* the first of the tries that count */
	unsigned tries;
	bool banned; /* all of them by the firewall */
	int err;
	struct answer said; /* by a firewall that rejects; state PORT_PENDING: nothing */
};

struct udp_batch;

struct udp_host {
	struct host *host;
	struct udp_ports *ports;
	const struct udp_policy *policy;
	struct udp_cell *cells;
	struct icmp_budget budget;
	enum udp_phase phase;
	uint64_t random;

	uint32_t *left; /* pending cells in the order of asking; decided ones go when it is gone
			   through */
	uint32_t left_count, at;
	uint32_t sweep_at, sweep_end, sweep_passes;
	bool no_way_now;    /* a control was answered so at once, since this pass began */
	bool no_way_before; /* in the pass before: this one asks for evidence of differences */
	nsec_t sweep_due;   /* the next pass */
	uint32_t closed;    /* cells that were proved so */
	uint32_t proved;    /* cells with enough evidence */
	uint32_t suspects;

	struct udp_batch **batches; /* NULL: free */
	uint32_t batch_room, batch_count;
	uint32_t out; /* cells in batches */
	struct udp_held *held;
	uint32_t held_room, held_count;
	nsec_t held_due;
	nsec_t settle_due;
	nsec_t void_before; /* batches sent before are no evidence: answers may have been lost here
			     */

	nsec_t began, pace, last_asked, last_swept, prove_since;
	nsec_t due;           /* when udp_host_next() has something again */
	uint16_t control;     /* the next; 0: not drawn */
	bool control_refused; /* by this machine */
	uint32_t trials,
		mistaken; /* closed ports beside answered controls; of these, silent at first */

	bool heard; /* a port is open, or the address itself said that it has no way */

	/* the engine's */
	struct answer no_way;  /* what a router said of the address; state PORT_PENDING: nothing */
	struct addr answering; /* who sends the errors about controls; family 0: nobody so far */
	nsec_t first_sent;     /* 0: nothing has left */
	bool neighbour_seen;
	uint16_t odd_port; /* that an answer came from which may be another port's */
	struct timer wake;
	struct udp_host *next, *prev, *next_ready, *next_same;
	bool ready;
	void *engine;
};

/* Borrows host and policy. Cells that are decided already are not asked. */
struct udp_host *udp_host_new(struct host *h, struct udp_ports *ports,
	const struct udp_policy *policy, uint64_t seed, nsec_t now);
void udp_host_free(struct udp_host *u);

/*
 * What is to be sent now, as one batch of `most` at the most (at least 1). 0: nothing; then
 * udp_host.phase may be UDP_DONE, else it is to be called again at udp_host.due or after anything
 * has come. *batch names it.
 */
size_t udp_host_next(struct udp_host *u, nsec_t now, struct udp_ask out[static UDP_BATCH],
	size_t most, unsigned *batch);

/* It could not leave in one instant, or not at all: it is no evidence. */
void udp_host_void(struct udp_host *u, unsigned batch);

/* Answers were lost here, nobody knows whose: what silence has proved so far it has not, since slow
 * services answer late. */
void udp_host_lost(struct udp_host *u, nsec_t now);

/* An ICMP error about this port came from wherever: a token of the budget was used. Before the cell
 * is decided. False: the port was not asked. */
bool udp_host_error(struct udp_host *u, uint16_t port, nsec_t now);

/* The same of one that says that there is no way, which is of no budget of the address. */
void udp_host_no_way(struct udp_host *u, uint16_t port, nsec_t now);

/* After a cell was decided, for whatever reason. */
void udp_host_decided(struct udp_host *u, uint32_t cell);

/* The port was silent where its error could not be withheld: what was said of others, it is not
 * meant. */
bool udp_host_differs(const struct udp_host *u, uint32_t cell);

/* Nothing reaches it. */
void udp_host_give_up(struct udp_host *u);

/* Nothing came from the address itself, neither replies nor what counts for its budget of errors.
 */
bool udp_host_is_unheard(const struct udp_host *u);

/*
 * What a cell that is pending in the end becomes. *confidence is in percent, that the port is
 * neither closed nor unreachable.
 *
 * With SILENCE_NO_WAY all that was settled of the address is that a router said of n ports that
 * there is no way to it. A rule for these ports alone may have said so: the rest is not unreachable
 * for certain. If it was the address that was meant, the router's limit has withheld the rest; it
 * is then the share of other ports among those that were settled, none of n, by the same rule of
 * succession as under a limit of the address's own: 1 in n + 2, 33 % at the most, below the 50 % of
 * an address of which nothing is known.
 */
void udp_host_verdict(const struct udp_host *u, uint32_t cell, struct answer *out,
	uint8_t *confidence, enum silence_proof *proof);

/* How long it will take, `each` being what a port of the sweep takes; 0: no limit of ICMP errors
 * holds it up. udp_eta.c */
nsec_t udp_host_left(const struct udp_host *u, nsec_t now, nsec_t each);

uint32_t udp_host_unswept(const struct udp_host *u); /* ports of this pass */

uint32_t udp_host_pending(const struct udp_host *u);
uint32_t udp_host_fresh(const struct udp_host *u); /* of these, those that nothing is known of */

void udp_host_later(struct udp_host *u, nsec_t when); /* udp_host.due is no later than that */

/* udp_held.c */

/* The last question of a port did not leave: `err` is EPERM where the firewall refused it, or for
 * want of room. `lapsed`: when this machine last sent what it had refused before; 0: never. False:
 * that was enough; the port is to be decided. */
bool udp_host_refused(struct udp_host *u, uint32_t cell, int err, nsec_t now, nsec_t lapsed);
/* What our own firewall says of a question that it refuses, before udp_host_refused(). */
void udp_host_rejected(struct udp_host *u, uint32_t cell, const struct answer *a);
/* What a port becomes of which no question ever left. */
void udp_host_refused_verdict(const struct udp_host *u, uint32_t cell, struct answer *out);
/* Its last question left; true: after others were refused. */
bool udp_host_left_machine(struct udp_host *u, uint32_t cell, nsec_t now);
/* The control did not leave: nobody can have answered it. */
void udp_host_control_refused(struct udp_host *u, uint16_t port);
bool udp_held_release(struct udp_host *u, uint32_t cell); /* false: it was not held */
/* Those whose next try is due. */
size_t udp_ask_held(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch);

/* udp_asks.c */
enum udp_wanted { UDP_FRESH, UDP_SUSPECTS, UDP_ANY };

bool udp_is_free(const struct udp_host *u, uint32_t cell);

/* Goes round through what is left, so that each has its turn. */
size_t udp_collect(struct udp_host *u, enum udp_wanted what, size_t most, uint32_t out[]);
void udp_compact(struct udp_host *u); /* forgets what is decided */

/* False: no port could be asked as a control; it may be another matter once one is closed. */
bool udp_has_control(const struct udp_host *u);
/* The next batch has one; false: those that there are are under way. */
bool udp_draw_control(struct udp_host *u);

/* One batch of these, and a control behind them, where there is one. Returns how many questions
 * that makes. */
size_t udp_ask_all(struct udp_host *u, nsec_t now, const uint32_t cells[], size_t count,
	bool control, struct udp_ask out[], unsigned *batch);

/* udp_batches.c */
struct udp_batch *udp_batch_begin(struct udp_host *u, nsec_t now, unsigned *index);
void udp_batch_add(struct udp_host *u, unsigned index, uint32_t cell);
void udp_batch_control(struct udp_host *u, unsigned index, uint16_t port);
bool udp_batch_has_control(const struct udp_host *u, uint16_t port); /* under way */
bool udp_controls_out(const struct udp_host *u); /* some that may still be answered */
bool udp_batch_control_answered(struct udp_host *u, uint16_t port, nsec_t now);
/* It replied: it is as if there had been none. False: the port is none. */
bool udp_batch_control_replied(struct udp_host *u, uint16_t port);
/* That there is no way to it; true: at once, and the port is one under way. */
bool udp_batch_control_no_way(struct udp_host *u, uint16_t port, nsec_t now);
/* As if there had been none; false: the port is none. */
bool udp_batch_drop_control(struct udp_host *u, uint16_t port);
void udp_batch_answered(struct udp_host *u, uint32_t cell); /* by an ICMP error */
void udp_batch_no_way(struct udp_host *u, uint32_t cell);
void udp_batch_left(struct udp_host *u, uint32_t cell); /* it is decided: nothing is waited for */
void udp_batches_settle(struct udp_host *u, nsec_t now);
void udp_batches_free(struct udp_host *u);
nsec_t udp_host_timeout(const struct udp_host *u);

enum {
	UDP_EVIDENCE = 2, /* enough */
	UDP_TOKENS = 2,   /* for a batch that is evidence */
};

#endif
