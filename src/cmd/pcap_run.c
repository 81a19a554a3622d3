/* SPDX-License-Identifier: MIT */
#include "pcap_run.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <poll.h>

enum { BATCH = 4096 }; /* packets between two looks at the signals */

#define TICK (200 * NSEC_PER_MSEC)

bool pcap_is_live(const struct pcap *p)
{
	return !p->options->read;
}

void pcap_stop(void *user)
{
	struct pcap *p = user;

	p->over = true;
	loop_stop(p->session.loop);
}

/* Packets and sums have none. */
bool pcap_shows_owners(const struct pcap *p)
{
	return p->owner && !p->options->packets && !p->options->summary;
}

/* ---- what comes along */

/* Of one flow, what the tracker says is of it. */
static void write_down(struct pcap *p, const struct frame *frame, const struct captured *captured)
{
	int err;

	if (!p->writer || (p->options->flow && !p->of_flow) || !pcap_select_frame(p->select, frame))
		return;
	err = capture_writer_put(p->writer, captured);
	if (err == ERR_UNSUPPORTED) {
		p->totals.unfit++;
	} else if (err) {
		log_error("%s: %s", p->options->write, err_text(err));
		p->failed = true;
		pcap_stop(p);
	}
}

static void take(void *user, const struct captured *captured)
{
	struct pcap *p = user;
	struct frame frame;

	if (p->over || (p->options->count && p->taken == p->options->count))
		return;
	if (p->latest && captured->at > p->latest)
		return;
	p->taken++;
	capture_parse(captured, &frame);
	pcap_totals_frame(&p->totals, &frame, captured);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->frame)
			p->views[i]->frame(p->views[i], &frame, captured);
	p->interface = captured->interface;
	p->of_flow = false;
	tracker_packet(p->tracker, &frame, captured->at, captured->interface);
	write_down(p, &frame, captured);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->taken)
			p->views[i]->taken(p->views[i]);
	if (p->taken == p->options->count)
		pcap_stop(p);
}

/* As soon as there is a socket: that of an attempt that fails is gone when that shows. */
static void ask_for_owner(struct pcap *p, const struct flow_packet *packet)
{
	const struct flow *f = packet->flow;
	bool first = !packet->icmp && !(packet->roles & ROLE_SIGHTING) &&
		     f->streams[CLIENT].packets + f->streams[SERVER].packets == 1;

	if (first && pcap_select_ends(p->select, f))
		pcap_owner_ask(p->owner, f);
}

void pcap_on_packet(void *user, const struct flow_packet *packet)
{
	struct pcap *p = user;

	p->of_flow = packet->flow->id == p->options->flow;
	if (pcap_shows_owners(p))
		ask_for_owner(p, packet);
	if (p->context.journals)
		pcap_journals_add(p->context.journals, packet, p->interface);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->packet)
			p->views[i]->packet(p->views[i], packet);
	if (p->follow && pcap_select_ends(p->select, packet->flow))
		pcap_follow_packet(p->follow, packet->flow);
}

/* Its fate may have been told and counted as another one before. */
static void count_live(struct pcap *p, struct flow *f, bool selected)
{
	if (f->counted)
		pcap_totals_take_back(&p->totals, (enum handshake_state)(f->counted - 1));
	f->counted = selected ? (uint8_t)(f->handshake.state + 1) : 0;
	if (selected)
		pcap_totals_add(&p->totals, f);
	if (p->follow)
		pcap_follow_packet(p->follow, f);
}

void pcap_on_decided(void *user, struct flow *f)
{
	struct pcap *p = user;

	bool selected = p->totals.live && pcap_select_flow(p->select, f);

	if (p->totals.live)
		count_live(p, f, selected);
	if (selected && pcap_shows_owners(p))
		pcap_owner_decided(p->owner, f);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->decided)
			p->views[i]->decided(p->views[i], f);
	if (p->context.journals)
		pcap_journals_decided(p->context.journals, f);
}

void pcap_on_over(void *user, struct flow *f, enum flow_over why)
{
	struct pcap *p = user;

	/* live it was told, and counted, when its fate was known */
	if (!(p->totals.live && f->handshake.decided) && pcap_select_flow(p->select, f))
		pcap_totals_add(&p->totals, f);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->over)
			p->views[i]->over(p->views[i], f, why);
	if (p->follow)
		pcap_follow_over(p->follow, f);
	if (p->context.journals)
		pcap_journals_forget(p->context.journals, f);
}

/* 1: there may be more at once; 0: nothing for now, or for good. */
static int read_some(struct pcap *p)
{
	struct strbuf why = {0};
	int got = capture_read(p->capture, take, p, BATCH, &why);

	if (got < 0 && got != -EAGAIN) {
		log_error("%s", why.text);
		p->failed = true;
		p->totals.cut = p->options->read;
	}
	if (got != 1 && got != -EAGAIN)
		pcap_stop(p);
	strbuf_release(&why);
	session_written(&p->session);
	return got == 1;
}

static void take_turns(struct pcap *p, nsec_t now)
{
	for (size_t i = 0; i < p->view_count; i++) {
		if (p->views[i]->turn)
			p->views[i]->turn(p->views[i], now);
		if (p->views[i]->error)
			pcap_stop(p);
	}
	session_written(&p->session);
}

void pcap_another_interface(void *user)
{
	struct pcap *p = user;

	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->another_interface)
			p->views[i]->another_interface(p->views[i]);
}

static nsec_t read_file(void *user, nsec_t now)
{
	struct pcap *p = user;

	if (!p->over)
		take_turns(p, now);
	if (!p->over)
		read_some(p);
	return p->over ? NSEC_NEVER : now;
}

void pcap_read_late(struct pcap *p)
{
	struct pollfd fd = {.fd = capture_fd(p->capture), .events = POLLIN};
	nsec_t until = clock_now() + CAPTURE_LATE, now;

	if (p->failed || (p->options->count && p->taken == p->options->count) ||
		output_error(p->session.out))
		return;
	p->over = false;
	p->latest = clock_wall();
	while (!p->over && (now = clock_now()) < until)
		if (!read_some(p))
			poll(&fd, 1, (int)((until - now) / NSEC_PER_MSEC) + 1);
	read_some(p);
	p->over = true;
}

static void packets_wait(struct watch *watch, uint32_t events, nsec_t now)
{
	struct pcap *p = container_of(watch, struct pcap, packets_wait);

	(void)events;
	(void)now;
	if (!p->over)
		read_some(p);
}

static void answers_wait(struct watch *watch, uint32_t events, nsec_t now)
{
	struct pcap *p = container_of(watch, struct pcap, answers_wait);

	(void)events;
	if (pcap_owner_read(p->owner) != 0) {
		log_warn("processes are not known any more: who looks them up is gone");
		pcap_owner_free(p->owner);
		p->owner = p->context.owner = NULL;
	}
	take_turns(p, now);
}

void pcap_update_totals(struct pcap *p)
{
	p->totals.packets = p->taken;
	tracker_status(p->tracker, &p->totals.tracker);
	capture_status(p->capture, &p->totals.capture);
}

/* Live, time goes on where no packet comes. */
static void tick(struct timer *timer, nsec_t now)
{
	struct pcap *p = container_of(timer, struct pcap, tick);
	nsec_t wall = clock_wall();

	timers_set(loop_timers(p->session.loop), timer, now + TICK);
	tracker_advance(p->tracker, wall);
	if (p->writer)
		capture_writer_flush(p->writer);
	pcap_update_totals(p);
	if (p->follow)
		pcap_follow_show(p->follow, &p->totals, wall);
	take_turns(p, now);
}

static void time_is_over(struct timer *timer, nsec_t now)
{
	(void)now;
	pcap_stop(container_of(timer, struct pcap, end));
}

void pcap_watch(struct pcap *p, nsec_t now)
{
	struct loop *loop = p->session.loop;

	if (!pcap_is_live(p)) {
		loop_on_send(loop, read_file, p);
		return;
	}
	p->packets_wait.ready = packets_wait;
	p->answers_wait.ready = answers_wait;
	p->tick.expired = tick;
	p->end.expired = time_is_over;
	loop_watch(loop, capture_fd(p->capture), LOOP_IN, &p->packets_wait);
	if (p->owner)
		loop_watch(loop, pcap_owner_fd(p->owner), LOOP_IN, &p->answers_wait);
	timers_set(loop_timers(loop), &p->tick, now + TICK);
	if (p->options->duration)
		timers_set(loop_timers(loop), &p->end, now + p->options->duration);
}
