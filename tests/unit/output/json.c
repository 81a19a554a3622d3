/* SPDX-License-Identifier: MIT */
#include "netprobe/output/output.h"

#include "capture.h"

#include <math.h>

enum { SUB_TYPE, SUB_NAME, SUB_COUNT };

static const struct field sub_fields[] = {
	[SUB_TYPE] = {.name = "type", .kind = FIELD_UINT},
	[SUB_NAME] = {.name = "name", .kind = FIELD_TEXT},
};
static const struct schema sub_schema = {NULL, sub_fields, SUB_COUNT};

enum {
	F_TEXT,
	F_UINT,
	F_REAL,
	F_MS,
	F_BOOL,
	F_TIME,
	F_RECORD,
	F_RECORDS,
	F_LIST,
	F_COUNTS,
	F_COUNT
};

/* `sub` counts for records alone. */
#define FIELD(key, head, of, may)                                                                  \
	{                                                                                          \
		.name = (key), .title = (head), .sub = &sub_schema, .kind = (of),                  \
		.optional = (may)                                                                  \
	}
#define FIELDS(may)                                                                                \
	{                                                                                          \
		[F_TEXT] = FIELD("text", "T", FIELD_TEXT, may),                                    \
		[F_UINT] = FIELD("uint", "U", FIELD_UINT, may),                                    \
		[F_REAL] = FIELD("real", "R", FIELD_REAL, may),                                    \
		[F_MS] = FIELD("some_ms", "M", FIELD_MS, may),                                     \
		[F_BOOL] = FIELD("bool", "B", FIELD_BOOL, may),                                    \
		[F_TIME] = FIELD("time", "Z", FIELD_TIME, may),                                    \
		[F_RECORD] = FIELD("record", "S", FIELD_RECORD, may),                              \
		[F_RECORDS] = FIELD("records", "P", FIELD_RECORDS, may),                           \
		[F_LIST] = FIELD("list", "L", FIELD_LIST, may),                                    \
		[F_COUNTS] = FIELD("counts", "C", FIELD_COUNTS, may),                              \
	}

static const struct field fields[] = FIELDS(false), optional_fields[] = FIELDS(true);
static const struct schema schema = {"test", fields, F_COUNT};
static const struct schema optional_schema = {"test", optional_fields, F_COUNT};

/* The line of one record, without the `end` record after it. */
static void expect_line(const struct record *r, const char *line)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_ALWAYS);

	output_record(c->out, r, ROW_GOOD);
	output_end(c->out, 0);
	capture_text(c);
	c->text[strcspn(c->text, "\n")] = '\0';
	ck_assert_str_eq(c->text, line);
	capture_free(c);
}

static void expect_text(const char *bytes, size_t len, const char *quoted)
{
	char line[512];
	struct record r;

	record_init(&r, &optional_schema);
	record_bytes(&r, F_TEXT, bytes, len);
	snprintf(line, sizeof line, "{\"type\":\"test\",\"text\":%s}", quoted);
	expect_line(&r, line);
}

static void expect_ms(nsec_t ns, const char *number)
{
	char line[64];
	struct record r;

	record_init(&r, &optional_schema);
	record_ns(&r, F_MS, ns);
	snprintf(line, sizeof line, "{\"type\":\"test\",\"some_ms\":%s}", number);
	expect_line(&r, line);
}

static void expect_real(double value, const char *number)
{
	char line[64];
	struct record r;

	record_init(&r, &optional_schema);
	record_real(&r, F_REAL, value);
	snprintf(line, sizeof line, "{\"type\":\"test\",\"real\":%s}", number);
	expect_line(&r, line);
}

START_TEST(json_writes_every_kind_of_field_in_the_order_of_the_schema)
{
	static const char *const items[] = {"a", "b/c", "\033"};
	static const struct count counts[] = {{"open", 3}, {"closed", 2}};
	struct record r, sub, records[2];

	record_init(&sub, &sub_schema);
	record_uint(&sub, SUB_TYPE, 3);
	record_text(&sub, SUB_NAME, "port-unreachable");
	record_init(&records[0], &sub_schema);
	record_uint(&records[0], SUB_TYPE, 812);
	records[1] = sub;
	record_init(&r, &schema);
	record_text(&r, F_TEXT, "abc");
	record_uint(&r, F_UINT, UINT64_MAX);
	record_real(&r, F_REAL, 0.1);
	record_ns(&r, F_MS, 41000);
	record_bool(&r, F_BOOL, false);
	record_ns(&r, F_TIME, 1500 * NSEC_PER_MSEC);
	record_record(&r, F_RECORD, &sub);
	record_records(&r, F_RECORDS, records, 2);
	record_list(&r, F_LIST, items, 3);
	record_counts(&r, F_COUNTS, counts, 2);
	expect_line(&r,
		"{\"type\":\"test\",\"text\":\"abc\",\"uint\":18446744073709551615,"
		"\"real\":0.1,\"some_ms\":0.041,\"bool\":false,"
		"\"time\":\"1970-01-01T00:00:01.500000Z\","
		"\"record\":{\"type\":3,\"name\":\"port-unreachable\"},"
		"\"records\":[{\"type\":812,\"name\":null},"
		"{\"type\":3,\"name\":\"port-unreachable\"}],"
		"\"list\":[\"a\",\"b/c\",\"\\\\x1b\"],\"counts\":{\"open\":3,\"closed\":2}}");
}
END_TEST

START_TEST(json_says_null_for_what_is_unset)
{
	struct record r;

	record_init(&r, &schema);
	expect_line(&r, "{\"type\":\"test\",\"text\":null,\"uint\":null,\"real\":null,"
			"\"some_ms\":null,\"bool\":null,\"time\":null,\"record\":null,"
			"\"records\":null,\"list\":null,\"counts\":null}");
}
END_TEST

START_TEST(json_leaves_out_optional_fields_that_are_unset)
{
	struct record r;

	record_init(&r, &optional_schema);
	expect_line(&r, "{\"type\":\"test\"}");
}
END_TEST

START_TEST(json_writes_empty_lists_and_counts_as_empty)
{
	struct record r;

	record_init(&r, &optional_schema);
	record_records(&r, F_RECORDS, NULL, 0);
	record_list(&r, F_LIST, NULL, 0);
	record_counts(&r, F_COUNTS, NULL, 0);
	expect_line(&r, "{\"type\":\"test\",\"records\":[],\"list\":[],\"counts\":{}}");
}
END_TEST

START_TEST(json_lists_hold_any_bytes)
{
	static const char *const items[] = {"a\0\n", "\\\"", NULL, "beyond"};
	static const size_t lens[] = {3, 2, 0, 2};
	struct record r;

	record_init(&r, &optional_schema);
	record_list_bytes(&r, F_LIST, items, lens, 4);
	expect_line(&r, "{\"type\":\"test\",\"list\":[\"a\\\\x00\\\\n\",\"\\\\\\\\\\\"\",\"\","
			"\"be\"]}");
}
END_TEST

START_TEST(json_escapes_network_bytes_before_json_does)
{
	expect_text("a\nb", 3, "\"a\\\\nb\"");
	expect_text("\"\\", 2, "\"\\\"\\\\\\\\\"");
	expect_text("\0\377", 2, "\"\\\\x00\\\\xff\"");
	expect_text("\xe2\x80\xa8", 3, "\"\\\\xe2\\\\x80\\\\xa8\"");
	expect_text("ü/x", 4, "\"ü/x\"");
	expect_text("", 0, "\"\"");
	expect_text(NULL, 0, "\"\"");
}
END_TEST

START_TEST(json_milliseconds_have_at_most_three_decimals)
{
	expect_ms(0, "0");
	expect_ms(41000, "0.041");
	expect_ms(41499, "0.041");
	expect_ms(12500000, "12.5");
	expect_ms(3 * NSEC_PER_SEC, "3000");
}
END_TEST

START_TEST(json_reals_carry_no_noise_and_are_null_when_not_finite)
{
	expect_real(0.1 + 0.2, "0.3");
	expect_real(33.3, "33.3");
	expect_real((double)NAN, "null");
	expect_real((double)INFINITY, "null");
}
END_TEST

START_TEST(json_starts_with_run_and_ends_with_end)
{
	static const char *const args[] = {"-p", "22", "a b"};
	const struct run_info run = {
		.command = "scan", .version = "1.2.3", .args = args, .arg_count = 3};
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	const char *const start = "{\"type\":\"run\",\"schema\":1,\"command\":\"scan\","
				  "\"version\":\"1.2.3\",\"args\":[\"-p\",\"22\",\"a b\"],"
				  "\"started\":\"20";
	const char *end;

	output_begin(c->out, &run);
	ck_assert_int_eq(output_end(c->out, 2), 0);
	capture_text(c);
	ck_assert_int_eq(strncmp(c->text, start, strlen(start)), 0);
	end = strchr(c->text, '\n') + 1;
	ck_assert_int_eq(strncmp(end, "{\"type\":\"end\",\"elapsed_ms\":", 27), 0);
	ck_assert_ptr_nonnull(strstr(end, ",\"exit\":2}\n"));
	capture_free(c);
}
END_TEST

START_TEST(json_says_of_a_run_what_makes_it_another)
{
	const uint64_t seed = UINT64_MAX;
	const struct run_info run = {
		.command = "scan", .version = "1", .seed = &seed, .shard = "3/7", .resumed = true};
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);

	output_begin(c->out, &run);
	output_flush(c->out);
	ck_assert_ptr_nonnull(strstr(capture_text(c),
		"Z\",\"seed\":18446744073709551615,\"shard\":\"3/7\",\"resumed\":true}\n"));
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

START_TEST(json_has_no_place_for_headings_and_lines)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);

	output_heading(c->out, "heading");
	output_line(c->out, "line");
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c), "");
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

START_TEST(json_names_its_library)
{
	ck_assert_int_eq(strncmp(output_library_version(), "json-c 0.", 9), 0);
}
END_TEST

START_TEST(json_keeps_nothing_of_the_record_before)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record r, sub;

	record_init(&sub, &sub_schema);
	record_uint(&sub, SUB_TYPE, 3);
	record_init(&r, &optional_schema);
	record_text(&r, F_TEXT, "a longer text");
	record_uint(&r, F_UINT, 10);
	record_record(&r, F_RECORD, &sub);
	output_record(c->out, &r, ROW_PLAIN);
	record_text(&r, F_TEXT, "short");
	record_uint(&r, F_UINT, UINT64_MAX);
	record_text(&sub, SUB_NAME, "\"\n");
	output_record(c->out, &r, ROW_PLAIN);
	record_init(&sub, &sub_schema);
	record_uint(&sub, SUB_TYPE, 4);
	output_record(c->out, &r, ROW_PLAIN);
	record_text(&r, F_TEXT, "");
	record_record(&r, F_RECORD, NULL);
	output_record(c->out, &r, ROW_PLAIN);
	record_init(&sub, &sub_schema);
	record_record(&r, F_RECORD, &sub);
	output_record(c->out, &r, ROW_PLAIN);
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c),
		"{\"type\":\"test\",\"text\":\"a longer text\",\"uint\":10,"
		"\"record\":{\"type\":3,\"name\":null}}\n"
		"{\"type\":\"test\",\"text\":\"short\",\"uint\":18446744073709551615,"
		"\"record\":{\"type\":3,\"name\":\"\\\"\\\\n\"}}\n"
		"{\"type\":\"test\",\"text\":\"short\",\"uint\":18446744073709551615,"
		"\"record\":{\"type\":4,\"name\":null}}\n"
		"{\"type\":\"test\",\"text\":\"\",\"uint\":18446744073709551615,\"record\":null}\n"
		"{\"type\":\"test\",\"text\":\"\",\"uint\":18446744073709551615,"
		"\"record\":{\"type\":null,\"name\":null}}\n");
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

START_TEST(json_lists_of_records_are_of_the_length_they_have_now)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record r, items[2];

	record_init(&items[0], &sub_schema);
	record_text(&items[0], SUB_NAME, "a\"\033");
	record_init(&items[1], &sub_schema);
	record_uint(&items[1], SUB_TYPE, 7);
	record_init(&r, &optional_schema);
	for (size_t count = 2; count-- > 0;) {
		record_records(&r, F_RECORDS, items, count);
		output_record(c->out, &r, ROW_PLAIN);
	}
	record_records(&r, F_RECORDS, items, 2);
	output_record(c->out, &r, ROW_PLAIN);
	record_init(&r, &optional_schema);
	output_record(c->out, &r, ROW_PLAIN);
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c),
		"{\"type\":\"test\",\"records\":[{\"type\":null,\"name\":\"a\\\"\\\\x1b\"}]}\n"
		"{\"type\":\"test\",\"records\":[]}\n"
		"{\"type\":\"test\",\"records\":[{\"type\":null,\"name\":\"a\\\"\\\\x1b\"},"
		"{\"type\":7,\"name\":null}]}\n"
		"{\"type\":\"test\"}\n");
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

/* The same schema again, with other fields there: in its order, not in that of their coming. */
START_TEST(json_orders_fields_by_the_schema_in_every_record)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record r;

	record_init(&r, &optional_schema);
	record_uint(&r, F_UINT, 1);
	output_record(c->out, &r, ROW_PLAIN);
	record_text(&r, F_TEXT, "x");
	output_record(c->out, &r, ROW_PLAIN);
	record_init(&r, &optional_schema);
	record_bool(&r, F_BOOL, true);
	output_record(c->out, &r, ROW_PLAIN);
	record_bool(&r, F_BOOL, false);
	output_record(c->out, &r, ROW_PLAIN);
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c),
		"{\"type\":\"test\",\"uint\":1}\n{\"type\":\"test\",\"text\":\"x\",\"uint\":1}\n"
		"{\"type\":\"test\",\"bool\":true}\n{\"type\":\"test\",\"bool\":false}\n");
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

START_TEST(json_tells_schemas_apart)
{
	static const struct field one[] = {{.name = "a", .kind = FIELD_UINT}};
	static const struct field two[] = {{.name = "b", .kind = FIELD_UINT}};
	static const struct schema schemas[] = {{"one", one, 1}, {"two", two, 1}};
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);

	for (unsigned i = 0; i < 3; i++) {
		struct record r;

		record_init(&r, &schemas[i % 2]);
		record_uint(&r, 0, i);
		output_record(c->out, &r, ROW_PLAIN);
	}
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c), "{\"type\":\"one\",\"a\":0}\n{\"type\":\"two\",\"b\":1}\n"
					  "{\"type\":\"one\",\"a\":2}\n");
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

UNIT_MAIN("output/json", json_writes_every_kind_of_field_in_the_order_of_the_schema,
	json_says_null_for_what_is_unset, json_leaves_out_optional_fields_that_are_unset,
	json_writes_empty_lists_and_counts_as_empty, json_lists_hold_any_bytes,
	json_escapes_network_bytes_before_json_does, json_milliseconds_have_at_most_three_decimals,
	json_reals_carry_no_noise_and_are_null_when_not_finite,
	json_starts_with_run_and_ends_with_end, json_says_of_a_run_what_makes_it_another,
	json_has_no_place_for_headings_and_lines, json_names_its_library,
	json_keeps_nothing_of_the_record_before,
	json_lists_of_records_are_of_the_length_they_have_now,
	json_orders_fields_by_the_schema_in_every_record, json_tells_schemas_apart)
