/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/scan.h"

#include "port_options.h"
#include "scan_banner.h"
#include "scan_options.h"
#include "scan_report.h"
#include "session.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/net/limits.h"
#include "netprobe/net/ports.h"
#include "netprobe/priv/priv.h"
#include "netprobe/probe/engine.h"

#include <errno.h>
#include <inttypes.h>

enum {
	BANNERS_WAITING = 4096, /* at most, before another address is begun */
	FLAT_PORTS = 3,         /* up to so many ports on many addresses make one table */
	LIMIT_MAX = ADDR_TEXT_MAX + 16,
};

/* One run, from the options to the exit status. */
struct scan {
	const struct scan_options *options;
	struct session session;
	struct ports *ports;
	struct engine *engine;
	struct report *report;
	struct scan_banners *banners; /* NULL: not wanted */
	bool stopped;
	char limit[LIMIT_MAX];
};

/* --- before the run: everything that can be wrong with what was asked
 * ----------------------------- */

static int open_report(struct scan *s)
{
	const struct scan_options *o = s->options;
	struct report_options report = {.layout = REPORT_BLOCKS};
	bool exact;
	int err;

	if (o->show && report_parse_states(o->show, &report.states) != 0)
		return usage_error(&command_scan,
			"--show %s: states are open, closed, filtered, unreachable, unproved or "
			"all",
			o->show);
	report.many =
		o->common.all_addresses || targets_count(s->session.targets, &exact) > 1 || !exact;
	if (report.many && ports_count(s->ports) <= FLAT_PORTS)
		report.layout = REPORT_FLAT;
	err = session_output(&s->session);
	if (err == 0)
		s->report = report_new(s->session.out, &report);
	return err;
}

/* --- the run
 * -------------------------------------------------------------------------------------- */

static int next_target(void *user, struct engine_target *out)
{
	struct scan *s = user;
	struct feed_item item;
	int got;

	/* an address whose banners are missing stays: not too many of them */
	if (s->banners && scan_banners_waiting(s->banners) > BANNERS_WAITING)
		return -EAGAIN;
	got = session_next(&s->session, &item);

	if (got == 1)
		*out = (struct engine_target){item.host, item.addr, s->ports};
	return got;
}

static void on_decided(void *user, struct host *h, uint32_t cell)
{
	struct scan *s = user;

	if (s->banners && h->cells[cell].state == PORT_OPEN)
		scan_banners_open(s->banners, h, cell);
	else
		report_port(s->report, h, cell);
	session_written(&s->session);
}

static bool on_done(void *user, struct host *h, bool complete)
{
	struct scan *s = user;

	bool kept = s->banners && complete && !s->stopped && scan_banners_keep(s->banners, h);

	if (!kept)
		report_host(s->report, h, complete, scan_banners_notes(h));
	if (complete)
		session_written(&s->session);
	return kept;
}

static void on_idle(void *user)
{
	struct scan *s = user;

	if (!s->banners || scan_banners_waiting(s->banners) == 0)
		loop_stop(s->session.loop);
}

static void on_written(void *user)
{
	struct scan *s = user;

	session_written(&s->session);
}

static void stop(void *user)
{
	struct scan *s = user;

	if (s->stopped)
		return;
	s->stopped = true;
	if (s->banners)
		scan_banners_stop(s->banners);
	engine_stop(s->engine);
}

static const char *limit_text(const struct engine_status *status, char out[static LIMIT_MAX])
{
	char limiter[ADDR_TEXT_MAX];

	switch (status->limit) {
	case ENGINE_FILES:
		return "file limit";
	case ENGINE_PORTS:
		return "local ports";
	case ENGINE_PARALLEL:
		return "--parallel";
	case ENGINE_RATE:
		return "--rate";
	case ENGINE_DELAY:
		return "--delay";
	case ENGINE_WINDOW:
		return "congestion window";
	case ENGINE_SILENCE:
		return "waiting for silent ports";
	case ENGINE_ICMP:
		snprintf(out, LIMIT_MAX, "ICMP limit of %s", addr_text(&status->limiter, limiter));
		return out;
	case ENGINE_NAMES:
		return "name server";
	case ENGINE_LOCAL:
		return err_text(-status->last_trouble);
	case ENGINE_UNLIMITED:
		break;
	}
	return NULL;
}

static void show(void *user, struct progress_state *out, nsec_t now)
{
	struct scan *s = user;
	struct engine_status status;
	bool exact;
	u128 total = targets_count(s->session.targets, &exact) * ports_count(s->ports);

	(void)now;
	engine_status(s->engine, &status);
	out->unit = "ports";
	out->done = status.decided;
	out->total = exact && total < UINT64_MAX ? (uint64_t)total : 0;
	out->limit = limit_text(&status, s->limit);
	/* while only silence is left the rate says nothing about the end */
	if (status.limit == ENGINE_SILENCE)
		out->eta = -1;
}

static struct engine_options engine_options_of(const struct scan_options *o)
{
	enum { ATTEMPTS_UNTIL_AGREED = 30 };

	return (struct engine_options){
		.parallel = (unsigned)o->parallel,
		.rate = (double)o->rate,
		.timeout = o->timeout,
		.delay = o->delay,
		.policy =
			{
				.attempts = o->retries == SCAN_RETRIES_UNSET
						    ? ATTEMPTS_UNTIL_AGREED
						    : (unsigned)o->retries + 1,
				.icmp_wait = o->icmp_wait,
			},
		.seed = o->ports.seed,
		.sequential = o->ports.sequential,
	};
}

/* Scan and banners share the files, half each. */
static int start_banners(struct scan *s, struct engine_options *options)
{
	unsigned half = limits_raise_files() / 2;
	struct scan_banners_options banners = {
		.numeric = s->options->common.numeric,
		.rate = options->rate,
		.spare_files = half,
	};

	if (options->parallel == 0 || options->parallel > half)
		options->parallel = half;
	s->banners = scan_banners_new(
		s->session.loop, s->session.out, s->report, &banners, on_written, s);
	return s->banners ? 0 : ERR_EMPTY;
}

static int start(struct scan *s)
{
	struct engine_options options = engine_options_of(s->options);
	struct engine_events events = {next_target, on_decided, on_done, on_idle, s};
	int err = session_start(&s->session);

	if (err == 0 && s->options->banner)
		err = start_banners(s, &options);
	if (err == 0)
		s->engine = engine_new(s->session.loop, &probe_tcp_connect, &options, &events);
	return err;
}

/* --- after the run
 * -------------------------------------------------------------------------------- */

static bool nothing_to_scan(const struct scan *s)
{
	return report_totals(s->report)->addresses == 0 && !s->session.unusable &&
	       !s->session.interrupted && !output_error(s->session.out);
}

static int exit_status_of(const struct scan *s)
{
	const struct report_totals *t = report_totals(s->report);

	if (nothing_to_scan(s) || s->session.interrupted || s->session.unusable || t->incomplete ||
		t->states[PORT_UNPROVED] || output_error(s->session.out))
		return EXIT_UNKNOWN;
	return t->states[PORT_OPEN] ? EXIT_YES : EXIT_NO;
}

static void say_limits(const struct engine_status *status)
{
	static const char *const causes[] = {
		[ENGINE_FILES] = "file limit",
		[ENGINE_PORTS] = "local ports",
		[ENGINE_PARALLEL] = "--parallel",
	};
	enum { SMALL = 512 };

	/* a socket that met its own SYN on an address of this machine is nobody's shortage */
	if (status->troubles && status->last_trouble != EADDRINUSE)
		log_warn("%" PRIu64
			 " probe%s could not be sent at first (last reason: %s), and tried again",
			status->troubles, status->troubles == 1 ? "" : "s",
			err_text(-status->last_trouble));
	if (status->sockets < SMALL && status->sockets_limit != ENGINE_PARALLEL)
		log_warn("no more than %u probes under way at once: %s", status->sockets,
			causes[status->sockets_limit]);
}

static void put_footer(struct scan *s)
{
	const struct report_totals *t = report_totals(s->report);
	struct strbuf line = {0};

	report_end(s->report);
	strbuf_printf(&line, "%" PRIu64 " address%s, %" PRIu64 " port%s in %.2f s: ", t->addresses,
		t->addresses == 1 ? "" : "es", t->ports, t->ports == 1 ? "" : "s",
		(double)(clock_now() - s->session.started) / NSEC_PER_SEC);
	if (s->session.interrupted)
		strbuf_puts(&line, "interrupted");
	else if (t->states[PORT_UNPROVED])
		strbuf_printf(&line, "%" PRIu64 " unproved", t->states[PORT_UNPROVED]);
	else if (s->session.unusable == 0)
		strbuf_puts(&line, "complete");
	if (s->session.unusable)
		strbuf_printf(&line, "%s%" PRIu64 " target%s could not be used",
			line.text[line.len - 1] == ' ' ? "" : ", ", s->session.unusable,
			s->session.unusable == 1 ? "" : "s");
	output_line(s->session.out, "%s", line.text);
	strbuf_release(&line);
}

static int finish(struct scan *s)
{
	struct engine_status status;

	engine_status(s->engine, &status);
	if (nothing_to_scan(s))
		log_error("nothing to scan: every target is left out, or the list is empty");
	session_quiet(&s->session);
	say_limits(&status);
	put_footer(s);
	return session_end(&s->session, exit_status_of(s));
}

static void release(struct scan *s)
{
	scan_banners_free(s->banners);
	if (s->engine)
		engine_free(s->engine);
	session_release(&s->session);
	report_free(s->report);
	ports_free(s->ports);
}

static int run(struct scan *s, const struct arguments *args)
{
	int err;

	if (port_options_parse(&s->options->ports, "scan", &s->session, args, &s->ports) ||
		open_report(s))
		return EXIT_UNKNOWN;
	/* lists and output are open: from here on nothing needs privilege */
	err = priv_drop();
	if (err == 0 && session_exclude_names(&s->session) != 0)
		return EXIT_UNKNOWN;
	if (err == 0)
		err = start(s);
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return EXIT_UNKNOWN;
	}
	session_run(&s->session, args);
	return finish(s);
}

static int scan_run(void *options, const struct arguments *args)
{
	const struct scan_options *o = options;
	struct scan s = {.options = o};
	int status;

	s.session = (struct session){
		.cmd = &command_scan,
		.common = &o->common,
		.stop = stop,
		.show = show,
		.gathers_rows = true,
		.user = &s,
	};
	common_log(&o->common, "netprobe scan");
	status = run(&s, args);
	release(&s);
	return status;
}

const struct command command_scan = {
	.name = "scan",
	.summary = "which TCP ports are open, closed or filtered, why, and who said so",
	.operands = "TARGET...",
	.about = "Says which TCP ports are open, closed, filtered or unreachable, why, and who\n"
		 "said so, by connecting to them; needs no privilege. A TARGET is a name, an\n"
		 "address, HOST:PORT, [V6]:PORT, a URL, CIDR, 10.0.0.1-50, - or @FILE for a list.\n"
		 "Exit status: 0 something is open, 1 nothing is open, 2 could not tell.",
	.groups = scan_groups,
	.group_count = SCAN_GROUP_COUNT,
	.examples = scan_examples,
	.options_size = sizeof(struct scan_options),
	.defaults = scan_defaults,
	.run = scan_run,
};
