/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_PORTS_H
#define NETPROBE_NET_PORTS_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

enum { PORTS_MAX = 65535 };

/* A set of distinct ports in the order they were named; made once, then shared read-only. */
struct ports;

/*
 * Parses "22,80,8000-8100", "-" (all), "-1024", "60000-", registered service names ("ssh",
 * "https-alt": a name is looked up whole before a dash is taken for a range) and "top:N" (the N
 * likeliest, see services.h), joined by commas. `proto` is IPPROTO_TCP or IPPROTO_UDP and decides
 * what names mean. Returns 0 and a new set in *out, or ERR_EMPTY, ERR_SYNTAX, ERR_PORT, ERR_RANGE,
 * ERR_REVERSED, ERR_SERVICE with the offending element appended to `bad` (may be NULL).
 */
int ports_parse(const char *text, int proto, struct ports **out, struct strbuf *bad);

struct ports *ports_single(uint16_t port);
struct ports *ports_of(const uint16_t *list, uint32_t count); /* distinct, and at least one */

/* Those of the set that `keep` says true of, in the same order; NULL: none. Such a set, and those
 * of the two above, take two bytes a port, so that each of many addresses can have its own;
 * ports_has() goes through them. */
struct ports *ports_filter(
	const struct ports *p, bool (*keep)(uint16_t port, void *user), void *user);

void ports_remove(struct ports *p, const struct ports *gone); /* may leave the set empty */
void ports_free(struct ports *p);                             /* NULL is fine */

uint32_t ports_count(const struct ports *p);
uint16_t ports_at(const struct ports *p, uint32_t index); /* index < count */
bool ports_has(const struct ports *p, uint16_t port);

#endif
