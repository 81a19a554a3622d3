/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/units.h"

#include "../../../src/procfs/cgroup_text.h"
#include "made_dir.h"

#include <dirent.h>
#include <errno.h>

#define ID12 "0123456789ab"
#define ID64 ID12 "cdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- what a path stands for */

START_TEST(the_innermost_unit_or_container_names_a_path)
{
	static const char *const cases[][2] = {
		{"/system.slice/ssh.service", "ssh.service"},
		{"/system.slice/ssh.service/", "ssh.service"},
		{"/system.slice/foo.service/supervisor/x", "foo.service"},
		{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"},
		{"/system.slice/dbus.socket", "dbus.socket"},
		{"/system.slice/mnt-data.mount", "mnt-data.mount"},
		{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\\x2db.scope",
			"app-a\\x2db.scope"},
		{"/system.slice/docker-" ID64 ".scope", "docker:" ID12},
		{"/docker/" ID64, "docker:" ID12},
		{"/docker/" ID64 "/docker/f" ID12
		 "cdef0123456789abcdef0123456789abcdef0123456789abcde",
			"docker:f0123456789a"},
		{"/machine.slice/libpod-" ID64 ".scope/container", "podman:" ID12},
		{"/libpod_parent/libpod-" ID64, "podman:" ID12},
		{"/machine.slice/libpod-conmon-" ID12 ".scope", "libpod-conmon-" ID12 ".scope"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
		 "cri-containerd-" ID64 ".scope",
			"containerd:" ID12},
		{"/system.slice/containerd.service/"
		 "kubepods-burstable-pod1.slice:cri-containerd:" ID64,
			"containerd:" ID12},
		{"/kubepods/burstable/pod0123/" ID64, "containerd:" ID12},
		{"/kubepods/pod0123/" ID64, "containerd:" ID12},
		{"/default.slice/nerdctl-" ID64 ".scope", "containerd:" ID12},
		{"/kubepods.slice/crio-" ID64 ".scope", "cri-o:" ID12},
		{"/lxc.payload.web.1/system.slice", "lxc:web.1"},
		{"/lxc/101/ns", "lxc:101"},
		{"/lxc.payload/old", "lxc:old"},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
			"machine:qemu\\x2d1\\x2dvm"},
		/* a system inside a container: its own units are nearer */
		{"/system.slice/docker-" ID64 ".scope/system.slice/ssh.service", "ssh.service"},
		/* from inside a name space of cgroups */
		{"/../../system.slice/ssh.service", "ssh.service"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strbuf out = {0};

		strbuf_puts(&out, ">");
		ck_assert_msg(unit_of_path(cases[i][0], &out), "%s", cases[i][0]);
		ck_assert_str_eq(out.text + 1, cases[i][1]);
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(a_manager_of_its_own_is_named_by_what_is_around_it)
{
	static const char *const cases[][2] = {
		{"/init.scope", "init.scope"},
		{"/user.slice/user-0.slice/user@0.service/init.scope", "user@0.service"},
		{"/docker/" ID64 "/init.scope", "docker:" ID12},
		{"/lxc.payload.web/init.scope", "lxc:web"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strbuf out = {0};

		ck_assert(unit_of_path(cases[i][0], &out));
		ck_assert_str_eq(out.text, cases[i][1]);
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(other_paths_name_nothing)
{
	static const char *const paths[] = {"", "/", "//", "/user.slice", "/system.slice/",
		"/docker", "/docker/buildkit", "/docker/" ID12, "/somewhere/" ID64,
		"/docker/g" ID64, "/lxc", "/lxc.payload.", "/.service", "/libpod-" ID12 "x",
		"/crio-0123", "/kubepods/pod1", "/kubepods/pod1/" ID64 "0", "/..", "/a.timer"};

	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct strbuf out = {0};

		ck_assert_msg(!unit_of_path(paths[i], &out), "%s: %s", paths[i], out.text);
		ck_assert_uint_eq(out.len, 0);
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(a_scope_that_only_looks_like_a_container_is_a_scope)
{
	static const char *const names[] = {"docker-0123.scope", "docker-build.scope",
		"machine-.scope", "crio-conmon-" ID64 ".scope"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		struct strbuf out = {0};
		char path[200];

		snprintf(path, sizeof path, "/system.slice/%s", names[i]);
		ck_assert(unit_of_path(path, &out));
		ck_assert_str_eq(out.text, names[i]);
		strbuf_release(&out);
	}
}
END_TEST

/* ---- texts of procfs */

START_TEST(a_mount_of_cgroup2_is_told_by_its_type)
{
	static const char *const others[] = {"", "\n", "31 23 0:28 / /sys/fs/cgroup rw",
		"31 23 0:28 / /sys/fs/cgroup rw - cgroup2", /* cut off */
		"32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
		"32 31 0:29 / /cgroup2 rw cgroup2 cgroup2 - tmpfs cgroup2 rw",
		"32 31 0:29 / /m rw x cgroup2 y - tmpfs tmpfs rw",
		"32 31 0:29 / relative rw - cgroup2 cgroup2 rw",
		"32 31 0:29 / /a\\000b rw - cgroup2 cgroup2 rw",
		"32 31 0:29 x /a rw - cgroup2 cgroup2 rw", "- - - - - - cgroup2 "};
	struct strbuf place = {0}, root = {0};
	static const char plain[] = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
	static const char rich[] = "41 31 0:38 /a\\040b /m\\134nt\\012\\04x rw,relatime shared:1 "
				   "master:2 - cgroup2 none rw";

	ck_assert(mountinfo_cgroup2(plain, sizeof plain - 1, &place, &root));
	ck_assert_str_eq(place.text, "/sys/fs/cgroup");
	ck_assert_str_eq(root.text, "/");
	ck_assert(mountinfo_cgroup2(rich, sizeof rich - 1, &place, &root));
	ck_assert_str_eq(place.text, "/m\\nt\n\\04x");
	ck_assert_str_eq(root.text, "/a b");
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
		ck_assert_msg(!mountinfo_cgroup2(others[i], strlen(others[i]), &place, &root), "%s",
			others[i]);
		ck_assert_uint_eq(place.len + root.len, 0);
	}
	strbuf_release(&place);
	strbuf_release(&root);
}
END_TEST

START_TEST(a_process_is_where_the_unified_hierarchy_says_else_systemds)
{
	static const char *const cases[][2] = {
		{"0::/a.service\n", "/a.service"},
		{"9:name=systemd:/b\n4:memory:/m\n0::/a\n", "/a"},
		{"9:name=systemd:/b\n4:memory:/m\n0::/\n", "/b"},
		{"9:name=systemd:/b\n4:memory:/m\n", "/b"},
		{"9:name=systemd:/\n0::/\n", "/"},
		{"0::/a (deleted)\n", "/a"},
		{"0::/a:b::c\n", "/a:b::c"},
		{"0::/../x\n", "/../x"},
		{"4:memory:/m\n", NULL},
		{"0::relative\n", NULL},
		{"0::\n", NULL},
		{"0::/cut off", NULL},
		{"", NULL},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strbuf out = {0};
		bool found = cgroup_text_path(cases[i][0], strlen(cases[i][0]), &out);

		ck_assert_msg(found == (cases[i][1] != NULL), "%s", cases[i][0]);
		ck_assert_str_eq(found ? out.text : "", found ? cases[i][1] : "");
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(the_path_of_a_process_is_read_from_procfs)
{
	struct made_dir d;
	struct units *u;

	made_dir_start(&d);
	made_dir_puts(&d, "812/cgroup", "0::/system.slice/nginx.service\n");
	u = units_new(d.path, d.path);
	ck_assert_str_eq(units_path_of_pid(u, 812), "/system.slice/nginx.service");
	ck_assert_ptr_null(units_path_of_pid(u, 813));
	/* once, however many sockets it has */
	made_dir_puts(&d, "812/cgroup", "0::/system.slice/moved.service\n");
	made_dir_puts(&d, "813/cgroup", "0::/system.slice/late.service\n");
	ck_assert_str_eq(units_path_of_pid(u, 812), "/system.slice/nginx.service");
	ck_assert_ptr_null(units_path_of_pid(u, 813));
	units_forget_pids(u);
	ck_assert_str_eq(units_path_of_pid(u, 812), "/system.slice/moved.service");
	ck_assert_str_eq(units_path_of_pid(u, 813), "/system.slice/late.service");
	units_free(u);
	made_dir_end(&d);
}
END_TEST

/* ---- the tree */

/* As readdir(3) says, which on a stack of file systems can be another number than stat's. */
static uint64_t id_of(const struct made_dir *d, const char *name)
{
	char path[MADE_PATH_MAX], *slash;
	struct dirent *entry;
	uint64_t id = 0;
	DIR *dir;

	made_dir_path(d, name, path);
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, slash + 1) == 0)
			id = entry->d_ino;
	closedir(dir);
	ck_assert_uint_ne(id, 0);
	return id;
}

START_TEST(a_cgroup_is_known_by_the_inode_of_its_directory)
{
	struct made_dir d;
	struct units *u;
	struct stat top;

	made_dir_start(&d);
	made_dir_add(&d, "system.slice/ssh.service");
	made_dir_add(&d, "init.scope");
	made_dir_puts(&d, "system.slice/cgroup.procs", "");
	made_dir_link(&d, "system.slice/link", "..");
	u = units_new("/nonexistent", d.path);
	ck_assert_str_eq(
		units_path(u, id_of(&d, "system.slice/ssh.service")), "/system.slice/ssh.service");
	ck_assert_str_eq(units_path(u, id_of(&d, "system.slice")), "/system.slice");
	ck_assert_str_eq(units_path(u, id_of(&d, "init.scope")), "/init.scope");
	ck_assert_int_eq(stat(d.path, &top), 0);
	ck_assert_str_eq(units_path(u, top.st_ino), "/");
	ck_assert_ptr_null(units_path(u, id_of(&d, "system.slice/cgroup.procs")));
	ck_assert_ptr_null(units_path(u, id_of(&d, "system.slice/link")));
	ck_assert_ptr_null(units_path(u, 0));
	ck_assert_ptr_null(units_path(u, UINT64_MAX));
	units_free(u);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_new_cgroup_is_found_within_a_second_and_what_is_gone_stays_known)
{
	struct made_dir d;
	struct units *u;
	const char *old, *same;
	uint64_t id;
	char gone[MADE_PATH_MAX];

	made_dir_start(&d);
	made_dir_add(&d, "old.service");
	made_dir_add(&d, "same.service");
	u = units_new("/nonexistent", d.path);
	old = units_path(u, id_of(&d, "old.service"));
	id = id_of(&d, "old.service");
	same = units_path(u, id_of(&d, "same.service"));
	made_dir_add(&d, "new.service");
	made_dir_path(&d, "old.service", gone);
	ck_assert_int_eq(rmdir(gone), 0);
	/* the tree was read just now */
	ck_assert_ptr_null(units_path(u, id_of(&d, "new.service")));
	usleep(1100 * 1000);
	ck_assert_str_eq(units_path(u, id_of(&d, "new.service")), "/new.service");
	ck_assert_str_eq(old, "/old.service");
	ck_assert_ptr_eq(units_path(u, id), old);
	ck_assert_ptr_eq(units_path(u, id_of(&d, "same.service")), same);
	units_free(u);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_tree_is_read_to_a_depth_of_64)
{
	struct made_dir d;
	struct units *u;
	char name[200] = "1";

	made_dir_start(&d);
	for (int depth = 2; depth <= 70; depth++)
		snprintf(name + strlen(name), sizeof name - strlen(name), "/%d", depth % 10);
	made_dir_add(&d, name);
	u = units_new("/nonexistent", d.path);
	ck_assert_ptr_null(units_path(u, id_of(&d, name)));
	name[2 * 65 - 1] = '\0';
	ck_assert_ptr_null(units_path(u, id_of(&d, name)));
	name[2 * 64 - 1] = '\0';
	ck_assert_str_eq(units_path(u, id_of(&d, name)) + 1, name);
	name[2 * 63 - 1] = '\0';
	ck_assert_str_eq(units_path(u, id_of(&d, name)) + 1, name);
	units_free(u);
	made_dir_end(&d);
}
END_TEST

START_TEST(the_tree_is_where_mountinfo_says_and_the_whole_goes_before_a_part)
{
	struct made_dir d;
	struct units *u;
	char text[1000];

	made_dir_start(&d);
	made_dir_add(&d, "part of it/a.service/x");
	snprintf(text, sizeof text,
		"30 1 0:27 / /sys rw - sysfs sysfs rw\n"
		"31 23 0:28 /docker/abc %s/part\\040of\\040it rw shared:1 - cgroup2 cgroup2 rw\n"
		"32 23 0:28 /docker/def %s rw - cgroup2 cgroup2 rw\n",
		d.path, d.path);
	made_dir_puts(&d, "proc/self/mountinfo", text);
	snprintf(text, sizeof text, "%s/proc", d.path);
	u = units_new(text, NULL);
	ck_assert_str_eq(
		units_path(u, id_of(&d, "part of it/a.service/x")), "/docker/abc/a.service/x");
	ck_assert_str_eq(units_path(u, id_of(&d, "part of it/a.service")), "/docker/abc/a.service");
	units_free(u);

	made_dir_add(&d, "whole/b.service");
	snprintf(text, sizeof text,
		"31 23 0:28 /docker %s/part\\040of\\040it rw - cgroup2 cgroup2 rw\n"
		"32 23 0:28 / %s/whole rw - cgroup2 cgroup2 rw\n"
		"33 23 0:28 /x %s rw - cgroup2 cgroup2 rw\n",
		d.path, d.path, d.path);
	made_dir_puts(&d, "proc/self/mountinfo", text);
	snprintf(text, sizeof text, "%s/proc", d.path);
	u = units_new(text, NULL);
	ck_assert_str_eq(units_path(u, id_of(&d, "whole/b.service")), "/b.service");
	ck_assert_ptr_null(units_path(u, id_of(&d, "part of it/a.service")));
	units_free(u);
	made_dir_end(&d);
}
END_TEST

START_TEST(without_a_tree_no_cgroup_is_known)
{
	struct units *u = units_new("/nonexistent", NULL);

	ck_assert_ptr_null(units_path(u, 1));
	ck_assert_ptr_null(units_path_of_pid(u, 1));
	units_free(u);
	u = units_new("/proc", "/nonexistent");
	ck_assert_ptr_null(units_path(u, 1));
	units_free(u);
}
END_TEST

/* The place of the real one, as mount(8) would say. */
static bool real_tree(char *place, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[1000], where[400], type[100];
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file)) {
		found = sscanf(line, "%*s %399s %99s", where, type) == 2 &&
			strcmp(type, "cgroup2") == 0;
		if (found)
			snprintf(place, size, "%s", where);
	}
	if (file)
		fclose(file);
	return found;
}

START_TEST(a_cgroup_that_was_just_made_is_found_in_the_real_tree)
{
	struct units *u = units_new("/proc", NULL);
	char place[400], path[500], name[64];
	const char *got;
	struct stat st;

	snprintf(name, sizeof name, "netprobe-unit-%d.service", getpid());
	if (real_tree(place, sizeof place)) {
		snprintf(path, sizeof path, "%s/%s", place, name);
		if (mkdir(path, 0755) == 0) {
			ck_assert_int_eq(stat(path, &st), 0);
			got = units_path(u, st.st_ino);
			rmdir(path);
			ck_assert_ptr_nonnull(got);
			ck_assert_str_eq(strrchr(got, '/') + 1, name);
		} else {
			printf("skipped: no cgroup can be made: %s\n", strerror(errno));
		}
	} else {
		printf("skipped: cgroup2 is not mounted\n");
	}
	units_free(u);
}
END_TEST

UNIT_MAIN("procfs/units", the_innermost_unit_or_container_names_a_path,
	a_manager_of_its_own_is_named_by_what_is_around_it, other_paths_name_nothing,
	a_scope_that_only_looks_like_a_container_is_a_scope, a_mount_of_cgroup2_is_told_by_its_type,
	a_process_is_where_the_unified_hierarchy_says_else_systemds,
	the_path_of_a_process_is_read_from_procfs, a_cgroup_is_known_by_the_inode_of_its_directory,
	a_new_cgroup_is_found_within_a_second_and_what_is_gone_stays_known,
	a_tree_is_read_to_a_depth_of_64,
	the_tree_is_where_mountinfo_says_and_the_whole_goes_before_a_part,
	without_a_tree_no_cgroup_is_known, a_cgroup_that_was_just_made_is_found_in_the_real_tree)
