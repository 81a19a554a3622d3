/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/owners.h"

#include "fd_links.h"
#include "small_file.h"

#include "netprobe/base/idmap.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUDGET = 1024,    /* descriptors in one owners_read(): one or two milliseconds */
	PROCESS_COST = 8, /* in descriptors */
	FIRST_ROOM = 256, /* a power of two */
	COMM_MAX = 64,    /* of kernel threads; 15 of all others */
	THREADS_TRIED = 8,
	LINKS_OF_ONE_THREAD = 3, /* of PROC/PID/task: itself, its parent, the thread */
};

/* Where the owners of an inode stand. */
struct span {
	size_t first, count;
};

struct found {
	size_t index; /* of its inode */
	struct owner owner;
};

/* Of an inode, who was seen to hold it before. */
struct known {
	size_t index;
	const struct owner *owners;
	size_t count;
};

struct comm {
	struct comm *next;
	char text[];
};

struct owners {
	char *proc;
	struct idmap wanted;
	struct span *spans; /* by the index of the inode, when all is read */
	struct found *found;
	size_t found_count, found_room;
	struct known *known;
	size_t known_count, known_room;
	struct owner *sorted; /* when all is read */
	struct comm *comms;
	uint64_t unreadable;
	bool saw_any; /* process */
	int shortage; /* -errno of this process, which has no descriptor left to look with */

	/* where the reading stands */
	bool done;
	struct numbers pids;
	uint32_t pid;
	int process; /* its directory: another one with the same number cannot come in between */
	const char *comm;
	bool comm_read;
	struct fd_links links;
	struct numbers tasks;
	unsigned tasks_tried;
};

/* ---- what is wanted */

void owners_want(struct owners *o, uint64_t inode)
{
	if (inode != 0)
		idmap_add(&o->wanted, inode);
}

void owners_want_again(struct owners *o, uint64_t inode, const struct owners *before)
{
	struct known known;

	owners_want(o, inode);
	known.owners = owners_of(before, inode, &known.count);
	if (known.count == 0)
		return;
	known.index = idmap_add(&o->wanted, inode);
	if (o->known_count == o->known_room) {
		o->known_room = o->known_room ? 2 * o->known_room : FIRST_ROOM;
		o->known = mem_resize(o->known, o->known_room, sizeof *o->known);
	}
	o->known[o->known_count++] = known;
}

/* ---- one process */

static void close_process(struct owners *o)
{
	fd_links_close(&o->links);
	numbers_close(&o->tasks);
	if (o->process >= 0)
		close(o->process);
	o->process = -1;
}

/* It ended while it was looked at, or its place is taken by something else. */
static bool is_gone(int err)
{
	return err == 0 || err == -ENOENT || err == -ESRCH || err == -ENOTDIR;
}

/* What is not seen then says nothing about the process that was looked at. */
static bool is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static void leave_process(struct owners *o, int err)
{
	if (is_shortage(err))
		o->shortage = err;
	else
		o->unreadable += !is_gone(err);
	close_process(o);
}

static int enter_process(struct owners *o, const char *name)
{
	o->comm = NULL;
	o->comm_read = false;
	o->tasks_tried = 0;
	o->process = openat(o->pids.fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return o->process < 0 ? -errno : fd_links_open(&o->links, o->process, "fd");
}

static bool has_other_threads(const struct owners *o)
{
	struct stat st;

	return fstatat(o->process, "task", &st, 0) == 0 && st.st_nlink > LINKS_OF_ONE_THREAD;
}

/*
 * The main thread may have ended before the others. Its descriptors, which it shared with them, are
 * then seen through them alone.
 */
static bool enter_thread(struct owners *o)
{
	struct strbuf path = {0};
	const char *name;
	uint32_t tid;
	int err = -ENOENT;

	fd_links_close(&o->links);
	if (o->tasks.fd < 0 &&
		(!has_other_threads(o) || numbers_open(&o->tasks, o->process, "task") != 0))
		return false;
	while (err != 0 && o->tasks_tried++ < THREADS_TRIED &&
		numbers_next(&o->tasks, &tid, &name) == 1) {
		if (tid == o->pid)
			continue;
		strbuf_reset(&path);
		strbuf_printf(&path, "%s/fd", name);
		err = fd_links_open(&o->links, o->tasks.fd, path.text);
	}
	strbuf_release(&path);
	if (is_shortage(err))
		o->shortage = err;
	return err == 0;
}

static const char *keep_comm(struct owners *o, const char *text, size_t len)
{
	struct comm *comm = mem_alloc(1, sizeof *comm + len + 1);

	memcpy(comm->text, text, len);
	comm->next = o->comms;
	o->comms = comm;
	return comm->text;
}

static const char *read_comm(struct owners *o)
{
	char text[COMM_MAX + 1];
	ssize_t len = small_file_read(o->process, "comm", text, sizeof text);

	/* the kernel ends even an empty name with a newline */
	if (len <= 0) {
		if (is_shortage((int)len))
			o->shortage = (int)len;
		return NULL;
	}
	len -= len > COMM_MAX || text[len - 1] == '\n';
	return keep_comm(o, text, (size_t)len);
}

static void add_owner(struct owners *o, size_t index, const struct owner *owner)
{
	if (o->found_count == o->found_room) {
		o->found_room = o->found_room ? 2 * o->found_room : FIRST_ROOM;
		o->found = mem_resize(o->found, o->found_room, sizeof *o->found);
	}
	o->found[o->found_count++] = (struct found){.index = index, .owner = *owner};
}

static void add_found(struct owners *o, size_t index, uint32_t fd)
{
	if (!o->comm_read)
		o->comm = read_comm(o);
	o->comm_read = true;
	add_owner(o, index, &(struct owner){.pid = o->pid, .fd = fd, .comm = o->comm});
}

/* Until the budget is used up or the process is left. */
static void read_process(struct owners *o, int *budget)
{
	uint64_t inode;
	uint32_t fd;
	size_t index;
	int got = 1;

	for (; *budget > 0 && got == 1; --*budget) {
		got = fd_links_next(&o->links, &fd, &inode);
		if (got == 1 && idmap_find(&o->wanted, inode, &index))
			add_found(o, index, fd);
	}
	if (got < 0 || (got == 0 && (o->links.seen > 0 || !enter_thread(o))))
		leave_process(o, got);
}

/* ---- all of them */

/* By pid and descriptor. */
static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

static void sort_owners(struct owner *owners, size_t count)
{
	/* procfs has them in order already, mostly */
	for (size_t i = 1; i < count; i++)
		if (compare_owners(&owners[i - 1], &owners[i]) > 0) {
			qsort(owners, count, sizeof *owners, compare_owners);
			return;
		}
}

/* In the place of those that were not found. */
static void add_known(struct owners *o)
{
	for (size_t i = 0; i < o->known_count; i++) {
		const struct known *known = &o->known[i];
		struct span *span = &o->spans[known->index];

		for (size_t j = 0; span->count == 0 && j < known->count; j++) {
			struct owner owner = known->owners[j];

			if (owner.comm)
				owner.comm = keep_comm(o, owner.comm, strlen(owner.comm));
			add_owner(o, known->index, &owner);
		}
		if (span->count == 0)
			span->count = known->count;
	}
}

static void sort_found(struct owners *o)
{
	size_t first = 0;

	o->spans = mem_alloc(o->wanted.count, sizeof *o->spans);
	for (size_t i = 0; i < o->found_count; i++)
		o->spans[o->found[i].index].count++;
	add_known(o);
	o->sorted = mem_alloc(o->found_count, sizeof *o->sorted);
	for (size_t i = 0; i < o->wanted.count; i++) {
		o->spans[i].first = first;
		first += o->spans[i].count;
		o->spans[i].count = 0;
	}
	for (size_t i = 0; i < o->found_count; i++) {
		struct span *span = &o->spans[o->found[i].index];

		o->sorted[span->first + span->count++] = o->found[i].owner;
	}
	for (size_t i = 0; i < o->wanted.count; i++)
		sort_owners(o->sorted + o->spans[i].first, o->spans[i].count);
}

static int finish(struct owners *o, int err)
{
	close_process(o);
	numbers_close(&o->pids);
	o->done = true;
	sort_found(o);
	return err;
}

int owners_read(struct owners *o)
{
	int budget = BUDGET, err = 0;
	const char *name;

	if (o->done || o->wanted.count == 0)
		return 0;
	if (o->pids.fd < 0)
		err = numbers_open(&o->pids, AT_FDCWD, o->proc);
	while (err == 0 && budget > 0) {
		int got;

		if (o->shortage)
			return finish(o, o->shortage);

		if (o->process >= 0) {
			read_process(o, &budget);
			continue;
		}
		budget -= PROCESS_COST;
		got = numbers_next(&o->pids, &o->pid, &name);
		if (got <= 0)
			return finish(o, got);
		o->saw_any = true;
		got = o->pid == 0 ? -ENOENT : enter_process(o, name);
		if (is_shortage(got)) {
			close_process(o);
			return finish(o, got);
		}
		if (got < 0)
			leave_process(o, got);
	}
	return err ? err : 1;
}

/* ---- what came of it */

struct owners *owners_new(const char *proc)
{
	struct owners *o = mem_alloc(1, sizeof *o);

	o->proc = mem_strdup(proc);
	o->process = -1;
	numbers_init(&o->pids);
	numbers_init(&o->tasks);
	fd_links_init(&o->links);
	return o;
}

void owners_reset(struct owners *o)
{
	close_process(o);
	numbers_close(&o->pids);
	while (o->comms) {
		struct comm *comm = o->comms;

		o->comms = comm->next;
		free(comm);
	}
	free(o->sorted);
	free(o->spans);
	o->sorted = NULL;
	o->spans = NULL;
	idmap_clear(&o->wanted);
	o->found_count = o->known_count = 0;
	o->unreadable = 0;
	o->saw_any = false;
	o->shortage = 0;
	o->done = false;
}

void owners_free(struct owners *o)
{
	if (!o)
		return;
	owners_reset(o);
	idmap_release(&o->wanted);
	free(o->found);
	free(o->known);
	free(o->proc);
	free(o);
}

const struct owner *owners_of(const struct owners *o, uint64_t inode, size_t *count)
{
	bool found;
	size_t index;

	found = o->sorted && idmap_find(&o->wanted, inode, &index);
	*count = found ? o->spans[index].count : 0;
	return *count > 0 ? o->sorted + o->spans[index].first : NULL;
}

uint64_t owners_unreadable(const struct owners *o)
{
	return o->unreadable;
}

static bool look_at(const struct owners *o, const char *name, struct stat *st)
{
	struct strbuf path = {0};
	bool found;

	strbuf_printf(&path, "%s/%s", o->proc, name);
	found = stat(path.text, st) == 0;
	strbuf_release(&path);
	return found;
}

/* The first one has this number on every machine (PROC_PID_INIT_INO). */
static bool is_first_pid_namespace(const struct stat *st)
{
	return st->st_ino == 0xeffffffc;
}

bool owners_hidden(const struct owners *o)
{
	struct stat st;

	if (o->done && !o->saw_any)
		return true;
	if (look_at(o, "self/ns/pid", &st) && !is_first_pid_namespace(&st))
		return true;
	return look_at(o, "self", &st) && !look_at(o, "1", &st);
}
