/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_FLOW_H
#define NETPROBE_CAPTURE_FLOW_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who sent it. */
enum side { CLIENT, SERVER, SIDES };

static inline enum side other_side(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

#define NOT_SEEN INT64_MIN /* in the place of a time */

/* How an attempt ended, or stands: an attempt is one connect(), its first SYN, that SYN's
 * retransmissions, and what answers them. */
enum handshake_state {
	HANDSHAKE_UNANSWERED,   /* SYNs only */
	HANDSHAKE_HALF_OPEN,    /* a SYN-ACK, and never the client's own ACK of it */
	HANDSHAKE_COMPLETE,     /* with that ACK */
	HANDSHAKE_REFUSED,      /* a RST that acknowledges the SYN */
	HANDSHAKE_REJECTED,     /* an ICMP error that quotes the SYN */
	HANDSHAKE_SIMULTANEOUS, /* both sent a SYN (RFC 9293, 3.5) */
	HANDSHAKE_SPLIT,        /* the server's ACK and SYN came apart */
	HANDSHAKE_MIDSTREAM,    /* its beginning was not captured */
	HANDSHAKE_STATES
};

/* What a SYN or SYN-ACK offers; absent: not seen. */
struct syn_options {
	bool seen;
	bool has_mss, has_wscale, sack, timestamps, ecn, tfo, mptcp;
	bool malformed; /* a length in it cannot be */
	bool cut;       /* by the capture: what is absent may have been there */
	uint8_t wscale;
	uint16_t mss;
};

enum { SYNS_KEPT = 8 };

/* Of an attempt with more than one SYN: the last SYNS_KEPT of them. */
struct syn_times {
	struct {
		nsec_t at;
		uint32_t tsval; /* 0: no timestamps */
		uint16_t id;    /* of IP, 0: none */
	} syns[SYNS_KEPT];
	uint8_t count;
};

/* Who turned a SYN away by ICMP. */
struct rejection {
	struct addr from;
	uint8_t type, code;
};

/* Times of the wall clock as captured, NOT_SEEN where it was not. What every packet of a flow looks
 * at comes first: a cache line more costs more than what is done with it. */
struct handshake {
	enum handshake_state state;
	bool decided; /* nothing that usually follows changes it any more; to be evicted, or the
			 end of the capture, decides nothing */
	bool begun;   /* a segment was seen */
	bool knows_isn[SIDES];
	uint32_t isn[SIDES];
	uint16_t last_id; /* of the server: a RST's do not count */
	uint8_t last_ttl, ids_in_order;
	uint8_t ttl[SIDES]; /* of the first SYN and the first SYN-ACK */
	bool server_acked;  /* the SYN, without a SYN of its own */
	bool rst_seen;
	struct syn_options options[SIDES];
	bool rst_foreign; /* its TTL is not that of the server's other packets, or its IP id is out
			     of their order */
	uint8_t rst_ttl;  /* of the server's first RST, or first foreign one */
	bool ambiguous_syn;    /* several SYNs, and it is not known which one was answered */
	bool ambiguous_synack; /* SYN-ACKs, and which one was acknowledged */
	bool synack_first;     /* the SYN-ACK was captured before its SYN */
	bool made_room;        /* it was not decided when there were more flows than there may be */
	bool client_unseen;    /* the server goes on: it has the ACK that was not captured */
	uint32_t first_isn;  /* of the first SYN-ACK; isn has the last, then the acknowledged one */
	uint32_t last_id_at; /* of last_id, in units of 2^20 ns, wrapped */
	uint16_t syn_retries, synack_retries;
	nsec_t first_syn, last_syn;
	nsec_t answered_syn; /* the one that was answered, by a SYN-ACK, RST or ICMP error */
	nsec_t synack, last_synack;
	nsec_t ack;         /* of the client */
	nsec_t acked_after; /* so long after the first SYN-ACK came the one that it acknowledges */
	nsec_t answer;      /* of a refusal or rejection */
	nsec_t open_until;  /* it was not decided when it was looked at last: then; else 0 */
	uint32_t tsval, synack_tsval, retried_tsval; /* first SYN, first and last SYN-ACK; or 0 */
	uint16_t syn_data;                           /* payload of a SYN (fast open), and a FIN */
	uint16_t syn_id;                             /* of IP, of the first SYN; 0: none */
	struct syn_times *times;                     /* NULL with one SYN */
	struct rejection *rejection;                 /* NULL: none */
};

/* Sequence numbers below `next` that were not seen, and when that came up. */
struct hole {
	nsec_t at;
	uint32_t from, to;
};

enum { HOLES_KEPT = 3 };

/* What one side sent. */
struct stream {
	uint32_t retransmissions, out_of_order;
	uint64_t packets, bytes; /* bytes: of payload, each time it was sent */
	nsec_t first_data;
	nsec_t last;     /* packet */
	uint32_t next;   /* sequence number behind the highest that was seen */
	uint32_t acked;  /* the highest acknowledgment that it sent */
	uint32_t window; /* the last that it offered, scaled */
	/* of the packet before, to know it when it is seen again */
	uint32_t last_sequence, last_acknowledgment;
	uint32_t last_interface;                                            /* as sighting.from */
	uint16_t last_id, last_len, last_flags, last_checksum, last_window; /* id 0: none */
	uint8_t last_ttl;
	bool last_incoming, last_outgoing;
	bool started; /* `next` is set */
	bool has_acked, has_fin, fin_acked, has_reset, offers_zero;
	uint8_t wscale; /* 0 where not both sides scale */
	bool has_stray;
	bool ends_in_fragment; /* `next` is where the first fragment of the last segment ends */
	bool holes_blurred;    /* there were too many: one of them holds what was seen, too */
	uint8_t hole_count;
	/* that few packets look at */
	uint32_t fin;   /* sequence number of its FIN */
	uint32_t stray; /* sequence number behind the last segment that was none of the stream's */
	uint32_t zero_windows, sightings;
	struct hole holes[HOLES_KEPT]; /* the lower numbers first */
};

/* From the first FIN on; a RST counts unless both had sent a FIN before it. */
enum flow_end { END_OPEN, END_FIN, END_RST };

/* Where the capture sees packets come by. */
struct capture_place {
	uint32_t interface;
	uint8_t ttl;
	bool incoming, outgoing;
};

enum { LATER_PLACES = 4 };

/* Where all packets of a side come by again, after they were seen for the first time; of its
 * stream.packets so many came by, or were passed by others on the way. */
struct later_places {
	struct later_place {
		struct capture_place place;
		uint64_t packets;
	} places[LATER_PLACES];
	uint8_t count;
};

/* Where a packet was seen a second time: through which interfaces and with which TTLs. */
struct sighting {
	uint32_t from, to; /* as captured.interface */
	uint8_t ttl_from, ttl_to;
	bool in_from, out_from, in_to, out_to; /* where directions are known */
	bool moved;                            /* out through another interface, or one hop on */
	bool changed_mss, changed_wscale, removed_sack, removed_timestamps, cleared_ecn,
		removed_tfo, removed_mptcp; /* by what stands between: of a SYN or SYN-ACK */
	uint16_t mss_before, mss_after;     /* 0: without */
	struct later_places later[SIDES];
};

/* Packets of a handshake that may come in and have to leave again. */
enum passing {
	PASSING_SYN,
	PASSING_SYNACK,
	PASSING_ACK, /* of the client, until one left */
	PASSINGS
};

struct passage {
	uint8_t in, out;        /* so many came in, and of these so many left; 255: or more */
	uint16_t arrival : 15;  /* of the last that came in: passage.h's */
	uint16_t elsewhere : 1; /* one went on as a packet of another flow: with other addresses,
				   or in another tag or tunnel */
};

/* Packets of tags, labels or tunnels of their own are flows of their own. */
struct flow_place {
	uint16_t vlans[2]; /* 0: no tag */
	uint32_t tunnel_id;
	uint8_t tunnel; /* enum tunnel */
};

static inline bool flow_place_same(const struct flow_place *a, const struct flow_place *b)
{
	return a->vlans[0] == b->vlans[0] && a->vlans[1] == b->vlans[1] &&
	       a->tunnel_id == b->tunnel_id && a->tunnel == b->tunnel;
}

enum { HISTORY_MAX = 30 };

/* One attempt and the connection that came of it. As in struct handshake, what every packet looks
 * at stands together. */
struct flow {
	struct addr ends[SIDES];
	struct flow_place place;
	uint16_t said[SIDES];      /* letters of `history`, so that each is said once */
	nsec_t last;               /* packet */
	struct sighting *sighting; /* NULL: each packet was seen once */
	struct handshake handshake;
	uint64_t id;  /* 1, 2, ... in the order of their first packets */
	nsec_t start; /* first packet */
	enum flow_end end;
	enum side ended_by;     /* who sent the first FIN, or the RST */
	bool seen_in, seen_out; /* captures that know directions: a SYN came in for this
				   machine or through it, one went out */
	struct passage passages[PASSINGS];
	bool partial; /* TCP options of some packet were cut by the snap length */
	uint8_t history_len;
	char history[HISTORY_MAX]; /* Zeek's letters, not terminated */
	/* 1 + enum handshake_state as which it was told of last, and at first; 0: it was not */
	uint8_t told, first_told;
	uint8_t counted; /* as `user` */
	bool shown;      /* as `user` */
	void *user;      /* of whoever is told of flows; NULL at first */
	struct stream streams[SIDES];
};

/* "complete", "half-open", ...: the words of records and of --state. */
const char *handshake_state_name(enum handshake_state state);
extern const char *const handshake_state_names[]; /* of all, NULL-ended */
bool handshake_state_by_name(const char *name, size_t len, enum handshake_state *out);
/* Refused, rejected, unanswered, or half-open and the server has not gone on. */
bool handshake_failed(const struct handshake *h);

const char *flow_end_name(enum flow_end end); /* "open", "fin", "rst" */

/* S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH: as Zeek would say. */
const char *flow_conn_state(const struct flow *f);

/* Times between the packets of the handshake, or NOT_SEEN. Never negative. */
nsec_t handshake_syn_synack(const struct handshake *h);
nsec_t handshake_synack_ack(const struct handshake *h);
nsec_t handshake_rtt(const struct handshake *h);
nsec_t handshake_connect(const struct handshake *h);

/* When Linux sends the SYN that follows the last (tcp(7), tcp_syn_retries,
 * tcp_syn_linear_timeouts), by the gaps so far; NOT_SEEN where there is nothing to go by. */
nsec_t handshake_next_syn(const struct handshake *h);

#endif
