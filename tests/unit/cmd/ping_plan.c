/* SPDX-License-Identifier: MIT */
#include "said.h"

#include "../../../src/cmd/ping_plan.h"

#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/ping.h"

enum { WORDS_MAX = 16 };

/* A command line, from its words to the plan. */
struct asked {
	char text[128];
	char *argv[WORDS_MAX];
	struct ping_options options;
	struct arguments args;
	struct ping_plan plan;
};

static void ask(struct asked *a, const char *line)
{
	struct strbuf why = {0};
	char *rest = a->text;
	int argc = 0, operands;

	*a = (struct asked){.plan.options = &a->options};
	snprintf(a->text, sizeof a->text, "%s", line);
	while (argc < WORDS_MAX && (a->argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	ping_defaults(&a->options);
	ck_assert_int_eq(options_parse(&command_ping, argc, a->argv, &a->options, &operands, &why),
		OPTIONS_OK);
	a->args.operands = a->argv;
	a->args.operand_count = operands;
	strbuf_release(&why);
}

static int lay_out(struct asked *a)
{
	const struct target_options options = {.sequential = true};
	struct targets *targets = targets_new(&options);
	int err;

	for (int i = 0; i < a->args.operand_count; i++)
		ck_assert_int_eq(targets_add(targets, a->args.operands[i]), 0);
	err = ping_plan_layout(&a->plan, &a->args, targets);
	targets_free(targets);
	return err;
}

static void plan(struct asked *a, const char *line)
{
	ask(a, line);
	ck_assert_int_eq(ping_plan_check(&a->plan, &a->args), 0);
	ck_assert_int_eq(lay_out(a), 0);
}

static void done(struct asked *a)
{
	options_release(&command_ping, &a->options);
}

static void expect_layout(const char *line, enum ping_layout layout, uint64_t count)
{
	struct asked a;

	plan(&a, line);
	ck_assert_msg(a.plan.layout == layout, "%s: %d", line, a.plan.layout);
	ck_assert_msg(a.plan.count == count, "%s: %llu", line, (unsigned long long)a.plan.count);
	done(&a);
}

START_TEST(one_address_is_asked_without_end_and_many_are_three_times)
{
	expect_layout("192.0.2.1", PING_LINES, 0);
	expect_layout("2001:db8::1", PING_LINES, 0);
	expect_layout("www.example.net", PING_LINES, 0);
	expect_layout("-c 7 192.0.2.1", PING_LINES, 7);
	expect_layout("--tcp 80 192.0.2.1:81", PING_LINES, 0);
	expect_layout("192.0.2.1 192.0.2.2", PING_ROWS, 3);
	expect_layout("192.0.2.0/30", PING_ROWS, 3);
	expect_layout("192.0.2.1/32", PING_ROWS, 3);
	expect_layout("-c 0 192.0.2.0/30", PING_ROWS, 0);
	expect_layout("--alive 192.0.2.1", PING_ADDRESSES, 3);
	expect_layout("--dead -c 5 192.0.2.0/30", PING_ADDRESSES, 5);
}
END_TEST

static void expect_refusal(const char *line, const char *words)
{
	struct asked a;
	struct said said;
	int err;

	ask(&a, line);
	said_begin(&said);
	err = ping_plan_check(&a.plan, &a.args);
	if (!err)
		err = lay_out(&a);
	said_end(&said);
	ck_assert_msg(err != 0, "%s", line);
	ck_assert_msg(strstr(said.text, words) != NULL, "%s: %s", line, said.text);
	done(&a);
}

START_TEST(plan_says_what_cannot_be)
{
	expect_refusal("", "no target given");
	expect_refusal("192.0.2.1:80", "192.0.2.1:80: a port needs --tcp or --udp");
	expect_refusal("-I nowhere0 192.0.2.1",
		"--interface nowhere0: neither an interface nor an address of this machine");
	expect_refusal("-c 0 10.0.0.0/8", "--count 0: no more than 100000 addresses without end");
}
END_TEST

START_TEST(interface_may_be_an_address)
{
	struct asked a;

	plan(&a, "-I 192.0.2.7 192.0.2.1");
	ck_assert_int_eq(a.plan.source.family, 4);
	ck_assert_uint_eq(a.plan.source.ip[3], 7);
	done(&a);
	plan(&a, "-I lo 192.0.2.1");
	ck_assert_int_eq(a.plan.source.family, 0);
	done(&a);
}
END_TEST

static void expect_taken(struct asked *a, struct feed_item item, const char *words)
{
	struct said said;
	bool takes;

	item.host = "there";
	said_begin(&said);
	takes = ping_plan_takes(&a->plan, &item);
	said_end(&said);
	ck_assert_msg(takes == (*words == '\0'), "%s", said.text);
	ck_assert_msg(strstr(said.text, words) != NULL, "%s: %s", words, said.text);
}

START_TEST(plan_takes_addresses_that_can_be_asked)
{
	const struct feed_item v4 = {.addr.family = 4}, v6 = {.addr.family = 6};
	struct asked a;

	plan(&a, "-s 65508 there");
	expect_taken(&a, v4, "there: IPv4 carries at most 65507 bytes of data");
	expect_taken(&a, v6, "");
	ck_assert_uint_eq(a.plan.admitted, 1);
	expect_taken(&a, (struct feed_item){.addr = {.family = 6, .port = 80}},
		"there: a port needs --tcp or --udp");
	a.plan.admitted = 100000;
	expect_taken(&a, v6, "there: more than 100000 addresses without end");
	done(&a);
	plan(&a, "-I 192.0.2.7 there");
	expect_taken(&a, v6, "there: not of the family of --interface 192.0.2.7");
	expect_taken(&a, v4, "");
	done(&a);
}
END_TEST

START_TEST(ports_are_those_of_the_target_or_the_option)
{
	struct feed_item item = {.host = "there", .addr.family = 4};
	struct asked a;

	plan(&a, "--tcp 443 there");
	ck_assert(ping_plan_takes(&a.plan, &item));
	ck_assert_uint_eq(item.addr.port, 443);
	item.addr.port = 80;
	ck_assert(ping_plan_takes(&a.plan, &item));
	ck_assert_uint_eq(item.addr.port, 80);
	done(&a);
}
END_TEST

static struct pinger_options pinger_of(const char *line, bool prompt)
{
	struct pinger_options o;
	struct asked a;

	plan(&a, line);
	o = ping_plan_pinger(&a.plan, prompt);
	done(&a);
	return o;
}

START_TEST(many_addresses_are_bounded_in_their_rate)
{
	ck_assert_double_eq(pinger_of("192.0.2.1", false).rate, 0);
	ck_assert_double_eq(pinger_of("192.0.2.0/30", false).rate, 10000);
	ck_assert_double_eq(pinger_of("--rate 50 192.0.2.0/30", false).rate, 50);
}
END_TEST

START_TEST(flood_is_adaptive_and_never_slow)
{
	struct pinger_options o = pinger_of("-f 192.0.2.1", false);

	ck_assert(o.adaptive);
	ck_assert_int_eq(o.interval, 10 * NSEC_PER_MSEC);
	ck_assert(!pinger_of("192.0.2.1", false).adaptive);
	ck_assert_int_eq(pinger_of("-i 2s 192.0.2.1", false).interval, 2 * NSEC_PER_SEC);
}
END_TEST

START_TEST(answers_are_prompt_where_somebody_waits_for_them)
{
	ck_assert(!pinger_of("192.0.2.1", false).prompt);
	ck_assert(pinger_of("192.0.2.1", true).prompt);
	ck_assert(pinger_of("-v 192.0.2.1", false).prompt);
	ck_assert(!pinger_of("192.0.2.1", false).until_answer);
	ck_assert(pinger_of("--dead 192.0.2.1", false).until_answer);
}
END_TEST

UNIT_MAIN("cmd/ping_plan", one_address_is_asked_without_end_and_many_are_three_times,
	plan_says_what_cannot_be, interface_may_be_an_address,
	plan_takes_addresses_that_can_be_asked, ports_are_those_of_the_target_or_the_option,
	many_addresses_are_bounded_in_their_rate, flood_is_adaptive_and_never_slow,
	answers_are_prompt_where_somebody_waits_for_them)
