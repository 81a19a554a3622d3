/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/pcap.h"

#include "pcap_follow.h"
#include "pcap_options.h"
#include "pcap_owner.h"
#include "pcap_select.h"
#include "pcap_totals.h"
#include "pcap_view.h"
#include "session.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	BATCH = 4096,  /* packets between two looks at the signals */
	HOLD = 10000,  /* flows of files that may wait to be told in the order of their numbers */
	VIEWS_MAX = 2, /* a picture beside something else */
};

#define TICK (200 * NSEC_PER_MSEC)

struct pcap {
	struct session session;
	const struct pcap_options *options;
	struct capture *capture;
	struct capture_writer *writer;
	struct pcap_select *select;
	struct pcap_owner *owner;
	struct pcap_context context;
	struct tracker *tracker;
	struct pcap_view *views[VIEWS_MAX];
	size_t view_count;
	struct pcap_follow *follow;
	struct pcap_totals totals;
	struct watch packets_wait, answers_wait;
	struct timer tick, end;
	uint64_t taken;
	uint32_t interface; /* of the packet that is being taken */
	bool of_flow;       /* it is of the one that is asked for */
	bool over;
	bool failed; /* said */
};

static void stop(void *user)
{
	struct pcap *p = user;

	p->over = true;
	loop_stop(p->session.loop);
}

/* Packets and sums have none. */
static bool shows_owners(const struct pcap *p)
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
		stop(p);
	}
}

static void take(void *user, const struct captured *captured)
{
	struct pcap *p = user;
	struct frame frame;

	if (p->over || (p->options->count && p->taken == p->options->count))
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
		stop(p);
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

/* That of a server has an owner only now. */
static void ask_for_server(struct pcap *p, const struct flow *f)
{
	enum side local;
	size_t count;

	if (!handshake_failed(f->handshake.state) && !pcap_owner_of(p->owner, f, &local, &count))
		pcap_owner_ask(p->owner, f);
}

static void on_packet(void *user, const struct flow_packet *packet)
{
	struct pcap *p = user;

	p->of_flow = packet->flow->id == p->options->flow;
	if (shows_owners(p))
		ask_for_owner(p, packet);
	if (p->context.journals)
		pcap_journals_add(p->context.journals, packet, p->interface);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->packet)
			p->views[i]->packet(p->views[i], packet);
	if (p->follow && pcap_select_ends(p->select, packet->flow))
		pcap_follow_packet(p->follow, packet->flow);
}

static void on_decided(void *user, struct flow *f)
{
	struct pcap *p = user;

	bool selected = p->totals.live && pcap_select_flow(p->select, f);

	if (selected)
		pcap_totals_add(&p->totals, f);
	if (selected && shows_owners(p))
		ask_for_server(p, f);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->decided)
			p->views[i]->decided(p->views[i], f);
	if (p->context.journals)
		pcap_journals_decided(p->context.journals, f);
}

static void on_over(void *user, struct flow *f, enum flow_over why)
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
		stop(p);
	strbuf_release(&why);
	session_written(&p->session);
	return got == 1;
}

static nsec_t read_file(void *user, nsec_t now)
{
	struct pcap *p = user;

	if (!p->over)
		read_some(p);
	return p->over ? NSEC_NEVER : now;
}

static void packets_wait(struct watch *watch, uint32_t events, nsec_t now)
{
	struct pcap *p = container_of(watch, struct pcap, packets_wait);

	(void)events;
	(void)now;
	if (!p->over)
		read_some(p);
}

static void take_turns(struct pcap *p, nsec_t now)
{
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->turn)
			p->views[i]->turn(p->views[i], now);
	session_written(&p->session);
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

static void update_totals(struct pcap *p)
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
	update_totals(p);
	if (p->follow)
		pcap_follow_show(p->follow, &p->totals, wall);
	take_turns(p, now);
}

static void time_is_over(struct timer *timer, nsec_t now)
{
	(void)now;
	stop(container_of(timer, struct pcap, end));
}

static void show(void *user, struct progress_state *out, nsec_t now)
{
	struct pcap *p = user;
	uint64_t done, total;

	(void)now;
	capture_progress(p->capture, &done, &total);
	out->unit = "kB";
	out->done = done / 1000;
	out->total = total / 1000;
}

/* ---- start */

static bool is_live(const struct pcap *p)
{
	return !p->options->read;
}

/* As those of the results, files are made while root may still write where it does not own. */
static int open_writer(struct pcap *p)
{
	const char *path = p->options->write;

	if (!path)
		return 0;
	p->writer = capture_writer_new(path);
	if (!p->writer)
		log_error("%s: %s", path, err_text(-errno));
	return p->writer ? 0 : ERR_EMPTY;
}

static int begin_writer(struct pcap *p)
{
	int err = p->writer ? capture_writer_begin(p->writer) : 0;

	if (err)
		log_error("%s: %s", p->options->write, err_text(err));
	return err;
}

/* The interface, files, and who may look up processes; the rest is done without privilege. */
static int open_privileged(struct pcap *p)
{
	const struct pcap_options *o = p->options;
	struct capture_options options = {
		.interface = o->read ? NULL : o->interface ? o->interface : "any",
		.path = o->read,
		.snaplen = (uint32_t)o->snaplen,
		.promiscuous = o->promiscuous,
	};
	struct strbuf why = {0};
	int err = 0;

	if (is_live(p)) {
		p->owner = pcap_owner_new();
		if (!p->owner)
			log_warn("processes are not looked up: %s", err_text(-errno));
	}
	p->capture = capture_open(&options, &why);
	if (!p->capture) {
		log_error("%s", why.text);
		err = ERR_EMPTY;
	} else if (session_output(&p->session) != 0 || open_writer(p) != 0) {
		err = ERR_EMPTY;
	}
	strbuf_release(&why);
	return err;
}

/* Other programs take files so. */
static void hint_at_files(const struct pcap *p, const struct arguments *args)
{
	struct stat st;

	for (int i = 0; i < args->operand_count && !p->options->read; i++)
		if (stat(args->operands[i], &st) == 0 && S_ISREG(st.st_mode)) {
			log_error("to read a file: -r %s", args->operands[i]);
			return;
		}
}

static int begin(struct pcap *p, const struct arguments *args)
{
	struct strbuf text = {0}, why = {0};
	int err;

	for (int i = 0; i < args->operand_count; i++)
		strbuf_printf(&text, "%s%s", i > 0 ? " " : "", args->operands[i]);
	p->totals.filtered = text.len > 0;
	err = capture_begin(p->capture, text.text, &why);
	if (err)
		log_error("%s", why.text);
	if (err == ERR_SYNTAX)
		hint_at_files(p, args);
	if (err == ERR_SYNTAX)
		usage_hint(&command_pcap);
	strbuf_release(&text);
	strbuf_release(&why);
	return err;
}

static int open_all(struct pcap *p, const struct arguments *args)
{
	int err = pcap_options_check(p->options);

	if (err)
		return err;
	err = open_privileged(p);
	if (err) {
		hint_at_files(p, args);
		return err;
	}
	err = priv_drop();
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	p->select = pcap_select_new(p->options);
	return p->select ? begin(p, args) : ERR_EMPTY;
}

static int add_view(struct pcap *p, struct pcap_view *view, const char *path)
{
	if (view)
		p->views[p->view_count++] = view;
	else
		log_error("%s: %s", path, err_text(-errno));
	return view ? 0 : ERR_EMPTY;
}

static int make_views(struct pcap *p)
{
	const struct pcap_options *o = p->options;
	const struct pcap_context *c = &p->context;

	if (o->follow && output_is_table(p->session.out))
		p->follow = pcap_follow_new(p->session.out);
	add_view(p,
		o->ladder    ? pcap_ladder_view(c)
		: o->packets ? pcap_packets_view(c)
		: o->summary ? pcap_summary_view(c)
			     : pcap_table_view(c),
		NULL);
	return o->svg ? add_view(p, pcap_svg_view(c), o->svg) : 0;
}

static void make_tracker(struct pcap *p)
{
	struct tracker_options options = {
		.max_flows = p->options->max_flows, .hold = is_live(p) ? 0 : HOLD};
	struct tracker_events events = {.decided = on_decided, .over = on_over};

	if (p->follow || p->context.journals || shows_owners(p) || (p->writer && p->options->flow))
		events.packet = on_packet;
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->packet)
			events.packet = on_packet;
	p->tracker = tracker_new(&options, &events, p);
}

static void watch_all(struct pcap *p, nsec_t now)
{
	struct loop *loop = p->session.loop;

	if (!is_live(p)) {
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

static int start(struct pcap *p)
{
	int err = session_start(&p->session);

	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	p->totals.live = is_live(p);
	p->context = (struct pcap_context){
		.out = p->session.out,
		.options = p->options,
		.select = p->select,
		.capture = p->capture,
		.owner = p->owner,
		.live = is_live(p),
	};
	if (pcap_journals_wanted(p->options, p->select, output_is_table(p->session.out)))
		p->context.journals = pcap_journals_new(p->select);
	err = make_views(p);
	if (!err)
		err = begin_writer(p);
	if (err)
		return err;
	make_tracker(p);
	watch_all(p, clock_now());
	return 0;
}

/* ---- the end */

static int close_writer(struct pcap *p)
{
	int err = p->writer ? capture_writer_close(p->writer) : 0;

	p->writer = NULL;
	if (err && !p->failed)
		log_error("%s: %s", p->options->write, err_text(err));
	return err;
}

static int exit_status_of(const struct pcap *p)
{
	uint64_t shown = 0;

	/* what is live ends when somebody ends it */
	if (p->failed || p->totals.unfit || p->totals.unreadable ||
		(p->session.interrupted && !is_live(p)) || output_error(p->session.out))
		return EXIT_UNKNOWN;
	for (size_t i = 0; i < p->view_count; i++) {
		if (p->views[i]->error)
			return EXIT_UNKNOWN;
		shown += p->views[i]->shown;
	}
	return shown ? EXIT_YES : EXIT_NO;
}

static int finish(struct pcap *p)
{
	session_quiet(&p->session);
	timers_cancel(loop_timers(p->session.loop), &p->tick);
	timers_cancel(loop_timers(p->session.loop), &p->end);
	tracker_finish(p->tracker);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->end)
			p->views[i]->end(p->views[i]);
	update_totals(p);
	pcap_totals_put(&p->totals, p->session.out);
	pcap_totals_warn(&p->totals);
	if (close_writer(p) != 0)
		p->failed = true;
	return session_end(&p->session, exit_status_of(p));
}

static int run(struct pcap *p, const struct arguments *args)
{
	if (open_all(p, args) != 0 || start(p) != 0)
		return EXIT_UNKNOWN;
	session_run(&p->session, args);
	return finish(p);
}

static int pcap_run(void *options, const struct arguments *args)
{
	struct pcap p = {.options = options};
	int status;

	p.session = (struct session){
		.cmd = &command_pcap,
		.common = &p.options->common,
		.stop = stop,
		.show = p.options->read ? show : NULL,
		.user = &p,
		.gathers_rows = true,
	};
	common_log(&p.options->common, "netprobe pcap");
	status = run(&p, args);
	session_release(&p.session);
	for (size_t i = 0; i < p.view_count; i++)
		p.views[i]->free(p.views[i]);
	close_writer(&p);
	tracker_free(p.tracker);
	pcap_journals_free(p.context.journals);
	pcap_follow_free(p.follow);
	pcap_select_free(p.select);
	capture_free(p.capture);
	pcap_owner_free(p.owner);
	return status;
}

const struct command command_pcap = {
	.name = "pcap",
	.summary = "handshakes, live on an interface or in a capture file, and what became of them",
	.operands = "[FILTER...]",
	.about = "Tells each attempt to connect by TCP: who called whom, how long each step took,\n"
		 "what both ends offered, how it ended and who said so; then the connection's\n"
		 "life. FILTER is an expression of pcap-filter(7); --host and --port look into\n"
		 "VLANs and tunnels, which such an expression does not.\n"
		 "Exit status: 0 something was shown, 1 nothing, 2 it could not be told.",
	.groups = pcap_groups,
	.group_count = PCAP_GROUP_COUNT,
	.examples = pcap_examples,
	.options_size = sizeof(struct pcap_options),
	.defaults = pcap_defaults,
	.run = pcap_run,
};
