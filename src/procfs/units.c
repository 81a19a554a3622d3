/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/units.h"

#include "cgroup_text.h"
#include "small_file.h"

#include "netprobe/base/clock.h"
#include "netprobe/base/idmap.h"
#include "netprobe/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_DIRECTORIES = 65536, /* in one walk */
	MAX_DEPTH = 64,
	MAX_KEPT = 1024 * 1024, /* in all: those that are gone stay known */
	FIRST_ROOM = 256,
	CGROUP_TEXT_MAX = 64 * 1024,
};

#define LOOK_AGAIN NSEC_PER_SEC

struct text {
	struct text *next;
	char text[];
};

struct units {
	char *proc;
	char *root; /* NULL: PROC says where */
	bool walked;
	nsec_t walked_at;
	struct idmap ids;
	const char **paths; /* by the index of their ids */
	size_t room;
	struct text *texts;
	struct idmap pids;
	const char **pid_paths; /* by the index of their pids; NULL: not known */
	size_t pid_room;
	struct text *pid_texts;
};

/* ---- what is known */

static const char *path_of(const struct units *u, uint64_t id)
{
	size_t index;

	return idmap_find(&u->ids, id, &index) ? u->paths[index] : NULL;
}

static void put_path(const char ***paths, size_t *room, size_t index, const char *path)
{
	if (index == *room) {
		*room = *room ? 2 * *room : FIRST_ROOM;
		*paths = mem_resize(*paths, *room, sizeof **paths);
	}
	(*paths)[index] = path;
}

static const char *keep(struct text **texts, const char *path)
{
	struct text *text = mem_alloc(1, sizeof *text + strlen(path) + 1);

	memcpy(text->text, path, strlen(path));
	text->next = *texts;
	*texts = text;
	return text->text;
}

static void forget(struct text **texts)
{
	while (*texts) {
		struct text *text = *texts;

		*texts = text->next;
		free(text);
	}
}

/* The path as it is kept; NULL where nothing more is. */
static const char *learn(struct units *u, uint64_t id, const char *path)
{
	const char *known = path_of(u, id);

	/* the old one may be in somebody's hands */
	if (known && strcmp(known, path) == 0)
		return known;
	if (id == 0 || (!known && u->ids.count == MAX_KEPT))
		return NULL;
	put_path(&u->paths, &u->room, idmap_add(&u->ids, id), keep(&u->texts, path));
	return path_of(u, id);
}

/* ---- the tree */

struct walk {
	struct units *u;
	int top;
	size_t prefix;      /* of every path: the cgroup that the mount shows */
	const char **paths; /* those up to `next` were looked into */
	size_t next, count, room;
};

static void add_directory(struct walk *w, uint64_t id, const char *path)
{
	const char *kept = w->count < MAX_DIRECTORIES ? learn(w->u, id, path) : NULL;

	if (!kept)
		return;
	if (w->count == w->room) {
		w->room = w->room ? 2 * w->room : FIRST_ROOM;
		w->paths = mem_resize(w->paths, w->room, sizeof *w->paths);
	}
	w->paths[w->count++] = kept;
}

static bool is_directory(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static unsigned depth_of(const char *path)
{
	unsigned depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Below the top; "." is the top itself. */
static DIR *open_directory(const struct walk *w, const char *below)
{
	int fd = openat(
		w->top, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

static void look_into(struct walk *w, const char *path)
{
	const char *below = path + w->prefix + (path[w->prefix] == '/');
	struct strbuf child = {0};
	struct dirent *entry;
	DIR *dir = depth_of(path + w->prefix) < MAX_DEPTH ? open_directory(w, below) : NULL;

	while (dir && (entry = readdir(dir))) {
		if (!is_directory(dir, entry))
			continue;
		strbuf_reset(&child);
		strbuf_add(&child, path, strlen(path));
		if (child.len > 1 || path[0] != '/')
			strbuf_putc(&child, '/');
		strbuf_puts(&child, entry->d_name);
		add_directory(w, entry->d_ino, child.text);
	}
	strbuf_release(&child);
	if (dir)
		closedir(dir);
}

/* `shown` is the cgroup that the top is. */
static void walk(struct units *u, const char *top, const char *shown)
{
	struct walk w = {.u = u, .top = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct stat st;

	w.prefix = strcmp(shown, "/") == 0 ? 0 : strlen(shown);
	if (w.top >= 0 && fstat(w.top, &st) == 0)
		add_directory(&w, st.st_ino, shown);
	while (w.next < w.count)
		look_into(&w, w.paths[w.next++]);
	free(w.paths);
	if (w.top >= 0)
		close(w.top);
}

static FILE *open_mountinfo(const char *proc)
{
	struct strbuf path = {0};
	FILE *file;

	strbuf_printf(&path, "%s/self/mountinfo", proc);
	file = regular_file_stream(path.text);
	strbuf_release(&path);
	return file;
}

/* A mount of the whole tree goes before one of a part, such as containers are given. */
static void find_mount(const char *proc, struct strbuf *top, struct strbuf *shown)
{
	FILE *file = open_mountinfo(proc);
	struct strbuf place = {0}, root = {0};
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while (file && (len = getline(&line, &room, file)) > 0) {
		bool whole = mountinfo_cgroup2(line, (size_t)len, &place, &root) &&
			     strcmp(root.text, "/") == 0;

		if (place.len == 0 || (top->len > 0 && !whole))
			continue;
		strbuf_reset(top);
		strbuf_reset(shown);
		strbuf_puts(top, place.text);
		strbuf_puts(shown, root.text);
		if (whole)
			break;
	}
	free(line);
	strbuf_release(&place);
	strbuf_release(&root);
	if (file)
		fclose(file);
}

static void read_tree(struct units *u)
{
	struct strbuf top = {0}, shown = {0};

	if (u->root) {
		walk(u, u->root, "/");
		return;
	}
	find_mount(u->proc, &top, &shown);
	if (top.len > 0)
		walk(u, top.text, shown.text);
	strbuf_release(&top);
	strbuf_release(&shown);
}

/* ---- asking */

struct units *units_new(const char *proc, const char *root)
{
	struct units *u = mem_alloc(1, sizeof *u);

	u->proc = mem_strdup(proc);
	u->root = root ? mem_strdup(root) : NULL;
	return u;
}

void units_free(struct units *u)
{
	if (!u)
		return;
	forget(&u->texts);
	forget(&u->pid_texts);
	idmap_release(&u->pids);
	free(u->pid_paths);
	idmap_release(&u->ids);
	free(u->paths);
	free(u->root);
	free(u->proc);
	free(u);
}

const char *units_path(struct units *u, uint64_t cgroup)
{
	const char *known = path_of(u, cgroup);
	nsec_t now;

	if (known || cgroup == 0)
		return known;
	now = clock_now();
	if (u->walked && now - u->walked_at < LOOK_AGAIN)
		return NULL;
	read_tree(u);
	u->walked = true;
	/* after it, so that a tree that takes long to read does not take all the time */
	u->walked_at = clock_now();
	return path_of(u, cgroup);
}

static const char *read_path_of_pid(struct units *u, uint32_t pid)
{
	struct strbuf path = {0}, found = {0};
	char *text = mem_alloc(CGROUP_TEXT_MAX, 1);
	const char *kept = NULL;
	ssize_t len;

	strbuf_printf(&path, "%s/%u/cgroup", u->proc, pid);
	len = small_file_read(AT_FDCWD, path.text, text, CGROUP_TEXT_MAX);
	if (len > 0 && cgroup_text_path(text, (size_t)len, &found))
		kept = keep(&u->pid_texts, found.text);
	strbuf_release(&found);
	strbuf_release(&path);
	free(text);
	return kept;
}

const char *units_path_of_pid(struct units *u, uint32_t pid)
{
	size_t index;

	if (!idmap_find(&u->pids, pid, &index)) {
		index = idmap_add(&u->pids, pid);
		put_path(&u->pid_paths, &u->pid_room, index, read_path_of_pid(u, pid));
	}
	return u->pid_paths[index];
}

void units_forget_pids(struct units *u)
{
	idmap_clear(&u->pids);
	forget(&u->pid_texts);
}
