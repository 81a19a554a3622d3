/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "outcome.h"
#include "ways.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"

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

void visit_detail(struct visit *v, const char *format, ...)
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

static void write_url(struct visit *v)
{
	bool v6 = strchr(v->host, ':') != NULL;

	strbuf_printf(&v->url, v6 ? "%s://[%s]:%u%s" : "%s://%s:%u%s", v->scheme, v->host,
		v->to.port, v->path ? v->path : "/");
	v->grab.url = v->url.text;
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
	if (v->scheme)
		write_url(v);
	ways_first(v);
	if (g->options.dialogue) {
		v->dialogue = mem_alloc(1, sizeof *v->dialogue);
		v->dialogue->emit = emit;
		v->dialogue->user = v;
	}
	return v;
}

uint32_t visit_tried_bit(enum protocol_id id, bool tls)
{
	return UINT32_C(1) << (id + (tls ? 16 : 0));
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
	strbuf_release(&v->url);
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
	v->started = now;
	v->deadline = now + v->grabber->options.deadline;
	open_connection(v, now);
}

void visit_finish(struct visit *v, enum grab_state state, nsec_t now)
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
		visit_detail(v, "%s", m->detail);
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

/* A machine that has told something is kept while another connection is tried. */
void visit_drop_machine(struct visit *v)
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

void visit_another_connection(struct visit *v, nsec_t now)
{
	wire_close(v);
	v->upgrading = false;
	grabber_another(v->grabber, now);
	open_connection(v, now);
}

/* --- redirects ----------------------------------------------------------------------------------
 */

void visit_reopen(struct visit *v, nsec_t now)
{
	visit_drop_machine(v);
	v->setup.round = 0;
	v->tried = 0;
	visit_another_connection(v, now);
}

void visit_look_up(struct visit *v, const char *name, nsec_t now)
{
	int err;

	visit_drop_machine(v);
	v->setup.round = 0;
	v->tried = 0;
	wire_close(v);
	v->phase = VISIT_RESOLVING;
	visit_note(v, now, "looking up %s", name);
	visit_wait(v, v->deadline);
	err = grabber_resolve(v, name);
	if (err)
		outcome_lost(v, err_text(err), now);
}

void visit_resolved(struct visit *v, const struct resolution *r, nsec_t now)
{
	const struct grabber_events *events = &v->grabber->events;
	uint16_t port = v->to.port;

	if (r->status != 0) {
		outcome_lost(v, r->why, now);
		return;
	}
	v->to = r->addrs[0];
	v->to.port = port;
	if (events->excluded && events->excluded(events->user, &v->to))
		outcome_lost(v, "left out", now);
	else
		visit_another_connection(v, now);
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
		/* of many dead neighbours the kernel tells not everyone */
		wire_close(v);
		visit_refused(v, route_is_unresolved(&v->to) ? EHOSTUNREACH : 0, NULL, now);
		break;
	case VISIT_RESOLVING:
		outcome_lost(v, "no answer from the name server", now);
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
