/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/banner.h"

#include "banner_dialogue.h"
#include "banner_options.h"
#include "banner_report.h"
#include "port_options.h"
#include "session.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/net/ports.h"
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <inttypes.h>

/* One run, from the options to the exit status. */
struct banner {
	const struct banner_options *options;
	struct session session;
	struct ports *ports;
	struct grabber *grabber;
	struct banner_report *report;

	struct feed_item item; /* the address whose ports are handed out */
	uint32_t next_port;    /* of it; as many as there are: another address is due */
	uint64_t ordered;
	bool own_ports; /* of some targets: how many sessions there will be is not known */
	bool all_ordered, stopped;
};

/* --- before the run: everything that can be wrong with what was asked ---------------------------
 */

static int check_options(const struct banner *b)
{
	struct strbuf why = {0};
	int err = banner_options_check(b->options, &why);

	if (err)
		usage_error(&command_banner, "%s", why.text);
	strbuf_release(&why);
	return err;
}

static int open_report(struct banner *b)
{
	int err = session_output(&b->session);

	if (err)
		return err;
	b->report = banner_report_new(b->session.out);
	if (b->options->long_blocks)
		banner_report_layout(b->report, BANNER_BLOCKS);
	return 0;
}

/* --- the run ------------------------------------------------------------------------------------
 */

static uint32_t ports_of_item(const struct banner *b)
{
	return b->item.addr.port ? 1 : ports_count(b->ports);
}

/* The only session of the run has room for all that is known. */
static void choose_layout(struct banner *b)
{
	bool exact;

	if (targets_count(b->session.targets, &exact) == 1 && exact &&
		!b->options->common.all_addresses && ports_of_item(b) == 1)
		banner_report_layout(b->report, BANNER_BLOCKS);
}

static int next_address(struct banner *b)
{
	struct feed_item item;
	int got = session_next(&b->session, &item);

	b->all_ordered = got == 0;
	if (got != 1)
		return got;
	b->item = item;
	if (b->ordered == 0)
		choose_layout(b);
	b->own_ports |= b->item.addr.port != 0;
	b->next_port = 0;
	return 1;
}

/* Port by port of an address, address by address. */
static int next_order(void *user, struct grab_order *out)
{
	struct banner *b = user;
	const struct feed_item *item = &b->item;

	if (!item->host || b->next_port == ports_of_item(b)) {
		int got = next_address(b);

		if (got != 1)
			return got;
	}
	*out = (struct grab_order){
		.host = item->host,
		.addr = item->addr,
		.scheme = item->scheme,
		.path = item->path,
		.resolve = item->lookup,
	};
	if (!item->addr.port)
		out->addr.port = ports_at(b->ports, b->next_port);
	b->next_port++;
	b->ordered++;
	return 1;
}

static void on_done(void *user, const struct grab *g)
{
	struct banner *b = user;

	banner_report_grab(b->report, g);
	session_written(&b->session);
}

static void on_said(void *user, const struct grab *g, enum grab_voice voice, const char *line,
	size_t len, nsec_t at)
{
	struct strbuf text = {0};

	(void)user;
	dialogue_line(&text, &g->addr, voice, line, len, at);
	log_bytes(LOG_INFO, text.text, text.len);
	strbuf_release(&text);
}

/* A redirect may lead there. */
static bool is_excluded(void *user, const struct addr *addr)
{
	const struct banner *b = user;

	return targets_excluded(b->session.targets, addr);
}

static void on_idle(void *user)
{
	struct banner *b = user;

	loop_stop(b->session.loop);
}

static void stop(void *user)
{
	struct banner *b = user;

	if (b->stopped)
		return;
	b->stopped = true;
	grabber_stop(b->grabber);
	loop_stop(b->session.loop);
}

static const char *limit_text(const struct grabber_status *status)
{
	switch (status->limit) {
	case GRABBER_FILES:
		return "file limit";
	case GRABBER_PORTS:
		return "local ports";
	case GRABBER_PARALLEL:
		return "--parallel";
	case GRABBER_RATE:
		return "--rate";
	case GRABBER_WINDOW:
		return "congestion window";
	case GRABBER_TLS:
		return "TLS handshakes";
	case GRABBER_NAMES:
		return "name server";
	case GRABBER_WAITING:
		return "waiting for answers";
	case GRABBER_LOCAL:
		return err_text(-status->last_trouble);
	case GRABBER_UNLIMITED:
		break;
	}
	return NULL;
}

static void show(void *user, struct progress_state *out, nsec_t now)
{
	struct banner *b = user;
	struct grabber_status status;
	bool exact;
	u128 total = targets_count(b->session.targets, &exact) * ports_count(b->ports);

	(void)now;
	grabber_status(b->grabber, &status);
	out->unit = "sessions";
	out->done = status.done;
	if (b->all_ordered)
		out->total = b->ordered;
	else if (exact && !b->own_ports && total < UINT64_MAX)
		out->total = (uint64_t)total;
	out->limit = limit_text(&status);
	/* while only silence is left the rate says nothing about the end */
	if (status.limit == GRABBER_WAITING)
		out->eta = -1;
}

static struct grabber_options grabber_options_of(const struct banner_options *o)
{
	struct grabber_options options;

	grabber_defaults(&options);
	options.proto = banner_proto(o);
	options.tls = o->tls;
	options.no_tls = o->no_tls;
	options.get = o->get;
	options.follow = o->follow;
	if (o->max_redirects != BANNER_REDIRECTS_UNSET)
		options.redirects = (unsigned)o->max_redirects;
	options.numeric = o->common.numeric;
	options.family = o->common.family;
	options.name = o->name;
	options.ca_file = o->ca;
	options.connect_timeout = o->connect_timeout;
	options.timeout = o->timeout;
	options.listen = o->listen;
	options.deadline = o->deadline;
	options.max_bytes = o->max_bytes;
	options.max_lines = o->max_lines;
	options.parallel = (unsigned)o->parallel;
	options.rate = (double)o->rate;
	options.dialogue = log_shows(LOG_INFO);
	return options;
}

static int start(struct banner *b)
{
	struct grabber_options options = grabber_options_of(b->options);
	struct grabber_events events = {
		.next = next_order,
		.done = on_done,
		.said = on_said,
		.excluded = is_excluded,
		.idle = on_idle,
		.user = b,
	};
	struct strbuf why = {0};
	int err = session_start(&b->session);

	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	b->grabber = grabber_new(b->session.loop, &options, &events, &why);
	if (!b->grabber) {
		log_error("%s", why.text ? why.text : "cannot start");
		err = ERR_EMPTY;
	}
	strbuf_release(&why);
	return err;
}

/* --- after the run ------------------------------------------------------------------------------
 */

static bool nothing_to_ask(const struct banner *b)
{
	return b->ordered == 0 && !b->session.unusable && !b->session.interrupted &&
	       !output_error(b->session.out);
}

static int exit_status_of(const struct banner *b)
{
	const struct banner_totals *t = banner_report_totals(b->report);

	if (nothing_to_ask(b) || b->session.interrupted || b->session.unusable || t->not_asked ||
		t->sessions < b->ordered || output_error(b->session.out))
		return EXIT_UNKNOWN;
	return t->states[GRAB_OK] ? EXIT_YES : EXIT_NO;
}

static void say_limits(const struct grabber_status *status)
{
	if (status->troubles)
		log_warn("%" PRIu64
			 " connection%s could not be begun at first (last reason: %s), and tried "
			 "again",
			status->troubles, status->troubles == 1 ? "" : "s",
			err_text(-status->last_trouble));
}

static void put_footer(struct banner *b)
{
	const struct banner_totals *t = banner_report_totals(b->report);
	struct strbuf line = {0};

	output_flush(b->session.out);
	strbuf_printf(&line, "%" PRIu64 " session%s in %.2f s", t->sessions,
		t->sessions == 1 ? "" : "s",
		(double)(clock_now() - b->session.started) / NSEC_PER_SEC);
	banner_report_counts(b->report, &line);
	if (b->session.interrupted)
		strbuf_puts(&line, ", interrupted");
	if (b->session.unusable)
		strbuf_printf(&line, ", %" PRIu64 " target%s could not be used",
			b->session.unusable, b->session.unusable == 1 ? "" : "s");
	output_line(b->session.out, "%s", line.text);
	strbuf_release(&line);
}

static int finish(struct banner *b)
{
	struct grabber_status status;

	grabber_status(b->grabber, &status);
	if (nothing_to_ask(b))
		log_error("nothing to ask: every target is left out, or the list is empty");
	session_quiet(&b->session);
	say_limits(&status);
	put_footer(b);
	return session_end(&b->session, exit_status_of(b));
}

static void release(struct banner *b)
{
	if (b->grabber)
		grabber_free(b->grabber);
	session_release(&b->session);
	banner_report_free(b->report);
	ports_free(b->ports);
}

static int run(struct banner *b, const struct arguments *args)
{
	int err;

	if (check_options(b) ||
		port_options_parse(&b->options->ports, "ask", &b->session, args, &b->ports) ||
		open_report(b))
		return EXIT_UNKNOWN;
	/* lists and output are open: from here on nothing needs privilege */
	err = priv_drop();
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return EXIT_UNKNOWN;
	}
	if (session_exclude_names(&b->session) != 0 || start(b) != 0)
		return EXIT_UNKNOWN;
	session_run(&b->session, args);
	return finish(b);
}

static int banner_run(void *options, const struct arguments *args)
{
	struct banner b = {.options = options};
	int status;

	b.session = (struct session){
		.cmd = &command_banner,
		.common = &b.options->common,
		.stop = stop,
		.show = show,
		.gathers_rows = true,
		.user = &b,
	};
	common_log(&b.options->common, "netprobe banner");
	status = run(&b, args);
	release(&b);
	return status;
}

const struct command command_banner = {
	.name = "banner",
	.summary = "what speaks on a port: its protocol, what it says of itself, its certificate",
	.operands = "TARGET...",
	.about = "Connects to ports and says what speaks there: protocol, software, what is\n"
		 "offered, TLS and its certificate, and how long each step took. The protocol\n"
		 "follows from the URL's scheme, from --proto or from the port; else a server\n"
		 "that speaks first is known by its words, and one that stays silent is offered\n"
		 "TLS, then HTTP. A TARGET is a name, an address, HOST:PORT, [V6]:PORT, a URL,\n"
		 "CIDR, 10.0.0.1-50, - or @FILE for a list.\n"
		 "Exit status: 0 something answered, 1 nothing did, 2 could not tell.",
	.groups = banner_groups,
	.group_count = BANNER_GROUP_COUNT,
	.examples = banner_examples,
	.options_size = sizeof(struct banner_options),
	.defaults = banner_defaults,
	.run = banner_run,
};
