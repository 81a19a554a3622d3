/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_owner.h"

#include "sockets_made.h"

enum { NGINX = 101, SSHD = 102, NOBODY = 103, NAMELESS = 104, LINES = 105 };

static const uint64_t wanted[] = {NGINX, SSHD, NOBODY, NAMELESS, LINES, 0};

/* Two processes share a socket; one has no name, another a name of two lines. */
static void populate(struct made_machine *m)
{
	made_machine_start(m);
	made_process(m, 813, "nginx", 7, NGINX);
	made_process(m, 812, "nginx", 6, NGINX);
	made_unit(m, 812, "/system.slice/nginx.service");
	made_unit(m, 813,
		"/system.slice/docker-0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef.scope");
	made_process(m, 900, "sshd", 3, SSHD);
	made_unit(m, 900, "/system.slice/ssh.service/x");
	made_process(m, 901, NULL, 3, NAMELESS);
	made_process(m, 902, "two\nlines", 3, LINES);
	made_unit(m, 902, "/");
}

static struct socket_entry of_inode(uint64_t inode)
{
	return (struct socket_entry){.inode = inode, .family = 4};
}

START_TEST(processes_are_those_that_hold_the_socket)
{
	struct socket_entry e = of_inode(NGINX);
	const struct owner *owners;
	struct made_machine m;
	size_t count;

	populate(&m);
	made_machine_own(&m, wanted);
	owners = ownership_processes(m.ownership, &e, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(owners[0].pid, 812);
	ck_assert_uint_eq(owners[0].fd, 6);
	ck_assert_uint_eq(owners[1].pid, 813);
	ck_assert_str_eq(ownership_name(m.ownership, &e), "nginx");
	e = of_inode(NOBODY);
	ck_assert_ptr_null(ownership_processes(m.ownership, &e, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(ownership_name(m.ownership, &e));
	made_machine_end(&m);
}
END_TEST

START_TEST(name_is_that_of_the_file_whatever_is_in_it)
{
	struct socket_entry nameless = of_inode(NAMELESS), lines = of_inode(LINES);
	struct made_machine m;
	size_t count;

	populate(&m);
	made_machine_own(&m, wanted);
	ck_assert_ptr_nonnull(ownership_processes(m.ownership, &nameless, &count));
	ck_assert_ptr_null(ownership_name(m.ownership, &nameless));
	ck_assert_str_eq(ownership_name(m.ownership, &lines), "two\nlines");
	made_machine_end(&m);
}
END_TEST

START_TEST(nobody_holds_what_has_no_inode)
{
	struct socket_entry e = of_inode(0);
	struct made_machine m;
	size_t count = 9;

	populate(&m);
	made_machine_own(&m, wanted);
	ck_assert_ptr_null(ownership_processes(m.ownership, &e, &count));
	ck_assert_uint_eq(count, 0);
	made_machine_end(&m);
}
END_TEST

START_TEST(processes_that_are_not_read_are_not_there)
{
	struct socket_entry e = of_inode(NGINX);
	struct made_machine m;
	size_t count = 9;

	populate(&m);
	m.ownership = ownership_new(&m.options, false);
	ownership_want(m.ownership, &e);
	ck_assert_int_eq(ownership_read(m.ownership), 0);
	ownership_reset(m.ownership);
	ck_assert(!ownership_reads(m.ownership) && !ownership_knows_all(m.ownership));
	ck_assert(!ownership_hidden(m.ownership));
	ck_assert_uint_eq(ownership_unreadable(m.ownership), 0);
	ck_assert_ptr_null(ownership_processes(m.ownership, &e, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(ownership_unit(m.ownership, &e));
	made_machine_end(&m);
}
END_TEST

/* A socket that is told as closed has no process any more. */
START_TEST(holders_of_the_look_before_stand_for_those_that_are_gone)
{
	struct socket_entry gone = of_inode(NGINX), kept = of_inode(SSHD);
	struct made_machine m;
	size_t count;

	populate(&m);
	made_machine_own(&m, wanted);
	ownership_reset(m.ownership);
	ownership_want(m.ownership, &kept);
	made_read(&m);
	ck_assert_str_eq(ownership_name(m.ownership, &kept), "sshd");
	ck_assert_str_eq(ownership_name(m.ownership, &gone), "nginx");
	ownership_reset(m.ownership);
	made_read(&m);
	ck_assert_str_eq(ownership_name(m.ownership, &kept), "sshd");
	ck_assert_ptr_null(ownership_processes(m.ownership, &gone, &count));
	made_machine_end(&m);
}
END_TEST

START_TEST(all_is_known_once_every_process_was_looked_at)
{
	struct made_machine m;

	populate(&m);
	m.ownership = ownership_new(&m.options, true);
	ck_assert(ownership_reads(m.ownership));
	ck_assert(!ownership_knows_all(m.ownership));
	ownership_want(m.ownership, &(struct socket_entry){.inode = SSHD});
	made_read(&m);
	ck_assert(ownership_knows_all(m.ownership) && !ownership_hidden(m.ownership));
	ownership_reset(m.ownership);
	ck_assert(!ownership_knows_all(m.ownership));
	made_machine_end(&m);
}
END_TEST

START_TEST(nothing_is_known_where_processes_are_hidden)
{
	struct made_machine m;
	char path[MADE_PATH_MAX];

	populate(&m);
	made_dir_path(&m.dir, "1/comm", path);
	ck_assert_int_eq(unlink(path), 0);
	made_dir_path(&m.dir, "1/fd", path);
	ck_assert_int_eq(rmdir(path), 0);
	made_dir_path(&m.dir, "1", path);
	ck_assert_int_eq(rmdir(path), 0);
	made_machine_own(&m, wanted);
	ck_assert(ownership_hidden(m.ownership) && !ownership_knows_all(m.ownership));
	made_machine_end(&m);
}
END_TEST

START_TEST(not_all_is_known_where_a_process_cannot_be_read)
{
	struct made_machine m;
	char path[MADE_PATH_MAX];

	populate(&m);
	made_dir_path(&m.dir, "900/fd", path);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chmod(m.dir.path, 0755) + seteuid(65534), 0);
	made_machine_own(&m, wanted);
	ck_assert_uint_eq(ownership_unreadable(m.ownership), 1);
	ck_assert(!ownership_knows_all(m.ownership) && !ownership_hidden(m.ownership));
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	made_machine_end(&m);
}
END_TEST

/* ---- user and unit */

START_TEST(user_is_named_where_there_is_one)
{
	struct socket_entry e = of_inode(SSHD);
	struct made_machine m;

	populate(&m);
	m.ownership = ownership_new(&m.options, false);
	ck_assert_str_eq(ownership_user(m.ownership, &e), "root");
	e.uid = 4242;
	ck_assert_ptr_null(ownership_user(m.ownership, &e));
	e = (struct socket_entry){.proto = SOCKET_TCP, .state = SOCKET_TIME_WAIT, .family = 4};
	ck_assert_ptr_null(ownership_user(m.ownership, &e));
	e = made_unix(SOCK_STREAM, SOCKET_LISTEN, NULL, 0);
	e.inode = SSHD;
	ck_assert_ptr_null(ownership_user(m.ownership, &e));
	made_machine_end(&m);
}
END_TEST

START_TEST(user_is_not_named_with_numbers_only)
{
	struct socket_entry e = of_inode(SSHD);
	struct made_machine m;

	populate(&m);
	m.options.common.numeric = true;
	m.ownership = ownership_new(&m.options, false);
	ck_assert_ptr_null(ownership_user(m.ownership, &e));
	made_machine_end(&m);
}
END_TEST

START_TEST(unit_is_that_of_the_first_process)
{
	struct socket_entry nginx = of_inode(NGINX), sshd = of_inode(SSHD);
	struct socket_entry nobody = of_inode(NOBODY), lines = of_inode(LINES);
	struct made_machine m;

	populate(&m);
	made_machine_own(&m, wanted);
	ck_assert_str_eq(ownership_unit(m.ownership, &nginx), "nginx.service");
	ck_assert_str_eq(ownership_cgroup(m.ownership, &nginx), "/system.slice/nginx.service");
	ck_assert_str_eq(ownership_unit(m.ownership, &sshd), "ssh.service");
	ck_assert_str_eq(ownership_cgroup(m.ownership, &sshd), "/system.slice/ssh.service/x");
	ck_assert_ptr_null(ownership_unit(m.ownership, &nobody));
	ck_assert_ptr_null(ownership_cgroup(m.ownership, &nobody));
	ck_assert_str_eq(ownership_cgroup(m.ownership, &lines), "/");
	ck_assert_ptr_null(ownership_unit(m.ownership, &lines));
	made_machine_end(&m);
}
END_TEST

START_TEST(unit_of_the_socket_goes_before_that_of_its_process)
{
	struct socket_entry e = of_inode(NGINX);
	struct made_machine m;

	populate(&m);
	e.cgroup = made_cgroup(&m, "/system.slice/web.socket");
	made_machine_own(&m, wanted);
	ck_assert_str_eq(ownership_unit(m.ownership, &e), "web.socket");
	ck_assert_str_eq(ownership_cgroup(m.ownership, &e), "/system.slice/web.socket");
	e.cgroup = UINT64_MAX;
	/* where it cannot be seen from here, the process says it */
	ck_assert_str_eq(ownership_unit(m.ownership, &e), "nginx.service");
	made_machine_end(&m);
}
END_TEST

START_TEST(filter_is_told_the_path_of_a_cgroup)
{
	struct made_machine m;
	uint64_t id;

	populate(&m);
	id = made_cgroup(&m, "/user.slice");
	m.ownership = ownership_new(&m.options, false);
	ck_assert_str_eq(ownership_cgroup_path(m.ownership, id), "/user.slice");
	ck_assert_ptr_null(ownership_cgroup_path(m.ownership, 0));
	ck_assert_ptr_null(ownership_cgroup_path(m.ownership, UINT64_MAX));
	made_machine_end(&m);
}
END_TEST

/* ---- --process and --unit */

static struct option_list list_of(const char **values, size_t count)
{
	return (struct option_list){values, count};
}

static bool process_matches(const char *pattern, uint64_t inode)
{
	struct socket_entry e = of_inode(inode);
	struct made_machine m;
	bool matches;

	populate(&m);
	m.options.processes = list_of(&pattern, 1);
	made_machine_own(&m, wanted);
	ck_assert(ownership_may_match(m.ownership, &e));
	matches = ownership_matches(m.ownership, &e);
	made_machine_end(&m);
	return matches;
}

START_TEST(process_is_meant_by_its_whole_name_a_pattern_or_its_pid)
{
	ck_assert(process_matches("nginx", NGINX));
	ck_assert(process_matches("ng*", NGINX));
	ck_assert(process_matches("ngin?", NGINX));
	ck_assert(process_matches("812", NGINX));
	ck_assert(process_matches("813", NGINX));
	ck_assert(process_matches("901", NAMELESS));
	ck_assert(!process_matches("ngin", NGINX));
	ck_assert(!process_matches("NGINX", NGINX));
	ck_assert(!process_matches("sshd", NGINX));
	ck_assert(!process_matches("81", NGINX));
	ck_assert(!process_matches("*", NAMELESS));
	ck_assert(!process_matches("*", NOBODY));
}
END_TEST

START_TEST(one_of_several_processes_is_enough)
{
	const char *names[] = {"httpd", "sshd"};
	struct socket_entry sshd = of_inode(SSHD), nginx = of_inode(NGINX);
	struct made_machine m;

	populate(&m);
	m.options.processes = list_of(names, 2);
	made_machine_own(&m, wanted);
	ck_assert(ownership_matches(m.ownership, &sshd));
	ck_assert(!ownership_matches(m.ownership, &nginx));
	made_machine_end(&m);
}
END_TEST

static bool unit_matches(const char *pattern, uint64_t inode)
{
	struct socket_entry e = of_inode(inode);
	struct made_machine m;
	bool matches;

	populate(&m);
	m.options.units = list_of(&pattern, 1);
	made_machine_own(&m, wanted);
	matches = ownership_matches(m.ownership, &e);
	made_machine_end(&m);
	return matches;
}

START_TEST(unit_is_meant_by_its_name_or_that_without_service)
{
	ck_assert(unit_matches("ssh.service", SSHD));
	ck_assert(unit_matches("ssh", SSHD));
	ck_assert(unit_matches("s*", SSHD));
	ck_assert(unit_matches("ss?", SSHD));
	ck_assert(!unit_matches("sshd", SSHD));
	ck_assert(!unit_matches("ssh.serv", SSHD));
	ck_assert(!unit_matches(".service", SSHD));
	ck_assert(!unit_matches("", SSHD));
	ck_assert(!unit_matches("*", LINES));
	ck_assert(!unit_matches("*", NOBODY));
}
END_TEST

START_TEST(process_and_unit_both_have_to_hold)
{
	const char *process = "sshd", *unit = "nginx";
	struct socket_entry sshd = of_inode(SSHD), nginx = of_inode(NGINX);
	struct made_machine m;

	populate(&m);
	m.options.processes = list_of(&process, 1);
	m.options.units = list_of(&unit, 1);
	made_machine_own(&m, wanted);
	ck_assert(!ownership_matches(m.ownership, &sshd));
	ck_assert(!ownership_matches(m.ownership, &nginx));
	made_machine_end(&m);
}
END_TEST

/* Before processes are known: what has a cgroup of its own is decided, the rest may turn out. */
START_TEST(what_may_match_is_final_where_it_may_not)
{
	const char *unit = "web.socket";
	struct socket_entry e = of_inode(NGINX), other = of_inode(NGINX), none = of_inode(NGINX);
	struct made_machine m;

	populate(&m);
	e.cgroup = made_cgroup(&m, "/system.slice/web.socket");
	other.cgroup = made_cgroup(&m, "/system.slice/ssh.service");
	m.options.units = list_of(&unit, 1);
	m.ownership = ownership_new(&m.options, true);
	ck_assert(ownership_may_match(m.ownership, &e));
	ck_assert(!ownership_may_match(m.ownership, &other));
	ck_assert(ownership_may_match(m.ownership, &none));
	ownership_free(m.ownership);
	m.ownership = ownership_new(&m.options, false);
	ck_assert(!ownership_may_match(m.ownership, &none));
	ownership_free(m.ownership);
	m.options.units = list_of(NULL, 0);
	m.ownership = ownership_new(&m.options, false);
	ck_assert(ownership_may_match(m.ownership, &none));
	ck_assert(ownership_may_match(m.ownership, &other));
	ck_assert(ownership_matches(m.ownership, &other));
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_owner", processes_are_those_that_hold_the_socket,
	name_is_that_of_the_file_whatever_is_in_it, nobody_holds_what_has_no_inode,
	processes_that_are_not_read_are_not_there,
	holders_of_the_look_before_stand_for_those_that_are_gone,
	all_is_known_once_every_process_was_looked_at, nothing_is_known_where_processes_are_hidden,
	not_all_is_known_where_a_process_cannot_be_read, user_is_named_where_there_is_one,
	user_is_not_named_with_numbers_only, unit_is_that_of_the_first_process,
	unit_of_the_socket_goes_before_that_of_its_process, filter_is_told_the_path_of_a_cgroup,
	process_is_meant_by_its_whole_name_a_pattern_or_its_pid, one_of_several_processes_is_enough,
	unit_is_meant_by_its_name_or_that_without_service, process_and_unit_both_have_to_hold,
	what_may_match_is_final_where_it_may_not)
