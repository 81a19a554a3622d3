/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_NETNS_H
#define NETPROBE_PROCFS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Network namespaces that can be named: by `ip netns` (/run/netns/NAME), or by a process in them.
 */
struct netns {
	char *name; /* "blue", or "pid 812" of one without another name; "" for our own, if it was
		       not asked for by its name */
	int fd;
	uint64_t inode; /* of the namespace: the same one has the same */
	bool own;       /* the one this process is in */
};

/* Processes whose namespace this one may not see: it may be one that is known, or another. */
struct netns_hidden {
	uint64_t count;
	uint32_t pid; /* the lowest */
	int err;      /* -errno of that one */
};

struct netns_list {
	struct netns *items;
	size_t count;
	/* of "all" only */
	uint64_t unreadable; /* names whose namespace this process may not see */
	struct netns_hidden hidden;
};

/*
 * What NAME, a PID or "all" stands for. "all": our own first, then the named ones by name, then
 * those that only processes are in, by their lowest pid; each once. A name goes before a number
 * that could be both. 0; -ENOENT: no such name or process; -EACCES: of somebody else; -EINVAL: a
 * file that is no network namespace, which "all" passes over; other -errno. After an error the list
 * is empty. No namespace is entered here. `proc` and `named` are the directories ("/proc",
 * "/run/netns").
 */
int netns_find(const char *proc, const char *named, const char *what, struct netns_list *out);
void netns_list_release(struct netns_list *list);

#endif
