/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_sort.h"

#include "sockets_made.h"

#include "netprobe/base/err.h"

/* ---- keys */

static void expect_keys(const char *text, size_t count, const enum sort_key *keys)
{
	struct sort_keys got;
	struct strbuf bad = {0};

	ck_assert_msg(sort_keys_parse(text, &got, &bad) == 0, "%s", text);
	ck_assert_uint_eq(bad.len, 0);
	ck_assert_uint_eq(got.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(got.keys[i].key, keys[i]);
}

static void expect_bad(const char *text, int code, const char *word)
{
	struct sort_keys got;
	struct strbuf bad = {0};

	ck_assert_msg(sort_keys_parse(text, &got, &bad) == code, "%s", text);
	ck_assert_str_eq(bad.len ? bad.text : "", word);
	strbuf_release(&bad);
}

START_TEST(keys_are_joined_by_commas)
{
	expect_keys("proto", 1, (enum sort_key[]){SORT_PROTO});
	expect_keys("rtt,user,send-q", 3, (enum sort_key[]){SORT_RTT, SORT_USER, SORT_SEND_Q});
}
END_TEST

START_TEST(every_name_is_that_of_its_key)
{
	static const char *const names[] = {"proto", "state", "local", "peer", "port", "recv-q",
		"send-q", "user", "process", "unit", "inode", "rtt"};

	for (size_t i = 0; i < SORT_KEYS; i++) {
		ck_assert_str_eq(sort_key_names[i], names[i]);
		expect_keys(names[i], 1, (enum sort_key[]){(enum sort_key)i});
	}
	ck_assert_ptr_null(sort_key_names[SORT_KEYS]);
}
END_TEST

START_TEST(dash_before_a_key_turns_it_round)
{
	struct sort_keys got;
	struct strbuf bad = {0};

	ck_assert_int_eq(sort_keys_parse("-rtt,port,-send-q", &got, &bad), 0);
	ck_assert(got.keys[0].descending && !got.keys[1].descending && got.keys[2].descending);
	ck_assert_int_eq(got.keys[2].key, SORT_SEND_Q);
}
END_TEST

START_TEST(key_that_is_none_is_told)
{
	expect_bad("size", ERR_NAME, "size");
	expect_bad("rtt,RTT", ERR_NAME, "RTT");
	expect_bad("rtt,ports,user", ERR_NAME, "ports");
	expect_bad("recv_q", ERR_NAME, "recv_q");
	expect_bad("--rtt", ERR_NAME, "--rtt");
	expect_bad("-", ERR_NAME, "-");
	expect_bad(" rtt", ERR_NAME, " rtt");
	expect_bad("", ERR_EMPTY, "");
	expect_bad("rtt,", ERR_EMPTY, "");
	expect_bad(",rtt", ERR_EMPTY, "");
}
END_TEST

START_TEST(as_many_keys_as_there_are_can_be_given)
{
	expect_keys("rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt", 12,
		(enum sort_key[]){SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT,
			SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT, SORT_RTT});
	expect_bad("rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,rtt,user", ERR_TOO_LONG, "");
}
END_TEST

START_TEST(needs_is_true_of_a_key_that_is_there)
{
	struct sort_keys got;
	struct strbuf bad = {0};

	ck_assert_int_eq(sort_keys_parse("port,-rtt", &got, &bad), 0);
	ck_assert(sort_needs(&got, SORT_PORT) && sort_needs(&got, SORT_RTT));
	ck_assert(!sort_needs(&got, SORT_PROTO) && !sort_needs(&got, SORT_UNIT));
	ck_assert(!sort_needs(&(struct sort_keys){0}, SORT_PROTO));
}
END_TEST

/* ---- the sockets of a small machine, told apart by their drops: a letter each */

static const struct tcp_facts slow = {.rtt = 300 * NSEC_PER_MSEC}, fast = {.rtt = 1};

static void add(struct socket_list *list, char name, struct socket_entry e)
{
	e.drops = (uint32_t)name;
	socket_list_add(list, &e);
}

static void fill(struct socket_list *list)
{
	struct socket_entry e;

	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.2", 80, "192.0.2.1", 5000);
	e.recv_q = 3, e.send_q = 1, e.inode = 12, e.uid = 4242, e.tcp = &slow;
	add(list, 'a', e);
	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 443, "192.0.2.1", 4000);
	e.recv_q = 0, e.send_q = 9, e.inode = 11, e.uid = 0, e.tcp = &fast;
	add(list, 'b', e);
	e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 80, "0.0.0.0", 0);
	e.recv_q = 7, e.knows_backlog = true, e.send_q = 128, e.inode = 13, e.uid = 0;
	add(list, 'c', e);
	e = made_inet(SOCKET_TCP, SOCKET_TIME_WAIT, "10.0.0.1", 22, "192.0.2.2", 1);
	add(list, 'd', e);
	e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "::", 53, "::", 0);
	e.recv_q = 1, e.inode = 14, e.uid = 4243;
	add(list, 'e', e);
	e = made_unix(SOCK_STREAM, SOCKET_LISTEN, "/run/a", 6);
	e.hides_queues = true, e.inode = 15;
	add(list, 'f', e);
}

static void expect_order(const char *keys, const char *letters)
{
	struct socket_list list = {0};
	struct made_machine m;
	struct sort_keys parsed;
	struct strbuf bad = {0};
	char got[16] = "";

	made_machine_start(&m);
	made_process(&m, 20, "nginx", 3, 12);
	made_unit(&m, 20, "/system.slice/web.service");
	made_process(&m, 21, "apache", 3, 14);
	made_process(&m, 22, "sshd", 3, 11);
	made_unit(&m, 22, "/system.slice/ssh.service");
	made_machine_own(&m, (uint64_t[]){11, 12, 13, 14, 15, 0});
	fill(&list);
	ck_assert_int_eq(sort_keys_parse(keys, &parsed, &bad), 0);
	sort_sockets(&list, &parsed, m.ownership);
	for (size_t i = 0; i < list.count; i++)
		got[i] = (char)list.entries[i].drops;
	ck_assert_msg(strcmp(got, letters) == 0, "%s: %s, not %s", keys, got, letters);
	socket_list_release(&list);
	made_machine_end(&m);
}

START_TEST(without_keys_the_order_stays)
{
	struct socket_list list = {0};
	struct sort_keys none = {0};

	fill(&list);
	sort_sockets(&list, &none, NULL);
	for (size_t i = 0; i < list.count; i++)
		ck_assert_int_eq((char)list.entries[i].drops, (char)('a' + (char)i));
	socket_list_release(&list);
}
END_TEST

START_TEST(states_and_protocols_sort_by_their_numbers)
{
	expect_order("proto", "cdbaef");
	expect_order("-proto", "fecdba");
	expect_order("state", "badecf");
	expect_order("-state", "cfedba");
}
END_TEST

START_TEST(numbers_sort_by_size_and_what_has_none_is_last)
{
	expect_order("port", "decabf");
	expect_order("-port", "bcaedf");
	expect_order("recv-q", "dbeacf");
	expect_order("-recv-q", "caedbf");
	expect_order("send-q", "deabcf");
	expect_order("-send-q", "cbadef");
	expect_order("inode", "bacefd");
	expect_order("-inode", "fecabd");
	expect_order("rtt", "bacdef");
	expect_order("-rtt", "abcdef");
}
END_TEST

START_TEST(ends_sort_by_address_then_port_and_what_has_none_is_last)
{
	expect_order("local", "cdbaef");
	expect_order("-local", "eabdcf");
	expect_order("peer", "badcef");
	expect_order("-peer", "dabcef");
}
END_TEST

START_TEST(names_sort_by_their_bytes_and_what_has_none_is_last)
{
	expect_order("process", "eabcdf");
	expect_order("-process", "baecdf");
	expect_order("unit", "bacdef");
	expect_order("-unit", "abcdef");
}
END_TEST

/* root, then two that have no name. */
START_TEST(users_without_a_name_sort_by_number_behind_the_others)
{
	expect_order("user", "cbaedf");
	expect_order("-user", "cbeadf");
}
END_TEST

START_TEST(users_sort_by_number_where_no_name_is_looked_up)
{
	struct socket_list list = {0};
	struct made_machine m;

	made_machine_start(&m);
	m.options.common.numeric = true;
	m.ownership = ownership_new(&m.options, false);
	for (uint32_t uid = 3; uid > 0; uid--) {
		struct socket_entry e =
			made_inet(SOCKET_UDP, SOCKET_CLOSE, "0.0.0.0", 9, "0.0.0.0", 0);

		e.uid = uid - 1;
		e.inode = 10 - uid;
		socket_list_add(&list, &e);
	}
	sort_sockets(&list, &(struct sort_keys){1, {{SORT_USER, false}}}, m.ownership);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(list.entries[i].uid, i);
	socket_list_release(&list);
	made_machine_end(&m);
}
END_TEST

START_TEST(later_keys_order_what_the_first_leaves_equal)
{
	expect_order("state,port", "abdecf");
	expect_order("state,-port", "badecf");
	expect_order("-state,recv-q", "cfedba");
}
END_TEST

START_TEST(equals_are_in_the_order_of_their_namespaces_then_of_all_sockets)
{
	struct socket_list list = {0};
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 22, "0.0.0.0", 0);

	e.netns = 1;
	socket_list_add(&list, &e);
	e.netns = 0;
	e.local.port = 80;
	socket_list_add(&list, &e);
	e.local.port = 79;
	socket_list_add(&list, &e);
	sort_sockets(&list, &(struct sort_keys){1, {{SORT_STATE, false}}}, NULL);
	ck_assert_uint_eq(list.entries[0].local.port, 79);
	ck_assert_uint_eq(list.entries[1].local.port, 80);
	ck_assert_uint_eq(list.entries[2].local.port, 22);
	socket_list_release(&list);
}
END_TEST

UNIT_MAIN("cmd/sockets_sort", keys_are_joined_by_commas, every_name_is_that_of_its_key,
	dash_before_a_key_turns_it_round, key_that_is_none_is_told,
	as_many_keys_as_there_are_can_be_given, needs_is_true_of_a_key_that_is_there,
	without_keys_the_order_stays, states_and_protocols_sort_by_their_numbers,
	numbers_sort_by_size_and_what_has_none_is_last,
	ends_sort_by_address_then_port_and_what_has_none_is_last,
	names_sort_by_their_bytes_and_what_has_none_is_last,
	users_without_a_name_sort_by_number_behind_the_others,
	users_sort_by_number_where_no_name_is_looked_up,
	later_keys_order_what_the_first_leaves_equal,
	equals_are_in_the_order_of_their_namespaces_then_of_all_sockets)
