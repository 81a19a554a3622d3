/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_explain.h"

#include "sockets_made.h"

#include "netprobe/procfs/findings.h"

/* A port below 1024 that an ordinary user holds, and nothing else. */
static void fill(struct socket_list *list)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "10.0.0.1", 80, "0.0.0.0", 0);

	e.inode = 101;
	e.uid = 4242;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 5000, "10.0.0.2", 443);
	e.inode = 102;
	socket_list_add(list, &e);
}

struct explaining {
	struct made_machine machine;
	struct capture *capture;
	struct socket_list list;
	struct explanation *explanation;
};

static void start(struct explaining *x, enum output_format format, bool whole)
{
	*x = (struct explaining){0};
	made_machine_start(&x->machine);
	made_process(&x->machine, 812, "nginx", 3, 101);
	made_machine_own(&x->machine, (uint64_t[]){101, 102, 0});
	findings_context_read(&x->machine.places.context, x->machine.dir.path);
	x->capture = capture_open(format, COLOR_NEVER);
	fill(&x->list);
	x->explanation = explanation_new(x->machine.ownership, &x->machine.places, &x->list, whole);
}

static void show(struct explaining *x, size_t index, struct socket_note *note)
{
	*note = (struct socket_note){0};
	explanation_note(x->explanation, index, note);
}

static const char *put(struct explaining *x)
{
	explanation_put(x->explanation, x->capture->out);
	ck_assert_int_eq(output_end(x->capture->out, 0), 0);
	return capture_text(x->capture);
}

static void end(struct explaining *x)
{
	explanation_free(x->explanation);
	socket_list_release(&x->list);
	capture_free(x->capture);
	made_machine_end(&x->machine);
}

START_TEST(socket_has_the_findings_it_is_in)
{
	struct explaining x;
	struct socket_note note;

	start(&x, OUTPUT_JSON, true);
	show(&x, 0, &note);
	ck_assert(note.explains);
	ck_assert_uint_eq(note.finding_count, 1);
	ck_assert_str_eq(note.findings[0], finding_id(FINDING_LOW_PORT));
	show(&x, 1, &note);
	ck_assert(note.explains && note.findings);
	ck_assert_uint_eq(note.finding_count, 0);
	put(&x);
	end(&x);
}
END_TEST

START_TEST(states_that_are_shown_are_explained_once)
{
	struct explaining x;
	struct socket_note note;
	char text[512];

	start(&x, OUTPUT_TABLE, true);
	show(&x, 1, &note);
	show(&x, 1, &note);
	snprintf(text, sizeof text,
		"What the states mean\ntcp ESTABLISHED: %s\n\nNothing stands out\n",
		state_meaning(SOCKET_TCP, SOCKET_ESTABLISHED));
	ck_assert_str_eq(put(&x), text);
	end(&x);
}
END_TEST

START_TEST(finding_is_told_where_one_of_its_sockets_is_shown)
{
	struct explaining x;
	struct socket_note note;
	const char *text;

	start(&x, OUTPUT_TABLE, true);
	show(&x, 0, &note);
	text = put(&x);
	ck_assert_ptr_nonnull(strstr(text, "\nWhat stands out\nnote: nginx: "));
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.1:80"));
	ck_assert_ptr_null(strstr(text, "Nothing stands out"));
	end(&x);
}
END_TEST

START_TEST(finding_is_a_record)
{
	struct explaining x;
	struct socket_note note;
	const char *text;

	start(&x, OUTPUT_JSON, true);
	show(&x, 0, &note);
	text = put(&x);
	ck_assert_int_eq(strncmp(text, "{\"type\":\"finding\",\"id\":\"", 24), 0);
	ck_assert_ptr_nonnull(strstr(text,
		"\"severity\":\"note\",\"count\":1,\"process\":\"nginx\","
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":80},\"peer\":null,\"summary\":\""));
	end(&x);
}
END_TEST

START_TEST(nothing_shown_is_nothing_explained)
{
	struct explaining x;

	start(&x, OUTPUT_TABLE, true);
	ck_assert_str_eq(put(&x), "");
	end(&x);
}
END_TEST

/* What was not read would count as not there. */
START_TEST(nothing_is_judged_where_not_all_was_read)
{
	struct explaining x;
	struct socket_note note;

	start(&x, OUTPUT_TABLE, false);
	show(&x, 0, &note);
	ck_assert(note.explains);
	ck_assert_ptr_null(note.findings);
	ck_assert_uint_eq(note.finding_count, 0);
	ck_assert_ptr_nonnull(
		strstr(put(&x), "\n\nWhat stands out is not known: not every socket was read\n"));
	end(&x);
}
END_TEST

UNIT_MAIN("cmd/sockets_explain", socket_has_the_findings_it_is_in,
	states_that_are_shown_are_explained_once, finding_is_told_where_one_of_its_sockets_is_shown,
	finding_is_a_record, nothing_shown_is_nothing_explained,
	nothing_is_judged_where_not_all_was_read)
