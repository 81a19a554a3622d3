/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_CGROUP_TEXT_H
#define PROCFS_CGROUP_TEXT_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One line of PROC/PID/mountinfo (proc(5)), with or without its end. Where it is a mount of
 * cgroup2: true, with the place where it is mounted and the cgroup that is seen there ("/": all of
 * them), both unescaped; else false, and both are empty.
 */
bool mountinfo_cgroup2(const char *line, size_t len, struct strbuf *place, struct strbuf *root);

/*
 * The cgroup in the text of PROC/PID/cgroup: of its "0::" line; where that is missing or tells the
 * root only, of the line of systemd's own hierarchy of version 1. False, and nothing, where neither
 * is there. " (deleted)" is taken off.
 */
bool cgroup_text_path(const char *text, size_t len, struct strbuf *out);

#endif
