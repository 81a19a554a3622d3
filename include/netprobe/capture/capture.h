/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_CAPTURE_H
#define NETPROBE_CAPTURE_CAPTURE_H

#include "netprobe/base/clock.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/packet/frame.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where packets come from: an interface, or a file: pcap in both byte orders with micro- and
 * nanoseconds, pcapng with interfaces of several link types, either packed by gzip, zstd or xz (the
 * magic says so). Reads through libpcap; pcapng by itself, since libpcap takes one link type only
 * and does not say which interface it was.
 */
struct capture;

/* What is captured live is given this much later at most: who stops waits as long, and reads once
 * more. */
#define CAPTURE_LATE (100 * NSEC_PER_MSEC)

struct capture_options {
	const char *interface; /* "any" too; NULL: a file */
	const char *path;      /* "-": standard input */
	uint32_t snaplen;      /* live: bytes kept of each packet; 0: all */
	bool promiscuous;
	/* Of a file, or NULL: capture_interface() is about to know another one. */
	void (*another_interface)(void *user);
	void *user;
};

/* One packet; what it points to holds until the next is read. */
struct captured {
	nsec_t at; /* wall clock */
	const uint8_t *bytes;
	uint32_t len, wire_len;
	enum link_type link;
	uint32_t interface; /* for capture_interface(); 0: not known, or the only one */
	bool incoming, outgoing, to_others; /* as the frame's, where pcapng tells */
};

struct capture_status {
	uint64_t packets; /* that were taken, after the filter */
	uint64_t dropped; /* live: by the kernel, for want of room (packet(7), PACKET_STATISTICS) */
	uint64_t dropped_interface; /* by the interface or its driver, where it tells */
	uint64_t unknown_link;      /* packets of a link type that is not known; they were taken */
	bool backwards;             /* a packet was older than the one before */
};

/* Opens and sets up everything that takes privilege (CAP_NET_RAW for an interface). NULL: `why`
 * says what, on what and why in one line. */
struct capture *capture_open(const struct capture_options *options, struct strbuf *why);

void capture_free(struct capture *c);

/* Once, before the first packet is read, and after privileges are gone, since it reads what a file
 * begins with, and an expression of pcap-filter(7) may look up names; NULL or empty takes all. 0;
 * ERR_SYNTAX: the expression is in error; another code: the file is no capture; `why` says it in
 * one line. */
int capture_begin(struct capture *c, const char *filter, struct strbuf *why);

/* Up to `most` packets, those counted that the filter stops; of a pipe those that have come, at
 * least one. 1: there may be more at once; 0: the file is at its end; -EAGAIN: nothing waits on the
 * interface; another -errno or ERR code, again at each later call: `why` says what is wrong with
 * the file or the interface, and how far it could be read. Everything before was given. -EINTR:
 * one of ending_signals (base/ending.h) waits, blocked, and the pipe that is read is silent. */
int capture_read(struct capture *c, void (*take)(void *user, const struct captured *packet),
	void *user, unsigned most, struct strbuf *why);

/* To wait for with LOOP_IN; -1 for files, which never make one wait. */
int capture_fd(const struct capture *c);

/* For progress: bytes of the file read so far and in all; total 0 where that is not known. */
void capture_progress(const struct capture *c, uint64_t *done, uint64_t *total);

void capture_status(struct capture *c, struct capture_status *out);

/* Nothing that came by was left out, as far as capture_status() has told: no filter, no drops. */
bool capture_is_whole(const struct capture *c);

/* As frame_parse(), with what is known of it beside. */
void capture_parse(const struct captured *packet, struct frame *out);

/* The name of the interface a packet came through: of pcapng, of a live capture, of cooked v2 while
 * it is live, or in pcapng "any:2". NULL where it is not known. */
const char *capture_interface(const struct capture *c, const struct captured *packet);

/* "libpcap version 1.10.3 ...", a line, and one with the libraries that unpack; static storage. */
const char *capture_library_version(void);

/* ---- what was seen, saved */

struct capture_writer;

/* A pcap file with nanoseconds; "-" is standard output. Its link type is that of the first packet.
 * What the file has stays until capture_writer_begin(). NULL with errno; ERR_HELD where another run
 * writes it. */
struct capture_writer *capture_writer_new(const char *path);

int capture_writer_begin(struct capture_writer *w); /* before the first packet; 0 or -errno */

/* 0, -errno, or ERR_UNSUPPORTED: a packet of another link type, which such a file cannot hold. */
int capture_writer_put(struct capture_writer *w, const struct captured *packet);
int capture_writer_flush(struct capture_writer *w); /* 0 or -errno */
int capture_writer_close(struct capture_writer *w); /* frees it; 0 or -errno of the first failure */

#endif
