/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_PRIVATE_H
#define CAPTURE_PRIVATE_H

#include "netprobe/capture/capture.h"

#include <endian.h>
#include <pcap/pcap.h>
#include <string.h>

enum { CAPTURE_SNAPLEN = 262144 }; /* what libpcap takes at most, and what is "all" */

/* What a kind of source does; `c` is the beginning of its own struct. */
struct capture_kind {
	int (*begin)(struct capture *c, const char *filter, struct strbuf *why);
	int (*read)(struct capture *c, unsigned most, struct strbuf *why);
	void (*free)(struct capture *c);
	void (*progress)(const struct capture *c, uint64_t *done, uint64_t *total);
	void (*status)(struct capture *c); /* brings c->status up to date; NULL: it is */
	const char *(*interface)(const struct capture *c, const struct captured *packet);
};

struct capture {
	const struct capture_kind *kind;
	int fd; /* -1: a file */
	nsec_t last;
	bool filtered;
	struct capture_status status;
	/* of the call of capture_read() that runs */
	void (*take)(void *user, const struct captured *packet);
	void *user;
};

/* NULL and `why`, as capture_open() has it. */
struct capture *capture_open_live(const struct capture_options *options, struct strbuf *why);
struct capture *capture_open_file(const struct capture_options *options, struct strbuf *why);

/* Compiles the filter for the link type of `pcap`. False, with `why`, where it is in error. */
bool capture_compile(pcap_t *pcap, const char *filter, struct bpf_program *out, struct strbuf *why);

/* The interface that a cooked frame of version 2 says it came through; 0 where it is cut. */
static inline uint32_t capture_cooked_interface(const struct captured *packet)
{
	uint32_t index;

	if (packet->len < 4 + sizeof index)
		return 0;
	memcpy(&index, packet->bytes + 4, sizeof index);
	return be32toh(index);
}

/* Hands a packet on that the filter has let through. */
static inline void capture_give(struct capture *c, const struct captured *packet)
{
	c->status.packets++;
	if (packet->at < c->last)
		c->status.backwards = true;
	c->last = packet->at;
	if (packet->link == LINK_UNKNOWN)
		c->status.unknown_link++;
	c->take(c->user, packet);
}

#endif
