/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_SYN_OPTIONS_H
#define CAPTURE_SYN_OPTIONS_H

#include "netprobe/capture/flow.h"
#include "netprobe/packet/frame.h"

/* Copies of what a SYN or SYN-ACK offers (RFC 3168, 6.1.1 for ECN). */
void syn_options_take(struct syn_options *out, const struct frame *frame);

/* The same in two steps, for who wants the timestamps, too. */
void syn_options_parse(const struct frame *frame, struct tcp_options *out);
void syn_options_fill(
	struct syn_options *out, const struct frame *frame, const struct tcp_options *o);

#endif
