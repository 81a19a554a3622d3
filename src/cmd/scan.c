/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/scan.h"

#include "port_options.h"
#include "scan_beside.h"
#include "scan_controls.h"
#include "scan_engine.h"
#include "scan_expect.h"
#include "scan_limit.h"
#include "scan_next.h"
#include "scan_options.h"
#include "scan_report.h"
#include "scan_resume.h"
#include "session.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/net/ports.h"
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <inttypes.h>

enum {
	BESIDE_MAX = 4096, /* asked beside the scan, before another address is begun */
	FLAT_PORTS = 3,    /* up to so many ports on many addresses make one table */
};

/* One run, from the options to the exit status. */
struct scan {
	struct scan_options *options;
	struct session session;
	struct scan_next next;
	struct ports *ports;
	struct ports *controls; /* that may be asked beside them */
	struct scan_engine *engine;
	struct report *report;
	struct scan_beside *beside;
	struct scan_resume *resume; /* NULL: not wanted */
	struct scan_expect *expect;
	bool stopped;
	char limit[LIMIT_MAX];
};

/* --- before the run: everything that can be wrong with what was asked
 * ----------------------------- */

static int open_expect(struct scan *s, const struct arguments *args)
{
	struct scan_options *o = s->options;
	const char *beside = o->banner         ? "banner"
			     : o->require_data ? "require-data"
			     : o->where        ? "where"
			     : o->show.text    ? "show"
					       : NULL;

	if (!o->expect)
		return 0;
	if (beside)
		return usage_error(&command_scan,
			"--expect shows what differs, --%s has no part in it", beside);
	if (session_empties(&s->session, o->expect))
		return usage_error(&command_scan,
			"--expect and --output are the same file, which would be emptied: %s",
			o->common.output);
	s->expect = scan_expect_open(o->expect, s->next.proto);
	if (!s->expect)
		return ERR_FILE;
	s->session.targets_optional = true;
	if (scan_expect_check(s->expect, args->operand_count > 0) != 0)
		return ERR_FILE;
	if (args->operand_count > 0)
		return 0;
	s->next.expect = s->expect;
	o->ports.standard = "-";
	return 0;
}

static int open_report(struct scan *s)
{
	const struct scan_options *o = s->options;
	struct report_options report = {
		.layout = REPORT_BLOCKS,
		.protocol = scan_protocol(o),
		.silent = s->expect != NULL,
	};
	bool exact;
	int err;

	if (o->show.text && report_parse_states(o->show.text, &report.states) != 0)
		return usage_error(&command_scan, "--show %s: states are " REPORT_STATES_TEXT,
			*o->show.text ? o->show.text : "''");
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

	/* an address stays until all that was asked of it is answered: not too many of them */
	if (scan_beside_waiting(s->beside) > BESIDE_MAX)
		return -EAGAIN;
	return scan_next(&s->next, out);
}

static void on_admitted(void *user, struct host *h)
{
	struct scan *s = user;

	if (!s->resume || h->control)
		return;
	scan_resume_admit(s->resume, h, s->next.proto, s->report);
	scan_beside_known(s->beside, h);
	for (uint32_t i = 0; s->options->banner && i < h->count; i++)
		if (scan_resume_lacks_banner(s->resume, h, i))
			scan_beside_again(s->beside, h, i);
}

static void on_decided(void *user, struct host *h, uint32_t cell)
{
	struct scan *s = user;

	scan_beside_decided(s->beside, h, cell);
	if (s->expect && !h->control)
		scan_expect_decided(s->expect, s->session.out, h, cell);
	session_written(&s->session);
}

static bool on_done(void *user, struct host *h, bool complete)
{
	struct scan *s = user;
	bool kept;

	if (s->expect && !h->control)
		scan_expect_done(s->expect, s->session.out, h);
	kept = scan_beside_done(s->beside, h, complete);
	if (complete)
		session_written(&s->session);
	return kept;
}

static void on_idle(void *user)
{
	struct scan *s = user;

	if (scan_beside_waiting(s->beside) == 0)
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
	scan_beside_stop(s->beside);
	scan_engine_stop(s->engine);
}

/* Ports of addresses that nobody has begun with. */
static uint64_t waiting_ports(
	const struct scan *s, const struct engine_status *status, uint64_t total)
{
	uint64_t begun = status->taken + (s->resume ? scan_resume_passed(s->resume) : 0);

	return total > begun ? total - begun : 0;
}

static void show(void *user, struct progress_state *out, nsec_t now)
{
	struct scan *s = user;
	struct engine_status status;

	(void)now;
	scan_engine_status(s->engine, &status);
	out->unit = "ports";
	out->done = status.decided;
	if (s->resume) {
		out->done += scan_resume_passed(s->resume);
		out->known = scan_resume_ports(s->resume);
	}
	out->total = scan_next_total(&s->next);
	out->limit = limit_text(&status, s->limit);
	/* while only silence is left the rate says nothing about the end */
	if (status.limit == ENGINE_SILENCE)
		out->eta = -1;
	if (status.left)
		out->eta = limit_left(&status, waiting_ports(s, &status, out->total));
	limit_locating(out, scan_beside_locating(s->beside), s->limit);
}

static void on_ask(void *user, const struct engine_target *target)
{
	struct scan *s = user;

	scan_engine_add(s->engine, target);
}

static int start(struct scan *s)
{
	const struct engine_events events = {
		.next = next_target,
		.admitted = on_admitted,
		.decided = on_decided,
		.done = on_done,
		.idle = on_idle,
		.user = s,
	};
	struct scan_beside_setup setup = {.report = s->report,
		.options = s->options,
		.controls = s->controls,
		.ask = on_ask,
		.written = on_written,
		.user = s};
	int err = session_start(&s->session);

	if (err)
		return err;
	setup.loop = s->session.loop;
	setup.out = s->session.out;
	s->beside = scan_beside_new(&setup);
	if (!s->beside)
		return ERR_EMPTY;
	s->engine = scan_engine_new(
		s->session.loop, s->options, scan_beside_files(s->options), s->controls, &events);
	return s->engine ? 0 : -errno;
}

/* --- after the run
 * -------------------------------------------------------------------------------- */

static bool nothing_to_scan(const struct scan *s)
{
	return report_totals(s->report)->addresses == 0 && !s->next.passed &&
	       !s->session.unusable && !s->session.interrupted && !output_error(s->session.out);
}

static int exit_status_of(const struct scan *s)
{
	const struct report_totals *t = report_totals(s->report);

	if (nothing_to_scan(s) || output_error(s->session.out))
		return EXIT_UNKNOWN;
	if (s->expect)
		return scan_expect_status(s->expect,
			!s->session.unusable && !s->session.interrupted && !t->incomplete);
	if (s->session.unusable || s->session.interrupted || t->incomplete ||
		t->states[PORT_UNPROVED])
		return EXIT_UNKNOWN;
	return t->states[PORT_OPEN] ? EXIT_YES : EXIT_NO;
}

static void add_outcome(const struct scan *s, struct strbuf *line)
{
	const struct report_totals *t = report_totals(s->report);

	strbuf_printf(line, "%" PRIu64 " address%s, %" PRIu64 " port%s in %.2f s: ", t->addresses,
		t->addresses == 1 ? "" : "es", t->ports, t->ports == 1 ? "" : "s",
		(double)(clock_now() - s->session.started) / NSEC_PER_SEC);
	if (s->session.interrupted)
		strbuf_puts(line, "interrupted");
	else if (t->states[PORT_UNPROVED])
		strbuf_printf(line, "%" PRIu64 " unproved", t->states[PORT_UNPROVED]);
	else if (s->session.unusable == 0)
		strbuf_puts(line,
			t->ports == 0 && s->options->shard ? "complete, empty part" : "complete");
}

static void put_footer(struct scan *s)
{
	struct strbuf line = {0};

	report_end(s->report);
	if (s->expect)
		scan_expect_footer(s->expect, s->session.interrupted, &line);
	else
		add_outcome(s, &line);
	if (s->session.unusable)
		strbuf_printf(&line, "%s%" PRIu64 " target%s could not be used",
			line.text[line.len - 1] == ' ' ? "" : ", ", s->session.unusable,
			s->session.unusable == 1 ? "" : "s");
	output_line(s->session.out, "%s", line.text);
	strbuf_release(&line);
}

static int finish(struct scan *s)
{
	struct engine_status engine;
	bool idle = s->resume && s->next.given == 0;
	int status;

	scan_engine_status(s->engine, &engine);
	if (nothing_to_scan(s))
		log_error("nothing to scan: every target is left out, or the list is empty");
	else if (idle && !s->session.unusable && !s->session.interrupted)
		log_warn("%s: nothing was left to do", s->options->common.output);
	session_quiet(&s->session);
	limit_say(&engine);
	put_footer(s);
	status = exit_status_of(s);
	/* another run and the same end would tell nothing */
	if (idle && scan_resume_ended(s->resume, status))
		output_withdraw(s->session.out);
	return session_end(&s->session, status);
}

static void release(struct scan *s)
{
	scan_beside_free(s->beside);
	scan_engine_free(s->engine);
	session_release(&s->session);
	report_free(s->report);
	ports_free(s->ports);
	ports_free(s->controls);
	scan_expect_free(s->expect);
	scan_resume_free(s->resume);
}

static int run(struct scan *s, const struct arguments *args)
{
	int err = scan_options_check(s->options);

	if (err || scan_next_shard(&s->next, s->options) || open_expect(s, args) ||
		port_options_parse(&s->options->ports, "scan", &s->session, args, &s->ports) ||
		open_report(s))
		return EXIT_UNKNOWN;
	s->controls = scan_controls(s->ports, s->options->ports.excluded.text, s->next.proto);
	s->next.ports = s->ports;
	s->next.report = s->report;
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

static void prepare(struct scan *s, struct scan_options *o)
{
	s->options = o;
	o->ports.proto = scan_protocol(o);
	s->session = (struct session){
		.cmd = &command_scan,
		.common = &o->common,
		.run = {.seed = &o->ports.seed, .resumed = s->resume != NULL},
		.keep = s->resume ? scan_resume_keep(s->resume) : 0,
		.held = s->resume != NULL,
		.stop = stop,
		.show = show,
		.gathers_rows = true,
		.user = s,
	};
	s->next = (struct scan_next){
		.session = &s->session, .proto = scan_protocol(o), .resume = s->resume};
	common_log(&o->common, "netprobe scan");
}

static int scan_run(void *options, const struct arguments *given)
{
	struct scan_options *o = options;
	struct arguments args = *given;
	struct scan s = {0};
	int status;

	common_log(&o->common, "netprobe scan");
	if (o->resume) {
		s.resume = scan_resume_open(o, given, &status);
		if (!s.resume)
			return status;
		o = scan_resume_options(s.resume);
		args = scan_resume_arguments(s.resume, given);
	}
	if (o->common.format == SCAN_FORMAT_UNSET)
		o->common.format = OUTPUT_TABLE;
	prepare(&s, o);
	status = run(&s, &args);
	release(&s);
	return status;
}

const struct command command_scan = {
	.name = "scan",
	.summary = "which TCP or UDP ports are open, closed or filtered, why, and who said so",
	.operands = "TARGET...",
	.about = "Says which ports are open, closed, filtered or unreachable, why, and who said\n"
		 "so, by connecting to them, or with --udp by asking what their services answer;\n"
		 "needs no privilege. A TARGET is a name, an address, HOST:PORT, [V6]:PORT, a\n"
		 "URL, CIDR, 10.0.0.1-50, - or @FILE for a list.\n"
		 "Exit status: 0 something is open, 1 nothing is open, 2 could not tell; with\n"
		 "--expect 0 all is as expected, 1 something differs.",
	.groups = scan_groups,
	.group_count = SCAN_GROUP_COUNT,
	.examples = scan_examples,
	.options_size = sizeof(struct scan_options),
	.defaults = scan_defaults,
	.run = scan_run,
};
