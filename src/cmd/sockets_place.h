/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_PLACE_H
#define CMD_SOCKETS_PLACE_H

#include "sockets_options.h"

#include "netprobe/procfs/findings.h"
#include "netprobe/procfs/netns.h"

struct if_nameindex;

/* The network namespaces whose sockets are read. */
struct places {
	struct source **sources;
	const char **names;               /* "" for our own, when no other was asked for */
	struct if_nameindex **interfaces; /* of each; NULL where they could not be listed */
	size_t count;
	struct {                      /* what --netns all could not get at */
		uint64_t unreachable; /* namespaces that are known, */
		int err;              /* and why the last of them */
		struct netns_hidden processes;
		bool reads, enters; /* the privileges for either were there */
	} left_out;
	struct findings_context context; /* of the one namespace that --explain judges */
};

/* Before privileges are dropped. What went wrong is said. 0 or another code; to be released either
 * way. */
int places_open(struct places *p, const struct sockets_options *o);
void places_say_left_out(const struct places *p); /* a warning each */
void places_release(struct places *p);

/* The name that an interface's index had there at the start; NULL where there was none. */
const char *place_interface(const struct places *p, size_t place, uint32_t index);

/* The index of that name, if it is the same in all of them: a filter_interface of the places. */
const char *places_interface(const void *places, const char *name, uint32_t *index);

#endif
