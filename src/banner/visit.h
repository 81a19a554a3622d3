/* SPDX-License-Identifier: MIT */
#ifndef BANNER_VISIT_H
#define BANNER_VISIT_H

#include "dialogue.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/banner/machine.h"
#include "netprobe/event/cwnd.h"
#include "netprobe/event/pacer.h"
#include "netprobe/net/resolve.h"

/*
 * A visit is one session: what is asked of one port, over as many connections as that takes.
 * visit.c keeps its life, ways.c whom it asks, talk.c what is said, outcome.c what the end means;
 * wire.c moves the bytes, with or without TLS; grabber.c has many visits at once.
 */

enum {
	RAW_MAX = 2048,      /* kept of what the service says first; enough to recognise it by */
	CONNECTIONS_MAX = 8, /* of one visit, redirects apart */
	WIRE_EXTRA = 128 * 1024, /* TLS around the bytes that are allowed: certificates, records */
};

/* One way of asking. */
enum way_kind {
	WAY_LISTEN,  /* say nothing: who is it? */
	WAY_HELLO,   /* a ClientHello alone: is it TLS? */
	WAY_MACHINE, /* as the protocol's client */
};

struct way {
	enum way_kind kind;
	enum protocol_id proto;
	bool tls; /* wrapped */
	enum grab_ground ground;
};

enum visit_phase {
	VISIT_STARTING,
	VISIT_CONNECTING,
	VISIT_SECURING,
	VISIT_TALKING,
	VISIT_RESOLVING
};

/* Why a conversation ended. */
enum visit_end {
	END_DONE,     /* all was said */
	END_CLOSED,   /* by the other side */
	END_SILENCE,  /* no (further) answer in time */
	END_DEADLINE, /* of the whole visit */
	END_BYTES,    /* more than is allowed */
	END_LINES,
	END_TLS, /* the handshake failed */
};

/* A lookup for a redirect: outlives the visit, if it has to. */
struct lookup {
	struct visit *visit; /* NULL: nobody waits any more */
	struct lookup *next, *prev;
};

struct visit {
	struct grabber *grabber;
	struct visit *next, *prev; /* under way; or to be freed */
	struct grab grab;
	struct timer timer;
	nsec_t started, deadline;
	bool over;

	/* whom to ask, and how */
	char *host, *path; /* as ordered; the path of a redirect takes its place */
	char *name;        /* asked name, NULL: by address */
	char *scheme;      /* as ordered, as is `url` */
	struct strbuf url;
	struct addr to; /* of this connection */
	struct way way;
	uint32_t tried; /* machines, by protocol; upper half: inside TLS */
	unsigned redirects;
	char **redirect_urls;
	struct lookup *lookup;

	/* the connection */
	enum visit_phase phase;
	struct watch watch;
	int fd; /* -1: none */
	unsigned generation;
	struct tls *tls;
	bool tls_ready, tls_wanted; /* wanted: waits for a place */
	bool upgrading;
	struct strbuf out; /* for the socket */
	nsec_t connecting, stands, securing;
	nsec_t trouble_since;
	uint64_t heard;             /* bytes of the service on this connection */
	uint64_t wire;              /* bytes of the socket on all connections */
	struct visit *next_waiting; /* for a place among the TLS */

	/* what was said */
	struct machine_setup setup;
	struct machine *machine;
	struct machine *kept; /* of a connection before, where it had something to tell */
	struct tls_facts tls_facts;
	bool has_tls_facts;
	enum grab_ground tls_ground; /* why it was spoken */
	struct strbuf raw;
	struct strbuf detail;
	struct dialogue *dialogue; /* NULL: nobody listens */
};

/* Added, and not begun: what it takes to begin it. */
struct queued {
	struct queued *next;
	struct addr addr;
	void *user;
	char host[];
};

struct grabber {
	struct loop *loop;
	struct grabber_options options;
	struct grabber_events events;
	struct grabber_status status;
	struct tls_context *tls;   /* made with the first use */
	struct resolver *resolver; /* likewise */
	struct watch resolver_watch;
	struct lookup *lookups;
	struct visit *live, *dead;
	struct queued *queue_first, **queue_last;
	struct visit *tls_first, **tls_last; /* wait for a place */
	unsigned tls_live;
	unsigned connecting, bound;
	enum grabber_limit bound_by;
	struct timer wake; /* there is something new to begin */
	struct cwnd cwnd;
	struct pacer pacer;
	nsec_t pause;
	bool orders_done, idle_told, stopping;
};

/* visit.c: its life */
struct visit *visit_new(struct grabber *g, const struct grab_order *order);
void visit_free(struct visit *v);
void visit_begin(struct visit *v, nsec_t now);
void visit_wait(struct visit *v, nsec_t when); /* not beyond the deadline */
void visit_expired(struct timer *timer, nsec_t now);
void visit_another_connection(struct visit *v, nsec_t now);
void visit_drop_machine(struct visit *v); /* it is kept where it has told something */
uint32_t visit_tried_bit(enum protocol_id id, bool tls);
void visit_finish(struct visit *v, enum grab_state state, nsec_t now);
void visit_note(struct visit *v, nsec_t now, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void visit_detail(struct visit *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* for ways.c: the way and the address are set anew */
void visit_reopen(struct visit *v, nsec_t now);
void visit_look_up(struct visit *v, const char *name, nsec_t now);
void visit_resolved(struct visit *v, const struct resolution *r, nsec_t now);

/* what wire.c tells: talk.c and, of the end, outcome.c */
void visit_connected(struct visit *v, nsec_t now);
void visit_secured(struct visit *v, nsec_t now);
void visit_heard(struct visit *v, const void *bytes, size_t len, nsec_t now);
void visit_refused(struct visit *v, int err, const struct sock_error *icmp, nsec_t now);
void visit_ended(struct visit *v, enum visit_end end, nsec_t now);

/* wire.c */
void wire_open(struct visit *v, nsec_t now);
void wire_close(struct visit *v);
void wire_say(struct visit *v, const void *bytes, size_t len, nsec_t now);
void wire_say_raw(struct visit *v, const void *bytes, size_t len); /* no part of the dialogue */
/* TLS from here on; what the machine holds already belongs to it. Waits for a place where there is
 * none. */
void wire_secure(struct visit *v, nsec_t now);
void wire_secure_now(struct visit *v, nsec_t now); /* a place has come free */

/* grabber.c */
struct tls_context *grabber_tls(struct grabber *g);
bool grabber_tls_place(struct visit *v); /* false: queued */
void grabber_tls_leave(struct visit *v);
int grabber_resolve(struct visit *v, const char *name); /* 0 or -errno */
void grabber_connected(struct visit *v, bool answered, bool resent, nsec_t now);
void grabber_trouble(struct grabber *g, int err, nsec_t now);
void grabber_over(struct visit *v); /* ended: told, and to be freed */
/* Another connection of a visit counts in the rate, and does not wait for it. */
void grabber_another(struct grabber *g, nsec_t now);

#endif
