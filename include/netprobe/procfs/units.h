/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_UNITS_H
#define NETPROBE_PROCFS_UNITS_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The systemd unit or container behind a cgroup. A cgroup's id, which sock_diag gives to everybody,
 * is the inode number of its directory in the cgroup2 file system; the tree is read when the first
 * id is asked for, and again when one is not known, but not more than once a second.
 */
struct units;

/* `proc` tells where cgroup2 is mounted (PROC/self/mountinfo), and which part of the tree is seen
 * there; a NULL `root` asks it, else the tree under `root` is taken. */
struct units *units_new(const char *proc, const char *root);
void units_free(struct units *u);

/* The cgroup's path ("/system.slice/ssh.service"), NULL where it is not to be seen or was gone
 * before the tree was first read; valid until units_free(). 65,536 cgroups are read, to a depth of
 * 64. */
const char *units_path(struct units *u, uint64_t cgroup);

/* The path of a process by PROC/PID/cgroup (the "0::" line; where that is missing or says "/" only,
 * as on a machine that uses the first version, the name=systemd line). NULL as above. Each process
 * is read once, and what it says holds, until units_forget_pids(). */
const char *units_path_of_pid(struct units *u, uint32_t pid);
void units_forget_pids(struct units *u);

/*
 * What a path stands for, appended: the innermost of "ssh.service", "session-3.scope" (or .socket,
 * .mount, .swap), "docker:0123456789ab", "podman:...", "containerd:...", "cri-o:...", "lxc:NAME",
 * "machine:NAME". So a service of a system in a container goes by its own name; "init.scope", where
 * a manager keeps itself, gives way to what is around it. A container's id is cut to 12 digits,
 * systemd's escapes (\x2d) stay as they are. False, and nothing, for a path that is none of these:
 * "/", a bare slice.
 */
bool unit_of_path(const char *path, struct strbuf *out);

#endif
