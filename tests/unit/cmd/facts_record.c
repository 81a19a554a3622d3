/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/facts_record.h"

#include "../unit.h"

#include "netprobe/output/output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME, VERSION, ALGORITHMS, TLS, FACTS };

static const struct fact_def defs[FACTS] = {
	[NAME] = {"name", FACT_TEXT},
	[VERSION] = {"version", FACT_NUMBER},
	[ALGORITHMS] = {"algorithms", FACT_LIST},
	[TLS] = {"tls", FACT_FLAG},
};

static const struct field whole_fields[] = {{.name = "reply", .kind = FIELD_RECORD}};
static const struct schema whole_schema = {"test", whole_fields, 1};

/* As JSON, the object of the field. */
static const char *written(struct facts_record *t)
{
	static char text[1024];
	char path[64];
	struct output_options options = {.format = OUTPUT_JSON, .path = path};
	struct output *out;
	struct record whole;
	char *at;
	FILE *f;

	snprintf(path, sizeof path, "/tmp/netprobe-facts-record-%ld", (long)getpid());
	out = output_open(&options);
	ck_assert_ptr_nonnull(out);
	record_init(&whole, &whole_schema);
	record_record(&whole, 0, &t->record);
	output_record(out, &whole, ROW_PLAIN);
	output_end(out, 0);
	f = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	unlink(path);
	at = strstr(text, "\"reply\":");
	ck_assert_ptr_nonnull(at);
	at[strcspn(at, "}") + 1] = '\0';
	return at + strlen("\"reply\":");
}

START_TEST(every_kind_of_fact_has_its_own_in_json)
{
	struct facts f;
	struct facts_record t;

	facts_init(&f, defs, FACTS);
	facts_text(&f, NAME, "alpha", 5);
	facts_number(&f, VERSION, 3);
	facts_item(&f, ALGORITHMS, "one", 3);
	facts_item(&f, ALGORITHMS, "two", 3);
	facts_flag(&f, TLS, false);
	ck_assert(facts_record_begin(&t, NULL, &f));
	ck_assert_str_eq(written(&t), "{\"name\":\"alpha\",\"version\":3,\"algorithms\":[\"one\","
				      "\"two\"],\"tls\":false}");
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

START_TEST(what_is_not_set_is_null)
{
	struct facts f;
	struct facts_record t;

	facts_init(&f, defs, FACTS);
	facts_number(&f, VERSION, 0);
	ck_assert(facts_record_begin(&t, NULL, &f));
	ck_assert_str_eq(
		written(&t), "{\"name\":null,\"version\":0,\"algorithms\":null,\"tls\":null}");
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

START_TEST(protocol_comes_first)
{
	struct facts f;
	struct facts_record t;

	facts_init(&f, defs, FACTS);
	facts_text(&f, NAME, "x", 1);
	ck_assert(facts_record_begin(&t, "ntp", &f));
	ck_assert(strncmp(written(&t), "{\"protocol\":\"ntp\",\"name\":\"x\"", 28) == 0);
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

START_TEST(protocol_without_facts_is_something)
{
	struct facts_record t;

	ck_assert(facts_record_begin(&t, "echo", NULL));
	ck_assert_str_eq(written(&t), "{\"protocol\":\"echo\"}");
	facts_record_release(&t);
}
END_TEST

START_TEST(nothing_to_tell_is_nothing)
{
	struct facts f;
	struct facts_record t;

	ck_assert(!facts_record_begin(&t, NULL, NULL));
	facts_record_release(&t);
	facts_init(&f, defs, FACTS);
	ck_assert(!facts_record_begin(&t, NULL, &f));
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

START_TEST(bytes_are_escaped_where_they_are_written)
{
	struct facts f;
	struct facts_record t;

	facts_init(&f, defs, FACTS);
	facts_text(&f, NAME, "a\0\x1b\"", 4);
	ck_assert(facts_record_begin(&t, NULL, &f));
	ck_assert_ptr_null(strchr(written(&t), '\x1b'));
	ck_assert_ptr_nonnull(strstr(written(&t), "\\\""));
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

START_TEST(table_of_the_largest_size_has_room)
{
	static struct fact_def many[FACTS_MAX];
	static char names[FACTS_MAX][8];
	struct facts f;
	struct facts_record t;

	for (unsigned i = 0; i < FACTS_MAX; i++) {
		snprintf(names[i], sizeof names[i], "f%u", i);
		many[i] = (struct fact_def){names[i], FACT_NUMBER};
	}
	facts_init(&f, many, FACTS_MAX);
	facts_number(&f, FACTS_MAX - 1, 7);
	ck_assert(facts_record_begin(&t, "p", &f));
	ck_assert_ptr_nonnull(strstr(written(&t), "\"f23\":7}"));
	facts_record_release(&t);
	facts_release(&f);
}
END_TEST

UNIT_MAIN("cmd/facts_record", every_kind_of_fact_has_its_own_in_json, what_is_not_set_is_null,
	protocol_comes_first, protocol_without_facts_is_something, nothing_to_tell_is_nothing,
	bytes_are_escaped_where_they_are_written, table_of_the_largest_size_has_room)
