/* SPDX-License-Identifier: MIT */
#include "answers.h"

static bool is_listed(const struct query *q)
{
	for (const struct query *const *p = query_protocols; *p; p++)
		if (*p == q)
			return true;
	return false;
}

START_TEST(catalog_ports_stand_in_order_and_ask_what_is_listed)
{
	for (size_t i = 0; i < query_port_count; i++) {
		ck_assert_ptr_nonnull(query_ports[i].queries[0]);
		for (size_t j = 0; j < QUERIES_PER_PORT && query_ports[i].queries[j]; j++)
			ck_assert_msg(is_listed(query_ports[i].queries[j]), "port %u",
				query_ports[i].port);
		if (i > 0)
			ck_assert_uint_lt(query_ports[i - 1].port, query_ports[i].port);
	}
}
END_TEST

START_TEST(catalog_lists_what_a_port_is_asked)
{
	const struct query *out[QUERIES_PER_PORT];

	ck_assert_uint_eq(query_list(161, out), 3);
	ck_assert_ptr_eq(out[0], &query_snmp3);
	ck_assert_ptr_eq(out[2], &query_snmp1);
	ck_assert_uint_eq(query_list(53, out), 2);
	ck_assert_ptr_eq(out[0], &query_dns);
	ck_assert_uint_eq(query_list(123, out), 1);
	ck_assert_uint_eq(query_list(0, out), 0);
	ck_assert_uint_eq(query_list(65535, out), 0);
}
END_TEST

START_TEST(catalog_protocols_have_all_that_they_need)
{
	for (const struct query *const *p = query_protocols; *p; p++) {
		uint8_t out[QUERY_MAX];
		size_t len = (*p)->make(&asked_token, out);

		ck_assert_str_ne((*p)->protocol, "");
		ck_assert_uint_gt((*p)->def_count, 0);
		ck_assert_uint_le((*p)->def_count, FACTS_MAX);
		ck_assert_msg(len > 0 && len <= QUERY_MAX, "%s", (*p)->protocol);
	}
}
END_TEST

/* Records have an object of the protocol's name: two tables under one name would tear it. */
START_TEST(catalog_protocols_of_one_name_have_one_table)
{
	for (const struct query *const *p = query_protocols; *p; p++)
		for (const struct query *const *q = query_protocols; *q; q++)
			ck_assert_msg(strcmp((*p)->protocol, (*q)->protocol) != 0 ||
					      (*p)->defs == (*q)->defs,
				"%s", (*p)->protocol);
}
END_TEST

/* That an answer from another address is taken for one is built upon this. */
START_TEST(catalog_what_echoes_is_no_answer_under_another_token)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		for (const struct query *const *p = query_protocols; *p; p++) {
			struct facts f;

			if (!(*p)->echoes)
				continue;
			ck_assert_msg(!query_reads(*p, &other_token, answers[i].bytes,
					      answers[i].len, &f),
				"%s: %s", (*p)->protocol, answers[i].protocol);
		}
}
END_TEST

START_TEST(catalog_what_brings_less_than_two_bytes_back_proves_nothing)
{
	static const struct query *const poor[] = {&query_a2s, &query_bacnet, &query_dtls,
		&query_ipmi, &query_natpmp, &query_radius, &query_ssdp, &query_tftp,
		&query_ubiquiti, &query_xdmcp};

	for (size_t i = 0; i < ARRAY_SIZE(poor); i++)
		ck_assert_msg(!poor[i]->echoes, "%s", poor[i]->protocol);
}
END_TEST

static const char *reader_of(const struct query *asked, const uint8_t *bytes, size_t len)
{
	struct facts f;
	const struct query *q = query_read(asked, &asked_token, bytes, len, &f);

	if (q)
		ck_assert_ptr_eq(f.defs, q->defs);
	else
		ck_assert_ptr_null(f.items);
	facts_release(&f);
	return q ? q->protocol : "nobody";
}

START_TEST(catalog_recognises_each_answer_whatever_was_asked)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		ck_assert_str_eq(
			reader_of(NULL, answers[i].bytes, answers[i].len), answers[i].protocol);
		for (const struct query *const *p = query_protocols; *p; p++)
			ck_assert_str_eq(reader_of(*p, answers[i].bytes, answers[i].len),
				answers[i].protocol);
	}
}
END_TEST

START_TEST(catalog_does_not_know_what_nobody_says)
{
	static const uint8_t zeros[64];

	ck_assert_str_eq(reader_of(NULL, zeros, 0), "nobody");
	ck_assert_str_eq(reader_of(&query_dns, zeros, sizeof zeros), "nobody");
	ck_assert_str_eq(reader_of(NULL, (const uint8_t *)"hello\n", 6), "nobody");
}
END_TEST

/* A port that echoes (RFC 862) says what it was asked. */
START_TEST(catalog_questions_are_nobodys_answers)
{
	for (const struct query *const *p = query_protocols; *p; p++) {
		uint8_t out[QUERY_MAX];
		size_t len = (*p)->make(&asked_token, out);

		ck_assert_msg(strcmp(reader_of(*p, out, len), "nobody") == 0, "%s: %s",
			(*p)->protocol, reader_of(*p, out, len));
	}
}
END_TEST

UNIT_MAIN("query/catalog", catalog_ports_stand_in_order_and_ask_what_is_listed,
	catalog_lists_what_a_port_is_asked, catalog_protocols_have_all_that_they_need,
	catalog_protocols_of_one_name_have_one_table,
	catalog_what_echoes_is_no_answer_under_another_token,
	catalog_what_brings_less_than_two_bytes_back_proves_nothing,
	catalog_recognises_each_answer_whatever_was_asked, catalog_does_not_know_what_nobody_says,
	catalog_questions_are_nobodys_answers)
