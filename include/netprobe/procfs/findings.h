/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_FINDINGS_H
#define NETPROBE_PROCFS_FINDINGS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/socket_list.h"

/*
 * What the states of sockets mean, and which of them look wrong. Pure: what is judged is handed in.
 * Nothing is claimed that the data does not show; each threshold stands in findings.c with its
 * reason.
 */

/* What the state means, in a sentence without a full stop, for this protocol. */
const char *state_meaning(enum socket_proto proto, enum socket_state state);

enum finding_kind {
	FINDING_CLOSE_WAIT,    /* the peer has closed, the program has not, for a minute */
	FINDING_SYN_SENT,      /* nobody answers */
	FINDING_ACCEPT_QUEUE,  /* it fills, or is full */
	FINDING_TIME_WAIT,     /* to one peer: near the end of the ephemeral range */
	FINDING_FIN_WAIT2,     /* orphans: the peer does not close */
	FINDING_ALL_ADDRESSES, /* listens on all, used from this machine only */
	FINDING_IPV4_ONLY,
	FINDING_IPV6_ONLY,
	FINDING_LOW_PORT, /* below 1024, held by an ordinary user */
	FINDING_STUCK,    /* data is sent again and again, or the peer's window stays shut */
	FINDING_UNREAD,   /* the program does not read what came */
	FINDING_DROPS,    /* a UDP socket's buffer was full */
	FINDING_KINDS,
};

enum finding_severity { FINDING_NOTE, FINDING_WARNING, FINDING_BAD };

/* "close-wait-stays" and the like: what JSON calls it. */
const char *finding_id(enum finding_kind kind);

struct finding {
	enum finding_kind kind;
	enum finding_severity severity;
	size_t first;    /* index in the list of the first socket it is about */
	size_t *sockets; /* all of them, ascending */
	size_t count;
	char *group;          /* whose it is: the owner's name as given, or NULL */
	char *summary, *next; /* what is seen; what to do. Sentences without a full stop, not
				 escaped */
};

struct findings {
	struct finding *items;
	size_t count;
};

/* What the machine is like; all of it can be made up by a test. */
struct findings_context {
	uint32_t first_port, last_port; /* net.ipv4.ip_local_port_range */
	uint32_t unprivileged_port;     /* net.ipv4.ip_unprivileged_port_start */
	/* net.ipv4.tcp_syn_linear_timeouts: so many SYNs are sent again after a second each before
	 * the wait doubles; 0 before Linux 6.5 */
	uint32_t syn_linear_timeouts;
	uint64_t listen_overflows; /* TcpExt ListenOverflows since boot; 0 also where not known */
	/* Who holds the socket: a name for people, NULL for unknown; lasts as long as the list. */
	const char *(*owner)(void *user, const struct socket_entry *e);
	void *user;
};

/* Reads the numbers from PROC/sys/net and PROC/net/netstat; Linux's defaults where it cannot. */
void findings_context_read(struct findings_context *out, const char *proc);

/*
 * Worst first, then in the order of the kinds, then by the first socket. The list has to hold every
 * socket of the namespace, whatever is shown of them: one that is not in it counts as not there
 * ("nothing listens for IPv6").
 */
void findings_look(const struct socket_list *list, const struct findings_context *context,
	struct findings *out);
void findings_release(struct findings *f);

#endif
