/* SPDX-License-Identifier: MIT */
#include "findings_private.h"

#include <inttypes.h>
#include <string.h>

/* ---- addresses */

bool is_wildcard(const struct addr *a)
{
	static const uint8_t zero[16];
	struct addr plain = addr_plain(a);

	return plain.family != 0 && memcmp(plain.ip, zero, sizeof zero) == 0;
}

static bool is_loopback(const struct addr *plain)
{
	static const uint8_t one[16] = {[15] = 1};

	if (plain->family == 4)
		return plain->ip[0] == 127;
	return plain->family == 6 && memcmp(plain->ip, one, sizeof one) == 0;
}

bool is_own_peer(const struct socket_entry *e)
{
	struct addr local = addr_plain(&e->local), peer = addr_plain(&e->peer);

	return is_loopback(&peer) || addr_same(&local, &peer);
}

static bool same_end(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_compare(a, b) == 0;
}

bool same_peer(const struct group *g)
{
	for (size_t i = 1; i < g->count; i++)
		if (!same_end(&group_entry(g, 0)->peer, &group_entry(g, i)->peer))
			return false;
	return true;
}

bool same_local(const struct group *g)
{
	for (size_t i = 1; i < g->count; i++)
		if (!same_end(&group_entry(g, 0)->local, &group_entry(g, i)->local))
			return false;
	return true;
}

nsec_t tcp_silence(const struct tcp_facts *tcp)
{
	return tcp->last_received < tcp->last_ack ? tcp->last_received : tcp->last_ack;
}

/* ---- words */

const char *say_plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

void say_count(struct strbuf *out, uint64_t count, const char *one, const char *many)
{
	strbuf_printf(out, "%" PRIu64 " %s", count, say_plural(count, one, many));
}

void say_span(struct strbuf *out, nsec_t span)
{
	static const struct {
		nsec_t seconds, below;
		const char *name;
	} units[] = {{1, 600, "s"}, {60, 7200, "min"}, {3600, 172800, "h"}};
	nsec_t seconds = span / NSEC_PER_SEC;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (seconds < units[i].below) {
			strbuf_printf(
				out, "%" PRId64 " %s", seconds / units[i].seconds, units[i].name);
			return;
		}
	}
	strbuf_printf(out, "%" PRId64 " days", seconds / 86400);
}

void say_owner(struct strbuf *out, const struct group *g)
{
	strbuf_puts(out, g->owner ? g->owner : "the program");
}

void say_listening_place(struct strbuf *out, const struct group *g)
{
	const struct socket_entry *first = group_entry(g, 0);
	const struct socket_entry *listener = findings_listener(g->look, first);

	if (!listener && !same_local(g))
		return;
	strbuf_puts(out, " at ");
	say_end(out, listener ? &listener->local : &first->local);
}

void say_listener(struct strbuf *out, const struct group *g)
{
	strbuf_printf(out, "%s%s", g->owner ? g->owner : "the program",
		g->owner ? ", which listens" : " that listens");
	say_listening_place(out, g);
	strbuf_puts(out, g->owner ? "," : "");
}

void say_end(struct strbuf *out, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	strbuf_puts(out, addr_port_text(a, text));
}

void say_place(struct strbuf *out, const struct socket_entry *e)
{
	if (e->family) {
		say_end(out, &e->local);
		return;
	}
	if (e->path_len == 0)
		strbuf_puts(out, "a socket without a name");
	/* the NULs of an abstract name as /proc/net/unix shows them */
	for (size_t i = 0; i < e->path_len; i++)
		strbuf_putc(out, e->path[i] ? e->path[i] : '@');
}
