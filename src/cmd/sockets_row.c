/* SPDX-License-Identifier: MIT */
#include "sockets_row.h"

#include "sockets_words.h"

#include "netprobe/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OWNERS_SHOWN = 3 };

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

/* An IPv4 address with its port; a program's name and pid. Less says nothing any more. */
enum { END_COLUMNS = sizeof "192.168.100.100:65535" - 1, OWNER_COLUMNS = 18 };

/* Changes come one by one, and keep the widths of the first. */
enum {
	EVENT_LEAST = sizeof "changed" - 1,
	STATE_LEAST = sizeof "ESTABLISHED -> CLOSE_WAIT" - 1,
};

static const struct field row_fields[] = {
	[ROW_AT] = {.title = "TIME", .kind = FIELD_TEXT},
	[ROW_EVENT] = {.title = "EVENT", .kind = FIELD_TEXT},
	[ROW_NETNS] = {.title = "NETNS", .kind = FIELD_TEXT, .give = 6},
	[ROW_PROTO] = {.title = "PROTO", .kind = FIELD_TEXT},
	[ROW_STATE] = {.title = "STATE", .kind = FIELD_TEXT},
	[ROW_RECV_Q] = {.title = "RECV-Q", .kind = FIELD_UINT, .right = true},
	[ROW_SEND_Q] = {.title = "SEND-Q", .kind = FIELD_UINT, .right = true},
	[ROW_LOCAL] = {.title = "LOCAL",
		.kind = FIELD_TEXT,
		.give = 1,
		.keep = END_COLUMNS,
		.cut_middle = true},
	[ROW_PEER] = {.title = "PEER",
		.kind = FIELD_TEXT,
		.give = 1,
		.keep = END_COLUMNS,
		.cut_middle = true},
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
	[ROW_UNIT] = {.title = "UNIT", .kind = FIELD_TEXT, .give = GIVE_AWAY},
	[ROW_PROCESS] = {.title = "PROCESS", .kind = FIELD_TEXT, .give = 9, .keep = OWNER_COLUMNS},
};

struct row_writer {
	struct output *out;
	struct ownership *ownership;
	const struct sockets_options *options;
	const struct places *places;
	struct field fields[ROW_FIELDS];
	struct schema schema;
	struct record record;
	struct strbuf local, peer, process, state, timer, pacing, uid;
	uint32_t last_uid; /* whose number `uid` is, where it has a text */
};

struct row_writer *row_writer_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places)
{
	struct row_writer *w = mem_alloc(1, sizeof *w);

	w->out = out;
	w->ownership = ownership;
	w->options = options;
	w->places = places;
	memcpy(w->fields, row_fields, sizeof row_fields);
	w->schema = (struct schema){NULL, w->fields, ROW_FIELDS};
	if (options->watch) {
		w->fields[ROW_EVENT].least = EVENT_LEAST;
		w->fields[ROW_STATE].least = STATE_LEAST;
		w->fields[ROW_LOCAL].least = w->fields[ROW_PEER].least = END_COLUMNS;
	}
	return w;
}

void row_writer_free(struct row_writer *w)
{
	if (!w)
		return;
	strbuf_release(&w->local);
	strbuf_release(&w->peer);
	strbuf_release(&w->process);
	strbuf_release(&w->state);
	strbuf_release(&w->timer);
	strbuf_release(&w->pacing);
	strbuf_release(&w->uid);
	free(w);
}

static void fill_process(struct row_writer *w, const struct owner *owners, size_t count)
{
	size_t shown = count > OWNERS_SHOWN ? OWNERS_SHOWN - 1 : count;

	strbuf_reset(&w->process);
	for (size_t i = 0; i < shown; i++)
		strbuf_printf(&w->process, "%s%s[%" PRIu32 "] fd %" PRIu32, i > 0 ? ", " : "",
			owners[i].comm ? owners[i].comm : "", owners[i].pid, owners[i].fd);
	if (shown < count)
		strbuf_printf(&w->process, " and %zu more", count - shown);
}

static void fill_timer(struct row_writer *w, const struct socket_entry *e)
{
	strbuf_reset(&w->timer);
	strbuf_printf(&w->timer, "%s %.1f s", socket_timer_name(e->timer), e->timer_ms / 1000.0);
	if (e->retransmits)
		strbuf_printf(&w->timer, ", %u retr%s", e->retransmits,
			e->retransmits == 1 ? "y" : "ies");
}

/* Bytes a second, in the unit of links. */
static void fill_pacing(struct row_writer *w, uint64_t rate)
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

static void row_facts(struct row_writer *w, const struct tcp_facts *t)
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
	struct row_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	const char *state = socket_state_word(e->proto, e->state);

	if (!note->was)
		return state;
	strbuf_reset(&w->state);
	strbuf_printf(&w->state, "%s -> %s", socket_state_word(e->proto, note->was), state);
	return w->state.text;
}

static void row_ends(struct row_writer *w, const struct socket_entry *e)
{
	bool numeric = w->options->common.numeric;

	strbuf_reset(&w->local);
	socket_end_text(&w->local, w->places, e, &e->local, numeric);
	record_bytes(&w->record, ROW_LOCAL, w->local.text, w->local.len);
	strbuf_reset(&w->peer);
	if (e->proto != SOCKET_UNIX)
		socket_end_text(&w->peer, w->places, e, &e->peer, numeric);
	else if (e->peer_inode)
		strbuf_printf(&w->peer, "* %" PRIu64, e->peer_inode);
	else
		strbuf_putc(&w->peer, '*');
	record_bytes(&w->record, ROW_PEER, w->peer.text, w->peer.len);
}

/* One socket after the other is mostly of the same user. */
static const char *uid_text(struct row_writer *w, uint32_t uid)
{
	if (w->uid.len > 0 && uid == w->last_uid)
		return w->uid.text;
	strbuf_reset(&w->uid);
	strbuf_printf(&w->uid, "%" PRIu32, uid);
	w->last_uid = uid;
	return w->uid.text;
}

static void row_ownership(struct row_writer *w, const struct socket_entry *e)
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
static void row_note(struct row_writer *w, const struct socket_entry *e,
	const struct socket_note *note, char time[static CLOCK_RFC3339_MAX])
{
	struct record *r = &w->record;

	if (w->options->netns)
		record_text(r, ROW_NETNS, w->places->names[e->netns]);
	if (!note->change)
		return;
	clock_rfc3339(note->at, time);
	record_bytes(r, ROW_AT, time + strlen("2026-11-21T"), strlen("03:40:48.123"));
	record_text(r, ROW_EVENT, socket_event_name(*note->change));
}

static void row_queues(struct record *r, const struct socket_entry *e)
{
	if (!e->hides_queues)
		record_uint(r, ROW_RECV_Q, e->recv_q);
	if (socket_knows_send_q(e))
		record_uint(r, ROW_SEND_Q, e->send_q);
}

void row_writer_put(
	struct row_writer *w, const struct socket_entry *e, const struct socket_note *note)
{
	char time[CLOCK_RFC3339_MAX];
	struct record *r = &w->record;

	record_init(r, &w->schema);
	record_text(r, ROW_PROTO,
		e->proto == SOCKET_UNIX ? socket_unix_type(e, true) : socket_proto_name(e->proto));
	record_text(r, ROW_STATE, row_state(w, e, note));
	if (!note->change)
		row_queues(r, e);
	row_ends(w, e);
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
