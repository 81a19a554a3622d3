/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/sockets.h"

#include "session.h"
#include "sockets_options.h"
#include "sockets_owner.h"
#include "sockets_place.h"
#include "sockets_report.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/priv/priv.h"
#include "netprobe/procfs/proc_net.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* A look goes through these, in turns of the loop, so that signals are heard meanwhile. */
enum stage { STAGE_READ, STAGE_OWN, STAGE_TELL, STAGE_DONE };

struct sockets {
	struct session session;
	const struct sockets_options *options;
	struct sockets_request request;
	struct source_query query; /* what is read, which can be more than is shown */
	struct places places;
	struct ownership *ownership;
	struct sockets_report *report;
	struct socket_list list; /* of this look, where rows are gathered */
	enum stage stage;
	size_t place; /* that is being read */
	struct timer next;
	uint64_t looks;
	bool over;
	int failed;          /* 0 or why not everything could be read */
	bool gaps;           /* tables of sockets were not */
	uint64_t unanswered; /* of this look: sockets that may be of a process that is asked for */
	uint64_t malformed;  /* lines and messages */
	unsigned damaged;    /* tables they were in */
	unsigned missing;    /* protocols */
};

/* Explaining takes the sockets that are not shown, too; so does counting who listens. */
static bool reads_all(const struct sockets *s)
{
	return s->options->explain || s->options->summary;
}

/* Owners may not be known yet: only what can be told without them. */
static bool is_asked_for(const struct sockets *s, const struct socket_entry *e)
{
	const struct source_query *q = &s->request.query;

	return q->protos & 1U << e->proto && q->states & SOCKET_BIT(e->state) &&
	       (q->family == 0 || e->family == 0 || q->family == e->family) &&
	       filter_matches(s->request.filter, e) && ownership_may_match(s->ownership, e);
}

static bool is_shown(void *user, const struct socket_entry *e)
{
	struct sockets *s = user;

	return is_asked_for(s, e) && ownership_matches(s->ownership, e);
}

/* ---- a look */

static void take(void *user, const struct socket_entry *told)
{
	struct sockets *s = user;
	struct socket_entry e = *told;

	e.netns = (uint32_t)s->place;
	if (!reads_all(s) && !is_asked_for(s, &e))
		return;
	if (s->request.gathers) {
		socket_list_add(&s->list, &e);
		ownership_want(s->ownership, &e);
	} else {
		sockets_report_socket(s->report, &e);
	}
}

static void begin_look(struct sockets *s)
{
	s->stage = STAGE_READ;
	s->place = 0;
	socket_list_clear(&s->list);
	ownership_reset(s->ownership);
	sockets_report_want(s->report);
	source_start(s->places.sources[0], &s->query);
}

static void say_source(const struct sockets *s, const struct source_status *status)
{
	const char *name = s->places.names[s->place], *proc = s->options->proc;

	log_info("sockets%s%s are read %s%s", *name ? " in " : "", name,
		status->netlink ? "by sock_diag"
		: proc          ? "from "
				: "from /proc",
		status->netlink || !proc ? "" : proc);
	if (status->again)
		log_debug("%" PRIu64 " were told twice by the kernel, and are told once",
			status->again);
}

static void end_place(struct sockets *s)
{
	struct source_status status;

	source_status(s->places.sources[s->place], &status);
	s->malformed += status.malformed;
	s->damaged |= status.damaged;
	s->missing |= status.missing;
	if (s->looks == 0)
		say_source(s, &status);
	if (++s->place < s->places.count)
		source_start(s->places.sources[s->place], &s->query);
	else
		s->stage = s->request.gathers ? STAGE_OWN : STAGE_DONE;
}

/* What follows a table that cannot be read may be readable. */
static void read_some(struct sockets *s)
{
	int got = source_read(s->places.sources[s->place], take, s);

	if (got < 0) {
		log_error("the table %s%s%s cannot be read: %s",
			source_table(s->places.sources[s->place]),
			*s->places.names[s->place] ? " of " : "", s->places.names[s->place],
			err_text(got));
		s->failed = got;
		s->gaps = true;
	} else if (got == 0) {
		end_place(s);
	}
}

/* Who shares a socket with a process that is seen is not missed. */
static bool is_unanswered(const struct sockets *s, const struct socket_entry *e)
{
	size_t count;

	ownership_processes(s->ownership, e, &count);
	return s->options->processes.count && e->inode && count == 0 && is_asked_for(s, e);
}

/* Not those that explaining and counting take, too. */
static void drop_others(struct sockets *s)
{
	size_t kept = 0;

	s->unanswered = 0;
	for (size_t i = 0; i < s->list.count; i++) {
		const struct socket_entry *e = &s->list.entries[i];

		s->unanswered += is_unanswered(s, e);
		if (reads_all(s) || ownership_matches(s->ownership, e))
			s->list.entries[kept++] = *e;
	}
	s->list.count = kept;
}

static void tell(struct sockets *s)
{
	bool whole = s->stage != STAGE_READ && !s->gaps;

	s->stage = STAGE_TELL;
	drop_others(s);
	sort_sockets(&s->list, &s->request.sort, s->ownership);
	sockets_report_look(s->report, &s->list, whole);
}

static void own_some(struct sockets *s)
{
	int got = ownership_read(s->ownership);

	if (got < 0) {
		log_error("processes cannot be read: %s", err_text(got));
		s->failed = got;
	}
	if (got <= 0)
		tell(s);
}

static void end_look(struct sockets *s, nsec_t now)
{
	const struct sockets_options *o = s->options;

	if (o->watch && (o->count == 0 || s->looks < o->count)) {
		timers_set(loop_timers(s->session.loop), &s->next, now + o->watch);
		return;
	}
	s->over = true;
	loop_stop(s->session.loop);
}

static void look_again(struct timer *timer, nsec_t now)
{
	struct sockets *s = container_of(timer, struct sockets, next);

	(void)now;
	s->looks++;
	begin_look(s);
}

static bool rests(const struct sockets *s)
{
	return s->over || timer_is_set(&s->next);
}

static nsec_t work(void *user, nsec_t now)
{
	struct sockets *s = user;

	if (rests(s))
		return NSEC_NEVER;
	if (s->stage == STAGE_READ)
		read_some(s);
	else if (s->stage == STAGE_OWN)
		own_some(s);
	else if (s->stage == STAGE_TELL && !sockets_report_go_on(s->report))
		s->stage = STAGE_DONE;
	if (s->stage == STAGE_DONE)
		end_look(s, now);
	session_written(&s->session);
	return rests(s) ? NSEC_NEVER : now;
}

static void stop(void *user)
{
	struct sockets *s = user;

	s->over = true;
	loop_stop(s->session.loop);
}

/* ---- start */

static struct source_query query_of(const struct sockets *s)
{
	struct source_query query = s->request.query;

	if (!reads_all(s))
		return query;
	query.states = SOCKET_ALL_STATES;
	query.family = 0;
	if (s->options->explain)
		query.protos |= 1U << SOCKET_TCP | 1U << SOCKET_UDP;
	return query;
}

/* Whoever may not read a file may not have it read by naming a directory that leads to it, where
 * the capabilities are those of our own file (capabilities(7)). */
static bool chose_files(const struct sockets_options *o)
{
	return o->proc && getuid() != 0;
}

/* Other namespaces are entered, and then left to what was opened in them. */
static int open_all(struct sockets *s, const struct arguments *args)
{
	const struct sockets_options *o = s->options;
	bool keeps = sockets_read_owners(o) && !chose_files(o);
	int err = sockets_options_check(o);

	if (err)
		return err;
	err = chose_files(o) ? priv_drop() : 0;
	if (!err && (session_output(&s->session) != 0 || places_open(&s->places, o) != 0))
		return ERR_EMPTY;
	if (!err)
		err = keeps ? priv_drop_but_reading() : priv_drop();
	if (err)
		log_error("cannot start: %s", err_text(err));
	s->request.places = &s->places;
	/* nothing may come from the network while anything is held */
	err = err ? err : sockets_request_parse(o, args, !keeps || !priv_holds_any(), &s->request);
	if (!err)
		places_say_left_out(&s->places);
	return err;
}

static int start(struct sockets *s)
{
	int err = session_start(&s->session);

	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	s->query = query_of(s);
	s->ownership = ownership_new(s->options, s->request.owners);
	filter_on_cgroup(s->request.filter, ownership_cgroup_path, s->ownership);
	s->report = sockets_report_new(
		s->session.out, s->ownership, s->options, &s->places, is_shown, s);
	s->next.expired = look_again;
	loop_on_send(s->session.loop, work, s);
	begin_look(s);
	return 0;
}

/* ---- the end */

static void say_malformed(const struct sockets *s)
{
	bool several = s->damaged & (s->damaged - 1);
	struct strbuf tables = {0};

	for (size_t i = 0; i < PROC_NET_TABLES; i++)
		if (s->damaged & 1U << i)
			strbuf_printf(
				&tables, "%s%s", tables.len ? ", " : "", proc_net_tables[i].file);
	log_warn("%" PRIu64 " line%s of the table%s %s could not be understood", s->malformed,
		s->malformed == 1 ? "" : "s", several ? "s" : "", tables.text);
	strbuf_release(&tables);
}

static void say_limits(const struct sockets *s)
{
	const struct sockets_options *o = s->options;
	unsigned named = (unsigned)o->raw << SOCKET_RAW | (unsigned)o->icmp << SOCKET_ICMP |
			 (unsigned)o->udplite << SOCKET_UDPLITE |
			 (unsigned)o->local << SOCKET_UNIX | (unsigned)o->tcp << SOCKET_TCP |
			 (unsigned)o->udp << SOCKET_UDP;

	for (enum socket_proto proto = 0; proto < SOCKET_PROTOS; proto++)
		if (s->missing & named & 1U << proto)
			log_warn("%s sockets: there is no table of them here",
				socket_proto_name(proto));
	if (s->malformed)
		say_malformed(s);
}

static int exit_status_of(const struct sockets *s, bool interrupted)
{
	const struct sockets_totals *t = sockets_report_totals(s->report);
	bool unsure = s->unanswered && !ownership_knows_all(s->ownership);

	if (s->failed || interrupted || s->malformed || s->places.left_out.unreachable ||
		output_error(s->session.out))
		return EXIT_UNKNOWN;
	if (t->sockets == 0 && unsure) {
		log_error("no socket of such a process is seen, but not every process can be "
			  "looked at");
		return EXIT_UNKNOWN;
	}
	return t->sockets ? EXIT_YES : EXIT_NO;
}

/* What was read before an interruption is told, if without what was still to be learnt. */
static int finish(struct sockets *s)
{
	bool interrupted = s->session.interrupted && !s->options->watch;

	timers_cancel(loop_timers(s->session.loop), &s->next);
	session_quiet(&s->session);
	if (interrupted && s->list.count > 0 && s->stage < STAGE_TELL)
		tell(s);
	while (interrupted && s->stage == STAGE_TELL && !output_error(s->session.out) &&
		sockets_report_go_on(s->report))
		continue;
	say_limits(s);
	sockets_report_end(s->report, interrupted);
	return session_end(&s->session, exit_status_of(s, interrupted));
}

static int run(struct sockets *s, const struct arguments *args)
{
	if (open_all(s, args) != 0 || start(s) != 0)
		return EXIT_UNKNOWN;
	session_run(&s->session, args);
	return finish(s);
}

static int sockets_run(void *options, const struct arguments *args)
{
	struct sockets s = {.options = options};
	int status;

	s.session = (struct session){
		.cmd = &command_sockets,
		.common = &s.options->common,
		.stop = stop,
		.user = &s,
	};
	common_log(&s.options->common, "netprobe sockets");
	status = run(&s, args);
	session_release(&s.session);
	sockets_report_free(s.report);
	ownership_free(s.ownership);
	places_release(&s.places);
	sockets_request_release(&s.request);
	socket_list_release(&s.list);
	return status;
}

const struct command command_sockets = {
	.name = "sockets",
	.summary = "every socket here: its state, who owns it, and what is wrong with it",
	.operands = "[FILTER...]",
	.about = "Lists the sockets of this machine by sock_diag and /proc: state, queues, both\n"
		 "ends, user, systemd unit or container; with -p the processes, with -e what TCP\n"
		 "knows of the connection. Without -a, -l or a state it shows what is connected.\n"
		 "FILTER is an expression of ss(8): 'state established dst 10.0.0.0/8'.\n"
		 "Exit status: 0 a socket was shown, 1 none, 2 it could not be told.",
	.groups = sockets_groups,
	.group_count = SOCKETS_GROUP_COUNT,
	.examples = sockets_examples,
	.options_size = sizeof(struct sockets_options),
	.defaults = sockets_defaults,
	.run = sockets_run,
};
