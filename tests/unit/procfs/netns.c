/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/netns.h"

#include "../own_net.h"
#include "made_dir.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* PROC and the named ones, as links to namespaces that are really there. */
struct world {
	struct made_dir dir;
	char proc[128], named[128];
};

static void world_start(struct world *w)
{
	made_dir_start(&w->dir);
	snprintf(w->proc, sizeof w->proc, "%s/proc", w->dir.path);
	snprintf(w->named, sizeof w->named, "%s/netns", w->dir.path);
	made_dir_link(&w->dir, "proc/self/ns/net", "/proc/self/ns/net");
}

static void name_it(const struct world *w, const char *name, pid_t of)
{
	char to[64];

	snprintf(to, sizeof to, "/proc/%d/ns/net", of);
	made_dir_link(&w->dir, name, to);
}

/* A process in a network namespace of its own; 0, with the reason, where there is none to be had.
 */
static pid_t start_elsewhere(void)
{
	int ready[2];
	char byte = 'n';
	pid_t child;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	/* or the child says again what is still to be written */
	fflush(stdout);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = own_net() ? 'y' : 'n';
		fflush(stdout);
		(void)!write(ready[1], &byte, 1);
		for (;;)
			pause();
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	return byte == 'y' ? child : 0;
}

static void stop(pid_t child)
{
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static uint64_t own_inode(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/ns/net", &st), 0);
	return st.st_ino;
}

static void check_one(const struct world *w, const char *what, const char *name, bool own)
{
	struct netns_list list;
	struct stat st;

	ck_assert_int_eq(netns_find(w->proc, w->named, what, &list), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].name, name);
	ck_assert_int_eq(list.items[0].own, own);
	ck_assert_int_eq((list.items[0].inode == own_inode()), own);
	ck_assert_int_eq(fstat(list.items[0].fd, &st), 0);
	ck_assert_uint_eq(st.st_ino, list.items[0].inode);
	ck_assert_int_eq(fcntl(list.items[0].fd, F_GETFD), FD_CLOEXEC);
	netns_list_release(&list);
	ck_assert_uint_eq(list.count, 0);
}

static void check_error(const struct world *w, const char *what, int err)
{
	struct netns_list list;

	ck_assert_msg(netns_find(w->proc, w->named, what, &list) == err, "%s", what);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_ptr_null(list.items);
}

START_TEST(one_is_found_by_its_name_and_by_a_process)
{
	struct world w;

	world_start(&w);
	check_error(&w, "blue", -ENOENT);
	name_it(&w, "proc/812/ns/net", getpid());
	check_one(&w, "812", "", true);
	name_it(&w, "netns/blue", getpid());
	check_one(&w, "blue", "blue", true);
	check_one(&w, "812", "", true);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(a_name_goes_before_the_process_of_that_number)
{
	struct world w;

	world_start(&w);
	name_it(&w, "netns/812", getpid());
	check_one(&w, "812", "812", true);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(what_leads_nowhere_is_not_there)
{
	static const char *const others[] = {"", ".", "..", "green", "813", "0", "4294967296", "-1",
		"../proc/812/ns/net", "a/b", "/proc/self/ns/net"};
	struct world w;

	world_start(&w);
	name_it(&w, "proc/812/ns/net", getpid());
	name_it(&w, "netns/a/b", getpid());
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		check_error(&w, others[i], -ENOENT);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(a_file_that_is_no_network_namespace_is_invalid_and_not_among_all)
{
	struct world w;
	struct netns_list list;
	char path[MADE_PATH_MAX];

	world_start(&w);
	made_dir_puts(&w.dir, "netns/stale", "");
	made_dir_link(&w.dir, "netns/mount", "/proc/self/ns/mnt");
	made_dir_add(&w.dir, "netns/directory");
	made_dir_path(&w.dir, "netns/pipe", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	check_error(&w, "stale", -EINVAL);
	check_error(&w, "mount", -EINVAL);
	check_error(&w, "directory", -EINVAL);
	check_error(&w, "pipe", -EINVAL);
	ck_assert_int_eq(netns_find(w.proc, w.named, "all", &list), 0);
	ck_assert_uint_eq(list.count, 1);
	netns_list_release(&list);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(all_needs_neither_names_nor_other_processes)
{
	struct world w;
	struct netns_list list;

	world_start(&w);
	ck_assert_int_eq(netns_find(w.proc, w.named, "all", &list), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].name, "");
	ck_assert(list.items[0].own);
	ck_assert_uint_eq(list.unreadable, 0);
	ck_assert_uint_eq(list.hidden.count, 0);
	netns_list_release(&list);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(without_our_own_there_is_an_error)
{
	struct netns_list list;

	ck_assert_int_eq(netns_find("/nonexistent", "/nonexistent", "all", &list), -ENOENT);
	netns_list_release(&list);
}
END_TEST

START_TEST(all_has_each_once_our_own_first_then_names_then_processes)
{
	static const char *const names[] = {"", "amber", "blue", "pid 30"};
	struct world w;
	struct netns_list list;
	char text[32];
	pid_t amber = start_elsewhere(), blue, other;

	if (!amber)
		return;
	blue = start_elsewhere();
	other = start_elsewhere();
	world_start(&w);
	name_it(&w, "netns/home", getpid());
	name_it(&w, "netns/zulu", amber);
	name_it(&w, "netns/blue", blue);
	name_it(&w, "netns/amber", amber);
	name_it(&w, "proc/1/ns/net", getpid());
	name_it(&w, "proc/4/ns/net", blue);
	name_it(&w, "proc/200/ns/net", other);
	name_it(&w, "proc/30/ns/net", other);
	name_it(&w, "proc/1000/ns/net", amber);
	made_dir_add(&w.dir, "proc/31");
	for (unsigned pid = 300; pid < 320; pid++) {
		snprintf(text, sizeof text, "proc/%u/ns/net", pid);
		name_it(&w, text, other);
	}
	ck_assert_int_eq(netns_find(w.proc, w.named, "all", &list), 0);
	ck_assert_uint_eq(list.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_str_eq(list.items[i].name, names[i]);
		ck_assert_int_eq(list.items[i].own, i == 0);
	}
	ck_assert_uint_eq(list.unreadable, 0);
	netns_list_release(&list);
	check_one(&w, "4", "blue", false);
	check_one(&w, "1000", "amber", false);
	check_one(&w, "zulu", "zulu", false);
	check_one(&w, "200", "pid 200", false);
	check_one(&w, "1", "", true);
	stop(amber);
	stop(blue);
	stop(other);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(the_real_procfs_shows_a_child_elsewhere)
{
	pid_t child = start_elsewhere();
	struct netns_list list;
	struct stat st;
	char text[64];
	size_t found = 0;

	if (!child)
		return;
	snprintf(text, sizeof text, "/proc/%d/ns/net", child);
	ck_assert_int_eq(stat(text, &st), 0);
	ck_assert_int_eq(netns_find("/proc", "/nonexistent", "all", &list), 0);
	ck_assert_uint_eq(list.items[0].inode, own_inode());
	snprintf(text, sizeof text, "pid %d", child);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].inode == st.st_ino) {
			ck_assert_str_eq(list.items[i].name, text);
			found++;
		}
	ck_assert_uint_eq(found, 1);
	netns_list_release(&list);
	stop(child);
	snprintf(text, sizeof text, "%d", child);
	ck_assert_int_eq(netns_find("/proc", "/nonexistent", text, &list), -ENOENT);
}
END_TEST

START_TEST(processes_of_others_are_counted_and_refused)
{
	struct netns_list list;
	char text[32];

	if (geteuid() != 0) {
		printf("skipped: only root can become somebody else\n");
		return;
	}
	snprintf(text, sizeof text, "%d", getppid());
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	ck_assert_int_eq(netns_find("/proc", "/nonexistent", text, &list), -EACCES);
	ck_assert_int_eq(netns_find("/proc", "/nonexistent", "all", &list), 0);
	ck_assert_uint_eq(list.unreadable, 0);
	ck_assert_uint_ge(list.hidden.count, 1);
	ck_assert_uint_ge(list.hidden.pid, 1);
	ck_assert_uint_le(list.hidden.pid, (unsigned)getppid());
	ck_assert_int_eq(list.hidden.err, -EACCES);
	ck_assert(list.items[0].own);
	netns_list_release(&list);
}
END_TEST

START_TEST(a_name_that_may_not_be_opened_is_counted)
{
	struct netns_list list;
	struct world w;
	char path[MADE_PATH_MAX];

	if (geteuid() != 0) {
		printf("skipped: only root can become somebody else\n");
		return;
	}
	world_start(&w);
	made_dir_puts(&w.dir, "netns/blue", "");
	made_dir_path(&w.dir, "netns/blue", path);
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(w.dir.path, 0755), 0);
	ck_assert_int_eq(setresuid(-1, 65534, -1), 0);
	ck_assert_int_eq(netns_find("/proc", w.named, "all", &list), 0);
	ck_assert_uint_eq(list.unreadable, 1);
	netns_list_release(&list);
	ck_assert_int_eq(setresuid(-1, 0, -1), 0);
	made_dir_end(&w.dir);
}
END_TEST

START_TEST(all_without_descriptors_left_is_an_error_and_leaves_none_open)
{
	struct rlimit limit;
	struct world w;
	struct netns_list list;
	pid_t child = start_elsewhere();
	int next = dup(0);

	if (!child)
		return;
	world_start(&w);
	name_it(&w, "netns/blue", child);
	limit = (struct rlimit){(rlim_t)next + 1, (rlim_t)next + 1};
	ck_assert_int_eq(close(next), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(netns_find(w.proc, w.named, "all", &list), -EMFILE);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_eq(dup(0), next);
	close(next);
	made_dir_end(&w.dir);
	stop(child);
}
END_TEST

UNIT_MAIN("procfs/netns", one_is_found_by_its_name_and_by_a_process,
	a_name_goes_before_the_process_of_that_number, what_leads_nowhere_is_not_there,
	a_file_that_is_no_network_namespace_is_invalid_and_not_among_all,
	all_needs_neither_names_nor_other_processes, without_our_own_there_is_an_error,
	all_has_each_once_our_own_first_then_names_then_processes,
	the_real_procfs_shows_a_child_elsewhere, a_name_that_may_not_be_opened_is_counted,
	processes_of_others_are_counted_and_refused,
	all_without_descriptors_left_is_an_error_and_leaves_none_open)
