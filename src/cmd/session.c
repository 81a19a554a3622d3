/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "netprobe/base/ending.h"
#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/net/resolve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what was asked -----------------------------------------------------------------------------
 */

/* How a message names what was given as an argument. */
static const char *said(const char *given)
{
	return *given ? given : "''";
}

static bool is_stdin(const char *spec)
{
	return strcmp(spec, "-") == 0 || strcmp(spec, "@-") == 0;
}

bool session_empties(const struct session *s, const char *path)
{
	const char *output = s->common->output;
	struct stat a, b;
	int err;

	if (!output || strcmp(output, "-") == 0)
		return false;
	err = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &a) : stat(path, &a);
	return err == 0 && stat(output, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* `option` is "" for an operand. */
static int check_list(const struct session *s, const char *option, const char *spec)
{
	bool bare = strcmp(spec, "-") == 0;

	if ((!bare && spec[0] != '@') || !session_empties(s, bare ? spec : spec + 1))
		return 0;
	return usage_error(s->cmd,
		"%s%s and --output are the same file, which would be emptied: %s", option, spec,
		s->common->output);
}

static void exclude_name(const char *name, void *user)
{
	struct session *s = user;
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

static int parse_exclusions(struct session *s)
{
	const struct option_list *list = &s->common->exclude;

	for (size_t i = 0; i < list->count; i++) {
		struct strbuf bad = {0};
		int err = check_list(s, "--exclude ", list->values[i]);

		if (err)
			return err;
		err = targets_exclude(s->targets, list->values[i], &bad);

		if (err)
			usage_error(s->cmd, "--exclude %s: %s",
				bad.len ? bad.text : said(list->values[i]), err_text(err));
		strbuf_release(&bad);
		if (err)
			return err;
	}
	return 0;
}

int session_exclude_names(struct session *s)
{
	if (!s->common->numeric)
		targets_excluded_names(s->targets, exclude_name, s);
	/* asking what was to be left out would be worse than asking nobody */
	return s->unusable ? ERR_NAME : 0;
}

int session_targets(
	struct session *s, const struct target_options *options, const struct arguments *args)
{
	if (args->operand_count == 0 && !s->targets_optional)
		return usage_error(s->cmd, "no target given");
	s->targets = targets_new(options);
	for (int i = 0; i < args->operand_count; i++) {
		const char *spec = args->operands[i];
		int err = check_list(s, "", spec);

		if (err)
			return err;
		err = targets_add(s->targets, spec);
		if (err)
			return usage_error(s->cmd, "%s: %s",
				err == -EBADF && is_stdin(spec) ? "standard input" : said(spec),
				err_text(err));
	}
	return parse_exclusions(s);
}

/* --- results ------------------------------------------------------------------------------------
 */

/* NULL: standard output. */
static const char *output_path(const struct session *s)
{
	const char *path = s->common->output;

	return path && strcmp(path, "-") == 0 ? NULL : path;
}

static void say_output_error(const struct session *s, int err)
{
	const char *path = output_path(s);

	log_error("%s: %s", path ? path : "standard output", err_text(err));
}

int session_output(struct session *s)
{
	struct output_options options = {
		.format = (enum output_format)s->common->format,
		.color = (enum output_color)s->common->color,
		.path = output_path(s),
		.keep = s->keep,
		.held = s->held,
	};
	int err;

	s->out = output_open(&options);
	if (s->out)
		return 0;
	err = -errno;
	say_output_error(s, err);
	return err;
}

static void arm_flush(struct session *s)
{
	nsec_t due = output_due(s->out);

	if (timer_is_set(&s->flush))
		return;
	if (s->gathers_rows && output_is_table(s->out))
		due = clock_now() + SESSION_TABLE_DELAY;
	if (due != NSEC_NEVER)
		timers_set(loop_timers(s->loop), &s->flush, due);
}

/* Output that cannot be written makes all further work pointless. */
void session_written(struct session *s)
{
	if (s->lent)
		return;
	if (output_error(s->out))
		s->stop(s->user);
	else
		arm_flush(s);
}

static void flush_due(struct timer *timer, nsec_t now)
{
	struct session *s = container_of(timer, struct session, flush);

	(void)now;
	output_flush(s->out);
	session_written(s);
}

void session_lend_output(struct session *s)
{
	timers_cancel(loop_timers(s->loop), &s->flush);
	output_progress(s->out, NULL);
	s->lent = true;
}

void session_take_output(struct session *s)
{
	s->lent = false;
	output_progress(s->out, s->progress);
}

/* --- progress -----------------------------------------------------------------------------------
 */

/* Over the last seconds, so that a change shows. */
static void measure_rate(struct session *s, uint64_t done, nsec_t now)
{
	double span = (double)(now - s->rate_since) / NSEC_PER_SEC;

	if (span < 1)
		return;
	s->rate = (double)(done - s->rate_from) / span;
	s->rate_from = done;
	s->rate_since = now;
}

static void arm_tick(struct session *s)
{
	nsec_t due = progress_due(s->progress);

	if (due != NSEC_NEVER && s->show)
		timers_set(loop_timers(s->loop), &s->tick, due);
}

static void show_progress(struct timer *timer, nsec_t now)
{
	struct session *s = container_of(timer, struct session, tick);
	struct progress_state state = {0};

	s->show(s->user, &state, now);
	measure_rate(s, state.done - state.known, now);
	state.rate = s->rate;
	if (state.total <= state.done || (state.eta == 0 && s->rate <= 0))
		state.eta = -1;
	else if (state.eta == 0)
		state.eta = (nsec_t)((double)(state.total - state.done) / s->rate * NSEC_PER_SEC);
	progress_show(s->progress, &state, now);
	arm_tick(s);
}

void session_quiet(struct session *s)
{
	timers_cancel(loop_timers(s->loop), &s->tick);
	if (!s->lent)
		output_progress(s->out, NULL);
	progress_free(s->progress);
	s->progress = NULL;
}

/* --- the run ------------------------------------------------------------------------------------
 */

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
	struct session *s = user;

	/* the next one ends the program at once */
	loop_default_signal(s->loop, signo);
	s->interrupted = true;
	s->stop(s->user);
}

/* A shell makes what it runs behind it ignore SIGINT; who ignores SIGHUP means it (nohup(1)). */
static bool is_meant_to_be_ignored(int signo)
{
	struct sigaction action = {0};

	return signo == SIGHUP && sigaction(signo, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

static int catch_signals(struct session *s)
{
	int err = 0;

	for (size_t i = 0; ending_signals[i] && !err; i++)
		if (!is_meant_to_be_ignored(ending_signals[i]))
			err = loop_catch_signal(s->loop, ending_signals[i], on_signal, s);
	return err;
}

int session_start(struct session *s)
{
	struct feed_options feed = {
		s->common->family, s->common->all_addresses, s->common->numeric};

	s->loop = loop_new();
	s->feed = s->loop && s->targets ? feed_new(s->targets, &feed) : NULL;
	if (!s->loop || (s->targets && !s->feed))
		return -errno;
	s->feed_watch.ready = feed_ready;
	s->flush.expired = flush_due;
	s->tick.expired = show_progress;
	s->started = s->rate_since = clock_now();
	s->progress = progress_new(!s->common->quiet, s->started);
	output_progress(s->out, s->progress);
	arm_tick(s);
	if (s->feed)
		loop_watch(s->loop, feed_fd(s->feed), LOOP_IN, &s->feed_watch);
	return catch_signals(s);
}

int session_next(struct session *s, struct feed_item *out)
{
	for (;;) {
		struct strbuf why = {0};
		int got = feed_next(s->feed, out, &why);

		if (got < 0 && got != -EAGAIN) {
			log_error("%s", why.text ? why.text : err_text(got));
			s->unusable++;
		}
		strbuf_release(&why);
		if (got == 1)
			out->addr = addr_plain(&out->addr);
		if (got >= 0 || got == -EAGAIN)
			return got;
	}
}

void session_run(struct session *s, const struct arguments *args)
{
	int err;

	s->run.command = s->cmd->name;
	s->run.version = NETPROBE_VERSION;
	s->run.args = args->typed;
	s->run.arg_count = args->typed_count;
	output_begin(s->out, &s->run);
	arm_flush(s);
	err = loop_run(s->loop);
	if (err) {
		log_error("event loop: %s", err_text(err));
		s->interrupted = true;
	}
}

/* --- the end ------------------------------------------------------------------------------------
 */

int session_end(struct session *s, int status)
{
	int err = output_end(s->out, status);

	s->out = NULL;
	if (err == 0)
		return status;
	say_output_error(s, err);
	return EXIT_UNKNOWN;
}

void session_release(struct session *s)
{
	if (s->out)
		output_progress(s->out, NULL);
	progress_free(s->progress);
	if (s->out)
		session_end(s, EXIT_UNKNOWN);
	feed_free(s->feed);
	loop_free(s->loop);
	targets_free(s->targets);
}
