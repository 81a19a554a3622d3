/* SPDX-License-Identifier: MIT */
#include "netprobe/base/mem.h"

#include "../unit.h"

#include <stdint.h>
#include <string.h>

START_TEST(mem_alloc_gives_zeros)
{
	unsigned char *p = mem_alloc(100, 3);

	for (unsigned i = 0; i < 300; i++)
		ck_assert_int_eq(p[i], 0);
	free(p);
}
END_TEST

START_TEST(mem_never_gives_null)
{
	void *p = mem_alloc(0, 0), *q = mem_resize(NULL, 0, 8);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	free(p);
	free(q);
}
END_TEST

START_TEST(mem_resize_keeps_what_was_there)
{
	char *p = mem_strdup("abc");

	p = mem_resize(p, 1000, 1);
	ck_assert_str_eq(p, "abc");
	free(p);
}
END_TEST

START_TEST(mem_strndup_cuts_and_terminates)
{
	char *p = mem_strndup("abcdef", 3), *empty = mem_strndup("abc", 0);

	ck_assert_str_eq(p, "abc");
	ck_assert_str_eq(empty, "");
	free(p);
	free(empty);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
START_TEST(mem_ends_the_program_with_2_when_there_is_none)
{
	free(mem_alloc(SIZE_MAX / 8, 2));
}
END_TEST
#endif

/* The last test is expected to exit, which UNIT_MAIN cannot say. */
int main(void)
{
	Suite *suite = suite_create("base/mem");
	TCase *all = tcase_create("base/mem");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, mem_alloc_gives_zeros);
	tcase_add_test(all, mem_never_gives_null);
	tcase_add_test(all, mem_resize_keeps_what_was_there);
	tcase_add_test(all, mem_strndup_cuts_and_terminates);
	/* ASan says so in its own way */
#ifndef __SANITIZE_ADDRESS__
	tcase_add_exit_test(all, mem_ends_the_program_with_2_when_there_is_none, 2);
#endif
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
