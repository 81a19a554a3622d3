/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/flow.h"

#include "history.h"

#include <string.h>

const char *const handshake_state_names[] = {
	[HANDSHAKE_UNANSWERED] = "unanswered",
	[HANDSHAKE_HALF_OPEN] = "half-open",
	[HANDSHAKE_COMPLETE] = "complete",
	[HANDSHAKE_REFUSED] = "refused",
	[HANDSHAKE_REJECTED] = "rejected",
	[HANDSHAKE_SIMULTANEOUS] = "simultaneous",
	[HANDSHAKE_SPLIT] = "split",
	[HANDSHAKE_MIDSTREAM] = "midstream",
	[HANDSHAKE_STATES] = NULL,
};

const char *handshake_state_name(enum handshake_state state)
{
	return handshake_state_names[state];
}

bool handshake_state_by_name(const char *name, size_t len, enum handshake_state *out)
{
	for (size_t i = 0; i < HANDSHAKE_STATES; i++) {
		if (strlen(handshake_state_names[i]) != len ||
			memcmp(handshake_state_names[i], name, len) != 0)
			continue;
		*out = (enum handshake_state)i;
		return true;
	}
	return false;
}

bool handshake_failed(const struct handshake *h)
{
	return h->state == HANDSHAKE_REFUSED || h->state == HANDSHAKE_REJECTED ||
	       h->state == HANDSHAKE_UNANSWERED ||
	       (h->state == HANDSHAKE_HALF_OPEN && !h->client_unseen);
}

const char *flow_end_name(enum flow_end end)
{
	static const char *const names[] = {"open", "fin", "rst"};

	return names[end];
}

/* ---- as Zeek would say: what each side has come to, first */

enum point { INACTIVE, SYN_SENT, ESTABLISHED, PARTIAL, CLOSED, RESET };

/* A RST behind both FINs ends nothing. */
static bool was_reset(const struct flow *f, enum side side)
{
	return f->streams[side].has_reset &&
	       !(f->streams[CLIENT].has_fin && f->streams[SERVER].has_fin);
}

static enum point client_point(const struct flow *f)
{
	bool answered = history_has(f, SERVER, 'h') || history_has(f, SERVER, 's');

	if (was_reset(f, CLIENT))
		return RESET;
	if (f->streams[CLIENT].has_fin)
		return CLOSED;
	if (f->streams[CLIENT].packets == 0)
		return INACTIVE;
	if (answered)
		return ESTABLISHED;
	return history_has(f, CLIENT, 's') ? SYN_SENT : PARTIAL;
}

static enum point server_point(const struct flow *f)
{
	const struct stream *s = &f->streams[SERVER];

	if (was_reset(f, SERVER))
		return RESET;
	if (s->has_fin)
		return CLOSED;
	if (history_has(f, SERVER, 'h') || history_has(f, SERVER, 's'))
		return ESTABLISHED;
	/* a bare ACK that answers a SYN says nothing yet */
	if (s->packets == 0 || (history_has(f, CLIENT, 's') && s->bytes == 0))
		return INACTIVE;
	return PARTIAL;
}

static bool is_idle(enum point p)
{
	return p == INACTIVE || p == PARTIAL;
}

static const char *reset_state(const struct flow *f, enum point client, enum point server)
{
	bool no_bytes = f->streams[CLIENT].bytes == 0 && f->streams[SERVER].bytes == 0;

	if (server != RESET)
		return is_idle(server) ? "RSTOS0" : "RSTO";
	if (client == SYN_SENT || (client == RESET && no_bytes))
		return "REJ";
	return is_idle(client) ? "RSTRH" : "RSTR";
}

const char *flow_conn_state(const struct flow *f)
{
	enum point client = client_point(f), server = server_point(f);

	if (client == RESET || server == RESET)
		return reset_state(f, client, server);
	if (client == CLOSED && server == CLOSED)
		return "SF";
	if (client == CLOSED)
		return is_idle(server) ? "SH" : "S2";
	if (server == CLOSED)
		return is_idle(client) ? "SHR" : "S3";
	if (client == SYN_SENT && server == INACTIVE)
		return "S0";
	return client == ESTABLISHED && server == ESTABLISHED ? "S1" : "OTH";
}
