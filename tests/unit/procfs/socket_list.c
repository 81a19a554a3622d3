/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/socket_list.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

static struct socket_entry unix_socket(const char *path, size_t len)
{
	return (struct socket_entry){.proto = SOCKET_UNIX, .path = path, .path_len = len};
}

START_TEST(socket_list_is_empty_when_zeroed)
{
	struct socket_list list = {0};

	ck_assert_uint_eq(list.count, 0);
	socket_list_clear(&list);
	socket_list_release(&list);
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_keeps_entries_in_their_order)
{
	struct socket_list list = {0};

	for (uint64_t i = 0; i < 1000; i++)
		socket_list_add(&list, &(struct socket_entry){.inode = i});
	ck_assert_uint_eq(list.count, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(list.entries[i].inode, i);
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_copies_names)
{
	struct socket_list list = {0};
	char path[] = "\0first";
	struct socket_entry e = unix_socket(path, 6);

	socket_list_add(&list, &e);
	memcpy(path, "xxxxxx", 6);
	ck_assert_ptr_ne(list.entries[0].path, path);
	ck_assert_uint_eq(list.entries[0].path_len, 6);
	ck_assert_mem_eq(list.entries[0].path, "\0first", 6);
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_copies_facts)
{
	struct socket_list list = {0};
	struct tcp_facts facts = {.rtt = 7, .bytes_sent = 8, .congestion = "cubic"};
	struct socket_entry e = {.tcp = &facts};

	socket_list_add(&list, &e);
	facts = (struct tcp_facts){0};
	ck_assert_ptr_ne(list.entries[0].tcp, &facts);
	ck_assert_int_eq(list.entries[0].tcp->rtt, 7);
	ck_assert_uint_eq(list.entries[0].tcp->bytes_sent, 8);
	ck_assert_str_eq(list.entries[0].tcp->congestion, "cubic");
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_keeps_what_has_neither_name_nor_facts)
{
	struct socket_list list = {0};
	struct socket_entry none = unix_socket(NULL, 0), empty = unix_socket("", 0);

	socket_list_add(&list, &none);
	socket_list_add(&list, &empty);
	ck_assert_ptr_null(list.entries[0].path);
	ck_assert_ptr_null(list.entries[0].tcp);
	ck_assert_uint_eq(list.entries[1].path_len, 0);
	socket_list_release(&list);
}
END_TEST

static void path_of(unsigned i, char out[static 64], size_t *len)
{
	*len = (size_t)snprintf(out, 64, "/run/%0*u", (int)(1 + i % 40), i);
}

/* Names of all lengths between facts, over many blocks: none moves, none runs into the next. */
START_TEST(socket_list_keeps_names_and_facts_apart)
{
	enum { MANY = 5000 };
	struct socket_list list = {0};
	char path[64];
	size_t len;

	for (unsigned i = 0; i < MANY; i++) {
		struct tcp_facts facts = {.mss = i};
		struct socket_entry e = {.path = path, .tcp = i % 3 ? &facts : NULL};

		path_of(i, path, &len);
		e.path_len = len;
		socket_list_add(&list, &e);
	}
	for (unsigned i = 0; i < MANY; i++) {
		const struct socket_entry *e = &list.entries[i];

		path_of(i, path, &len);
		ck_assert_uint_eq(e->path_len, len);
		ck_assert_mem_eq(e->path, path, len);
		ck_assert_int_eq(e->tcp != NULL, i % 3 != 0);
		if (e->tcp)
			ck_assert_uint_eq(e->tcp->mss, i);
	}
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_keeps_names_longer_than_a_block)
{
	enum { LONG = 200000 };
	struct socket_list list = {0};
	char *path = malloc(LONG);
	struct socket_entry longest = unix_socket(path, LONG), e = unix_socket("/a", 2);

	memset(path, 'p', LONG);
	socket_list_add(&list, &e);
	socket_list_add(&list, &longest);
	socket_list_add(&list, &e);
	ck_assert_mem_eq(list.entries[0].path, "/a", 2);
	ck_assert_mem_eq(list.entries[1].path, path, LONG);
	ck_assert_mem_eq(list.entries[2].path, "/a", 2);
	socket_list_release(&list);
	free(path);
}
END_TEST

START_TEST(socket_list_takes_entries_of_its_own)
{
	struct socket_list list = {0};
	struct socket_entry e = unix_socket("/again", 6);

	socket_list_add(&list, &e);
	for (unsigned i = 0; i < 200; i++)
		socket_list_add(&list, &list.entries[i]);
	ck_assert_uint_eq(list.count, 201);
	ck_assert_mem_eq(list.entries[200].path, "/again", 6);
	socket_list_release(&list);
}
END_TEST

START_TEST(socket_list_is_filled_again_after_clear)
{
	struct socket_list list = {0};
	struct socket_entry e = unix_socket("/old", 4);
	size_t room;

	for (unsigned i = 0; i < 100; i++)
		socket_list_add(&list, &e);
	room = list.room;
	socket_list_clear(&list);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_uint_eq(list.room, room);
	ck_assert_ptr_null(list.blocks);
	e.path = "/new";
	socket_list_add(&list, &e);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_mem_eq(list.entries[0].path, "/new", 4);
	socket_list_release(&list);
	ck_assert_ptr_null(list.entries);
	ck_assert_uint_eq(list.room, 0);
}
END_TEST

UNIT_MAIN("procfs/socket_list", socket_list_is_empty_when_zeroed,
	socket_list_keeps_entries_in_their_order, socket_list_copies_names,
	socket_list_copies_facts, socket_list_keeps_what_has_neither_name_nor_facts,
	socket_list_keeps_names_and_facts_apart, socket_list_keeps_names_longer_than_a_block,
	socket_list_takes_entries_of_its_own, socket_list_is_filled_again_after_clear)
