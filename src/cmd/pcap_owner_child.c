/* SPDX-License-Identifier: MIT */
#include "pcap_owner_wire.h"

#include "netprobe/base/mem.h"
#include "netprobe/procfs/owners.h"
#include "netprobe/procfs/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 256, NONE = BATCH };

/* A question, and the socket that is one end of it. */
struct asked {
	struct owner_question question;
	uint64_t inode; /* 0: none found, or nobody's */
	uint8_t side;
	uint16_t next[2]; /* the next question with an end of this port */
};

struct child {
	int fd;
	struct source *source;
	struct owners *owners;
	struct asked asked[BATCH];
	size_t count;
	uint16_t first[UINT16_MAX + 1]; /* question by the port of an end; NONE */
};

/* ---- questions */

static void add(struct child *c, const struct owner_question *question)
{
	struct asked *asked = &c->asked[c->count];

	*asked = (struct asked){.question = *question};
	for (size_t side = 0; side < 2; side++) {
		uint16_t port = question->ends[side].port;

		asked->next[side] = c->first[port];
		c->first[port] = (uint16_t)c->count;
	}
	c->count++;
}

static void forget(struct child *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t side = 0; side < 2; side++)
			c->first[c->asked[i].question.ends[side].port] = NONE;
	c->count = 0;
}

/* Waits for one, takes what else is there. False: there will be none any more. */
static bool take_questions(struct child *c)
{
	struct owner_question question;
	int flags = 0;

	while (c->count < BATCH) {
		ssize_t got = recv(c->fd, &question, sizeof question, flags);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got != (ssize_t)sizeof question)
			return false;
		add(c, &question);
		flags = MSG_DONTWAIT;
	}
	return true;
}

/* ---- sockets */

/* A socket of IPv6 may carry IPv4 (RFC 4291, 2.5.5.2); packets show what it is. */
static struct addr bare(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct addr b = *a;

	b.scope = 0;
	if (a->family != 6 || memcmp(a->ip, mapped, sizeof mapped) != 0)
		return b;
	b = (struct addr){.family = 4, .port = a->port};
	memcpy(b.ip, a->ip + sizeof mapped, 4);
	return b;
}

static bool is_end(const struct addr *end, const struct addr *of)
{
	return end->port == of->port && addr_same(end, of);
}

static void take_socket(void *user, const struct socket_entry *e)
{
	struct child *c = user;
	struct addr local = bare(&e->local), peer = bare(&e->peer);
	uint16_t at = c->first[local.port];

	while (at != NONE && e->inode != 0) {
		struct asked *asked = &c->asked[at];
		const struct addr *ends = asked->question.ends;
		size_t side = is_end(&ends[0], &local) && is_end(&ends[1], &peer) ? 0 : 1;

		/* where both ends are of this machine, the client's counts */
		if ((asked->inode == 0 || side == 0) && is_end(&ends[side], &local) &&
			is_end(&ends[!side], &peer)) {
			asked->inode = e->inode;
			asked->side = (uint8_t)side;
		}
		at = asked->next[ends[0].port == local.port ? 0 : 1];
	}
}

static void find_sockets(struct child *c)
{
	const struct source_query query = {.protos = 1U << SOCKET_TCP,
		.states = SOCKET_CONNECTED | SOCKET_BIT(SOCKET_SYN_RECV)};

	source_start(c->source, &query);
	while (source_read(c->source, take_socket, c) > 0)
		continue;
}

/* ---- processes */

static void find_owners(struct child *c)
{
	owners_reset(c->owners);
	for (size_t i = 0; i < c->count; i++)
		owners_want(c->owners, c->asked[i].inode);
	while (owners_read(c->owners) > 0)
		continue;
}

static bool answer(struct child *c, const struct asked *asked)
{
	struct owner_answer out;
	size_t count;
	const struct owner *owners = owners_of(c->owners, asked->inode, &count);

	memset(&out, 0, sizeof out);
	out.flow = asked->question.flow;
	out.side = asked->side;
	out.count = (uint32_t)count;
	for (; out.told < count && out.told < OWNERS_TOLD; out.told++) {
		const struct owner *owner = &owners[out.told];

		out.owners[out.told].pid = owner->pid;
		out.owners[out.told].fd = owner->fd;
		if (owner->comm)
			memcpy(out.owners[out.told].comm, owner->comm,
				strnlen(owner->comm, COMM_TOLD - 1));
	}
	return send(c->fd, &out, sizeof out, MSG_NOSIGNAL) == (ssize_t)sizeof out;
}

void owner_child_run(int fd)
{
	struct child *c = mem_alloc(1, sizeof *c);
	bool goes_on;

	c->fd = fd;
	c->source = source_new(NULL, 0);
	c->owners = owners_new("/proc");
	for (size_t port = 0; port <= UINT16_MAX; port++)
		c->first[port] = NONE;
	goes_on = c->source != NULL;
	while (goes_on && take_questions(c)) {
		find_sockets(c);
		find_owners(c);
		for (size_t i = 0; i < c->count && goes_on; i++)
			goes_on = answer(c, &c->asked[i]);
		forget(c);
	}
	owners_free(c->owners);
	source_free(c->source);
	free(c);
}
