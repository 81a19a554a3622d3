/* SPDX-License-Identifier: MIT */
#ifndef PROBE_LOCATOR_SHOT_H
#define PROBE_LOCATOR_SHOT_H

#include "locator_walk.h"

/* One distance of a way: asked, and asked again, until it has its fate. */

enum fate {
	FATE_UNASKED,
	FATE_UNDER_WAY,
	FATE_EXPIRED, /* a hop let it expire */
	FATE_ARRIVED, /* the target itself answered */
	FATE_REFUSED, /* somebody else sent an error that says how the port is */
	FATE_SILENT,
};

void shot_init(struct shot *shot, struct walk *w);

void shot_send(struct shot *shot);
void shot_wait(struct shot *shot); /* shot_send() as soon as there is an error to be had */
void shot_end(struct shot *shot, enum fate fate);

#endif
