/* SPDX-License-Identifier: MIT */
#include "../../src/procfs/diag.h"

#include "netprobe/base/err.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 3, HEADER = 16 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A copy that ends where the message does. It says so itself, or is longer than it says. */
static struct nlmsghdr *message_of(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message = calloc(1, size > HEADER ? size : HEADER);

	must(message != NULL);
	if (size > 0)
		memcpy(message, data, size);
	if (size < HEADER)
		size = HEADER;
	if (message->nlmsg_len > size || message->nlmsg_len < HEADER)
		message->nlmsg_len = (uint32_t)size;
	return realloc(message, message->nlmsg_len);
}

static bool lies_in(const struct nlmsghdr *message, const char *at, size_t len)
{
	const char *start = (const char *)message, *end = start + message->nlmsg_len;

	return at >= start + HEADER && at <= end && len <= (size_t)(end - at);
}

static void check_end(const struct socket_entry *e, const struct addr *a)
{
	static const uint8_t none[12];

	must(a->family == e->family);
	if (a->family != 6)
		must(a->scope == 0 && memcmp(a->ip + 4, none, sizeof none) == 0);
	must(a->scope == 0 || (addr_is_link_local(a) && a->scope == e->interface));
}

static void check_inet(const struct socket_entry *e, const struct tcp_facts *facts)
{
	must(e->family == 4 || e->family == 6);
	must(!e->path && e->path_len == 0 && e->type == 0 && e->peer_inode == 0);
	must(!e->hides_queues && e->knows_backlog == (e->state == SOCKET_LISTEN));
	must(!e->tcp || (e->proto == SOCKET_TCP && e->state != SOCKET_LISTEN));
	must(!e->tcp || e->tcp == facts);
	must(!e->tcp || memchr(facts->congestion, '\0', sizeof facts->congestion));
	must(e->knows_drops || e->drops == 0);
	check_end(e, &e->local);
	check_end(e, &e->peer);
}

static void check_unix(const struct nlmsghdr *message, const struct socket_entry *e)
{
	must(e->family == 0 && e->local.family == 0 && e->peer.family == 0 && !e->tcp);
	must(!e->knows_drops && !e->knows_v6only && e->cgroup == 0 && e->timer == 0);
	must(!e->path == (e->path_len == 0));
	must(!e->path || lies_in(message, e->path, e->path_len));
	must(!e->path || e->path[0] == '\0' || !memchr(e->path, '\0', e->path_len));
	must(!e->hides_queues || (e->recv_q == 0 && e->send_q == 0 && !e->knows_backlog));
}

/* Which states were asked for decides whether it is told, and nothing else. */
static void check_states(const struct nlmsghdr *message, enum socket_proto proto,
	struct source_query query, int result, unsigned state)
{
	struct socket_entry e;
	struct tcp_facts facts;
	int again;

	query.states = SOCKET_ALL_STATES;
	again = diag_parse(message, proto, &query, &e, &facts);
	must(result == ERR_SYNTAX ? again == ERR_SYNTAX : again == 1);
	if (result == 1)
		must(e.state == state);
}

static void check_request(enum socket_proto proto, int family, const struct source_query *query)
{
	_Alignas(struct nlmsghdr) char request[DIAG_REQUEST_MAX];
	size_t len = diag_request(request, proto, family, query);

	must(proto == SOCKET_ICMP ? len == 0 : len > HEADER && len <= sizeof request);
	must(len == 0 || ((struct nlmsghdr *)(void *)request)->nlmsg_len == len);
}

/* The first three bytes choose protocol, family and states, the rest is the message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_query query = {.protos = SOCKET_ALL_PROTOS};
	struct nlmsghdr *message;
	enum socket_proto proto;
	struct socket_entry e = {0};
	struct tcp_facts facts;
	int result;

	if (size < CHOICES)
		return 0;
	proto = data[0] % SOCKET_PROTOS;
	query.facts = data[0] & 0x80;
	query.states = data[1] | (unsigned)data[2] << 8;
	check_request(proto, data[0] & 0x40 ? 6 : 4, &query);
	message = message_of(data + CHOICES, size - CHOICES);
	must(message != NULL);
	result = diag_parse(message, proto, &query, &e, &facts);
	must(result == 1 || result == 0 || result == ERR_SYNTAX);
	if (result == 1) {
		must(e.proto == proto && e.state > 0 && e.state < SOCKET_STATES);
		must(query.states & SOCKET_BIT(e.state) && e.timer < SOCKET_TIMERS);
		if (proto == SOCKET_UNIX)
			check_unix(message, &e);
		else
			check_inet(&e, &facts);
	}
	check_states(message, proto, query, result, e.state);
	free(message);
	return 0;
}
