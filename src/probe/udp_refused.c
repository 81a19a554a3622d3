/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

#include "netprobe/base/log.h"

#include <errno.h>

/* A rule of our own firewall, or no room, may let the next try pass. */
static bool may_pass(int err)
{
	return err == EPERM || err == ENOBUFS || err == ENOMEM;
}

static void decide_refused(struct udp_engine *e, struct udp_host *u, uint32_t cell)
{
	struct cell *shown = &u->host->cells[cell];
	enum silence_proof proof;
	struct answer a;

	/* what left before was not refused, and stayed silent */
	if (u->cells[cell].asks > 0) {
		udp_host_verdict(u, cell, &a, &shown->confidence, &proof);
		shown->proof = (uint8_t)proof;
	} else {
		udp_host_refused_verdict(u, cell, &a);
	}
	udp_engine_decide(e, u, cell, &a, 0);
}

static void decide_unsent(struct udp_engine *e, struct udp_host *u, uint32_t cell, int err)
{
	struct answer a = {.state = PORT_UNREACHABLE, .reason = reason_of_errno(err), .err = err};

	if (a.reason == REASON_NONE) {
		a.state = PORT_UNPROVED;
		a.reason = REASON_LOCAL;
	}
	udp_engine_decide(e, u, cell, &a, 0);
}

static void refused(struct udp_engine *e, const struct dgram_failure *failure, nsec_t now)
{
	const struct udp_flight *f = udp_flight_of(e, failure->key);
	uint32_t cell;

	if (!f)
		return;
	for (struct udp_host *u = udp_engine_find(e, &f->to); u && !e->stopping;
		u = udp_next_same(u)) {
		if (!udp_is_pending(u, f->to.port, &cell) || u->cells[cell].key != failure->key)
			udp_host_control_refused(u, f->to.port);
		else if (!may_pass(failure->err))
			decide_unsent(e, u, cell, failure->err);
		else if (!udp_host_refused(u, cell, failure->err, now, e->lapsed))
			decide_refused(e, u, cell);
		udp_engine_ready(e, u);
	}
}

/* A firewall of this machine that rejects has put its ICMP error into the error queue by now; one
 * that drops has not. */
void udp_refused(struct udp_socket *s, const struct dgram_failure failures[], size_t count)
{
	struct udp_engine *e = s->engine;
	nsec_t now = clock_now();
	bool forbidden = false;

	for (size_t i = 0; i < count; i++) {
		struct udp_flight *f = udp_flight_of(e, failures[i].key);

		if (!f)
			continue;
		f->unsent = true;
		f->refused = failures[i].err == EPERM;
		forbidden |= f->refused;
	}
	if (forbidden)
		udp_take_errors(s);
	for (size_t i = 0; i < count && !e->stopping; i++)
		refused(e, &failures[i], now);
}

static void note_one(struct udp_engine *e, const struct udp_flight *f, nsec_t now)
{
	uint32_t cell;

	for (struct udp_host *u = udp_engine_find(e, &f->to); u; u = udp_next_same(u)) {
		if (u->first_sent == 0)
			u->first_sent = now;
		if (!udp_is_pending(u, f->to.port, &cell) || u->cells[cell].key != f->key ||
			!udp_host_left_machine(u, cell, now))
			continue;
		if (e->lapsed == 0)
			log_info("%s: what this machine refused to send has left now: no ban",
				u->host->name);
		e->lapsed = now;
	}
}

void udp_note_left(struct udp_engine *e, uint32_t first, uint32_t count)
{
	nsec_t now = clock_now();

	for (uint32_t key = first; key != first + count; key++) {
		const struct udp_flight *f = udp_flight_of(e, key);

		if (f && !f->unsent)
			note_one(e, f, now);
	}
}
