/* SPDX-License-Identifier: MIT */
#include "sockets_options.h"

#include "sockets_place.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/sockets.h"
#include "netprobe/procfs/users.h"

#include <string.h>

#define MSEC ((uint64_t)NSEC_PER_MSEC)
#define DAY  (86400 * (uint64_t)NSEC_PER_SEC)

/* What waits for others; UDP is CLOSE then. */
#define WAITING    (SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSE))
#define UNIX_ALONE (1U << SOCKET_UNIX)

#define TOP_NOT_GIVEN UINT64_MAX

enum { TOP_DEFAULT = 10, TOP_MAX = 1000000, LOOKS_MAX = 1000000000 };

#define FLAG(letter_, name_, field_, help_)                                                        \
	{                                                                                          \
		.letter = (letter_), .name = (name_), .kind = OPTION_FLAG, .help = (help_),        \
		.offset = offsetof(struct sockets_options, field_),                                \
	}
#define LIST(name_, value_, field_, help_)                                                         \
	{                                                                                          \
		.name = (name_), .kind = OPTION_LIST, .value = (value_), .help = (help_),          \
		.offset = offsetof(struct sockets_options, field_),                                \
	}

static const struct option_def kind_defs[] = {
	FLAG('t', "tcp", tcp, "TCP; without any of these letters every protocol is shown"),
	FLAG('u', "udp", udp, "UDP"),
	FLAG('x', "unix", local, "unix domain sockets"),
	FLAG('w', "raw", raw, "raw sockets"),
	FLAG(0, "icmp", icmp, "ICMP echo sockets of ordinary users (ping sockets)"),
	FLAG(0, "udplite", udplite, "UDP-Lite"),
	FLAG('l', "listening", listening, "what waits for others: LISTEN, and unconnected UDP"),
	FLAG('a', "all", all,
		"every state, with -l, too; without -a, -l or a state: what is connected"),
	{
		.letter = '4',
		.name = "ipv4",
		.kind = OPTION_SET,
		.min = 4,
		.exclusive = true,
		.help = "only IPv4",
		.offset = offsetof(struct sockets_options, common.family),
	},
	{
		.letter = '6',
		.name = "ipv6",
		.kind = OPTION_SET,
		.min = 6,
		.exclusive = true,
		.help = "only IPv6",
		.offset = offsetof(struct sockets_options, common.family),
	},
};

static const struct option_def which_defs[] = {
	{
		.name = "state",
		.kind = OPTION_LIST,
		.value = "STATES",
		.choices = socket_state_words,
		.help = "states joined by commas: established, time-wait, listening, ...",
		.offset = offsetof(struct sockets_options, states),
	},
	LIST("port", "PORTS", ports, "either end's port is one of 22,80,8000-8100,ssh"),
	LIST("local", "HOST", locals, "our end: address, CIDR, with :PORT or :PORT alone, a path"),
	LIST("peer", "HOST", peers, "the other end, written the same way"),
	LIST("process", "NAME", processes, "held by a process of this name (* and ?) or pid"),
	LIST("user", "USER", users, "of this user, by name or number"),
	LIST("unit", "UNIT", units, "of this systemd unit or container (* and ?)"),
};

static const struct option_def where_defs[] = {
	{
		.letter = 'N',
		.name = "netns",
		.kind = OPTION_TEXT,
		.exclusive = true,
		.value = "NAME",
		.help = "in the network namespace of this name or pid; all: in every one",
		.offset = offsetof(struct sockets_options, netns),
	},
	{
		.name = "proc",
		.kind = OPTION_TEXT,
		.value = "DIR",
		.is_file = true,
		.help = "read everything from the procfs there, and nothing from sock_diag",
		.offset = offsetof(struct sockets_options, proc),
	},
};

static const struct option_def view_defs[] = {
	FLAG('p', "processes", owners, "who holds each socket"),
	FLAG('e', "extended", extended, "round trip, window, retransmits, bytes, timer, ..."),
	FLAG('n', "numeric", common.numeric, "no names: of services, users, hosts in filters"),
	FLAG(0, "summary", summary, "count by state, process, peer and listening port instead"),
	{
		.name = "top",
		.kind = OPTION_UINT,
		.value = "N",
		.max = TOP_MAX,
		.help = "--summary: the N largest of each; 0: all (default 10)",
		.offset = offsetof(struct sockets_options, top),
	},
	FLAG(0, "explain", explain, "what the states mean, and what looks wrong"),
	{
		.name = "watch",
		.kind = OPTION_DURATION,
		.value = "INTERVAL",
		.fallback = "1s",
		.min = 10 * MSEC,
		.max = DAY,
		.help = "what opens, closes and changes state (default: looks each second)",
		.offset = offsetof(struct sockets_options, watch),
	},
	{
		.letter = 'c',
		.name = "count",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = LOOKS_MAX,
		.help = "--watch: end after N more looks",
		.offset = offsetof(struct sockets_options, count),
	},
	{
		.name = "sort",
		.kind = OPTION_JOINED,
		.value = "KEYS",
		.choices = sort_key_names,
		.help = "by these keys, joined by commas; -KEY: downwards (default: as the "
			"kernel tells them)",
		.offset = offsetof(struct sockets_options, sort),
	},
};

const struct option_group sockets_groups[SOCKETS_GROUP_COUNT] = {
	{.title = "Which kinds", .defs = kind_defs, .count = ARRAY_SIZE(kind_defs)},
	{.title = "Which of them", .defs = which_defs, .count = ARRAY_SIZE(which_defs)},
	{.title = "Where", .defs = where_defs, .count = ARRAY_SIZE(where_defs)},
	{.title = "Output", .defs = view_defs, .count = ARRAY_SIZE(view_defs)},
	COMMON_OUTPUT_GROUP(offsetof(struct sockets_options, common)),
};

const char *const sockets_examples[] = {
	"netprobe sockets -tlp",
	"who listens on which TCP port",
	"netprobe sockets -tp --state close-wait --explain",
	"who forgets to close, and since when",
	"netprobe sockets '( dport = :443 or sport = :443 )' dst 10.0.0.0/8",
	"connections by ss's filter language",
	NULL,
};

void sockets_defaults(void *options)
{
	struct sockets_options *o = options;

	o->top = TOP_NOT_GIVEN;
}

uint64_t sockets_top(const struct sockets_options *o)
{
	return o->top == TOP_NOT_GIVEN ? TOP_DEFAULT : o->top;
}

/* --- what was asked for -------------------------------------------------------------------------
 */

static unsigned protos_of(const struct sockets_options *o)
{
	unsigned protos = (unsigned)o->tcp << SOCKET_TCP | (unsigned)o->udp << SOCKET_UDP |
			  (unsigned)o->udplite << SOCKET_UDPLITE | (unsigned)o->raw << SOCKET_RAW |
			  (unsigned)o->icmp << SOCKET_ICMP | (unsigned)o->local << SOCKET_UNIX;

	if (protos)
		return protos;
	return o->common.family ? SOCKET_ALL_PROTOS & ~(1U << SOCKET_UNIX) : SOCKET_ALL_PROTOS;
}

/* `netstat -tulpan` is in many fingers: -a is the stronger one. */
static bool lists_waiting(const struct sockets_options *o)
{
	return o->listening && !o->all;
}

/* For those that ask for none: changes of all that is not just a remainder, else as ss has it. */
static unsigned states_of(const struct sockets_options *o)
{
	if (o->all)
		return SOCKET_ALL_STATES;
	if (o->listening)
		return WAITING;
	if (o->watch || o->summary || o->explain)
		return SOCKET_ALL_STATES & ~SOCKET_BIT(SOCKET_TIME_WAIT);
	return SOCKET_CONNECTED;
}

static int add_states(struct filter *f, const char *text)
{
	unsigned states = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		unsigned more = socket_states_named(text, len);

		if (!more)
			return usage_error(
				&command_sockets, "--state %.*s: no such state", (int)len, text);
		states |= more;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	filter_add_states(f, states);
	return 0;
}

static int add_user(struct filter *f, const char *text)
{
	uint32_t uid;
	int err = user_parse(text, &uid);

	if (err)
		return usage_error(&command_sockets, "--user %s: no such user", text);
	filter_add_user(f, uid);
	return 0;
}

static int add_host(
	struct filter *f, enum filter_side side, const char *text, enum filter_names names)
{
	struct strbuf why = {0};
	int err = filter_add_host(f, side, text, names, &why);

	if (err)
		usage_error(&command_sockets, "--%s %s: %s",
			side == FILTER_LOCAL ? "local" : "peer", text, why.text);
	strbuf_release(&why);
	return err;
}

static int add_ports(struct filter *f, const char *text)
{
	struct strbuf why = {0};
	int err = filter_add_ports(f, FILTER_EITHER, text, &why);

	if (err)
		usage_error(&command_sockets, "--port %s: %s", text, why.text);
	strbuf_release(&why);
	return err;
}

static int add_options(struct filter *f, const struct sockets_options *o, enum filter_names names)
{
	int err = 0;

	for (size_t i = 0; i < o->states.count && !err; i++)
		err = add_states(f, o->states.values[i]);
	for (size_t i = 0; i < o->users.count && !err; i++)
		err = add_user(f, o->users.values[i]);
	for (size_t i = 0; i < o->ports.count && !err; i++)
		err = add_ports(f, o->ports.values[i]);
	for (size_t i = 0; i < o->locals.count && !err; i++)
		err = add_host(f, FILTER_LOCAL, o->locals.values[i], names);
	for (size_t i = 0; i < o->peers.count && !err; i++)
		err = add_host(f, FILTER_PEER, o->peers.values[i], names);
	return err;
}

/* The line with the mistake, and a caret under it; what is not printable takes its room, too. */
static void point_at(const char *text, size_t at)
{
	struct strbuf line = {0};

	text_escape(&line, text, at);
	log_error("  %s", text);
	log_error("  %*s^", (int)text_width(line.text ? line.text : ""), "");
	strbuf_release(&line);
}

static int add_expression(struct filter *f, const struct arguments *args, enum filter_names names)
{
	struct strbuf text = {0}, why = {0};
	size_t at = 0;
	int err = 0;

	for (int i = 0; i < args->operand_count; i++)
		strbuf_printf(&text, "%s%s", i > 0 ? " " : "", args->operands[i]);
	if (args->operand_count > 0)
		err = filter_parse(f, text.text, names, &why, &at);
	if (err) {
		log_error("%s", why.text);
		point_at(text.text, at);
		usage_hint(&command_sockets);
	}
	strbuf_release(&text);
	strbuf_release(&why);
	return err;
}

static int parse_sort(const struct sockets_options *o, struct sort_keys *out)
{
	struct strbuf bad = {0};
	int err = o->sort.text ? sort_keys_parse(o->sort.text, out, &bad) : 0;

	if (err)
		usage_error(&command_sockets, "--sort %s: %s", bad.len ? bad.text : o->sort.text,
			err == ERR_NAME ? "no such key" : err_text(err));
	strbuf_release(&bad);
	return err;
}

/* In ss(8) -o takes no value: what it would take here belongs to the filter, or is an option. */
static int check_output(const char *path)
{
	bool option = path && path[0] == '-' && path[1] != '\0';

	if (!path || (!option && !filter_begins(path)))
		return 0;
	return usage_error(&command_sockets,
		"-o writes to a file: timers are shown with -e (for a file of that name write "
		"./%s)",
		path);
}

int sockets_options_check(const struct sockets_options *o)
{
	int err = check_output(o->common.output);

	if (err)
		return err;
	if (o->watch && (o->summary || o->explain))
		return usage_error(&command_sockets, "--watch does not go with --%s",
			o->summary ? "summary" : "explain");
	if (o->summary && o->explain)
		return usage_error(&command_sockets, "--summary does not go with --explain");
	if (o->count && !o->watch)
		return usage_error(&command_sockets, "--count goes with --watch");
	if (o->top != TOP_NOT_GIVEN && !o->summary)
		return usage_error(&command_sockets, "--top goes with --summary");
	if (o->explain && o->netns && strcmp(o->netns, "all") == 0)
		return usage_error(&command_sockets, "--explain judges one namespace at a time");
	if (o->common.family && protos_of(o) == UNIX_ALONE)
		return usage_error(&command_sockets,
			"--unix contradicts -%d: unix sockets have no address", o->common.family);
	return 0;
}

/* What is named on one side is not of the kinds that are asked for. */
static int check_side(const struct sockets_options *o, const struct filter *f,
	enum filter_side side, const char *option, const char *what)
{
	unsigned protos = protos_of(o);

	if (protos == UNIX_ALONE && !filter_side_allows(f, side, true))
		return usage_error(&command_sockets,
			"%s contradicts --unix: unix sockets have no %s", option, what);
	if (!(protos & UNIX_ALONE) && !filter_side_allows(f, side, false))
		return usage_error(
			&command_sockets, "%s names unix sockets, and none are asked for", option);
	return 0;
}

static int check_states(const struct sockets_options *o, unsigned states)
{
	if (states == 0)
		return usage_error(
			&command_sockets, "no state is left: those asked for exclude each other");
	if (lists_waiting(o) && (states & WAITING) == 0)
		return usage_error(&command_sockets,
			"--listening shows LISTEN and CLOSE, and the states asked for are others");
	return 0;
}

/* What can show nothing, whatever there is. */
static int check_sense(const struct sockets_options *o, const struct filter *f)
{
	bool given;
	int err = check_side(o, f, FILTER_EITHER, "--port", "ports");

	err = err ? err : check_side(o, f, FILTER_LOCAL, "--local", "address");
	err = err ? err : check_side(o, f, FILTER_PEER, "--peer", "address");
	return err ? err : check_states(o, filter_states(f, &given));
}

bool sockets_read_owners(const struct sockets_options *o)
{
	/* only sock_diag tells the cgroup, and not that of unix sockets */
	bool for_unit = o->units.count > 0 && (o->proc || protos_of(o) & 1U << SOCKET_UNIX);

	return o->owners || o->processes.count || o->summary || o->explain || for_unit ||
	       (o->sort.text && strstr(o->sort.text, sort_key_names[SORT_PROCESS]));
}

int sockets_request_parse(const struct sockets_options *o, const struct arguments *args,
	bool asks_hosts, struct sockets_request *out)
{
	enum filter_names names = o->common.numeric ? FILTER_NO_NAMES
				  : asks_hosts      ? FILTER_ALL_NAMES
						    : FILTER_SERVICE_NAMES;
	bool given = false;
	int err;

	*out = (struct sockets_request){.filter = filter_new(), .places = out->places};
	if (out->places && o->netns)
		filter_on_interface(out->filter, places_interface, out->places);
	err = parse_sort(o, &out->sort);
	err = err ? err : add_options(out->filter, o, names);
	err = err ? err : add_expression(out->filter, args, names);
	err = err ? err : check_sense(o, out->filter);
	if (err)
		return err;
	out->query.protos = protos_of(o);
	out->query.family = o->common.family;
	out->query.states = filter_states(out->filter, &given);
	if (!given)
		out->query.states &= states_of(o);
	else if (lists_waiting(o))
		out->query.states &= WAITING;
	out->query.facts = o->extended || o->explain || sort_needs(&out->sort, SORT_RTT);
	out->owners = sockets_read_owners(o);
	out->gathers = out->owners || out->sort.count || o->summary || o->explain || o->watch;
	return 0;
}

void sockets_request_release(struct sockets_request *r)
{
	filter_free(r->filter);
}
