/* SPDX-License-Identifier: MIT */
#include "ping_names.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/resolve.h"

enum { NAMES = 1024, THREADS = 4, PENDING_MAX = 256 };

struct named {
	struct addr addr; /* family 0: free */
	char *name;       /* NULL: none, or not known yet */
};

struct ping_names {
	struct watch watch;
	struct resolver *resolver;
	struct named all[NAMES]; /* by hash; a new address takes the place of an old one */
};

static struct named *place_of(struct ping_names *n, const struct addr *a)
{
	return &n->all[addr_hash(a, 0) % NAMES];
}

static void take_names(struct watch *watch, uint32_t events, nsec_t now)
{
	struct ping_names *n = container_of(watch, struct ping_names, watch);
	struct resolution r;

	(void)events;
	(void)now;
	while (resolver_take(n->resolver, &r)) {
		struct named *named = r.count ? place_of(n, &r.addrs[0]) : NULL;

		if (named && r.status == 0 && addr_same(&named->addr, &r.addrs[0]) && !named->name)
			named->name = mem_strdup(r.name);
		resolution_release(&r);
	}
}

struct ping_names *ping_names_new(struct loop *loop)
{
	struct resolver *resolver = resolver_new(0, THREADS);
	struct ping_names *n;

	if (!resolver)
		return NULL;
	n = mem_alloc(1, sizeof *n);
	n->resolver = resolver;
	n->watch.ready = take_names;
	loop_watch(loop, resolver_fd(resolver), LOOP_IN, &n->watch);
	return n;
}

void ping_names_free(struct ping_names *n)
{
	if (!n)
		return;
	resolver_free(n->resolver);
	for (size_t i = 0; i < NAMES; i++)
		free(n->all[i].name);
	free(n);
}

const char *ping_names_get(struct ping_names *n, const struct addr *a)
{
	struct named *named = place_of(n, a);

	/* a name server that does not keep up is not asked more */
	if (!addr_same(&named->addr, a) && resolver_pending(n->resolver) >= PENDING_MAX)
		return NULL;
	if (!addr_same(&named->addr, a)) {
		free(named->name);
		*named = (struct named){.addr = *a};
		resolver_submit_addr(n->resolver, a, NULL);
	}
	return named->name;
}
