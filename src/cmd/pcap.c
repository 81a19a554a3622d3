/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/pcap.h"

#include "pcap_run.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/priv/priv.h"

#include <errno.h>

/* Flows of files that may wait to be told in the order of their numbers. */
enum { HOLD = 10000 };

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

static int open_svg(struct pcap *p)
{
	const char *path = p->options->svg;

	if (!path)
		return 0;
	p->svg = whole_file_open(path);
	if (!p->svg)
		log_error("%s: %s", path, err_text(-errno));
	return p->svg ? 0 : ERR_EMPTY;
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
		.another_interface = pcap_another_interface,
		.user = p,
	};
	struct strbuf why = {0};
	int err = 0;

	if (pcap_is_live(p)) {
		p->owner = pcap_owner_new();
		if (!p->owner)
			log_warn("processes are not looked up: %s", err_text(-errno));
	}
	p->capture = capture_open(&options, &why);
	if (!p->capture) {
		log_error("%s", why.text);
		err = ERR_EMPTY;
	} else if (session_output(&p->session) != 0 || open_writer(p) != 0 || open_svg(p) != 0) {
		err = ERR_EMPTY;
	}
	strbuf_release(&why);
	return err;
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
		pcap_options_hint(p->options, args);
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
		pcap_options_hint(p->options, args);
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

static void make_views(struct pcap *p)
{
	const struct pcap_options *o = p->options;
	const struct pcap_context *c = &p->context;

	if (o->follow && output_is_table(p->session.out))
		p->follow = pcap_follow_new(p->session.out);
	p->views[p->view_count++] = o->ladder    ? pcap_ladder_view(c)
				    : o->packets ? pcap_packets_view(c)
				    : o->summary ? pcap_summary_view(c)
						 : pcap_table_view(c);
	if (o->svg)
		p->views[p->view_count++] = pcap_svg_view(c, p->svg);
	p->svg = NULL;
}

static void make_tracker(struct pcap *p)
{
	struct tracker_options options = {
		.max_flows = p->options->max_flows, .hold = pcap_is_live(p) ? 0 : HOLD};
	struct tracker_events events = {.decided = pcap_on_decided, .over = pcap_on_over};

	if (p->follow || p->context.journals || pcap_shows_owners(p) ||
		(p->writer && p->options->flow))
		events.packet = pcap_on_packet;
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->packet)
			events.packet = pcap_on_packet;
	p->tracker = tracker_new(&options, &events, p);
}

static int start(struct pcap *p)
{
	int err = session_start(&p->session);

	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	p->totals.live = pcap_is_live(p);
	p->context = (struct pcap_context){
		.out = p->session.out,
		.session = &p->session,
		.options = p->options,
		.select = p->select,
		.capture = p->capture,
		.owner = p->owner,
		.live = pcap_is_live(p),
	};
	if (pcap_journals_wanted(p->options, p->select, output_is_table(p->session.out)))
		p->context.journals = pcap_journals_new(p->select);
	make_views(p);
	err = begin_writer(p);
	if (err)
		return err;
	make_tracker(p);
	pcap_watch(p, clock_now());
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
		(p->session.interrupted && !pcap_is_live(p)) || output_error(p->session.out))
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
	if (pcap_is_live(p))
		pcap_read_late(p);
	timers_cancel(loop_timers(p->session.loop), &p->tick);
	timers_cancel(loop_timers(p->session.loop), &p->end);
	tracker_finish(p->tracker);
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i]->end)
			p->views[i]->end(p->views[i]);
	pcap_update_totals(p);
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
		.stop = pcap_stop,
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
	whole_file_abandon(p.svg);
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
