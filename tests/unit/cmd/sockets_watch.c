/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_watch.h"

#include "sockets_made.h"

/* A watch, and the list of the look that comes next. */
struct look {
	struct made_machine machine;
	struct capture *capture;
	struct socket_writer *writer;
	struct watching *watching;
	struct socket_list list;
};

static void start(struct look *l, enum output_format format)
{
	*l = (struct look){0};
	made_machine_start(&l->machine);
	l->machine.options.common.numeric = true;
	l->machine.options.watch = 1;
	l->machine.ownership = ownership_new(&l->machine.options, false);
	l->capture = capture_open(format, COLOR_NEVER);
	l->writer = socket_writer_new(
		l->capture->out, l->machine.ownership, &l->machine.options, &l->machine.places);
	l->watching = watching_new(l->capture->out, l->writer);
}

static void add(struct look *l, enum socket_state state, uint16_t peer_port, uint64_t inode)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, state, "10.0.0.1", 22, "192.0.2.1", peer_port);

	e.inode = inode;
	socket_list_add(&l->list, &e);
}

static uint64_t look(struct look *l)
{
	uint64_t told = watching_look(l->watching, &l->list);

	ck_assert_uint_eq(l->list.count, 0);
	return told;
}

/* What was written, with "T" in the place of each time. */
static const char *finish(struct look *l)
{
	ck_assert_int_eq(output_end(l->capture->out, 0), 0);
	for (char *at = (char *)(uintptr_t)capture_text(l->capture); *at; at++) {
		size_t len = strspn(at, "0123456789:.");

		if (len == strlen("00:00:01.500") && at[2] == ':' && at[5] == ':')
			memset(at, 'T', len);
	}
	return l->capture->text;
}

static void end(struct look *l)
{
	watching_free(l->watching);
	socket_writer_free(l->writer);
	socket_list_release(&l->list);
	capture_free(l->capture);
	made_machine_end(&l->machine);
}

START_TEST(first_look_is_counted)
{
	struct look l;

	start(&l, OUTPUT_TABLE);
	add(&l, SOCKET_ESTABLISHED, 5000, 1);
	add(&l, SOCKET_ESTABLISHED, 5001, 2);
	ck_assert_uint_eq(look(&l), 2);
	ck_assert_str_eq(finish(&l), "2 sockets to begin with\n");
	end(&l);
}
END_TEST

START_TEST(later_looks_tell_what_closed_changed_and_opened)
{
	struct look l;

	start(&l, OUTPUT_TABLE);
	add(&l, SOCKET_SYN_SENT, 5000, 1);
	add(&l, SOCKET_ESTABLISHED, 5001, 2);
	add(&l, SOCKET_ESTABLISHED, 5002, 3);
	look(&l);
	add(&l, SOCKET_ESTABLISHED, 5000, 1);
	add(&l, SOCKET_ESTABLISHED, 5001, 2);
	add(&l, SOCKET_ESTABLISHED, 5003, 4);
	ck_assert_uint_eq(look(&l), 3);
	ck_assert_str_eq(finish(&l),
		"3 sockets to begin with\n\n"
		"TIME          EVENT    PROTO  STATE                      LOCAL                  "
		"PEER                   USER\n"
		"TTTTTTTTTTTT  closed   tcp    ESTABLISHED                10.0.0.1:22            "
		"192.0.2.1:5002         0\n"
		"TTTTTTTTTTTT  changed  tcp    SYN_SENT -> ESTABLISHED    10.0.0.1:22            "
		"192.0.2.1:5000         0\n"
		"TTTTTTTTTTTT  opened   tcp    ESTABLISHED                10.0.0.1:22            "
		"192.0.2.1:5003         0\n");
	end(&l);
}
END_TEST

START_TEST(look_is_compared_with_the_one_before_it)
{
	struct look l;

	start(&l, OUTPUT_TABLE);
	look(&l);
	add(&l, SOCKET_ESTABLISHED, 5000, 1);
	ck_assert_uint_eq(look(&l), 1);
	add(&l, SOCKET_ESTABLISHED, 5000, 1);
	ck_assert_uint_eq(look(&l), 0);
	ck_assert_uint_eq(look(&l), 1);
	ck_assert_uint_eq(look(&l), 0);
	finish(&l);
	end(&l);
}
END_TEST

START_TEST(records_begin_with_what_is_there)
{
	const char *text;
	struct look l;

	start(&l, OUTPUT_JSON);
	add(&l, SOCKET_ESTABLISHED, 5000, 1);
	ck_assert_uint_eq(look(&l), 1);
	ck_assert_uint_eq(look(&l), 1);
	text = finish(&l);
	ck_assert_ptr_nonnull(strstr(text, "\"inode\":1,\"process\":null,\"unit\":null,"
					   "\"timer\":null}\n{\"type\":\"socket\""));
	ck_assert_ptr_nonnull(strstr(text, "\"timer\":null,\"event\":\"closed\",\"at\":\"20"));
	end(&l);
}
END_TEST

/* More looks than a picture remembers: the oldest make room. */
START_TEST(any_number_of_looks_is_taken)
{
	struct look l;

	start(&l, OUTPUT_JSON);
	for (uint64_t i = 0; i < 1500; i++) {
		add(&l, SOCKET_ESTABLISHED, 5000, 1);
		ck_assert_uint_eq(look(&l), i == 0);
	}
	finish(&l);
	end(&l);
}
END_TEST

UNIT_MAIN("cmd/sockets_watch", first_look_is_counted,
	later_looks_tell_what_closed_changed_and_opened, look_is_compared_with_the_one_before_it,
	records_begin_with_what_is_there, any_number_of_looks_is_taken)
