/* SPDX-License-Identifier: MIT */
#include "pcap_options.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/capture/flow.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/pcap.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY (86400 * (uint64_t)NSEC_PER_SEC)

enum {
	SNAPLEN_MIN = 64, /* holds an Ethernet, IPv4 and TCP header */
	SNAPLEN_MAX = 262144,
	FLOWS_DEFAULT = 200000,
	FLOWS_MAX = 100000000,
};

#define FLAG(letter_, name_, field_, help_)                                                        \
	{                                                                                          \
		.letter = (letter_), .name = (name_), .kind = OPTION_FLAG, .help = (help_),        \
		.offset = offsetof(struct pcap_options, field_),                                   \
	}
#define LIST(name_, value_, field_, help_)                                                         \
	{                                                                                          \
		.name = (name_), .kind = OPTION_LIST, .value = (value_), .help = (help_),          \
		.offset = offsetof(struct pcap_options, field_),                                   \
	}
#define FILE_NAME(letter_, name_, field_, help_)                                                   \
	{                                                                                          \
		.letter = (letter_), .name = (name_), .kind = OPTION_TEXT, .value = "FILE",        \
		.is_file = true, .help = (help_), .offset = offsetof(struct pcap_options, field_), \
	}

static const struct option_def source_defs[] = {
	{
		.letter = 'i',
		.name = "interface",
		.kind = OPTION_TEXT,
		.value = "IF",
		.help = "what comes through this interface (default any: all of them)",
		.offset = offsetof(struct pcap_options, interface),
	},
	FILE_NAME('r', "read", read, "a capture file: pcap, pcapng, packed ones too; - is stdin"),
	{
		.name = "snaplen",
		.kind = OPTION_UINT,
		.value = "N",
		.max = SNAPLEN_MAX,
		.help = "live: take the first N bytes of each packet (0, the default: all)",
		.offset = offsetof(struct pcap_options, snaplen),
	},
	FLAG(0, "promiscuous", promiscuous, "live: take what is addressed to others, too"),
	{
		.letter = 'c',
		.name = "count",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = INT64_MAX,
		.help = "stop after N packets",
		.offset = offsetof(struct pcap_options, count),
	},
	{
		.name = "duration",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = (uint64_t)NSEC_PER_MSEC,
		.max = 10 * DAY,
		.help = "live: stop after TIME",
		.offset = offsetof(struct pcap_options, duration),
	},
	{
		.name = "max-flows",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = FLOWS_MAX,
		.help = "keep N flows at once, the idle ones go first (default 200000)",
		.offset = offsetof(struct pcap_options, max_flows),
	},
};

static const struct option_def which_defs[] = {
	LIST("host", "HOST", hosts, "either end is this address, network (CIDR) or name"),
	LIST("port", "PORTS", ports, "either end's port is one of 22,80,8000-8100,ssh"),
	{
		.name = "state",
		.kind = OPTION_LIST,
		.value = "STATES",
		.choices = handshake_state_names,
		.help = "handshakes that ended so, joined by commas: refused,unanswered, ...",
		.offset = offsetof(struct pcap_options, states),
	},
	FLAG(0, "failed", failed, "those refused, rejected, unanswered or half-open"),
	{
		.name = "slow",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = (uint64_t)NSEC_PER_USEC,
		.max = DAY,
		.help = "those that took the program TIME or longer to connect",
		.offset = offsetof(struct pcap_options, slow),
	},
	{
		.name = "flow",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = INT64_MAX,
		.help = "the flow of this number",
		.offset = offsetof(struct pcap_options, flow),
	},
};

static const struct option_def view_defs[] = {
	FLAG(0, "ladder", ladder, "each flow as a sequence diagram"),
	FLAG(0, "packets", packets, "a line for each packet"),
	FLAG(0, "summary", summary, "per server port: how attempts ended, and how long they took"),
	FLAG(0, "follow", follow, "live: counts in a last line that is kept up to date"),
	FILE_NAME(0, "svg", svg, "draw the ladders into this file as a picture"),
	FILE_NAME('w', "write", write, "save what was taken, as pcap with nanoseconds"),
	FLAG('n', "numeric", common.numeric, "no names of hosts and services"),
};

const struct option_group pcap_groups[PCAP_GROUP_COUNT] = {
	{.title = "Where packets come from", .defs = source_defs, .count = ARRAY_SIZE(source_defs)},
	{.title = "Which of them", .defs = which_defs, .count = ARRAY_SIZE(which_defs)},
	{.title = "Output", .defs = view_defs, .count = ARRAY_SIZE(view_defs)},
	COMMON_OUTPUT_GROUP(offsetof(struct pcap_options, common)),
};

const char *const pcap_examples[] = {
	"netprobe pcap -i any --failed",
	"handshakes that fail, as they fail, until Ctrl-C",
	"netprobe pcap -r trace.pcapng.gz --summary",
	"what became of all attempts in a file",
	"netprobe pcap -r trace.pcap --flow 3 --ladder --svg flow3.svg",
	"one connection packet by packet, and as a picture",
	NULL,
};

void pcap_defaults(void *options)
{
	struct pcap_options *o = options;

	o->max_flows = FLOWS_DEFAULT;
}

/* Of options that are for the other kind of source. */
static int check_source(const struct pcap_options *o)
{
	const char *live = o->interface     ? "--interface"
			   : o->snaplen     ? "--snaplen"
			   : o->promiscuous ? "--promiscuous"
			   : o->duration    ? "--duration"
			   : o->follow      ? "--follow"
					    : NULL;

	if (o->read && live)
		return usage_error(&command_pcap, "%s and --read exclude each other", live);
	return 0;
}

/* What a path leads to, "-" to what `standard` is. False: nothing yet, or a device, where what is
 * written twice does no harm. */
static bool find_file(const char *path, int standard, struct stat *out)
{
	int err = strcmp(path, "-") == 0 ? fstat(standard, out) : stat(path, out);

	return err == 0 && !S_ISCHR(out->st_mode) && !S_ISBLK(out->st_mode);
}

static bool is_same_file(const char *a, int standard_of_a, const char *b)
{
	struct stat of_a, of_b;

	return find_file(a, standard_of_a, &of_a) && find_file(b, STDOUT_FILENO, &of_b) &&
	       of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

static bool is_device(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

/* Neither is there, maybe. */
static bool is_same_place(const char *a, const char *b)
{
	return (strcmp(a, b) == 0 && !is_device(a)) || is_same_file(a, STDOUT_FILENO, b);
}

/* The file that is read would be emptied before its first packet; two that write into one file
 * spoil it. */
static int check_files(const struct pcap_options *o)
{
	enum { RESULTS = 2 };
	const struct {
		const char *name, *path;
	} made[] = {{"--write", o->write}, {"--svg", o->svg},
		{"--output", o->common.output ? o->common.output : "-"}};

	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		if (!made[i].path)
			continue;
		if (o->read && (i < RESULTS || o->common.output) &&
			is_same_file(o->read, STDIN_FILENO, made[i].path))
			return usage_error(&command_pcap, "%s %s: the file that is read",
				made[i].name, made[i].path);
		for (size_t j = 0; j < i; j++)
			if (made[j].path && is_same_place(made[j].path, made[i].path))
				return o->common.output || i < RESULTS
					       ? usage_error(&command_pcap,
							 "%s and %s are the same file",
							 made[j].name, made[i].name)
					       : usage_error(&command_pcap,
							 "%s %s goes with --output FILE",
							 made[j].name, made[j].path);
	}
	return 0;
}

static int check_write(const struct pcap_options *o)
{
	const char *fate = o->failed         ? "--failed"
			   : o->states.count ? "--state"
			   : o->slow         ? "--slow"
					     : NULL;

	if (o->write && fate)
		return usage_error(&command_pcap,
			"--write saves packets as they come, before %s can be known (take --flow "
			"N)",
			fate);
	return 0;
}

int pcap_options_check(const struct pcap_options *o)
{
	if (check_source(o) != 0)
		return EXIT_UNKNOWN;
	if (o->ladder + o->packets + o->summary > 1)
		return usage_error(&command_pcap, "--%s and --%s exclude each other",
			o->ladder ? "ladder" : "packets", o->summary ? "summary" : "packets");
	if (o->snaplen > 0 && o->snaplen < SNAPLEN_MIN)
		return usage_error(&command_pcap,
			"--snaplen %" PRIu64 ": less than %d holds no headers", o->snaplen,
			SNAPLEN_MIN);
	if (o->failed && o->states.count)
		return usage_error(&command_pcap, "--failed and --state exclude each other");
	return check_write(o) != 0 ? EXIT_UNKNOWN : check_files(o);
}

void pcap_options_hint(const struct pcap_options *o, const struct arguments *args)
{
	struct stat st;

	for (int i = 0; i < args->operand_count && !o->read; i++)
		if (stat(args->operands[i], &st) == 0 && S_ISREG(st.st_mode)) {
			log_error("to read a file: -r %s", args->operands[i]);
			return;
		}
}
