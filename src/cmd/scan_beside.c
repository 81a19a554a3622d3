/* SPDX-License-Identifier: MIT */
#include "scan_beside.h"

#include "scan_banner.h"
#include "scan_fake.h"
#include "scan_where.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/limits.h"

#include <netinet/in.h>
#include <stdlib.h>

enum { TRIAL_SESSIONS = 8 }; /* where only random ports of a fake address are tried */

struct scan_beside {
	struct scan_beside_setup setup;
	struct scan_hold *hold;
	struct scan_banners *banners; /* NULL: not needed (yet) */
	struct scan_fake *fake;       /* NULL: UDP */
	struct scan_where *where;     /* NULL: not wanted */
	bool stopped;
};

static bool asks_open_ports(const struct scan_beside *b)
{
	return b->setup.options->banner || b->setup.options->require_data;
}

unsigned scan_beside_files(const struct scan_options *o)
{
	return o->banner || o->require_data ? limits_raise_files() / 2 : 0;
}

/* --- is it a real one? ------------------------------------------------------------------------ */

static void say(struct port_note *note, const char *text)
{
	strbuf_reset(&note->detail);
	strbuf_puts(&note->detail, text);
}

/* A connection that is held proves something where random ports close theirs. */
static bool is_proof(
	const struct scan_beside *b, const struct host_note *about, enum grab_state heard)
{
	return heard == GRAB_SILENT && scan_fake_can(b->fake) &&
	       (!host_note_is_fake(about) || about->fake_kind == FAKE_CLOSES);
}

static const char *why_unproved(const struct host_note *about, enum grab_state heard)
{
	if (host_note_is_fake(about))
		return "accepted without a byte, as random ports of this address are";
	if (heard == GRAB_CLOSED)
		return "accepted, and closed without a byte";
	if (heard == GRAB_SILENT)
		return "accepted without a byte, and --exclude-ports leaves no random port to ask";
	return "accepted, and not when it was asked for data";
}

/* --require-data: an open port that sent nothing has to hold the connection, unless random ports of
 * the address do the same. */
static void judge(void *user, struct host *h, uint32_t cell, enum grab_state heard)
{
	struct scan_beside *b = user;
	const struct host_note *about = scan_hold_host_note(b->hold, h);

	if (is_proof(b, about, heard))
		return;
	h->cells[cell].state = PORT_UNPROVED;
	say(scan_hold_note(b->hold, h, cell), why_unproved(about, heard));
}

static void on_heard(void *user, struct host *h, uint32_t cell, const struct grab *g)
{
	struct scan_beside *b = user;

	if (g->received == 0 && !scan_fake_waits(b->fake, h, cell, g->state))
		judge(b, h, cell, g->state);
}

static void on_written(void *user)
{
	struct scan_beside *b = user;

	b->setup.written(b->setup.user);
}

static struct scan_banners *sessions(void *user)
{
	struct scan_beside *b = user;
	const struct scan_options *o = b->setup.options;
	struct scan_banners_options options = {
		.numeric = o->common.numeric,
		.rate = (double)o->rate,
		.parallel = asks_open_ports(b) ? 0 : TRIAL_SESSIONS,
		.spare_files = asks_open_ports(b) ? scan_beside_files(o) : 0,
		.told = o->banner,
	};
	struct scan_banners_events events = {
		.heard = o->require_data ? on_heard : NULL, .written = on_written, .user = b};

	if (!b->banners)
		b->banners = scan_banners_new(
			b->setup.loop, b->setup.out, b->setup.report, b->hold, &options, &events);
	return b->banners;
}

static void on_ask(void *user, const struct engine_target *target)
{
	struct scan_beside *b = user;

	b->setup.ask(b->setup.user, target);
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static bool begin_parts(struct scan_beside *b)
{
	const struct scan_options *o = b->setup.options;
	const struct scan_fake_events events = {
		.ask = on_ask, .sessions = sessions, .judge = judge, .user = b};

	const struct locator_options ways = {
		.rate = (double)o->rate, .delay = o->delay, .timeout = o->timeout};

	if (!o->udp)
		b->fake = scan_fake_new(b->hold, o->require_data, b->setup.controls, &events);
	if (o->where)
		b->where =
			scan_where_new(b->setup.loop, b->hold, o->udp ? IPPROTO_UDP : IPPROTO_TCP,
				b->setup.controls, &ways, on_written, b);
	return !asks_open_ports(b) || sessions(b);
}

struct scan_beside *scan_beside_new(const struct scan_beside_setup *setup)
{
	struct scan_beside *b = mem_alloc(1, sizeof *b);

	b->setup = *setup;
	b->hold = scan_hold_new(setup->report);
	if (begin_parts(b))
		return b;
	scan_beside_free(b);
	return NULL;
}

void scan_beside_free(struct scan_beside *b)
{
	if (!b)
		return;
	scan_banners_free(b->banners);
	scan_where_free(b->where);
	scan_fake_free(b->fake);
	scan_hold_free(b->hold);
	free(b);
}

void scan_beside_decided(struct scan_beside *b, struct host *h, uint32_t cell)
{
	bool open = h->cells[cell].state == PORT_OPEN;

	if (h->control)
		return;
	if (open && b->fake)
		scan_fake_open(b->fake, h);
	if (open && asks_open_ports(b) && !b->setup.options->udp)
		scan_banners_open(b->banners, h, cell);
	else if (!b->where || !scan_where_decided(b->where, h, cell))
		report_port(b->setup.report, h, cell, NULL);
}

void scan_beside_known(struct scan_beside *b, struct host *h)
{
	if (b->fake)
		scan_fake_known(b->fake, h);
}

void scan_beside_again(struct scan_beside *b, struct host *h, uint32_t cell)
{
	scan_banners_again(b->banners, h, cell);
}

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

/* UDP: the engine's own random ports are those that tell. */
static void note_replies(struct scan_beside *b, struct host *h)
{
	struct host_note *note = scan_hold_host_note(b->hold, h);

	note->fake_asked = (uint8_t)at_most(h->controls, UINT8_MAX);
	note->fake_open = (uint8_t)at_most(h->controls_replied, note->fake_asked);
	note->fake_kind = FAKE_REPLIES;
}

bool scan_beside_done(struct scan_beside *b, struct host *h, bool complete)
{
	if (h->control) {
		if (!b->stopped)
			scan_fake_done(b->fake, h);
		return false;
	}
	if (h->controls_replied)
		note_replies(b, h);
	if (b->where && complete && !b->stopped)
		scan_where_done(b->where, h);
	if (complete && scan_hold_done(b->hold, h))
		return true;
	report_host(b->setup.report, h, complete, scan_hold_notes(h), scan_hold_noted(h));
	return false;
}

size_t scan_beside_waiting(const struct scan_beside *b)
{
	return scan_hold_waiting(b->hold);
}

size_t scan_beside_locating(const struct scan_beside *b)
{
	return b->where ? scan_where_waiting(b->where) : 0;
}

/* What was not heard to its end proves nothing, and is left to a run that goes on with this one. */
static void on_cut(void *user, struct host *h, uint32_t cell)
{
	struct scan_beside *b = user;

	if (b->where && scan_where_follows(&h->cells[cell]))
		scan_hold_host_note(b->hold, h)->cut = true;
	if (!b->setup.options->require_data || h->cells[cell].state != PORT_OPEN)
		return;
	host_forget(h, cell);
}

void scan_beside_stop(struct scan_beside *b)
{
	b->stopped = true;
	if (b->banners)
		scan_banners_stop(b->banners);
	if (b->where)
		scan_where_stop(b->where);
	scan_hold_stop(b->hold, on_cut, b);
}
