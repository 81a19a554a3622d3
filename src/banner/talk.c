/* SPDX-License-Identifier: MIT */
/* What a visit says and hears over a connection that stands. */
#include "talk.h"

#include "outcome.h"

#include "netprobe/base/clock.h"

static nsec_t patience(const struct visit *v)
{
	const struct grabber_options *o = &v->grabber->options;

	if (v->way.kind != WAY_MACHINE)
		return v->heard > 0 ? protocol_of(PROTOCOL_UNKNOWN)->quiet : o->listen;
	if (v->heard > 0 && v->machine->protocol->quiet > 0)
		return v->machine->protocol->quiet;
	return o->timeout;
}

void talk_as(struct visit *v, enum protocol_id id, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;

	v->way.kind = WAY_MACHINE;
	v->way.proto = id;
	v->tried |= visit_tried_bit(id, v->tls_ready);
	v->setup.name = v->name;
	v->setup.peer = v->to;
	v->setup.path = v->path;
	v->setup.secure = v->tls_ready;
	v->setup.upgrade = !o->no_tls && !v->tls_ready;
	v->setup.get = o->get;
	v->setup.line_limit = o->max_lines;
	machine_free(v->machine);
	v->machine = machine_new(protocol_of(id), &v->setup);
	talk_follow(v, machine_start(v->machine), now);
}

static void forget_words(struct visit *v)
{
	v->heard = 0;
	/* what was said to a ClientHello is all there is, should HTTP bring nothing */
	if (v->way.ground != GROUND_HTTP)
		strbuf_reset(&v->raw);
}

/* The connection stands, with the TLS that wraps it: what is the first thing to do? */
void talk_begin(struct visit *v, nsec_t now)
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
		talk_as(v, v->way.proto, now);
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
		talk_begin(v, now);
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
	v->tls_ground = v->way.ground;
	visit_note(v, now, "%s, %s%s%s", v->tls_facts.version, v->tls_facts.cipher,
		v->tls_facts.verified ? "" : ", not verified: ",
		v->tls_facts.verified ? "" : v->tls_facts.verify_error);
	if (!v->upgrading) {
		talk_begin(v, now);
		return;
	}
	v->upgrading = false;
	v->phase = VISIT_TALKING;
	talk_follow(v, machine_secured(v->machine), now);
}

/* What the machine wants, after it was told something. */
void talk_follow(struct visit *v, enum machine_want want, nsec_t now)
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
		visit_drop_machine(v);
		v->setup.round++;
		visit_another_connection(v, now);
		break;
	case MACHINE_DONE:
		outcome_over(v, v->machine->over_limit ? END_LINES : END_DONE, now);
		break;
	case MACHINE_MISMATCH:
		outcome_mismatch(v, now);
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
			outcome_over(v, END_DONE, now);
		else
			visit_wait(v, now + patience(v));
		return;
	}
	/* it has heard nothing of us yet, so the connection is as good as new */
	v->way.ground = GROUND_GREETING;
	talk_as(v, id, now);
	if (before > 0 && !v->over && v->machine)
		talk_follow(v, machine_feed(v->machine, v->raw.text, before), now);
	if (!v->over && v->machine && v->machine->want == MACHINE_MORE)
		talk_follow(v, machine_feed(v->machine, bytes, len), now);
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
		talk_follow(v, machine_feed(v->machine, bytes, len), now);
	else
		recognise(v, bytes, len, before, now);
	if (!v->over && v->generation == generation && v->grab.received >= o->max_bytes)
		visit_ended(v, END_BYTES, now);
}
