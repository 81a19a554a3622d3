/* SPDX-License-Identifier: MIT */
#include "pcap_record.h"

#include "pcap_owner.h"
#include "pcap_words.h"
#include "words.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"

#include <netinet/in.h>
#include <stdlib.h>

enum { TUNNEL_KIND, TUNNEL_ID, TUNNEL_FIELDS };

static const struct field tunnel_fields[] = {
	[TUNNEL_KIND] = {.name = "kind", .kind = FIELD_TEXT},
	[TUNNEL_ID] = {.name = "id", .kind = FIELD_UINT, .optional = true},
};
const struct schema pcap_tunnel_schema = {NULL, tunnel_fields, TUNNEL_FIELDS};

enum {
	HS_STATE,
	HS_DECIDED,
	HS_SYN_RETRIES,
	HS_SYNACK_RETRIES,
	HS_SYN_SYNACK,
	HS_SYNACK_ACK,
	HS_RTT,
	HS_CONNECT,
	HS_AMBIGUOUS,
	HS_CLIENT_UNSEEN,
	HS_ANSWER,
	HS_FROM,
	HS_ICMP,
	HS_FIELDS
};

static const struct field handshake_fields[] = {
	[HS_STATE] = {.name = "state", .kind = FIELD_TEXT},
	[HS_DECIDED] = {.name = "decided", .kind = FIELD_BOOL},
	[HS_SYN_RETRIES] = {.name = "syn_retries", .kind = FIELD_UINT},
	[HS_SYNACK_RETRIES] = {.name = "synack_retries", .kind = FIELD_UINT},
	[HS_SYN_SYNACK] = {.name = "syn_synack_ms", .kind = FIELD_MS},
	[HS_SYNACK_ACK] = {.name = "synack_ack_ms", .kind = FIELD_MS},
	[HS_RTT] = {.name = "rtt_ms", .kind = FIELD_MS},
	[HS_CONNECT] = {.name = "connect_ms", .kind = FIELD_MS},
	[HS_AMBIGUOUS] = {.name = "ambiguous", .kind = FIELD_BOOL},
	[HS_CLIENT_UNSEEN] = {.name = "client_unseen", .kind = FIELD_BOOL, .optional = true},
	[HS_ANSWER] = {.name = "answer_ms", .kind = FIELD_MS, .optional = true},
	[HS_FROM] = {.name = "from", .kind = FIELD_TEXT, .optional = true},
	[HS_ICMP] = {.name = "icmp", .kind = FIELD_RECORD, .sub = &icmp_schema, .optional = true},
};
static const struct schema handshake_schema = {NULL, handshake_fields, HS_FIELDS};

enum {
	OPT_MSS,
	OPT_WSCALE,
	OPT_SACK,
	OPT_TIMESTAMPS,
	OPT_ECN,
	OPT_TFO,
	OPT_MPTCP,
	OPT_CUT,
	OPT_FIELDS
};

static const struct field syn_fields[] = {
	[OPT_MSS] = {.name = "mss", .kind = FIELD_UINT},
	[OPT_WSCALE] = {.name = "wscale", .kind = FIELD_UINT},
	[OPT_SACK] = {.name = "sack", .kind = FIELD_BOOL},
	[OPT_TIMESTAMPS] = {.name = "timestamps", .kind = FIELD_BOOL},
	[OPT_ECN] = {.name = "ecn", .kind = FIELD_BOOL},
	[OPT_TFO] = {.name = "tfo", .kind = FIELD_BOOL},
	[OPT_MPTCP] = {.name = "mptcp", .kind = FIELD_BOOL},
	[OPT_CUT] = {.name = "cut", .kind = FIELD_BOOL, .optional = true},
};
static const struct schema syn_schema = {NULL, syn_fields, OPT_FIELDS};

enum { TTL_CLIENT, TTL_SERVER, TTL_RST, TTL_FIELDS };

static const struct field ttl_fields[] = {
	[TTL_CLIENT] = {.name = "client", .kind = FIELD_UINT},
	[TTL_SERVER] = {.name = "server", .kind = FIELD_UINT},
	[TTL_RST] = {.name = "rst", .kind = FIELD_UINT},
};
static const struct schema ttl_schema = {NULL, ttl_fields, TTL_FIELDS};

enum {
	SEEN_COUNT,
	SEEN_FROM,
	SEEN_TO,
	SEEN_TTL_FROM,
	SEEN_TTL_TO,
	SEEN_MOVED,
	SEEN_CHANGED,
	SEEN_FIELDS
};

static const struct field sighting_fields[] = {
	[SEEN_COUNT] = {.name = "count", .kind = FIELD_UINT},
	[SEEN_FROM] = {.name = "from", .kind = FIELD_TEXT},
	[SEEN_TO] = {.name = "to", .kind = FIELD_TEXT},
	[SEEN_TTL_FROM] = {.name = "ttl_from", .kind = FIELD_UINT},
	[SEEN_TTL_TO] = {.name = "ttl_to", .kind = FIELD_UINT},
	[SEEN_MOVED] = {.name = "moved", .kind = FIELD_BOOL},
	[SEEN_CHANGED] = {.name = "changed", .kind = FIELD_LIST},
};
static const struct schema sighting_schema = {NULL, sighting_fields, SEEN_FIELDS};

enum {
	FLOW_ID,
	FLOW_EVENT,
	FLOW_CLIENT,
	FLOW_SERVER,
	FLOW_START,
	FLOW_VLAN,
	FLOW_TUNNEL,
	FLOW_HANDSHAKE,
	FLOW_CLIENT_OPTIONS,
	FLOW_SERVER_OPTIONS,
	FLOW_TTL,
	FLOW_FOREIGN_RST,
	FLOW_CONN_STATE,
	FLOW_HISTORY,
	FLOW_END,
	FLOW_ENDED_BY,
	FLOW_PACKETS,
	FLOW_BYTES,
	FLOW_RETRANSMISSIONS,
	FLOW_OUT_OF_ORDER,
	FLOW_ZERO_WINDOWS,
	FLOW_FIRST_DATA,
	FLOW_DURATION,
	FLOW_SIGHTINGS,
	FLOW_PROCESS,
	FLOW_NOTE,
	FLOW_OVER,
	FLOW_FIELDS
};

static const struct field flow_fields[] = {
	[FLOW_ID] = {.name = "id", .kind = FIELD_UINT},
	[FLOW_EVENT] = {.name = "event", .kind = FIELD_TEXT, .optional = true},
	[FLOW_CLIENT] = {.name = "client", .kind = FIELD_RECORD, .sub = &end_schema},
	[FLOW_SERVER] = {.name = "server", .kind = FIELD_RECORD, .sub = &end_schema},
	[FLOW_START] = {.name = "start", .kind = FIELD_TIME},
	[FLOW_VLAN] = {.name = "vlan", .kind = FIELD_UINTS, .optional = true},
	[FLOW_TUNNEL] = {.name = "tunnel",
		.kind = FIELD_RECORD,
		.sub = &pcap_tunnel_schema,
		.optional = true},
	[FLOW_HANDSHAKE] = {.name = "handshake", .kind = FIELD_RECORD, .sub = &handshake_schema},
	[FLOW_CLIENT_OPTIONS] = {.name = "client_options",
		.kind = FIELD_RECORD,
		.sub = &syn_schema},
	[FLOW_SERVER_OPTIONS] = {.name = "server_options",
		.kind = FIELD_RECORD,
		.sub = &syn_schema},
	[FLOW_TTL] = {.name = "ttl", .kind = FIELD_RECORD, .sub = &ttl_schema},
	[FLOW_FOREIGN_RST] = {.name = "foreign_rst", .kind = FIELD_BOOL, .optional = true},
	[FLOW_CONN_STATE] = {.name = "conn_state", .kind = FIELD_TEXT},
	[FLOW_HISTORY] = {.name = "history", .kind = FIELD_TEXT},
	[FLOW_END] = {.name = "end", .kind = FIELD_TEXT},
	[FLOW_ENDED_BY] = {.name = "ended_by", .kind = FIELD_TEXT},
	[FLOW_PACKETS] = {.name = "packets", .kind = FIELD_UINTS},
	[FLOW_BYTES] = {.name = "bytes", .kind = FIELD_UINTS},
	[FLOW_RETRANSMISSIONS] = {.name = "retransmissions", .kind = FIELD_UINTS},
	[FLOW_OUT_OF_ORDER] = {.name = "out_of_order", .kind = FIELD_UINTS},
	[FLOW_ZERO_WINDOWS] = {.name = "zero_windows", .kind = FIELD_UINTS},
	[FLOW_FIRST_DATA] = {.name = "first_data_ms", .kind = FIELD_MS},
	[FLOW_DURATION] = {.name = "duration_ms", .kind = FIELD_MS},
	[FLOW_SIGHTINGS] = {.name = "sightings",
		.kind = FIELD_RECORD,
		.sub = &sighting_schema,
		.optional = true},
	[FLOW_PROCESS] = {.name = "process",
		.kind = FIELD_RECORDS,
		.sub = &owner_schema,
		.optional = true},
	[FLOW_NOTE] = {.name = "note", .kind = FIELD_TEXT, .optional = true},
	[FLOW_OVER] = {.name = "over", .kind = FIELD_TEXT, .optional = true},
};
static const struct schema flow_schema = {"flow", flow_fields, FLOW_FIELDS};

enum { OWNERS_MAX = 16 };

struct flow_records {
	const struct pcap_context *context;
	struct strbuf note, from, to;
	struct record owners[OWNERS_MAX];
};

struct flow_records *flow_records_new(const struct pcap_context *c)
{
	struct flow_records *w = mem_alloc(1, sizeof *w);

	w->context = c;
	return w;
}

void flow_records_free(struct flow_records *w)
{
	if (!w)
		return;
	strbuf_release(&w->note);
	strbuf_release(&w->from);
	strbuf_release(&w->to);
	free(w);
}

/* ---- parts */

void pcap_end_record(
	struct record *out, const struct addr *end, bool numeric, char text[static ADDR_TEXT_MAX])
{
	record_init(out, &end_schema);
	record_text(out, END_ADDR, addr_text(end, text));
	record_uint(out, END_PORT, end->port);
	if (!numeric)
		record_text(out, END_SERVICE, service_name(end->port, IPPROTO_TCP));
}

void pcap_tunnel_record(struct record *out, enum tunnel kind, uint32_t id)
{
	record_init(out, &pcap_tunnel_schema);
	record_text(out, TUNNEL_KIND, tunnel_name(kind));
	if (tunnel_has_id(kind, id))
		record_uint(out, TUNNEL_ID, id);
}

static void set_time(struct record *out, size_t field, nsec_t time)
{
	if (time != NOT_SEEN)
		record_ns(out, field, time);
}

struct handshake_parts {
	struct record record, icmp;
	char from[ADDR_TEXT_MAX];
};

static bool is_turned_away(const struct handshake *h)
{
	return h->state == HANDSHAKE_REFUSED || h->state == HANDSHAKE_REJECTED;
}

static void set_handshake(struct handshake_parts *out, const struct handshake *h)
{
	struct record *r = &out->record;

	record_init(r, &handshake_schema);
	record_text(r, HS_STATE, handshake_state_name(h->state));
	record_bool(r, HS_DECIDED, h->decided);
	record_uint(r, HS_SYN_RETRIES, h->syn_retries);
	record_uint(r, HS_SYNACK_RETRIES, h->synack_retries);
	set_time(r, HS_SYN_SYNACK, handshake_syn_synack(h));
	set_time(r, HS_SYNACK_ACK, handshake_synack_ack(h));
	set_time(r, HS_RTT, handshake_rtt(h));
	set_time(r, HS_CONNECT, handshake_connect(h));
	record_bool(r, HS_AMBIGUOUS, h->ambiguous_syn || h->ambiguous_synack);
	if (h->state == HANDSHAKE_HALF_OPEN && h->client_unseen)
		record_bool(r, HS_CLIENT_UNSEEN, true);
	if (is_turned_away(h) && h->answered_syn != NOT_SEEN && h->answer >= h->answered_syn)
		record_ns(r, HS_ANSWER, h->answer - h->answered_syn);
	if (h->state == HANDSHAKE_REFUSED || !h->rejection)
		return;
	record_text(r, HS_FROM, addr_text(&h->rejection->from, out->from));
	words_icmp(&out->icmp, h->rejection->from.family, h->rejection->type, h->rejection->code);
	record_record(r, HS_ICMP, &out->icmp);
}

/* What was cut is not known to be absent. */
static void set_option(struct record *out, size_t field, bool has, bool cut)
{
	if (has || !cut)
		record_bool(out, field, has);
}

static void set_options(struct record *out, const struct syn_options *o)
{
	record_init(out, &syn_schema);
	if (o->has_mss)
		record_uint(out, OPT_MSS, o->mss);
	if (o->has_wscale)
		record_uint(out, OPT_WSCALE, o->wscale);
	set_option(out, OPT_SACK, o->sack, o->cut);
	set_option(out, OPT_TIMESTAMPS, o->timestamps, o->cut);
	record_bool(out, OPT_ECN, o->ecn);
	set_option(out, OPT_TFO, o->tfo, o->cut);
	set_option(out, OPT_MPTCP, o->mptcp, o->cut);
	if (o->cut)
		record_bool(out, OPT_CUT, true);
}

static void set_ttl(struct record *out, const struct handshake *h)
{
	record_init(out, &ttl_schema);
	if (h->ttl[CLIENT])
		record_uint(out, TTL_CLIENT, h->ttl[CLIENT]);
	if (h->ttl[SERVER])
		record_uint(out, TTL_SERVER, h->ttl[SERVER]);
	if (h->rst_seen)
		record_uint(out, TTL_RST, h->rst_ttl);
}

struct sighting_parts {
	struct record record;
	const char *changes[SIGHTING_CHANGES];
};

static void set_sightings(struct flow_records *w, struct sighting_parts *out, const struct flow *f)
{
	const struct sighting *s = f->sighting;

	record_init(&out->record, &sighting_schema);
	record_uint(&out->record, SEEN_COUNT,
		(uint64_t)f->streams[CLIENT].sightings + f->streams[SERVER].sightings);
	strbuf_reset(&w->from);
	interface_words(&w->from, w->context->capture, s->from, "");
	strbuf_reset(&w->to);
	interface_words(&w->to, w->context->capture, s->to, "");
	record_text(&out->record, SEEN_FROM, w->from.text);
	record_text(&out->record, SEEN_TO, w->to.text);
	record_uint(&out->record, SEEN_TTL_FROM, s->ttl_from);
	record_uint(&out->record, SEEN_TTL_TO, s->ttl_to);
	record_bool(&out->record, SEEN_MOVED, s->moved);
	record_list(&out->record, SEEN_CHANGED, out->changes, change_names(s, out->changes));
}

static void set_owners(struct flow_records *w, struct record *r, const struct flow *f)
{
	const struct owner *owners;
	enum side local;
	size_t count;

	owners = w->context->owner ? pcap_owner_of(w->context->owner, f, &local, &count) : NULL;
	if (!owners)
		return;
	if (count > OWNERS_MAX)
		count = OWNERS_MAX;
	for (size_t i = 0; i < count; i++) {
		words_owner(&w->owners[i], &owners[i]);
	}
	record_records(r, FLOW_PROCESS, w->owners, count);
}

/* ---- the whole */

/* Pairs of numbers, the client's and the server's. */
struct pairs {
	uint64_t packets[SIDES], bytes[SIDES], retransmissions[SIDES], out_of_order[SIDES],
		zero_windows[SIDES], vlans[2];
};

static void set_pairs(struct record *r, struct pairs *p, const struct flow *f)
{
	for (enum side side = CLIENT; side < SIDES; side++) {
		const struct stream *s = &f->streams[side];

		p->packets[side] = s->packets;
		p->bytes[side] = s->bytes;
		p->retransmissions[side] = s->retransmissions;
		p->out_of_order[side] = s->out_of_order;
		p->zero_windows[side] = s->zero_windows;
	}
	record_uints(r, FLOW_PACKETS, p->packets, SIDES);
	record_uints(r, FLOW_BYTES, p->bytes, SIDES);
	record_uints(r, FLOW_RETRANSMISSIONS, p->retransmissions, SIDES);
	record_uints(r, FLOW_OUT_OF_ORDER, p->out_of_order, SIDES);
	record_uints(r, FLOW_ZERO_WINDOWS, p->zero_windows, SIDES);
	for (size_t i = 0; i < 2; i++)
		p->vlans[i] = f->place.vlans[i];
	if (p->vlans[0])
		record_uints(r, FLOW_VLAN, p->vlans, p->vlans[1] ? 2 : 1);
}

static void set_life(struct record *r, const struct flow *f)
{
	nsec_t client = f->streams[CLIENT].first_data, server = f->streams[SERVER].first_data;
	nsec_t first =
		client == NOT_SEEN || (server != NOT_SEEN && server < client) ? server : client;

	record_text(r, FLOW_CONN_STATE, flow_conn_state(f));
	record_bytes(r, FLOW_HISTORY, f->history, f->history_len);
	record_text(r, FLOW_END, flow_end_name(f->end));
	if (f->end != END_OPEN)
		record_text(r, FLOW_ENDED_BY, f->ended_by == CLIENT ? "client" : "server");
	if (first != NOT_SEEN && first >= f->start)
		record_ns(r, FLOW_FIRST_DATA, first - f->start);
	record_ns(r, FLOW_DURATION, f->last - f->start);
}

static const char *over_name(enum flow_over why)
{
	static const char *const names[] = {
		[OVER_CLOSED] = "closed",
		[OVER_TIMEOUT] = "timeout",
		[OVER_SUPERSEDED] = "superseded",
		[OVER_EVICTED] = "evicted",
		[OVER_FINISHED] = "finished",
	};

	return names[why];
}

void flow_records_put(
	struct flow_records *w, const struct flow *f, const char *event, const enum flow_over *why)
{
	const struct handshake *h = &f->handshake;
	bool numeric = w->context->options->common.numeric;
	char client_text[ADDR_TEXT_MAX], server_text[ADDR_TEXT_MAX];
	struct record r, client, server, options[SIDES], ttl, tunnel;
	struct handshake_parts handshake;
	struct sighting_parts sightings;
	struct pairs pairs;

	record_init(&r, &flow_schema);
	record_uint(&r, FLOW_ID, f->id);
	record_text(&r, FLOW_EVENT, event);
	pcap_end_record(&client, &f->ends[CLIENT], true, client_text);
	record_record(&r, FLOW_CLIENT, &client);
	pcap_end_record(&server, &f->ends[SERVER], numeric, server_text);
	record_record(&r, FLOW_SERVER, &server);
	record_ns(&r, FLOW_START, f->start);
	set_handshake(&handshake, h);
	record_record(&r, FLOW_HANDSHAKE, &handshake.record);
	for (enum side side = CLIENT; side < SIDES; side++)
		if (h->options[side].seen) {
			set_options(&options[side], &h->options[side]);
			record_record(&r,
				side == CLIENT ? FLOW_CLIENT_OPTIONS : FLOW_SERVER_OPTIONS,
				&options[side]);
		}
	set_ttl(&ttl, h);
	record_record(&r, FLOW_TTL, &ttl);
	if (h->rst_foreign)
		record_bool(&r, FLOW_FOREIGN_RST, true);
	set_life(&r, f);
	set_pairs(&r, &pairs, f);
	if (f->place.tunnel) {
		pcap_tunnel_record(&tunnel, (enum tunnel)f->place.tunnel, f->place.tunnel_id);
		record_record(&r, FLOW_TUNNEL, &tunnel);
	}
	if (f->sighting) {
		set_sightings(w, &sightings, f);
		record_record(&r, FLOW_SIGHTINGS, &sightings.record);
	}
	set_owners(w, &r, f);
	strbuf_reset(&w->note);
	flow_note(&w->note, f, w->context->capture);
	flow_note_retold(&w->note, f);
	if (w->note.len > 0)
		record_bytes(&r, FLOW_NOTE, w->note.text, w->note.len);
	if (why)
		record_text(&r, FLOW_OVER, over_name(*why));
	output_record(w->context->out, &r, ROW_PLAIN);
}
