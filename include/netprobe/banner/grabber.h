/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_GRABBER_H
#define NETPROBE_BANNER_GRABBER_H

#include "netprobe/banner/grab.h"
#include "netprobe/event/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Many sessions at once: each connects, finds out what speaks there, asks it, and is done with by
 * its deadline, whatever the other side does. Bounded by sockets, not by what is asked.
 */
struct grabber;

struct grab_order {
	const char *host;   /* as given; copied. A name is also SNI, Host, and what the
			       certificate has to be for, unless options.name is set */
	struct addr addr;   /* with port */
	const char *scheme; /* of a URL, or NULL; copied, as is the path */
	const char *path;   /* path and query of a URL, or NULL */
	nsec_t resolve;     /* what the lookup took; negative: none was needed */
	void *user;
};

struct grabber_options {
	enum protocol_id proto; /* asked for; PROTOCOL_UNKNOWN: find out */
	bool tls;               /* wrapped in TLS, whatever the port says */
	bool no_tls;            /* TLS is neither spoken nor offered nor upgraded to */
	bool get;               /* HTTP: GET at once */
	bool follow;            /* redirects */
	unsigned redirects;     /* at the most */
	bool numeric;           /* redirects to names are not followed: nothing is looked up */
	int family;             /* of redirects' names: 4, 6, 0 */
	const char *name;       /* asked name in the place of the host; NULL */
	const char *ca_file;    /* more roots; NULL */
	nsec_t connect_timeout;
	nsec_t timeout;              /* for each answer */
	nsec_t listen;               /* how long an unknown server may take to speak first */
	nsec_t deadline;             /* of a session in all */
	size_t max_bytes, max_lines; /* of a session */
	unsigned parallel;           /* sessions at once; 0: as files and local ports allow */
	unsigned spare_files;        /* that others in this process need */
	double rate;                 /* connections a second; 0: no limit */
	bool dialogue;               /* events.said is wanted */
};

struct grabber_events {
	/* 1: *out is the next order; 0: there are no more; -EAGAIN: not yet, the loop will be
	 * woken. NULL where orders come by grabber_add() alone. */
	int (*next)(void *user, struct grab_order *out);
	void (*done)(void *user, const struct grab *g);
	/* One line, without its end; `at` since the session's start. */
	void (*said)(void *user, const struct grab *g, enum grab_voice voice, const char *line,
		size_t len, nsec_t at);
	/* Is the address, to which HTTP redirects, left out? NULL: none is. */
	bool (*excluded)(void *user, const struct addr *addr);
	/* `next` said 0, and every session has ended. */
	void (*idle)(void *user);
	void *user;
};

enum grabber_limit {
	GRABBER_UNLIMITED,
	GRABBER_FILES,
	GRABBER_PORTS,
	GRABBER_PARALLEL,
	GRABBER_RATE,
	GRABBER_WINDOW,
	GRABBER_TLS,
	GRABBER_NAMES,
	GRABBER_WAITING,
	GRABBER_LOCAL
};

struct grabber_status {
	uint64_t done;
	uint64_t troubles; /* connections that this machine could not begin at first */
	int last_trouble;  /* errno */
	unsigned under_way, sockets;
	size_t queued; /* added, and not begun */
	enum grabber_limit limit;
};

/* The defaults that both the command's options and a scan with --banner begin with. */
void grabber_defaults(struct grabber_options *o);

/* Borrows the loop and joins its send part; texts of the options are borrowed. NULL: `why` says
 * what is wrong (a CA file that cannot be read). */
struct grabber *grabber_new(struct loop *loop, const struct grabber_options *options,
	const struct grabber_events *events, struct strbuf *why);
void grabber_free(struct grabber *g);

/* An order beside those of `next`: no scheme, no path, no lookup. `host` is copied. */
void grabber_add(struct grabber *g, const char *host, const struct addr *addr, void *user);
/* Nothing more begins; what is under way is dropped without an event. */
void grabber_stop(struct grabber *g);
void grabber_status(const struct grabber *g, struct grabber_status *out);

#endif
