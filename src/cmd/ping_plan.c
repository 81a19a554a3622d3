/* SPDX-License-Identifier: MIT */
#include "ping_plan.h"

#include "netprobe/base/log.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/ping.h"

#include <net/if.h>

enum {
	COUNT_OF_MANY = 3,
	RATE_OF_MANY = 10000,
	ENDLESS_MAX = 100000, /* addresses that can be asked without end: all of them stay */
	DATA_MAX_V4 = 65507,  /* 65535 without IP and ICMP header */
};

#define FLOOD_INTERVAL (10 * NSEC_PER_MSEC)

enum spec_kind { SPEC_SINGLE, SPEC_WITH_PORT, SPEC_MANY };

/* A name or an address, the same with a port, or what can be many. */
static enum spec_kind kind_of(const struct ping_plan *p, const char *spec)
{
	struct target_options options = {
		.family = p->options->common.family, .sequential = true, .zoned = true};
	enum spec_kind kind = SPEC_MANY;
	struct target target;
	struct targets *one;
	struct addr literal;

	if (*spec == '@' || strcmp(spec, "-") == 0)
		return SPEC_MANY;
	one = targets_new(&options);
	if (targets_add(one, spec) == 0 && targets_next(one, &target, NULL) == 1) {
		if (target.port)
			kind = SPEC_WITH_PORT;
		else if (!target.addr.family || addr_parse(spec, strlen(spec), &literal) == 0)
			kind = SPEC_SINGLE;
	}
	targets_free(one);
	return kind;
}

static int check_source(struct ping_plan *p)
{
	const char *text = p->options->interface;

	if (!text || addr_parse(text, strlen(text), &p->source) == 0 || if_nametoindex(text) != 0)
		return 0;
	return usage_error(&command_ping,
		"--interface %s: neither an interface nor an address of this machine",
		*text ? text : "''");
}

int ping_plan_check(struct ping_plan *p, const struct arguments *args)
{
	struct strbuf why = {0};
	int err = ping_options_check(p->options, &p->request, &why);

	if (err)
		usage_error(&command_ping, "%s", why.text);
	strbuf_release(&why);
	if (!err && args->operand_count == 0)
		err = usage_error(&command_ping, "no target given");
	for (int i = 0; i < args->operand_count && !err && p->request.mode == PING_ECHO; i++)
		if (kind_of(p, args->operands[i]) == SPEC_WITH_PORT)
			err = usage_error(&command_ping, "%s: a port needs --tcp or --udp",
				args->operands[i]);
	return err ? err : check_source(p);
}

int ping_plan_layout(
	struct ping_plan *p, const struct arguments *args, const struct targets *targets)
{
	const struct ping_options *o = p->options;
	bool exact, many = args->operand_count > 1 || o->common.all_addresses ||
			   kind_of(p, args->operands[0]) == SPEC_MANY;
	u128 count = targets_count(targets, &exact);

	p->layout = many ? PING_ROWS : PING_LINES;
	if (o->alive || o->dead)
		p->layout = PING_ADDRESSES;
	p->count = o->count;
	if (p->count == PING_COUNT_UNSET)
		p->count = p->layout == PING_LINES ? 0 : COUNT_OF_MANY;
	if (p->count == 0 && exact && count > ENDLESS_MAX)
		return usage_error(&command_ping,
			"--count 0: no more than %d addresses without end", ENDLESS_MAX);
	return 0;
}

bool ping_plan_takes(struct ping_plan *p, struct feed_item *item)
{
	if (p->request.mode == PING_ECHO && item->addr.port) {
		log_error("%s: a port needs --tcp or --udp", item->host);
	} else if (item->addr.family == 4 && p->request.size > DATA_MAX_V4) {
		log_error("%s: IPv4 carries at most %d bytes of data", item->host, DATA_MAX_V4);
	} else if (p->count == 0 && p->admitted == ENDLESS_MAX) {
		log_error("%s: more than %d addresses without end", item->host, ENDLESS_MAX);
	} else if (p->source.family && p->source.family != item->addr.family) {
		log_error("%s: not of the family of --interface %s", item->host,
			p->options->interface);
	} else {
		if (item->addr.port == 0)
			item->addr.port = p->request.port;
		p->admitted++;
		return true;
	}
	return false;
}

struct pinger_options ping_plan_pinger(const struct ping_plan *p, bool prompt)
{
	const struct ping_options *o = p->options;
	struct pinger_options options = {
		.count = p->count,
		.interval = o->interval,
		.timeout = o->timeout,
		.rate = o->rate                   ? (double)o->rate
			: p->layout == PING_LINES ? 0
						  : RATE_OF_MANY,
		.preload = (unsigned)o->preload,
		.adaptive = o->adaptive || o->flood,
		.until_answer = o->alive || o->dead,
		.prompt = prompt || o->common.verbose || o->outstanding,
	};

	if (o->flood && options.interval > FLOOD_INTERVAL)
		options.interval = FLOOD_INTERVAL;
	return options;
}
