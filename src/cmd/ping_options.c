/* SPDX-License-Identifier: MIT */
#include "ping_options.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <ctype.h>
#include <string.h>

#define MSEC         ((uint64_t)NSEC_PER_MSEC)
#define HOUR         (3600 * (uint64_t)NSEC_PER_SEC)
#define DEADLINE_MAX (1000000 * (uint64_t)NSEC_PER_SEC)

enum {
	PORT_MAX = 65535,
	SIZE_MAX_IPV6 = 65527, /* 65535 without the eight bytes of ICMP or UDP */
	BYTE_MAX = 255,
	PRELOAD_MAX = 65536,
	RATE_MAX = 10000000,
};

static const char *const pmtudisc_words[] = {
	[PMTUDISC_DO] = "do",
	[PMTUDISC_WANT] = "want",
	[PMTUDISC_DONT] = "dont",
	[PMTUDISC_PROBE] = "probe",
	NULL,
};

static const struct option_def probe_defs[] = {
	{
		.name = "tcp",
		.kind = OPTION_UINT,
		.value = "PORT",
		.min = 1,
		.max = PORT_MAX,
		.help = "ask with SYNs to PORT instead of ICMP echo; needs no privilege",
		.offset = offsetof(struct ping_options, tcp),
	},
	{
		.name = "udp",
		.kind = OPTION_UINT,
		.value = "PORT",
		.min = 1,
		.max = PORT_MAX,
		.help = "ask with UDP datagrams to PORT; needs no privilege",
		.offset = offsetof(struct ping_options, udp),
	},
	{
		.letter = 's',
		.name = "size",
		.kind = OPTION_UINT,
		.value = "N",
		.max = SIZE_MAX_IPV6,
		.help = "data bytes a probe; IPv4 carries 65507 at the most (default 56)",
		.offset = offsetof(struct ping_options, size),
	},
	{
		.letter = 'p',
		.name = "pattern",
		.kind = OPTION_TEXT,
		.value = "HEX",
		.help = "fill the data with these bytes, up to 16",
		.offset = offsetof(struct ping_options, pattern),
	},
	{
		.letter = 't',
		.name = "ttl",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = BYTE_MAX,
		.help = "at most N hops",
		.offset = offsetof(struct ping_options, ttl),
	},
	{
		.letter = 'Q',
		.name = "tos",
		.kind = OPTION_TEXT,
		.value = "N",
		.help = "type of service or traffic class, 0 to 255 or 0x00 to 0xff",
		.offset = offsetof(struct ping_options, tos),
	},
	{
		.letter = 'M',
		.name = "pmtudisc",
		.kind = OPTION_CHOICE,
		.choices = pmtudisc_words,
		.help = "path MTU: never fragment, fragment here, let routers fragment, or never "
			"and ignore what is known of the path (default: as the system is set)",
		.offset = offsetof(struct ping_options, pmtudisc),
	},
	{
		.letter = 'I',
		.name = "interface",
		.kind = OPTION_TEXT,
		.value = "NAME",
		.help = "send from this interface or this source address",
		.offset = offsetof(struct ping_options, interface),
	},
};

static const struct option_def pace_defs[] = {
	{
		.letter = 'c',
		.name = "count",
		.kind = OPTION_UINT,
		.value = "N",
		.max = INT64_MAX,
		.help = "probes an address; 0: until interrupted (default: one address 0, many 3)",
		.offset = offsetof(struct ping_options, count),
	},
	{
		.letter = 'i',
		.name = "interval",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.max = HOUR,
		.help = "between two probes to one address (default 1s)",
		.offset = offsetof(struct ping_options, interval),
	},
	{
		.name = "period",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.max = HOUR,
		.help = "the same as --interval",
		.offset = offsetof(struct ping_options, interval),
	},
	{
		.letter = 'W',
		.name = "timeout",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = MSEC,
		.max = HOUR,
		.help = "a reply that takes longer is late (default: 1s, or twice the longest "
			"round trip seen)",
		.offset = offsetof(struct ping_options, timeout),
	},
	{
		.letter = 'w',
		.name = "deadline",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = MSEC,
		.max = DEADLINE_MAX,
		.help = "end after TIME, whatever happened",
		.offset = offsetof(struct ping_options, deadline),
	},
	{
		.letter = 'f',
		.name = "flood",
		.kind = OPTION_FLAG,
		.help = "next probe as soon as a reply comes, at least 100 a second; no line a "
			"reply",
		.offset = offsetof(struct ping_options, flood),
	},
	{
		.letter = 'A',
		.name = "adaptive",
		.kind = OPTION_FLAG,
		.help = "next probe as soon as a reply comes",
		.offset = offsetof(struct ping_options, adaptive),
	},
	{
		.letter = 'l',
		.name = "preload",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = PRELOAD_MAX,
		.help = "so many probes at once at first (default 1)",
		.offset = offsetof(struct ping_options, preload),
	},
	{
		.name = "rate",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = RATE_MAX,
		.help = "at most N probes a second in all (default: none for one address, 10000 "
			"for many)",
		.offset = offsetof(struct ping_options, rate),
	},
};

static const struct option_def show_defs[] = {
	{
		.name = "alive",
		.kind = OPTION_FLAG,
		.help = "only the addresses that answer, one a line; each is asked until it "
			"answers, --count times at the most",
		.offset = offsetof(struct ping_options, alive),
	},
	{
		.name = "dead",
		.kind = OPTION_FLAG,
		.help = "only the addresses that do not answer, one a line",
		.offset = offsetof(struct ping_options, dead),
	},
	{
		.letter = 'D',
		.name = "timestamps",
		.kind = OPTION_FLAG,
		.help = "unix time in front of each line",
		.offset = offsetof(struct ping_options, timestamps),
	},
	{
		.letter = 'O',
		.name = "outstanding",
		.kind = OPTION_FLAG,
		.help = "say before the next probe that no answer has come yet",
		.offset = offsetof(struct ping_options, outstanding),
	},
	{
		.letter = 'H',
		.name = "names",
		.kind = OPTION_FLAG,
		.help = "look up the names of those who answer, beside the run",
		.offset = offsetof(struct ping_options, names),
	},
	{
		.name = "graph",
		.kind = OPTION_FLAG,
		.help = "draw the round trips; only on a terminal",
		.offset = offsetof(struct ping_options, graph),
	},
};

const struct option_group ping_groups[PING_GROUP_COUNT] = {
	COMMON_ADDRESS_GROUP("Targets", offsetof(struct ping_options, common)),
	{.title = "How to ask", .defs = probe_defs, .count = ARRAY_SIZE(probe_defs)},
	{.title = "When to ask", .defs = pace_defs, .count = ARRAY_SIZE(pace_defs)},
	{.title = "What to show", .defs = show_defs, .count = ARRAY_SIZE(show_defs)},
	COMMON_OUTPUT_GROUP(offsetof(struct ping_options, common)),
};

const char *const ping_examples[] = {
	"netprobe ping -c 5 192.0.2.10",
	"five probes, a line a reply, then what the round trips were",
	"netprobe ping --alive --exclude 10.0.0.1 10.0.0.0/24",
	"which addresses of a network answer, without its router",
	"netprobe ping --tcp 443 -i 200ms -w 1m -j -o minute.json www.example.net",
	"five SYNs a second for a minute, for a program to read",
	NULL,
};

void ping_defaults(void *options)
{
	struct ping_options *o = options;

	*o = (struct ping_options){
		.size = PING_SIZE_UNSET,
		.pmtudisc = PMTUDISC_UNSET,
		.count = PING_COUNT_UNSET,
		.interval = NSEC_PER_SEC,
		.preload = 1,
	};
}

static int excludes(struct strbuf *why, const char *option, const char *other)
{
	strbuf_printf(why, "%s and %s exclude each other", option, other);
	return ERR_SYNTAX;
}

/* What is asked of the packet, where a connected socket asks. */
static int check_echo_alone(const struct ping_options *o, struct strbuf *why)
{
	const char *with = o->tcp ? "--tcp" : "--udp";

	if (o->size != PING_SIZE_UNSET)
		return excludes(why, "-s", with);
	if (o->pattern)
		return excludes(why, "-p", with);
	if (o->ttl)
		return excludes(why, "-t", with);
	if (o->tos)
		return excludes(why, "-Q", with);
	if (o->pmtudisc != PMTUDISC_UNSET)
		return excludes(why, "-M", with);
	if (o->interface)
		return excludes(why, "-I", with);
	return 0;
}

static int check_together(const struct ping_options *o, struct strbuf *why)
{
	if (o->tcp && o->udp)
		return excludes(why, "--tcp", "--udp");
	if (o->alive && o->dead)
		return excludes(why, "--alive", "--dead");
	if (o->names && o->common.numeric)
		return excludes(why, "-H", "-n");
	return o->tcp || o->udp ? check_echo_alone(o, why) : 0;
}

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Two digits a byte; one that is left over is a byte of its own. */
static int parse_pattern(const char *text, struct ping_request *out)
{
	size_t digits = strlen(text);

	if (digits == 0)
		return ERR_EMPTY;
	for (size_t i = 0; i < digits; i++)
		if (!isxdigit((unsigned char)text[i]))
			return ERR_NUMBER;
	if (digits > 2 * sizeof out->pattern)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < digits; i++) {
		uint8_t *byte = &out->pattern[i / 2];

		*byte = (uint8_t)(*byte << 4 | nibble(text[i]));
	}
	out->pattern_len = (digits + 1) / 2;
	return 0;
}

static int check_pattern(const char *text, struct ping_request *out, struct strbuf *why)
{
	int err = text ? parse_pattern(text, out) : 0;

	if (err == ERR_NUMBER)
		strbuf_printf(why, "-p %s: not hexadecimal digits", text);
	else if (err == ERR_TOO_LONG)
		strbuf_printf(why, "-p %s: more than %d bytes", text, PING_PATTERN_MAX);
	else if (err)
		strbuf_printf(why, "-p '': %s", err_text(err));
	return err;
}

static int parse_hex_byte(const char *digits, uint64_t *out)
{
	uint64_t value = 0;

	if (*digits == '\0')
		return ERR_NUMBER;
	for (; *digits; digits++) {
		if (!isxdigit((unsigned char)*digits))
			return ERR_NUMBER;
		if (value <= BYTE_MAX) /* enough to know, and no overflow */
			value = value << 4 | (uint64_t)nibble(*digits);
	}
	*out = value;
	return value > BYTE_MAX ? ERR_RANGE : 0;
}

static int check_tos(const char *text, int *out, struct strbuf *why)
{
	uint64_t value;
	int err;

	*out = -1;
	if (!text)
		return 0;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		err = parse_hex_byte(text + 2, &value);
	else
		err = parse_uint(text, 0, BYTE_MAX, &value);
	if (err == 0)
		*out = (int)value;
	else
		strbuf_printf(why, "-Q %s: %s%s", *text ? text : "''", err_text(err),
			err == ERR_RANGE ? ": 0 to 255" : "");
	return err;
}

int ping_options_check(const struct ping_options *o, struct ping_request *out, struct strbuf *why)
{
	int err = check_together(o, why);

	*out = (struct ping_request){.mode = PING_ECHO, .tos = -1};
	if (o->tcp || o->udp) {
		out->mode = o->tcp ? PING_TCP : PING_UDP;
		out->port = (uint16_t)(o->tcp ? o->tcp : o->udp);
	}
	if (out->mode == PING_ECHO)
		out->size = (uint16_t)(o->size == PING_SIZE_UNSET ? PING_SIZE_DEFAULT : o->size);
	if (err == 0)
		err = check_pattern(o->pattern, out, why);
	if (err == 0)
		err = check_tos(o->tos, &out->tos, why);
	return err;
}
