/* SPDX-License-Identifier: MIT */
#include "netprobe/output/whole_file.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 64 };

static char folder[] = "/tmp/netprobe-unit-XXXXXX";

/* In a directory of its own. */
static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static size_t names(void)
{
	DIR *dir = opendir(".");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void expect(const char *path, const char *wanted)
{
	char text[TEXT_MAX] = "";
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, text, sizeof text - 1), 0);
	close(fd);
	ck_assert_str_eq(text, wanted);
}

static void end(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(whole_file_is_there_at_its_end)
{
	struct whole_file *w;

	begin();
	umask(027);
	w = whole_file_open("a");
	ck_assert_ptr_nonnull(w);
	expect("a", "");
	ck_assert_int_eq(whole_file_commit(w, "text", 4), 0);
	expect("a", "text");
	ck_assert_uint_eq(names(), 1);
	unlink("a");
	end();
}
END_TEST

START_TEST(whole_file_leaves_what_was_there_until_then)
{
	struct whole_file *w;
	struct stat st;

	begin();
	put("a", "old, and longer");
	chmod("a", 0640);
	w = whole_file_open("a");
	expect("a", "old, and longer");
	ck_assert_int_eq(whole_file_commit(w, "new", 3), 0);
	expect("a", "new");
	ck_assert_int_eq(stat("a", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	unlink("a");
	end();
}
END_TEST

START_TEST(whole_file_that_is_given_up_leaves_nothing)
{
	begin();
	put("a", "old");
	whole_file_abandon(whole_file_open("a"));
	whole_file_abandon(whole_file_open("b"));
	whole_file_abandon(NULL);
	expect("a", "old");
	ck_assert_uint_eq(names(), 1);
	unlink("a");
	end();
}
END_TEST

START_TEST(whole_file_is_written_by_one)
{
	struct whole_file *first, *second;

	begin();
	first = whole_file_open("a");
	ck_assert_ptr_null(whole_file_open("a"));
	ck_assert_int_eq(errno, -ERR_HELD);
	ck_assert_int_eq(whole_file_commit(first, "text", 4), 0);
	second = whole_file_open("a");
	ck_assert_ptr_nonnull(second);
	whole_file_abandon(second);
	expect("a", "text");
	unlink("a");
	end();
}
END_TEST

START_TEST(whole_file_goes_where_a_link_leads)
{
	struct stat st;

	begin();
	put("a", "old");
	ck_assert_int_eq(symlink("a", "link"), 0);
	ck_assert_int_eq(whole_file_commit(whole_file_open("link"), "new", 3), 0);
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	expect("a", "new");
	unlink("a");
	ck_assert_int_eq(whole_file_commit(whole_file_open("link"), "newer", 5), 0);
	expect("a", "newer");
	unlink("a");
	unlink("link");
	end();
}
END_TEST

/* A name that takes its place would do away with the device. */
START_TEST(whole_file_writes_devices_and_pipes_as_they_are)
{
	struct stat st;
	char text[TEXT_MAX] = "";
	int reader;

	begin();
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	reader = open("pipe", O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(whole_file_commit(whole_file_open("pipe"), "text", 4), 0);
	ck_assert_int_eq(read(reader, text, sizeof text), 4);
	ck_assert_str_eq(text, "text");
	ck_assert_int_eq(stat("pipe", &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	close(reader);
	unlink("pipe");
	end();
}
END_TEST

START_TEST(whole_file_says_why_it_cannot_be)
{
	begin();
	ck_assert_ptr_null(whole_file_open("none/a"));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(whole_file_open("."));
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_ptr_null(whole_file_open(""));
	ck_assert_uint_eq(names(), 0);
	end();
}
END_TEST

START_TEST(whole_file_that_cannot_be_written_leaves_what_was_there)
{
	ck_assert_int_eq(whole_file_commit(whole_file_open("/dev/full"), "text", 4), -ENOSPC);
}
END_TEST

UNIT_MAIN("output/whole_file", whole_file_is_there_at_its_end,
	whole_file_leaves_what_was_there_until_then, whole_file_that_is_given_up_leaves_nothing,
	whole_file_is_written_by_one, whole_file_goes_where_a_link_leads,
	whole_file_writes_devices_and_pipes_as_they_are, whole_file_says_why_it_cannot_be,
	whole_file_that_cannot_be_written_leaves_what_was_there)
