/* SPDX-License-Identifier: MIT */
#include "sockets_owner.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/units.h"
#include "netprobe/procfs/users.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct ownership {
	const struct sockets_options *options;
	struct owners *owners, *before; /* NULL: not read */
	bool knows_all, hidden, failed; /* of this look, once all are read */
	struct users *users;
	struct units *units;
	struct strbuf unit;
};

struct ownership *ownership_new(const struct sockets_options *o, bool reads_owners)
{
	struct ownership *w = mem_alloc(1, sizeof *w);
	const char *proc = o->proc ? o->proc : "/proc";

	w->options = o;
	if (reads_owners) {
		w->owners = owners_new(proc);
		w->before = owners_new(proc);
	}
	w->users = users_new();
	w->units = units_new(proc, NULL);
	return w;
}

void ownership_free(struct ownership *w)
{
	if (!w)
		return;
	owners_free(w->owners);
	owners_free(w->before);
	users_free(w->users);
	units_free(w->units);
	strbuf_release(&w->unit);
	free(w);
}

/* ---- processes */

/* What has lost its file is told with who held it last. */
static uint64_t held_inode(const struct socket_entry *e)
{
	return e->inode ? e->inode : e->last_inode;
}

void ownership_want(struct ownership *w, const struct socket_entry *e)
{
	if (w->owners)
		owners_want_again(w->owners, held_inode(e), w->before);
}

int ownership_read(struct ownership *w)
{
	int got = w->owners ? owners_read(w->owners) : 0;

	w->failed = got < 0;
	if (w->owners && got == 0) {
		w->hidden = owners_hidden(w->owners);
		w->knows_all = !w->hidden && owners_unreadable(w->owners) == 0;
	}
	return got;
}

void ownership_reset(struct ownership *w)
{
	struct owners *found = w->owners;

	w->knows_all = w->hidden = w->failed = false;
	units_forget_pids(w->units);
	if (!found)
		return;
	w->owners = w->before;
	w->before = found;
	owners_reset(w->owners);
}

bool ownership_reads(const struct ownership *w)
{
	return w->owners != NULL;
}

const struct owner *ownership_processes(
	const struct ownership *w, const struct socket_entry *e, size_t *count)
{
	const struct owner *found;

	*count = 0;
	if (!w->owners || !held_inode(e))
		return NULL;
	found = owners_of(w->owners, held_inode(e), count);
	return *count ? found : owners_of(w->before, held_inode(e), count);
}

const char *ownership_name(const struct ownership *w, const struct socket_entry *e)
{
	size_t count;
	const struct owner *owners = ownership_processes(w, e, &count);

	return count ? owners[0].comm : NULL;
}

bool ownership_knows_all(const struct ownership *w)
{
	return w->knows_all;
}

bool ownership_hidden(const struct ownership *w)
{
	return w->hidden;
}

bool ownership_failed(const struct ownership *w)
{
	return w->failed;
}

uint64_t ownership_unreadable(const struct ownership *w)
{
	return w->owners ? owners_unreadable(w->owners) : 0;
}

/* ---- user and unit */

const char *ownership_user(struct ownership *w, const struct socket_entry *e)
{
	if (w->options->common.numeric || !socket_knows_uid(e))
		return NULL;
	return users_name(w->users, e->uid);
}

/* The socket's own, else its first process's. */
const char *ownership_cgroup(struct ownership *w, const struct socket_entry *e)
{
	const char *path = e->cgroup ? units_path(w->units, e->cgroup) : NULL;
	const struct owner *owners;
	size_t count;

	if (path)
		return path;
	owners = ownership_processes(w, e, &count);
	return count ? units_path_of_pid(w->units, owners[0].pid) : NULL;
}

const char *ownership_unit(struct ownership *w, const struct socket_entry *e)
{
	const char *path = ownership_cgroup(w, e);

	strbuf_reset(&w->unit);
	return path && unit_of_path(path, &w->unit) ? w->unit.text : NULL;
}

const char *ownership_cgroup_path(void *ownership, uint64_t cgroup)
{
	struct ownership *w = ownership;

	return cgroup ? units_path(w->units, cgroup) : NULL;
}

/* ---- --process and --unit */

static bool is_process(const struct owner *owner, const char *pattern)
{
	uint64_t pid;

	if (owner->comm && fnmatch(pattern, owner->comm, 0) == 0)
		return true;
	return parse_uint(pattern, 1, UINT32_MAX, &pid) == 0 && pid == owner->pid;
}

static bool has_process(const struct ownership *w, const struct socket_entry *e)
{
	const struct option_list *wanted = &w->options->processes;
	size_t count;
	const struct owner *owners = ownership_processes(w, e, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < wanted->count; j++)
			if (is_process(&owners[i], wanted->values[j]))
				return true;
	return wanted->count == 0;
}

/* "ssh" is ssh.service, too. */
static bool is_unit(const char *unit, const char *pattern)
{
	static const char suffix[] = ".service";
	size_t len = strlen(unit), end = sizeof suffix - 1;
	struct strbuf bare = {0};
	bool same = fnmatch(pattern, unit, 0) == 0;

	if (!same && len > end && strcmp(unit + len - end, suffix) == 0) {
		strbuf_add(&bare, unit, len - end);
		same = fnmatch(pattern, bare.text, 0) == 0;
	}
	strbuf_release(&bare);
	return same;
}

static bool has_unit(struct ownership *w, const struct socket_entry *e)
{
	const struct option_list *wanted = &w->options->units;
	const char *unit = wanted->count ? ownership_unit(w, e) : NULL;

	for (size_t i = 0; unit && i < wanted->count; i++)
		if (is_unit(unit, wanted->values[i]))
			return true;
	return wanted->count == 0;
}

bool ownership_may_match(struct ownership *w, const struct socket_entry *e)
{
	if (w->options->units.count == 0)
		return true;
	return e->cgroup && units_path(w->units, e->cgroup) ? has_unit(w, e) : w->owners != NULL;
}

bool ownership_matches(struct ownership *w, const struct socket_entry *e)
{
	return has_process(w, e) && has_unit(w, e);
}
