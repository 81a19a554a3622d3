/* SPDX-License-Identifier: MIT */
#include "answers.h"

enum { MAC_AT = 57 + 5 * 18 };

START_TEST(netbios_question_is_for_every_name_of_the_node)
{
	static const uint8_t question[] = {
		0xcd, 0xef, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, /* id, no flags, one question */
		32, 'C', 'K', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A',
		'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 0,
		0, 0x21, 0, 1, /* NBSTAT IN */
	};

	expect_question(&query_netbios, question, sizeof question, true);
}
END_TEST

START_TEST(netbios_tells_name_and_workgroup)
{
	expect_answer(&query_netbios, nmbd_names, sizeof nmbd_names,
		"name=FILES\nworkgroup=TESTGROUP\n"
		"names=FILES<00>|FILES<03>|FILES<20>|TESTGROUP<00>|TESTGROUP<1e>\n"
		": FILES, workgroup TESTGROUP");
}
END_TEST

/* Samba has none; the bytes at its place are Windows'. */
START_TEST(netbios_tells_the_address_of_the_interface)
{
	expect_edited(&query_netbios, nmbd_names, sizeof nmbd_names, MAC_AT, "\x02\x42\xac\x11\0\2",
		6,
		"name=FILES\nworkgroup=TESTGROUP\nmac=02:42:ac:11:00:02\n"
		"names=FILES<00>|FILES<03>|FILES<20>|TESTGROUP<00>|TESTGROUP<1e>\n"
		": FILES, workgroup TESTGROUP");
}
END_TEST

START_TEST(netbios_address_of_a_samba_controller_is_rubbish)
{
	expect_answer(&query_netbios, samba_dc_names, sizeof samba_dc_names,
		"name=VM\nworkgroup=EXAMPLE\nnames=VM<00>|VM<03>|VM<20>|EXAMPLE<1b>|EXAMPLE<1c>|"
		"EXAMPLE<00>|__SAMBA__<00>|__SAMBA__<20>\n: VM, workgroup EXAMPLE");
}
END_TEST

START_TEST(netbios_lengths_that_lie_are_no_answer)
{
	expect_edited(&query_netbios, nmbd_names, sizeof nmbd_names, 56, "\xff", 1, "no answer");
	expect_edited(&query_netbios, nmbd_names, sizeof nmbd_names, 54, "\0\x01", 2, "no answer");
	expect_edited(
		&query_netbios, nmbd_names, sizeof nmbd_names, 54, "\xff\xff", 2, "no answer");
	expect_edited(&query_netbios, nmbd_names, sizeof nmbd_names, 12, "\x10", 1, "no answer");
}
END_TEST

START_TEST(netbios_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_netbios, nmbd_names, sizeof nmbd_names, sizeof nmbd_names);
	expect_matters(&query_netbios, nmbd_names, sizeof nmbd_names, 0, 8);
	expect_matters(&query_netbios, nmbd_names, sizeof nmbd_names, 46, 50);
}
END_TEST

UNIT_MAIN("query/netbios", netbios_question_is_for_every_name_of_the_node,
	netbios_tells_name_and_workgroup, netbios_tells_the_address_of_the_interface,
	netbios_address_of_a_samba_controller_is_rubbish, netbios_lengths_that_lie_are_no_answer,
	netbios_answer_is_whole_and_of_its_token)
