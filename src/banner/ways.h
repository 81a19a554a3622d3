/* SPDX-License-Identifier: MIT */
#ifndef BANNER_WAYS_H
#define BANNER_WAYS_H

#include "visit.h"

/* Whom a visit asks, and as what: in the beginning, and after a redirect. */

void ways_first(struct visit *v);

/* HTTP sent us elsewhere, and that is wanted: true where the visit goes on there. */
bool ways_follow(struct visit *v, nsec_t now);

/* The last redirect led nowhere: it is none of those that were followed. */
void ways_back(struct visit *v);

#endif
