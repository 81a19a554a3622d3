/* SPDX-License-Identifier: MIT */
#include "banner_words.h"

#include "words.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/err.h"
#include "netprobe/base/text.h"
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
	text_escape(out, raw, len);
}

/* Between what stands there and what is to come. */
static void separate(struct strbuf *out, const char *by)
{
	strbuf_puts(out, out->len ? by : "");
}

/* Where the last redirect led; the status stands before it. */
static void add_place(const struct grab *g, struct strbuf *out)
{
	const char *last, *blank;

	if (g->redirect_count == 0)
		return;
	last = g->redirects[g->redirect_count - 1];
	blank = strchr(last, ' ');
	last = blank ? blank + 1 : last;
	strbuf_puts(out, "-> ");
	text_escape(out, last, strlen(last));
}

/* What should have answered: the protocol, or the TLS around it. */
static void add_missed(const struct grab *g, struct strbuf *out)
{
	bool tls = g->asked == PROTOCOL_UNKNOWN || g->asked == g->proto;

	strbuf_printf(out, "not %s", protocol_name(tls ? PROTOCOL_TLS : g->asked));
}

static void add_software(const struct grab *g, struct strbuf *out)
{
	const struct protocol *protocol = protocol_of(g->proto);
	struct strbuf told = {0};

	if (protocol && protocol->headline && g->facts)
		protocol->headline(g->facts, &told);
	if (told.len == 0 && (g->proto == PROTOCOL_UNKNOWN || g->state == GRAB_MISMATCH)) {
		if (g->raw_len)
			add_first_line(g->raw, g->raw_len, &told);
		if (g->state == GRAB_MISMATCH) {
			separate(out, ": ");
			add_missed(g, out);
		}
	}
	if (told.len)
		separate(out, ": ");
	strbuf_add(out, told.text, told.len);
	strbuf_release(&told);
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

/* What a server cannot make as long as it likes. */
static void add_rest(const struct grab *g, enum port_reason reason, nsec_t wall, struct strbuf *out)
{
	struct strbuf rest = {0};

	if (g->tls)
		banner_tls(g->tls, wall, &rest);
	if (reason != REASON_NONE || g->detail) {
		separate(&rest, "; ");
		add_failure(g, reason, &rest);
	}
	if (g->limit) {
		separate(&rest, "; ");
		strbuf_printf(&rest, "cut short: %s", g->limit);
	}
	text_escape(out, rest.text, rest.len);
	strbuf_release(&rest);
}

enum { CHARACTER_MAX = 4 }; /* also of \xNN */

/* Bytes of the character that escaped text begins with, or of what stands for it. */
static size_t character(const char *text)
{
	size_t size = 1;

	if (text[0] == '\\')
		return text[1] == 'x' ? CHARACTER_MAX : 2;
	while (size < CHARACTER_MAX && ((uint8_t)text[size] & 0xc0) == 0x80)
		size++;
	return size;
}

/* Bytes of escaped text that show in at most `columns`. Marks that take no column of their own
 * count, too: there is no end to them. */
static size_t fit(const struct strbuf *text, size_t columns)
{
	char one[CHARACTER_MAX + 1] = "";
	size_t at = 0, width = 0;

	while (at < text->len) {
		size_t size = character(text->text + at), own;

		memcpy(one, text->text + at, size);
		one[size] = '\0';
		own = text_width(one);
		width += own ? own : 1;
		if (width > columns)
			break;
		at += size;
	}
	return at;
}

static void add_cut(const struct strbuf *text, size_t columns, struct strbuf *out)
{
	size_t fits = fit(text, columns);
	bool cut = fits < text->len;

	if (cut)
		fits = fit(text, columns - strlen("..."));
	strbuf_add(out, text->text, fits);
	strbuf_puts(out, cut ? "..." : "");
}

void banner_headline(const struct grab *g, enum port_reason reason, nsec_t wall, struct strbuf *out)
{
	struct strbuf software = {0}, rest = {0}, whole = {0};
	size_t room = HEADLINE_COLUMNS / 2;

	add_place(g, &software);
	add_software(g, &software);
	add_rest(g, reason, wall, &rest);
	if (rest.len < room)
		room = HEADLINE_COLUMNS - rest.len - (rest.len ? strlen("; ") : 0);
	add_cut(&software, room, &whole);
	if (rest.len)
		separate(&whole, "; ");
	strbuf_add(&whole, rest.text, rest.len);
	add_cut(&whole, HEADLINE_COLUMNS, out);
	strbuf_release(&software);
	strbuf_release(&rest);
	strbuf_release(&whole);
}
