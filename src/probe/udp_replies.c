/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

#include "netprobe/net/route.h"

#include <errno.h>

enum { ELSEWHERE = 64 }; /* addresses that one datagram is held against */

/* The one port of the address that waits for an answer from elsewhere. */
static bool waits_for_other_port(const struct udp_host *u, uint32_t *cell)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < u->ports->other_count && count < 2; i++) {
		uint32_t other = u->ports->others[i];

		if (u->host->cells[other].state != PORT_PENDING || u->cells[other].asks == 0)
			continue;
		*cell = other;
		count++;
	}
	return count == 1;
}

static const struct query *asked_query(const struct udp_host *u, uint32_t cell)
{
	const struct query *list[QUERIES_PER_PORT];
	size_t count = query_list(host_port(u->host, cell), list);

	return u->cells[cell].question < count ? list[u->cells[cell].question] : NULL;
}

/* Whose words they are, `cell` having been asked. */
static const struct query *read_for(struct udp_engine *e, const struct udp_host *u, uint32_t cell,
	const struct dgram_packet *packet, struct facts *out)
{
	struct addr to = u->host->addr;
	struct query_token token;

	if (packet->whole > packet->len)
		return NULL;
	to.port = host_port(u->host, cell);
	token = udp_engine_token(e, &to);
	return query_read(asked_query(u, cell), &token, packet->bytes, packet->len, out);
}

/* Our own question, come back: the socket's own port on an address of this machine was asked. */
static bool is_own(const struct udp_socket *s, const struct addr *peer)
{
	struct next_hop hop;
	struct addr self;

	return sock_local_addr(dgram_fd(s->dgram), &self) == 0 && self.port == peer->port &&
	       route_next_hop(peer, &hop) == 0 && hop.local;
}

/* Karn's rule: which of several questions a reply is to is known only where its words tell. */
static bool is_to_last(const struct udp_host *u, uint32_t cell, const struct query *query)
{
	unsigned asks = u->cells[cell].asks;

	return asks == 1 ||
	       (query && asks <= u->ports->asks[cell] && query == asked_query(u, cell));
}

static void open_port(struct udp_engine *e, struct udp_host *u, uint32_t cell,
	const struct query *query, const struct dgram_packet *packet, const struct instant *read)
{
	struct answer a = {.state = PORT_OPEN,
		.reason = REASON_REPLY,
		.from = packet->peer,
		.arrived = packet->stamp};
	nsec_t elapsed = is_to_last(u, cell, query) ? udp_time_it(e, u, cell, read, &a) : 0;

	udp_engine_decide(e, u, cell, &a, elapsed);
}

/* Words that only who saw the question can say. (TFTP, which answers from another port, too, brings
 * nothing of it back.) */
static const struct query *proved_by_token(struct udp_engine *e, const struct udp_host *u,
	const struct dgram_packet *packet, struct facts *out)
{
	const struct query *list[QUERIES_PER_PORT];
	size_t count = query_list(packet->peer.port, list);
	struct addr to = u->host->addr;
	struct query_token token;

	to.port = packet->peer.port;
	token = udp_engine_token(e, &to);
	for (size_t i = 0; i < count; i++)
		if (list[i]->echoes &&
			query_reads(list[i], &token, packet->bytes, packet->len, out))
			return list[i];
	return NULL;
}

/* A host of several addresses may answer from another one than was asked. True: that was it. */
static bool take_elsewhere(
	struct udp_socket *s, const struct dgram_packet *packet, const struct instant *read)
{
	struct udp_engine *e = s->engine;
	struct udp_host *u = e->live;
	bool taken = false;

	for (unsigned i = 0; u && i < ELSEWHERE && !e->stopping; u = u->next, i++) {
		const struct query *query;
		struct facts facts;
		uint32_t cell;

		if (u->host->addr.family != packet->peer.family ||
			!udp_is_pending(u, packet->peer.port, &cell))
			continue;
		query = proved_by_token(e, u, packet, &facts);
		if (!query)
			continue;
		host_replied(u->host, cell, query, &facts);
		open_port(e, u, cell, query, packet, read);
		udp_engine_ready(e, u);
		taken = true;
	}
	return taken;
}

/* The socket's own port on an address of this machine: but for this scan nobody has it. */
static void close_own(struct udp_engine *e, struct udp_host *u, uint32_t cell)
{
	static const struct answer a = {
		.state = PORT_CLOSED, .reason = REASON_LOCAL, .err = EADDRINUSE};

	udp_engine_decide(e, u, cell, &a, 0);
}

/* An answer from another port came from one that was asked as well. Whose it is shows when both
 * were asked again: a service's own port stays the same. False: not known yet. */
static bool tell_apart(struct udp_host *u, uint16_t port, bool *of_asked)
{
	bool first = u->odd_port == 0;

	*of_asked = u->odd_port == port;
	u->odd_port = port;
	return !first;
}

/* *elsewhere: it is an answer of another address that was asked. */
static void take_reply(struct udp_socket *s, struct udp_host *u, const struct dgram_packet *packet,
	const struct instant *read, bool *elsewhere)
{
	struct udp_engine *e = s->engine;
	uint32_t cell = 0, other = 0;
	bool asked = udp_is_pending(u, packet->peer.port, &cell);
	bool waits = waits_for_other_port(u, &other);
	const struct query *query = NULL;
	struct facts facts = {0};
	bool of_asked, known;

	if (asked && is_own(s, &packet->peer)) {
		close_own(e, u, cell);
		return;
	}
	if (!asked && udp_batch_control_replied(u, packet->peer.port))
		return;
	if (asked || waits)
		query = read_for(e, u, asked ? cell : other, packet, &facts);
	if (!query && (*elsewhere || (*elsewhere = take_elsewhere(s, packet, read))))
		return;
	of_asked = asked;
	known = asked;
	if (waits && query && query->other_port) {
		known = !asked || cell == other || tell_apart(u, packet->peer.port, &of_asked);
		cell = of_asked ? cell : other;
	}
	/* from a port that was not asked only the right words count */
	if (!known) {
		if (query)
			facts_release(&facts);
		return;
	}
	if (query)
		host_replied(u->host, cell, query, &facts);
	else
		host_heard(u->host, cell, packet->bytes, packet->len, packet->whole);
	open_port(e, u, cell, query, packet, read);
}

void udp_take_reply(
	struct udp_socket *s, const struct dgram_packet *packet, const struct instant *read)
{
	struct udp_engine *e = s->engine;
	struct udp_host *u = udp_engine_find(e, &packet->peer);
	bool elsewhere = false;

	if (!u && !take_elsewhere(s, packet, read))
		e->strays++;
	for (; u && !e->stopping; u = udp_next_same(u)) {
		take_reply(s, u, packet, read, &elsewhere);
		udp_engine_ready(e, u);
	}
}
