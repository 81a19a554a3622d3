/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

#include <errno.h>
#include <string.h>

#define TROUBLE_PAUSE (10 * NSEC_PER_MSEC)

struct query_token udp_engine_token(const struct udp_engine *e, const struct addr *to)
{
	struct {
		uint8_t ip[16];
		uint32_t port, which;
	} input = {.port = to->port};
	struct query_token token;

	memcpy(input.ip, to->ip, sizeof input.ip);
	token.words[0] = hash_keyed(&e->key, &input, sizeof input);
	input.which = 1;
	token.words[1] = hash_keyed(&e->key, &input, sizeof input);
	return token;
}

static size_t write_question(
	const struct udp_engine *e, const struct udp_ask *ask, const struct addr *to, uint8_t *out)
{
	const struct query *list[QUERIES_PER_PORT];
	struct query_token token;

	if (ask->cell == UDP_CONTROL || ask->question >= query_list(ask->port, list))
		return 0;
	token = udp_engine_token(e, to);
	return list[ask->question]->make(&token, out);
}

/* No room may be that of the neighbour table, which dead addresses leave after seconds only: fewer
 * at a time, more again with each that is done. */
static void make_fewer(struct udp_engine *e)
{
	uint32_t half = e->live_count / 2;

	e->live_most = half > LIVE_LEAST ? half : LIVE_LEAST;
}

/*
 * No room for a moment passes, and then nothing was lost. What drops a datagram on its way out (a
 * filter at the egress of the interface) looks the same, and stays: the first one is taken out
 * after a while, and its port is asked again later like one that the firewall refused. Each that
 * had to be makes the patience with the next shorter, and one that went in the end gives it back.
 */
static bool give_up_first(struct udp_socket *s, struct dgram_failure *out)
{
	nsec_t now = clock_now();

	*out = dgram_waiting(s->dgram);
	if (!s->stuck || s->stuck_key != out->key) {
		if (s->stuck)
			s->patience = UDP_PATIENCE;
		s->stuck = true;
		s->stuck_key = out->key;
		s->stuck_since = now;
	}
	if (out->err == EAGAIN || now - s->stuck_since < s->patience)
		return false;
	dgram_give_up(s->dgram);
	s->stuck = false;
	s->patience = s->patience > TROUBLE_PAUSE ? s->patience / 2 : 0;
	return true;
}

static void take_pause(struct udp_engine *e)
{
	e->status.troubles++;
	e->status.last_trouble = ENOBUFS;
	e->pause = clock_now() + TROUBLE_PAUSE;
	make_fewer(e);
}

/* True when all is gone or refused. */
static bool flush(struct udp_engine *e, struct udp_socket *s)
{
	struct dgram_failure failures[DGRAM_BATCH];
	bool all, short_of_room = false;
	size_t count;

	do {
		all = dgram_flush(s->dgram, failures, &count);
		udp_refused(s, failures, count);
		if (!all && count == 0) {
			short_of_room = true;
			count = give_up_first(s, failures);
			udp_refused(s, failures, count);
		}
	} while (!all && count > 0 && !e->stopping);
	if (short_of_room)
		take_pause(e);
	if (!all)
		return false;
	if (s->stuck)
		s->patience = UDP_PATIENCE;
	s->stuck = false;
	udp_note_left(e, s->first_key, s->key_count);
	return true;
}

bool udp_flush_stuck(struct udp_engine *e)
{
	for (int i = 0; i < 2; i++)
		if (e->sockets[i].stuck && !flush(e, &e->sockets[i]))
			return false;
	return true;
}

static void queue(struct udp_engine *e, struct udp_socket *s, struct udp_host *u,
	const struct udp_ask *ask, const struct instant *now)
{
	struct addr to = u->host->addr;
	uint8_t *slot = dgram_slot(s->dgram);
	uint32_t key = e->next_key++;

	to.port = ask->port;
	e->flights[key % UDP_FLIGHTS] = (struct udp_flight){.key = key, .to = to, .asked = *now};
	if (ask->cell != UDP_CONTROL)
		u->cells[ask->cell].key = key;
	dgram_queue(s->dgram, &to, write_question(e, ask, &to, slot), key);
}

static void refuse_all(
	struct udp_engine *e, struct udp_host *u, const struct udp_ask asks[], size_t count)
{
	const struct answer a = {
		.state = PORT_UNREACHABLE, .reason = REASON_NO_ROUTE, .err = EAFNOSUPPORT};

	for (size_t i = 0; i < count && !e->stopping; i++)
		if (asks[i].cell != UDP_CONTROL)
			udp_engine_decide(e, u, asks[i].cell, &a, 0);
}

void udp_send_batch(struct udp_engine *e, struct udp_host *u, const struct udp_ask asks[],
	size_t count, unsigned batch)
{
	struct udp_socket *s = &e->sockets[u->host->addr.family == 6];
	struct instant now = instant_now();

	if (!s->dgram) {
		refuse_all(e, u, asks, count);
		return;
	}
	s->first_key = e->next_key;
	s->key_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		queue(e, s, u, &asks[i], &now);
	e->status.sent += count;
	if (!flush(e, s))
		udp_host_void(u, batch);
}
