/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/source.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/proc_net.h"
#include "netprobe/procfs/socket_list.h"

#include "diag.h"
#include "seen.h"
#include "small_file.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024, /* one message of the kernel's dump has 32 KB at most */
};

/* A protocol in a family, in the order in which they are told. */
struct source {
	struct mnl_socket *netlink; /* NULL: /proc alone */
	int files[PROC_NET_TABLES]; /* a code where there is none */
	struct source_query query;
	size_t table; /* that is being read */
	size_t last;  /* that was read by the last call */
	bool asked;   /* netlink was, and has not told all yet */
	bool opened;  /* the file of the table is being read */
	unsigned sequence;
	struct seen *seen;
	struct socket_list waiting; /* that another table may tell more of */
	struct source_status status;
	void (*take)(void *user, const struct socket_entry *e);
	void *user;
	size_t kept; /* bytes of a line whose end has not been read */
	bool skips;  /* a line that is longer than any can be */
	_Alignas(struct nlmsghdr) char bytes[READ_BYTES];
};

static int open_file(const char *proc, uint32_t pid, const char *name)
{
	struct strbuf path = {0};
	int fd;

	if (pid)
		strbuf_printf(&path, "%s/%" PRIu32 "/net/%s", proc, pid, name);
	else
		strbuf_printf(&path, "%s/net/%s", proc, name);
	fd = regular_file_open(path.text);
	strbuf_release(&path);
	return fd;
}

static bool has_files(const struct source *s)
{
	for (size_t i = 0; i < PROC_NET_TABLES; i++)
		if (s->files[i] >= 0)
			return true;
	return false;
}

struct source *source_new(const char *proc, uint32_t pid)
{
	struct source *s = mem_alloc(1, sizeof *s);
	int err;

	for (size_t i = 0; i < PROC_NET_TABLES; i++)
		s->files[i] = open_file(proc ? proc : "/proc", pid, proc_net_tables[i].file);
	err = -s->files[0];
	if (!proc && !pid) {
		s->netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
		if (s->netlink && mnl_socket_bind(s->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
			mnl_socket_close(s->netlink);
			s->netlink = NULL;
		}
	}
	if (s->netlink || has_files(s)) {
		s->seen = seen_new();
		s->table = PROC_NET_TABLES;
		return s;
	}
	source_free(s);
	errno = err;
	return NULL;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < PROC_NET_TABLES; i++)
		if (s->files[i] >= 0)
			close(s->files[i]);
	if (s->netlink)
		mnl_socket_close(s->netlink);
	seen_free(s->seen);
	socket_list_release(&s->waiting);
	free(s);
}

const char *source_table(const struct source *s)
{
	return proc_net_tables[s->last].file;
}

void source_status(const struct source *s, struct source_status *out)
{
	*out = s->status;
}

static bool is_wanted(const struct source *s, const struct proc_net_table *table)
{
	if (!(s->query.protos & 1U << table->proto))
		return false;
	/* for what has to wait, see below */
	if (table->proto == SOCKET_ICMP)
		return true;
	return s->query.family == 0 || s->query.family == table->family;
}

static void tell(struct source *s, const struct socket_entry *e)
{
	if (seen_before(s->seen, e))
		s->status.again += e->proto != SOCKET_ICMP;
	else if (s->query.family == 0 || s->query.family == e->family)
		s->take(s->user, e);
}

/*
 * Either table of ping sockets shows some of the other family as well, without their addresses,
 * though each stands in its own for sure. So those without an address wait for both tables, and
 * are told only if nothing more was told of them.
 */
static bool has_to_wait(const struct socket_entry *e)
{
	static const uint8_t none[sizeof e->local.ip];

	return e->proto == SOCKET_ICMP && memcmp(e->local.ip, none, sizeof none) == 0;
}

static void tell_waiting(struct source *s)
{
	for (size_t i = 0; i < s->waiting.count; i++)
		tell(s, &s->waiting.entries[i]);
	socket_list_clear(&s->waiting);
}

static void count_malformed(struct source *s)
{
	s->status.malformed++;
	s->status.damaged |= 1U << s->table;
}

/* ---- netlink */

static void take_message(struct source *s, const struct nlmsghdr *message)
{
	struct socket_entry entry;
	struct tcp_facts facts;
	int got = diag_parse(message, proc_net_tables[s->table].proto, &s->query, &entry, &facts);

	if (got > 0)
		tell(s, &entry);
	else if (got < 0)
		count_malformed(s);
}

/* 1: the answer goes on, 0: this was its end, -errno: the kernel's own. */
static int take_control(const struct nlmsghdr *message)
{
	int err = 0;

	if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE)
		return 1;
	if (mnl_nlmsg_get_payload_len(message) >= sizeof err)
		memcpy(&err, mnl_nlmsg_get_payload(message), sizeof err);
	return err < 0 ? err : 0;
}

/* 1: the kernel will tell of the table, 0: it knows none; -errno. */
static int ask(struct source *s)
{
	const struct proc_net_table *table = &proc_net_tables[s->table];
	_Alignas(struct nlmsghdr) char request[DIAG_REQUEST_MAX];
	size_t len;

	if (!s->netlink)
		return 0;
	len = diag_request(request, table->proto, table->family, &s->query);
	if (len == 0)
		return 0;
	((struct nlmsghdr *)(void *)request)->nlmsg_seq = ++s->sequence;
	return mnl_socket_sendto(s->netlink, request, len) < 0 ? -errno : 1;
}

/* One buffer of the answer. 1: there is more, 0: that was all; -errno, of the kernel where it has
 * no sock_diag for this protocol. */
static int read_answer(struct source *s)
{
	const struct nlmsghdr *message = (const void *)s->bytes;
	ssize_t got;

	do
		got = mnl_socket_recvfrom(s->netlink, s->bytes, sizeof s->bytes);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	for (int left = (int)got; mnl_nlmsg_ok(message, left);
		message = mnl_nlmsg_next(message, &left)) {
		int more;

		/* of a question that was given up */
		if (message->nlmsg_seq != s->sequence)
			continue;
		more = take_control(message);
		s->status.netlink |= more >= 0;
		if (more <= 0)
			return more;
		if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			take_message(s, message);
	}
	return 1;
}

static bool is_unknown_there(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -EOPNOTSUPP || err == -EPROTONOSUPPORT ||
	       err == -EAFNOSUPPORT;
}

/* ---- /proc */

static void take_line(struct source *s, char *line, size_t len)
{
	struct socket_entry entry;
	int got = proc_net_parse(&proc_net_tables[s->table], line, len, &entry);

	if (got < 0) {
		count_malformed(s);
	} else if (got > 0 && s->query.states & SOCKET_BIT(entry.state)) {
		if (has_to_wait(&entry))
			socket_list_add(&s->waiting, &entry);
		else
			tell(s, &entry);
	}
}

/* The lines that are whole; keeps the rest for the next time. */
static void take_lines(struct source *s, size_t len)
{
	char *at = s->bytes, *end = at + len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (!s->skips)
			take_line(s, at, (size_t)(newline - at));
		s->skips = false;
		at = newline + 1;
	}
	s->kept = (size_t)(end - at);
	if (s->kept == sizeof s->bytes) {
		if (!s->skips)
			count_malformed(s);
		s->skips = true;
		s->kept = 0;
	}
	memmove(s->bytes, at, s->kept);
}

static int open_table(struct source *s)
{
	int fd = s->files[s->table];

	s->kept = 0;
	s->skips = false;
	s->opened = fd >= 0 && lseek(fd, 0, SEEK_SET) == 0;
	return fd < 0 ? fd : s->opened ? 0 : -errno;
}

/* As many bytes as there is room for: seq files give a page at a time. 1: there is more; 0;
 * -errno. */
static int read_lines(struct source *s)
{
	size_t len = s->kept;

	while (len < sizeof s->bytes) {
		ssize_t n = read(s->files[s->table], s->bytes + len, sizeof s->bytes - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			take_lines(s, len);
			if (s->kept > 0 && !s->skips)
				take_line(s, s->bytes, s->kept);
			return 0;
		}
		len += (size_t)n;
	}
	take_lines(s, len);
	return 1;
}

/* ---- one table after the other */

static int begin_table(struct source *s)
{
	int got;

	if (proc_net_tables[s->table].proto != SOCKET_ICMP)
		seen_clear(s->seen);
	got = ask(s);
	s->asked = got > 0;
	return got < 0 && !is_unknown_there(got) ? got : 0;
}

/* IPv6 can be off; a protocol that is not there in IPv4 either is said. */
static int begin_file(struct source *s)
{
	const struct proc_net_table *table = &proc_net_tables[s->table];
	int err = open_table(s);

	if (err != -ENOENT)
		return err;
	if (table->family != 6)
		s->status.missing |= 1U << table->proto;
	return 0;
}

/* 1: the table has more; 0: it has not. */
static int read_table(struct source *s)
{
	int got;

	if (s->opened)
		return read_lines(s);
	if (s->asked) {
		got = read_answer(s);
		if (got >= 0 || !is_unknown_there(got))
			return got;
		s->asked = false;
	}
	got = begin_file(s);
	return got == 0 && s->opened ? 1 : got;
}

/* False when there is none. */
static bool next_table(struct source *s)
{
	while (s->table < PROC_NET_TABLES && !is_wanted(s, &proc_net_tables[s->table]))
		s->table++;
	return s->table < PROC_NET_TABLES;
}

static void pass_over(void *user, const struct socket_entry *e)
{
	(void)user;
	(void)e;
}

void source_start(struct source *s, const struct source_query *query)
{
	/* the kernel answers no other question (EBUSY) before it is done with one */
	s->take = pass_over;
	while (s->asked && read_answer(s) > 0)
		continue;
	s->query = *query;
	s->table = 0;
	s->asked = s->opened = false;
	socket_list_clear(&s->waiting);
	s->status = (struct source_status){0};
}

int source_read(
	struct source *s, void (*take)(void *user, const struct socket_entry *e), void *user)
{
	int got;

	s->take = take;
	s->user = user;
	if (!next_table(s))
		return 0;
	s->last = s->table;
	got = s->asked || s->opened ? 0 : begin_table(s);
	if (got == 0)
		got = read_table(s);
	if (got <= 0) {
		s->asked = s->opened = false;
		s->table++;
		if (!next_table(s) || proc_net_tables[s->table].proto != SOCKET_ICMP)
			tell_waiting(s);
	}
	if (got < 0)
		return got;
	return got || next_table(s) ? 1 : 0;
}
