/* SPDX-License-Identifier: MIT */
#include "scan_next.h"

#include "netprobe/base/log.h"
#include "netprobe/cmd/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int scan_next_shard(struct scan_next *n, const struct scan_options *options)
{
	struct shard *shard = &n->shard;
	struct strbuf why = {0};
	int err;

	if (!options->shard)
		return 0;
	strbuf_init(&why);
	err = shard_parse(options->shard, shard, &why);
	if (err)
		usage_error(n->session->cmd, "--shard %s: %s",
			*options->shard ? options->shard : "''", why.text);
	strbuf_release(&why);
	/* jobs without --seed have to agree, and each draws another */
	shard->seed = scan_options_gave(options, "seed") ? options->ports.seed : 0;
	snprintf(n->shard_text, sizeof n->shard_text, "%" PRIu32 "/%" PRIu32, shard->index + 1,
		shard->count);
	n->session->run.shard = n->shard_text;
	return err;
}

static int candidate(struct scan_next *n, struct engine_target *out)
{
	struct feed_item item;
	int got;

	if (n->expect)
		return scan_expect_next(n->expect, n->session->targets, n->ports, out);
	got = session_next(n->session, &item);
	if (got == 1)
		*out = (struct engine_target){
			.name = item.host, .addr = item.addr, .ports = n->ports};
	return got;
}

struct part {
	const struct scan_next *next;
	struct addr addr;
};

static bool in_shard(uint16_t port, void *user)
{
	struct part *p = user;

	p->addr.port = port;
	return shard_has(&p->next->shard, &p->addr, p->next->proto);
}

static const struct ports *ports_of_target(const struct engine_target *t)
{
	return t->own_ports ? t->own_ports : t->ports;
}

/* Leaves what belongs to this shard. False: nothing. */
static bool narrow(const struct scan_next *n, struct engine_target *t)
{
	struct part part = {n, t->addr};
	struct ports *own;

	if (n->shard.count < 2)
		return true;
	if (t->addr.port)
		return shard_has(&n->shard, &t->addr, n->proto);
	own = ports_filter(ports_of_target(t), in_shard, &part);
	ports_free(t->own_ports);
	t->own_ports = own;
	return own != NULL;
}

/* What an address is that no host answers from; NULL: it may be a host's. */
static const char *nobodys(const struct addr *given)
{
	struct addr a = addr_plain(given);
	u128 number = addr_number(&a);

	if (number == 0)
		return "the unspecified address";
	if (a.family == 4 && number == UINT32_MAX)
		return "the broadcast address";
	if (a.family == 4 ? a.ip[0] >> 4 == 14 : a.ip[0] == 0xff) /* 224.0.0.0/4, ff00::/8 */
		return "a multicast address";
	return NULL;
}

/* UDP: what answers has another address, so that silence would say nothing. Once for a network. */
static bool is_refused(struct scan_next *n, const struct engine_target *t)
{
	const char *what = n->proto == IPPROTO_UDP ? nobodys(&t->addr) : NULL;
	char text[ADDR_TEXT_MAX], name[REFUSED_MAX];

	if (!what)
		return false;
	snprintf(name, sizeof name, "%s", t->name ? t->name : addr_text(&t->addr, text));
	if (strcmp(name, n->refused) != 0)
		log_error("%s: %s, from which no host answers: with --udp, name the hosts", name,
			what);
	memcpy(n->refused, name, sizeof name);
	n->session->unusable++;
	return true;
}

static bool is_done(const struct scan_next *n, const struct engine_target *t)
{
	return n->resume &&
	       scan_resume_passes(n->resume, &t->addr, ports_of_target(t), n->proto, n->report);
}

int scan_next(struct scan_next *n, struct engine_target *out)
{
	int got;

	while ((got = candidate(n, out)) == 1) {
		bool refused = is_refused(n, out);

		if (!refused && narrow(n, out) && !is_done(n, out)) {
			n->given++;
			return 1;
		}
		ports_free(out->own_ports);
		n->passed += !refused;
	}
	return got;
}

uint64_t scan_next_total(const struct scan_next *n)
{
	uint32_t parts = n->shard.count ? n->shard.count : 1;
	bool exact;
	u128 total;

	if (n->expect)
		return scan_expect_named(n->expect) / parts;
	total = targets_count(n->session->targets, &exact) * ports_count(n->ports) / parts;
	return exact && total < UINT64_MAX ? (uint64_t)total : 0;
}
