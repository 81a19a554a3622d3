/* SPDX-License-Identifier: MIT */
#include "filter_parts.h"

#include <string.h>

/* ---- names of unix sockets */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* /proc shows the NULs of an abstract name as @, and so they are written. */
static bool byte_matches(char pattern, char c)
{
	return pattern == '?' || lower(pattern) == lower(c) || (pattern == '@' && c == '\0');
}

/* Only the latest * can have to take more than it did: what stood before it has found the first
 * place there is. */
static bool name_matches(const char *pattern, const char *name, size_t len)
{
	const char *end = name + len, *star = NULL, *retry = NULL;

	while (name < end) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern && byte_matches(*pattern, *name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

/* ---- addresses and ports */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool addr_within(const struct addr *a, const struct addr *net, unsigned bits)
{
	struct addr plain = net->family == 4 ? addr_plain(a) : *a;

	if (plain.family != net->family)
		return false;
	if (net->scope != 0 && a->scope != 0 && net->scope != a->scope)
		return false;
	return same_bits(plain.ip, net->ip, bits < addr_bits(net) ? bits : addr_bits(net));
}

static bool address_matches(const struct filter_place *place, const struct addr *a)
{
	if (place->family != 0 && place->family != a->family)
		return false;
	for (size_t i = 0; i < place->count; i++)
		if (addr_within(a, &place->addrs[i], place->bits))
			return true;
	return place->count == 0;
}

static bool end_matches(const struct filter_place *place, const struct addr *a)
{
	return (!place->has_port || a->port == place->port) && address_matches(place, a);
}

bool filter_place_matches(
	const struct filter_place *place, enum filter_side side, const struct socket_entry *e)
{
	bool is_unix = e->proto == SOCKET_UNIX;

	if (is_unix != (place->pattern != NULL))
		return false;
	if (is_unix)
		return e->path ? name_matches(place->pattern, e->path, e->path_len)
			       : name_matches(place->pattern, "", 0);
	return (side != FILTER_PEER && end_matches(place, &e->local)) ||
	       (side != FILTER_LOCAL && end_matches(place, &e->peer));
}

/* ---- tests */

static bool compare(enum filter_op op, uint32_t a, uint32_t b)
{
	switch (op) {
	case OP_EQ:
		return a == b;
	case OP_NE:
		return a != b;
	case OP_LT:
		return a < b;
	case OP_LE:
		return a <= b;
	case OP_GT:
		return a > b;
	case OP_GE:
		return a >= b;
	}
	return false;
}

static bool host_holds(const struct filter_node *n, const struct socket_entry *e)
{
	if ((e->proto == SOCKET_UNIX) != (n->place.pattern != NULL))
		return false;
	return filter_place_matches(&n->place, n->side, e) == (n->op == OP_EQ);
}

static bool port_holds(const struct filter_node *n, const struct socket_entry *e)
{
	const struct addr *a = n->side == FILTER_LOCAL ? &e->local : &e->peer;

	if (e->proto == SOCKET_UNIX || !address_matches(&n->place, a))
		return false;
	return n->place.has_port ? compare(n->op, a->port, n->place.port) : n->op == OP_EQ;
}

static bool device_holds(const struct filter_node *n, const struct socket_entry *e)
{
	return e->proto != SOCKET_UNIX && compare(n->op, e->interface, n->interface);
}

/* Slashes around a path say nothing. */
static bool same_path(const char *a, const char *b)
{
	size_t len;

	a += strspn(a, "/");
	b += strspn(b, "/");
	len = strlen(a);
	while (len > 0 && a[len - 1] == '/')
		len--;
	return strncmp(a, b, len) == 0 && b[len + strspn(b + len, "/")] == '\0';
}

static bool cgroup_holds(
	const struct filter *f, const struct filter_node *n, const struct socket_entry *e)
{
	const char *path =
		e->cgroup != 0 && f->cgroup_path ? f->cgroup_path(f->cgroup_user, e->cgroup) : NULL;

	return (path && same_path(path, n->path)) == (n->op == OP_EQ);
}

static bool node_holds(
	const struct filter *f, const struct filter_node *n, const struct socket_entry *e);

/* Whether one of them comes out as `wanted`. */
static bool some(const struct filter *f, const struct filter_node *first, bool wanted,
	const struct socket_entry *e)
{
	for (const struct filter_node *n = first; n; n = n->next)
		if (node_holds(f, n, e) == wanted)
			return true;
	return false;
}

static bool test_holds(
	const struct filter *f, const struct filter_node *n, const struct socket_entry *e)
{
	switch (n->kind) {
	case NODE_AND:
		return !some(f, n->first, false, e);
	case NODE_OR:
		return some(f, n->first, true, e);
	case NODE_HOST:
		return host_holds(n, e);
	case NODE_PORT:
		return port_holds(n, e);
	case NODE_DEVICE:
		return device_holds(n, e);
	case NODE_CGROUP:
		return cgroup_holds(f, n, e);
	}
	return false;
}

/* As deep as brackets may stand in brackets. */
static bool node_holds(
	const struct filter *f, const struct filter_node *n, const struct socket_entry *e)
{
	return test_holds(f, n, e) != n->negated;
}

/* ---- options */

static bool has_bit(const uint64_t *bits, uint16_t n)
{
	return bits[n / 64] >> n % 64 & 1;
}

/* Port 0 is in no set: unix sockets have no other. */
static bool ports_hold(const uint64_t *ports, enum filter_side side, const struct socket_entry *e)
{
	if (!ports)
		return true;
	return (side != FILTER_PEER && has_bit(ports, e->local.port)) ||
	       (side != FILTER_LOCAL && has_bit(ports, e->peer.port));
}

static bool places_hold(const struct filter *f, enum filter_side side, const struct socket_entry *e)
{
	for (size_t i = 0; i < f->places[side].count; i++)
		if (filter_place_matches(&f->places[side].items[i], side, e))
			return true;
	return f->places[side].count == 0;
}

static bool user_holds(const struct filter *f, const struct socket_entry *e)
{
	if (f->user_count == 0)
		return true;
	if (!socket_knows_uid(e))
		return false;
	for (size_t i = 0; i < f->user_count; i++)
		if (f->users[i] == e->uid)
			return true;
	return false;
}

bool filter_matches(const struct filter *f, const struct socket_entry *e)
{
	bool given;
	unsigned states = filter_states(f, &given);

	if (given && (e->state >= SOCKET_STATES || (states & SOCKET_BIT(e->state)) == 0))
		return false;
	for (enum filter_side side = 0; side < FILTER_SIDES; side++)
		if (!ports_hold(f->ports[side], side, e) || !places_hold(f, side, e))
			return false;
	return user_holds(f, e) && !some(f, f->roots, false, e);
}
