/* SPDX-License-Identifier: MIT */
#include "pcap_row.h"

#include "pcap_owner.h"
#include "pcap_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROW_ID,
	ROW_START,
	ROW_CLIENT,
	ROW_SERVER,
	ROW_STATE,
	ROW_SYNACK,
	ROW_ACK,
	ROW_CONNECT,
	ROW_TRIES,
	ROW_END,
	ROW_CONN,
	ROW_HISTORY,
	ROW_PACKETS,
	ROW_BYTES,
	ROW_PROCESS,
	ROW_NOTE,
	ROW_FIELDS
};

/* On narrow terminals the life goes first, then what the time to connect is made of. */
enum {
	GIVE_TRIES = GIVE_AWAY - 1,
	GIVE_ACK = GIVE_AWAY - 2,
	GIVE_START = GIVE_AWAY - 3,
	GIVE_SYNACK = GIVE_AWAY - 4,
	GIVE_PROCESS = GIVE_AWAY - 5,
	GIVE_CONNECT = GIVE_AWAY - 6,
	KEEP_END = 13,
	WHOLE_END = 27, /* [2001:db8:1234::1234]:50000, and all of IPv4 */
	KEEP_NOTE = 18,
	WHOLE_NOTE = 40, /* admin-prohibited from 192.168.100.254 */
};

#define WHOLE(give_) .give = (give_), .keep = KEEP_WHOLE

static const struct field row_fields[] = {
	[ROW_ID] = {.title = "ID", .kind = FIELD_UINT, .right = true},
	[ROW_START] = {.title = "START", .kind = FIELD_TEXT, WHOLE(GIVE_START)},
	[ROW_CLIENT] = {.title = "CLIENT",
		.kind = FIELD_TEXT,
		.give = 1,
		.keep = KEEP_END,
		.keep_while = WHOLE_END,
		.cut_middle = true},
	[ROW_SERVER] = {.title = "SERVER",
		.kind = FIELD_TEXT,
		.give = 1,
		.keep = KEEP_END,
		.keep_while = WHOLE_END,
		.cut_middle = true},
	[ROW_STATE] = {.title = "STATE", .kind = FIELD_TEXT},
	[ROW_SYNACK] = {.title = "SYN-ACK", .kind = FIELD_MS, .right = true, WHOLE(GIVE_SYNACK)},
	[ROW_ACK] = {.title = "ACK", .kind = FIELD_MS, .right = true, WHOLE(GIVE_ACK)},
	[ROW_CONNECT] = {.title = "CONNECT", .kind = FIELD_MS, .right = true, WHOLE(GIVE_CONNECT)},
	[ROW_TRIES] = {.title = "TRIES", .kind = FIELD_UINT, .right = true, WHOLE(GIVE_TRIES)},
	[ROW_END] = {.title = "END", .kind = FIELD_TEXT, WHOLE(GIVE_AWAY)},
	[ROW_CONN] = {.title = "CONN", .kind = FIELD_TEXT, WHOLE(GIVE_AWAY)},
	[ROW_HISTORY] = {.title = "HISTORY", .kind = FIELD_TEXT, .give = GIVE_AWAY},
	[ROW_PACKETS] = {.title = "PACKETS", .kind = FIELD_TEXT, .right = true, WHOLE(GIVE_AWAY)},
	[ROW_BYTES] = {.title = "BYTES", .kind = FIELD_TEXT, .right = true, WHOLE(GIVE_AWAY)},
	[ROW_PROCESS] = {.title = "PROCESS", .kind = FIELD_TEXT, .give = GIVE_PROCESS},
	[ROW_NOTE] = {.title = "NOTE",
		.kind = FIELD_TEXT,
		.give = 9,
		.keep = KEEP_NOTE,
		.keep_while = WHOLE_NOTE},
};

/* Of rows that come one by one: those to come may be wider than the first. */
static const uint8_t live_least[ROW_FIELDS] = {
	[ROW_ID] = 4,
	[ROW_CLIENT] = sizeof "192.168.100.100:65535" - 1,
	[ROW_SERVER] = sizeof "192.168.100.100:65535" - 1,
	[ROW_STATE] = sizeof "unanswered" - 1,
	[ROW_SYNACK] = sizeof "100.000" - 1,
	[ROW_ACK] = sizeof "100.000" - 1,
	[ROW_CONNECT] = sizeof "1000.000" - 1,
};

struct flow_rows {
	const struct pcap_context *context;
	struct field fields[ROW_FIELDS];
	struct schema schema;
	struct strbuf client, server, packets, bytes, process, note;
};

struct flow_rows *flow_rows_new(const struct pcap_context *c)
{
	struct flow_rows *w = mem_alloc(1, sizeof *w);

	w->context = c;
	memcpy(w->fields, row_fields, sizeof row_fields);
	w->schema = (struct schema){NULL, w->fields, ROW_FIELDS};
	for (size_t i = 0; i < ROW_FIELDS && c->live; i++)
		w->fields[i].least = live_least[i];
	return w;
}

void flow_rows_free(struct flow_rows *w)
{
	if (!w)
		return;
	strbuf_release(&w->client);
	strbuf_release(&w->server);
	strbuf_release(&w->packets);
	strbuf_release(&w->bytes);
	strbuf_release(&w->process);
	strbuf_release(&w->note);
	free(w);
}

void pcap_end_text(struct strbuf *out, const struct addr *end, bool numeric)
{
	const char *service = numeric ? NULL : service_name(end->port, IPPROTO_TCP);
	char text[ADDR_TEXT_MAX];

	if (!service) {
		strbuf_puts(out, addr_port_text(end, text));
		return;
	}
	strbuf_puts(out, end->family == 6 ? "[" : "");
	strbuf_puts(out, addr_text(end, text));
	strbuf_puts(out, end->family == 6 ? "]:" : ":");
	strbuf_puts(out, service);
}

static void set_time(struct record *r, size_t field, nsec_t time)
{
	if (time != NOT_SEEN)
		record_ns(r, field, time);
}

static void set_pair(
	struct record *r, size_t field, struct strbuf *text, uint64_t client, uint64_t server)
{
	strbuf_reset(text);
	strbuf_uint(text, client);
	strbuf_putc(text, '/');
	strbuf_uint(text, server);
	record_bytes(r, field, text->text, text->len);
}

/* What came of it is known when it is over. */
static void set_life(struct flow_rows *w, struct record *r, const struct flow *f)
{
	const struct stream *client = &f->streams[CLIENT], *server = &f->streams[SERVER];

	record_text(r, ROW_END, flow_end_name(f->end));
	record_text(r, ROW_CONN, flow_conn_state(f));
	record_bytes(r, ROW_HISTORY, f->history, f->history_len);
	set_pair(r, ROW_PACKETS, &w->packets, client->packets, server->packets);
	set_pair(r, ROW_BYTES, &w->bytes, client->bytes, server->bytes);
}

static void set_process(struct flow_rows *w, struct record *r, const struct flow *f)
{
	const struct owner *owners;
	enum side local;
	size_t count;

	owners = w->context->owner ? pcap_owner_of(w->context->owner, f, &local, &count) : NULL;
	if (!owners || count == 0)
		return;
	strbuf_reset(&w->process);
	strbuf_printf(
		&w->process, "%s[%" PRIu32 "]", owners->comm ? owners->comm : "", owners->pid);
	if (count > 1)
		strbuf_printf(&w->process, " and %zu more", count - 1);
	record_bytes(r, ROW_PROCESS, w->process.text, w->process.len);
}

/* Records have fields for where it was; the heads of ladders say it, too. */
static void set_note(struct flow_rows *w, struct record *r, const struct flow *f)
{
	bool placed = f->place.vlans[0] || f->place.tunnel;

	strbuf_reset(&w->note);
	flow_note(&w->note, f, w->context->capture);
	flow_note_retold(&w->note, f);
	if (placed)
		strbuf_puts(&w->note, w->note.len > 0 ? "; " : "");
	place_note(&w->note, &f->place);
	if (w->note.len > 0)
		record_bytes(r, ROW_NOTE, w->note.text, w->note.len);
}

static enum row_color color_of(const struct handshake *h)
{
	if (h->state == HANDSHAKE_COMPLETE)
		return ROW_GOOD;
	return handshake_failed(h) ? ROW_BAD : ROW_PLAIN;
}

void flow_rows_put(struct flow_rows *w, const struct flow *f)
{
	const struct handshake *h = &f->handshake;
	bool numeric = w->context->options->common.numeric;
	char start[CLOCK_TIME_OF_DAY_MAX];
	struct record r;

	record_init(&r, &w->schema);
	record_uint(&r, ROW_ID, f->id);
	clock_time_of_day(f->start, start);
	record_bytes(&r, ROW_START, start, CLOCK_TIME_OF_DAY_MAX - 1);
	strbuf_reset(&w->client);
	pcap_end_text(&w->client, &f->ends[CLIENT], true);
	record_bytes(&r, ROW_CLIENT, w->client.text, w->client.len);
	strbuf_reset(&w->server);
	pcap_end_text(&w->server, &f->ends[SERVER], numeric);
	record_bytes(&r, ROW_SERVER, w->server.text, w->server.len);
	record_text(&r, ROW_STATE, handshake_state_name(h->state));
	set_time(&r, ROW_SYNACK, handshake_syn_synack(h));
	set_time(&r, ROW_ACK, handshake_synack_ack(h));
	set_time(&r, ROW_CONNECT, handshake_connect(h));
	if (h->syn_retries)
		record_uint(&r, ROW_TRIES, h->syn_retries + 1U);
	if (!w->context->live)
		set_life(w, &r, f);
	set_process(w, &r, f);
	set_note(w, &r, f);
	output_record(w->context->out, &r, color_of(h));
}
