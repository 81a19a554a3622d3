/* SPDX-License-Identifier: MIT */
#include "scan_engine.h"

#include "netprobe/base/mem.h"
#include "netprobe/probe/udp_engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

/* How long closed ports are proved, and filtered ones asked again, for an address. */
#define ICMP_WAIT_TCP (10 * NSEC_PER_SEC)
#define ICMP_WAIT_UDP (60 * NSEC_PER_SEC)

enum { ATTEMPTS_UNTIL_AGREED = 30, UDP_RETRIES = 1 };

struct scan_engine {
	struct engine *tcp; /* one of the two */
	struct udp_engine *udp;
};

int scan_protocol(const struct scan_options *options)
{
	return options->udp ? IPPROTO_UDP : IPPROTO_TCP;
}

static nsec_t icmp_wait_of(const struct scan_options *o)
{
	if (o->icmp_wait != SCAN_ICMP_WAIT_UNSET)
		return o->icmp_wait;
	return o->udp ? ICMP_WAIT_UDP : ICMP_WAIT_TCP;
}

static struct engine *new_tcp(struct loop *loop, const struct scan_options *o, unsigned beside,
	const struct engine_events *events)
{
	struct engine_options options = {
		.parallel = (unsigned)o->parallel,
		.rate = (double)o->rate,
		.timeout = o->timeout,
		.delay = o->delay,
		.policy =
			{
				.attempts = o->retries == SCAN_RETRIES_UNSET
						    ? ATTEMPTS_UNTIL_AGREED
						    : (unsigned)o->retries + 1,
				.icmp_wait = icmp_wait_of(o),
			},
		.seed = o->ports.seed,
		.sequential = o->ports.sequential,
	};

	if (beside && (options.parallel == 0 || options.parallel > beside))
		options.parallel = beside;
	return engine_new(loop, &probe_tcp_connect, &options, events);
}

static struct udp_engine *new_udp(struct loop *loop, const struct scan_options *o,
	const struct ports *controls, const struct engine_events *events)
{
	const struct udp_engine_options options = {
		.rate = (double)o->rate,
		.timeout = o->timeout,
		.delay = o->delay,
		.retries = o->retries == SCAN_RETRIES_UNSET ? UDP_RETRIES : (unsigned)o->retries,
		.icmp_wait = icmp_wait_of(o),
		.seed = o->ports.seed,
		.sequential = o->ports.sequential,
		.controls = controls,
	};

	return udp_engine_new(loop, &options, events);
}

struct scan_engine *scan_engine_new(struct loop *loop, const struct scan_options *options,
	unsigned beside, const struct ports *controls, const struct engine_events *events)
{
	struct scan_engine *e = mem_alloc(1, sizeof *e);
	int err;

	if (options->udp)
		e->udp = new_udp(loop, options, controls, events);
	else
		e->tcp = new_tcp(loop, options, beside, events);
	if (e->tcp || e->udp)
		return e;
	err = errno;
	free(e);
	errno = err;
	return NULL;
}

void scan_engine_free(struct scan_engine *e)
{
	if (e && e->tcp)
		engine_free(e->tcp);
	if (e && e->udp)
		udp_engine_free(e->udp);
	free(e);
}

void scan_engine_stop(struct scan_engine *e)
{
	if (e->tcp)
		engine_stop(e->tcp);
	else
		udp_engine_stop(e->udp);
}

void scan_engine_status(const struct scan_engine *e, struct engine_status *out)
{
	if (e->tcp)
		engine_status(e->tcp, out);
	else
		udp_engine_status(e->udp, out);
}

void scan_engine_add(struct scan_engine *e, const struct engine_target *target)
{
	engine_add(e->tcp, target);
}
