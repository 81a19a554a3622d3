/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NET "/proc/thread-self/ns/net"

static ino_t namespace_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* Two network namespaces of this process's own: in the second, with a file of the first. */
static int leave_one(ino_t *first)
{
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return -1;
	*first = namespace_of(NET);
	fd = open(NET, O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) == 0 ? fd : -1;
}

static int look_at_the_way_back(void)
{
	ino_t first, second;
	int fd = leave_one(&first);

	if (fd < 0)
		return SKIPPED;
	second = namespace_of(NET);
	if (first == second)
		return 1;
	if (priv_enter_netns(fd) != 0)
		return 2;
	return namespace_of(NET) == first ? 0 : 3;
}

START_TEST(namespace_is_that_of_the_file)
{
	expect_in_child(look_at_the_way_back);
}
END_TEST

/* setcap cap_sys_admin+p */
static int look_at_permitted(void)
{
	static const cap_value_t admin[] = {CAP_SYS_ADMIN};
	ino_t first;
	int fd = leave_one(&first);

	if (fd < 0 || !hold(admin, 1, false))
		return SKIPPED;
	if (priv_enter_netns(fd) != 0)
		return 1;
	return namespace_of(NET) == first ? 0 : 2;
}

START_TEST(privilege_that_is_permitted_is_enough)
{
	expect_in_child(look_at_permitted);
}
END_TEST

static int look_without_anything(void)
{
	ino_t first, second;
	int fd = leave_one(&first);

	if (fd < 0)
		return SKIPPED;
	second = namespace_of(NET);
	if (priv_drop() != 0)
		return 1;
	if (priv_enter_netns(fd) != -EPERM)
		return 2;
	return namespace_of(NET) == second ? 0 : 3;
}

START_TEST(nobody_enters_without_privilege)
{
	expect_in_child(look_without_anything);
}
END_TEST

static int look_at_other_files(void)
{
	ino_t first, second;
	int fd = leave_one(&first), uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	int plain = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return SKIPPED;
	second = namespace_of(NET);
	if (priv_enter_netns(uts) != -EINVAL)
		return 1;
	if (priv_enter_netns(plain) != -EINVAL)
		return 2;
	if (priv_enter_netns(-1) != -EBADF)
		return 3;
	return namespace_of(NET) == second ? 0 : 4;
}

START_TEST(file_of_something_else_is_refused)
{
	expect_in_child(look_at_other_files);
}
END_TEST

UNIT_MAIN("priv/netns", namespace_is_that_of_the_file, privilege_that_is_permitted_is_enough,
	nobody_enters_without_privilege, file_of_something_else_is_refused)
