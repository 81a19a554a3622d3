/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_place.h"

#include "../own_net.h"
#include "sockets_made.h"

static void add_tables(const struct made_machine *m)
{
	made_dir_puts(&m->dir, "net/tcp", "  sl  local_address rem_address   st\n");
	made_dir_puts(&m->dir, "sys/net/ipv4/ip_local_port_range", "2000\t3000\n");
}

START_TEST(own_namespace_has_no_name)
{
	struct places p = {0};
	struct made_machine m;

	made_machine_start(&m);
	add_tables(&m);
	ck_assert_int_eq(places_open(&p, &m.options), 0);
	ck_assert_uint_eq(p.count, 1);
	ck_assert_ptr_nonnull(p.sources[0]);
	ck_assert_str_eq(p.names[0], "");
	ck_assert_uint_eq(p.left_out.unreachable, 0);
	/* nobody judges it */
	ck_assert_uint_eq(p.context.first_port, 0);
	places_release(&p);
	made_machine_end(&m);
}
END_TEST

START_TEST(namespace_that_is_judged_tells_its_limits)
{
	struct places p = {0};
	struct made_machine m;

	made_machine_start(&m);
	add_tables(&m);
	m.options.explain = true;
	ck_assert_int_eq(places_open(&p, &m.options), 0);
	ck_assert_uint_eq(p.context.first_port, 2000);
	ck_assert_uint_eq(p.context.last_port, 3000);
	places_release(&p);
	made_machine_end(&m);
}
END_TEST

START_TEST(directory_without_tables_is_said)
{
	int from = made_stderr();
	struct places p = {0};
	struct made_machine m;
	char text[256];

	made_machine_start(&m);
	ck_assert_int_eq(places_open(&p, &m.options), -ENOENT);
	ck_assert_uint_eq(p.count, 0);
	snprintf(
		text, sizeof text, "netprobe: %s/net/tcp: No such file or directory\n", m.dir.path);
	made_stderr_expect(from, text);
	places_release(&p);
	made_machine_end(&m);
}
END_TEST

START_TEST(namespace_that_is_not_there_is_said)
{
	int from = made_stderr();
	struct places p = {0};
	struct made_machine m;

	made_machine_start(&m);
	add_tables(&m);
	m.options.netns = "no-such-one";
	ck_assert_int_eq(places_open(&p, &m.options), -ENOENT);
	made_stderr_expect(from, "netprobe: --netns no-such-one: no such network namespace, and "
				 "no such process\n");
	places_release(&p);
	made_machine_end(&m);
}
END_TEST

/* The caller is where it was afterwards, whatever was opened elsewhere. */
START_TEST(namespace_of_a_process_is_named_as_it_was_asked_for)
{
	struct places p = {0};
	struct sockets_options o = {0};
	struct stat before, after;
	int ready[2];
	char pid[16], byte;
	pid_t child;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	if (!own_net())
		return;
	child = fork();
	if (child == 0) {
		close(ready[0]);
		if (unshare(CLONE_NEWNET) != 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	snprintf(pid, sizeof pid, "%d", (int)child);
	o.netns = pid;
	ck_assert_int_eq(stat("/proc/self/ns/net", &before), 0);
	ck_assert_int_eq(places_open(&p, &o), 0);
	ck_assert_int_eq(stat("/proc/self/ns/net", &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(p.count, 1);
	ck_assert_ptr_nonnull(strstr(p.names[0], pid));
	ck_assert_str_eq(place_interface(&p, 0, 1), "lo");
	places_release(&p);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(interface_is_looked_up_in_its_place)
{
	struct made_machine m;

	made_machine_start(&m);
	ck_assert_str_eq(place_interface(&m.places, 0, 1), "lo");
	ck_assert_str_eq(place_interface(&m.places, 0, 7), "eth0");
	ck_assert_ptr_null(place_interface(&m.places, 0, 2));
	ck_assert_ptr_null(place_interface(&m.places, 0, 0));
	ck_assert_ptr_null(place_interface(&m.places, 1, 1));
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_place", own_namespace_has_no_name, namespace_that_is_judged_tells_its_limits,
	directory_without_tables_is_said, namespace_that_is_not_there_is_said,
	namespace_of_a_process_is_named_as_it_was_asked_for, interface_is_looked_up_in_its_place)
