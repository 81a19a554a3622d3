/* SPDX-License-Identifier: MIT */
#include "udp_host.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <errno.h>

#define FIRST_PAUSE (500 * NSEC_PER_MSEC)
#define PAUSE       NSEC_PER_SEC
#define LEAST_SPAN  NSEC_PER_SEC         /* of the tries that are decisive */
#define GRAIN       (16 * NSEC_PER_MSEC) /* what is due in that time is asked at once */
#define BUSY        (10 * NSEC_PER_MSEC)

enum {
	BANNED = 3,  /* tries that a firewall refused */
	NO_ROOM = 6, /* the same for want of room: a full neighbour table takes seconds to empty */
	HELD_FIRST = 16,
	CONTROL_FROM = 8,
};

static struct udp_held *entry_of(struct udp_host *u, uint32_t cell)
{
	return u->cells[cell].held ? &u->held[u->cells[cell].held - 1] : NULL;
}

static struct udp_held *hold(struct udp_host *u, uint32_t cell)
{
	if (u->cells[cell].held)
		return entry_of(u, cell);
	if (u->held_count == u->held_room) {
		u->held_room = u->held_room ? 2 * u->held_room : HELD_FIRST;
		u->held = mem_resize(u->held, u->held_room, sizeof *u->held);
	}
	u->held[u->held_count] = (struct udp_held){.cell = cell, .due = NSEC_NEVER};
	u->cells[cell].held = ++u->held_count;
	return entry_of(u, cell);
}

bool udp_held_release(struct udp_host *u, uint32_t cell)
{
	struct udp_held *h = entry_of(u, cell);

	if (!h)
		return false;
	*h = u->held[--u->held_count];
	u->cells[h->cell].held = u->cells[cell].held;
	u->cells[cell].held = 0;
	if (u->held_count == 0)
		u->held_due = NSEC_NEVER;
	return true;
}

/* Where refusals come and go the tries are spread: what lets some pass lets them pass evenly. */
static nsec_t pause_before_next(struct udp_host *u, const struct udp_held *h, nsec_t lapsed)
{
	if (lapsed == 0)
		return h->tries == 1 ? FIRST_PAUSE : PAUSE;
	u->random = rng_mix(u->random + 1);
	return FIRST_PAUSE + (nsec_t)(u->random % (uint64_t)PAUSE);
}

void udp_host_rejected(struct udp_host *u, uint32_t cell, const struct answer *a)
{
	hold(u, cell)->said = *a;
}

bool udp_host_refused(struct udp_host *u, uint32_t cell, int err, nsec_t now, nsec_t lapsed)
{
	struct cell *shown = &u->host->cells[cell];
	struct udp_cell *c = &u->cells[cell];
	struct udp_held *h = hold(u, cell);

	if (c->asks > 0)
		c->asks--;
	if (shown->attempts > 0)
		shown->attempts--;
	udp_batch_left(u, cell);
	if (h->tries == 0 || h->since < lapsed) {
		h->since = now;
		h->tries = 0;
		h->banned = true;
	}
	h->tries++;
	h->banned &= err == EPERM;
	h->err = err;
	h->due = (now + pause_before_next(u, h, lapsed)) / GRAIN * GRAIN;
	if (h->due < u->held_due)
		u->held_due = h->due;
	return h->tries < (h->banned ? BANNED : NO_ROOM) || now - h->since < LEAST_SPAN;
}

void udp_host_refused_verdict(const struct udp_host *u, uint32_t cell, struct answer *out)
{
	const struct udp_held *h = &u->held[u->cells[cell].held - 1];

	*out = (struct answer){.state = PORT_UNPROVED, .reason = REASON_LOCAL, .err = h->err};
	if (h->banned && h->said.state != PORT_PENDING)
		*out = h->said;
	else if (h->banned)
		out->state = PORT_FILTERED;
}

bool udp_host_left_machine(struct udp_host *u, uint32_t cell, nsec_t now)
{
	if (u->held_count == 0 || !udp_held_release(u, cell))
		return false;
	u->last_swept = now;
	return true;
}

void udp_host_control_refused(struct udp_host *u, uint16_t port)
{
	if (!udp_batch_drop_control(u, port))
		return;
	u->control_refused = true;
	u->host->controls--;
}

size_t udp_ask_held(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	size_t count = 0, asked, room = most > CONTROL_FROM ? most - 1 : most;
	uint32_t cells[UDP_BATCH];

	if (now < u->held_due)
		return 0;
	u->held_due = NSEC_NEVER;
	for (uint32_t i = 0; i < u->held_count; i++) {
		struct udp_held *h = &u->held[i];

		if (h->due <= now && count < room) {
			cells[count++] = h->cell;
			h->due = NSEC_NEVER;
		} else if (h->due < u->held_due) {
			u->held_due = h->due;
		}
	}
	asked = count ? udp_ask_all(u, now, cells, count, count >= CONTROL_FROM, out, batch) : 0;
	for (size_t i = 0; asked == 0 && i < count; i++)
		entry_of(u, cells[i])->due = u->held_due = now + BUSY;
	return asked;
}
