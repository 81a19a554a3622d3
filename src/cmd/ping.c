/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/ping.h"

#include "ping_names.h"
#include "ping_options.h"
#include "ping_plan.h"
#include "ping_report.h"
#include "ping_sockets.h"
#include "session.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/priv/priv.h"
#include "netprobe/probe/pinger.h"
#include "netprobe/probe/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>

#define REDRAW (200 * NSEC_PER_MSEC)

/* One run, from the options to the exit status. */
struct ping {
	struct session session;
	const struct ping_options *options;
	struct ping_plan plan;
	struct ping_sockets sockets;
	struct pinger *pinger;
	struct ping_report *report;
	struct ping_names *names;
	struct timer deadline, redraw;
	struct ping_verdicts verdicts;
	bool timed_out; /* -w ended the run */
};

/* --- the run ------------------------------------------------------------------------------------
 */

static bool is_usable(struct ping *p, struct feed_item *item)
{
	bool takes = ping_plan_takes(&p->plan, item);

	p->session.unusable += !takes;
	return takes;
}

static int next_target(void *user, struct pinger_target *out)
{
	struct ping *p = user;
	struct feed_item item;
	int got;

	do {
		got = session_next(&p->session, &item);
	} while (got == 1 && !is_usable(p, &item));
	if (got != 1)
		return got;
	*out = (struct pinger_target){item.host, item.addr};
	ping_report_begin(p->report, item.host, &item.addr);
	session_written(&p->session);
	return 1;
}

static void on_reply(void *user, const struct ping_host *h, const struct ping_reply *reply)
{
	struct ping *p = user;

	ping_report_reply(p->report, h, reply);
	session_written(&p->session);
}

static void on_error(void *user, const struct ping_host *h, const struct ping_error *error)
{
	struct ping *p = user;

	ping_report_error(p->report, h, error);
	session_written(&p->session);
}

static void on_lost(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	struct ping *p = user;

	ping_report_lost(p->report, h, sequence, dropped_here);
	session_written(&p->session);
}

static void on_outstanding(void *user, const struct ping_host *h, uint64_t sequence)
{
	struct ping *p = user;

	(void)h;
	ping_report_outstanding(p->report, sequence);
	session_written(&p->session);
}

static void tell_host(struct ping *p, const struct ping_host *h)
{
	uint64_t *counters[] = {
		[PING_ALIVE] = &p->verdicts.alive,
		[PING_DEAD] = &p->verdicts.dead,
		[PING_UNKNOWN] = &p->verdicts.unknown,
	};

	enum ping_verdict verdict = ping_verdict_of(h);

	/* who set the time wants to know who answered in it */
	if (p->timed_out && verdict == PING_UNKNOWN && h->counts.sent && !h->counts.dropped_here)
		verdict = PING_DEAD;
	++*counters[verdict];
	ping_report_host(p->report, h, clock_now() - p->session.started);
}

/* Rows come in the order of the targets; whoever is done early waits for those before. */
static void on_done(void *user, struct ping_host *done)
{
	struct ping *p = user;
	struct ping_host *h;

	(void)done;
	while (!timer_is_set(&p->redraw) && (h = pinger_host(p->pinger, NULL)) && h->done) {
		tell_host(p, h);
		pinger_forget_first(p->pinger);
	}
	session_written(&p->session);
}

static void stop(void *user)
{
	struct ping *p = user;

	pinger_stop(p->pinger);
}

static void deadline_over(struct timer *timer, nsec_t now)
{
	struct ping *p = container_of(timer, struct ping, deadline);

	(void)now;
	p->timed_out = true;
	stop(p);
}

static void on_quit(int signo, void *user)
{
	struct ping *p = user;
	const struct ping_host *h = pinger_host(p->pinger, NULL);
	struct pinger_status status;
	struct strbuf line = {0};

	(void)signo;
	pinger_status(p->pinger, &status);
	ping_report_interim(
		&line, &status.counts, p->plan.layout == PING_LINES && h ? &h->rtt : NULL);
	log_error("%s", line.text);
	strbuf_release(&line);
}

/* --- the picture --------------------------------------------------------------------------------
 */

static void draw_rows(struct ping *p)
{
	struct ping_verdicts verdicts = {0};
	struct pinger_status status;

	for (struct ping_host *h = pinger_host(p->pinger, NULL); h; h = pinger_host(p->pinger, h)) {
		ping_report_host(p->report, h, 0);
		verdicts.alive += ping_verdict_of(h) == PING_ALIVE;
		verdicts.dead += ping_verdict_of(h) == PING_DEAD;
	}
	pinger_status(p->pinger, &status);
	verdicts.unknown = status.hosts - verdicts.alive - verdicts.dead;
	ping_report_total(p->report, &status, &verdicts, clock_now() - p->session.started);
}

static void redraw(struct timer *timer, nsec_t now)
{
	struct ping *p = container_of(timer, struct ping, redraw);
	const struct ping_host *h = pinger_host(p->pinger, NULL);

	if (h && output_live_begin(p->session.out)) {
		if (p->plan.layout == PING_ROWS)
			draw_rows(p);
		else
			ping_report_picture(p->report, h);
		output_live_end(p->session.out);
	}
	session_written(&p->session);
	timers_set(loop_timers(p->session.loop), timer, now + REDRAW);
}

/* Rows are drawn live on a terminal, as long as their number keeps drawing cheap. */
static bool wants_picture(const struct ping *p)
{
	enum { DRAWN_MAX = 4096 };
	bool exact;

	if (!output_is_table(p->session.out) || output_columns(p->session.out) == 0)
		return false;
	if (p->plan.layout == PING_LINES)
		return p->options->graph;
	return p->plan.layout == PING_ROWS && !p->options->common.quiet &&
	       targets_count(p->session.targets, &exact) <= DRAWN_MAX && exact;
}

/* --- start --------------------------------------------------------------------------------------
 */

static struct ping_report_options report_options_of(const struct ping *p)
{
	static const char *const protos[] = {
		[PING_ECHO] = "icmp", [PING_TCP] = "tcp", [PING_UDP] = "udp"};
	const struct ping_options *o = p->options;

	return (struct ping_report_options){
		.layout = p->plan.layout,
		.proto = protos[p->plan.request.mode],
		.size = p->plan.request.size,
		.quiet = o->common.quiet || (o->flood && output_is_table(p->session.out)),
		.verbose = o->common.verbose > 0,
		.timestamps = o->timestamps,
		.outstanding = o->outstanding,
		.dead = o->dead,
		.graph = p->plan.layout == PING_LINES && wants_picture(p),
		.names = p->names,
	};
}

static struct ping_way *make_way(struct ping *p)
{
	struct ping_payload payload = {
		p->plan.request.size, p->plan.request.pattern, p->plan.request.pattern_len};
	struct ping_way *way;

	if (p->plan.request.mode == PING_TCP)
		return ping_knock_new(p->session.loop, &probe_tcp_connect);
	if (p->plan.request.mode == PING_UDP)
		return ping_knock_new(p->session.loop, &probe_udp);
	way = ping_echo_new(
		p->session.loop, p->sockets.dgrams, p->sockets.raw, p->sockets.id, &payload);
	p->sockets.dgrams[0] = p->sockets.dgrams[1] = NULL;
	return way;
}

static void arm_timers(struct ping *p)
{
	struct timers *timers = loop_timers(p->session.loop);
	nsec_t now = clock_now();

	p->deadline.expired = deadline_over;
	p->redraw.expired = redraw;
	if (p->options->deadline)
		timers_set(timers, &p->deadline, now + p->options->deadline);
	if (wants_picture(p))
		timers_set(timers, &p->redraw, now + REDRAW);
}

static int start(struct ping *p)
{
	struct pinger_events events = {
		.next = next_target,
		.reply = on_reply,
		.error = on_error,
		.lost = on_lost,
		.outstanding = on_outstanding,
		.done = on_done,
		.over = stop,
		.user = p,
	};
	struct pinger_options options =
		ping_plan_pinger(&p->plan, !output_is_table(p->session.out));
	struct ping_report_options report;
	int err = session_start(&p->session);

	if (!err && p->options->names && !(p->names = ping_names_new(p->session.loop)))
		err = -errno;
	if (err)
		return err;
	report = report_options_of(p);
	p->report = ping_report_new(p->session.out, &report);
	p->pinger = pinger_new(p->session.loop, make_way(p), &options, &events);
	arm_timers(p);
	return loop_catch_signal(p->session.loop, SIGQUIT, on_quit, p);
}

/* --- after the run ------------------------------------------------------------------------------
 */

static int exit_status_of(const struct ping *p, const struct pinger_status *status)
{
	if (p->session.unusable || p->verdicts.unknown || status->hosts == 0 || !status->all_asked)
		return EXIT_UNKNOWN;
	return p->verdicts.dead ? EXIT_NO : EXIT_YES;
}

static int finish(struct ping *p)
{
	struct pinger_status status;
	const struct ping_host *h = NULL;

	timers_cancel(loop_timers(p->session.loop), &p->redraw);
	session_quiet(&p->session);
	pinger_status(p->pinger, &status);
	while ((h = pinger_host(p->pinger, h)))
		tell_host(p, h);
	if (!status.all_asked && !output_error(p->session.out))
		log_error("ended before every target was asked");
	else if (status.hosts == 0 && !p->session.unusable)
		log_error("nothing to ping: every target is left out, or the list is empty");
	if (status.troubles)
		log_info("%" PRIu64 " times this machine had no room for a probe, which left later",
			status.troubles);
	ping_report_total(p->report, &status, &p->verdicts, clock_now() - p->session.started);
	return session_end(&p->session, exit_status_of(p, &status));
}

static int parse_targets(struct ping *p, const struct arguments *args)
{
	struct target_options options = {.family = p->options->common.family,
		.sequential = true,
		.zoned = p->options->interface != NULL};

	return session_targets(&p->session, &options, args);
}

static int run(struct ping *p, const struct arguments *args)
{
	int err;

	if (ping_plan_check(&p->plan, args) || parse_targets(p, args) ||
		ping_plan_layout(&p->plan, args, p->session.targets) || session_output(&p->session))
		return EXIT_UNKNOWN;
	p->sockets.source = p->plan.source;
	if (p->plan.request.mode == PING_ECHO &&
		ping_sockets_open(&p->sockets, p->options, &p->plan.request) != 0)
		return EXIT_UNKNOWN;
	/* lists, output and sockets are open: from here on nothing needs privilege */
	err = priv_drop();
	if (err == 0 && session_exclude_names(&p->session) != 0)
		return EXIT_UNKNOWN;
	if (err == 0)
		err = start(p);
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return EXIT_UNKNOWN;
	}
	session_run(&p->session, args);
	return finish(p);
}

static int ping_run(void *options, const struct arguments *args)
{
	struct ping p = {.options = options, .plan.options = options};
	int status;

	p.session = (struct session){
		.cmd = &command_ping,
		.common = &p.options->common,
		.stop = stop,
		.user = &p,
	};
	common_log(&p.options->common, "netprobe ping");
	status = run(&p, args);
	pinger_free(p.pinger);
	ping_names_free(p.names);
	ping_report_free(p.report);
	dgram_free(p.sockets.dgrams[0]);
	dgram_free(p.sockets.dgrams[1]);
	session_release(&p.session);
	return status;
}

const struct command command_ping = {
	.name = "ping",
	.summary = "is the host there, and how far: ICMP echo, TCP or UDP, measured in the kernel",
	.operands = "TARGET...",
	.about = "Asks with ICMP echo, TCP or UDP, and says who answers, after how long by the\n"
		 "kernel's own stamps, and who refused. One name or address: a line a reply,\n"
		 "until interrupted. More of them: a row each, after three probes. -q leaves the\n"
		 "summary, -v adds what the waits were. A TARGET is a name, an address, CIDR,\n"
		 "10.0.0.1-50, - or @FILE for a list; with --tcp or --udp also HOST:PORT.\n"
		 "Exit status: 0 every address answered, 1 some did not, 2 could not tell.",
	.groups = ping_groups,
	.group_count = PING_GROUP_COUNT,
	.examples = ping_examples,
	.options_size = sizeof(struct ping_options),
	.defaults = ping_defaults,
	.run = ping_run,
};
