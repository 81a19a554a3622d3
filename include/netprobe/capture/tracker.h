/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_TRACKER_H
#define NETPROBE_CAPTURE_TRACKER_H

#include "netprobe/capture/flow.h"
#include "netprobe/packet/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes flows of packets. Memory is bounded: beyond `max_flows` the flow that has been idle for the
 * longest is told as it stands and forgotten. Time is that of the packets.
 */
struct tracker;

static inline struct flow_place flow_place_of(const struct frame *frame)
{
	return (struct flow_place){
		.vlans = {frame->vlans[0], frame->vlans[1]},
		.tunnel_id = frame->tunnel_id,
		.tunnel = (uint8_t)frame->tunnel,
	};
}

/* What one packet was to its flow: bits. */
enum packet_role {
	ROLE_SYN_RETRY = 1 << 0,
	ROLE_SYNACK_RETRY = 1 << 1,
	ROLE_RETRANSMISSION = 1 << 2, /* payload or FIN that was sent before */
	ROLE_OUT_OF_ORDER = 1 << 3,   /* fills a gap that had only just come up */
	ROLE_GAP = 1 << 4,            /* something before it was not captured, or is yet to come */
	ROLE_ZERO_WINDOW = 1 << 5,
	ROLE_WINDOW_OPENS = 1 << 6,
	ROLE_KEEPALIVE = 1 << 7,
	ROLE_DUPLICATE_ACK = 1 << 8,
	ROLE_SIGHTING = 1 << 9,   /* the packet before once more, seen at another place */
	ROLE_STRAY = 1 << 10,     /* its numbers do not belong to this connection */
	ROLE_REFUSES = 1 << 11,   /* the RST that refused the attempt */
	ROLE_FOREIGN = 1 << 12,   /* a RST that does not look like the host's own */
	ROLE_REJECTS = 1 << 13,   /* the ICMP error that rejected the attempt */
	ROLE_COMPLETES = 1 << 14, /* the client's ACK that completed the handshake */
	ROLE_FIRST_DATA = 1 << 15,
};

/* Of a TCP segment, or of an ICMP error that quotes one of the flow: then `from` is who is told of
 * it, and the numbers are the quoted ones. */
struct flow_packet {
	struct flow *flow;
	const struct frame *frame;
	nsec_t at;
	enum side from;
	unsigned roles;
	uint32_t sequence, acknowledgment; /* relative to the first numbers; as sent where these are
					      not known */
	bool icmp;
	nsec_t since; /* time since the flow's first packet */
};

enum flow_over {
	OVER_CLOSED,     /* FINs or RST, and nothing more for a while */
	OVER_TIMEOUT,    /* silent for long */
	OVER_SUPERSEDED, /* its ports were used again */
	OVER_EVICTED,    /* there were more flows than there may be */
	OVER_FINISHED,   /* the capture ended */
};

/* Any may be NULL. `flow` may be written to by `user` only; the rest is const to whoever is told.
 */
struct tracker_events {
	void (*packet)(void *user, const struct flow_packet *p); /* after the flow took it */
	/* its handshake's fate; again where something came that made it another one */
	void (*decided)(void *user, struct flow *f);
	void (*over)(void *user, struct flow *f, enum flow_over why); /* once; gone after that */
};

struct tracker_options {
	size_t max_flows; /* at least 1 */
	size_t hold; /* so many flows that are over may wait to be told in the order of their ids */
};

struct tracker_status {
	uint64_t flows; /* all that there were */
	uint64_t evicted;
	uint64_t fragments, unrelated_icmp; /* packets */
	uint64_t icmp_errors;               /* that quote a packet of any kind */
	uint64_t bad_options;               /* SYNs whose options made no sense */
};

struct tracker *tracker_new(
	const struct tracker_options *options, const struct tracker_events *events, void *user);
void tracker_free(struct tracker *t); /* tells nothing */

/* One frame, at its time (wall clock), through its interface (captured.interface). Frames that are
 * neither TCP nor an ICMP error about it only move the time. */
void tracker_packet(struct tracker *t, const struct frame *frame, nsec_t at, uint32_t interface);

/* Live: time has come so far although there was no packet. */
void tracker_advance(struct tracker *t, nsec_t now);

/* The capture is at its end: every flow is over, in the order of their ids. */
void tracker_finish(struct tracker *t);

void tracker_status(const struct tracker *t, struct tracker_status *out);

#endif
