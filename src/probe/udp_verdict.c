/* SPDX-License-Identifier: MIT */
#include "udp_host.h"

enum { CERTAIN = 99, LIKELY = 90, EVEN = 50 }; /* percent */

uint32_t udp_host_pending(const struct udp_host *u)
{
	return u->host->count - u->host->decided;
}

uint32_t udp_host_fresh(const struct udp_host *u)
{
	return udp_host_pending(u) - u->suspects - u->proved;
}

bool udp_host_is_unheard(const struct udp_host *u)
{
	return u->budget.answers == 0 && u->host->controls_replied == 0 && !u->heard;
}

bool udp_host_differs(const struct udp_host *u, uint32_t cell)
{
	return u->cells[cell].evidence == UDP_EVIDENCE;
}

void udp_host_verdict(const struct udp_host *u, uint32_t cell, struct answer *out,
	uint8_t *confidence, enum silence_proof *proof)
{
	unsigned evidence = u->cells[cell].evidence;
	/* how often a closed port was silent for another reason, where an error was to be had */
	double astray = (u->mistaken + 1.0) / (u->trials + u->mistaken + 2.0);
	double sure = EVEN;

	*out = (struct answer){.state = PORT_OPEN_FILTERED, .reason = REASON_TIMEOUT};
	*proof = SILENCE_NO_ERRORS;
	if (evidence) {
		*proof = SILENCE_BESIDE;
		sure = 100 * (1 - (evidence == UDP_EVIDENCE ? astray * astray : astray));
		if (evidence < UDP_EVIDENCE && sure > LIKELY)
			sure = LIKELY;
	} else if (u->host->no_way && udp_host_is_unheard(u)) {
		*proof = SILENCE_NO_WAY;
		sure = 100 / (u->host->no_way + 2.0);
	} else if (u->budget.answers || u->host->controls == 0) {
		*proof = SILENCE_NOT_PROVED;
		sure = 100 * (u->proved + 1.0) / (u->proved + u->closed + 2.0);
	}
	*confidence = (uint8_t)(sure < CERTAIN ? sure : CERTAIN);
}
