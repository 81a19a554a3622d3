/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_GRAB_H
#define NETPROBE_BANNER_GRAB_H

#include "netprobe/banner/protocols.h"
#include "netprobe/banner/tls.h"
#include "netprobe/base/clock.h"
#include "netprobe/base/facts.h"
#include "netprobe/net/addr.h"
#include "netprobe/net/sock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was found behind one port: the `banner` record. */

enum grab_state {
	GRAB_OK,
	GRAB_SILENT,   /* accepts, and says nothing within its time */
	GRAB_CLOSED,   /* closed before a byte, or before what it has to tell was told */
	GRAB_REFUSED,  /* no connection: somebody, or this machine, said no */
	GRAB_TIMEOUT,  /* no connection: nobody said anything; or it spoke, and did not get done in
			  time */
	GRAB_MISMATCH, /* something else answers than was asked for */
	GRAB_STATES,
};

/* What decided that it is (or should be) the protocol. */
enum grab_ground {
	GROUND_NONE,     /* nothing: unknown */
	GROUND_SCHEME,   /* ssh://, https:// */
	GROUND_OPTION,   /* --proto */
	GROUND_PORT,     /* the port's usual protocol, and the answer bears it out */
	GROUND_GREETING, /* the server spoke first */
	GROUND_TLS,      /* it was silent, and answered when TLS was offered */
	GROUND_HTTP,     /* it was silent, and answered an HTTP request */
	GROUND_ANSWER,   /* it answered something else in another protocol's words */
	GRAB_GROUNDS,
};

/* The words of the `state` and `decided_by` fields. GROUND_NONE: NULL. */
const char *grab_state_name(enum grab_state state);
const char *grab_ground_name(enum grab_ground ground);

/* Nanoseconds, negative where the phase did not take place. */
struct grab_phases {
	nsec_t resolve; /* the lookup of the name */
	nsec_t connect; /* SYN to SYN-ACK by the kernel's measure, or with lost SYNs the program's
			 */
	nsec_t tls;     /* the handshake */
	nsec_t first_byte; /* from the connection (or the TLS that wraps it) to the service's first
			      byte */
	nsec_t total; /* from the first connect() to the end, all connections; with the lookup */
};

/* Everything is borrowed from the session, which ends after the event. The phases, TLS and facts
 * are those of the last connection that brought something. */
struct grab {
	const char *host; /* as given */
	const char *url;  /* the URL as asked, with its port; NULL: it was none */
	struct addr addr; /* with port */
	void *user;       /* as in the order */
	enum grab_state state;
	enum protocol_id proto; /* what speaks there */
	enum protocol_id asked; /* by scheme or option, else PROTOCOL_UNKNOWN */
	enum grab_ground ground;
	const struct facts *facts;   /* of `proto`, by protocol_of(proto)->facts; NULL */
	const struct tls_facts *tls; /* NULL: no TLS */
	bool upgraded;               /* TLS came by STARTTLS or the like */
	const char *detail;          /* for people; NULL */
	int err;                     /* refused, timeout: errno of connect(2); 0: silence */
	bool has_icmp;               /* then `icmp` ended the attempt */
	struct sock_error icmp;
	struct grab_phases phases;
	const char *raw; /* what the service said first, plain; capped */
	size_t raw_len;
	bool raw_cut;      /* there was more of it */
	uint64_t received; /* bytes of the service, all connections */
	unsigned connections;
	const char *limit; /* "bytes", "lines", "time", "redirects": what cut it short; NULL */
	const char *const *redirects; /* "301 https://..." in order */
	size_t redirect_count;
};

/* With the dialogue: who said what, when. */
enum grab_voice { VOICE_NOTE, VOICE_SENT, VOICE_RECEIVED };

#endif
