/* SPDX-License-Identifier: MIT */
#ifndef BANNER_TALK_H
#define BANNER_TALK_H

#include "visit.h"

/* The connection stands, with the TLS that wraps it. */
void talk_begin(struct visit *v, nsec_t now);

/* From here on as the protocol's client. */
void talk_as(struct visit *v, enum protocol_id id, nsec_t now);

/* What the machine wants, after it was told something. */
void talk_follow(struct visit *v, enum machine_want want, nsec_t now);

#endif
