/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCAN_TOLD_H
#define TESTS_SCAN_TOLD_H

#include "../../../src/cmd/scan_hold.h"

#include "../loopback.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A report into a file of this test's own, and the ports that wait to be told of. */
struct told {
	struct output *out;
	struct report *report;
	struct scan_hold *hold;
	char path[64], text[16384];
};

static inline void told_begin(struct told *t)
{
	struct report_options how = {.layout = REPORT_BLOCKS, .protocol = IPPROTO_TCP};
	struct output_options options = {.format = OUTPUT_JSON, .path = t->path};

	snprintf(t->path, sizeof t->path, "/tmp/netprobe-scan-told-%ld", (long)getpid());
	t->out = output_open(&options);
	ck_assert_ptr_nonnull(t->out);
	t->report = report_new(t->out, &how);
	t->hold = scan_hold_new(t->report);
}

static inline void told_end(struct told *t)
{
	scan_hold_free(t->hold);
	report_free(t->report);
	output_end(t->out, 0);
	unlink(t->path);
}

/* How often `what` stands in what was written. */
static inline unsigned told(struct told *t, const char *what)
{
	unsigned n = 0;
	FILE *f;

	output_flush(t->out);
	f = fopen(t->path, "r");
	t->text[fread(t->text, 1, sizeof t->text - 1, f)] = '\0';
	fclose(f);
	for (const char *at = t->text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static inline unsigned told_ports(struct told *t)
{
	return told(t, "\"type\":\"port\"");
}

static inline unsigned told_hosts(struct told *t)
{
	return told(t, "\"type\":\"summary\"");
}

/* The engine's part. */
static inline void told_decide(
	struct host *h, uint32_t cell, enum port_state state, enum port_reason reason)
{
	struct answer a = {.state = state, .reason = reason};

	host_decide(h, cell, &a, NSEC_PER_MSEC);
}

#endif
