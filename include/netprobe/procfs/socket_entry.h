/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_SOCKET_ENTRY_H
#define NETPROBE_PROCFS_SOCKET_ENTRY_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One socket of this machine, whoever told of it: /proc/net (proc(5)) or sock_diag(7). */

enum socket_proto {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_UDPLITE,
	SOCKET_RAW,
	SOCKET_ICMP, /* "ping" sockets: SOCK_DGRAM with IPPROTO_ICMP (icmp(7)) */
	SOCKET_UNIX,
	SOCKET_PROTOS,
};

/* The kernel's numbers (include/net/tcp_states.h), which all protocols use: a bound UDP socket is
 * CLOSE, a connected one ESTABLISHED. 0 is none. */
enum socket_state {
	SOCKET_ESTABLISHED = 1,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT1,
	SOCKET_FIN_WAIT2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_STATES,
};

#define SOCKET_BIT(state) (1U << (state))
#define SOCKET_ALL_STATES (SOCKET_BIT(SOCKET_STATES) - 2)
#define SOCKET_ALL_PROTOS ((1U << SOCKET_PROTOS) - 1)
/* What is neither waiting for others nor a remainder: what ss calls connected, less SYN_RECV and
 * TIME_WAIT. */
#define SOCKET_CONNECTED                                                                           \
	(SOCKET_ALL_STATES & ~(SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSE) |              \
				     SOCKET_BIT(SOCKET_TIME_WAIT) | SOCKET_BIT(SOCKET_SYN_RECV)))

/* The timer that runs; the numbers of /proc/net/tcp and struct inet_diag_msg. */
enum socket_timer {
	SOCKET_TIMER_NONE,
	SOCKET_TIMER_RETRANSMIT,
	SOCKET_TIMER_KEEPALIVE,
	SOCKET_TIMER_TIME_WAIT,
	SOCKET_TIMER_PROBE, /* zero window */
	SOCKET_TIMERS,
};

/* (uid_t)-1, which is nobody's. */
#define SOCKET_UID_NOT_TOLD UINT32_MAX

/* What TCP_INFO knows beyond the row (tcp(7), struct tcp_info). Times in nanoseconds. */
struct tcp_facts {
	nsec_t rtt, rttvar, min_rtt, rto;          /* min_rtt 0: not known */
	nsec_t last_sent, last_received, last_ack; /* so long ago */
	uint32_t cwnd, ssthresh, mss;              /* segments, segments, bytes */
	uint32_t unacked, lost, retransmits;       /* segments; retransmits since the start */
	uint64_t bytes_sent, bytes_acked, bytes_received, bytes_retransmitted;
	uint64_t pacing_rate,
		delivery_rate; /* bytes a second; UINT64_MAX: no pacing; 0: not known */
	nsec_t busy, rwnd_limited, sndbuf_limited;
	char congestion[16]; /* algorithm; empty where it was not told */
};

struct socket_entry {
	uint8_t proto;       /* enum socket_proto */
	uint8_t family;      /* 4, 6; 0 for unix */
	uint8_t state;       /* enum socket_state */
	uint8_t timer;       /* enum socket_timer */
	uint8_t type;        /* of a unix socket: SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET; else 0 */
	uint8_t retransmits; /* of what the timer is about */
	bool knows_backlog;  /* LISTEN: send_q is the largest queue of connections allowed */
	bool knows_drops;
	bool hides_queues; /* recv_q and send_q were not told: unix sockets of /proc */
	bool knows_v6only;
	bool v6only;
	struct addr local, peer; /* of raw sockets the local port is the protocol's number, of ICMP
				    sockets the identifier; family 0 for unix */
	uint32_t interface;      /* index of the one it is bound to; 0: none, or not known */
	uint32_t recv_q, send_q; /* bytes; of a listening socket: connections to be accepted, and at
				    most */
	uint32_t uid;            /* SOCKET_UID_NOT_TOLD: /proc/net/unix has none */
	uint32_t timer_ms;       /* until it expires */
	uint32_t netns;          /* which of several namespaces, as whoever reads them counts */
	uint32_t drops;          /* packets that its full buffer turned away */
	uint64_t inode;          /* 0: no file holds it: TIME_WAIT, SYN_RECV, orphans */
	uint64_t last_inode;     /* that it had before it lost its file; 0: not seen then */
	uint64_t cookie;         /* the kernel's own name for it, never given twice; 0: not told */
	uint64_t cgroup;         /* id of the cgroup (v2) it was made in; 0: not told */
	uint64_t peer_inode;     /* unix: of the other end; 0: none, or not told */
	const char *path; /* unix: its name, any bytes, an abstract one with its leading NUL; NULL:
			     none */
	size_t path_len;
	const struct tcp_facts *tcp; /* NULL: not asked for, or none */
};

/* "tcp", "udp", "udplite", "raw", "icmp", "unix". */
const char *socket_proto_name(enum socket_proto proto);

/* "ESTABLISHED", as the record has it; "UNKNOWN" for a number that has no name. */
const char *socket_state_name(enum socket_state state);

/* The states that a word stands for, in ss's spelling or the record's, whatever its case:
 * "established", "time-wait", "TIME_WAIT", "listening", "all", "connected", "synchronized",
 * "bucket", "big" (ss(8)). 0 for another word. */
unsigned socket_states_named(const char *word, size_t len);

/* NULL-ended, for completions and messages: the words above, in lower case. */
extern const char *const socket_state_words[];

const char *socket_timer_name(enum socket_timer timer); /* NULL for none */

/* The kernel has no owner to tell of where no file holds the socket; what it says then is 0. */
bool socket_knows_uid(const struct socket_entry *e);

/* A connection that stands, in a queue where no program has accepted it yet: no file holds it. */
bool socket_is_unaccepted(const struct socket_entry *e);

/*
 * Order by protocol, family, local and peer address and port, path, state, inode, then by
 * whatever tells two sockets apart: total, so that what was sorted comes out the same each time.
 */
int socket_compare(const struct socket_entry *a, const struct socket_entry *b);

/*
 * The same connection or socket, seen twice: TCP connections by their ends, which they keep when
 * they lose their file; what else there is by its inode, or by its cookie where it has none. What
 * has neither is the same as nothing. The hash is of what this looks at.
 */
bool socket_same(const struct socket_entry *a, const struct socket_entry *b);
uint64_t socket_hash(const struct socket_entry *e, uint64_t seed);

#endif
