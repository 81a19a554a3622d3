/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PCAP_SAID_H
#define TESTS_PCAP_SAID_H

#include "../unit.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/capture/tracker.h"

/* Words about flows that are made by hand. */

#define MS NSEC_PER_MSEC
#define S  NSEC_PER_SEC

static struct strbuf text;

/* Each function appends: what stands there already stays. */
static inline void begin(void)
{
	strbuf_reset(&text);
	strbuf_puts(&text, "> ");
}

static inline void expect(const char *wanted)
{
	ck_assert_str_eq(text.text + 2, wanted);
	ck_assert_mem_eq(text.text, "> ", 2);
}

static inline struct flow flow_of(enum handshake_state state)
{
	struct flow f = {.handshake = {.state = state}};
	struct handshake *h = &f.handshake;

	h->first_syn = h->last_syn = S;
	h->synack = h->last_synack = h->ack = h->answer = NOT_SEEN;
	return f;
}

#endif
