/* SPDX-License-Identifier: MIT */
#include "scan_where_words.h"

#include "words.h"

#include <netinet/in.h>

static void add_hop(struct strbuf *out, const struct whereabouts *w)
{
	char last[ADDR_TEXT_MAX];

	strbuf_printf(out, "%s (hop %u", addr_text(&w->last, last), w->hop);
	if (w->hops > 0)
		strbuf_printf(out, " of %u", w->hops);
	strbuf_putc(out, ')');
}

/* Of UDP, where a service that keeps silent looks the same, unless a hop beyond is known to speak.
 */
static void add_silence(struct strbuf *out, const struct whereabouts *w)
{
	if (w->hops == 1) {
		strbuf_puts(
			out, "no hop is between: dropped by the target or here, or not answered");
	} else if (w->hop + 1 == w->hops) {
		strbuf_puts(out, "reaches ");
		add_hop(out, w);
		strbuf_puts(out,
			", the last before the target: dropped at or after it, or not answered");
	} else {
		strbuf_puts(out, "no word from beyond ");
		add_hop(out, w);
		strbuf_puts(out, ": dropped, or not answered");
	}
}

/* A reject that a limit withheld looks like a drop. Packets that go on behind who limits, or die
 * before, meet none. */
static bool may_be_rejected(const struct host *h, const struct whereabouts *w, int protocol)
{
	const struct addr *limiter = host_limiter(h);

	if (!limiter)
		return false;
	if (addr_same(limiter, &h->addr))
		return protocol == IPPROTO_TCP && (w->hops == 0 || w->hop + 1 == w->hops);
	return !w->proved || addr_same(limiter, &w->last);
}

static void add_drop(
	struct strbuf *out, const struct host *h, const struct whereabouts *w, int protocol)
{
	char text[ADDR_TEXT_MAX];

	strbuf_puts(out, "dropped ");
	if (may_be_rejected(h, w, protocol))
		strbuf_printf(out, "or rejected (ICMP limit of %s?) ",
			words_router(host_limiter(h), text));
	strbuf_puts(out, "at or after ");
	add_hop(out, w);
}

static void add_unfollowed(struct strbuf *out, const struct whereabouts *w)
{
	char limiter[ADDR_TEXT_MAX];

	addr_text(&w->withheld, limiter);
	if (w->hop == 0) {
		strbuf_printf(out, "not followed (ICMP limit of %s?)", limiter);
		return;
	}
	strbuf_puts(out, "not followed beyond ");
	add_hop(out, w);
	strbuf_printf(out, ", ICMP limit of %s?", limiter);
}

void where_put(struct strbuf *out, const struct host *h, const struct whereabouts *w, int protocol)
{
	strbuf_puts(out, out->len ? "; " : "");
	if (w->withheld.family) {
		add_unfollowed(out, w);
	} else if (w->hop == 0 && w->hops != 1) {
		strbuf_puts(
			out, w->seen ? "dropped at or before the first hop that lets itself be seen"
				     : "no hop on the way lets itself be seen");
	} else if (protocol == IPPROTO_UDP && w->seen <= w->hop) {
		add_silence(out, w);
	} else if (w->hops == 1) {
		strbuf_puts(out, "dropped by the target itself, or here: no hop is between");
	} else {
		add_drop(out, h, w, protocol);
	}
}
