/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/scan.h"

#include "scan_options.h"
#include "scan_report.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/event/loop.h"
#include "netprobe/net/feed.h"
#include "netprobe/net/ports.h"
#include "netprobe/net/resolve.h"
#include "netprobe/net/target.h"
#include "netprobe/output/output.h"
#include "netprobe/output/progress.h"
#include "netprobe/priv/priv.h"
#include "netprobe/probe/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>

enum { FLAT_PORTS = 3 }; /* up to so many ports on many addresses make one table */

#define TABLE_DELAY (500 * NSEC_PER_MSEC)

/* One run, from the options to the exit status. */
struct scan {
	const struct scan_options *options;
	struct ports *ports;
	struct targets *targets;
	struct feed *feed;
	struct watch feed_watch;
	struct loop *loop;
	struct engine *engine;
	struct output *out;
	struct report *report;
	struct progress *progress;
	struct timer flush, tick;
	nsec_t started, rate_since;
	uint64_t rate_from;
	double rate;
	uint64_t unusable; /* targets */
	bool interrupted;
};

/* --- before the run: everything that can be wrong with what was asked
 * ----------------------------- */

static int parse_ports(struct scan *s)
{
	const struct scan_options *o = s->options;
	struct strbuf bad = {0};
	struct ports *gone = NULL;
	int err = ports_parse(o->ports, IPPROTO_TCP, &s->ports, &bad);

	if (err == 0 && o->exclude_ports)
		err = ports_parse(o->exclude_ports, IPPROTO_TCP, &gone, &bad);
	if (err)
		usage_error(&command_scan, "%s: '%s': %s", s->ports ? o->exclude_ports : o->ports,
			bad.text ? bad.text : "", err_text(err));
	else if (gone)
		ports_remove(s->ports, gone);
	if (!err && ports_count(s->ports) == 0)
		err = usage_error(&command_scan, "--exclude-ports leaves no port to scan");
	ports_free(gone);
	strbuf_release(&bad);
	return err;
}

static void exclude_name(const char *name, void *user)
{
	struct scan *s = user;
	struct resolution r;

	resolve_now(name, 0, &r);
	for (size_t i = 0; i < r.count; i++)
		targets_exclude_addr(s->targets, &r.addrs[i]);
	if (r.status != 0) {
		log_error("--exclude %s: %s", name, r.why);
		s->unusable++;
	}
	resolution_release(&r);
}

static int parse_exclusions(struct scan *s)
{
	const struct option_list *list = &s->options->exclude;

	for (size_t i = 0; i < list->count; i++) {
		struct strbuf bad = {0};
		int err = targets_exclude(s->targets, list->values[i], &bad);

		if (err)
			usage_error(&command_scan, "--exclude %s: %s",
				bad.len ? bad.text : list->values[i], err_text(err));
		strbuf_release(&bad);
		if (err)
			return err;
	}
	if (!s->options->common.numeric)
		targets_excluded_names(s->targets, exclude_name, s);
	/* scanning what was to be left out would be worse than not scanning */
	return s->unusable ? ERR_NAME : 0;
}

static int parse_targets(struct scan *s, int count, char **specs)
{
	struct target_options options = {
		.family = s->options->common.family,
		.sequential = s->options->sequential,
		.seed = s->options->seed,
	};

	if (count == 0)
		return usage_error(&command_scan, "no target given");
	s->targets = targets_new(&options);
	for (int i = 0; i < count; i++) {
		int err = targets_add(s->targets, specs[i]);

		if (err)
			return usage_error(&command_scan, "%s: %s", specs[i], err_text(err));
	}
	return parse_exclusions(s);
}

static int open_report(struct scan *s)
{
	const struct scan_options *o = s->options;
	struct output_options destination = {
		.format = (enum output_format)o->common.format,
		.color = (enum output_color)o->common.color,
		.path = o->common.output,
	};
	struct report_options report = {.layout = REPORT_BLOCKS};
	bool exact;

	if (o->show && report_parse_states(o->show, &report.states) != 0)
		return usage_error(&command_scan,
			"--show %s: states are open, closed, filtered, unreachable, unproved or "
			"all",
			o->show);
	report.many = o->all_addresses || targets_count(s->targets, &exact) > 1 || !exact;
	if (report.many && ports_count(s->ports) <= FLAT_PORTS)
		report.layout = REPORT_FLAT;
	s->out = output_open(&destination);
	if (!s->out) {
		log_error("%s: %s", o->common.output ? o->common.output : "standard output",
			strerror(errno));
		return -errno;
	}
	s->report = report_new(s->out, &report);
	return 0;
}

/* --- the run
 * -------------------------------------------------------------------------------------- */

static int next_target(void *user, struct engine_target *out)
{
	struct scan *s = user;

	for (;;) {
		struct strbuf why = {0};
		struct feed_item item;
		int got = feed_next(s->feed, &item, &why);

		if (got == 1)
			*out = (struct engine_target){item.host, item.addr, s->ports};
		if (got < 0 && got != -EAGAIN) {
			log_error("%s", why.text ? why.text : err_text(got));
			s->unusable++;
		}
		strbuf_release(&why);
		if (got >= 0 || got == -EAGAIN)
			return got;
	}
}

static void arm_flush(struct scan *s)
{
	nsec_t due = output_due(s->out);

	if (timer_is_set(&s->flush))
		return;
	/* rows wait for others to share their widths with, but not for long */
	if (output_is_table(s->out))
		due = clock_now() + TABLE_DELAY;
	if (due != NSEC_NEVER)
		timers_set(loop_timers(s->loop), &s->flush, due);
}

/* Output that cannot be written makes all further work pointless. */
static void check_output(struct scan *s)
{
	if (output_error(s->out))
		engine_stop(s->engine);
	else
		arm_flush(s);
}

static void on_decided(void *user, const struct host *h, uint32_t cell)
{
	struct scan *s = user;

	report_port(s->report, h, cell);
	check_output(s);
}

static void on_done(void *user, const struct host *h, bool complete)
{
	struct scan *s = user;

	report_host(s->report, h, complete);
	if (complete)
		check_output(s);
}

static void flush_due(struct timer *timer, nsec_t now)
{
	struct scan *s = container_of(timer, struct scan, flush);

	(void)now;
	output_flush(s->out);
	check_output(s);
}

/* The loop's send part runs after each turn and asks the feed again: being woken is all that is
 * needed. */
static void feed_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	(void)watch;
	(void)events;
	(void)now;
}

static void on_signal(int signo, void *user)
{
	struct scan *s = user;

	/* the next one ends the program at once */
	loop_default_signal(s->loop, signo);
	s->interrupted = true;
	engine_stop(s->engine);
}

static const char *limit_text(
	const struct engine_status *status, char out[static ADDR_TEXT_MAX + 16])
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
		snprintf(out, ADDR_TEXT_MAX + 16, "ICMP limit of %s",
			addr_text(&status->limiter, limiter));
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

/* Over the last seconds, so that a change shows. */
static void measure_rate(struct scan *s, uint64_t decided, nsec_t now)
{
	double span = (double)(now - s->rate_since) / NSEC_PER_SEC;

	if (span < 1)
		return;
	s->rate = (double)(decided - s->rate_from) / span;
	s->rate_from = decided;
	s->rate_since = now;
}

static void show_progress(struct timer *timer, nsec_t now)
{
	struct scan *s = container_of(timer, struct scan, tick);
	struct progress_state state = {.unit = "ports", .eta = -1};
	struct engine_status status;
	char limit[ADDR_TEXT_MAX + 16];
	bool exact;
	u128 total = targets_count(s->targets, &exact) * ports_count(s->ports);

	engine_status(s->engine, &status);
	measure_rate(s, status.decided, now);
	state.done = status.decided;
	state.total = exact && total < UINT64_MAX ? (uint64_t)total : 0;
	state.rate = s->rate;
	state.limit = limit_text(&status, limit);
	/* while only silence is left the rate says nothing about the end */
	if (state.total > state.done && s->rate > 0 && status.limit != ENGINE_SILENCE)
		state.eta = (nsec_t)((double)(state.total - state.done) / s->rate * NSEC_PER_SEC);
	progress_show(s->progress, &state, now);
	if (progress_due(s->progress) != NSEC_NEVER)
		timers_set(loop_timers(s->loop), timer, progress_due(s->progress));
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
		.seed = o->seed,
		.sequential = o->sequential,
	};
}

static int start(struct scan *s)
{
	struct feed_options feed = {
		s->options->common.family, s->options->all_addresses, s->options->common.numeric};
	struct engine_options options = engine_options_of(s->options);
	struct engine_events events = {next_target, on_decided, on_done, s};

	s->loop = loop_new();
	s->feed = s->loop ? feed_new(s->targets, &feed) : NULL;
	if (!s->feed)
		return -errno;
	s->engine = engine_new(s->loop, &probe_tcp_connect, &options, &events);
	s->feed_watch.ready = feed_ready;
	s->flush.expired = flush_due;
	s->tick.expired = show_progress;
	s->started = s->rate_since = clock_now();
	s->progress = progress_new(!s->options->common.quiet, s->started);
	output_progress(s->out, s->progress);
	if (progress_due(s->progress) != NSEC_NEVER)
		timers_set(loop_timers(s->loop), &s->tick, progress_due(s->progress));
	loop_watch(s->loop, feed_fd(s->feed), LOOP_IN, &s->feed_watch);
	loop_catch_signal(s->loop, SIGTERM, on_signal, s);
	return loop_catch_signal(s->loop, SIGINT, on_signal, s);
}

/* --- after the run
 * -------------------------------------------------------------------------------- */

static bool nothing_to_scan(const struct scan *s)
{
	return report_totals(s->report)->addresses == 0 && !s->unusable && !s->interrupted &&
	       !output_error(s->out);
}

static int exit_status_of(const struct scan *s)
{
	const struct report_totals *t = report_totals(s->report);

	if (nothing_to_scan(s) || s->interrupted || s->unusable || t->incomplete ||
		t->states[PORT_UNPROVED] || output_error(s->out))
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
		(double)(clock_now() - s->started) / NSEC_PER_SEC);
	if (s->interrupted)
		strbuf_puts(&line, "interrupted");
	else if (t->states[PORT_UNPROVED])
		strbuf_printf(&line, "%" PRIu64 " unproved", t->states[PORT_UNPROVED]);
	else if (s->unusable == 0)
		strbuf_puts(&line, "complete");
	if (s->unusable)
		strbuf_printf(&line, "%s%" PRIu64 " target%s could not be used",
			line.text[line.len - 1] == ' ' ? "" : ", ", s->unusable,
			s->unusable == 1 ? "" : "s");
	output_line(s->out, "%s", line.text);
	strbuf_release(&line);
}

/* The last write can fail, too. */
static int close_output(struct scan *s, int status)
{
	const char *path = s->options->common.output;
	int err = output_end(s->out, status);

	s->out = NULL;
	if (err == 0)
		return status;
	log_error("%s: %s", path ? path : "standard output", err_text(err));
	return EXIT_UNKNOWN;
}

static int finish(struct scan *s)
{
	struct engine_status status;

	engine_status(s->engine, &status);
	if (nothing_to_scan(s))
		log_error("nothing to scan: every target is left out, or the list is empty");
	output_progress(s->out, NULL);
	progress_free(s->progress);
	s->progress = NULL;
	say_limits(&status);
	put_footer(s);
	return close_output(s, exit_status_of(s));
}

static void release(struct scan *s)
{
	progress_free(s->progress);
	if (s->engine)
		engine_free(s->engine);
	feed_free(s->feed);
	loop_free(s->loop);
	report_free(s->report);
	targets_free(s->targets);
	ports_free(s->ports);
}

static int run(struct scan *s, const struct arguments *args)
{
	struct run_info info = {"scan", NETPROBE_VERSION, args->typed, args->typed_count};
	int err;

	if (parse_ports(s) || parse_targets(s, args->operand_count, args->operands) ||
		open_report(s))
		return EXIT_UNKNOWN;
	/* lists and output are open: from here on nothing needs privilege */
	err = priv_drop();
	if (err == 0)
		err = start(s);
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return EXIT_UNKNOWN;
	}
	output_begin(s->out, &info);
	err = loop_run(s->loop);
	if (err) {
		log_error("event loop: %s", err_text(err));
		s->interrupted = true;
	}
	return finish(s);
}

static int scan_run(void *options, const struct arguments *args)
{
	struct scan s = {.options = options};
	int status;

	common_log(&s.options->common, "netprobe scan");
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
