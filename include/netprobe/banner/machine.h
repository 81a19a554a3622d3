/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_MACHINE_H
#define NETPROBE_BANNER_MACHINE_H

#include "netprobe/banner/protocols.h"
#include "netprobe/base/clock.h"
#include "netprobe/base/facts.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One side of a conversation, without sockets and without a clock: bytes in, facts and bytes out.
 * The same bytes give the same facts and the same words, however they are cut: a machine looks at
 * whole units only (a line, a packet), and what is not a unit yet waits here.
 */

/* What is known before the first byte. Texts are borrowed, and outlive the machine. */
struct machine_setup {
	const char *name;       /* that was asked for: HTTP's Host; NULL: by address */
	struct addr peer, self; /* with ports; self of family 0 where not known */
	const char *path;       /* HTTP: path and query; NULL: "/" */
	unsigned round;         /* connections that this machine has had before (MACHINE_AGAIN) */
	bool secure;            /* TLS from the first byte on */
	bool upgrade;           /* STARTTLS and the like, where they are offered */
	bool get;               /* HTTP: GET at once, for the title */
	size_t line_limit;      /* lines in all; 0: no limit */
};

enum machine_want {
	MACHINE_MORE,     /* bytes */
	MACHINE_UPGRADE,  /* TLS on this connection; then machine_secured(). What was not used yet
			     belongs to TLS. */
	MACHINE_AGAIN,    /* another connection, with setup.round one higher */
	MACHINE_DONE,     /* nothing more is to be learned or said */
	MACHINE_MISMATCH, /* something else speaks there */
};

struct protocol;

struct machine {
	const struct protocol *protocol;
	const struct machine_setup *setup;
	struct facts facts;
	struct strbuf say; /* to be sent, in order; whoever sends it resets it */
	enum machine_want want;
	bool complete;   /* what the protocol has to tell is known; the rest is a farewell */
	bool secure;     /* TLS stands */
	bool skipping;   /* the rest of a line that was too long */
	bool line_cut;   /* the line that machine_line() gave last was too long */
	bool over_limit; /* of lines */
	bool wants_tls;  /* it says that it speaks TLS only */
	size_t lines;
	const char *detail; /* a remark for people, static; or NULL */
	struct strbuf held; /* received, not used yet */
	void *state;        /* protocol->state_size bytes, zeroed */
};

/* A protocol: a constant table. Only `step` has to be there. */
struct protocol {
	enum protocol_id id;
	const char *name;
	bool server_first; /* the server speaks first */
	const char *alpn;  /* NULL: none is offered */
	nsec_t quiet;      /* so long a silence after the first byte ends the greeting; 0: nothing
			      does but what it says */
	size_t state_size;
	const struct fact_def *facts;
	size_t fact_count;

	void (*start)(struct machine *m); /* the connection stands (with TLS where setup.secure) */
	/* Looks at all bytes that were not used yet, uses one unit, or none where it is not whole:
	 * returns how many bytes it used. May add to m->say, set m->want, m->complete. It is called
	 * again while it uses bytes and wants MACHINE_MORE. It may not let what stands behind the
	 * unit influence what it makes of it. */
	size_t (*step)(struct machine *m, const uint8_t *bytes, size_t len);
	void (*secured)(struct machine *m); /* after MACHINE_UPGRADE */
	/* The peer closed, or a limit or the time ended it: a last look at what was not used. May
	 * set m->complete, or m->want to MACHINE_AGAIN or MACHINE_MISMATCH. */
	void (*ended)(struct machine *m, const uint8_t *bytes, size_t len);
	void (*release)(struct machine *m); /* what the state owns */
	/* Appends what a row of a table has room for: "nginx/1.22.1, 200 OK". Escaped. */
	void (*headline)(const struct facts *f, struct strbuf *out);
};

struct machine *machine_new(const struct protocol *protocol, const struct machine_setup *setup);
void machine_free(struct machine *m); /* NULL is fine */

enum machine_want machine_start(struct machine *m);
/* Returns m->want. Once that is not MACHINE_MORE the rest stays in m->held. */
enum machine_want machine_feed(struct machine *m, const void *bytes, size_t len);
enum machine_want machine_secured(struct machine *m);
enum machine_want machine_ended(struct machine *m);

/*
 * For steps of line protocols. Returns bytes used, 0 where no line is whole. *line, *line_len: the
 * line without its CRLF or LF. Of a line beyond MACHINE_LINE_MAX the beginning is given
 * (m->line_cut), the rest is passed over. *line is NULL where bytes were used without a line. The
 * line beyond setup.line_limit sets m->over_limit and MACHINE_DONE.
 */
enum { MACHINE_LINE_MAX = 8192 };
size_t machine_line(
	struct machine *m, const uint8_t *bytes, size_t len, const char **line, size_t *line_len);

#endif
