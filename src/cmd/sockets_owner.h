/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_OWNER_H
#define CMD_SOCKETS_OWNER_H

#include "sockets_options.h"

#include "netprobe/procfs/owners.h"
#include "netprobe/procfs/socket_entry.h"

/* Whose a socket is: processes, user, unit; each looked up when it is first asked for. */
struct ownership;

struct ownership *ownership_new(const struct sockets_options *o, bool reads_owners);
void ownership_free(struct ownership *w);

void ownership_want(struct ownership *w, const struct socket_entry *e);
int ownership_read(struct ownership *w); /* as owners_read(); 0 where owners are not read */
/* Before the next look. What was found by the last one is kept for those that are gone. */
void ownership_reset(struct ownership *w);

/* NULL and 0: none was found, or they are not read. */
const struct owner *ownership_processes(
	const struct ownership *w, const struct socket_entry *e, size_t *count);

/* The first process's name, NULL where there is none. Not escaped. */
const char *ownership_name(const struct ownership *w, const struct socket_entry *e);

/* NULL: not known, or names are not looked up. Both last until the next call. */
const char *ownership_user(struct ownership *w, const struct socket_entry *e);
const char *ownership_unit(struct ownership *w, const struct socket_entry *e);
const char *ownership_cgroup(struct ownership *w, const struct socket_entry *e);

/* The cgroup's path, for filter_on_cgroup(). */
const char *ownership_cgroup_path(void *ownership, uint64_t cgroup);

/* --process and --unit have what they ask for; true where they were not given. */
bool ownership_matches(struct ownership *w, const struct socket_entry *e);

/* The same of --unit alone, as far as it is known without processes: false is final. */
bool ownership_may_match(struct ownership *w, const struct socket_entry *e);

bool ownership_reads(const struct ownership *w); /* processes */

/* Every process was looked at: who holds a socket that has none is the kernel itself. False until
 * ownership_read() has come to the end. */
bool ownership_knows_all(const struct ownership *w);
bool ownership_failed(const struct ownership *w); /* ownership_read() has, and said why */
bool ownership_hidden(const struct ownership *w); /* as owners_hidden(), at that end */
uint64_t ownership_unreadable(const struct ownership *w);

#endif
