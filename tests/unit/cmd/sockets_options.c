/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_options.h"

#include "sockets_made.h"

#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/sockets.h"

enum { WORDS_MAX = 24, TEXT_MAX = 256 };

#define HINT  "try 'netprobe sockets --help'\n"
#define INET  (SOCKET_ALL_PROTOS & ~(1U << SOCKET_UNIX))
#define WAITS (SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSE))

/* A command line that was parsed, and what was made of it. */
struct asked {
	struct sockets_options options;
	struct sockets_request request;
	char text[TEXT_MAX];
	char *argv[WORDS_MAX];
	int operands;
};

static enum options_result parse(struct asked *a, const char *line)
{
	char *rest = a->text;
	struct strbuf why = {0};
	enum options_result result;
	int argc = 0;

	*a = (struct asked){0};
	snprintf(a->text, sizeof a->text, "%s", line);
	while (argc < WORDS_MAX && (a->argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	sockets_defaults(&a->options);
	result = options_parse(&command_sockets, argc, a->argv, &a->options, &a->operands, &why);
	strbuf_release(&why);
	return result;
}

static int request(struct asked *a, bool looks_up)
{
	struct arguments args = {.operands = a->argv, .operand_count = a->operands};

	if (sockets_options_check(&a->options) != 0)
		return EXIT_UNKNOWN;
	return sockets_request_parse(&a->options, &args, looks_up, &a->request);
}

/* Words with a blank between them. */
static void ask(struct asked *a, const char *line)
{
	ck_assert_msg(parse(a, line) == OPTIONS_OK, "%s", line);
	ck_assert_msg(request(a, true) == 0, "%s", line);
}

static void forget(struct asked *a)
{
	sockets_request_release(&a->request);
	options_release(&command_sockets, &a->options);
}

static void expect_query(const char *line, unsigned protos, unsigned states, int family)
{
	struct asked a;

	ask(&a, line);
	ck_assert_msg(a.request.query.protos == protos, "%s: protocols %#x", line,
		a.request.query.protos);
	ck_assert_msg(
		a.request.query.states == states, "%s: states %#x", line, a.request.query.states);
	ck_assert_msg(a.request.query.family == family, "%s", line);
	forget(&a);
}

static void expect_refusal(const char *line, bool looks_up, const char *text)
{
	int from = made_stderr();
	struct asked a;

	ck_assert_msg(parse(&a, line) == OPTIONS_OK, "%s", line);
	ck_assert_msg(request(&a, looks_up) != 0, "%s", line);
	made_stderr_expect(from, text);
	close(from);
	forget(&a);
}

START_TEST(options_keep_their_bounds)
{
	static const struct {
		const char *line;
		enum options_result result;
	} cases[] = {
		{"--top -1", OPTIONS_ERROR},
		{"--top 0", OPTIONS_OK},
		{"--top 1000000", OPTIONS_OK},
		{"--top 1000001", OPTIONS_ERROR},
		{"--watch=9ms", OPTIONS_ERROR},
		{"--watch 9ms", OPTIONS_ERROR},
		{"--watch=10ms", OPTIONS_OK},
		{"--watch=1440m", OPTIONS_OK},
		{"--watch=86401", OPTIONS_ERROR},
		{"--watch=soon", OPTIONS_ERROR},
		{"-c 0", OPTIONS_ERROR},
		{"-c 1", OPTIONS_OK},
		{"-c 1000000000", OPTIONS_OK},
		{"-c 1000000001", OPTIONS_ERROR},
		{"-4 -6", OPTIONS_ERROR},
		{"-4 -4", OPTIONS_OK},
		{"--format xml", OPTIONS_ERROR},
		{"--state", OPTIONS_ERROR},
		{"--sort", OPTIONS_ERROR},
		{"-N", OPTIONS_ERROR},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct asked a;

		ck_assert_msg(parse(&a, cases[i].line) == cases[i].result, "%s", cases[i].line);
		options_release(&command_sockets, &a.options);
	}
}
END_TEST

START_TEST(options_have_defaults)
{
	struct asked a;

	ask(&a, "");
	ck_assert_uint_eq(sockets_top(&a.options), 10);
	ck_assert_int_eq(a.options.watch, 0);
	ck_assert_uint_eq(a.options.count, 0);
	ck_assert_ptr_null(a.options.netns);
	ck_assert_ptr_null(a.options.proc);
	ck_assert_ptr_null(a.options.sort.text);
	ck_assert_uint_eq(a.request.sort.count, 0);
	ck_assert(!a.request.owners && !a.request.gathers && !a.request.query.facts);
	forget(&a);
}
END_TEST

START_TEST(options_reach_their_fields)
{
	struct asked a;

	ck_assert_int_eq(parse(&a, "-tuxwlapen --icmp --udplite --summary --explain --top 3 -c 2 "
				   "-N blue --proc /p --sort rtt -6 -jq"),
		OPTIONS_OK);
	ck_assert(a.options.tcp && a.options.udp && a.options.local && a.options.raw);
	ck_assert(a.options.icmp && a.options.udplite && a.options.listening && a.options.all);
	ck_assert(a.options.owners && a.options.extended && a.options.common.numeric);
	ck_assert(a.options.summary && a.options.explain && a.options.common.quiet);
	ck_assert_uint_eq(a.options.top, 3);
	ck_assert_uint_eq(a.options.count, 2);
	ck_assert_str_eq(a.options.netns, "blue");
	ck_assert_str_eq(a.options.proc, "/p");
	ck_assert_str_eq(a.options.sort.text, "rtt");
	ck_assert_int_eq(a.options.common.family, 6);
	ck_assert_int_eq(a.options.common.format, OUTPUT_JSON);
	options_release(&command_sockets, &a.options);
}
END_TEST

START_TEST(options_that_may_be_repeated_keep_all_values)
{
	struct asked a;

	ck_assert_int_eq(parse(&a, "--process a --process b --unit u --user root --peer x --peer y "
				   "--local l --port 1 --port 2 --state all"),
		OPTIONS_OK);
	ck_assert_uint_eq(a.options.processes.count, 2);
	ck_assert_str_eq(a.options.processes.values[1], "b");
	ck_assert_uint_eq(a.options.peers.count, 2);
	ck_assert_uint_eq(a.options.ports.count, 2);
	ck_assert_str_eq(a.options.units.values[0], "u");
	ck_assert_str_eq(a.options.users.values[0], "root");
	ck_assert_str_eq(a.options.locals.values[0], "l");
	ck_assert_str_eq(a.options.states.values[0], "all");
	options_release(&command_sockets, &a.options);
}
END_TEST

/* The value may be left out: what follows is one if it reads as one, else an operand. */
START_TEST(watch_goes_without_its_interval)
{
	static const struct {
		const char *line;
		nsec_t watch;
		int operands;
	} cases[] = {
		{"--watch", NSEC_PER_SEC, 0},
		{"--watch=20ms", 20 * NSEC_PER_MSEC, 0},
		{"--watch 20ms", 20 * NSEC_PER_MSEC, 0},
		{"--watch dport = :443", NSEC_PER_SEC, 3},
		{"--watch 2 dport = :443", 2 * NSEC_PER_SEC, 3},
		{"--watch -t", NSEC_PER_SEC, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct asked a;

		ask(&a, cases[i].line);
		ck_assert_msg(a.options.watch == cases[i].watch, "%s", cases[i].line);
		ck_assert_int_eq(a.operands, cases[i].operands);
		ck_assert(a.request.gathers);
		forget(&a);
	}
}
END_TEST

START_TEST(letters_choose_protocols_and_none_chooses_all)
{
	expect_query("", SOCKET_ALL_PROTOS, SOCKET_CONNECTED, 0);
	expect_query("-t", 1U << SOCKET_TCP, SOCKET_CONNECTED, 0);
	expect_query("-ux", 1U << SOCKET_UDP | 1U << SOCKET_UNIX, SOCKET_CONNECTED, 0);
	expect_query("-w --icmp --udplite",
		1U << SOCKET_RAW | 1U << SOCKET_ICMP | 1U << SOCKET_UDPLITE, SOCKET_CONNECTED, 0);
}
END_TEST

START_TEST(family_leaves_unix_sockets_out_unless_they_are_named)
{
	expect_query("-4", INET, SOCKET_CONNECTED, 4);
	expect_query("-6", INET, SOCKET_CONNECTED, 6);
	expect_query("-6t", 1U << SOCKET_TCP, SOCKET_CONNECTED, 6);
}
END_TEST

START_TEST(states_are_those_that_were_asked_for)
{
	expect_query("-l", SOCKET_ALL_PROTOS, WAITS, 0);
	expect_query("-a", SOCKET_ALL_PROTOS, SOCKET_ALL_STATES, 0);
	expect_query("--state time-wait", SOCKET_ALL_PROTOS, SOCKET_BIT(SOCKET_TIME_WAIT), 0);
	expect_query("--state TIME_WAIT,close-wait", SOCKET_ALL_PROTOS,
		SOCKET_BIT(SOCKET_TIME_WAIT) | SOCKET_BIT(SOCKET_CLOSE_WAIT), 0);
	expect_query("--state listening --state closing", SOCKET_ALL_PROTOS,
		SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSING), 0);
	expect_query("state listening", SOCKET_ALL_PROTOS, SOCKET_BIT(SOCKET_LISTEN), 0);
	expect_query("-a state listening", SOCKET_ALL_PROTOS, SOCKET_BIT(SOCKET_LISTEN), 0);
	expect_query("-l --state all", SOCKET_ALL_PROTOS, WAITS, 0);
}
END_TEST

START_TEST(looks_at_everything_leave_out_remainders_alone)
{
	unsigned most = SOCKET_ALL_STATES & ~SOCKET_BIT(SOCKET_TIME_WAIT);

	expect_query("--watch", SOCKET_ALL_PROTOS, most, 0);
	expect_query("--summary", SOCKET_ALL_PROTOS, most, 0);
	expect_query("--explain", SOCKET_ALL_PROTOS, most, 0);
	expect_query("--summary -l", SOCKET_ALL_PROTOS, WAITS, 0);
	expect_query("--explain -a", SOCKET_ALL_PROTOS, SOCKET_ALL_STATES, 0);
	expect_query("--watch --state bucket", SOCKET_ALL_PROTOS,
		SOCKET_BIT(SOCKET_TIME_WAIT) | SOCKET_BIT(SOCKET_SYN_RECV), 0);
}
END_TEST

/* owners, gathers, facts: + or -. */
static void expect_needs(const char *line, const char *needs)
{
	struct asked a;
	char got[4];

	ask(&a, line);
	snprintf(got, sizeof got, "%c%c%c", a.request.owners ? '+' : '-',
		a.request.gathers ? '+' : '-', a.request.query.facts ? '+' : '-');
	ck_assert_msg(strcmp(got, needs) == 0, "%s: %s", line, got);
	ck_assert_int_eq(sockets_read_owners(&a.options), a.request.owners);
	forget(&a);
}

START_TEST(processes_are_read_where_something_needs_them)
{
	expect_needs("-a", "---");
	expect_needs("-n --user 0 --port 22", "---");
	expect_needs("-p", "++-");
	expect_needs("--process sshd", "++-");
	expect_needs("--summary", "++-");
	expect_needs("--explain", "+++");
	expect_needs("--sort process", "++-");
	expect_needs("--sort state,-process", "++-");
	expect_needs("--sort port", "-+-");
	expect_needs("--watch", "-+-");
}
END_TEST

START_TEST(facts_are_asked_for_where_something_shows_them)
{
	expect_needs("-e", "--+");
	expect_needs("--sort -rtt", "-++");
	expect_needs("--sort unit", "-+-");
}
END_TEST

/* sock_diag tells the cgroup of all but unix sockets. */
START_TEST(unit_takes_processes_where_the_kernel_does_not_tell_the_cgroup)
{
	expect_needs("--unit ssh -tu", "---");
	expect_needs("--unit ssh -4", "---");
	expect_needs("--unit ssh", "++-");
	expect_needs("--unit ssh -x", "++-");
	expect_needs("--unit ssh -t --proc /p", "++-");
}
END_TEST

START_TEST(sort_keys_are_kept_in_their_order)
{
	struct asked a;

	ask(&a, "--sort state,-recv-q");
	ck_assert_uint_eq(a.request.sort.count, 2);
	ck_assert_int_eq(a.request.sort.keys[0].key, SORT_STATE);
	ck_assert_int_eq(a.request.sort.keys[1].key, SORT_RECV_Q);
	ck_assert(a.request.sort.keys[1].descending);
	forget(&a);
}
END_TEST

/* ---- the filter */

static bool matches(const struct asked *a, const char *local, uint16_t local_port, const char *peer,
	uint16_t peer_port)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, local, local_port, peer, peer_port);

	e.uid = 1000;
	e.inode = 1;
	return filter_matches(a->request.filter, &e);
}

START_TEST(operands_are_one_filter)
{
	struct asked a;

	ask(&a, "dport = :443 and src 10.0.0.0/8");
	ck_assert(matches(&a, "10.1.1.1", 5000, "192.0.2.1", 443));
	ck_assert(!matches(&a, "10.1.1.1", 443, "192.0.2.1", 5000));
	ck_assert(!matches(&a, "11.1.1.1", 5000, "192.0.2.1", 443));
	forget(&a);
}
END_TEST

START_TEST(of_a_repeated_option_one_has_to_hold_and_of_different_ones_all)
{
	struct asked a;

	ask(&a, "--port 22,80 --port 443 --local 10.0.0.1 --local 10.0.0.2 --peer 192.0.2.0/24");
	ck_assert(matches(&a, "10.0.0.1", 22, "192.0.2.9", 5000));
	ck_assert(matches(&a, "10.0.0.2", 5000, "192.0.2.9", 443));
	ck_assert(!matches(&a, "10.0.0.3", 22, "192.0.2.9", 5000));
	ck_assert(!matches(&a, "10.0.0.1", 23, "192.0.2.9", 5000));
	ck_assert(!matches(&a, "10.0.0.1", 22, "192.0.3.9", 5000));
	forget(&a);
}
END_TEST

START_TEST(options_and_filter_both_have_to_hold)
{
	struct asked a;

	ask(&a, "--user 1000 --user 0 dport = :443");
	ck_assert(matches(&a, "10.1.1.1", 5000, "192.0.2.1", 443));
	ck_assert(!matches(&a, "10.1.1.1", 5000, "192.0.2.1", 444));
	forget(&a);
	ask(&a, "--user 0 dport = :443");
	ck_assert(!matches(&a, "10.1.1.1", 5000, "192.0.2.1", 443));
	forget(&a);
}
END_TEST

/* ---- what is refused */

START_TEST(options_that_exclude_each_other_are_named)
{
	expect_refusal(
		"--watch --summary", true, "netprobe: --watch does not go with --summary\n" HINT);
	expect_refusal(
		"--watch --explain", true, "netprobe: --watch does not go with --explain\n" HINT);
	expect_refusal("--summary --explain", true,
		"netprobe: --summary does not go with --explain\n" HINT);
	expect_refusal("-c 3", true, "netprobe: --count goes with --watch\n" HINT);
	expect_refusal("--explain -N all", true,
		"netprobe: --explain judges one namespace at a time\n" HINT);
	expect_refusal("-l --state established", true,
		"netprobe: --listening shows LISTEN and CLOSE, and the states asked for are "
		"others\n" HINT);
}
END_TEST

START_TEST(options_that_go_together_are_taken)
{
	static const char *const lines[] = {
		"--watch -c 3 -lp",
		"--summary --top 0 -a",
		"--explain -N blue",
		"-N all --summary",
		"-tuxw --icmp --udplite -anep4 --sort proto,state -v",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct asked a;

		ask(&a, lines[i]);
		forget(&a);
	}
}
END_TEST

START_TEST(value_that_is_none_is_named_with_its_option)
{
	expect_refusal("--state open", true, "netprobe: --state open: no such state\n" HINT);
	expect_refusal(
		"--state established,,all", true, "netprobe: --state : no such state\n" HINT);
	expect_refusal("--state all,x,y", true, "netprobe: --state x: no such state\n" HINT);
	expect_refusal(
		"--user no-such-user", true, "netprobe: --user no-such-user: no such user\n" HINT);
	expect_refusal("--sort state,size", true, "netprobe: --sort size: no such key\n" HINT);
	expect_refusal("--sort state,-", true, "netprobe: --sort -: no such key\n" HINT);
}
END_TEST

static void expect_named(const char *line, const char *start)
{
	int from = made_stderr();
	char text[512] = "";
	struct asked a;

	ck_assert_int_eq(parse(&a, line), OPTIONS_OK);
	ck_assert_msg(request(&a, true) != 0, "%s", line);
	ck_assert_int_gt(read(from, text, sizeof text - 1), 0);
	ck_assert_msg(strncmp(text, start, strlen(start)) == 0, "%s: %s", line, text);
	ck_assert_ptr_nonnull(strstr(text, "\n" HINT));
	close(from);
	forget(&a);
}

START_TEST(address_or_port_that_is_none_is_named_with_its_option)
{
	expect_named("--port 80-22", "netprobe: --port 80-22: ");
	expect_named("--local 10.0.0.0/33", "netprobe: --local 10.0.0.0/33: ");
	expect_named("--peer 10.0.0.1 --peer [::1", "netprobe: --peer [::1: ");
}
END_TEST

START_TEST(mistake_in_the_filter_is_pointed_at)
{
	expect_refusal("sport = or dport = :22", true,
		"netprobe: expected a port behind \"=\"\n"
		"netprobe:   sport = or dport = :22\n"
		"netprobe:           ^\n" HINT);
}
END_TEST

/* What cannot be shown takes more room than it has bytes. */
START_TEST(mark_stands_under_the_spot_behind_what_is_escaped)
{
	expect_refusal("src unix:/a\001b nonsense", true,
		"netprobe: unknown word \"nonsense\"\n"
		"netprobe:   src unix:/a\\x01b nonsense\n"
		"netprobe:                    ^\n" HINT);
}
END_TEST

START_TEST(names_of_hosts_are_errors_where_nothing_is_looked_up)
{
	struct asked a;
	int from = made_stderr();

	ck_assert_int_eq(parse(&a, "--peer localhost"), OPTIONS_OK);
	ck_assert_int_ne(request(&a, false), 0);
	forget(&a);
	ck_assert_int_eq(parse(&a, "-n --peer localhost"), OPTIONS_OK);
	ck_assert_int_ne(request(&a, true), 0);
	forget(&a);
	ck_assert_int_eq(parse(&a, "dst localhost"), OPTIONS_OK);
	ck_assert_int_ne(request(&a, false), 0);
	forget(&a);
	close(from);
	ask(&a, "--peer localhost");
	forget(&a);
}
END_TEST

UNIT_MAIN("cmd/sockets_options", options_keep_their_bounds, options_have_defaults,
	options_reach_their_fields, options_that_may_be_repeated_keep_all_values,
	watch_goes_without_its_interval, letters_choose_protocols_and_none_chooses_all,
	family_leaves_unix_sockets_out_unless_they_are_named, states_are_those_that_were_asked_for,
	looks_at_everything_leave_out_remainders_alone,
	processes_are_read_where_something_needs_them,
	facts_are_asked_for_where_something_shows_them,
	unit_takes_processes_where_the_kernel_does_not_tell_the_cgroup,
	sort_keys_are_kept_in_their_order, operands_are_one_filter,
	of_a_repeated_option_one_has_to_hold_and_of_different_ones_all,
	options_and_filter_both_have_to_hold, options_that_exclude_each_other_are_named,
	options_that_go_together_are_taken, value_that_is_none_is_named_with_its_option,
	address_or_port_that_is_none_is_named_with_its_option, mistake_in_the_filter_is_pointed_at,
	mark_stands_under_the_spot_behind_what_is_escaped,
	names_of_hosts_are_errors_where_nothing_is_looked_up)
