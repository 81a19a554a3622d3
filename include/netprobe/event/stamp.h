/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_STAMP_H
#define NETPROBE_EVENT_STAMP_H

#include "netprobe/base/clock.h"

#include <stdbool.h>

/*
 * Round-trip times from kernel stamps. The kernel stamps packets with the wall clock
 * (SO_TIMESTAMPING, Documentation/networking/timestamping.rst), which can be stepped; the program
 * reads both clocks around each stamp, and that tells a step from a slow network.
 */

/* Both clocks, read one right after the other. */
struct instant {
	nsec_t mono, wall;
};

struct instant instant_now(void);

/* What is known of one probe and its answer. A stamp of 0 was not had. */
struct stamps {
	struct instant asked; /* before the program handed the probe to the kernel */
	struct instant read;  /* after it read the answer */
	nsec_t wire, arrived; /* kernel: on its way out, back in; wall clock */
};

enum stamp_source {
	STAMPS_NONE,    /* the program's clock alone */
	STAMPS_ARRIVED, /* the kernel's stamp of the answer, the program's of the probe */
	STAMPS_BOTH,    /* the kernel's alone */
};

struct round_trip {
	nsec_t rtt;
	nsec_t wait; /* from the program to the wire: queues, ARP; -1 when not known */
	nsec_t wake; /* from the answer's arrival to the program; -1 when not known */
	enum stamp_source source;
};

/* A stamp that fits neither clock reading beside it (the clock was stepped in a way that cannot be
 * undone) is not used: the figure then comes from the next best source. */
struct round_trip round_trip_of(const struct stamps *s);

#endif
