/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_FEED_H
#define NETPROBE_NET_FEED_H

#include "netprobe/base/clock.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"
#include "netprobe/net/target.h"

#include <stdbool.h>

/*
 * Addresses to work on, from targets and the resolver together: names are handed to the resolver as
 * they come, many at once, and what is resolved first comes out first; literals never wait for
 * them.
 */
struct feed;

struct feed_options {
	int family;         /* 4, 6 or 0 */
	bool all_addresses; /* every address of a name, not only the first */
	bool numeric;       /* names are errors (ERR_NAME) */
};

struct feed_item {
	const char *host;          /* as given */
	struct addr addr;          /* port: asked for with this target, or 0 */
	const char *scheme, *path; /* of a URL, as in struct target; NULL. All three texts are
				      valid until the next call */
	nsec_t lookup;             /* what the name's lookup took; negative: none was needed */
};

/* `targets` stays the caller's and must outlive the feed. NULL with errno set. */
struct feed *feed_new(struct targets *targets, const struct feed_options *options);
void feed_free(struct feed *f);

/*
 * 1: an address in *out. 0: the end. -EAGAIN: names are being looked up; call again when feed_fd()
 * is readable. Another negative code: a target that cannot be used, or (EAI failure: ERR_NAME) a
 * name that does not resolve; one line about it is appended to `why`, and the next call goes on
 * behind it.
 */
int feed_next(struct feed *f, struct feed_item *out, struct strbuf *why);

int feed_fd(const struct feed *f); /* readable when an answer waits */

#endif
