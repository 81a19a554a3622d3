/* SPDX-License-Identifier: MIT */
#include "scan_fake.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/permute.h"
#include "netprobe/base/rng.h"

#include <netinet/in.h>
#include <stdlib.h>

enum {
	SUSPECT_OPEN = 5,     /* ports, before an address is suspected */
	SUSPECT_PERCENT = 90, /* of its decided ports that are open */
};

/* A port that waits for its judgement. */
struct doubt {
	uint32_t cell;
	enum grab_state heard;
};

/* An address whose random ports are asked. */
struct fake_suspect {
	struct scan_fake *fake;
	struct fake_suspect *next, *prev;
	struct host *host;
	struct doubt *doubts;
	size_t count, room;
};

struct scan_fake {
	struct scan_hold *hold;
	struct scan_fake_events events;
	struct fake_suspect *suspects;
	size_t waiting;
	const struct ports *controls;
	bool always;
	bool said; /* that none may be asked */
};

struct scan_fake *scan_fake_new(struct scan_hold *hold, bool always, const struct ports *controls,
	const struct scan_fake_events *events)
{
	struct scan_fake *f = mem_alloc(1, sizeof *f);

	f->hold = hold;
	f->always = always;
	f->controls = controls;
	f->events = *events;
	return f;
}

static void forget(struct fake_suspect *s)
{
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &s->fake->suspects) = s->next;
	s->fake->waiting--;
	free(s->doubts);
	free(s);
}

void scan_fake_free(struct scan_fake *f)
{
	if (!f)
		return;
	for (struct fake_suspect *s = f->suspects, *next; s; s = next) {
		next = s->next;
		free(s->doubts);
		free(s);
	}
	free(f);
}

/* No port twice. That the run may ask for them, too, does no harm. */
static struct ports *draw_ports(const struct ports *from)
{
	uint32_t count = ports_count(from);
	struct strbuf list = {0};
	struct ports *ports = NULL;
	struct permute order;

	permute_init(&order, count, rng_seed());
	for (uint32_t i = 0; i < FAKE_CONTROLS && i < count; i++)
		strbuf_printf(&list, "%s%u", i ? "," : "",
			ports_at(from, (uint32_t)permute_at(&order, i)));
	ports_parse(list.text, IPPROTO_TCP, &ports, NULL);
	strbuf_release(&list);
	return ports;
}

static bool is_suspect(const struct scan_fake *f, const struct host *h, uint32_t open)
{
	return f->always || (open >= SUSPECT_OPEN && open * 100 >= h->decided * SUSPECT_PERCENT);
}

bool scan_fake_can(const struct scan_fake *f)
{
	return ports_count(f->controls) > 0;
}

static void say_none(struct scan_fake *f, const struct host *h)
{
	if (!f->said)
		log_warn("%s: whether random ports are open, too, cannot be asked: --exclude-ports "
			 "leaves none",
			h->name);
	f->said = true;
}

/* There are more open ports than before. */
static void look_at(struct scan_fake *f, struct host *h, struct host_note *note)
{
	struct fake_suspect *s;
	struct ports *ports;

	if (note->fake_asked || !is_suspect(f, h, note->open))
		return;
	if (!scan_fake_can(f)) {
		say_none(f, h);
		return;
	}
	ports = draw_ports(f->controls);
	note->fake_asked = (uint8_t)ports_count(ports);
	s = mem_alloc(1, sizeof *s);
	*s = (struct fake_suspect){.fake = f, .next = f->suspects, .host = h};
	if (s->next)
		s->next->prev = s;
	f->suspects = s;
	f->waiting++;
	note->suspect = s;
	scan_hold_host(f->hold, h);
	f->events.ask(f->events.user, &(struct engine_target){.name = h->name,
					      .addr = h->addr,
					      .own_ports = ports,
					      .control = true,
					      .user = s});
}

void scan_fake_open(struct scan_fake *f, struct host *h)
{
	struct host_note *note = scan_hold_host_note(f->hold, h);

	note->open++;
	look_at(f, h, note);
}

/* What is not proved now was open, too (--require-data). */
static bool was_open(const struct cell *c)
{
	return c->state == PORT_OPEN || (c->state == PORT_UNPROVED && c->reason == REASON_SYN_ACK);
}

void scan_fake_known(struct scan_fake *f, struct host *h)
{
	uint32_t open = 0;
	struct host_note *note;

	for (uint32_t i = 0; i < h->count; i++)
		open += was_open(&h->cells[i]);
	if (open == 0)
		return;
	note = scan_hold_host_note(f->hold, h);
	note->open = open;
	look_at(f, h, note);
}

static enum fake_kind kind_of(const struct grab *g)
{
	switch (g->state) {
	case GRAB_OK:
	case GRAB_MISMATCH:
		return FAKE_TALKS;
	case GRAB_SILENT:
		return FAKE_HELD;
	case GRAB_CLOSED:
		return FAKE_CLOSES;
	default:
		return g->received ? FAKE_TALKS : FAKE_NOT_KNOWN;
	}
}

bool scan_fake_waits(struct scan_fake *f, struct host *h, uint32_t cell, enum grab_state heard)
{
	struct fake_suspect *s = scan_hold_host_note(f->hold, h)->suspect;

	if (!s)
		return false;
	if (s->count == s->room)
		s->doubts = mem_resize(
			s->doubts, s->room = s->room ? 2 * s->room : 16, sizeof *s->doubts);
	s->doubts[s->count++] = (struct doubt){cell, heard};
	scan_hold_port(f->hold, h, cell);
	return true;
}

static void settled(struct fake_suspect *s)
{
	struct scan_fake *f = s->fake;
	struct host *h = s->host;

	scan_hold_host_note(f->hold, h)->suspect = NULL;
	for (size_t i = 0; i < s->count; i++) {
		f->events.judge(f->events.user, h, s->doubts[i].cell, s->doubts[i].heard);
		scan_hold_port_end(f->hold, h, s->doubts[i].cell);
	}
	forget(s);
	scan_hold_host_end(f->hold, h);
}

static void on_heard(void *user, const struct grab *g)
{
	struct fake_suspect *s = user;

	scan_hold_host_note(s->fake->hold, s->host)->fake_kind = kind_of(g);
	settled(s);
}

void scan_fake_done(struct scan_fake *f, const struct host *control)
{
	struct fake_suspect *s = control->user;
	struct host_note *note = scan_hold_host_note(f->hold, s->host);
	struct scan_banners *sessions = NULL;
	struct addr to = control->addr;

	for (uint32_t i = 0; i < control->count; i++)
		if (control->cells[i].state == PORT_OPEN) {
			note->fake_open++;
			to.port = host_port(control, i);
		}
	if (host_note_is_fake(note))
		sessions = f->events.sessions(f->events.user);
	if (sessions)
		scan_banners_try(sessions, control->name, &to, on_heard, s);
	else
		settled(s);
}

size_t scan_fake_waiting(const struct scan_fake *f)
{
	return f->waiting;
}
