/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/changes.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum {
	NONE = 0,
	/* Entries of the same key that are others, looked at in vain: no table of the kernel has
	   that many, and a made-up one may not take for ever. */
	OTHERS_MAX = 64,
};

/* Why two entries are one socket; the surest first. */
struct way {
	bool (*knows)(const struct socket_entry *e);
	uint64_t (*hash)(const struct socket_entry *e, uint64_t seed);
	bool (*same)(const struct socket_entry *a, const struct socket_entry *b);
};

/* The entries before, by hash; indices are counted from 1. */
struct table {
	uint64_t seed;
	size_t mask;
	size_t *first; /* of a chain, in the order of the list */
	struct link {
		uint64_t hash;
		size_t next;
	} * links;
};

struct join {
	const struct socket_list *before, *after;
	size_t *later, *earlier; /* the partner of each in the other list, counted from 1 */
	struct table table;
};

/* ---- what tells that two are one */

static bool is_connection(const struct socket_entry *e)
{
	return e->proto == SOCKET_TCP && e->state != SOCKET_LISTEN && e->state != SOCKET_CLOSE;
}

/* What the kernel keeps of a connection that the program has closed: the orphan, or what replaces
 * it (struct inet_timewait_sock), with a cookie of its own on some kernels. Nothing else comes
 * after either. */
static bool is_remainder(const struct socket_entry *e)
{
	return e->inode == 0 && (e->state == SOCKET_TIME_WAIT || e->state == SOCKET_FIN_WAIT2);
}

/* Another socket, though it looks the same; `b` was seen later. */
static bool is_another(const struct socket_entry *a, const struct socket_entry *b)
{
	if (a->inode != 0 && b->inode != 0 && a->inode != b->inode)
		return true;
	if (is_remainder(a) && !is_remainder(b))
		return true;
	if (a->state == SOCKET_TIME_WAIT && b->state != SOCKET_TIME_WAIT)
		return true;
	if (a->cookie == 0 || b->cookie == 0 || a->cookie == b->cookie)
		return false;
	return a->state == SOCKET_TIME_WAIT || !is_remainder(b);
}

/* One socket can make connection after connection. */
static bool has_other_ends(const struct socket_entry *a, const struct socket_entry *b)
{
	return is_connection(a) && is_connection(b) && !socket_same(a, b);
}

static bool has_cookie(const struct socket_entry *e)
{
	return e->cookie != 0;
}

static uint64_t hash_cookie(const struct socket_entry *e, uint64_t seed)
{
	return rng_mix(seed ^ e->cookie);
}

static bool same_cookie(const struct socket_entry *a, const struct socket_entry *b)
{
	return a->cookie == b->cookie && a->proto == b->proto && a->family == b->family &&
	       !has_other_ends(a, b);
}

static bool has_ends_or_inode(const struct socket_entry *e)
{
	return is_connection(e) || e->inode != 0;
}

/* Without ends, inode and cookie only what it looks like is left: unix sockets that nobody has
 * accepted yet, as /proc/net/unix has them. */
static bool is_nameless(const struct socket_entry *e)
{
	return !has_ends_or_inode(e) && e->cookie == 0;
}

static uint64_t hash_looks(const struct socket_entry *e, uint64_t seed)
{
	const struct hash_key key = {{seed, e->state}};
	uint64_t ends = addr_hash(&e->local, seed) ^ rng_mix(addr_hash(&e->peer, seed));

	return hash_keyed(&key, e->path, e->path_len) ^ ends ^
	       rng_mix((uint64_t)e->local.port << 16 | e->peer.port);
}

static bool same_looks(const struct socket_entry *a, const struct socket_entry *b)
{
	return socket_compare(a, b) == 0;
}

static const struct way ways[] = {
	{has_cookie, hash_cookie, same_cookie},
	{has_ends_or_inode, socket_hash, socket_same},
	{is_nameless, hash_looks, same_looks},
};

/* ---- finding each other */

static void table_init(struct table *t, size_t count)
{
	size_t size = 64;

	while (size < count)
		size *= 2;
	t->seed = rng_seed();
	t->mask = size - 1;
	t->first = mem_alloc(size, sizeof *t->first);
	t->links = mem_alloc(count, sizeof *t->links);
}

static void table_release(struct table *t)
{
	free(t->first);
	free(t->links);
}

/* From the last to the first, so that the first of several comes first in its chain. */
static void fill(struct join *j, const struct way *way)
{
	struct table *t = &j->table;

	memset(t->first, 0, (t->mask + 1) * sizeof *t->first);
	for (size_t i = j->before->count; i > 0; i--) {
		const struct socket_entry *e = &j->before->entries[i - 1];
		struct link *link = &t->links[i - 1];
		size_t *first;

		if (j->later[i - 1] != NONE || !way->knows(e))
			continue;
		link->hash = way->hash(e, t->seed);
		first = &t->first[link->hash & t->mask];
		link->next = *first;
		*first = i;
	}
}

/* Takes the partner of `e` out of its chain: it is nobody else's. */
static size_t take(struct join *j, const struct way *way, const struct socket_entry *e)
{
	struct table *t = &j->table;
	uint64_t hash = way->hash(e, t->seed);
	unsigned others = 0;

	for (size_t *at = &t->first[hash & t->mask]; *at != NONE && others < OTHERS_MAX;) {
		struct link *link = &t->links[*at - 1];
		const struct socket_entry *was = &j->before->entries[*at - 1];
		size_t found = *at;

		if (link->hash == hash) {
			if (way->same(was, e) && !is_another(was, e)) {
				*at = link->next;
				return found;
			}
			others++;
		}
		at = &link->next;
	}
	return NONE;
}

static void pair_off(struct join *j, const struct way *way)
{
	fill(j, way);
	for (size_t i = 0; i < j->after->count; i++) {
		const struct socket_entry *e = &j->after->entries[i];

		if (j->earlier[i] != NONE || !way->knows(e))
			continue;
		j->earlier[i] = take(j, way, e);
		if (j->earlier[i] != NONE)
			j->later[j->earlier[i] - 1] = i + 1;
	}
}

/* ---- telling */

static void tell_alone(const struct socket_list *list, const size_t *partners,
	enum change_kind kind, const struct changes_events *events)
{
	for (size_t i = 0; i < list->count; i++)
		if (partners[i] == NONE)
			events->change(events->user, kind, &list->entries[i], 0);
}

static void tell_staying(const struct join *j, const struct changes_events *events)
{
	for (size_t i = 0; i < j->after->count && events->stays; i++)
		if (j->earlier[i] != NONE)
			events->stays(events->user, j->earlier[i] - 1, i);
}

static void tell_changed(const struct join *j, const struct changes_events *events)
{
	for (size_t i = 0; i < j->after->count; i++) {
		const struct socket_entry *e = &j->after->entries[i];
		enum socket_state was;

		if (j->earlier[i] == NONE)
			continue;
		was = j->before->entries[j->earlier[i] - 1].state;
		if (was != e->state)
			events->change(events->user, CHANGE_STATE, e, was);
	}
}

void changes_find(const struct socket_list *before, const struct socket_list *after,
	const struct changes_events *events)
{
	struct join j = {.before = before, .after = after};

	j.later = mem_alloc(before->count, sizeof *j.later);
	j.earlier = mem_alloc(after->count, sizeof *j.earlier);
	table_init(&j.table, before->count);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		pair_off(&j, &ways[i]);
	tell_staying(&j, events);
	tell_alone(before, j.later, CHANGE_CLOSED, events);
	tell_changed(&j, events);
	tell_alone(after, j.earlier, CHANGE_OPENED, events);
	table_release(&j.table);
	free(j.later);
	free(j.earlier);
}
