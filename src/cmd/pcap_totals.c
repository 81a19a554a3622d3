/* SPDX-License-Identifier: MIT */
#include "pcap_totals.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"

#include <inttypes.h>

enum { ETHERTYPE_ARP = 0x0806 };

enum {
	SUM_PACKETS,
	SUM_FLOWS,
	SUM_STATES,
	SUM_EVICTED,
	SUM_FRAGMENTS,
	SUM_UNRELATED_ICMP,
	SUM_BAD_OPTIONS,
	SUM_UNKNOWN_LINK,
	SUM_UNREADABLE,
	SUM_VANTAGE,
	SUM_CUT,
	SUM_FIELDS
};

static const struct field summary_fields[] = {
	[SUM_PACKETS] = {.name = "packets", .kind = FIELD_UINT},
	[SUM_FLOWS] = {.name = "flows", .kind = FIELD_UINT},
	[SUM_STATES] = {.name = "states", .kind = FIELD_COUNTS},
	[SUM_EVICTED] = {.name = "evicted", .kind = FIELD_UINT},
	[SUM_FRAGMENTS] = {.name = "fragments", .kind = FIELD_UINT},
	[SUM_UNRELATED_ICMP] = {.name = "unrelated_icmp", .kind = FIELD_UINT},
	[SUM_BAD_OPTIONS] = {.name = "bad_options", .kind = FIELD_UINT},
	[SUM_UNKNOWN_LINK] = {.name = "unknown_link", .kind = FIELD_UINT},
	[SUM_UNREADABLE] = {.name = "unreadable", .kind = FIELD_UINT},
	[SUM_VANTAGE] = {.name = "vantage", .kind = FIELD_TEXT},
	[SUM_CUT] = {.name = "cut", .kind = FIELD_BOOL},
};
static const struct schema summary_schema = {"summary", summary_fields, SUM_FIELDS};

/* An error tells whose attempt it is about by its quote. */
static bool is_readable(const struct frame *frame)
{
	const struct icmp_quote *quote = &frame->icmp.quote;

	if (frame->kind == FRAME_TCP)
		return true;
	if (frame->flaw == FRAME_CUT)
		return frame->kind == FRAME_UNKNOWN && frame->ethertype == ETHERTYPE_ARP;
	return frame->kind != FRAME_ICMP || quote->ip.family == 0 ||
	       quote->ip.protocol != PROTOCOL_TCP || quote->has_ports;
}

void pcap_totals_frame(
	struct pcap_totals *t, const struct frame *frame, const struct captured *captured)
{
	if (captured->len < captured->wire_len && !is_readable(frame))
		t->unreadable++;
}

void pcap_totals_add(struct pcap_totals *t, const struct flow *f)
{
	t->flows++;
	t->states[f->handshake.state]++;
	t->partial += f->partial;
	vantage_add(&t->vantage, f);
}

void pcap_totals_take_back(struct pcap_totals *t, enum handshake_state state)
{
	t->flows--;
	t->states[state]--;
}

static size_t counts_of(const struct pcap_totals *t, struct count out[static HANDSHAKE_STATES])
{
	size_t count = 0;

	for (enum handshake_state state = 0; state < HANDSHAKE_STATES; state++)
		if (t->states[state])
			out[count++] =
				(struct count){handshake_state_name(state), t->states[state]};
	return count;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void pcap_totals_text(struct strbuf *out, const struct pcap_totals *t)
{
	uint64_t attempts = t->flows - t->states[HANDSHAKE_MIDSTREAM];
	struct count counts[HANDSHAKE_STATES];
	size_t count = counts_of(t, counts);

	strbuf_printf(out, "%" PRIu64 " attempt%s", attempts, plural(attempts));
	for (size_t i = 0; i < count; i++)
		strbuf_printf(out, "%s %" PRIu64 " %s", i == 0 ? ":" : ",", counts[i].value,
			counts[i].name);
	strbuf_printf(out, "; %" PRIu64 " packet%s", t->packets, plural(t->packets));
}

static void put_record(const struct pcap_totals *t, struct output *out)
{
	struct count counts[HANDSHAKE_STATES];
	struct record r;

	record_init(&r, &summary_schema);
	record_uint(&r, SUM_PACKETS, t->packets);
	record_uint(&r, SUM_FLOWS, t->flows);
	record_counts(&r, SUM_STATES, counts, counts_of(t, counts));
	record_uint(&r, SUM_EVICTED, t->tracker.evicted);
	record_uint(&r, SUM_FRAGMENTS, t->tracker.fragments);
	record_uint(&r, SUM_UNRELATED_ICMP, t->tracker.unrelated_icmp);
	record_uint(&r, SUM_BAD_OPTIONS, t->tracker.bad_options);
	record_uint(&r, SUM_UNKNOWN_LINK, t->capture.unknown_link);
	record_uint(&r, SUM_UNREADABLE, t->unreadable);
	record_text(&r, SUM_VANTAGE, vantage_place_name(vantage_place(&t->vantage)));
	record_bool(&r, SUM_CUT, t->cut);
	output_record(out, &r, ROW_PLAIN);
	if (t->live)
		output_lost(out, t->capture.dropped, t->capture.dropped_interface);
}

static void put_vantage(const struct pcap_totals *t, struct output *out)
{
	static const char *const words[VANTAGE_PLACES] = {
		[VANTAGE_CLIENT] =
			"Captured at the clients: the time to SYN-ACK is that of network "
			"and server, the time to ACK next to nothing",
		[VANTAGE_SERVER] =
			"Captured at the servers: the time to ACK is that of network and "
			"client, the time to SYN-ACK next to nothing",
		[VANTAGE_BETWEEN] = "Captured between: SYN-ACK times the servers' side, ACK the "
				    "clients'",
	};
	const char *text = words[vantage_place(&t->vantage)];

	if (text)
		output_line(out, "%s", text);
}

/* Records have a number for it. */
static void put_unrelated(const struct pcap_totals *t, struct output *out)
{
	uint64_t count = t->tracker.unrelated_icmp;

	if (count)
		output_line(out,
			"%" PRIu64 " ICMP error%s about connections that were not seen here", count,
			plural(count));
}

void pcap_totals_put(const struct pcap_totals *t, struct output *out)
{
	struct strbuf line = {0};

	if (!output_is_table(out)) {
		put_record(t, out);
		return;
	}
	output_flush(out);
	put_vantage(t, out);
	put_unrelated(t, out);
	pcap_totals_text(&line, t);
	output_line(out, "%s", line.text);
	strbuf_release(&line);
}

/* A filter that lets them through has let some of them through, or there were none; which one
 * cannot be told. */
static void warn_of_filter(const struct pcap_totals *t)
{
	if (t->filtered && t->states[HANDSHAKE_UNANSWERED] && t->tracker.icmp_errors == 0)
		log_warn("the filter may hide ICMP errors: what was rejected looks unanswered "
			 "(--host and --port do not)");
}

void pcap_totals_warn(const struct pcap_totals *t)
{
	uint64_t midstream = t->states[HANDSHAKE_MIDSTREAM];

	if (t->capture.dropped || t->capture.dropped_interface)
		log_warn("%" PRIu64 " packets were dropped by the kernel and %" PRIu64
			 " by the interface: what is missing may be that",
			t->capture.dropped, t->capture.dropped_interface);
	if (midstream)
		log_warn("%" PRIu64 " flow%s began before the capture%s: %s handshake%s cannot be "
			 "known",
			midstream, plural(midstream),
			t->tracker.evicted ? ", or had to make room before (--max-flows)" : "",
			midstream == 1 ? "its" : "their", plural(midstream));
	if (t->partial)
		log_warn("%" PRIu64 " flow%s with TCP options that the snap length cut: some may "
			 "be missing",
			t->partial, plural(t->partial));
	if (t->tracker.bad_options)
		log_warn("%" PRIu64 " SYN%s with malformed options: what stands before them counts",
			t->tracker.bad_options, plural(t->tracker.bad_options));
	warn_of_filter(t);
	if (t->unreadable)
		log_warn("%" PRIu64 " packet%s too short to be read (snap length): attempts may "
			 "be missing and fates wrong",
			t->unreadable, t->unreadable == 1 ? " is" : "s are");
	if (t->tracker.evicted)
		log_warn("%" PRIu64 " flow%s had to make room before their end (--max-flows)",
			t->tracker.evicted, plural(t->tracker.evicted));
	if (t->capture.unknown_link)
		log_warn("%" PRIu64 " packet%s of a link type that is not known",
			t->capture.unknown_link, plural(t->capture.unknown_link));
	if (t->capture.backwards)
		log_info("packets are not in the order of their times");
	if (t->unfit)
		log_warn("%" PRIu64 " packet%s of another link type than the first: not written",
			t->unfit, plural(t->unfit));
}
