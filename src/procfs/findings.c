/* SPDX-License-Identifier: MIT */
#include "findings_private.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <stdlib.h>
#include <string.h>

#define TCP       (1U << SOCKET_TCP)
#define UDP       (1U << SOCKET_UDP | 1U << SOCKET_UDPLITE)
#define UNIX      (1U << SOCKET_UNIX)
#define LISTENING SOCKET_BIT(SOCKET_LISTEN)
/* A UDP socket that is bound and not connected is CLOSE. */
#define WAITING   (LISTENING | SOCKET_BIT(SOCKET_CLOSE))
#define WITH_PEER (SOCKET_ALL_STATES & ~WAITING)

static const struct finding_rule rules[FINDING_KINDS] = {
	[FINDING_CLOSE_WAIT] = {"close-wait-stays", TCP, SOCKET_BIT(SOCKET_CLOSE_WAIT), BY_OWNER,
		close_wait_suspects, close_wait_judge},
	[FINDING_SYN_SENT] = {"syn-sent-stays", TCP, SOCKET_BIT(SOCKET_SYN_SENT), BY_OWNER,
		syn_sent_suspects, syn_sent_judge},
	[FINDING_ACCEPT_QUEUE] = {"accept-queue-fills", TCP | UNIX, LISTENING, BY_LISTENER,
		accept_queue_suspects, accept_queue_judge},
	[FINDING_TIME_WAIT] = {"time-wait-takes-ports", TCP, WITH_PEER, BY_PATH, time_wait_suspects,
		time_wait_judge},
	[FINDING_FIN_WAIT2] = {"fin-wait2-orphans", TCP, SOCKET_BIT(SOCKET_FIN_WAIT2), BY_OWNER,
		fin_wait2_suspects, fin_wait2_judge},
	[FINDING_ALL_ADDRESSES] = {"all-addresses", TCP | UDP, WAITING, BY_LISTENER,
		all_addresses_suspects, all_addresses_judge},
	[FINDING_IPV4_ONLY] = {"ipv4-only", TCP, LISTENING, BY_LISTENER, ipv4_only_suspects,
		ipv4_only_judge},
	[FINDING_IPV6_ONLY] = {"ipv6-only", TCP, LISTENING, BY_LISTENER, ipv6_only_suspects,
		ipv6_only_judge},
	[FINDING_LOW_PORT] = {"low-port", TCP | UDP, WAITING | SOCKET_BIT(SOCKET_ESTABLISHED),
		BY_LISTENER, low_port_suspects, low_port_judge},
	[FINDING_STUCK] = {"data-stuck", TCP, SOCKET_BIT(SOCKET_ESTABLISHED), BY_OWNER,
		stuck_suspects, stuck_judge},
	[FINDING_UNREAD] = {"data-unread", TCP, SOCKET_BIT(SOCKET_ESTABLISHED), BY_OWNER,
		unread_suspects, unread_judge},
	[FINDING_DROPS] = {"udp-drops", UDP, SOCKET_ALL_STATES, BY_OWNER, drops_suspects,
		drops_judge},
};

const char *finding_id(enum finding_kind kind)
{
	return rules[kind].id;
}

static bool concerns(unsigned protos, unsigned states, const struct socket_entry *e)
{
	return e->state < SOCKET_STATES && states & SOCKET_BIT(e->state) && protos & 1U << e->proto;
}

/* ---- what has to be known of all sockets before one of them is judged */

struct port_use *findings_port_use(const struct look *look, const struct socket_entry *e)
{
	/* What a socket for both families accepted stays of family 6, so the family of a connection
	 * tells whose it is where two sockets share the port. */
	return &look->uses[(e->proto != SOCKET_TCP) * 2 + (e->family == 6)][e->local.port];
}

static void count_use(const struct look *look, const struct socket_entry *e)
{
	struct port_use *use = findings_port_use(look, e);
	bool own = is_own_peer(e);

	use->foreign += !own;
	if (e->state != SOCKET_ESTABLISHED)
		return;
	use->established++;
	use->own += own;
}

static void add_listener(struct look *look, size_t i)
{
	const struct socket_entry *e = &look->list->entries[i];

	look->listens[e->local.port] |=
		addr_plain(&e->local).family == 6 ? LISTENS_IPV6 : LISTENS_IPV4;
	look->next_listener[i] = look->listeners[e->local.port];
	look->listeners[e->local.port] = i + 1;
}

/* The nearer the larger: the address itself, then all of them in its family, then all. */
static int fits(const struct socket_entry *listener, const struct socket_entry *e)
{
	struct addr at = addr_plain(&listener->local), local = addr_plain(&e->local);

	if (addr_same(&at, &local))
		return 3;
	return is_wildcard(&at) ? 1 + (listener->family == e->family) : 0;
}

const struct socket_entry *findings_listener(const struct look *look, const struct socket_entry *e)
{
	const struct socket_entry *nearest = NULL;
	int best = 0;

	for (size_t i = look->listeners[e->local.port]; i; i = look->next_listener[i - 1]) {
		const struct socket_entry *l = &look->list->entries[i - 1];

		if (fits(l, e) > best) {
			best = fits(l, e);
			nearest = l;
		}
	}
	return nearest;
}

static void survey(struct look *look)
{
	look->listens = mem_alloc(PORTS, sizeof *look->listens);
	look->marks = mem_alloc(PORTS, sizeof *look->marks);
	look->listeners = mem_alloc(PORTS, sizeof *look->listeners);
	look->next_listener = mem_alloc(look->list->count, sizeof *look->next_listener);
	for (size_t i = 0; i < ARRAY_SIZE(look->uses); i++)
		look->uses[i] = mem_alloc(PORTS, sizeof *look->uses[i]);
	for (size_t i = 0; i < look->list->count; i++) {
		const struct socket_entry *e = &look->list->entries[i];

		if (concerns(TCP, LISTENING, e))
			add_listener(look, i);
		else if (concerns(TCP | UDP, WITH_PEER, e))
			count_use(look, e);
	}
}

static void survey_release(struct look *look)
{
	free(look->listens);
	free(look->marks);
	free(look->listeners);
	free(look->next_listener);
	for (size_t i = 0; i < ARRAY_SIZE(look->uses); i++)
		free(look->uses[i]);
}

/* ---- sockets to groups */

struct suspect {
	size_t socket, group;
	int which;
};

struct suspects {
	struct suspect *items;
	size_t count, room;
};

struct key {
	struct addr local, peer;
	const char *owner, *path;
	size_t path_len;
	uint32_t uid;
	int which;
	uint8_t proto;
};

struct bunch {
	struct key key;
	uint64_t hash;
	size_t begin, count; /* of its sockets, in the order of the list */
};

struct bunches {
	struct bunch *items;
	size_t *slots; /* 1 + index of a bunch, 0: free */
	size_t *sockets;
	size_t count, mask;
	struct hash_key secret; /* owners and peers choose their names and addresses */
};

static void suspects_add(struct suspects *s, size_t socket, int which)
{
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->items = mem_resize(s->items, s->room, sizeof *s->items);
	}
	s->items[s->count++] = (struct suspect){.socket = socket, .which = which};
}

static void suspect_all(const struct look *look, struct suspects found[static FINDING_KINDS])
{
	for (size_t i = 0; i < look->list->count; i++) {
		const struct socket_entry *e = &look->list->entries[i];

		for (size_t kind = 0; kind < FINDING_KINDS; kind++) {
			const struct finding_rule *rule = &rules[kind];
			int which = 0;

			if (concerns(rule->protos, rule->states, e))
				which = rule->suspects(look, e);
			if (which)
				suspects_add(&found[kind], i, which);
		}
	}
}

static struct key key_of(
	const struct look *look, enum group_by by, const struct socket_entry *e, int which)
{
	struct key key = {.which = which, .proto = e->proto};

	if (by == BY_PATH) {
		key.local = addr_plain(&e->local);
		key.local.port = 0;
		key.peer = addr_plain(&e->peer);
		return key;
	}
	if (socket_is_unaccepted(e) && findings_listener(look, e)) {
		e = findings_listener(look, e);
		by = BY_LISTENER;
	}
	key.owner = look->context->owner ? look->context->owner(look->context->user, e) : NULL;
	/* programs that cannot be seen are not one program */
	key.uid = key.owner ? 0 : e->uid;
	if (by == BY_LISTENER) {
		key.local = e->local;
		key.path = e->path;
		key.path_len = e->path_len;
	}
	return key;
}

static uint64_t hash_of(const struct key *key, const struct hash_key *secret)
{
	uint64_t hash = secret->words[0] ^ ((uint64_t)key->which << 40 | key->uid);

	hash = rng_mix(hash + ((uint64_t)key->local.port << 16 | key->peer.port));
	hash = addr_hash(&key->peer, addr_hash(&key->local, hash));
	if (key->owner)
		hash ^= hash_keyed(secret, key->owner, strlen(key->owner));
	if (key->path)
		hash = rng_mix(hash ^ hash_keyed(secret, key->path, key->path_len));
	return hash;
}

static bool same_end(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_compare(a, b) == 0;
}

static bool same_owner(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_path(const struct key *a, const struct key *b)
{
	if (!a->path || !b->path)
		return a->path == b->path;
	return a->path_len == b->path_len && memcmp(a->path, b->path, a->path_len) == 0;
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->which == b->which && a->proto == b->proto && a->uid == b->uid &&
	       same_end(&a->local, &b->local) && same_end(&a->peer, &b->peer) &&
	       same_owner(a->owner, b->owner) && same_path(a, b);
}

static size_t bunch_of(struct bunches *b, const struct key *key)
{
	uint64_t hash = hash_of(key, &b->secret);
	size_t slot = hash & b->mask;

	for (; b->slots[slot]; slot = (slot + 1) & b->mask) {
		const struct bunch *known = &b->items[b->slots[slot] - 1];

		if (known->hash == hash && same_key(&known->key, key))
			return b->slots[slot] - 1;
	}
	b->items[b->count] = (struct bunch){.key = *key, .hash = hash};
	b->slots[slot] = ++b->count;
	return b->count - 1;
}

static void bunches_fill(
	struct bunches *b, const struct look *look, enum group_by by, struct suspects *s)
{
	size_t begin = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct socket_entry *e = &look->list->entries[s->items[i].socket];
		struct key key = key_of(look, by, e, s->items[i].which);

		s->items[i].group = bunch_of(b, &key);
		b->items[s->items[i].group].count++;
	}
	for (size_t i = 0; i < b->count; i++) {
		b->items[i].begin = begin;
		begin += b->items[i].count;
		b->items[i].count = 0;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct bunch *bunch = &b->items[s->items[i].group];

		b->sockets[bunch->begin + bunch->count++] = s->items[i].socket;
	}
}

static void bunches_init(struct bunches *b, size_t most)
{
	size_t slots = 16;

	while (slots < most * 2)
		slots *= 2;
	*b = (struct bunches){.mask = slots - 1};
	b->items = mem_alloc(most, sizeof *b->items);
	b->slots = mem_alloc(slots, sizeof *b->slots);
	b->sockets = mem_alloc(most, sizeof *b->sockets);
	hash_key_init(&b->secret);
}

static void bunches_release(struct bunches *b)
{
	free(b->items);
	free(b->slots);
	free(b->sockets);
}

/* ---- groups to findings */

const struct socket_entry *group_entry(const struct group *g, size_t i)
{
	return &g->look->list->entries[g->sockets[i]];
}

static void findings_add(
	struct findings *out, enum finding_kind kind, const struct group *g, struct verdict *v)
{
	struct finding *f;

	/* room for a power of two, asked for when it is full */
	if ((out->count & (out->count - 1)) == 0)
		out->items =
			mem_resize(out->items, out->count ? out->count * 2 : 1, sizeof *out->items);
	f = &out->items[out->count++];
	*f = (struct finding){.kind = kind,
		.severity = v->severity,
		.first = g->sockets[0],
		.sockets = mem_alloc(g->count, sizeof *f->sockets),
		.count = g->count,
		.group = g->owner ? mem_strdup(g->owner) : NULL,
		.summary = v->summary.text,
		.next = v->next.text};
	memcpy(f->sockets, g->sockets, g->count * sizeof *f->sockets);
}

static void judge(
	const struct look *look, enum finding_kind kind, struct suspects *s, struct findings *out)
{
	struct bunches b;

	if (s->count == 0)
		return;
	bunches_init(&b, s->count);
	bunches_fill(&b, look, rules[kind].by, s);
	for (size_t i = 0; i < b.count; i++) {
		struct verdict v = {0};
		struct group g = {
			.look = look,
			.sockets = b.sockets + b.items[i].begin,
			.count = b.items[i].count,
			.owner = b.items[i].key.owner,
			.which = b.items[i].key.which,
		};

		if (rules[kind].judge(&g, &v))
			findings_add(out, kind, &g, &v);
	}
	bunches_release(&b);
}

static int by_importance(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

void findings_look(const struct socket_list *list, const struct findings_context *context,
	struct findings *out)
{
	struct look look = {.list = list, .context = context};
	struct suspects found[FINDING_KINDS] = {0};

	*out = (struct findings){0};
	survey(&look);
	suspect_all(&look, found);
	for (unsigned kind = 0; kind < FINDING_KINDS; kind++) {
		judge(&look, kind, &found[kind], out);
		free(found[kind].items);
	}
	survey_release(&look);
	if (out->count)
		qsort(out->items, out->count, sizeof *out->items, by_importance);
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].sockets);
		free(f->items[i].group);
		free(f->items[i].summary);
		free(f->items[i].next);
	}
	free(f->items);
	*f = (struct findings){0};
}
