/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_VANTAGE_H
#define NETPROBE_CAPTURE_VANTAGE_H

#include "netprobe/capture/flow.h"

#include <stdint.h>

/*
 * Where a capture was taken, as its handshakes show: the way from the capture to the server and
 * back is in the time from SYN to SYN-ACK, the way to the client and back in the time from SYN-ACK
 * to ACK. Who was captured beside has next to none. Zeroed: no handshake yet.
 */
enum vantage_place {
	VANTAGE_UNKNOWN, /* too few handshakes, both ends near, or here one and there the other */
	VANTAGE_CLIENT,  /* on the clients' side */
	VANTAGE_SERVER,
	VANTAGE_BETWEEN,
	VANTAGE_PLACES
};

struct vantage {
	uint64_t votes[VANTAGE_PLACES]; /* handshakes, by what each of them shows */
};

/* Each flow once, when it is over or its handshake decided. Only handshakes that are complete and
 * whose times are certain count. */
void vantage_add(struct vantage *v, const struct flow *f);

/* What four in five of the handshakes agree on, if they are five or more: those that show nothing
 * do not agree, since among very many that are fast some are held up here, some there. */
enum vantage_place vantage_place(const struct vantage *v);

const char *vantage_place_name(enum vantage_place place); /* "client", ...; NULL: unknown */

#endif
