/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_ANSWERED_H
#define CAPTURE_ANSWERED_H

#include "netprobe/capture/flow.h"

/* Which of several SYNs was answered, which of several SYN-ACKs acknowledged: the one whose
 * timestamp comes back (RFC 7323, 3.2), or whose IP header an ICMP error quotes, or of two SYN-ACKs
 * whose number does, else the last one, with `ambiguous_syn` or `ambiguous_synack`. */

/* A SYN after the first; `tsval`, `id` of IP 0: it has none. */
void answered_add_syn(struct handshake *h, nsec_t at, uint32_t tsval, uint16_t id);
/* `echo`: the TSecr of the answer that came at `at`, 0: none. */
void answered_choose_syn(struct handshake *h, nsec_t at, uint32_t echo);
void answered_choose_quoted(struct handshake *h, nsec_t at, uint16_t id);
/* Sets isn[SERVER] to what is acknowledged. */
void answered_choose_synack(struct handshake *h, uint32_t acknowledgment, uint32_t echo);

#endif
