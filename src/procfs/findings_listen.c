/* SPDX-License-Identifier: MIT */
#include "findings_private.h"

#include "netprobe/base/mem.h"

#include <inttypes.h>

/* ---- the accept queue */

enum {
	QUEUE_FILLS_PERCENT = 75,
	/* the kernel takes one more than the backlog, and drops what comes then
	 * (tcp_v4_conn_request() by sk_acceptq_is_full(); unix sockets let connect() wait) */
	QUEUE_FULL = 1,
	QUEUE_FILLS,
	QUEUE_UNKNOWN,
};

static int queue_state(const struct socket_entry *e)
{
	if (e->recv_q == 0)
		return 0;
	/* one that waits is a program that sleeps or one that is about to wake */
	if (!e->knows_backlog)
		return QUEUE_UNKNOWN;
	if (e->recv_q > e->send_q)
		return QUEUE_FULL;
	return (uint64_t)e->recv_q * 100 >= (uint64_t)e->send_q * QUEUE_FILLS_PERCENT ? QUEUE_FILLS
										      : 0;
}

int accept_queue_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	return queue_state(e) != 0;
}

/* Of several sockets at one place (SO_REUSEPORT), each with its own queue. */
static const struct socket_entry *fullest(const struct group *g)
{
	const struct socket_entry *worst = group_entry(g, 0);

	for (size_t i = 1; i < g->count; i++) {
		const struct socket_entry *e = group_entry(g, i);
		int was = queue_state(worst), is = queue_state(e);

		if (is < was || (is == was && e->recv_q > worst->recv_q))
			worst = e;
	}
	return worst;
}

static void queue_name(const struct group *g, struct strbuf *out)
{
	if (g->count == 1)
		strbuf_puts(out, "the accept queue of ");
	else
		strbuf_printf(out, "the fullest accept queue of %zu sockets at ", g->count);
	say_place(out, group_entry(g, 0));
}

static void queue_words(const struct group *g, const struct socket_entry *e, struct strbuf *out)
{
	uint64_t overflows = g->look->context->listen_overflows;
	bool full = queue_state(e) == QUEUE_FULL;

	queue_name(g, out);
	strbuf_puts(out, full ? " is full: " : " fills: ");
	say_count(out, e->recv_q, "connection waits", "connections wait");
	strbuf_printf(out, " at a backlog of %" PRIu32, e->send_q);
	if (e->proto == SOCKET_TCP && full)
		strbuf_puts(out, ", new ones are dropped");
	if (e->proto == SOCKET_TCP && overflows)
		strbuf_printf(out,
			" (dropped at full queues here so far, ListenOverflows: %" PRIu64 ")",
			overflows);
}

bool accept_queue_judge(const struct group *g, struct verdict *out)
{
	static const enum finding_severity severities[] = {[QUEUE_FULL] = FINDING_BAD,
		[QUEUE_FILLS] = FINDING_WARNING,
		[QUEUE_UNKNOWN] = FINDING_NOTE};
	const struct socket_entry *e = fullest(g);

	out->severity = severities[queue_state(e)];
	if (e->knows_backlog) {
		queue_words(g, e, &out->summary);
	} else {
		say_count(&out->summary, e->recv_q, "connection waits", "connections wait");
		strbuf_puts(&out->summary, " to be accepted at ");
		say_place(&out->summary, e);
		strbuf_puts(&out->summary, "; how many may is not known from here");
	}
	strbuf_puts(&out->next, "see why ");
	say_owner(&out->next, g);
	strbuf_puts(&out->next, e->knows_backlog
					? " does not accept sooner; a longer queue takes a larger "
					  "backlog in listen() and net.core.somaxconn"
					: " does not accept, if this stays");
	return true;
}

/* ---- on every address */

/* Services that say themselves that they are for the machine or a network that is trusted. */
static const struct {
	uint16_t port;
	bool udp;
	const char *name, *why;
} local_services[] = {
	{631, false, "CUPS", "it prints for this machine unless told to share"},
	{2375, false, "Docker's API without TLS", "whoever reaches it is root here"},
	{3306, false, "MySQL", "its clients are most often programs beside it"},
	{5432, false, "PostgreSQL", "its clients are most often programs beside it"},
	{6379, false, "Redis", "no password unless one was set"},
	{9200, false, "Elasticsearch", "older versions ask for no password"},
	{11211, false, "memcached", "no password"},
	{11211, true, "memcached", "no password, and its answers can be turned on others"},
	{27017, false, "MongoDB", "no password unless one was set"},
};

enum { ALL_ADDRESSES_USE = 1, ALL_ADDRESSES_SERVICE };

static bool is_udp(const struct socket_entry *e)
{
	return e->proto != SOCKET_TCP;
}

static size_t local_service(const struct socket_entry *e)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(local_services) &&
		(local_services[i].port != e->local.port || local_services[i].udp != is_udp(e)))
		i++;
	return i;
}

int all_addresses_suspects(const struct look *look, const struct socket_entry *e)
{
	const struct port_use *use = findings_port_use(look, e);

	if (!is_wildcard(&e->local) || e->local.port == 0)
		return 0;
	if (local_service(e) < ARRAY_SIZE(local_services))
		return ALL_ADDRESSES_SERVICE;
	/* what is left of a connection from elsewhere shows that there was one */
	return use->own > 0 && use->foreign == 0 ? ALL_ADDRESSES_USE : 0;
}

static void say_use(struct strbuf *out, const struct port_use *use)
{
	uint32_t foreign = use->established - use->own;

	if (use->established == 0)
		strbuf_puts(out, "no connection now");
	else if (use->established == 1)
		strbuf_printf(out, "its only connection now comes from %s",
			foreign ? "another machine" : "this machine");
	else if (foreign == 0)
		strbuf_printf(out, "all %" PRIu32 " connections now come from this machine",
			use->established);
	else
		strbuf_printf(out,
			"%" PRIu32 " of %" PRIu32 " connections now %s from other machines",
			foreign, use->established, say_plural(foreign, "comes", "come"));
}

bool all_addresses_judge(const struct group *g, struct verdict *out)
{
	const struct socket_entry *e = group_entry(g, 0);
	const struct port_use *use = findings_port_use(g->look, e);
	struct strbuf *s = &out->summary;
	size_t i = local_service(e);

	say_place(s, e);
	if (g->which == ALL_ADDRESSES_SERVICE) {
		out->severity = FINDING_WARNING;
		strbuf_printf(s,
			" takes what comes to any address; this port is usually %s, usually meant "
			"for the machine alone or a trusted network (%s); ",
			local_services[i].name, local_services[i].why);
		say_use(s, use);
		strbuf_puts(&out->next, "let ");
		say_owner(&out->next, g);
		strbuf_puts(&out->next, " listen on a loopback address (127.0.0.1, ::1) if nobody "
					"else is to use it, or a firewall choose who may");
		return true;
	}
	out->severity = FINDING_NOTE;
	strbuf_puts(
		s, " takes what comes to any address, and is used from this machine only now (");
	say_count(s, use->own, "connection)", "connections)");
	strbuf_puts(&out->next, e->family == 4 ? "127.0.0.1 would do"
					       : "a loopback address (127.0.0.1, ::1) would do");
	strbuf_puts(&out->next, " if nobody else is to use it");
	return true;
}

/* ---- one family alone */

int ipv4_only_suspects(const struct look *look, const struct socket_entry *e)
{
	return is_wildcard(&e->local) && addr_plain(&e->local).family == 4 &&
	       !(look->listens[e->local.port] & LISTENS_IPV6);
}

bool ipv4_only_judge(const struct group *g, struct verdict *out)
{
	const struct socket_entry *e = group_entry(g, 0);

	out->severity = FINDING_NOTE;
	say_place(&out->summary, e);
	strbuf_printf(&out->summary, " takes IPv4 only: nothing listens for IPv6 on port %u",
		e->local.port);
	strbuf_puts(&out->next, "let ");
	say_owner(&out->next, g);
	strbuf_printf(&out->next, " listen on [::]:%u, too, if clients may come over IPv6",
		e->local.port);
	return true;
}

/* One that takes IPv4 as well is the usual case, so that which was not told of is not suspected. */
int ipv6_only_suspects(const struct look *look, const struct socket_entry *e)
{
	return is_wildcard(&e->local) && addr_plain(&e->local).family == 6 && e->knows_v6only &&
	       e->v6only && !(look->listens[e->local.port] & LISTENS_IPV4);
}

bool ipv6_only_judge(const struct group *g, struct verdict *out)
{
	const struct socket_entry *e = group_entry(g, 0);

	out->severity = FINDING_WARNING;
	say_place(&out->summary, e);
	strbuf_printf(&out->summary,
		" takes IPv6 only (IPV6_V6ONLY): nothing listens for IPv4 on port %u",
		e->local.port);
	strbuf_puts(&out->next, "let ");
	say_owner(&out->next, g);
	strbuf_printf(&out->next,
		" listen on 0.0.0.0:%u, too, or do without IPV6_V6ONLY (net.ipv6.bindv6only)",
		e->local.port);
	return true;
}

/* ---- a low port */

enum { FIRST_ORDINARY_PORT = 1024 };

int low_port_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	/* what a TCP listener accepts shares its port */
	if (e->proto == SOCKET_TCP && e->state != SOCKET_LISTEN)
		return 0;
	return e->local.port > 0 && e->local.port < FIRST_ORDINARY_PORT && e->uid != 0 &&
	       socket_knows_uid(e);
}

bool low_port_judge(const struct group *g, struct verdict *out)
{
	const struct socket_entry *e = group_entry(g, 0);
	uint32_t first = g->look->context->unprivileged_port;
	struct strbuf *s = &out->summary;

	out->severity = FINDING_NOTE;
	say_place(s, e);
	strbuf_printf(
		s, ", a port below 1024, is held by the ordinary user with uid %" PRIu32, e->uid);
	if (e->local.port >= first) {
		strbuf_printf(s,
			"; everybody may take ports from %" PRIu32
			" on (net.ipv4.ip_unprivileged_port_start)",
			first);
		strbuf_puts(&out->next, "nothing, if that is meant; sysctl -w "
					"net.ipv4.ip_unprivileged_port_start=1024 ends it");
		return true;
	}
	strbuf_puts(s, "; it can have come by CAP_NET_BIND_SERVICE, by a socket that systemd or "
		       "another program handed over, or by root's rights given up since");
	strbuf_puts(&out->next, "nothing, if that is meant; else look at the unit of ");
	say_owner(&out->next, g);
	strbuf_puts(&out->next, " and at getcap of its file");
	return true;
}
