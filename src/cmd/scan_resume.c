/* SPDX-License-Identifier: MIT */
#include "scan_resume.h"

#include "netprobe/base/err.h"
#include "netprobe/base/hold.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/scan.h"
#include "netprobe/output/output.h"
#include "scan_known.h"
#include "scan_where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What may be another in the rest of a run, since it changes no answer. */
static const char *const pace[] = {"rate", "parallel", "timeout", "delay", NULL};
static const char *const allowed[] = {"resume", "rate", "parallel", "timeout", "delay", "verbose",
	"quiet", "format", "json", NULL};

struct scan_resume {
	const char *path;
	int fd; /* holds the file; below 0: it cannot be written */
	struct scan_known *known;
	struct scan_options options;
	char **argv;
	int operand_count;
	uint64_t ports, passed;
};

void scan_resume_free(struct scan_resume *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	options_release(&command_scan, &r->options);
	free(r->argv);
	scan_known_free(r->known);
	free(r);
}

/* --- what can be wrong --------------------------------------------------------------------------
 */

static int check_given(const struct scan_options *given, const struct arguments *args)
{
	const char *beside = scan_options_beside(given, allowed);

	if (args->operand_count > 0)
		return usage_error(&command_scan,
			"--resume takes the targets from %s: %s cannot be added", given->resume,
			args->operands[0]);
	if (given->common.format == OUTPUT_TABLE)
		beside = "format";
	if (beside)
		return usage_error(&command_scan,
			"--resume takes the options from %s: --%s cannot be given anew",
			given->resume, beside);
	return 0;
}

/* What is added has to stand behind what is there. */
static int check_file(const char *path)
{
	struct stat st;
	int err = strcmp(path, "-") == 0 ? ERR_FILE : 0;

	if (err == 0 && stat(path, &st) != 0)
		err = -errno;
	else if (err == 0 && !S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : ERR_FILE;
	if (err)
		log_error("--resume %s: %s", path, err_text(err));
	return err;
}

/* Before it is read. Where it cannot be written there is no harm, and nothing to go on with: that
 * is said when it comes to it. */
static int hold(struct scan_resume *r)
{
	int err;

	r->fd = open(r->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	err = r->fd < 0 ? 0 : hold_file(r->fd);
	if (err)
		log_error("--resume %s: %s", r->path, err_text(err));
	return err;
}

static int refuse(const struct scan_resume *r, const char *why)
{
	log_error("--resume %s: %s", r->path, why);
	return EXIT_UNKNOWN;
}

static int check_run(const struct scan_resume *r)
{
	const struct known_run *run = scan_known_run(r->known);

	if (!run)
		return refuse(r, "no record of a run is in it, so nothing can go on");
	if (!run->single)
		return refuse(r, "it has the records of several runs");
	if (run->arg_count == 0 || strcmp(run->args[0], command_scan.name) != 0)
		return refuse(r, "its run does not say its arguments");
	return 0;
}

/* --- the run's options --------------------------------------------------------------------------
 */

static int parse_args(struct scan_resume *r)
{
	const struct known_run *run = scan_known_run(r->known);
	int count = (int)run->arg_count - 1;
	struct strbuf why = {0};
	enum options_result result;

	r->argv = mem_alloc((size_t)count + 1, sizeof *r->argv);
	for (int i = 0; i < count; i++)
		r->argv[i] = (char *)run->args[i + 1];
	result = options_parse(&command_scan, count, r->argv, &r->options, &r->operand_count, &why);
	if (result != OPTIONS_OK)
		log_error("--resume %s: the arguments of its run: %s", r->path,
			result == OPTIONS_HELP ? "they ask for help" : why.text);
	strbuf_release(&why);
	if (result != OPTIONS_OK)
		return EXIT_UNKNOWN;
	if (r->options.resume)
		return refuse(r, "the run that it began with is missing");
	if (r->options.expect)
		return refuse(r, "a run with --expect keeps no ports that could be gone on from");
	return 0;
}

static void settle_options(struct scan_resume *r, const struct scan_options *given)
{
	const struct known_run *run = scan_known_run(r->known);
	struct scan_options *o = &r->options;

	scan_options_take(o, given, pace);
	if (given->common.quiet || given->common.verbose) {
		o->common.quiet = given->common.quiet;
		o->common.verbose = given->common.verbose;
	}
	if (run->has_seed && !scan_options_gave(o, "seed"))
		o->ports.seed = o->ports.drawn = run->seed;
	/* what "auto" meant then */
	if (run->shard)
		o->shard = run->shard;
	o->common.format = OUTPUT_JSON;
	o->common.output = r->path;
}

static int open_all(
	struct scan_resume *r, const struct scan_options *given, const struct arguments *args)
{
	const struct known_run *run;
	struct strbuf why = {0};

	if (check_given(given, args) || check_file(r->path) || hold(r))
		return EXIT_UNKNOWN;
	r->known = scan_known_read(r->path, KNOWN_RECORDS, &why);
	if (!r->known)
		log_error("--resume %s", why.text);
	strbuf_release(&why);
	if (!r->known || check_run(r))
		return EXIT_UNKNOWN;
	run = scan_known_run(r->known);
	if (run->ended) {
		log_warn("%s: the run is complete: nothing left to do", r->path);
		return run->exit;
	}
	if (parse_args(r) != 0)
		return EXIT_UNKNOWN;
	settle_options(r, given);
	return -1;
}

struct scan_resume *scan_resume_open(
	const struct scan_options *given, const struct arguments *args, int *status)
{
	struct scan_resume *r = mem_alloc(1, sizeof *r);

	r->path = given->resume;
	r->fd = -1;
	scan_defaults(&r->options);
	*status = open_all(r, given, args);
	if (*status < 0)
		return r;
	scan_resume_free(r);
	return NULL;
}

struct scan_options *scan_resume_options(struct scan_resume *r)
{
	return &r->options;
}

struct arguments scan_resume_arguments(const struct scan_resume *r, const struct arguments *typed)
{
	struct arguments args = *typed;

	args.operands = r->argv;
	args.operand_count = r->operand_count;
	return args;
}

uint64_t scan_resume_keep(const struct scan_resume *r)
{
	uint64_t whole;

	scan_known_cut(r->known, &whole);
	return whole;
}

/* --- what is known ------------------------------------------------------------------------------
 */

static bool all_known(
	const struct scan_known *k, const struct addr *a, const struct ports *ports, int proto)
{
	for (uint32_t i = 0; i < ports_count(ports); i++)
		if (!scan_known_states(k, a, ports_at(ports, i), proto, NULL))
			return false;
	return true;
}

/* --where: a port whose way an interruption left. */
static bool lacks_way(const struct scan_resume *r, const struct addr *a, uint16_t port, int proto)
{
	enum port_reason reason;
	unsigned states = scan_known_states(r->known, a, port, proto, &reason);

	return r->options.where && reason == REASON_TIMEOUT &&
	       (states == 1u << PORT_FILTERED || states == 1u << PORT_OPEN_FILTERED) &&
	       !scan_known_is_located(r->known, a, port, proto);
}

/* How many of an address are still to be followed. */
static unsigned ways_left(
	const struct scan_resume *r, const struct addr *a, const struct ports *ports, int proto)
{
	unsigned left = WHERE_PORTS;

	for (uint32_t i = 0; left > 0 && i < ports_count(ports); i++)
		left -= scan_known_is_located(r->known, a, ports_at(ports, i), proto);
	return left;
}

static bool lacks_ways(
	const struct scan_resume *r, const struct addr *a, const struct ports *ports, int proto)
{
	if (!r->options.where || ways_left(r, a, ports, proto) == 0)
		return false;
	for (uint32_t i = 0; i < ports_count(ports); i++)
		if (lacks_way(r, a, ports_at(ports, i), proto))
			return true;
	return false;
}

bool scan_resume_passes(struct scan_resume *r, const struct addr *a, const struct ports *ports,
	int proto, struct report *report)
{
	uint32_t counts[PORT_STATES], count = a->port ? 1 : ports_count(ports);
	bool done;

	if (a->port)
		done = scan_known_states(r->known, a, a->port, proto, NULL) != 0 &&
		       !lacks_way(r, a, a->port, proto);
	else if (lacks_ways(r, a, ports, proto))
		done = false;
	else /* with --show the file lacks ports that are decided: its summary has to do */
		done = r->options.show.text || all_known(r->known, a, ports, proto);
	if (!done || !scan_known_take_summary(r->known, a, count, counts))
		return false;
	r->ports += count;
	r->passed += count;
	report_known(report, counts);
	return true;
}

static enum port_state state_in(unsigned states)
{
	enum port_state state = PORT_PENDING;

	while (states >>= 1)
		state++;
	return state;
}

void scan_resume_admit(struct scan_resume *r, struct host *h, int proto, struct report *report)
{
	unsigned left = WHERE_PORTS;

	for (uint32_t i = 0; r->options.where && left > 0 && i < h->count; i++)
		left -= scan_known_is_located(r->known, &h->addr, host_port(h, i), proto);
	for (uint32_t i = 0; i < h->count; i++) {
		enum port_reason reason;
		unsigned states =
			scan_known_states(r->known, &h->addr, host_port(h, i), proto, &reason);

		if (!states)
			continue;
		/* asked again, since what its record says besides is not kept */
		if (left > 0 && lacks_way(r, &h->addr, host_port(h, i), proto)) {
			left--;
			continue;
		}
		host_knew(h, i, state_in(states), reason);
		report_count(report, h, i);
		r->ports++;
	}
}

bool scan_resume_lacks_banner(const struct scan_resume *r, const struct host *h, uint32_t cell)
{
	return h->cells[cell].state == PORT_OPEN &&
	       !scan_known_banner(r->known, &h->addr, host_port(h, cell));
}

uint64_t scan_resume_ports(const struct scan_resume *r)
{
	return r->ports;
}

uint64_t scan_resume_passed(const struct scan_resume *r)
{
	return r->passed;
}

bool scan_resume_ended(const struct scan_resume *r, int status)
{
	const struct known_run *run = scan_known_run(r->known);

	return run->over && run->exit == status;
}
