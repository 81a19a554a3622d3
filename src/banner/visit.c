/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "ways.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <string.h>

/* --- the dialogue -------------------------------------------------------------------------------
 */

static void emit(void *user, enum grab_voice voice, const char *line, size_t len, nsec_t at)
{
	struct visit *v = user;
	const struct grabber_events *events = &v->grabber->events;

	events->said(events->user, &v->grab, voice, line, len, at);
}

void visit_note(struct visit *v, nsec_t now, const char *format, ...)
{
	struct strbuf text = {0};
	va_list args;

	if (!v->dialogue)
		return;
	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	dialogue_say(v->dialogue, VOICE_NOTE, text.text, text.len, now - v->started);
	dialogue_flush(v->dialogue);
	strbuf_release(&text);
}

static void detail(struct visit *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void detail(struct visit *v, const char *format, ...)
{
	va_list args;

	strbuf_reset(&v->detail);
	va_start(args, format);
	strbuf_vprintf(&v->detail, format, args);
	va_end(args);
}

/* --- its life -----------------------------------------------------------------------------------
 */

/* A name, as against a literal, a range or a network: those have no letters, or a colon. */
static bool is_name(const char *host)
{
	bool letter = false;

	for (const char *c = host; *c; c++) {
		if (*c == ':' || *c == '/')
			return false;
		letter = letter || *c == '_' || (*c & 0x80) || (*c >= 'a' && *c <= 'z') ||
			 (*c >= 'A' && *c <= 'Z');
	}
	return letter;
}

static char *copy(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

struct visit *visit_new(struct grabber *g, const struct grab_order *order)
{
	struct visit *v = mem_alloc(1, sizeof *v);

	v->grabber = g;
	v->fd = -1;
	v->timer.expired = visit_expired;
	v->host = mem_strdup(order->host);
	v->path = copy(order->path);
	v->scheme = copy(order->scheme);
	if (g->options.name || is_name(v->host))
		v->name = mem_strdup(g->options.name ? g->options.name : v->host);
	v->to = order->addr;
	v->grab = (struct grab){
		.host = v->host,
		.addr = order->addr,
		.user = order->user,
		.phases = {order->resolve, -1, -1, -1, -1},
	};
	ways_first(v);
	if (g->options.dialogue) {
		v->dialogue = mem_alloc(1, sizeof *v->dialogue);
		v->dialogue->emit = emit;
		v->dialogue->user = v;
	}
	return v;
}

void visit_free(struct visit *v)
{
	if (v->lookup)
		v->lookup->visit = NULL;
	machine_free(v->machine);
	machine_free(v->kept);
	if (v->has_tls_facts)
		tls_facts_release(&v->tls_facts);
	if (v->dialogue)
		dialogue_release(v->dialogue);
	free(v->dialogue);
	for (unsigned i = 0; i < v->redirects; i++)
		free(v->redirect_urls[i]);
	free(v->redirect_urls);
	strbuf_release(&v->raw);
	strbuf_release(&v->detail);
	strbuf_release(&v->out);
	free(v->host);
	free(v->path);
	free(v->name);
	free(v->scheme);
	free(v);
}

void visit_wait(struct visit *v, nsec_t when)
{
	timers_set(
		loop_timers(v->grabber->loop), &v->timer, when < v->deadline ? when : v->deadline);
}

static void open_connection(struct visit *v, nsec_t now)
{
	char text[ADDR_TEXT_MAX];

	visit_note(v, now, "connecting to %s", addr_port_text(&v->to, text));
	visit_wait(v, now + v->grabber->options.connect_timeout);
	wire_open(v, now);
}

void visit_begin(struct visit *v, nsec_t now)
{
	if (v->way.tls) {
		tls_context_prepare(grabber_tls(v->grabber));
		now = clock_now();
	}
	v->started = now;
	v->deadline = now + v->grabber->options.deadline;
	open_connection(v, now);
}

static void finish(struct visit *v, enum grab_state state, nsec_t now)
{
	struct grab *g = &v->grab;
	const struct machine *m = v->machine;

	wire_close(v);
	timers_cancel(loop_timers(v->grabber->loop), &v->timer);
	if (v->dialogue)
		dialogue_flush(v->dialogue);
	if ((!m || !m->facts.items) && v->kept)
		m = v->kept;
	g->state = state;
	if (m && m->protocol->id == g->proto && m->facts.items)
		g->facts = &m->facts;
	if (v->detail.len == 0 && m && m->detail)
		detail(v, "%s", m->detail);
	g->detail = v->detail.len ? v->detail.text : NULL;
	g->tls = v->has_tls_facts ? &v->tls_facts : NULL;
	g->raw = v->raw.text ? v->raw.text : "";
	g->raw_len = v->raw.len;
	g->raw_cut = v->heard > v->raw.len;
	g->redirects = (const char *const *)v->redirect_urls;
	g->redirect_count = v->redirects;
	g->phases.total = now - v->started + (g->phases.resolve > 0 ? g->phases.resolve : 0);
	v->over = true;
	grabber_over(v);
}

/* --- talking ------------------------------------------------------------------------------------
 */

static nsec_t patience(const struct visit *v)
{
	const struct grabber_options *o = &v->grabber->options;

	if (v->way.kind != WAY_MACHINE)
		return v->heard > 0 ? protocol_of(PROTOCOL_UNKNOWN)->quiet : o->listen;
	if (v->heard > 0 && v->machine->protocol->quiet > 0)
		return v->machine->protocol->quiet;
	return o->timeout;
}

/* A machine that has told something is kept while another connection is tried. */
static void drop_machine(struct visit *v)
{
	bool tells =
		v->machine && v->machine->facts.items && v->machine->protocol->id == v->way.proto;

	if (tells) {
		machine_free(v->kept);
		v->kept = v->machine;
	} else {
		machine_free(v->machine);
	}
	v->machine = NULL;
}

static void another_connection(struct visit *v, nsec_t now)
{
	wire_close(v);
	v->upgrading = false;
	grabber_another(v->grabber, now);
	open_connection(v, now);
}

static void after(struct visit *v, enum machine_want want, nsec_t now);

static uint32_t tried_bit(enum protocol_id id, bool tls)
{
	return UINT32_C(1) << (id + (tls ? 16 : 0));
}

static void begin_machine(struct visit *v, enum protocol_id id, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;

	v->way.kind = WAY_MACHINE;
	v->way.proto = id;
	v->tried |= tried_bit(id, v->tls_ready);
	v->setup.name = v->name;
	v->setup.peer = v->to;
	v->setup.path = v->path;
	v->setup.secure = v->tls_ready;
	v->setup.upgrade = !o->no_tls && !v->tls_ready;
	v->setup.get = o->get;
	v->setup.line_limit = o->max_lines;
	machine_free(v->machine);
	v->machine = machine_new(protocol_of(id), &v->setup);
	after(v, machine_start(v->machine), now);
}

static void forget_words(struct visit *v)
{
	v->heard = 0;
	/* what was said to a ClientHello is all there is, should HTTP bring nothing */
	if (v->way.ground != GROUND_HTTP)
		strbuf_reset(&v->raw);
}

/* The connection stands, with the TLS that wraps it: what is the first thing to do? */
static void talk(struct visit *v, nsec_t now)
{
	struct strbuf hello = {0};

	v->phase = VISIT_TALKING;
	v->stands = now;
	forget_words(v);
	switch (v->way.kind) {
	case WAY_LISTEN:
		break;
	case WAY_HELLO:
		visit_note(v, now, "offering TLS");
		tls_hello(grabber_tls(v->grabber), &hello);
		wire_say_raw(v, hello.text, hello.len);
		strbuf_release(&hello);
		break;
	case WAY_MACHINE:
		begin_machine(v, v->way.proto, now);
		return;
	}
	visit_wait(v, now + patience(v));
}

void visit_connected(struct visit *v, nsec_t now)
{
	v->trouble_since = 0;
	v->grab.connections++;
	visit_note(v, now, "connected");
	forget_words(v);
	if (v->way.tls)
		wire_secure(v, now);
	else
		talk(v, now);
}

void visit_secured(struct visit *v, nsec_t now)
{
	if (v->has_tls_facts)
		tls_facts_release(&v->tls_facts);
	tls_facts(v->tls, &v->tls_facts);
	v->has_tls_facts = true;
	now = clock_now(); /* the arithmetic is part of it */
	v->grab.phases.tls = now - v->securing;
	v->grab.upgraded = v->upgrading;
	visit_note(v, now, "%s, %s%s%s", v->tls_facts.version, v->tls_facts.cipher,
		v->tls_facts.verified ? "" : ", not verified: ",
		v->tls_facts.verified ? "" : v->tls_facts.verify_error);
	if (!v->upgrading) {
		talk(v, now);
		return;
	}
	v->upgrading = false;
	v->phase = VISIT_TALKING;
	after(v, machine_secured(v->machine), now);
}

static void mismatch(struct visit *v, nsec_t now);
static void over(struct visit *v, enum visit_end end, nsec_t now);

/* What the machine wants, after it was told something. */
static void after(struct visit *v, enum machine_want want, nsec_t now)
{
	if (v->machine->say.len > 0) {
		wire_say(v, v->machine->say.text, v->machine->say.len, now);
		strbuf_release(&v->machine->say);
	}
	switch (want) {
	case MACHINE_MORE:
		visit_wait(v, now + patience(v));
		break;
	case MACHINE_UPGRADE:
		v->upgrading = true;
		wire_secure(v, now);
		break;
	case MACHINE_AGAIN:
		drop_machine(v);
		v->setup.round++;
		another_connection(v, now);
		break;
	case MACHINE_DONE:
		over(v, v->machine->over_limit ? END_LINES : END_DONE, now);
		break;
	case MACHINE_MISMATCH:
		mismatch(v, now);
		break;
	}
}

/* Listening, or after a ClientHello: who is it? */
static void recognise(struct visit *v, const char *bytes, size_t len, size_t before, nsec_t now)
{
	enum protocol_id id, second;
	bool more, listening = v->way.kind == WAY_LISTEN;

	id = protocol_recognise(v->raw.text, v->raw.len, &more, &second);
	if (id == PROTOCOL_UNKNOWN || id == PROTOCOL_TLS || !listening) {
		if (!listening && id != PROTOCOL_UNKNOWN)
			over(v, END_DONE, now);
		else
			visit_wait(v, now + patience(v));
		return;
	}
	/* it has heard nothing of us yet, so the connection is as good as new */
	v->way.ground = GROUND_GREETING;
	begin_machine(v, id, now);
	if (before > 0 && !v->over && v->machine)
		after(v, machine_feed(v->machine, v->raw.text, before), now);
	if (!v->over && v->machine && v->machine->want == MACHINE_MORE)
		after(v, machine_feed(v->machine, bytes, len), now);
}

static void hear(struct visit *v, const void *bytes, size_t len, nsec_t now)
{
	bool more;
	enum protocol_id second;

	if (!v->dialogue)
		return;
	/* ciphertext is nothing to read */
	if (v->way.kind == WAY_HELLO &&
		protocol_recognise(bytes, len, &more, &second) == PROTOCOL_TLS)
		visit_note(v, now, "answers in TLS");
	else
		dialogue_say(v->dialogue, VOICE_RECEIVED, bytes, len, now - v->started);
}

/* What a connection brings takes the place of what one before it brought. */
static void first_heard(struct visit *v, nsec_t now)
{
	v->grab.phases.first_byte = now - v->stands;
	strbuf_reset(&v->raw);
	if (v->tls || !v->has_tls_facts)
		return;
	tls_facts_release(&v->tls_facts);
	v->has_tls_facts = false;
	v->grab.upgraded = false;
	v->grab.phases.tls = -1;
}

void visit_heard(struct visit *v, const void *bytes, size_t len, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;
	size_t before, room;
	unsigned generation = v->generation;

	if (v->heard == 0)
		first_heard(v, now);
	before = v->raw.len;
	room = RAW_MAX - before;
	hear(v, bytes, len, now);
	if (len > o->max_bytes - v->grab.received)
		len = o->max_bytes - v->grab.received;
	v->heard += len;
	v->grab.received += len;
	strbuf_add(&v->raw, bytes, len < room ? len : room);
	if (v->way.kind == WAY_MACHINE)
		after(v, machine_feed(v->machine, bytes, len), now);
	else
		recognise(v, bytes, len, before, now);
	if (!v->over && v->generation == generation && v->grab.received >= o->max_bytes)
		visit_ended(v, END_BYTES, now);
}

/* --- what the end means -------------------------------------------------------------------------
 */

static bool may_try(const struct visit *v, const struct way *way, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;

	if (v->grab.connections >= CONNECTIONS_MAX + v->redirects || now >= v->deadline)
		return false;
	if (way->kind == WAY_MACHINE && v->tried & tried_bit(way->proto, way->tls))
		return false;
	return !way->tls || !o->no_tls;
}

static bool has_bytes_left(const struct visit *v)
{
	size_t most = v->grabber->options.max_bytes;

	return v->grab.received < most && v->wire <= most + WIRE_EXTRA;
}

static bool try_way(struct visit *v, struct way way, nsec_t now)
{
	if (!may_try(v, &way, now))
		return false;
	if (!has_bytes_left(v)) {
		v->grab.limit = "bytes";
		return false;
	}
	drop_machine(v);
	v->way = way;
	v->setup.round = 0;
	strbuf_reset(&v->detail);
	another_connection(v, now);
	return true;
}

static bool asked(const struct visit *v)
{
	return v->way.ground == GROUND_SCHEME || v->way.ground == GROUND_OPTION;
}

/* How it looks when nothing was told, or not all. */
static enum grab_state state_of(const struct visit *v, enum visit_end end)
{
	bool tells = v->machine && v->machine->facts.items;

	if (v->grab.received == 0 && v->raw.len == 0)
		return end == END_CLOSED || end == END_TLS || end == END_DONE ? GRAB_CLOSED
									      : GRAB_SILENT;
	if (end == END_CLOSED || end == END_TLS)
		return GRAB_CLOSED;
	return tells && end != END_SILENCE && end != END_DEADLINE ? GRAB_OK : GRAB_TIMEOUT;
}

static void conclude(struct visit *v, enum protocol_id proto, enum grab_ground ground,
	enum grab_state state, nsec_t now)
{
	v->grab.proto = proto;
	v->grab.ground = ground;
	finish(v, state, now);
}

/* A connection before this one has told something already. */
static bool has_kept(const struct visit *v)
{
	return v->kept && v->kept->protocol->id == v->way.proto;
}

static bool conclude_kept(struct visit *v, nsec_t now)
{
	if (has_kept(v))
		conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
	return v->over;
}

/* Words that nobody knows are a banner all the same; inside TLS the TLS is what is known. */
static void conclude_unknown(struct visit *v, nsec_t now)
{
	bool tls = v->has_tls_facts;

	conclude(v, tls ? PROTOCOL_TLS : PROTOCOL_UNKNOWN, tls ? v->way.ground : GROUND_NONE,
		GRAB_OK, now);
}

/* It was silent, or closed, when it was offered TLS, then HTTP. */
static void conclude_offers(struct visit *v, enum visit_end end, nsec_t now)
{
	if (v->has_tls_facts) {
		conclude(v, PROTOCOL_TLS, GROUND_TLS, GRAB_OK, now);
		return;
	}
	if (end == END_CLOSED)
		detail(v, "closes when it is asked by %s",
			v->grabber->options.no_tls ? "HTTP" : "TLS or HTTP");
	if (v->raw.len > 0)
		conclude_unknown(v, now);
	else
		conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, GRAB_SILENT, now);
}

/* What else it may be than what has been tried in vain. */
static enum protocol_id other_than_tried(const struct visit *v)
{
	bool more;
	enum protocol_id second, id = protocol_recognise(v->raw.text, v->raw.len, &more, &second);

	if (v->tried & tried_bit(id, v->way.tls))
		id = second;
	return v->tried & tried_bit(id, v->way.tls) ? PROTOCOL_UNKNOWN : id;
}

static void mismatch(struct visit *v, nsec_t now)
{
	bool first = v->machine && v->machine->protocol->server_first;
	enum protocol_id id = other_than_tried(v);

	if (v->redirects > 0 && conclude_kept(v, now))
		return;
	if (asked(v)) {
		conclude(v, id, GROUND_ANSWER, GRAB_MISMATCH, now);
		return;
	}
	if (id == PROTOCOL_TLS &&
		try_way(v, (struct way){WAY_MACHINE, v->way.proto, true, GROUND_TLS}, now))
		return;
	if (id != PROTOCOL_UNKNOWN && id != PROTOCOL_TLS &&
		try_way(v,
			(struct way){WAY_MACHINE, id, v->way.tls,
				first ? GROUND_GREETING : GROUND_ANSWER},
			now))
		return;
	if (id == PROTOCOL_UNKNOWN)
		conclude_unknown(v, now);
	else
		conclude(v, id, GROUND_ANSWER, GRAB_OK, now);
}

/* Why there was no handshake, where nobody said it. */
static const char *untold(const struct visit *v, enum visit_end end)
{
	if (v->tls_wanted)
		return "too many others before it";
	if (end == END_CLOSED)
		return "closed during the handshake";
	return end == END_BYTES ? "too many bytes in the handshake" : "no answer to the handshake";
}

/* The port alone spoke for it; where a redirect leads its scheme does. */
static bool guessed_tls(const struct visit *v)
{
	if (v->grabber->options.tls || v->redirects > 0 || v->way.kind != WAY_MACHINE)
		return false;
	return v->way.ground == GROUND_PORT || v->way.ground == GROUND_OPTION;
}

/* The handshake did not succeed. */
static void over_securing(struct visit *v, enum visit_end end, nsec_t now)
{
	bool more, silent = v->raw.len == 0;
	enum protocol_id second, id = protocol_recognise(v->raw.text, v->raw.len, &more, &second);

	if (v->detail.len == 0)
		detail(v, "TLS: %s", untold(v, end));
	if (v->upgrading) {
		/* one letter of another's greeting can look like a yes (PostgreSQL's S, "SSH-") */
		if (id != PROTOCOL_UNKNOWN && id != v->way.proto && second != v->way.proto)
			mismatch(v, now);
		else
			conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
		return;
	}
	if (guessed_tls(v) && (silent || (asked(v) && id == v->way.proto)) &&
		try_way(v, (struct way){WAY_MACHINE, v->way.proto, false, v->way.ground}, now))
		return;
	if (conclude_kept(v, now))
		return;
	/* the connection before this one has shown it */
	if (silent && v->way.ground == GROUND_TLS)
		id = PROTOCOL_TLS;
	if (silent || id == PROTOCOL_TLS) {
		conclude(v, id, id == PROTOCOL_TLS ? v->way.ground : GROUND_NONE, state_of(v, end),
			now);
		return;
	}
	if (asked(v)) {
		conclude(v, id, GROUND_ANSWER, GRAB_MISMATCH, now);
		return;
	}
	if (id != PROTOCOL_UNKNOWN &&
		try_way(v, (struct way){WAY_MACHINE, id, false, GROUND_ANSWER}, now))
		return;
	conclude_unknown(v, now);
}

static void over_listening(struct visit *v, enum visit_end end, nsec_t now)
{
	if (v->heard > 0) {
		conclude_unknown(v, now);
	} else if (end == END_SILENCE && v->tls_ready) {
		v->way.ground = GROUND_HTTP;
		begin_machine(v, PROTOCOL_HTTP, now);
	} else if (v->has_tls_facts) {
		conclude(v, PROTOCOL_TLS, v->way.ground, GRAB_OK, now);
	} else if (end != END_SILENCE) {
		conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, state_of(v, end), now);
	} else if (v->grabber->options.no_tls) {
		v->way.ground = GROUND_HTTP;
		begin_machine(v, PROTOCOL_HTTP, now);
	} else {
		v->way.kind = WAY_HELLO;
		talk(v, now);
	}
}

static void over_hello(struct visit *v, enum visit_end end, nsec_t now)
{
	bool more;
	enum protocol_id second, id = protocol_recognise(v->raw.text, v->raw.len, &more, &second);
	struct way way = {WAY_MACHINE, id, false, GROUND_ANSWER};

	/* what it said were no words of the service */
	if (id == PROTOCOL_TLS) {
		v->grab.phases.first_byte = -1;
		way = (struct way){WAY_LISTEN, PROTOCOL_UNKNOWN, true, GROUND_TLS};
	} else if (id == PROTOCOL_UNKNOWN) {
		way = (struct way){WAY_MACHINE, PROTOCOL_HTTP, false, GROUND_HTTP};
	}
	if (try_way(v, way, now))
		return;
	if (id == PROTOCOL_TLS)
		conclude(v, id, GROUND_TLS, GRAB_OK, now);
	else
		conclude_offers(v, end, now);
}

static void over_machine(struct visit *v, enum visit_end end, nsec_t now)
{
	struct machine *m = v->machine;

	if (m->wants_tls && !asked(v) &&
		try_way(v, (struct way){WAY_MACHINE, v->way.proto, true, GROUND_ANSWER}, now))
		return;
	if (m->complete || (v->heard == 0 && has_kept(v))) {
		if (!ways_follow(v, now))
			conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
		return;
	}
	if (v->heard == 0 && v->way.ground == GROUND_HTTP) {
		conclude_offers(v, end, now);
		return;
	}
	if (m->facts.items)
		conclude(v, v->way.proto, v->way.ground, state_of(v, end), now);
	else if (v->tls_ready)
		conclude(v, PROTOCOL_TLS, v->way.ground, state_of(v, end), now);
	else
		conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, state_of(v, end), now);
}

/* The conversation on this connection is over. */
static void over(struct visit *v, enum visit_end end, nsec_t now)
{
	static const char *const limits[] = {
		[END_BYTES] = "bytes",
		[END_LINES] = "lines",
		[END_DEADLINE] = "time",
		[END_TLS] = NULL,
	};

	if (limits[end])
		v->grab.limit = limits[end];
	if (v->phase == VISIT_SECURING)
		over_securing(v, end, now);
	else if (v->way.kind == WAY_LISTEN)
		over_listening(v, end, now);
	else if (v->way.kind == WAY_HELLO)
		over_hello(v, end, now);
	else
		over_machine(v, end, now);
}

void visit_ended(struct visit *v, enum visit_end end, nsec_t now)
{
	enum machine_want want = MACHINE_DONE;

	if (v->over)
		return;
	if (v->phase == VISIT_TALKING && v->way.kind == WAY_MACHINE)
		want = machine_ended(v->machine);
	if (want == MACHINE_AGAIN && end == END_CLOSED && now < v->deadline) {
		after(v, want, now);
		return;
	}
	if (want == MACHINE_MISMATCH)
		mismatch(v, now);
	else
		over(v, end, now);
}

/* No connection: what was heard on one before still counts. */
void visit_refused(struct visit *v, int err, const struct sock_error *icmp, nsec_t now)
{
	bool unanswered = err == 0 || err == ETIMEDOUT || (err == EHOSTUNREACH && !icmp);

	visit_note(v, now, "no connection: %s", err ? err_text(-err) : "no answer");
	if (v->grab.connections > 0) {
		detail(v, "another connection: %s", err ? err_text(-err) : "no answer");
		if (v->kept)
			conclude(v, v->kept->protocol->id, v->way.ground, GRAB_OK, now);
		else if (v->raw.len > 0)
			conclude_unknown(v, now);
		else
			conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, GRAB_SILENT, now);
		return;
	}
	/* A RST in the place of the SYN-ACK is ECONNREFUSED: this one came after it. */
	if (err == ECONNRESET) {
		v->grab.connections++;
		conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, GRAB_CLOSED, now);
		return;
	}
	v->grab.err = err == ETIMEDOUT ? 0 : err;
	v->grab.has_icmp = icmp != NULL;
	if (icmp)
		v->grab.icmp = *icmp;
	conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, unanswered ? GRAB_TIMEOUT : GRAB_REFUSED, now);
}

/* --- redirects ----------------------------------------------------------------------------------
 */

/* It leads nowhere: what was found before is the result. */
static void lost(struct visit *v, const char *why, nsec_t now)
{
	detail(v, "redirected to %s: %s", v->name, why);
	conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
}

void visit_reopen(struct visit *v, nsec_t now)
{
	drop_machine(v);
	v->setup.round = 0;
	v->tried = 0;
	another_connection(v, now);
}

void visit_look_up(struct visit *v, const char *name, nsec_t now)
{
	int err;

	drop_machine(v);
	v->setup.round = 0;
	v->tried = 0;
	wire_close(v);
	v->phase = VISIT_RESOLVING;
	visit_note(v, now, "looking up %s", name);
	visit_wait(v, v->deadline);
	err = grabber_resolve(v, name);
	if (err)
		lost(v, err_text(err), now);
}

void visit_resolved(struct visit *v, const struct resolution *r, nsec_t now)
{
	const struct grabber_events *events = &v->grabber->events;
	uint16_t port = v->to.port;

	if (r->status != 0) {
		lost(v, r->why, now);
		return;
	}
	v->to = r->addrs[0];
	v->to.port = port;
	if (events->excluded && events->excluded(events->user, &v->to))
		lost(v, "left out", now);
	else
		another_connection(v, now);
}

/* --- time ---------------------------------------------------------------------------------------
 */

void visit_expired(struct timer *timer, nsec_t now)
{
	struct visit *v = container_of(timer, struct visit, timer);
	bool dead = now >= v->deadline;

	if (v->over)
		return;
	if (dead)
		v->grab.limit = "time";
	switch (v->phase) {
	case VISIT_STARTING:
		if (!dead)
			open_connection(v, now);
		else
			visit_refused(v, v->grabber->status.last_trouble, NULL, now);
		break;
	case VISIT_CONNECTING:
		wire_close(v);
		visit_refused(v, 0, NULL, now);
		break;
	case VISIT_RESOLVING:
		lost(v, "no answer from the name server", now);
		break;
	case VISIT_SECURING:
	case VISIT_TALKING:
		if (dead)
			visit_note(v, now, "out of time");
		else if (v->heard == 0)
			visit_note(v, now, "no answer in %.1f s",
				(double)(now - v->stands) / NSEC_PER_SEC);
		visit_ended(v, dead ? END_DEADLINE : END_SILENCE, now);
		break;
	}
}
