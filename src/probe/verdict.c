/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "netprobe/net/route.h"
#include "netprobe/packet/icmp.h"

enum probe_event verdict(struct answer *out, enum port_state state, enum port_reason reason)
{
	out->state = state;
	out->reason = reason;
	return PROBE_ANSWERED;
}

enum probe_event verdict_refused(int err, struct answer *out)
{
	enum port_reason reason = reason_of_errno(err);

	out->err = err;
	if (reason == REASON_NONE)
		return PROBE_TROUBLE;
	return verdict(out, reason == REASON_LOCAL ? PORT_FILTERED : PORT_UNREACHABLE, reason);
}

enum probe_event verdict_icmp(
	int fd, const struct addr *to, const struct sock_error *e, struct answer *out)
{
	enum icmp_meaning meaning = icmp_meaning(to->family, e->type, e->code);
	struct addr self;

	out->icmp_type = e->type;
	out->icmp_code = e->code;
	out->from = e->from;
	out->arrived = e->arrived;
	if (sock_local_addr(fd, &self) == 0 && addr_same(&self, &e->from)) {
		if (meaning != ICMP_MEANS_NO_WAY || !route_is_unreached(to))
			return verdict(out, PORT_FILTERED, REASON_LOCAL);
		*out = (struct answer){0};
		return verdict(out, PORT_UNREACHABLE, REASON_ARP);
	}
	return verdict(
		out, meaning == ICMP_MEANS_NO_WAY ? PORT_UNREACHABLE : PORT_FILTERED, REASON_ICMP);
}
