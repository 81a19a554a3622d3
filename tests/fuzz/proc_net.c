/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/proc_net.h"

#include "netprobe/base/err.h"
#include "netprobe/base/strbuf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A copy that ends where the line does. */
static char *line_of(const void *bytes, size_t len)
{
	char *line = malloc(len + !len);

	must(line != NULL);
	memcpy(line, bytes, len);
	return line;
}

static void check_entry(const struct proc_net_table *t, const struct socket_entry *e)
{
	must(e->proto == t->proto && e->family == t->family);
	must(e->local.family == t->family && e->peer.family == t->family);
	must(e->state > 0 && e->state < SOCKET_STATES && e->timer < SOCKET_TIMERS);
	must(!e->knows_backlog && !e->knows_v6only && !e->tcp && e->cookie == 0);
	must(e->knows_drops == (t->proto != SOCKET_TCP && t->proto != SOCKET_UNIX));
	must(t->proto == SOCKET_UNIX ? e->type != 0 : e->type == 0 && !e->path);
	must(!e->path == (e->path_len == 0));
}

static void write_end(struct strbuf *out, const struct addr *a)
{
	for (size_t i = 0; i < (a->family == 6 ? 4 : 1); i++) {
		uint32_t word;

		memcpy(&word, a->ip + 4 * i, sizeof word);
		strbuf_printf(out, "%08X", word);
	}
	strbuf_printf(out, ":%04X ", a->port);
}

/* As the kernel would have written it, but for the time that the timer has left. */
static void write_inet(struct strbuf *out, const struct socket_entry *e)
{
	bool probes = e->timer == SOCKET_TIMER_KEEPALIVE || e->timer == SOCKET_TIMER_PROBE;

	strbuf_printf(out, "%4d: ", 7);
	write_end(out, &e->local);
	write_end(out, &e->peer);
	strbuf_printf(out, "%02X %08X:%08X %02X:00000000 %08X ", e->state, e->send_q, e->recv_q,
		e->timer, probes ? 0U : e->retransmits);
	strbuf_printf(out, "%5u %8u %" PRIu64 " 2 00ab %u", e->uid, probes ? e->retransmits : 0U,
		e->inode, e->drops);
}

/* What was written from an entry is that entry again. */
static void check_written(const struct proc_net_table *t, const struct socket_entry *e)
{
	struct strbuf out = {0};
	struct socket_entry again;
	char *line;

	write_inet(&out, e);
	line = line_of(out.text, out.len);
	must(proc_net_parse(t, line, out.len, &again) == 1);
	must(socket_compare(e, &again) == 0);
	must(e->send_q == again.send_q && e->recv_q == again.recv_q && e->uid == again.uid);
	must(e->timer == again.timer && e->retransmits == again.retransmits);
	must(e->drops == again.drops);
	free(line);
	strbuf_release(&out);
}

/* A name is the end of its line; to be read twice makes no difference. */
static void check_unix(
	const struct proc_net_table *t, char *line, size_t len, const struct socket_entry *e)
{
	struct socket_entry again;

	if (e->path)
		must(e->path > line && e->path + e->path_len == line + len && e->path[-1] == ' ');
	must(!e->path || e->path[0] != '@');
	must(proc_net_parse(t, line, len, &again) == 1);
	must(socket_compare(e, &again) == 0 && e->path == again.path);
}

/* Columns that a later kernel appends. */
static void check_appended(const struct proc_net_table *t, const char *line, size_t len)
{
	static const char more[] = " 1 :x";
	char *longer = malloc(len + sizeof more);
	struct socket_entry e;

	must(longer != NULL);
	memcpy(longer, line, len);
	memcpy(longer + len, more, sizeof more);
	must(proc_net_parse(t, longer, len + sizeof more, &e) == 1);
	free(longer);
}

/* The first byte chooses the table, the rest is the line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct proc_net_table *t;
	struct socket_entry e;
	char *line;
	int result;

	if (size == 0)
		return 0;
	t = &proc_net_tables[data[0] % PROC_NET_TABLES];
	size--;
	line = line_of(data + 1, size);
	result = proc_net_parse(t, line, size, &e);
	must(result == 1 || result == 0 || result == ERR_SYNTAX);
	if (result == 1) {
		check_entry(t, &e);
		if (t->proto == SOCKET_UNIX) {
			check_unix(t, line, size, &e);
		} else {
			check_written(t, &e);
			check_appended(t, line, size);
		}
	}
	free(line);
	return 0;
}
