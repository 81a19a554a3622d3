/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/users.h"

#include "../unit.h"

#include "netprobe/base/err.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static unsigned asked; /* each test is a process of its own */

/*
 * The C library's calls arrive here. There are: ann (1000), a user whose name is "4711" (12), one
 * whose entry needs much room (13), a data base that fails (14), one that is never content (15).
 */
static int answer(uint32_t uid, const char *name, struct passwd *pwd, char *room, size_t size,
	struct passwd **found)
{
	*found = NULL;
	asked++;
	if (uid == 14)
		return EIO;
	if (uid == 15 || (uid == 13 && size < 20000))
		return ERANGE;
	if (!name)
		return 0;
	ck_assert_uint_gt(size, strlen(name));
	memset(room, 'x', size);
	memcpy(room, name, strlen(name) + 1);
	*pwd = (struct passwd){.pw_uid = uid, .pw_name = room};
	*found = pwd;
	return 0;
}

int getpwuid_r(uid_t uid, struct passwd *pwd, char *room, size_t size, struct passwd **found)
{
	const char *name = uid == 1000 ? "ann" : uid == 12 ? "4711" : uid == 13 ? "large" : NULL;

	return answer(uid, name, pwd, room, size, found);
}

int getpwnam_r(const char *name, struct passwd *pwd, char *room, size_t size, struct passwd **found)
{
	uint32_t uid = strcmp(name, "ann") == 0 ? 1000 : strcmp(name, "4711") == 0 ? 12 : 0;

	return answer(uid, uid ? name : NULL, pwd, room, size, found);
}

START_TEST(a_name_is_asked_for_once)
{
	struct users *u = users_new();

	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(users_name(u, 1000), "ann");
	ck_assert_uint_eq(asked, 1);
	users_free(u);
}
END_TEST

START_TEST(that_there_is_no_such_user_is_asked_for_once)
{
	struct users *u = users_new();

	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_null(users_name(u, 0));
		ck_assert_ptr_null(users_name(u, 14));
		ck_assert_ptr_null(users_name(u, UINT32_MAX));
	}
	ck_assert_uint_eq(asked, 3);
	users_free(u);
}
END_TEST

START_TEST(an_entry_gets_the_room_it_needs_within_reason)
{
	struct users *u = users_new();

	ck_assert_str_eq(users_name(u, 13), "large");
	ck_assert_ptr_null(users_name(u, 15));
	ck_assert_uint_lt(asked, 30);
	users_free(u);
}
END_TEST

START_TEST(many_users_are_told_apart_and_some_forgotten)
{
	struct users *u = users_new();

	for (uint32_t uid = 0; uid < 100000; uid++)
		if (uid == 1000)
			ck_assert_str_eq(users_name(u, uid), "ann");
		else if (uid < 12 || uid > 15)
			ck_assert_ptr_null(users_name(u, uid));
	ck_assert_str_eq(users_name(u, 1000), "ann");
	ck_assert_ptr_null(users_name(u, 1256));
	ck_assert_str_eq(users_name(u, 1000), "ann");
	users_free(u);
}
END_TEST

START_TEST(a_user_is_a_name_or_a_number)
{
	uint32_t uid = 7;

	ck_assert_int_eq(user_parse("ann", &uid), 0);
	ck_assert_uint_eq(uid, 1000);
	ck_assert_int_eq(user_parse("0", &uid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_int_eq(user_parse("4294967294", &uid), 0);
	ck_assert_uint_eq(uid, 4294967294);
}
END_TEST

START_TEST(a_name_of_digits_goes_before_the_number)
{
	uint32_t uid = 7;

	ck_assert_int_eq(user_parse("4711", &uid), 0);
	ck_assert_uint_eq(uid, 12);
	ck_assert_int_eq(user_parse("4712", &uid), 0);
	ck_assert_uint_eq(uid, 4712);
}
END_TEST

START_TEST(what_is_neither_leaves_the_uid_alone)
{
	static const char *const others[] = {
		"bob", "-1", "+1", "1 ", "0x1", "4294967295", "99999999999"};
	uint32_t uid = 7;

	ck_assert_int_eq(user_parse("", &uid), ERR_EMPTY);
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_int_eq(user_parse(others[i], &uid), ERR_NAME);
	ck_assert_uint_eq(uid, 7);
}
END_TEST

UNIT_MAIN("procfs/users", a_name_is_asked_for_once, that_there_is_no_such_user_is_asked_for_once,
	an_entry_gets_the_room_it_needs_within_reason, many_users_are_told_apart_and_some_forgotten,
	a_user_is_a_name_or_a_number, a_name_of_digits_goes_before_the_number,
	what_is_neither_leaves_the_uid_alone)
