/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"
#include "netprobe/packet/icmp.h"

enum {
	ROUNDS = 64
}; /* batches that one call takes at the most: a flood shall not hold up the rest */

/* --- which question is it about -----------------------------------------------------------------
 */

struct udp_flight *udp_flight_of(struct udp_engine *e, uint32_t key)
{
	struct udp_flight *f = &e->flights[key % UDP_FLIGHTS];

	return f->key == key && f->to.family ? f : NULL;
}

/* The port's cell, where it is still open what it is. */
bool udp_is_pending(const struct udp_host *u, uint16_t port, uint32_t *cell)
{
	const struct udp_port *p = udp_ports_find(u->ports, port);

	if (!p || u->host->cells[p->cell].state != PORT_PENDING || u->cells[p->cell].asks == 0)
		return false;
	*cell = p->cell;
	return true;
}

/* Of several entries of the table for one address (targets that were named twice) the next. */
struct udp_host *udp_next_same(struct udp_host *u)
{
	const struct addr *a = &u->host->addr;

	do {
		u = u->next_same;
	} while (u && !addr_same(&u->host->addr, a));
	return u;
}

nsec_t udp_time_it(struct udp_engine *e, struct udp_host *u, uint32_t cell,
	const struct instant *read, struct answer *a)
{
	const struct udp_flight *f = udp_flight_of(e, u->cells[cell].key);
	struct stamps stamps;

	if (!f)
		return 0;
	stamps = (struct stamps){f->asked, *read, f->wire, a->arrived};
	a->wire = f->wire;
	a->rtt = round_trip_of(&stamps).rtt;
	/* Karn's rule: which of several was answered is not known; and a service takes its time */
	if (a->rtt > 0 && u->cells[cell].asks == 1 &&
		(a->reason == REASON_ICMP || u->host->rtt.samples == 0))
		rtt_sample(&u->host->rtt, a->rtt);
	return read->mono - f->asked.mono;
}

/* --- errors -------------------------------------------------------------------------------------
 */

static bool is_own_address(struct udp_socket *s, const struct addr *a)
{
	struct next_hop hop;

	if (!s->judged.family || !addr_same(&s->judged, a)) {
		s->judged = *a;
		s->judged_own = route_next_hop(a, &hop) == 0 && hop.local;
	}
	return s->judged_own;
}

static struct answer answer_of_error(const struct dgram_packet *packet, enum icmp_meaning meaning)
{
	struct answer a = {.state = PORT_FILTERED,
		.reason = REASON_ICMP,
		.icmp_type = packet->error.type,
		.icmp_code = packet->error.code,
		.from = packet->error.from,
		.arrived = packet->stamp};

	if (meaning == ICMP_MEANS_NO_WAY)
		a.state = PORT_UNREACHABLE;
	/* only the target itself can say that nobody listens there */
	if (meaning == ICMP_MEANS_NO_PORT && addr_same(&packet->error.from, &packet->peer))
		a.state = PORT_CLOSED;
	return a;
}

/* The last question of the port, by our own firewall. */
static bool was_refused(
	struct udp_engine *e, const struct udp_host *u, uint16_t port, uint32_t *cell)
{
	const struct udp_port *p = udp_ports_find(u->ports, port);
	const struct udp_flight *f;

	if (!p || u->host->cells[p->cell].state != PORT_PENDING)
		return false;
	f = udp_flight_of(e, u->cells[p->cell].key);
	if (!f || !f->refused || f->to.port != port || !addr_same(&f->to, &u->host->addr))
		return false;
	*cell = p->cell;
	return true;
}

/* A rule for one port is answered so, too; nobody has one for a random port alone. The address
 * itself is there if it says so. */
static void note_no_way(
	struct udp_host *u, const struct dgram_packet *packet, const struct answer *a, nsec_t now)
{
	const struct udp_port *listed = udp_ports_find(u->ports, packet->peer.port);

	udp_host_no_way(u, packet->peer.port, now);
	if (addr_same(&packet->error.from, &packet->peer)) {
		u->heard = true;
	} else if (!listed) {
		u->no_way = *a;
	} else if (u->host->cells[listed->cell].state == PORT_PENDING) {
		u->host->no_way++;
		u->host->no_way_cell = listed->cell;
	}
}

/* The budget is that of whoever answers controls: the target, or what rejects everything before it.
 * Rejects of single ports by others draw on another. */
static bool counts(struct udp_host *u, const struct dgram_packet *packet)
{
	const struct addr *from = &packet->error.from;

	if (!udp_ports_find(u->ports, packet->peer.port))
		u->answering = *from;
	return addr_same(from, &packet->peer) ||
	       (u->answering.family && addr_same(from, &u->answering));
}

static void take_error_of(struct udp_socket *s, struct udp_host *u,
	const struct dgram_packet *packet, const struct instant *read)
{
	struct udp_engine *e = s->engine;
	enum icmp_meaning meaning = icmp_meaning(s->family, packet->error.type, packet->error.code);
	struct answer a = answer_of_error(packet, meaning);
	uint32_t cell;
	bool pending, own;

	if (was_refused(e, u, packet->peer.port, &cell) && is_own_address(s, &packet->error.from)) {
		a.state = PORT_FILTERED;
		a.reason = REASON_LOCAL;
		udp_host_rejected(u, cell, &a);
		return;
	}
	pending = udp_is_pending(u, packet->peer.port, &cell);
	own = !addr_same(&packet->error.from, &packet->peer) &&
	      is_own_address(s, &packet->error.from);
	if (a.state == PORT_CLOSED)
		u->host->closed_port = packet->peer.port;
	if (own && meaning == ICMP_MEANS_NO_WAY && route_is_unreached(&packet->peer)) {
		udp_engine_no_neighbour(e, u);
		return;
	}
	if (own)
		a.reason = REASON_LOCAL;
	/* that it cannot be reached says nothing of its ports, nor of a budget of its own */
	else if (meaning == ICMP_MEANS_NO_WAY)
		note_no_way(u, packet, &a, read->mono);
	else if (counts(u, packet))
		udp_host_error(u, packet->peer.port, read->mono);
	if (pending)
		udp_engine_decide(e, u, cell, &a, udp_time_it(e, u, cell, read, &a));
}

static void take_error(
	struct udp_socket *s, const struct dgram_packet *packet, const struct instant *read)
{
	struct udp_engine *e = s->engine;
	struct udp_host *u = udp_engine_find(e, &packet->peer);

	if (icmp_meaning(s->family, packet->error.type, packet->error.code) == ICMP_MEANS_NOTHING)
		return;
	for (; u && !e->stopping; u = udp_next_same(u)) {
		take_error_of(s, u, packet, read);
		udp_engine_ready(e, u);
	}
}

/* Stamps of departures and ICMP errors come the same way. */
void udp_take_errors(struct udp_socket *s)
{
	struct dgram_packet packets[DGRAM_BATCH];
	size_t count, rounds = 0;

	do {
		struct instant read;

		count = dgram_receive_errors(s->dgram, packets);
		read = instant_now();
		for (size_t i = 0; i < count && !s->engine->stopping; i++) {
			struct udp_flight *f = udp_flight_of(s->engine, packets[i].key);

			if (packets[i].kind == DGRAM_STAMP && f)
				f->wire = packets[i].stamp;
			else if (packets[i].kind == DGRAM_ERROR)
				take_error(s, &packets[i], &read);
		}
	} while (count == DGRAM_BATCH && ++rounds < ROUNDS);
}

/* What found no room here may have been the answer of a control, or late that of any port. */
static void note_drops(struct udp_socket *s)
{
	uint64_t dropped = dgram_dropped(s->dgram);
	nsec_t now = clock_now();

	if (dropped == s->dropped)
		return;
	log_info("%llu packets found no room in the receive buffer",
		(unsigned long long)(dropped - s->dropped));
	s->dropped = dropped;
	for (struct udp_host *u = s->engine->live; u; u = u->next)
		udp_host_lost(u, now);
}

void udp_socket_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct udp_socket *s = container_of(watch, struct udp_socket, watch);
	struct dgram_packet packets[DGRAM_BATCH];
	size_t count, rounds = 0;

	(void)events;
	(void)now;
	do {
		struct instant read;

		count = dgram_receive(s->dgram, packets);
		read = instant_now();
		/* the stamp of a departure is queued before the answer can come */
		udp_take_errors(s);
		for (size_t i = 0; i < count && !s->engine->stopping; i++)
			udp_take_reply(s, &packets[i], &read);
	} while (count == DGRAM_BATCH && ++rounds < ROUNDS && !s->engine->stopping);
	note_drops(s);
}
