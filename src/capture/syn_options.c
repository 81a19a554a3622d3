/* SPDX-License-Identifier: MIT */
#include "syn_options.h"

void syn_options_parse(const struct frame *frame, struct tcp_options *out)
{
	tcp_options_parse(frame->tcp.options, frame->tcp.options_len, out);
}

void syn_options_fill(
	struct syn_options *out, const struct frame *frame, const struct tcp_options *o)
{
	bool whole = tcp_options_whole(&frame->tcp);
	unsigned ecn = frame->tcp.flags & (TCP_ECE | TCP_CWR);

	*out = (struct syn_options){
		.seen = true,
		.has_mss = o->has_mss,
		.has_wscale = o->has_wscale,
		.sack = o->sack_permitted,
		.timestamps = o->has_timestamps,
		.ecn = ecn == (frame->tcp.flags & TCP_ACK ? TCP_ECE : TCP_ECE | TCP_CWR),
		.tfo = o->has_tfo,
		.mptcp = o->has_mptcp,
		.malformed = o->malformed && whole,
		.cut = !whole,
		.wscale = o->wscale,
		.mss = o->mss,
	};
}

void syn_options_take(struct syn_options *out, const struct frame *frame)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	syn_options_fill(out, frame, &o);
}
