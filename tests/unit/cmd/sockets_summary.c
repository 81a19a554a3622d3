/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_summary.h"

#include "sockets_made.h"

/* A web server with two connections, one of them to be closed; a resolver; a connection out; a
 * unix socket; a remainder. */
static void fill(struct socket_list *list)
{
	struct socket_entry e;

	e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 80, "0.0.0.0", 0);
	e.inode = 101;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 80, "192.0.2.1", 5000);
	e.inode = 102;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_CLOSE_WAIT, "10.0.0.1", 80, "192.0.2.1", 5001);
	e.inode = 103;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_TIME_WAIT, "10.0.0.1", 80, "192.0.2.2", 5000);
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 5353, "192.0.2.3", 80);
	e.inode = 104;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "::", 5353, "::", 0);
	e.inode = 105;
	socket_list_add(list, &e);
	e = made_unix(SOCK_DGRAM, SOCKET_CLOSE, NULL, 0);
	e.inode = 106;
	socket_list_add(list, &e);
}

static void start(struct made_machine *m)
{
	made_machine_start(m);
	m->options.common.numeric = true;
	made_process(m, 812, "nginx", 3, 101);
	made_process(m, 813, "nginx", 3, 101);
	made_process(m, 812, NULL, 4, 102);
	made_process(m, 812, NULL, 5, 103);
	made_process(m, 900, "resolver", 3, 105);
	made_process(m, 901, NULL, 3, 106);
	made_machine_own(m, (uint64_t[]){101, 102, 103, 104, 105, 106, 0});
}

static bool any(void *user, const struct socket_entry *e)
{
	(void)user;
	(void)e;
	return true;
}

static struct capture *put(struct made_machine *m, enum output_format format,
	bool (*shown)(void *user, const struct socket_entry *e), void *user)
{
	struct capture *c = capture_open(format, COLOR_NEVER);
	struct socket_list list = {0};

	fill(&list);
	summary_put(&list, shown, user, m->ownership, &m->options, c->out);
	socket_list_release(&list);
	return c;
}

START_TEST(sockets_are_counted_four_ways)
{
	struct made_machine m;

	start(&m);
	capture_expect(put(&m, OUTPUT_TABLE, any, NULL),
		"By state\n"
		"NAME             SOCKETS\n"
		"tcp ESTABLISHED        2\n"
		"tcp CLOSE_WAIT         1\n"
		"tcp LISTEN             1\n"
		"tcp TIME_WAIT          1\n"
		"udp UNCONN             1\n"
		"unix UNCONN            1\n"
		"\n"
		"By process\n"
		"NAME                   SOCKETS  STATES\n"
		"nginx                        3  1 ESTABLISHED, 1 CLOSE_WAIT, 1 LISTEN\n"
		"(no process any more)        1  1 TIME_WAIT\n"
		"(not known)                  1  1 ESTABLISHED\n"
		"?                            1  1 UNCONN\n"
		"resolver                     1  1 UNCONN\n"
		"\n"
		"By peer\n"
		"NAME       SOCKETS  STATES\n"
		"192.0.2.1        2  1 ESTABLISHED, 1 CLOSE_WAIT\n"
		"192.0.2.2        1  1 TIME_WAIT\n"
		"192.0.2.3        1  1 ESTABLISHED\n"
		"\n"
		"By listening port\n"
		"NAME      SOCKETS  STATES\n"
		"tcp/80          4  1 ESTABLISHED, 1 TIME_WAIT, 1 CLOSE_WAIT, 1 LISTEN\n"
		"udp/5353        1  1 UNCONN\n");
	made_machine_end(&m);
}
END_TEST

static bool is_of_port_80(void *user, const struct socket_entry *e)
{
	++*(unsigned *)user;
	return e->local.port == 80 && e->state == SOCKET_ESTABLISHED;
}

/* Who listens is seen in all of them. */
START_TEST(only_what_is_shown_is_counted)
{
	struct made_machine m;
	unsigned asked = 0;

	start(&m);
	capture_expect(put(&m, OUTPUT_TABLE, is_of_port_80, &asked),
		"By state\n"
		"NAME             SOCKETS\n"
		"tcp ESTABLISHED        1\n"
		"\n"
		"By process\n"
		"NAME   SOCKETS  STATES\n"
		"nginx        1  1 ESTABLISHED\n"
		"\n"
		"By peer\n"
		"NAME       SOCKETS  STATES\n"
		"192.0.2.1        1  1 ESTABLISHED\n"
		"\n"
		"By listening port\n"
		"NAME    SOCKETS  STATES\n"
		"tcp/80        1  1 ESTABLISHED\n");
	ck_assert_uint_eq(asked, 7);
	made_machine_end(&m);
}
END_TEST

static bool none(void *user, const struct socket_entry *e)
{
	(void)user;
	(void)e;
	return false;
}

START_TEST(nothing_shown_is_nothing_counted)
{
	struct made_machine m;

	start(&m);
	capture_expect(put(&m, OUTPUT_TABLE, none, NULL), "");
	made_machine_end(&m);
}
END_TEST

/* All states are shown: there are few of them. */
START_TEST(top_cuts_all_but_states)
{
	struct made_machine m;
	struct capture *c;

	start(&m);
	m.options.top = 1;
	c = put(&m, OUTPUT_TABLE, any, NULL);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	ck_assert_ptr_nonnull(strstr(c->text, "unix UNCONN            1\n\nBy process\n"));
	ck_assert_ptr_nonnull(
		strstr(c->text, "nginx        3  1 ESTABLISHED, 1 CLOSE_WAIT, 1 LISTEN\n"
				"and 4 more (--top 0 shows all)\n\nBy peer\n"));
	ck_assert_ptr_nonnull(
		strstr(c->text, "192.0.2.1        2  1 ESTABLISHED, 1 CLOSE_WAIT\n"
				"and 2 more (--top 0 shows all)\n\nBy listening port\n"));
	capture_free(c);
	made_machine_end(&m);
}
END_TEST

static size_t lines_of(struct made_machine *m, uint64_t top)
{
	struct capture *c;
	size_t lines = 0;

	m->options.top = top;
	c = put(m, OUTPUT_TABLE, any, NULL);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	for (const char *at = capture_text(c); (at = strchr(at, '\n')); at++)
		lines++;
	capture_free(c);
	return lines;
}

START_TEST(top_that_is_none_or_no_less_than_there_are_cuts_nothing)
{
	struct made_machine m;
	size_t all;

	start(&m);
	all = lines_of(&m, 0);
	ck_assert_uint_eq(lines_of(&m, 5), all);
	ck_assert_uint_eq(lines_of(&m, 4), all); /* one row less, one line of it more */
	ck_assert_uint_eq(lines_of(&m, 3), all - 1);
	made_machine_end(&m);
}
END_TEST

START_TEST(services_are_named_unless_numbers_are_wanted)
{
	struct made_machine m;
	struct capture *c;

	start(&m);
	m.options.common.numeric = false;
	c = put(&m, OUTPUT_TABLE, any, NULL);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_ptr_nonnull(strstr(capture_text(c), "\ntcp/80 (http)"));
	capture_free(c);
	made_machine_end(&m);
}
END_TEST

START_TEST(group_is_a_record_with_the_count_of_each_state)
{
	static const char *const lines[] = {
		"{\"type\":\"group\",\"by\":\"state\",\"name\":\"tcp ESTABLISHED\",\"count\":2,"
		"\"states\":{\"ESTABLISHED\":2}}\n",
		"{\"type\":\"group\",\"by\":\"state\",\"name\":\"udp CLOSE\",\"count\":1,"
		"\"states\":{\"CLOSE\":1}}\n",
		"{\"type\":\"group\",\"by\":\"process\",\"name\":\"nginx\",\"count\":3,"
		"\"states\":{\"ESTABLISHED\":1,\"CLOSE_WAIT\":1,\"LISTEN\":1}}\n",
		"{\"type\":\"group\",\"by\":\"peer\",\"name\":\"192.0.2.1\",\"count\":2,"
		"\"states\":{\"ESTABLISHED\":1,\"CLOSE_WAIT\":1}}\n",
		"{\"type\":\"group\",\"by\":\"listener\",\"name\":\"udp/5353\",\"count\":1,"
		"\"states\":{\"CLOSE\":1}}\n",
	};
	struct made_machine m;
	struct capture *c;

	start(&m);
	c = put(&m, OUTPUT_JSON, any, NULL);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		ck_assert_msg(strstr(c->text, lines[i]), "no %s in %s", lines[i], c->text);
	capture_free(c);
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_summary", sockets_are_counted_four_ways, only_what_is_shown_is_counted,
	nothing_shown_is_nothing_counted, top_cuts_all_but_states,
	top_that_is_none_or_no_less_than_there_are_cuts_nothing,
	services_are_named_unless_numbers_are_wanted,
	group_is_a_record_with_the_count_of_each_state)
