/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/netns.h"

#include "numbers.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void join(struct strbuf *path, const char *dir, const char *name)
{
	strbuf_reset(path);
	strbuf_printf(path, "%s/%s", dir, name);
}

static void join_pid(struct strbuf *path, const char *proc, uint32_t pid)
{
	strbuf_reset(path);
	strbuf_printf(path, "%s/%u/ns/net", proc, pid);
}

/* Of a file that is no network namespace, as `ip netns` leaves some behind: -EINVAL, as setns(2).
 */
static int open_netns(const char *path, struct netns *out)
{
	struct stat st;
	int err = 0;

	*out = (struct netns){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
	if (out->fd < 0)
		return -errno;
	if (ioctl(out->fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		err = -EINVAL;
	else if (fstat(out->fd, &st) != 0)
		err = -errno;
	if (err)
		close(out->fd);
	else
		out->inode = st.st_ino;
	return err;
}

static int open_own(const char *proc, struct netns *out)
{
	struct strbuf path = {0};
	int err;

	join(&path, proc, "self/ns/net");
	err = open_netns(path.text, out);
	out->own = true;
	strbuf_release(&path);
	return err;
}

static bool is_name(const char *text)
{
	return *text != '\0' && !strchr(text, '/') && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

static int open_named(const char *named, const char *name, struct netns *out)
{
	struct strbuf path = {0};
	int err;

	if (!is_name(name))
		return -ENOENT;
	join(&path, named, name);
	err = open_netns(path.text, out);
	strbuf_release(&path);
	return err;
}

static int open_pid(const char *proc, uint32_t pid, struct netns *out)
{
	struct strbuf path = {0};
	int err;

	join_pid(&path, proc, pid);
	err = open_netns(path.text, out);
	strbuf_release(&path);
	return err == -ESRCH ? -ENOENT : err;
}

/* ---- the list */

static const struct netns *find(const struct netns_list *list, uint64_t inode)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].inode == inode)
			return &list->items[i];
	return NULL;
}

/* Takes the descriptor and the name over. */
static void add(struct netns_list *list, struct netns ns, char *name)
{
	ns.name = name;
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = ns;
}

static char *pid_name(uint32_t pid)
{
	struct strbuf name = {0};

	strbuf_printf(&name, "pid %u", pid);
	return name.text;
}

void netns_list_release(struct netns_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		close(list->items[i].fd);
		free(list->items[i].name);
	}
	free(list->items);
	*list = (struct netns_list){0};
}

/* ---- all */

static int add_own(const char *proc, struct netns_list *list)
{
	struct netns own;
	int err = open_own(proc, &own);

	if (err == 0)
		add(list, own, mem_strdup(""));
	return err;
}

/* No file descriptor left, no memory: what is seen then is not all there is. */
static bool is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static bool is_refusal(int err)
{
	return err == -EACCES || err == -EPERM;
}

static int add_name(const char *named, const char *name, struct netns_list *list)
{
	struct netns ns;
	int err = open_named(named, name, &ns);

	if (err) {
		list->unreadable += is_refusal(err);
		return is_shortage(err) ? err : 0;
	}
	if (find(list, ns.inode))
		close(ns.fd);
	else
		add(list, ns, mem_strdup(name));
	return 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_names(const char *named, struct netns_list *list)
{
	struct dirent **entries = NULL;
	int count = scandir(named, &entries, NULL, by_bytes), err = 0;

	/* nobody has named any */
	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (err == 0)
			err = add_name(named, entries[i]->d_name, list);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int add_process(const char *proc, uint32_t pid, struct netns_list *list)
{
	struct strbuf path = {0};
	struct netns ns;
	struct stat st;
	int err;

	join_pid(&path, proc, pid);
	err = stat(path.text, &st) != 0 ? -errno : 0;
	/* most are where others are: those need not be opened */
	if (err == 0 && !find(list, st.st_ino)) {
		err = open_pid(proc, pid, &ns);
		if (err == 0 && find(list, ns.inode))
			close(ns.fd);
		else if (err == 0)
			add(list, ns, pid_name(pid));
	}
	strbuf_release(&path);
	if (is_refusal(err) && list->hidden.count++ == 0) {
		list->hidden.pid = pid;
		list->hidden.err = err;
	}
	return is_shortage(err) ? err : 0;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The pids in order, to be freed; 0 or -errno. */
static int list_pids(const char *proc, uint32_t **pids, size_t *count)
{
	struct numbers *names = mem_alloc(1, sizeof *names);
	size_t room = 0;
	const char *name;
	uint32_t pid;
	int got = numbers_open(names, AT_FDCWD, proc);

	*pids = NULL;
	*count = 0;
	while (got >= 0 && (got = numbers_next(names, &pid, &name)) == 1) {
		if (*count == room) {
			room = room ? 2 * room : 256;
			*pids = mem_resize(*pids, room, sizeof **pids);
		}
		(*pids)[(*count)++] = pid;
	}
	numbers_close(names);
	free(names);
	if (*count > 0)
		qsort(*pids, *count, sizeof **pids, by_number);
	return got;
}

static int add_processes(const char *proc, struct netns_list *list)
{
	uint32_t *pids;
	size_t count;
	int err = list_pids(proc, &pids, &count);

	for (size_t i = 0; err == 0 && i < count; i++)
		err = add_process(proc, pids[i], list);
	free(pids);
	return err;
}

static int find_all(const char *proc, const char *named, struct netns_list *list)
{
	int err = add_own(proc, list);

	if (err == 0)
		err = add_names(named, list);
	return err ? err : add_processes(proc, list);
}

/* ---- one */

/* What a process's namespace is called: as above, by our own or a name. */
static char *name_of(const char *proc, const char *named, const struct netns *ns, uint32_t pid)
{
	struct netns_list known = {0};
	const struct netns *same;
	char *name;

	/* without the names it goes by the pid */
	if (add_own(proc, &known) == 0)
		(void)add_names(named, &known);
	same = find(&known, ns->inode);
	name = same ? mem_strdup(same->name) : pid_name(pid);
	netns_list_release(&known);
	return name;
}

static bool is_own(const char *proc, uint64_t inode)
{
	struct netns own;
	bool same;

	if (open_own(proc, &own) != 0)
		return false;
	same = own.inode == inode;
	close(own.fd);
	return same;
}

static int find_one(const char *proc, const char *named, const char *what, struct netns_list *list)
{
	struct netns ns;
	uint64_t pid;
	int err = open_named(named, what, &ns);
	char *name;

	if (err == 0) {
		name = mem_strdup(what);
	} else {
		if (err != -ENOENT || parse_uint(what, 1, UINT32_MAX, &pid) != 0)
			return err;
		err = open_pid(proc, (uint32_t)pid, &ns);
		if (err)
			return err;
		name = name_of(proc, named, &ns, (uint32_t)pid);
	}
	ns.own = is_own(proc, ns.inode);
	add(list, ns, name);
	return 0;
}

int netns_find(const char *proc, const char *named, const char *what, struct netns_list *out)
{
	bool all = strcmp(what, "all") == 0;
	int err;

	*out = (struct netns_list){0};
	err = all ? find_all(proc, named, out) : find_one(proc, named, what, out);
	if (err)
		netns_list_release(out);
	return err;
}
