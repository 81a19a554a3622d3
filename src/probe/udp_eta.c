/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

nsec_t udp_host_left(const struct udp_host *u, nsec_t now, nsec_t each)
{
	nsec_t wait = u->policy->icmp_wait, sweep, left, most;

	if (u->budget.kind != BUDGET_LIMITED || u->phase == UDP_DONE || wait == 0)
		return 0;
	sweep = (nsec_t)udp_host_unswept(u) * each;
	left = sweep + budget_eta(&u->budget, now, udp_host_fresh(u));
	/* the time of proving begins with the end of the first pass */
	most = u->sweep_passes ? u->prove_since + wait - now : sweep + wait;
	if (u->suspects)
		left += (nsec_t)UDP_EVIDENCE * UDP_TOKENS * u->budget.interval;
	return left < most ? left : most > 0 ? most : 0;
}

void udp_eta_finished(struct udp_engine *e, const struct udp_host *u, nsec_t now)
{
	e->finished++;
	e->lasted += now - u->began;
	e->limit_met |= u->budget.kind == BUDGET_LIMITED;
}

/* What a datagram to each of them takes: its own pace, or all of theirs. */
static nsec_t sweep_pace(const struct udp_engine *e)
{
	nsec_t each = e->policy.delay > UDP_PACE ? e->policy.delay : UDP_PACE;
	nsec_t shared;
	uint32_t sweeping = 0;

	for (const struct udp_host *u = e->live; u; u = u->next)
		sweeping += udp_host_unswept(u) > 0;
	shared = (nsec_t)sweeping * e->pacer.interval;
	return shared > each ? shared : each;
}

void udp_eta(const struct udp_engine *e, struct engine_status *out, nsec_t now)
{
	nsec_t each = sweep_pace(e), mean = e->finished ? e->lasted / e->finished : 0;

	for (const struct udp_host *u = e->live; u; u = u->next) {
		nsec_t left = udp_host_left(u, now, each), whole = now - u->began + left;

		out->under_way += u->out;
		/* one that met no limit yet will, where others did */
		if (left == 0 && e->limit_met && u->began + mean > now)
			left = u->began + mean - now;
		if (left == 0)
			continue;
		if (e->finished == 0 && whole > out->lasts)
			out->lasts = whole;
		if (left <= out->left)
			continue;
		out->left = left;
		out->limit = ENGINE_ICMP;
		out->limiter = u->host->addr;
	}
	if (e->finished)
		out->lasts = mean;
	if (e->targets_done)
		out->lasts = 0;
	/* while names are looked up there is room for more */
	out->at_once = e->waits_for_names ? UDP_LIVE_CELLS : e->live_cells;
}
