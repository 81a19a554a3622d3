/* SPDX-License-Identifier: MIT */
#include "sockets_record.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"
#include "netprobe/procfs/findings.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { OWNERS_SHOWN = 3 };

/* ---- the record */

enum { END_ADDR, END_PORT, END_SERVICE, END_FIELDS };

static const struct field end_fields[] = {
	[END_ADDR] = {.name = "addr", .kind = FIELD_TEXT},
	[END_PORT] = {.name = "port", .kind = FIELD_UINT},
	[END_SERVICE] = {.name = "service", .kind = FIELD_TEXT, .optional = true},
};
static const struct schema end_schema = {NULL, end_fields, END_FIELDS};

enum { OWNER_PID, OWNER_COMM, OWNER_FD, OWNER_FIELDS };

static const struct field owner_fields[] = {
	[OWNER_PID] = {.name = "pid", .kind = FIELD_UINT},
	[OWNER_COMM] = {.name = "comm", .kind = FIELD_TEXT},
	[OWNER_FD] = {.name = "fd", .kind = FIELD_UINT},
};
static const struct schema owner_schema = {NULL, owner_fields, OWNER_FIELDS};

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

/* ---- the row */

enum {
	ROW_AT,
	ROW_EVENT,
	ROW_NETNS,
	ROW_PROTO,
	ROW_STATE,
	ROW_RECV_Q,
	ROW_SEND_Q,
	ROW_LOCAL,
	ROW_PEER,
	ROW_RTT,
	ROW_CWND,
	ROW_RETRANSMITS,
	ROW_SENT,
	ROW_RECEIVED,
	ROW_PACING,
	ROW_CONGESTION,
	ROW_TIMER,
	ROW_DROPS,
	ROW_USER,
	ROW_UNIT,
	ROW_PROCESS,
	ROW_FIELDS
};

static const struct field row_fields[] = {
	[ROW_AT] = {.title = "TIME", .kind = FIELD_TEXT},
	[ROW_EVENT] = {.title = "EVENT", .kind = FIELD_TEXT},
	[ROW_NETNS] = {.title = "NETNS", .kind = FIELD_TEXT, .give = 6},
	[ROW_PROTO] = {.title = "PROTO", .kind = FIELD_TEXT},
	[ROW_STATE] = {.title = "STATE", .kind = FIELD_TEXT},
	[ROW_RECV_Q] = {.title = "RECV-Q", .kind = FIELD_UINT, .right = true},
	[ROW_SEND_Q] = {.title = "SEND-Q", .kind = FIELD_UINT, .right = true},
	[ROW_LOCAL] = {.title = "LOCAL", .kind = FIELD_TEXT, .give = 1, .cut_middle = true},
	[ROW_PEER] = {.title = "PEER", .kind = FIELD_TEXT, .give = 1, .cut_middle = true},
	[ROW_RTT] = {.title = "RTT", .kind = FIELD_MS, .right = true},
	[ROW_CWND] = {.title = "CWND", .kind = FIELD_UINT, .right = true},
	[ROW_RETRANSMITS] = {.title = "RETRANS", .kind = FIELD_UINT, .right = true},
	[ROW_SENT] = {.title = "SENT", .kind = FIELD_UINT, .right = true},
	[ROW_RECEIVED] = {.title = "RECEIVED", .kind = FIELD_UINT, .right = true},
	[ROW_PACING] = {.title = "PACING", .kind = FIELD_TEXT, .right = true},
	[ROW_CONGESTION] = {.title = "CC", .kind = FIELD_TEXT},
	[ROW_TIMER] = {.title = "TIMER", .kind = FIELD_TEXT, .give = 7},
	[ROW_DROPS] = {.title = "DROPS", .kind = FIELD_UINT, .right = true},
	[ROW_USER] = {.title = "USER", .kind = FIELD_TEXT, .give = 8},
	[ROW_UNIT] = {.title = "UNIT", .kind = FIELD_TEXT, .give = 10},
	[ROW_PROCESS] = {.title = "PROCESS", .kind = FIELD_TEXT, .give = 9},
};
/* Changes come one by one, and keep the widths of the first. */
enum { STATE_LEAST = sizeof "ESTABLISHED" - 1, END_LEAST = sizeof "192.168.100.100:65535" - 1 };

struct socket_writer {
	struct output *out;
	struct ownership *ownership;
	const struct sockets_options *options;
	struct field fields[ROW_FIELDS];
	struct schema row;
	struct record record;
	struct record *owners; /* of the record's processes */
	size_t owner_room;
	struct strbuf local, peer, process, state, timer, unit, cgroup;
	struct strbuf pacing, interface, uid;
	uint32_t last_uid; /* whose number `uid` is, where it has a text */
};

struct socket_writer *socket_writer_new(
	struct output *out, struct ownership *ownership, const struct sockets_options *options)
{
	struct socket_writer *w = mem_alloc(1, sizeof *w);

	w->out = out;
	w->ownership = ownership;
	w->options = options;
	memcpy(w->fields, row_fields, sizeof row_fields);
	w->row = (struct schema){NULL, w->fields, ROW_FIELDS};
	if (options->watch) {
		w->fields[ROW_STATE].least = STATE_LEAST;
		w->fields[ROW_LOCAL].least = w->fields[ROW_PEER].least = END_LEAST;
	}
	return w;
}

void socket_writer_free(struct socket_writer *w)
{
	if (!w)
		return;
	strbuf_release(&w->local);
	strbuf_release(&w->peer);
	strbuf_release(&w->process);
	strbuf_release(&w->state);
	strbuf_release(&w->timer);
	strbuf_release(&w->unit);
	strbuf_release(&w->cgroup);
	strbuf_release(&w->pacing);
	strbuf_release(&w->interface);
	strbuf_release(&w->uid);
	free(w->owners);
	free(w);
}

/* ---- what both say */

static bool has_ports(const struct socket_entry *e)
{
	return e->proto != SOCKET_RAW;
}

static bool is_unconnected(const struct addr *end)
{
	static const uint8_t none[sizeof end->ip];

	return end->port == 0 && memcmp(end->ip, none, sizeof none) == 0;
}

/* getservent(3) knows no others. */
static const char *service_of(const struct socket_entry *e, uint16_t port, bool numeric)
{
	if (numeric || port == 0)
		return NULL;
	if (e->proto == SOCKET_TCP)
		return service_name(port, IPPROTO_TCP);
	if (e->proto == SOCKET_UDP || e->proto == SOCKET_UDPLITE)
		return service_name(port, IPPROTO_UDP);
	return NULL;
}

/* The kernel lists a name's leading NUL; ss(8) and /proc write it so. */
static void add_path(struct strbuf *out, const struct socket_entry *e)
{
	bool abstract = e->path[0] == '\0';

	if (abstract)
		strbuf_putc(out, '@');
	strbuf_add(out, e->path + abstract, e->path_len - abstract);
}

static const char *unix_type(const struct socket_entry *e, bool brief)
{
	switch (e->type) {
	case SOCK_STREAM:
		return brief ? "u_str" : "stream";
	case SOCK_DGRAM:
		return brief ? "u_dgr" : "dgram";
	case SOCK_SEQPACKET:
		return brief ? "u_seq" : "seqpacket";
	default:
		return brief ? "unix" : NULL;
	}
}

/* Its name where it is of our namespace, for only there does the number mean anything to us. */
static const char *interface_of(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	char name[IF_NAMESIZE];

	if (e->interface == 0)
		return NULL;
	strbuf_reset(&w->interface);
	if (!note->netns && !w->options->netns && if_indextoname(e->interface, name))
		strbuf_puts(&w->interface, name);
	else
		strbuf_printf(&w->interface, "%" PRIu32, e->interface);
	return w->interface.text;
}

static bool knows_send_q(const struct socket_entry *e)
{
	return !e->hides_queues && (e->state != SOCKET_LISTEN || e->knows_backlog);
}

static const char *event_name(enum change_kind change)
{
	static const char *const names[] = {
		[CHANGE_OPENED] = "opened",
		[CHANGE_CLOSED] = "closed",
		[CHANGE_STATE] = "changed",
	};

	return names[change];
}

/* ---- the record */

static void set_end(struct record *out, const struct socket_entry *e, const struct addr *end,
	char text[static ADDR_TEXT_MAX], bool numeric)
{
	record_init(out, &end_schema);
	record_text(out, END_ADDR, addr_text(end, text));
	if (has_ports(e) && end->port)
		record_uint(out, END_PORT, end->port);
	record_text(out, END_SERVICE, service_of(e, end->port, numeric));
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

static void set_path(struct socket_writer *w, struct record *out, const struct socket_entry *e)
{
	record_init(out, &end_schema);
	strbuf_reset(&w->local);
	add_path(&w->local, e);
	record_bytes(out, END_ADDR, w->local.text, w->local.len);
}

/* Null: not asked for, or perhaps somebody's whose processes cannot be read. */
static void set_processes(struct socket_writer *w, const struct socket_entry *e)
{
	size_t count;
	const struct owner *owners = ownership_processes(w->ownership, e, &count);

	if (count > w->owner_room) {
		w->owner_room = count;
		w->owners = mem_resize(w->owners, count, sizeof *w->owners);
	}
	for (size_t i = 0; i < count; i++) {
		record_init(&w->owners[i], &owner_schema);
		record_uint(&w->owners[i], OWNER_PID, owners[i].pid);
		record_text(&w->owners[i], OWNER_COMM, owners[i].comm);
		record_uint(&w->owners[i], OWNER_FD, owners[i].fd);
	}
	if (count > 0 || ownership_knows_all(w->ownership))
		record_records(&w->record, SOCKET_PROCESS, w->owners, count);
}

static void set_ownership(struct socket_writer *w, const struct socket_entry *e)
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
static void set_extras(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	struct record *r = &w->record;

	if (e->proto == SOCKET_UNIX)
		record_text(r, SOCKET_TYPE, unix_type(e, false));
	if (!has_ports(e))
		record_uint(r, SOCKET_PROTOCOL, e->local.port);
	record_text(r, SOCKET_INTERFACE, interface_of(w, e, note));
	if (e->knows_v6only)
		record_bool(r, SOCKET_V6ONLY, e->v6only);
	if (e->knows_drops)
		record_uint(r, SOCKET_DROPS, e->drops);
	if (e->cookie)
		record_uint(r, SOCKET_COOKIE, e->cookie);
	if (e->peer_inode)
		record_uint(r, SOCKET_PEER_INODE, e->peer_inode);
}

static void set_note(struct record *r, const struct socket_entry *e, const struct socket_note *note)
{
	if (note->netns)
		record_text(r, SOCKET_NETNS, note->netns[e->netns]);
	if (note->explains) {
		record_text(r, SOCKET_MEANING, state_meaning(e->proto, e->state));
		if (note->findings)
			record_list(r, SOCKET_FINDINGS, note->findings, note->finding_count);
	}
	if (!note->change)
		return;
	record_text(r, SOCKET_EVENT, event_name(*note->change));
	if (note->was)
		record_text(r, SOCKET_WAS, socket_state_name(note->was));
	record_ns(r, SOCKET_AT, note->at);
}

static void write_record(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	char local_text[ADDR_TEXT_MAX], peer_text[ADDR_TEXT_MAX];
	struct record *r = &w->record, local, peer, timer, facts;
	bool numeric = w->options->common.numeric;

	record_init(r, &socket_schema);
	record_text(r, SOCKET_PROTO, socket_proto_name(e->proto));
	if (e->family)
		record_uint(r, SOCKET_FAMILY, e->family);
	record_text(r, SOCKET_STATE, socket_state_name(e->state));
	if (e->path)
		set_path(w, &local, e);
	else if (e->family)
		set_end(&local, e, &e->local, local_text, numeric);
	if (e->path || e->family)
		record_record(r, SOCKET_LOCAL, &local);
	if (e->family && !is_unconnected(&e->peer)) {
		set_end(&peer, e, &e->peer, peer_text, numeric);
		record_record(r, SOCKET_PEER, &peer);
	}
	if (!e->hides_queues)
		record_uint(r, SOCKET_RECV_Q, e->recv_q);
	if (knows_send_q(e))
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
	set_extras(w, e, note);
	set_note(r, e, note);
	output_record(w->out, r, ROW_PLAIN);
}

/* ---- the row */

const char *socket_state_word(enum socket_proto proto, enum socket_state state)
{
	return state == SOCKET_CLOSE && proto != SOCKET_TCP ? "UNCONN" : socket_state_name(state);
}

void socket_end_text(
	struct strbuf *out, const struct socket_entry *e, const struct addr *end, bool numeric)
{
	char text[ADDR_TEXT_MAX];
	const char *service;

	if (e->proto == SOCKET_UNIX) {
		if (e->path)
			add_path(out, e);
		else
			strbuf_putc(out, '*');
		return;
	}
	if (end == &e->peer && is_unconnected(end)) {
		strbuf_putc(out, '*');
		return;
	}
	service = service_of(e, end->port, numeric);
	if (service)
		strbuf_printf(
			out, end->family == 6 ? "[%s]:%s" : "%s:%s", addr_text(end, text), service);
	else if (!has_ports(e) || end->port == 0)
		strbuf_puts(out, addr_text(end, text));
	else
		strbuf_puts(out, addr_port_text(end, text));
}

static void fill_process(struct socket_writer *w, const struct owner *owners, size_t count)
{
	size_t shown = count > OWNERS_SHOWN ? OWNERS_SHOWN - 1 : count;

	strbuf_reset(&w->process);
	for (size_t i = 0; i < shown; i++)
		strbuf_printf(&w->process, "%s%s[%" PRIu32 "] fd %" PRIu32, i > 0 ? ", " : "",
			owners[i].comm ? owners[i].comm : "", owners[i].pid, owners[i].fd);
	if (shown < count)
		strbuf_printf(&w->process, " and %zu more", count - shown);
}

static void fill_timer(struct socket_writer *w, const struct socket_entry *e)
{
	strbuf_reset(&w->timer);
	strbuf_printf(&w->timer, "%s %.1f s", socket_timer_name(e->timer), e->timer_ms / 1000.0);
	if (e->retransmits)
		strbuf_printf(&w->timer, ", %u retr%s", e->retransmits,
			e->retransmits == 1 ? "y" : "ies");
}

/* Bytes a second, in the unit of links. */
static void fill_pacing(struct socket_writer *w, uint64_t rate)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	double bits = (double)rate * 8;
	size_t unit = 0;

	while (bits >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		bits /= 1000;
		unit++;
	}
	strbuf_reset(&w->pacing);
	strbuf_printf(&w->pacing, "%.3g %s", bits, units[unit]);
}

static void row_facts(struct socket_writer *w, const struct tcp_facts *t)
{
	struct record *r = &w->record;

	record_ns(r, ROW_RTT, t->rtt);
	record_uint(r, ROW_CWND, t->cwnd);
	record_uint(r, ROW_RETRANSMITS, t->retransmits);
	record_uint(r, ROW_SENT, t->bytes_sent);
	record_uint(r, ROW_RECEIVED, t->bytes_received);
	if (t->pacing_rate != UINT64_MAX) {
		fill_pacing(w, t->pacing_rate);
		record_text(r, ROW_PACING, w->pacing.text);
	}
	if (*t->congestion)
		record_text(r, ROW_CONGESTION, t->congestion);
}

static const char *row_state(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	const char *state = socket_state_word(e->proto, e->state);

	if (!note->was)
		return state;
	strbuf_reset(&w->state);
	strbuf_printf(&w->state, "%s -> %s", socket_state_word(e->proto, note->was), state);
	return w->state.text;
}

static void row_ends(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	bool numeric = w->options->common.numeric;
	const char *interface = interface_of(w, e, note);

	strbuf_reset(&w->local);
	socket_end_text(&w->local, e, &e->local, numeric);
	if (interface && !e->local.scope)
		strbuf_printf(&w->local, " on %s", interface);
	record_bytes(&w->record, ROW_LOCAL, w->local.text, w->local.len);
	strbuf_reset(&w->peer);
	if (e->proto != SOCKET_UNIX)
		socket_end_text(&w->peer, e, &e->peer, numeric);
	else if (e->peer_inode)
		strbuf_printf(&w->peer, "* %" PRIu64, e->peer_inode);
	else
		strbuf_putc(&w->peer, '*');
	record_bytes(&w->record, ROW_PEER, w->peer.text, w->peer.len);
}

/* One socket after the other is mostly of the same user. */
static const char *uid_text(struct socket_writer *w, uint32_t uid)
{
	if (w->uid.len > 0 && uid == w->last_uid)
		return w->uid.text;
	strbuf_reset(&w->uid);
	strbuf_printf(&w->uid, "%" PRIu32, uid);
	w->last_uid = uid;
	return w->uid.text;
}

static void row_ownership(struct socket_writer *w, const struct socket_entry *e)
{
	struct record *r = &w->record;
	const char *user = ownership_user(w->ownership, e);
	const struct owner *owners;
	size_t count;

	if (user)
		record_text(r, ROW_USER, user);
	else if (socket_knows_uid(e))
		record_text(r, ROW_USER, uid_text(w, e->uid));
	record_text(r, ROW_UNIT, ownership_unit(w->ownership, e));
	owners = ownership_processes(w->ownership, e, &count);
	if (count > 0) {
		fill_process(w, owners, count);
		record_bytes(r, ROW_PROCESS, w->process.text, w->process.len);
	}
}

/* The hour is enough to see what came when; JSON has the whole of it. */
static void row_note(struct socket_writer *w, const struct socket_entry *e,
	const struct socket_note *note, char time[static CLOCK_RFC3339_MAX])
{
	struct record *r = &w->record;

	if (note->netns)
		record_text(r, ROW_NETNS, note->netns[e->netns]);
	if (!note->change)
		return;
	clock_rfc3339(note->at, time);
	record_bytes(r, ROW_AT, time + strlen("2026-11-21T"), strlen("03:40:48.123"));
	record_text(r, ROW_EVENT, event_name(*note->change));
}

static void row_queues(struct record *r, const struct socket_entry *e)
{
	if (!e->hides_queues)
		record_uint(r, ROW_RECV_Q, e->recv_q);
	if (knows_send_q(e))
		record_uint(r, ROW_SEND_Q, e->send_q);
}

static void write_row(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	char time[CLOCK_RFC3339_MAX];
	struct record *r = &w->record;

	record_init(r, &w->row);
	record_text(r, ROW_PROTO,
		e->proto == SOCKET_UNIX ? unix_type(e, true) : socket_proto_name(e->proto));
	record_text(r, ROW_STATE, row_state(w, e, note));
	if (!note->change)
		row_queues(r, e);
	row_ends(w, e, note);
	row_ownership(w, e);
	row_note(w, e, note, time);
	if (w->options->extended && e->tcp)
		row_facts(w, e->tcp);
	if (w->options->extended && e->timer) {
		fill_timer(w, e);
		record_bytes(r, ROW_TIMER, w->timer.text, w->timer.len);
	}
	if (e->drops && w->options->extended)
		record_uint(r, ROW_DROPS, e->drops);
	output_record(w->out, r, note->finding_count ? ROW_WARN : ROW_PLAIN);
}

void socket_write(
	struct socket_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	if (output_is_table(w->out))
		write_row(w, e, note);
	else
		write_record(w, e, note);
}
