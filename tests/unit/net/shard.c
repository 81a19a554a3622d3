/* SPDX-License-Identifier: MIT */
#include "netprobe/net/shard.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>

static const char *const variables[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN",
	"SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX", "PARALLEL_SEQ"};

/* "NAME=VALUE NAME=VALUE", and nothing else of a job. */
static void job(const char *settings)
{
	char copy[256], *rest = copy, *one;

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		unsetenv(variables[i]);
	snprintf(copy, sizeof copy, "%s", settings);
	while ((one = strsep(&rest, " "))) {
		char *value = strchr(one, '=');

		if (!value)
			continue;
		*value = '\0';
		setenv(one, value + 1, 1);
	}
}

static void expect(const char *text, uint32_t index, uint32_t count)
{
	struct strbuf why = {0};
	struct shard s = {.seed = 42};

	strbuf_init(&why);
	ck_assert_msg(shard_parse(text, &s, &why) == 0, "%s: %s", text, why.text);
	ck_assert_uint_eq(s.index, index);
	ck_assert_uint_eq(s.count, count);
	ck_assert_uint_eq(s.seed, 42);
	ck_assert_uint_eq(why.len, 0);
	strbuf_release(&why);
}

static void expect_refused(const char *text, int code, const char *said)
{
	struct strbuf why = {0};
	struct shard s = {.index = 9};
	int err;

	strbuf_init(&why);
	err = shard_parse(text, &s, &why);
	ck_assert_msg(err == code, "%s: %d", text, err);
	ck_assert_msg(strstr(why.text, said), "%s: %s", text, why.text);
	ck_assert_uint_eq(s.index, 9);
	strbuf_release(&why);
}

START_TEST(shards_are_counted_from_one)
{
	job("");
	expect("1/1", 0, 1);
	expect("1/7", 0, 7);
	expect("7/7", 6, 7);
	expect("4294967295/4294967295", 4294967294, 4294967295);
}
END_TEST

START_TEST(shards_that_are_none_are_refused)
{
	job("");
	expect_refused("0/7", ERR_RANGE, "'0'");
	expect_refused("8/7", ERR_RANGE, "part 8 of 7");
	expect_refused("1/0", ERR_RANGE, "'0'");
	expect_refused("1/4294967296", ERR_RANGE, "'4294967296'");
	expect_refused("", ERR_SYNTAX, "I/N");
	expect_refused("3", ERR_SYNTAX, "I/N");
	expect_refused("3/", ERR_SYNTAX, "''");
	expect_refused("/7", ERR_SYNTAX, "''");
	expect_refused("x/7", ERR_SYNTAX, "'x'");
	expect_refused("1/7/", ERR_SYNTAX, "'7/'");
	expect_refused(" 1/7", ERR_SYNTAX, "' 1'");
	expect_refused("-1/7", ERR_SYNTAX, "'-1'");
	expect_refused("automatic", ERR_SYNTAX, "I/N");
}
END_TEST

START_TEST(auto_is_a_slurm_array_with_its_bounds_and_steps)
{
	job("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1 "
	    "SLURM_ARRAY_TASK_COUNT=7");
	expect("auto", 2, 7);
	expect("auto/7", 2, 7);
	expect_refused("auto/9", ERR_RANGE, "7 tasks and not 9");
	expect_refused("auto/2", ERR_RANGE, "7 tasks and not 2");
	/* task 3 of 7, once more */
	job("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=1");
	expect_refused("auto/7", ERR_RANGE, "1 task and not 7");
	job("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1");
	expect_refused("auto/2", ERR_RANGE, "part 3 of 2");
	job("SLURM_ARRAY_TASK_ID=30 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=5 "
	    "SLURM_ARRAY_TASK_COUNT=5");
	expect("auto", 4, 5);
	job("SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0");
	expect("auto/3", 0, 3);
	expect_refused("auto", ERR_EMPTY, "auto/N");
}
END_TEST

START_TEST(auto_refuses_a_slurm_array_that_does_not_add_up)
{
	job("SLURM_ARRAY_TASK_ID=3");
	expect_refused("auto/7", ERR_EMPTY, "SLURM_ARRAY_TASK_MIN");
	job("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=7");
	expect_refused("auto", ERR_RANGE, "SLURM_ARRAY_TASK_ID");
	job("SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2 "
	    "SLURM_ARRAY_TASK_COUNT=7");
	expect_refused("auto", ERR_RANGE, "SLURM_ARRAY_TASK_ID");
	job("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=0");
	expect_refused("auto/7", ERR_RANGE, "SLURM_ARRAY_TASK_STEP");
	job("SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_MIN=1");
	expect_refused("auto/7", ERR_SYNTAX, "SLURM_ARRAY_TASK_ID is 'x'");
}
END_TEST

START_TEST(auto_is_an_indexed_job_from_zero_and_parallel_from_one)
{
	job("JOB_COMPLETION_INDEX=0");
	expect("auto/7", 0, 7);
	expect_refused("auto", ERR_EMPTY, "auto/N");
	job("JOB_COMPLETION_INDEX=7");
	expect_refused("auto/7", ERR_RANGE, "part 8 of 7");
	job("PARALLEL_SEQ=1");
	expect("auto/7", 0, 7);
	job("PARALLEL_SEQ=7");
	expect("auto/7", 6, 7);
	job("PARALLEL_SEQ=0");
	expect_refused("auto/7", ERR_RANGE, "PARALLEL_SEQ");
	job("JOB_COMPLETION_INDEX=4 PARALLEL_SEQ=1");
	expect("auto/7", 4, 7);
	job("JOB_COMPLETION_INDEX= PARALLEL_SEQ=2");
	expect("auto/7", 1, 7);
	job("");
	expect_refused("auto/7", ERR_EMPTY, "none of");
	expect_refused("auto", ERR_EMPTY, "none of");
}
END_TEST

static unsigned owners(const struct addr *a, int proto, uint32_t count, uint64_t seed)
{
	unsigned found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += shard_has(&(struct shard){i, count, seed}, a, proto);
	return found;
}

static struct addr address(const char *text, uint16_t port)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	a.port = port;
	return a;
}

START_TEST(every_pair_has_one_shard)
{
	static const char *const texts[] = {
		"10.0.0.1", "10.0.0.2", "2001:db8::1", "::ffff:10.0.0.1"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (unsigned port = 1; port < 2000; port++) {
			struct addr a = address(texts[i], (uint16_t)port);

			ck_assert_uint_eq(owners(&a, IPPROTO_TCP, 7, 1), 1);
			ck_assert_uint_eq(owners(&a, IPPROTO_UDP, 2, 0), 1);
		}
}
END_TEST

START_TEST(shards_are_of_like_size_whether_addresses_or_ports_are_many)
{
	uint32_t by_port[7] = {0}, by_addr[7] = {0};

	for (unsigned n = 0; n < 7000; n++) {
		struct addr a = address("10.0.0.1", (uint16_t)(n + 1)), b = address("10.0.0.0", 80);

		addr_set_number(&b, addr_number(&b) + n);
		for (uint32_t i = 0; i < 7; i++) {
			struct shard s = {i, 7, 0};

			by_port[i] += shard_has(&s, &a, IPPROTO_TCP);
			by_addr[i] += shard_has(&s, &b, IPPROTO_TCP);
		}
	}
	/* five standard deviations: 1000 +/- 146 */
	for (int i = 0; i < 7; i++) {
		ck_assert_uint_gt(by_port[i], 854);
		ck_assert_uint_lt(by_port[i], 1146);
		ck_assert_uint_gt(by_addr[i], 854);
		ck_assert_uint_lt(by_addr[i], 1146);
	}
}
END_TEST

START_TEST(the_seed_and_the_protocol_part_otherwise)
{
	unsigned by_seed = 0, by_proto = 0;

	for (unsigned port = 1; port <= 1000; port++) {
		struct addr a = address("10.0.0.1", (uint16_t)port);
		struct shard s = {0, 2, 0}, t = {0, 2, 1};

		by_seed += shard_has(&s, &a, IPPROTO_TCP) != shard_has(&t, &a, IPPROTO_TCP);
		by_proto += shard_has(&s, &a, IPPROTO_TCP) != shard_has(&s, &a, IPPROTO_UDP);
	}
	ck_assert_uint_gt(by_seed, 400);
	ck_assert_uint_lt(by_seed, 600);
	ck_assert_uint_gt(by_proto, 400);
	ck_assert_uint_lt(by_proto, 600);
}
END_TEST

/* Shards of one scan run on many machines, and of different releases: what they agree on does not
 * change. */
START_TEST(the_parting_is_the_same_everywhere)
{
	struct addr a = address("10.0.0.1", 80), b = address("2001:db8::1", 443),
		    c = address("fe80::1", 22);
	uint32_t found[3] = {0};

	for (uint32_t i = 0; i < 1000; i++) {
		struct shard s = {i, 1000, 0};

		found[0] += shard_has(&s, &a, IPPROTO_TCP) ? i : 0;
		found[1] += shard_has(&s, &b, IPPROTO_UDP) ? i : 0;
		c.scope = i % 3;
		found[2] += shard_has(&s, &c, IPPROTO_TCP) ? i : 0;
	}
	ck_assert_uint_eq(found[0], 999);
	ck_assert_uint_eq(found[1], 303);
	ck_assert_uint_eq(found[2], 821);
}
END_TEST

START_TEST(without_parts_everything_is_there)
{
	struct addr a = address("10.0.0.1", 80);

	ck_assert(shard_has(&(struct shard){0}, &a, IPPROTO_TCP));
	ck_assert(shard_has(&(struct shard){0, 1, 5}, &a, IPPROTO_TCP));
}
END_TEST

UNIT_MAIN("net/shard", shards_are_counted_from_one, shards_that_are_none_are_refused,
	auto_is_a_slurm_array_with_its_bounds_and_steps,
	auto_refuses_a_slurm_array_that_does_not_add_up,
	auto_is_an_indexed_job_from_zero_and_parallel_from_one, every_pair_has_one_shard,
	shards_are_of_like_size_whether_addresses_or_ports_are_many,
	the_seed_and_the_protocol_part_otherwise, the_parting_is_the_same_everywhere,
	without_parts_everything_is_there)
