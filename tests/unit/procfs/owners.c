/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/owners.h"

#include "made_dir.h"

#include "netprobe/base/strbuf.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void read_all(struct owners *o)
{
	int got;

	while ((got = owners_read(o)) == 1)
		;
	ck_assert_int_eq(got, 0);
}

static void descriptor(const struct made_dir *d, unsigned pid, unsigned fd, const char *to)
{
	char name[64];

	snprintf(name, sizeof name, "%u/fd/%u", pid, fd);
	made_dir_link(d, name, to);
}

/* "nginx[812] fd 6, ..." */
static char *text_of(const struct owners *o, uint64_t inode)
{
	struct strbuf text = {0};
	size_t count;
	const struct owner *owner = owners_of(o, inode, &count);

	ck_assert((owner == NULL) == (count == 0));
	strbuf_puts(&text, "");
	for (size_t i = 0; i < count; i++)
		strbuf_printf(&text, "%s%s[%u] fd %u", i ? ", " : "",
			owner[i].comm ? owner[i].comm : "?", owner[i].pid, owner[i].fd);
	return text.text;
}

static void expect(const struct owners *o, uint64_t inode, const char *text)
{
	char *got = text_of(o, inode);

	ck_assert_str_eq(got, text);
	free(got);
}

START_TEST(owners_are_those_whose_descriptors_lead_to_the_inode)
{
	struct made_dir d;
	struct owners *o;

	made_dir_start(&d);
	descriptor(&d, 812, 6, "socket:[123]");
	descriptor(&d, 812, 0, "/dev/null");
	descriptor(&d, 812, 7, "socket:[124]");
	made_dir_puts(&d, "812/comm", "nginx\n");
	descriptor(&d, 9, 10, "socket:[123]");
	descriptor(&d, 9, 2, "socket:[123]");
	made_dir_puts(&d, "9/comm", "httpd\n");
	o = owners_new(d.path);
	owners_want(o, 123);
	owners_want(o, 123);
	owners_want(o, 125);
	read_all(o);
	expect(o, 123, "httpd[9] fd 2, httpd[9] fd 10, nginx[812] fd 6");
	expect(o, 124, "");
	expect(o, 125, "");
	expect(o, 0, "");
	ck_assert_uint_eq(owners_unreadable(o), 0);
	ck_assert_int_eq(owners_read(o), 0);
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(only_a_whole_socket_link_is_one)
{
	static const char *const others[] = {"socket:[5", "socket:[5]x", "socket:[5x", "socket:[55",
		"socket:5", "socket:[+5]", "socket:[5 ]", "socket:[]", "socket:[0]", "sockets:[5]",
		"pipe:[5]", "socket:[18446744073709551621]", "/socket:[5]",
		"socket:[0000000000000000000000000000005]"};
	struct made_dir d;
	struct owners *o;

	made_dir_start(&d);
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		descriptor(&d, 1, i, others[i]);
	descriptor(&d, 1, 100, "socket:[18446744073709551615]");
	o = owners_new(d.path);
	owners_want(o, 5);
	owners_want(o, UINT64_MAX);
	read_all(o);
	expect(o, 5, "");
	expect(o, UINT64_MAX, "?[1] fd 100");
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(names_that_are_not_numbers_are_not_processes)
{
	static const char *const names[] = {"self", "007", "12x", "4294967296", "-1", "0"};
	struct made_dir d;
	struct owners *o;
	char name[64];

	made_dir_start(&d);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(name, sizeof name, "%s/fd/3", names[i]);
		made_dir_link(&d, name, "socket:[5]");
	}
	descriptor(&d, 4294967295, 4294967295, "socket:[5]");
	o = owners_new(d.path);
	owners_want(o, 5);
	read_all(o);
	expect(o, 5, "?[4294967295] fd 4294967295");
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_name_keeps_every_byte_but_the_newline_at_its_end)
{
	static const struct {
		const char *file, *comm;
	} cases[] = {
		{"a b) [1] (\n", "a b) [1] ("},
		{"two\nlines\n\n", "two\nlines\n"},
		{"\033[31mred\xff\n", "\033[31mred\xff"},
		{"no-end", "no-end"},
		{"\n", ""},
		{"", NULL},
		{"kworker/R-0123456789012345678901234567890123456789012345678901234567890\n",
			"kworker/R-012345678901234567890123456789012345678901234567890123"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct made_dir d;
		struct owners *o;
		size_t count;
		const struct owner *owner;

		made_dir_start(&d);
		descriptor(&d, 1, 3, "socket:[5]");
		made_dir_puts(&d, "1/comm", cases[i].file);
		o = owners_new(d.path);
		owners_want(o, 5);
		read_all(o);
		owner = owners_of(o, 5, &count);
		ck_assert_uint_eq(count, 1);
		ck_assert_pstr_eq(owner->comm, cases[i].comm);
		owners_free(o);
		made_dir_end(&d);
	}
}
END_TEST

START_TEST(processes_that_end_meanwhile_are_passed_over)
{
	struct made_dir d;
	struct owners *o;

	made_dir_start(&d);
	made_dir_add(&d, "1");
	made_dir_puts(&d, "2", "a file");
	made_dir_link(&d, "3", "nowhere");
	made_dir_add(&d, "4/fd");
	made_dir_puts(&d, "5/fd", "a file");
	descriptor(&d, 6, 3, "socket:[5]");
	o = owners_new(d.path);
	owners_want(o, 5);
	read_all(o);
	expect(o, 5, "?[6] fd 3");
	ck_assert_uint_eq(owners_unreadable(o), 0);
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(without_procfs_there_is_an_error_but_only_where_something_is_wanted)
{
	struct owners *o = owners_new("/nonexistent");

	ck_assert_int_eq(owners_read(o), 0);
	owners_want(o, 0);
	ck_assert_int_eq(owners_read(o), 0);
	owners_want(o, 1);
	ck_assert_int_eq(owners_read(o), -ENOENT);
	ck_assert_int_eq(owners_read(o), -ENOENT);
	expect(o, 1, "");
	owners_free(o);
}
END_TEST

START_TEST(a_reset_forgets_what_was_found_and_wanted)
{
	struct made_dir d;
	struct owners *o;

	made_dir_start(&d);
	descriptor(&d, 1, 3, "socket:[5]");
	descriptor(&d, 1, 4, "socket:[6]");
	o = owners_new(d.path);
	owners_want(o, 5);
	read_all(o);
	owners_reset(o);
	expect(o, 5, "");
	owners_want(o, 6);
	read_all(o);
	expect(o, 5, "");
	expect(o, 6, "?[1] fd 4");
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_process_with_many_descriptors_is_left_and_taken_up_again)
{
	enum { MANY = 3000 };
	struct made_dir d;
	struct owners *o;
	const struct owner *owner;
	size_t count, calls = 0;
	char text[32];

	made_dir_start(&d);
	made_dir_puts(&d, "1/comm", "many\n");
	for (unsigned fd = 0; fd < MANY; fd++) {
		snprintf(text, sizeof text, "socket:[%u]", 1000 + fd % 2);
		descriptor(&d, 1, fd, text);
	}
	o = owners_new(d.path);
	owners_want(o, 1000);
	owners_want(o, 1001);
	for (; owners_read(o) == 1; calls++)
		expect(o, 1000, "");
	ck_assert_uint_ge(calls, 2);
	ck_assert_uint_le(calls, 5);
	owner = owners_of(o, 1000, &count);
	ck_assert_uint_eq(count, MANY / 2);
	for (unsigned i = 0; i < count; i++)
		ck_assert_uint_eq(owner[i].fd, 2 * i);
	/* once for each process, not for each descriptor */
	ck_assert_ptr_eq(owner[0].comm, owner[1].comm);
	owners_reset(o);
	owners_want(o, 1000);
	ck_assert_int_eq(owners_read(o), 1);
	owners_reset(o);
	ck_assert_int_eq(owners_read(o), 0);
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(many_inodes_are_told_apart)
{
	enum { MANY = 5000 };
	struct made_dir d;
	struct owners *o;
	char text[64];

	made_dir_start(&d);
	o = owners_new(d.path);
	for (unsigned i = 1; i <= MANY; i++) {
		/* so that they differ in their upper half alone, too */
		uint64_t inode = i % 2 ? i : (uint64_t)i << 32;

		owners_want(o, inode);
		snprintf(text, sizeof text, "socket:[%llu]", (unsigned long long)inode);
		descriptor(&d, 1 + i % 7, i, text);
	}
	read_all(o);
	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(text, sizeof text, "?[%u] fd %u", 1 + i % 7, i);
		expect(o, i % 2 ? i : (uint64_t)i << 32, text);
	}
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(procfs_hides_processes_where_it_shows_ourselves_but_not_the_first)
{
	struct made_dir d;
	struct owners *o;

	made_dir_start(&d);
	o = owners_new(d.path);
	ck_assert(!owners_hidden(o));
	made_dir_link(&d, "self", "77");
	ck_assert(!owners_hidden(o));
	made_dir_add(&d, "77");
	ck_assert(owners_hidden(o));
	made_dir_add(&d, "1");
	ck_assert(!owners_hidden(o));
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

/* ---- the real one */

static uint64_t inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static int make_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A child that says when it is ready and lives until it is stopped. */
static pid_t start_child(void (*work)(void *user), void *user)
{
	int ready[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (work)
			work(user);
		(void)!write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	ck_assert_int_gt(child, 0);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void stop_child(pid_t child)
{
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static void take_name(void *user)
{
	prctl(PR_SET_NAME, user);
}

START_TEST(a_socket_that_a_child_shares_has_two_owners)
{
	char evil[] = "a) [1]\n\033[7m\xff", text[128];
	int fd = make_socket(), other = make_socket();
	struct owners *o = owners_new("/proc");
	pid_t child;

	prctl(PR_SET_NAME, "unit of owners");
	child = start_child(take_name, evil);
	owners_want(o, inode_of(fd));
	read_all(o);
	ck_assert_int_gt(child, getpid());
	snprintf(text, sizeof text, "unit of owners[%d] fd %d, %s[%d] fd %d", getpid(), fd, evil,
		child, fd);
	expect(o, inode_of(fd), text);
	expect(o, inode_of(other), "");
	stop_child(child);
	owners_free(o);
}
END_TEST

/* The real directory of this process alone, under its own number. */
static void only_us(const struct made_dir *d)
{
	char name[32], to[32];

	snprintf(name, sizeof name, "%d", getpid());
	snprintf(to, sizeof to, "/proc/%d", getpid());
	made_dir_link(d, name, to);
}

static void allow_files(rlim_t count)
{
	struct rlimit limit = {count, count};

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* All of [from, to) become the same socket. */
static void fill(int fd, int from, int to)
{
	for (; from < to; from++)
		ck_assert_int_eq(dup2(fd, from), from);
}

static void expect_blocks(struct owners *o, int fd, int first, int end, int second, int last)
{
	size_t count;
	const struct owner *owner;
	uint32_t next = (uint32_t)first;

	read_all(o);
	owner = owners_of(o, inode_of(fd), &count);
	ck_assert_uint_eq(count, (size_t)(end - first + last - second + 1));
	for (size_t i = 1; i < count; i++, next++) {
		if (next == (uint32_t)end)
			next = (uint32_t)second;
		ck_assert_uint_eq(owner[i].fd, next);
	}
}

START_TEST(no_descriptor_is_missed_or_told_twice_however_large_the_gaps)
{
	enum { FIRST = 20, END = 300, LAST = 600 };
	struct made_dir d;
	struct owners *o;
	int fd = make_socket();

	allow_files(2048);
	made_dir_start(&d);
	only_us(&d);
	o = owners_new(d.path);
	ck_assert_int_lt(fd, FIRST);
	fill(fd, FIRST, END);
	fill(fd, END, LAST);
	for (int second = END; second < LAST; second++) {
		owners_reset(o);
		owners_want(o, inode_of(fd));
		expect_blocks(o, fd, FIRST, END, second, LAST);
		close(second);
	}
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(descriptors_that_are_opened_meanwhile_displace_none)
{
	enum { FIRST = 20, GAP = 1500, GAP_END = 1600, LAST = 2000 };
	struct made_dir d;
	struct owners *o;
	int fd = make_socket(), other = make_socket();

	allow_files(2048);
	made_dir_start(&d);
	only_us(&d);
	o = owners_new(d.path);
	fill(fd, FIRST, GAP);
	fill(fd, GAP_END, LAST);
	owners_want(o, inode_of(fd));
	ck_assert_int_eq(owners_read(o), 1);
	fill(other, GAP, GAP_END);
	expect_blocks(o, fd, FIRST, GAP, GAP_END, LAST);
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

static void *stay(void *ready)
{
	char byte = 'x';

	/* until the main thread is a zombie: only then is its descriptor table gone */
	for (;;) {
		FILE *stat = fopen("/proc/self/stat", "re");
		char line[256] = "";

		(void)!fgets(line, sizeof line, stat);
		fclose(stat);
		if (strstr(line, ") Z "))
			break;
		usleep(1000);
	}
	(void)!write(*(int *)ready, &byte, 1);
	for (;;)
		pause();
	return NULL;
}

START_TEST(who_is_not_found_again_is_known_from_before)
{
	struct owners *o, *before;
	struct made_dir d;
	char path[MADE_PATH_MAX];

	made_dir_start(&d);
	descriptor(&d, 812, 6, "socket:[123]");
	descriptor(&d, 812, 7, "socket:[124]");
	made_dir_puts(&d, "812/comm", "nginx\n");
	descriptor(&d, 813, 1, "socket:[123]");
	before = owners_new(d.path);
	owners_want(before, 123);
	owners_want(before, 124);
	read_all(before);
	/* one closes both, the other one has no name */
	made_dir_path(&d, "812/fd/6", path);
	unlink(path);
	made_dir_path(&d, "812/fd/7", path);
	unlink(path);
	o = owners_new(d.path);
	owners_want_again(o, 124, before);
	owners_want_again(o, 123, before);
	owners_want_again(o, 124, before);
	owners_want_again(o, 125, before);
	owners_want_again(o, 0, before);
	read_all(o);
	owners_free(before);
	expect(o, 123, "?[813] fd 1");
	expect(o, 124, "nginx[812] fd 7");
	expect(o, 125, "");
	owners_reset(o);
	owners_want(o, 124);
	read_all(o);
	expect(o, 124, "");
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(without_descriptors_left_nobody_is_called_unreadable)
{
	struct rlimit before, few;
	struct made_dir d;
	struct owners *o;
	int next;

	made_dir_start(&d);
	descriptor(&d, 812, 6, "socket:[123]");
	o = owners_new(d.path);
	owners_want(o, 123);
	next = dup(0);
	close(next);
	/* the list of processes, and one of them, but not its descriptors */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){(rlim_t)next + 2, before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(owners_read(o), -EMFILE);
	ck_assert_uint_eq(owners_unreadable(o), 0);
	ck_assert_int_eq(owners_read(o), 0);
	ck_assert_int_eq(dup(0), next);
	close(next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	owners_free(o);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_process_whose_main_thread_ended_still_holds_its_sockets)
{
	int fd = make_socket(), ready[2];
	struct owners *o = owners_new("/proc");
	char byte, text[64];
	uint64_t inode;
	pid_t child;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		pthread_t thread;

		prctl(PR_SET_NAME, "headless");
		pthread_create(&thread, NULL, stay, &ready[1]);
		pthread_exit(NULL);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	inode = inode_of(fd);
	close(fd);
	owners_want(o, inode);
	read_all(o);
	snprintf(text, sizeof text, "headless[%d] fd %d", child, fd);
	/* to others the directory of a process without memory of its own is root's */
	if (geteuid() == 0)
		expect(o, inode, text);
	else
		printf("skipped: only root sees the descriptors of such a process\n");
	stop_child(child);
	owners_free(o);
}
END_TEST

/* From none at all to all that it takes: never is a process called unreadable, or a name not known,
 * for want of a descriptor. */
START_TEST(without_a_descriptor_left_there_is_an_error)
{
	struct rlimit few;
	struct made_dir d;
	struct owners *o;
	bool read = false;
	int lowest;

	made_dir_start(&d);
	descriptor(&d, 812, 6, "socket:[123]");
	made_dir_puts(&d, "812/comm", "nginx\n");
	o = owners_new(d.path);
	lowest = dup(STDIN_FILENO);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &few), 0);
	few.rlim_cur = (rlim_t)lowest;
	for (unsigned errors = 0; !read; errors++, few.rlim_cur++) {
		int got;

		ck_assert_uint_le(errors, 5);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		owners_want(o, 123);
		while ((got = owners_read(o)) == 1)
			;
		read = got == 0;
		if (!read)
			ck_assert_int_eq(got, -EMFILE);
		ck_assert_uint_eq(owners_unreadable(o), 0);
		if (read)
			expect(o, 123, "nginx[812] fd 6");
		owners_reset(o);
		ck_assert(!read || errors >= 3);
	}
	owners_free(o);
	few.rlim_cur = few.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	made_dir_end(&d);
}
END_TEST

START_TEST(descriptors_of_others_are_counted_as_unreadable)
{
	int fd = make_socket();
	struct owners *o = owners_new("/proc");
	char *text, own[64];
	pid_t child;

	if (geteuid() != 0) {
		printf("skipped: only root can become somebody else\n");
		return;
	}
	child = start_child(NULL, NULL);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	owners_want(o, inode_of(fd));
	read_all(o);
	text = text_of(o, inode_of(fd));
	snprintf(own, sizeof own, "owners[%d] fd %d", getpid(), fd);
	ck_assert_str_eq(text, own);
	ck_assert_uint_ge(owners_unreadable(o), 1);
	free(text);
	/* it ends with us: we may not end it any more */
	(void)child;
	owners_free(o);
}
END_TEST

UNIT_MAIN("procfs/owners", owners_are_those_whose_descriptors_lead_to_the_inode,
	only_a_whole_socket_link_is_one, names_that_are_not_numbers_are_not_processes,
	a_name_keeps_every_byte_but_the_newline_at_its_end,
	processes_that_end_meanwhile_are_passed_over,
	without_procfs_there_is_an_error_but_only_where_something_is_wanted,
	a_reset_forgets_what_was_found_and_wanted,
	a_process_with_many_descriptors_is_left_and_taken_up_again, many_inodes_are_told_apart,
	procfs_hides_processes_where_it_shows_ourselves_but_not_the_first,
	a_socket_that_a_child_shares_has_two_owners,
	no_descriptor_is_missed_or_told_twice_however_large_the_gaps,
	descriptors_that_are_opened_meanwhile_displace_none,
	who_is_not_found_again_is_known_from_before,
	without_descriptors_left_nobody_is_called_unreadable,
	a_process_whose_main_thread_ended_still_holds_its_sockets,
	without_a_descriptor_left_there_is_an_error,
	descriptors_of_others_are_counted_as_unreadable)
