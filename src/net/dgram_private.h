/* SPDX-License-Identifier: MIT */
#ifndef NET_DGRAM_PRIVATE_H
#define NET_DGRAM_PRIVATE_H

#include "netprobe/net/dgram.h"

#include <netinet/in.h>
#include <sys/socket.h>

/*
 * A datagram socket in two modules: dgram.c opens it and sends, dgram_receive.c reads packets,
 * errors and stamps, and counts drops. They meet in the keys, of which a stamp tells the packet.
 */

enum { DGRAM_KEYS = 4096 }; /* stamps that may be outstanding where the kernel counts keys itself */

struct dgram_control {
	_Alignas(struct cmsghdr) char room[256];
};

/* Rows of buffers, one for each message of a batch. */
struct dgram_rows {
	struct mmsghdr messages[DGRAM_BATCH];
	struct iovec parts[DGRAM_BATCH];
	struct sockaddr_storage names[DGRAM_BATCH];
	struct dgram_control controls[DGRAM_BATCH];
	uint8_t *bytes;
	size_t width;
	size_t fresh; /* from here on the messages are as rows_renew() leaves them */
};

/* A packet that the kernel numbered by itself. */
struct dgram_counted {
	uint32_t key, number;
	nsec_t before; /* wall clock, just before it was sent */
};

struct dgram {
	int fd;
	int family;
	bool has_ports;
	struct dgram_rows out, in, errors;
	uint32_t keys[DGRAM_BATCH]; /* of the packets that wait */
	size_t waiting, sent;       /* of the batch: written; of these, gone */
	bool own_keys;              /* the kernel takes a key with each packet (SCM_TS_OPT_ID) */
	bool own_keys_proved;
	struct dgram_counted *counted; /* by the kernel's count, where it takes no keys */
	uint32_t count;
	int no_room;  /* errno of what waits */
	bool recount; /* before the next packet: one was refused */
	uint64_t dropped;
	uint32_t drops_seen;
	size_t at_once, most; /* bytes read without a pause, with the kernel's overhead */
};

/* dgram_receive.c */

/* An ICMP error for an earlier packet is told by the next call on the socket, whatever that does.
 */
bool dgram_tells_of_others(int err);

/* What was dropped until now is not counted. */
void dgram_forget_drops(struct dgram *d);

#endif
