/* SPDX-License-Identifier: MIT */
#include "banner_words.h"

#include "words.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/err.h"
#include "netprobe/net/route.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <string.h>

/* --- why there is no connection -----------------------------------------------------------------
 */

/* Our own firewall and an unanswered ARP or ND request make themselves known by errors from our own
 * address. */
static enum port_reason reason_of_icmp(const struct grab *g)
{
	const struct sock_error *e = &g->icmp;
	struct next_hop hop;

	if (e->from.family == 0 || route_next_hop(&e->from, &hop) != 0 || !hop.local)
		return REASON_ICMP;
	if (icmp_meaning(g->addr.family, e->type, e->code) == ICMP_MEANS_NO_WAY &&
		route_is_unresolved(&g->addr))
		return REASON_ARP;
	return REASON_LOCAL;
}

/* Everything else that connect(2) says is an answer, as it is in a scan. */
bool banner_not_asked(const struct grab *g)
{
	if (g->connections > 0 || g->has_icmp)
		return false;
	switch (g->err) {
	case 0:
	case ETIMEDOUT:
	case ECONNREFUSED:
	case ECONNRESET:
		return false;
	default:
		return reason_of_errno(g->err) == REASON_NONE;
	}
}

enum port_reason banner_reason(const struct grab *g)
{
	if (banner_not_asked(g))
		return REASON_LOCAL;
	if (g->connections > 0)
		return REASON_NONE;
	if (g->has_icmp)
		return reason_of_icmp(g);
	switch (g->err) {
	case 0:
	case ETIMEDOUT:
		return REASON_TIMEOUT;
	case ECONNREFUSED:
	case ECONNRESET:
		return REASON_RST;
	case EHOSTUNREACH:
		return REASON_ARP;
	default:
		return reason_of_errno(g->err);
	}
}

const struct addr *banner_witness(const struct grab *g, enum port_reason reason)
{
	if (reason == REASON_RST)
		return &g->addr;
	if (g->has_icmp && (reason == REASON_ICMP || reason == REASON_LOCAL) && g->icmp.from.family)
		return &g->icmp.from;
	return NULL;
}

static void local_detail(const struct grab *g, struct strbuf *out)
{
	if (g->has_icmp)
		strbuf_printf(out, "rejected by this machine's own firewall (%s)",
			icmp_name(g->addr.family, g->icmp.type, g->icmp.code));
	else if (g->err == EPERM)
		strbuf_puts(out, "dropped by this machine's own firewall");
	else
		strbuf_printf(out, "this machine could not connect: %s", err_text(-g->err));
}

void banner_detail(const struct grab *g, enum port_reason reason, struct strbuf *out)
{
	if (g->detail)
		strbuf_puts(out, g->detail);
	else if (reason == REASON_ICMP)
		strbuf_puts(out, icmp_name(g->addr.family, g->icmp.type, g->icmp.code));
	else if (reason == REASON_NO_ROUTE)
		strbuf_puts(out, words_no_route(&g->addr, g->err));
	else if (reason == REASON_ARP)
		strbuf_puts(out, g->addr.family == 6 ? "no answer to neighbour solicitations"
						     : "no answer to ARP requests");
	else if (reason == REASON_LOCAL)
		local_detail(g, out);
}

/* --- what speaks there --------------------------------------------------------------------------
 */

const char *banner_service(const struct grab *g, char out[static BANNER_SERVICE_MAX])
{
	const char *name = protocol_name(g->proto);
	enum protocol_id id;
	bool tls = false;

	snprintf(out, BANNER_SERVICE_MAX, "%ss", name);
	if (g->tls && !g->upgraded && protocol_by_scheme(out, &id, &tls) && id == g->proto && tls)
		return out;
	return name;
}

/* Bytes of one attribute of a subject, up to the next comma or plus that is not escaped. */
static size_t attribute(const char *text)
{
	size_t len = 0;

	while (text[len] && text[len] != ',' && text[len] != '+')
		len += text[len] == '\\' && text[len + 1] ? 2 : 1;
	return len;
}

/* The common name of a subject as RFC 4514 writes it; else the whole of it. */
static void add_subject(const char *subject, struct strbuf *out)
{
	for (const char *at = subject; *at; at++) {
		size_t len = attribute(at);

		if (strncmp(at, "CN=", 3) == 0) {
			strbuf_add(out, at, len);
			return;
		}
		at += len;
		if (*at == '\0')
			break;
	}
	strbuf_puts(out, subject);
}

/* How many days there are left, or were. */
static void add_days(const struct tls_facts *t, nsec_t wall, struct strbuf *out)
{
	long days = tls_days_left(t, wall);

	if (days < 0)
		strbuf_printf(out, " %ld day%s over", -days, days == -1 ? "" : "s");
	else
		strbuf_printf(out, " %ld day%s", days, days == 1 ? "" : "s");
}

void banner_tls(const struct tls_facts *t, nsec_t wall, struct strbuf *out)
{
	strbuf_puts(out, t->version ? t->version : "TLS");
	if (!t->subject)
		return;
	strbuf_putc(out, ' ');
	if (*t->subject)
		add_subject(t->subject, out);
	else
		strbuf_puts(out, t->san_count ? t->san[0] : "no name");
	add_days(t, wall, out);
	if (!t->verified)
		strbuf_printf(out, "; not verified%s%s", t->verify_error ? ": " : "",
			t->verify_error ? t->verify_error : "");
}

static void add_first_line(const char *raw, size_t len, struct strbuf *out)
{
	const char *end = memchr(raw, '\n', len);

	if (end)
		len = (size_t)(end - raw);
	if (len > 0 && raw[len - 1] == '\r')
		len--;
	strbuf_add(out, raw, len);
}

static void add_software(const struct grab *g, struct strbuf *out)
{
	const struct protocol *protocol = protocol_of(g->proto);

	if (g->proto == PROTOCOL_UNKNOWN && g->raw_len)
		add_first_line(g->raw, g->raw_len, out);
	else if (protocol && protocol->headline && g->facts)
		protocol->headline(g->facts, out);
}

static void add_failure(const struct grab *g, enum port_reason reason, struct strbuf *out)
{
	const struct addr *from = banner_witness(g, reason);
	struct strbuf detail = {0};
	char text[ADDR_TEXT_MAX];

	banner_detail(g, reason, &detail);
	if (reason != REASON_NONE)
		strbuf_puts(out, port_reason_name(reason));
	if (reason != REASON_NONE && detail.len)
		strbuf_puts(out, ": ");
	strbuf_add(out, detail.text, detail.len);
	if (from && reason != REASON_RST)
		strbuf_printf(out, " from %s", addr_text(from, text));
	strbuf_release(&detail);
}

void banner_headline(const struct grab *g, enum port_reason reason, nsec_t wall, struct strbuf *out)
{
	bool failed = g->state != GRAB_OK && (reason != REASON_NONE || g->detail);

	add_software(g, out);
	if (g->tls) {
		strbuf_puts(out, out->len ? "; " : "");
		banner_tls(g->tls, wall, out);
	}
	if (!failed && !(g->detail && out->len == 0))
		return;
	strbuf_puts(out, out->len ? "; " : "");
	add_failure(g, reason, out);
}
