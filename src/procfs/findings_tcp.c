/* SPDX-License-Identifier: MIT */
#include "findings_private.h"

#include <inttypes.h>

/* ---- CLOSE_WAIT */

/* Programs close within a moment of reading the end. A minute is what the kernel itself gives a
 * peer in FIN_WAIT2 before it gives it up. */
static const nsec_t close_wait_long = 60 * NSEC_PER_SEC;

enum {
	CLOSE_WAIT_MANY = 100, /* a tenth of the 1024 files that a program may have by default */
	CLOSE_WAIT_HELD = 1,
	CLOSE_WAIT_UNACCEPTED, /* close() ends the state, so no file was ever there */
};

/* The FIN was the last that had to come; an answer to a keepalive makes it look younger. */
int close_wait_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	if (e->tcp && tcp_silence(e->tcp) < close_wait_long)
		return 0;
	return socket_is_unaccepted(e) ? CLOSE_WAIT_UNACCEPTED : CLOSE_WAIT_HELD;
}

struct close_wait {
	size_t old, unread; /* sockets: known to be old; with data */
	nsec_t longest;
	uint64_t bytes;
};

static struct close_wait close_wait_of(const struct group *g)
{
	struct close_wait all = {0};

	for (size_t i = 0; i < g->count; i++) {
		const struct socket_entry *e = group_entry(g, i);

		if (e->tcp) {
			all.old++;
			if (tcp_silence(e->tcp) > all.longest)
				all.longest = tcp_silence(e->tcp);
		}
		/* the FIN takes a place in the sequence, and counts as one byte until it is read */
		if (e->recv_q > 1) {
			all.unread++;
			all.bytes += e->recv_q - 1;
		}
	}
	return all;
}

static enum finding_severity close_wait_severity(
	const struct group *g, const struct close_wait *all)
{
	if (all->old >= CLOSE_WAIT_MANY)
		return FINDING_BAD;
	/* so many at a time are not closed as they come, however long it is */
	return all->old || g->count >= CLOSE_WAIT_MANY ? FINDING_WARNING : FINDING_NOTE;
}

static void close_wait_next(const struct group *g, const struct close_wait *all, struct strbuf *out)
{
	const char *them = say_plural(g->count, "it", "them");

	if (g->which == CLOSE_WAIT_UNACCEPTED) {
		strbuf_puts(out, "see why ");
		say_listener(out, g);
		strbuf_printf(out, " does not accept %s", them);
		return;
	}
	strbuf_puts(out, "see why ");
	say_owner(out, g);
	if (all->unread)
		strbuf_printf(out, " does not read %s to the end and close %s", them, them);
	else
		strbuf_printf(out, " does not close %s: only that ends the state", them);
}

bool close_wait_judge(const struct group *g, struct verdict *out)
{
	struct close_wait all = close_wait_of(g);
	struct strbuf *s = &out->summary;

	out->severity = close_wait_severity(g, &all);
	say_count(s, g->count, "connection", "connections");
	strbuf_puts(s, " in CLOSE_WAIT");
	if (all.old) {
		strbuf_puts(s, g->count == 1 ? " for at least " : ", the longest for at least ");
		say_span(s, all.longest);
	} else {
		strbuf_puts(s, ", for how long is not known from here");
	}
	strbuf_printf(s, ": %s closed, ", say_plural(g->count, "its peer has", "their peers have"));
	if (g->which == CLOSE_WAIT_UNACCEPTED) {
		strbuf_printf(
			s, "and no program has accepted %s", say_plural(g->count, "it", "them"));
	} else {
		say_owner(s, g);
		strbuf_puts(s, " has not");
	}
	if (all.unread) {
		strbuf_puts(s, "; ");
		say_count(s, all.bytes, "byte is", "bytes are");
		strbuf_puts(s, " unread");
	}
	close_wait_next(g, &all, &out->next);
	return true;
}

/* ---- SYN_SENT */

/* One lost packet is nothing special; two in a row are. */
enum { SYN_SENT_LOUD = 2 };

/* RFC 6298, section 2: the first timeout is a second, and each is twice the one before. Linux keeps
 * the first few at a second. */
static nsec_t syn_time(const struct group *g, unsigned retransmits)
{
	nsec_t timeout = NSEC_PER_SEC, sum = 0;

	for (unsigned i = 1; i <= retransmits; i++) {
		sum += timeout;
		/* TCP_RTO_MAX is two minutes */
		if (i > g->look->context->syn_linear_timeouts && timeout < 120 * NSEC_PER_SEC)
			timeout *= 2;
		if (timeout > 120 * NSEC_PER_SEC)
			timeout = 120 * NSEC_PER_SEC;
	}
	return sum;
}

int syn_sent_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	return e->retransmits > 0;
}

bool syn_sent_judge(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;
	const struct addr *peer = &group_entry(g, 0)->peer;
	unsigned most = 0;
	bool one_peer = same_peer(g);
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < g->count; i++)
		if (group_entry(g, i)->retransmits > most)
			most = group_entry(g, i)->retransmits;
	out->severity = most >= SYN_SENT_LOUD ? FINDING_WARNING : FINDING_NOTE;
	say_count(s, g->count, "connection", "connections");
	strbuf_puts(s, " in SYN_SENT: ");
	if (one_peer)
		say_end(s, peer);
	else
		strbuf_puts(s, "their peers");
	strbuf_puts(s, one_peer ? " has not answered for at least "
				: " have not answered, the longest for at least ");
	say_span(s, syn_time(g, most));
	strbuf_puts(s, " (");
	say_count(s, most, "retransmission)", "retransmissions)");
	strbuf_printf(&out->next,
		"see whether the address is right and what drops the packets: netprobe scan -p %u "
		"%s",
		peer->port, addr_text(peer, text));
	return true;
}

/* ---- TIME_WAIT: a connection needs a local port that is free towards its peer */

/* connect() begins to search long before the last port is gone, and fails with EADDRNOTAVAIL when
 * it is. */
enum { PORTS_FEW_PERCENT = 75, PORTS_GONE_PERCENT = 95 };

int time_wait_suspects(const struct look *look, const struct socket_entry *e)
{
	const struct findings_context *c = look->context;
	uint32_t port = e->local.port;

	/* a port that is listened on was not chosen by connect() */
	return port >= c->first_port && port <= c->last_port && !look->listens[port];
}

static uint32_t distinct_ports(const struct group *g)
{
	uint8_t *seen = g->look->marks;
	uint32_t count = 0;

	for (size_t i = 0; i < g->count; i++) {
		uint16_t port = group_entry(g, i)->local.port;

		count += !seen[port];
		seen[port] = 1;
	}
	for (size_t i = 0; i < g->count; i++)
		seen[group_entry(g, i)->local.port] = 0;
	return count;
}

static size_t in_time_wait(const struct group *g)
{
	size_t count = 0;

	for (size_t i = 0; i < g->count; i++)
		count += group_entry(g, i)->state == SOCKET_TIME_WAIT;
	return count;
}

static void time_wait_words(
	const struct group *g, uint64_t used, uint64_t size, struct verdict *out)
{
	const struct socket_entry *e = group_entry(g, 0);
	struct strbuf *s = &out->summary;
	char local[ADDR_TEXT_MAX];
	size_t waiting = in_time_wait(g);

	strbuf_printf(s, "%" PRIu64 " of %" PRIu64 " local ports (%" PRIu64 " %%) from %s to ",
		used, size, used * 100 / size, addr_text(&e->local, local));
	say_end(s, &e->peer);
	strbuf_printf(s, " are taken, %zu of them by TIME_WAIT", waiting);
	strbuf_puts(&out->next,
		waiting * 2 > g->count
			? "keep connections open and use them again; net.ipv4.tcp_tw_reuse lets "
			  "connect() take such ports after a second (2, the default: on loopback "
			  "only), net.ipv4.ip_local_port_range has more of them"
			: "open fewer connections at a time to this peer, or widen "
			  "net.ipv4.ip_local_port_range");
}

bool time_wait_judge(const struct group *g, struct verdict *out)
{
	const struct findings_context *c = g->look->context;
	uint64_t size = (uint64_t)c->last_port - c->first_port + 1, used;

	if (g->count * 100 < size * PORTS_FEW_PERCENT)
		return false;
	used = distinct_ports(g);
	if (used * 100 < size * PORTS_FEW_PERCENT)
		return false;
	out->severity = used * 100 >= size * PORTS_GONE_PERCENT ? FINDING_BAD : FINDING_WARNING;
	time_wait_words(g, used, size, out);
	return true;
}

/* ---- FIN_WAIT2 */

/* Each is a peer that keeps its side open; some always do for a moment. */
enum { FIN_WAIT2_MANY = 100 };

int fin_wait2_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	return e->inode == 0;
}

bool fin_wait2_judge(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;

	out->severity = g->count >= FIN_WAIT2_MANY ? FINDING_WARNING : FINDING_NOTE;
	say_count(s, g->count, "connection", "connections");
	strbuf_printf(s, " in FIN_WAIT2 that no program holds any more: ");
	if (same_peer(g))
		say_end(s, &group_entry(g, 0)->peer);
	else
		strbuf_puts(s, "their peers");
	strbuf_puts(s, same_peer(g) ? " has not closed its side" : " have not closed their side");
	strbuf_printf(&out->next,
		"wait: the kernel drops %s after net.ipv4.tcp_fin_timeout (60 s by default)%s",
		say_plural(g->count, "it", "them"),
		g->count >= FIN_WAIT2_MANY
			? "; if more keep coming, see why the peer does not close"
			: "");
	return true;
}
