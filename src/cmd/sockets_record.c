/* SPDX-License-Identifier: MIT */
#include "sockets_record.h"

#include "sockets_words.h"
#include "words.h"

#include "netprobe/base/mem.h"
#include "netprobe/procfs/findings.h"

#include <stdlib.h>

enum { TIMER_KIND, TIMER_EXPIRES, TIMER_RETRANSMITS, TIMER_FIELDS };

static const struct field timer_fields[] = {
	[TIMER_KIND] = {.name = "kind", .kind = FIELD_TEXT},
	[TIMER_EXPIRES] = {.name = "expires_ms", .kind = FIELD_MS},
	[TIMER_RETRANSMITS] = {.name = "retransmits", .kind = FIELD_UINT},
};
static const struct schema timer_schema = {NULL, timer_fields, TIMER_FIELDS};

enum {
	TCP_RTT,
	TCP_RTTVAR,
	TCP_MIN_RTT,
	TCP_RTO,
	TCP_CWND,
	TCP_SSTHRESH,
	TCP_MSS,
	TCP_UNACKED,
	TCP_LOST,
	TCP_RETRANSMITS,
	TCP_BYTES_SENT,
	TCP_BYTES_ACKED,
	TCP_BYTES_RECEIVED,
	TCP_BYTES_RETRANSMITTED,
	TCP_PACING_RATE,
	TCP_DELIVERY_RATE,
	TCP_BUSY,
	TCP_RWND_LIMITED,
	TCP_SNDBUF_LIMITED,
	TCP_LAST_SENT,
	TCP_LAST_RECEIVED,
	TCP_LAST_ACK,
	TCP_CONGESTION,
	TCP_FIELDS
};

static const struct field tcp_fields[] = {
	[TCP_RTT] = {.name = "rtt_ms", .kind = FIELD_MS},
	[TCP_RTTVAR] = {.name = "rttvar_ms", .kind = FIELD_MS},
	[TCP_MIN_RTT] = {.name = "min_rtt_ms", .kind = FIELD_MS},
	[TCP_RTO] = {.name = "rto_ms", .kind = FIELD_MS},
	[TCP_CWND] = {.name = "cwnd", .kind = FIELD_UINT},
	[TCP_SSTHRESH] = {.name = "ssthresh", .kind = FIELD_UINT},
	[TCP_MSS] = {.name = "mss", .kind = FIELD_UINT},
	[TCP_UNACKED] = {.name = "unacked", .kind = FIELD_UINT},
	[TCP_LOST] = {.name = "lost", .kind = FIELD_UINT},
	[TCP_RETRANSMITS] = {.name = "retransmits", .kind = FIELD_UINT},
	[TCP_BYTES_SENT] = {.name = "bytes_sent", .kind = FIELD_UINT},
	[TCP_BYTES_ACKED] = {.name = "bytes_acked", .kind = FIELD_UINT},
	[TCP_BYTES_RECEIVED] = {.name = "bytes_received", .kind = FIELD_UINT},
	[TCP_BYTES_RETRANSMITTED] = {.name = "bytes_retransmitted", .kind = FIELD_UINT},
	[TCP_PACING_RATE] = {.name = "pacing_rate", .kind = FIELD_UINT},
	[TCP_DELIVERY_RATE] = {.name = "delivery_rate", .kind = FIELD_UINT},
	[TCP_BUSY] = {.name = "busy_ms", .kind = FIELD_MS},
	[TCP_RWND_LIMITED] = {.name = "rwnd_limited_ms", .kind = FIELD_MS},
	[TCP_SNDBUF_LIMITED] = {.name = "sndbuf_limited_ms", .kind = FIELD_MS},
	[TCP_LAST_SENT] = {.name = "last_sent_ms", .kind = FIELD_MS},
	[TCP_LAST_RECEIVED] = {.name = "last_received_ms", .kind = FIELD_MS},
	[TCP_LAST_ACK] = {.name = "last_ack_ms", .kind = FIELD_MS},
	[TCP_CONGESTION] = {.name = "congestion", .kind = FIELD_TEXT},
};
static const struct schema tcp_schema = {NULL, tcp_fields, TCP_FIELDS};

enum {
	SOCKET_PROTO,
	SOCKET_FAMILY,
	SOCKET_STATE,
	SOCKET_LOCAL,
	SOCKET_PEER,
	SOCKET_RECV_Q,
	SOCKET_SEND_Q,
	SOCKET_UID,
	SOCKET_USER,
	SOCKET_INODE,
	SOCKET_PROCESS,
	SOCKET_UNIT,
	SOCKET_TIMER,
	SOCKET_NETNS,
	SOCKET_TYPE,
	SOCKET_PROTOCOL,
	SOCKET_INTERFACE,
	SOCKET_V6ONLY,
	SOCKET_DROPS,
	SOCKET_COOKIE,
	SOCKET_CGROUP,
	SOCKET_PEER_INODE,
	SOCKET_TCP_FACTS,
	SOCKET_MEANING,
	SOCKET_FINDINGS,
	SOCKET_EVENT,
	SOCKET_WAS,
	SOCKET_AT,
	SOCKET_FIELDS
};

static const struct field socket_fields[] = {
	[SOCKET_PROTO] = {.name = "proto", .kind = FIELD_TEXT},
	[SOCKET_FAMILY] = {.name = "family", .kind = FIELD_UINT},
	[SOCKET_STATE] = {.name = "state", .kind = FIELD_TEXT},
	[SOCKET_LOCAL] = {.name = "local", .kind = FIELD_RECORD, .sub = &end_schema},
	[SOCKET_PEER] = {.name = "peer", .kind = FIELD_RECORD, .sub = &end_schema},
	[SOCKET_RECV_Q] = {.name = "recv_q", .kind = FIELD_UINT},
	[SOCKET_SEND_Q] = {.name = "send_q", .kind = FIELD_UINT},
	[SOCKET_UID] = {.name = "uid", .kind = FIELD_UINT},
	[SOCKET_USER] = {.name = "user", .kind = FIELD_TEXT},
	[SOCKET_INODE] = {.name = "inode", .kind = FIELD_UINT},
	[SOCKET_PROCESS] = {.name = "process", .kind = FIELD_RECORDS, .sub = &owner_schema},
	[SOCKET_UNIT] = {.name = "unit", .kind = FIELD_TEXT},
	[SOCKET_TIMER] = {.name = "timer", .kind = FIELD_RECORD, .sub = &timer_schema},
	[SOCKET_NETNS] = {.name = "netns", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_TYPE] = {.name = "unix_type", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_PROTOCOL] = {.name = "protocol", .kind = FIELD_UINT, .optional = true},
	[SOCKET_INTERFACE] = {.name = "interface", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_V6ONLY] = {.name = "v6only", .kind = FIELD_BOOL, .optional = true},
	[SOCKET_DROPS] = {.name = "drops", .kind = FIELD_UINT, .optional = true},
	[SOCKET_COOKIE] = {.name = "cookie", .kind = FIELD_UINT, .optional = true},
	[SOCKET_CGROUP] = {.name = "cgroup", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_PEER_INODE] = {.name = "peer_inode", .kind = FIELD_UINT, .optional = true},
	[SOCKET_TCP_FACTS] = {.name = "tcp",
		.kind = FIELD_RECORD,
		.sub = &tcp_schema,
		.optional = true},
	[SOCKET_MEANING] = {.name = "meaning", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_FINDINGS] = {.name = "findings", .kind = FIELD_LIST, .optional = true},
	[SOCKET_EVENT] = {.name = "event", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_WAS] = {.name = "was", .kind = FIELD_TEXT, .optional = true},
	[SOCKET_AT] = {.name = "at", .kind = FIELD_TIME, .optional = true},
};
static const struct schema socket_schema = {"socket", socket_fields, SOCKET_FIELDS};

struct record_writer {
	struct output *out;
	struct ownership *ownership;
	const struct sockets_options *options;
	const struct places *places;
	struct record record;
	struct record *owners; /* of the record's processes */
	size_t owner_room;
	struct strbuf local, peer, cgroup, interface;
};

struct record_writer *record_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places)
{
	struct record_writer *w = mem_alloc(1, sizeof *w);

	w->out = out;
	w->ownership = ownership;
	w->options = options;
	w->places = places;
	return w;
}

void record_writer_free(struct record_writer *w)
{
	if (!w)
		return;
	strbuf_release(&w->local);
	strbuf_release(&w->peer);
	strbuf_release(&w->cgroup);
	strbuf_release(&w->interface);
	free(w->owners);
	free(w);
}

static void set_end(struct record_writer *w, struct record *out, const struct socket_entry *e,
	const struct addr *end, struct strbuf *text)
{
	char address[ADDR_TEXT_MAX];

	record_init(out, &end_schema);
	strbuf_reset(text);
	/* an interface that it is bound to has a field of its own */
	if (end->scope)
		socket_addr_text(text, w->places, e, end);
	else
		strbuf_puts(text, addr_text(end, address));
	record_bytes(out, END_ADDR, text->text, text->len);
	if (socket_has_ports(e) && end->port)
		record_uint(out, END_PORT, end->port);
	record_text(out, END_SERVICE, socket_service(e, end->port, w->options->common.numeric));
}

static void set_timer(struct record *out, const struct socket_entry *e)
{
	record_init(out, &timer_schema);
	record_text(out, TIMER_KIND, socket_timer_name(e->timer));
	record_ns(out, TIMER_EXPIRES, (nsec_t)e->timer_ms * NSEC_PER_MSEC);
	record_uint(out, TIMER_RETRANSMITS, e->retransmits);
}

static void set_facts(struct record *out, const struct tcp_facts *t)
{
	record_init(out, &tcp_schema);
	record_ns(out, TCP_RTT, t->rtt);
	record_ns(out, TCP_RTTVAR, t->rttvar);
	if (t->min_rtt)
		record_ns(out, TCP_MIN_RTT, t->min_rtt);
	record_ns(out, TCP_RTO, t->rto);
	record_uint(out, TCP_CWND, t->cwnd);
	record_uint(out, TCP_SSTHRESH, t->ssthresh);
	record_uint(out, TCP_MSS, t->mss);
	record_uint(out, TCP_UNACKED, t->unacked);
	record_uint(out, TCP_LOST, t->lost);
	record_uint(out, TCP_RETRANSMITS, t->retransmits);
	record_uint(out, TCP_BYTES_SENT, t->bytes_sent);
	record_uint(out, TCP_BYTES_ACKED, t->bytes_acked);
	record_uint(out, TCP_BYTES_RECEIVED, t->bytes_received);
	record_uint(out, TCP_BYTES_RETRANSMITTED, t->bytes_retransmitted);
	if (t->pacing_rate != UINT64_MAX)
		record_uint(out, TCP_PACING_RATE, t->pacing_rate);
	if (t->delivery_rate)
		record_uint(out, TCP_DELIVERY_RATE, t->delivery_rate);
	record_ns(out, TCP_BUSY, t->busy);
	record_ns(out, TCP_RWND_LIMITED, t->rwnd_limited);
	record_ns(out, TCP_SNDBUF_LIMITED, t->sndbuf_limited);
	record_ns(out, TCP_LAST_SENT, t->last_sent);
	record_ns(out, TCP_LAST_RECEIVED, t->last_received);
	record_ns(out, TCP_LAST_ACK, t->last_ack);
	if (*t->congestion)
		record_text(out, TCP_CONGESTION, t->congestion);
}

static void set_path(struct record_writer *w, struct record *out, const struct socket_entry *e)
{
	record_init(out, &end_schema);
	strbuf_reset(&w->local);
	socket_add_path(&w->local, e);
	record_bytes(out, END_ADDR, w->local.text, w->local.len);
}

/* Null: not asked for, or perhaps somebody's whose processes cannot be read. */
static void set_processes(struct record_writer *w, const struct socket_entry *e)
{
	size_t count;
	const struct owner *owners = ownership_processes(w->ownership, e, &count);

	if (count > w->owner_room) {
		w->owner_room = count;
		w->owners = mem_resize(w->owners, count, sizeof *w->owners);
	}
	for (size_t i = 0; i < count; i++) {
		words_owner(&w->owners[i], &owners[i]);
	}
	if (count > 0 || ownership_knows_all(w->ownership))
		record_records(&w->record, SOCKET_PROCESS, w->owners, count);
}

static void set_ownership(struct record_writer *w, const struct socket_entry *e)
{
	struct record *r = &w->record;
	const char *cgroup;

	if (socket_knows_uid(e))
		record_uint(r, SOCKET_UID, e->uid);
	record_text(r, SOCKET_USER, ownership_user(w->ownership, e));
	set_processes(w, e);
	record_text(r, SOCKET_UNIT, ownership_unit(w->ownership, e));
	cgroup = w->options->extended ? ownership_cgroup(w->ownership, e) : NULL;
	if (!cgroup)
		return;
	strbuf_reset(&w->cgroup);
	strbuf_puts(&w->cgroup, cgroup);
	record_text(r, SOCKET_CGROUP, w->cgroup.text);
}

/* What not every socket has. */
static void set_extras(struct record_writer *w, const struct socket_entry *e)
{
	struct record *r = &w->record;

	if (e->proto == SOCKET_UNIX)
		record_text(r, SOCKET_TYPE, socket_unix_type(e, false));
	if (!socket_has_ports(e))
		record_uint(r, SOCKET_PROTOCOL, e->local.port);
	record_text(
		r, SOCKET_INTERFACE, socket_interface(w->places, e, e->interface, &w->interface));
	if (e->knows_v6only)
		record_bool(r, SOCKET_V6ONLY, e->v6only);
	if (e->knows_drops)
		record_uint(r, SOCKET_DROPS, e->drops);
	if (e->cookie)
		record_uint(r, SOCKET_COOKIE, e->cookie);
	if (e->peer_inode)
		record_uint(r, SOCKET_PEER_INODE, e->peer_inode);
}

static void set_note(
	struct record_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	struct record *r = &w->record;

	if (w->options->netns)
		record_text(r, SOCKET_NETNS, w->places->names[e->netns]);
	if (note->explains) {
		record_text(r, SOCKET_MEANING, state_meaning(e->proto, e->state));
		if (note->findings)
			record_list(r, SOCKET_FINDINGS, note->findings, note->finding_count);
	}
	if (!note->change)
		return;
	record_text(r, SOCKET_EVENT, socket_event_name(*note->change));
	if (note->was)
		record_text(r, SOCKET_WAS, socket_state_name(note->was));
	record_ns(r, SOCKET_AT, note->at);
}

void record_writer_put(
	struct record_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	struct record *r = &w->record, local, peer, timer, facts;

	record_init(r, &socket_schema);
	record_text(r, SOCKET_PROTO, socket_proto_name(e->proto));
	if (e->family)
		record_uint(r, SOCKET_FAMILY, e->family);
	record_text(r, SOCKET_STATE, socket_state_name(e->state));
	if (e->path)
		set_path(w, &local, e);
	else if (e->family)
		set_end(w, &local, e, &e->local, &w->local);
	if (e->path || e->family)
		record_record(r, SOCKET_LOCAL, &local);
	if (e->family && !socket_is_unconnected(&e->peer)) {
		set_end(w, &peer, e, &e->peer, &w->peer);
		record_record(r, SOCKET_PEER, &peer);
	}
	if (!e->hides_queues)
		record_uint(r, SOCKET_RECV_Q, e->recv_q);
	if (socket_knows_send_q(e))
		record_uint(r, SOCKET_SEND_Q, e->send_q);
	if (e->inode)
		record_uint(r, SOCKET_INODE, e->inode);
	if (e->timer) {
		set_timer(&timer, e);
		record_record(r, SOCKET_TIMER, &timer);
	}
	if (e->tcp && w->options->extended) {
		set_facts(&facts, e->tcp);
		record_record(r, SOCKET_TCP_FACTS, &facts);
	}
	set_ownership(w, e);
	set_extras(w, e);
	set_note(w, e, note);
	output_record(w->out, r, ROW_PLAIN);
}
