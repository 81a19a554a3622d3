/* SPDX-License-Identifier: MIT */
#include "udp_host.h"

#include "netprobe/base/rng.h"

enum {
	CONTROL_FIRST = 49152, /* RFC 6335, 6: dynamic ports */
	CONTROL_PORTS = 65536 - CONTROL_FIRST,
	CONTROL_TRIES = 16,
	REPLIES_TELL = 4, /* from then on controls have nothing more to say */
};

bool udp_is_free(const struct udp_host *u, uint32_t cell)
{
	return u->host->cells[cell].state == PORT_PENDING && u->cells[cell].batch == 0 &&
	       u->cells[cell].held == 0;
}

/* A port that is closed for certain; 0: none is. */
static uint16_t closed_port(const struct udp_host *u)
{
	uint32_t count = u->host->count;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t cell = (uint32_t)((u->random + i) % count);

		if (u->host->cells[cell].state == PORT_CLOSED)
			return host_port(u->host, cell);
	}
	return 0;
}

static uint16_t random_port(struct udp_host *u)
{
	const struct ports *from = u->policy->controls;

	u->random = rng_mix(u->random + 1);
	if (!from)
		return (uint16_t)(CONTROL_FIRST + u->random % CONTROL_PORTS);
	if (ports_count(from) == 0)
		return closed_port(u);
	return ports_at(from, (uint32_t)(u->random % ports_count(from)));
}

/* Where few may be asked, one that is under way would answer for two batches. 0: none is left. */
static uint16_t control_port(struct udp_host *u)
{
	uint16_t port = 0;

	for (int i = 0; i < CONTROL_TRIES; i++) {
		uint16_t drawn = random_port(u);
		const struct udp_port *known = udp_ports_find(u->ports, drawn);

		if (udp_batch_has_control(u, drawn))
			continue;
		port = drawn;
		/* nothing is better than a port that is closed for certain */
		if (!known || u->host->cells[known->cell].state == PORT_CLOSED)
			break;
	}
	return port;
}

bool udp_has_control(const struct udp_host *u)
{
	const struct ports *from = u->policy->controls;

	if (u->host->controls_replied >= REPLIES_TELL)
		return false;
	return !from || ports_count(from) > 0 || u->closed > 0;
}

bool udp_draw_control(struct udp_host *u)
{
	if (u->control == 0 && udp_has_control(u))
		u->control = control_port(u);
	return u->control != 0;
}

static struct udp_ask ask_control(struct udp_host *u, unsigned batch)
{
	struct udp_ask ask = {.cell = UDP_CONTROL, .port = u->control};

	u->control = 0;
	udp_batch_control(u, batch, ask.port);
	u->host->controls++;
	return ask;
}

static struct udp_ask ask_cell(struct udp_host *u, unsigned batch, uint32_t cell)
{
	struct udp_cell *c = &u->cells[cell];
	struct cell *shown = &u->host->cells[cell];

	c->question = c->asks % u->ports->asks[cell];
	if (c->asks < UINT8_MAX)
		c->asks++;
	if (shown->attempts < UINT8_MAX)
		shown->attempts++;
	udp_batch_add(u, batch, cell);
	return (struct udp_ask){cell, host_port(u->host, cell), c->question};
}

void udp_compact(struct udp_host *u)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < u->left_count; i++)
		if (u->host->cells[u->left[i]].state == PORT_PENDING)
			u->left[kept++] = u->left[i];
	u->left_count = kept;
	u->at = 0;
}

static bool is_wanted(const struct udp_host *u, uint32_t cell, enum udp_wanted what)
{
	const struct udp_cell *c = &u->cells[cell];

	if (!udp_is_free(u, cell) || c->evidence == UDP_EVIDENCE)
		return false;
	return what == UDP_ANY || c->suspect == (what == UDP_SUSPECTS);
}

size_t udp_collect(struct udp_host *u, enum udp_wanted what, size_t most, uint32_t out[])
{
	bool sweeping = u->sweep_at < u->sweep_end;
	size_t count = 0;

	if (!sweeping && u->left_count > 2 * udp_host_pending(u))
		udp_compact(u);
	for (uint32_t steps = u->left_count; steps > 0 && count < most; steps--) {
		uint32_t cell = u->left[u->at % u->left_count];

		u->at = (u->at + 1) % u->left_count;
		if (is_wanted(u, cell, what))
			out[count++] = cell;
	}
	return count;
}

size_t udp_ask_all(struct udp_host *u, nsec_t now, const uint32_t cells[], size_t count,
	bool control, struct udp_ask out[], unsigned *batch)
{
	size_t n = 0;

	control = control && udp_draw_control(u);
	if (count + control == 0)
		return 0;
	if (!udp_batch_begin(u, now, batch)) {
		udp_host_later(u, u->settle_due);
		return 0;
	}
	if (count && u->phase == UDP_SWEEP)
		u->last_swept = now;
	for (size_t i = 0; i < count; i++)
		out[n++] = ask_cell(u, *batch, cells[i]);
	if (control)
		out[n++] = ask_control(u, *batch);
	return n;
}
