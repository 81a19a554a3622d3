/* SPDX-License-Identifier: MIT */
#include "answers.h"

START_TEST(tftp_question_reads_a_file_that_the_token_names)
{
	static const char question[] = "\0\1np-0123456789ABCDEF.txt\0octet";

	expect_question(&query_tftp, question, sizeof question, true);
}
END_TEST

START_TEST(tftp_answers_from_a_port_of_its_own)
{
	ck_assert(query_tftp.other_port);
}
END_TEST

START_TEST(tftp_error_is_an_answer)
{
	expect_answer(&query_tftp, tftpd_error, sizeof tftpd_error,
		"error_code=1\nerror=File not found\n: File not found");
	expect_answer(&query_tftp, "\0\5\0\0", 5, "error_code=0\nerror=\n: error 0");
}
END_TEST

START_TEST(tftp_server_of_any_file_is_told)
{
	uint8_t data[4 + 513] = {0, 3, 0, 1};

	expect_answer(&query_tftp, data, 4, "any_file=yes\n: has any file");
	expect_answer(&query_tftp, data, 4 + 512, "any_file=yes\n: has any file");
	expect_refused(&query_tftp, data, 4 + 513);
	data[3] = 2;
	expect_refused(&query_tftp, data, 4);
}
END_TEST

START_TEST(tftp_error_has_a_known_code_and_one_end)
{
	expect_refused(&query_tftp, "\0\5\0\x9x", 6);
	expect_refused(&query_tftp, "\0\5\1\1x", 6);
	expect_refused(&query_tftp, "\0\5\0\1x\0y", 8);
	expect_refused(&query_tftp, "\0\4\0\1", 5);
	expect_refused(&query_tftp, "\0\3\0", 3);
}
END_TEST

START_TEST(tftp_answer_is_whole)
{
	expect_cuts(&query_tftp, tftpd_error, sizeof tftpd_error, sizeof tftpd_error);
	expect_others_refused(&query_tftp);
}
END_TEST

UNIT_MAIN("query/tftp", tftp_question_reads_a_file_that_the_token_names,
	tftp_answers_from_a_port_of_its_own, tftp_error_is_an_answer,
	tftp_server_of_any_file_is_told, tftp_error_has_a_known_code_and_one_end,
	tftp_answer_is_whole)
