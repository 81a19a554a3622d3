/* SPDX-License-Identifier: MIT */
#include "scan_known.h"

#include "netprobe/base/mem.h"
#include "scan_known_store.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS_FIRST = 256, PLACES_FIRST = 64 };

_Static_assert(sizeof(struct known_port) == 16, "there may be millions");

struct scan_known *known_new(void)
{
	return mem_alloc(1, sizeof(struct scan_known));
}

void scan_known_free(struct scan_known *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->rule_count; i++)
		ports_free(k->rules[i].ports);
	for (size_t i = 0; i < k->run.arg_count; i++)
		free(k->args[i]);
	free(k->args);
	free(k->shard);
	free(k->ports);
	free(k->addrs);
	free(k->rules);
	free(k->summaries);
	free(k->places);
	free(k);
}

/* --- addresses ----------------------------------------------------------------------------------
 */

/* Where the address stands, or would. */
static size_t place_of(const struct scan_known *k, const struct addr *a)
{
	size_t at = addr_hash(a, 0) & (k->place_count - 1);

	while (k->places[at] && addr_compare(&k->addrs[k->places[at] - 1].addr, a) != 0)
		at = (at + 1) & (k->place_count - 1);
	return at;
}

static void grow_places(struct scan_known *k)
{
	free(k->places);
	k->place_count = k->place_count ? 2 * k->place_count : PLACES_FIRST;
	k->places = mem_alloc(k->place_count, sizeof *k->places);
	for (size_t i = 0; i < k->addr_count; i++)
		k->places[place_of(k, &k->addrs[i].addr)] = (uint32_t)i + 1;
}

static uint32_t add_addr(struct scan_known *k, const struct addr *a)
{
	size_t at;

	if (2 * k->addr_count >= k->place_count)
		grow_places(k);
	at = place_of(k, a);
	if (k->places[at])
		return k->places[at] - 1;
	if (k->addr_count == k->addr_room) {
		k->addr_room = k->addr_room ? 2 * k->addr_room : PLACES_FIRST;
		k->addrs = mem_resize(k->addrs, k->addr_room, sizeof *k->addrs);
	}
	k->addrs[k->addr_count] = (struct known_addr){.addr = *a};
	k->addrs[k->addr_count].addr.port = 0;
	k->places[at] = (uint32_t)++k->addr_count;
	return k->places[at] - 1;
}

static bool find_addr(const struct scan_known *k, const struct addr *a, uint32_t *index)
{
	struct addr plain = addr_plain(a);
	size_t at;

	if (k->addr_count == 0)
		return false;
	at = place_of(k, &plain);
	*index = k->places[at] - 1;
	return k->places[at] != 0;
}

/* A line without a zone is about the address in any: that with the zone comes first. */
static size_t find_addrs(const struct scan_known *k, const struct addr *a, uint32_t found[static 2])
{
	struct addr anywhere = *a;
	size_t count = 0;

	if (find_addr(k, a, &found[count]))
		count++;
	anywhere.scope = 0;
	if (a->scope && find_addr(k, &anywhere, &found[count]))
		count++;
	return count;
}

/* --- ports --------------------------------------------------------------------------------------
 */

static int by_place(const struct known_port *a, const struct known_port *b)
{
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto - b->proto;
	return a->port - b->port;
}

/* Of a port the line first that counts. */
static int by_weight(const void *x, const void *y)
{
	const struct known_port *a = x, *b = y;
	int order = by_place(a, b);

	if (order == 0)
		order = a->beside - b->beside;
	if (order == 0)
		order = a->turn > b->turn ? -1 : 1;
	return order;
}

static void settle_ports(struct scan_known *k)
{
	size_t kept = 0;

	if (k->port_count)
		qsort(k->ports, k->port_count, sizeof *k->ports, by_weight);
	for (size_t i = 0; i < k->port_count; i++)
		if (kept == 0 || by_place(&k->ports[kept - 1], &k->ports[i]) != 0)
			k->ports[kept++] = k->ports[i];
	k->port_count = kept;
}

/* Lines that say the same again and again take no more room than the last of them. */
static void make_room(struct scan_known *k)
{
	settle_ports(k);
	if (2 * k->port_count < k->port_room)
		return;
	k->port_room = k->port_room ? 2 * k->port_room : PORTS_FIRST;
	k->ports = mem_resize(k->ports, k->port_room, sizeof *k->ports);
}

void known_add_port(struct scan_known *k, const struct addr *a, enum known_proto proto,
	uint16_t port, uint32_t beside, unsigned states, enum port_reason reason)
{
	if (k->port_count == k->port_room)
		make_room(k);
	k->ports[k->port_count++] = (struct known_port){
		.addr = add_addr(k, a),
		.turn = k->turn++,
		.port = port,
		.beside = (uint16_t)beside,
		.proto = (uint8_t)proto,
		.states = (uint8_t)states,
		.reason = (uint8_t)reason,
	};
}

void known_mark_guess(struct scan_known *k)
{
	k->ports[k->port_count - 1].guess = true;
}

void known_mark_located(struct scan_known *k)
{
	k->ports[k->port_count - 1].located = true;
}

static void add_ports(struct scan_known *k, const struct addr *a, enum known_proto proto,
	const struct ports *ports, unsigned states)
{
	uint32_t count = ports_count(ports);

	for (uint32_t i = 0; i < count; i++)
		known_add_port(k, a, proto, ports_at(ports, i), count, states, REASON_NONE);
}

void known_add_rule(struct scan_known *k, const struct range *range, enum known_proto proto,
	struct ports *ports, unsigned states)
{
	if (range_size(range) > 1) {
		k->rules = mem_resize(k->rules, k->rule_count + 1, sizeof *k->rules);
		k->rules[k->rule_count++] = (struct known_rule){
			*range, ports, k->turn++, (uint8_t)proto, (uint8_t)states};
		return;
	}
	if (ports_count(ports) == PORTS_MAX) {
		uint32_t index = add_addr(k, &range->first);

		k->addrs[index].rest[proto] = (uint8_t)states;
	} else {
		add_ports(k, &range->first, proto, ports, states);
	}
	ports_free(ports);
}

static int rule_by_weight(const void *x, const void *y)
{
	const struct known_rule *a = x, *b = y;
	u128 size = range_size(&a->range), other = range_size(&b->range);

	if (size != other)
		return size < other ? -1 : 1;
	if (!a->range.first.scope != !b->range.first.scope)
		return a->range.first.scope ? -1 : 1;
	if (ports_count(a->ports) != ports_count(b->ports))
		return ports_count(a->ports) < ports_count(b->ports) ? -1 : 1;
	return a->turn > b->turn ? -1 : 1;
}

void known_settle(struct scan_known *k)
{
	settle_ports(k);
	if (k->port_count)
		k->ports = mem_resize(k->ports, k->port_count, sizeof *k->ports);
	k->port_room = k->port_count;
	if (k->rule_count)
		qsort(k->rules, k->rule_count, sizeof *k->rules, rule_by_weight);
}

/* --- what is asked of it ------------------------------------------------------------------------
 */

static bool covers(
	const struct known_rule *r, const struct addr *a, uint16_t port, enum known_proto proto)
{
	const struct addr *first = &r->range.first;
	struct addr plain = addr_plain(a);
	u128 ip = addr_number(&plain);

	return r->proto == proto && first->family == plain.family &&
	       (first->scope == 0 || first->scope == plain.scope) && ip >= addr_number(first) &&
	       ip <= r->range.last && ports_has(r->ports, port);
}

static const struct known_port *find_port(
	const struct scan_known *k, uint32_t addr, uint16_t port, enum known_proto proto)
{
	struct known_port wanted = {.addr = addr, .port = port, .proto = (uint8_t)proto};
	size_t low = 0, high = k->port_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = by_place(&k->ports[middle], &wanted);

		if (order == 0)
			return &k->ports[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static enum known_proto proto_of(int proto)
{
	return proto == IPPROTO_UDP ? KNOWN_UDP : KNOWN_TCP;
}

unsigned scan_known_states(const struct scan_known *k, const struct addr *a, uint16_t port,
	int proto, enum port_reason *reason)
{
	enum known_proto which = proto_of(proto);
	uint32_t found[2];
	size_t count = find_addrs(k, a, found);

	if (reason)
		*reason = REASON_NONE;
	for (size_t i = 0; i < count; i++) {
		const struct known_port *p = find_port(k, found[i], port, which);

		if (p && reason)
			*reason = p->reason;
		if (p)
			return p->states;
		if (k->addrs[found[i]].rest[which])
			return k->addrs[found[i]].rest[which];
	}
	for (size_t i = 0; i < k->rule_count; i++)
		if (covers(&k->rules[i], a, port, which))
			return k->rules[i].states;
	return 0;
}

/* Of records, which name all of their ports. */
static const struct known_port *record_of(
	const struct scan_known *k, const struct addr *a, uint16_t port, enum known_proto proto)
{
	const struct known_port *p = NULL;
	uint32_t found[2];
	size_t count = find_addrs(k, a, found);

	for (size_t i = 0; i < count && !p; i++)
		p = find_port(k, found[i], port, proto);
	return p;
}

bool scan_known_is_guess(const struct scan_known *k, const struct addr *a, uint16_t port, int proto)
{
	const struct known_port *p = record_of(k, a, port, proto_of(proto));

	return p && p->guess;
}

bool scan_known_is_located(
	const struct scan_known *k, const struct addr *a, uint16_t port, int proto)
{
	const struct known_port *p = record_of(k, a, port, proto_of(proto));

	return p && p->located;
}

bool scan_known_next(
	const struct scan_known *k, uint64_t *at, struct addr *a, int *proto, unsigned *states)
{
	while (*at < k->port_count) {
		const struct known_port *p = &k->ports[(*at)++];

		if (p->proto == KNOWN_BANNER)
			continue;
		*a = k->addrs[p->addr].addr;
		a->port = p->port;
		*proto = p->proto == KNOWN_UDP ? IPPROTO_UDP : IPPROTO_TCP;
		*states = p->states;
		return true;
	}
	return false;
}

bool scan_known_is_empty(const struct scan_known *k)
{
	return k->addr_count == 0 && k->rule_count == 0;
}

bool scan_known_has(const struct scan_known *k, int proto)
{
	enum known_proto which = proto_of(proto);

	for (size_t i = 0; i < k->port_count; i++)
		if (k->ports[i].proto == which)
			return true;
	for (size_t i = 0; i < k->addr_count; i++)
		if (k->addrs[i].rest[which])
			return true;
	for (size_t i = 0; i < k->rule_count; i++)
		if (k->rules[i].proto == which)
			return true;
	return false;
}

bool scan_known_is_records(const struct scan_known *k)
{
	return k->is_records;
}

bool scan_known_cut(const struct scan_known *k, uint64_t *offset)
{
	*offset = k->whole;
	return k->cut;
}

const struct known_run *scan_known_run(const struct scan_known *k)
{
	return k->has_run ? &k->run : NULL;
}

bool scan_known_banner(const struct scan_known *k, const struct addr *a, uint16_t port)
{
	return record_of(k, a, port, KNOWN_BANNER) != NULL;
}

/* --- summaries ----------------------------------------------------------------------------------
 */

void known_add_summary(
	struct scan_known *k, const struct addr *a, const uint32_t counts[static PORT_STATES])
{
	uint32_t index = add_addr(k, a);
	struct known_addr *about = &k->addrs[index];
	struct known_summary *s;

	if (k->summary_count == k->summary_room) {
		k->summary_room = k->summary_room ? 2 * k->summary_room : PLACES_FIRST;
		k->summaries = mem_resize(k->summaries, k->summary_room, sizeof *k->summaries);
	}
	s = &k->summaries[k->summary_count++];
	*s = (struct known_summary){.before = about->summaries};
	memcpy(s->counts, counts, sizeof s->counts);
	about->summaries = (uint32_t)k->summary_count;
}

static uint64_t ports_of_summary(const struct known_summary *s)
{
	uint64_t sum = 0;

	for (unsigned state = 0; state < PORT_STATES; state++)
		sum += s->counts[state];
	return sum;
}

bool scan_known_take_summary(struct scan_known *k, const struct addr *a, uint32_t ports,
	uint32_t counts[static PORT_STATES])
{
	uint32_t index, at = find_addr(k, a, &index) ? k->addrs[index].summaries : 0;

	while (at) {
		struct known_summary *s = &k->summaries[at - 1];

		if (!s->taken && ports_of_summary(s) == ports) {
			s->taken = true;
			memcpy(counts, s->counts, sizeof s->counts);
			return true;
		}
		at = s->before;
	}
	return false;
}
