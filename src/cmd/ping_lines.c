/* SPDX-License-Identifier: MIT */
#include "ping_lines.h"

#include "words.h"

#include "netprobe/base/err.h"
#include "netprobe/packet/icmp.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define MOST_BELOW_ALL 99.9

enum { IPV4_HEADER = 20, ICMP_HEADER = 8 };

static double ms(nsec_t ns)
{
	return (double)ns / NSEC_PER_MSEC;
}

static bool is_echo(const struct ping_report_options *o)
{
	return strcmp(o->proto, "icmp") == 0;
}

/* Four digits, as far as they are there. */
static void add_time(struct strbuf *out, nsec_t rtt)
{
	int decimals = rtt < NSEC_PER_MSEC ? 3 : rtt < 10 * NSEC_PER_MSEC ? 2 : 1;

	strbuf_printf(out, "%.*f ms", rtt < 100 * NSEC_PER_MSEC ? decimals : 0, ms(rtt));
}

void ping_line_begin(struct strbuf *out, const struct ping_report_options *o, const char *name,
	const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	addr_text(addr, text);
	if (!is_echo(o)) {
		for (const char *c = o->proto; *c; c++)
			strbuf_putc(out, (char)toupper((unsigned char)*c));
		strbuf_printf(out, " PING %s (%s) port %u", name, text, addr->port);
	} else if (addr->family == 4) {
		strbuf_printf(out, "PING %s (%s) %zu(%zu) bytes of data.", name, text, o->size,
			o->size + ICMP_HEADER + IPV4_HEADER);
	} else if (strcmp(name, text) == 0) {
		strbuf_printf(out, "PING %s(%s) %zu data bytes", name, text, o->size);
	} else {
		strbuf_printf(out, "PING %s(%s (%s)) %zu data bytes", name, name, text, o->size);
	}
}

const char *ping_loss_text(const struct ping_counts *c, char out[static PING_LOSS_MAX])
{
	double loss = ping_loss(c);

	if (c->received && loss > MOST_BELOW_ALL)
		loss = MOST_BELOW_ALL;
	snprintf(out, PING_LOSS_MAX, "%.3g%%", loss);
	return out;
}

const char *ping_place(const struct ping_host *h, char out[static ADDR_TEXT_MAX])
{
	return h->addr.port ? addr_port_text(&h->addr, out) : addr_text(&h->addr, out);
}

/* --- replies ------------------------------------------------------------------------------------
 */

static void add_marks(struct strbuf *out, const struct ping_reply *r)
{
	switch (r->fault) {
	case PING_SOUND:
		break;
	case PING_CORRUPT:
		strbuf_printf(out, " (corrupted: byte %zu is 0x%02x, not 0x%02x)", r->corrupt_at,
			r->corrupt_is, r->corrupt_not);
		break;
	case PING_WRONG_SOURCE:
		strbuf_puts(out, " (DIFFERENT ADDRESS!)");
		break;
	case PING_BAD_CHECKSUM:
		strbuf_puts(out, " (BAD CHECKSUM)");
		break;
	case PING_TRUNCATED:
		strbuf_puts(out, " (truncated)");
		break;
	}
	if (r->duplicate)
		strbuf_puts(out, " (DUP!)");
	if (r->late)
		strbuf_puts(out, " (late)");
}

static void add_clock(struct strbuf *out, const struct round_trip *trip)
{
	strbuf_printf(out, " clock=%s", trip->source == STAMPS_BOTH ? "kernel" : "user");
	if (trip->wait >= 0)
		strbuf_printf(out, " wait=%.3f ms", ms(trip->wait));
	if (trip->wake >= 0)
		strbuf_printf(out, " wake=%.3f ms", ms(trip->wake));
}

static const char *state_word(const struct ping_report_options *o, enum port_state state)
{
	if (state == PORT_OPEN)
		return strcmp(o->proto, "udp") == 0 ? "reply" : "open";
	return port_state_name(state);
}

void ping_line_reply(struct strbuf *out, const struct ping_report_options *o,
	const struct ping_host *h, const struct ping_reply *r, const char *who)
{
	char text[ADDR_TEXT_MAX];

	if (is_echo(o)) {
		/* the field on the wire has 16 bits, and so has the number that is shown */
		strbuf_printf(out, "%zu bytes from %s: icmp_seq=%" PRIu64, r->bytes, who,
			r->sequence & UINT16_MAX);
		if (r->ttl >= 0)
			strbuf_printf(out, " ttl=%d", r->ttl);
		strbuf_puts(out, " time=");
	} else {
		strbuf_printf(out,
			"%s: %s_seq=%" PRIu64 " %s time=", addr_port_text(&h->addr, text), o->proto,
			r->sequence, state_word(o, r->state));
	}
	add_time(out, r->trip.rtt);
	add_marks(out, r);
	if (o->verbose)
		add_clock(out, &r->trip);
}

/* --- errors -------------------------------------------------------------------------------------
 */

const char *ping_error_text(
	const struct ping_host *h, const struct ping_error *e, struct strbuf *out)
{
	strbuf_reset(out);
	switch (e->reason) {
	case REASON_ARP:
		return h->addr.family == 6 ? "no answer to neighbour solicitations"
					   : "no answer to ARP requests";
	case REASON_NO_ROUTE:
		return words_no_route(&h->addr, e->err);
	case REASON_LOCAL:
		if (e->err == EPERM)
			return "Operation not permitted (own firewall)";
		if (e->err == 0)
			return "rejected by this machine's own firewall";
		strbuf_puts(out, e->err == EMSGSIZE ? "message too long" : err_text(-e->err));
		if (e->mtu)
			strbuf_printf(out, " (mtu %u)", e->mtu);
		return out->text;
	default:
		return icmp_name(h->addr.family, e->icmp_type, e->icmp_code);
	}
}

static void add_icmp(struct strbuf *out, const struct ping_host *h, const struct ping_error *e)
{
	strbuf_puts(out, icmp_text(h->addr.family, e->icmp_type, e->icmp_code));
	if (e->mtu)
		strbuf_printf(out, h->addr.family == 6 ? ": mtu=%u" : " (mtu = %u)", e->mtu);
}

void ping_line_error(struct strbuf *out, const struct ping_report_options *o,
	const struct ping_host *h, const struct ping_error *e, const char *who)
{
	struct strbuf words = {0};
	uint64_t sequence = is_echo(o) ? e->sequence & UINT16_MAX : e->sequence;

	if (e->from.family) {
		strbuf_printf(out, "From %s %s_seq=%" PRIu64 " ", who, o->proto, sequence);
		add_icmp(out, h, e);
		if (e->reason == REASON_LOCAL)
			strbuf_puts(out, " (own firewall)");
	} else if (e->reason == REASON_ARP) {
		strbuf_printf(out, "%s_seq=%" PRIu64 " %s", o->proto, sequence,
			ping_error_text(h, e, &words));
	} else {
		strbuf_printf(out, "%s_seq=%" PRIu64 " not sent: %s", o->proto, sequence,
			ping_error_text(h, e, &words));
	}
	strbuf_release(&words);
}

/* --- the end ------------------------------------------------------------------------------------
 */

static void add_count(struct strbuf *out, const char *sign, uint64_t count, const char *what)
{
	if (count)
		strbuf_printf(out, ", %s%" PRIu64 " %s", sign, count, what);
}

void ping_line_counts(
	struct strbuf *out, const struct ping_counts *c, nsec_t elapsed, nsec_t outage)
{
	strbuf_printf(
		out, "%" PRIu64 " packets transmitted, %" PRIu64 " received", c->sent, c->received);
	add_count(out, "+", c->duplicates, "duplicates");
	add_count(out, "+", c->corrupted, "corrupted");
	add_count(out, "+", c->errors, "errors");
	strbuf_printf(out, ", %.6g%% packet loss", ping_loss(c));
	if (elapsed >= 0)
		strbuf_printf(out, ", time %" PRId64 "ms", elapsed / NSEC_PER_MSEC);
	add_count(out, "", c->late, "late");
	add_count(out, "", c->dropped_here, "dropped here");
	add_count(out, "", ping_pending(c), "in flight");
	/* it is measured from probe to probe */
	if (outage >= 50 * NSEC_PER_MSEC)
		strbuf_printf(out, ", longest outage %.1f s", (double)outage / NSEC_PER_SEC);
}

void ping_line_times(struct strbuf *out, const struct rtt_stats *rtt)
{
	strbuf_printf(out,
		"rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms, "
		"median %.3f ms, p95 %.3f ms, p99 %.3f ms, jitter %.3f ms",
		ms(rtt->min), ms(rtt_stats_mean(rtt)), ms(rtt->max), ms(rtt_stats_stddev(rtt)),
		ms(rtt_stats_quantile(rtt, 0.5)), ms(rtt_stats_quantile(rtt, 0.95)),
		ms(rtt_stats_quantile(rtt, 0.99)), ms(rtt_stats_jitter(rtt)));
}
