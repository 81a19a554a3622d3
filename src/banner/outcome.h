/* SPDX-License-Identifier: MIT */
#ifndef BANNER_OUTCOME_H
#define BANNER_OUTCOME_H

#include "visit.h"

/* Each of these goes on with another connection, or ends the visit. */

/* The conversation on this connection is over. */
void outcome_over(struct visit *v, enum visit_end end, nsec_t now);

/* What answers does not speak as it was spoken to. */
void outcome_mismatch(struct visit *v, nsec_t now);

/* The redirect leads nowhere: what was found before it is the result. */
void outcome_lost(struct visit *v, const char *why, nsec_t now);

#endif
