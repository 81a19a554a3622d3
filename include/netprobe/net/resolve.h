/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_RESOLVE_H
#define NETPROBE_NET_RESOLVE_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Names to addresses through the system's resolver, getaddrinfo(3), in threads of its own, so that
 * the loop never waits. Threads start with the first name, as many as there is work for, up to a
 * bound.
 */
struct resolver;

struct resolution {
	char *name;         /* as submitted */
	void *user;         /* as submitted */
	int status;         /* 0 or an EAI_ code */
	const char *why;    /* text of the failure, NULL when it worked; static */
	struct addr *addrs; /* in the order of RFC 6724, duplicates removed, port 0 */
	size_t count;
	nsec_t elapsed; /* of the lookup itself, without the wait for a thread */
};

/* `family` 4, 6 or 0 for both. NULL with errno set where no thread or eventfd can be had. */
struct resolver *resolver_new(int family, unsigned max_threads);

/* Ends what can be ended. Threads inside getaddrinfo() cannot be stopped: they are left to finish,
 * and free what they hold by themselves; the call does not wait for them. */
void resolver_free(struct resolver *r);

int resolver_fd(const struct resolver *r); /* readable when an answer waits */
void resolver_submit(struct resolver *r, const char *name, void *user); /* copies name */
/* The other way: the name of an address, getnameinfo(3). In the answer `name` is what was found,
 * status an EAI_ code where there is none, and `addrs` holds the address that was asked for. */
void resolver_submit_addr(struct resolver *r, const struct addr *addr, void *user);
size_t resolver_pending(const struct resolver *r); /* submitted and not yet taken */

/* Takes the next answer into *out, true if there was one. Release it after use. Never blocks. */
bool resolver_take(struct resolver *r, struct resolution *out);
void resolution_release(struct resolution *res);

/* The same question, waited for: for what must be known before work starts. */
void resolve_now(const char *name, int family, struct resolution *out);

#endif
