/* SPDX-License-Identifier: MIT */
#ifndef NET_ERRQUEUE_H
#define NET_ERRQUEUE_H

#include "netprobe/net/sock.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* What an entry of a socket's error queue is about (ip(7), IP_RECVERR). */
enum errqueue_origin {
	ERRQUEUE_OTHER, /* zero-copy and the like */
	ERRQUEUE_ICMP,
	ERRQUEUE_LOCAL, /* this machine refused a packet */
	ERRQUEUE_STAMP, /* a packet left */
};

struct errqueue_entry {
	enum errqueue_origin origin;
	struct sock_error error; /* `port` is left 0: it stands in the message's name */
	uint32_t key;            /* of the packet that left */
};

/* Reads the control message that says it; false when `c` is another one. */
bool errqueue_read(const struct cmsghdr *c, struct errqueue_entry *out);

/* The kernel's software stamp (SCM_TIMESTAMPING), wall clock; 0 when `c` is another control
 * message.
 */
nsec_t errqueue_stamp(const struct cmsghdr *c);

/* Switches on stamps of what leaves, without its bytes, and of what comes; `keys`: each departure
 * is told under a number. 0 or -errno. */
int errqueue_stamping(int fd, bool keys);

#endif
