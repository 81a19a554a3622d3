/* SPDX-License-Identifier: MIT */
#include "findings_private.h"

/* ---- data that does not get through */

enum {
	/* RFC 1122, section 4.2.3.5: R1, at least three retransmissions, is when something is wrong
	 * with the path. */
	STUCK_RETRANSMITS = 3,
	STUCK_UNACKNOWLEDGED = 1,
	STUCK_WINDOW,
};

int stuck_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	if (e->send_q == 0)
		return 0;
	if (e->timer == SOCKET_TIMER_RETRANSMIT && e->retransmits >= STUCK_RETRANSMITS)
		return STUCK_UNACKNOWLEDGED;
	return e->timer == SOCKET_TIMER_PROBE ? STUCK_WINDOW : 0;
}

static uint64_t sum_of_queues(const struct group *g, bool received)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < g->count; i++)
		sum += received ? group_entry(g, i)->recv_q : group_entry(g, i)->send_q;
	return sum;
}

static nsec_t longest_silence(const struct group *g)
{
	nsec_t longest = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct tcp_facts *tcp = group_entry(g, i)->tcp;

		if (tcp && tcp_silence(tcp) > longest)
			longest = tcp_silence(tcp);
	}
	return longest;
}

static void unacknowledged_words(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;
	unsigned most = 0;

	for (size_t i = 0; i < g->count; i++)
		if (group_entry(g, i)->retransmits > most)
			most = group_entry(g, i)->retransmits;
	strbuf_printf(
		s, " %s not acknowledged after ", say_plural(sum_of_queues(g, false), "is", "are"));
	if (g->count > 1)
		strbuf_puts(s, "up to ");
	say_count(s, most, "retransmission", "retransmissions");
	if (longest_silence(g) > 0) {
		strbuf_puts(s, g->count == 1 ? ", its peer has been silent for "
					     : ", the longest silence is ");
		say_span(s, longest_silence(g));
	}
	strbuf_puts(&out->next,
		"see whether the peer is still there and what drops the packets on the way");
}

bool stuck_judge(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;

	out->severity = FINDING_WARNING;
	say_count(s, sum_of_queues(g, false), "byte", "bytes");
	if (g->which == STUCK_UNACKNOWLEDGED) {
		strbuf_puts(s, " sent on ");
	} else {
		strbuf_puts(s, " wait on ");
	}
	say_count(s, g->count, "connection", "connections");
	if (same_peer(g)) {
		strbuf_puts(s, " to ");
		say_end(s, &group_entry(g, 0)->peer);
	}
	if (g->which == STUCK_UNACKNOWLEDGED) {
		unacknowledged_words(g, out);
		return true;
	}
	strbuf_printf(s, ": the receive window of %s is shut",
		say_plural(g->count, "its peer", "their peers"));
	strbuf_puts(&out->next, "see why the program at the other end does not read");
	return true;
}

/* ---- data that the program does not take */

/* A window's worth without scaling (RFC 9293): no program leaves so much lying that keeps up. */
enum { UNREAD_BYTES = 64 * 1024 };

enum { UNREAD_HELD = 1, UNREAD_UNACCEPTED };

/* Long after any pause for thought. */
static const nsec_t unread_long = 10 * NSEC_PER_SEC;

int unread_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	if (e->recv_q < UNREAD_BYTES)
		return 0;
	return socket_is_unaccepted(e) ? UNREAD_UNACCEPTED : UNREAD_HELD;
}

static nsec_t longest_unread(const struct group *g)
{
	nsec_t longest = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct tcp_facts *tcp = group_entry(g, i)->tcp;

		if (tcp && tcp->last_received > longest)
			longest = tcp->last_received;
	}
	return longest;
}

static void say_unread(struct strbuf *s, const struct group *g)
{
	bool unaccepted = g->which == UNREAD_UNACCEPTED;

	say_count(s, sum_of_queues(g, true), "byte", "bytes");
	strbuf_puts(s, " on ");
	say_count(s, g->count, "connection", "connections");
	strbuf_puts(s, " wait for ");
	say_owner(s, g);
	if (!unaccepted) {
		strbuf_puts(s, " to read them");
		return;
	}
	strbuf_printf(s, " to accept %s", say_plural(g->count, "it", "them"));
	say_listening_place(s, g);
}

bool unread_judge(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;
	nsec_t longest = longest_unread(g);

	out->severity = longest >= unread_long ? FINDING_WARNING : FINDING_NOTE;
	say_unread(s, g);
	if (longest >= unread_long) {
		strbuf_puts(s, g->count == 1 ? ", the last came " : ", the longest-waiting came ");
		say_span(s, longest);
		strbuf_puts(s, " ago");
	}
	strbuf_puts(&out->next, "see what ");
	say_owner(&out->next, g);
	strbuf_printf(&out->next, " does instead of %s: it may hang, or be slower than its peer",
		g->which == UNREAD_UNACCEPTED ? "accepting" : "reading");
	return true;
}

/* ---- datagrams that were turned away */

int drops_suspects(const struct look *look, const struct socket_entry *e)
{
	(void)look;
	return e->knows_drops && e->drops > 0;
}

bool drops_judge(const struct group *g, struct verdict *out)
{
	struct strbuf *s = &out->summary;
	uint64_t drops = 0;

	for (size_t i = 0; i < g->count; i++)
		drops += group_entry(g, i)->drops;
	out->severity = FINDING_WARNING;
	say_count(s, drops, "datagram", "datagrams");
	strbuf_puts(s, " dropped at ");
	if (same_local(g))
		say_place(s, group_entry(g, 0));
	else
		say_count(s, g->count, "socket", "sockets");
	strbuf_printf(s, " since %s opened: the receive buffer was full, or they were damaged",
		say_plural(g->count, "it was", "they were"));
	strbuf_puts(&out->next, "let ");
	say_owner(&out->next, g);
	strbuf_puts(
		&out->next, " read faster, or give it more room (SO_RCVBUF, net.core.rmem_max)");
	return true;
}
