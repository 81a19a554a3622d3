/* SPDX-License-Identifier: MIT */
/* What the end of a conversation means: another way of asking, or the result. */
#include "outcome.h"

#include "talk.h"
#include "ways.h"

#include "netprobe/base/err.h"

#include <errno.h>
#include <string.h>

static bool may_try(const struct visit *v, const struct way *way, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;

	if (v->grab.connections >= CONNECTIONS_MAX + v->redirects || now >= v->deadline)
		return false;
	if (way->kind == WAY_MACHINE && v->tried & visit_tried_bit(way->proto, way->tls))
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
	visit_drop_machine(v);
	v->way = way;
	v->setup.round = 0;
	strbuf_reset(&v->detail);
	visit_another_connection(v, now);
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
	visit_finish(v, state, now);
}

static const char *last_redirect(const struct visit *v)
{
	return strchr(v->redirect_urls[v->redirects - 1], ' ') + 1;
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
		conclude(v, PROTOCOL_TLS, v->tls_ground, GRAB_OK, now);
		return;
	}
	if (end == END_CLOSED)
		visit_detail(v, "closes when it is asked by %s",
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

	if (v->tried & visit_tried_bit(id, v->way.tls))
		id = second;
	return v->tried & visit_tried_bit(id, v->way.tls) ? PROTOCOL_UNKNOWN : id;
}

void outcome_mismatch(struct visit *v, nsec_t now)
{
	bool first = v->machine && v->machine->protocol->server_first;
	enum protocol_id id = other_than_tried(v);

	if (v->redirects > 0 && has_kept(v)) {
		visit_detail(v, "redirected to %s: something else speaks there", last_redirect(v));
		ways_back(v);
		conclude_kept(v, now);
		return;
	}
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
		visit_detail(v, "TLS: %s", untold(v, end));
	if (v->upgrading) {
		/* one letter of another's greeting can look like a yes (PostgreSQL's S, "SSH-") */
		if (id != PROTOCOL_UNKNOWN && id != v->way.proto && second != v->way.proto)
			outcome_mismatch(v, now);
		else
			conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
		return;
	}
	if (guessed_tls(v) && (silent || (asked(v) && id == v->way.proto)) &&
		try_way(v, (struct way){WAY_MACHINE, v->way.proto, false, v->way.ground}, now))
		return;
	if (v->redirects > 0 && has_kept(v))
		ways_back(v);
	if (conclude_kept(v, now))
		return;
	/* the connection before this one has shown it */
	if (silent && v->way.ground == GROUND_TLS)
		id = PROTOCOL_TLS;
	if (silent || id == PROTOCOL_TLS) {
		strbuf_reset(&v->raw); /* an alert, if anything */
		conclude(v, id, id == PROTOCOL_TLS ? v->way.ground : GROUND_NONE, state_of(v, end),
			now);
		return;
	}
	/* plain words of the service */
	v->grab.received += v->raw.len;
	if (asked(v) || v->grabber->options.tls) {
		v->grab.asked = PROTOCOL_TLS;
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
		talk_as(v, PROTOCOL_HTTP, now);
	} else if (v->has_tls_facts) {
		conclude(v, PROTOCOL_TLS, v->way.ground, GRAB_OK, now);
	} else if (end != END_SILENCE) {
		conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, state_of(v, end), now);
	} else if (v->grabber->options.no_tls) {
		v->way.ground = GROUND_HTTP;
		talk_as(v, PROTOCOL_HTTP, now);
	} else {
		v->way.kind = WAY_HELLO;
		talk_begin(v, now);
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
void outcome_over(struct visit *v, enum visit_end end, nsec_t now)
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
		talk_follow(v, want, now);
		return;
	}
	if (want == MACHINE_MISMATCH)
		outcome_mismatch(v, now);
	else
		outcome_over(v, end, now);
}

/* No connection: what was heard on one before still counts. */
void visit_refused(struct visit *v, int err, const struct sock_error *icmp, nsec_t now)
{
	bool unanswered = err == 0 || err == ETIMEDOUT || (err == EHOSTUNREACH && !icmp);

	visit_note(v, now, "no connection: %s", err ? err_text(-err) : "no answer");
	if (v->grab.connections > 0) {
		visit_detail(v, v->redirects ? "redirected to %s: %s" : "%s: %s",
			v->redirects ? last_redirect(v) : "another connection",
			err ? err_text(-err) : "no answer");
		if (v->redirects)
			ways_back(v);
		if (v->kept)
			conclude(v, v->kept->protocol->id, v->way.ground, GRAB_OK, now);
		else if (v->raw.len > 0)
			conclude_unknown(v, now);
		else
			conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, GRAB_SILENT, now);
		return;
	}
	v->grab.err = err == ETIMEDOUT ? 0 : err;
	v->grab.has_icmp = icmp != NULL;
	if (icmp)
		v->grab.icmp = *icmp;
	conclude(v, PROTOCOL_UNKNOWN, GROUND_NONE, unanswered ? GRAB_TIMEOUT : GRAB_REFUSED, now);
}

/* It leads nowhere: what was found before is the result. */
void outcome_lost(struct visit *v, const char *why, nsec_t now)
{
	visit_detail(v, "redirected to %s: %s", last_redirect(v), why);
	ways_back(v);
	conclude(v, v->way.proto, v->way.ground, GRAB_OK, now);
}
