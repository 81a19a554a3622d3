/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/clock.h"
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/cli/options.h"

#include <string.h>

struct shared {
	int family;
	unsigned verbose;
};

struct values {
	bool flag;
	const char *text;
	struct option_list list;
	struct strbuf words;
	uint64_t number;
	double real;
	nsec_t time;
	int choice;
	struct shared shared;
};

static const char *const colors[] = {"red", "green", NULL};

static const struct option_def own_defs[] = {
	{.letter = 'f',
		.name = "flag",
		.kind = OPTION_FLAG,
		.help = "a flag",
		.offset = offsetof(struct values, flag)},
	{.letter = 't',
		.name = "text",
		.kind = OPTION_TEXT,
		.value = "TEXT",
		.help = "a text",
		.offset = offsetof(struct values, text)},
	{.name = "list",
		.kind = OPTION_LIST,
		.value = "ITEM",
		.help = "it grows",
		.offset = offsetof(struct values, list)},
	{.name = "words",
		.kind = OPTION_JOINED,
		.value = "WORDS",
		.help = "it grows, too",
		.offset = offsetof(struct values, words)},
	{.letter = 'c',
		.name = "number",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = 10,
		.help = "a number",
		.offset = offsetof(struct values, number)},
	{.name = "number-two",
		.kind = OPTION_FLAG,
		.help = "its name starts with another's",
		.offset = offsetof(struct values, flag)},
	{.name = "real",
		.kind = OPTION_REAL,
		.value = "X",
		.max = 2,
		.help = "a real number",
		.offset = offsetof(struct values, real)},
	{.letter = 'w',
		.name = "wait",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10000000,
		.max = 60000000000,
		.help = "a time",
		.offset = offsetof(struct values, time)},
	{.name = "color",
		.kind = OPTION_CHOICE,
		.choices = colors,
		.help = "a choice",
		.offset = offsetof(struct values, choice)},
};

static const struct option_def shared_defs[] = {
	{.letter = '4',
		.name = "ipv4",
		.kind = OPTION_SET,
		.min = 4,
		.exclusive = true,
		.help = "four",
		.offset = offsetof(struct shared, family)},
	{.letter = '6',
		.name = "ipv6",
		.kind = OPTION_SET,
		.min = 6,
		.exclusive = true,
		.help = "six",
		.offset = offsetof(struct shared, family)},
	{.letter = 'v',
		.name = "verbose",
		.kind = OPTION_COUNT,
		.help = "more",
		.offset = offsetof(struct shared, verbose)},
	{.letter = 'h', .name = "help", .kind = OPTION_HELP, .help = "this text"},
};

static const struct option_group groups[] = {
	{.title = "Own", .defs = own_defs, .count = ARRAY_SIZE(own_defs)},
	{.title = "Shared",
		.defs = shared_defs,
		.count = ARRAY_SIZE(shared_defs),
		.base = offsetof(struct values, shared)},
};

static const char *const examples[] = {"netprobe try one", "the first", "netprobe try two",
	"the second", "netprobe try three", "the third", NULL};

static const struct command command = {
	.name = "try",
	.summary = "a command for tests",
	.operands = "WORD...",
	.groups = groups,
	.group_count = ARRAY_SIZE(groups),
	.examples = examples,
	.options_size = sizeof(struct values),
};

enum { WORDS_MAX = 16 };

/* One parse with all that it takes and gives. */
static struct {
	char *argv[WORDS_MAX];
	int operands;
	enum options_result result;
	struct values values;
	struct strbuf why;
} given;

static void parse_words_of(const struct command *cmd, const char *const *words)
{
	int argc = 0;

	memset(&given, 0, sizeof given);
	for (; words[argc]; argc++)
		given.argv[argc] = (char *)words[argc];
	given.result =
		options_parse(cmd, argc, given.argv, &given.values, &given.operands, &given.why);
}

#define PARSE(...) parse_words_of(&command, (const char *const[]){__VA_ARGS__, NULL})

/* Options whose value may be left out. */
static const struct option_def optional_defs[] = {
	{.letter = 'w',
		.name = "watch",
		.kind = OPTION_DURATION,
		.value = "INTERVAL",
		.fallback = "1s",
		.min = 100000000,
		.max = 60000000000,
		.help = "again and again",
		.offset = offsetof(struct values, time)},
	{.letter = 'n',
		.name = "number",
		.kind = OPTION_UINT,
		.value = "N",
		.fallback = "3",
		.min = 1,
		.max = 10,
		.help = "a number",
		.offset = offsetof(struct values, number)},
	{.name = "real",
		.kind = OPTION_REAL,
		.value = "X",
		.fallback = "0.5",
		.max = 2,
		.help = "a real number",
		.offset = offsetof(struct values, real)},
	{.letter = 'c',
		.name = "color",
		.kind = OPTION_CHOICE,
		.choices = colors,
		.fallback = "green",
		.help = "a choice",
		.offset = offsetof(struct values, choice)},
	{.letter = 't',
		.name = "text",
		.kind = OPTION_TEXT,
		.value = "FILE",
		.is_file = true,
		.fallback = "nothing",
		.help = "a text",
		.offset = offsetof(struct values, text)},
	{.letter = 'l',
		.name = "list",
		.kind = OPTION_LIST,
		.value = "ITEM",
		.fallback = "item",
		.help = "it grows",
		.offset = offsetof(struct values, list)},
	{.letter = 'f',
		.name = "flag",
		.kind = OPTION_FLAG,
		.help = "a flag",
		.offset = offsetof(struct values, flag)},
};

static const struct option_group optional_groups[] = {
	{.title = "Optional", .defs = optional_defs, .count = ARRAY_SIZE(optional_defs)},
};

static const struct command optional_command = {
	.name = "may",
	.summary = "a command with options whose value may be left out",
	.groups = optional_groups,
	.group_count = ARRAY_SIZE(optional_groups),
	.options_size = sizeof(struct values),
};

#define PARSE_OPTIONAL(...)                                                                        \
	parse_words_of(&optional_command, (const char *const[]){__VA_ARGS__, NULL})

#define ASSERT_OK()                                                                                \
	ck_assert_msg(given.result == OPTIONS_OK, "%s", given.why.text ? given.why.text : "help")

static void assert_error(const char *text)
{
	ck_assert_int_eq(given.result, OPTIONS_ERROR);
	ck_assert_str_eq(given.why.text, text);
	options_release(&command, &given.values);
	strbuf_release(&given.why);
}

START_TEST(options_takes_values_in_all_four_ways)
{
	PARSE("-t", "one");
	ASSERT_OK();
	ck_assert_str_eq(given.values.text, "one");
	PARSE("-tone");
	ck_assert_str_eq(given.values.text, "one");
	PARSE("--text", "one");
	ck_assert_str_eq(given.values.text, "one");
	PARSE("--text=one=two");
	ck_assert_str_eq(given.values.text, "one=two");
}
END_TEST

START_TEST(options_value_may_look_like_an_option)
{
	PARSE("-t", "-", "--text", "--", "--text", "-1024", "x");
	ASSERT_OK();
	ck_assert_str_eq(given.values.text, "-1024");
	ck_assert_int_eq(given.operands, 1);
}
END_TEST

START_TEST(options_bundles_letters_up_to_a_value)
{
	PARSE("-4vvfc3");
	ASSERT_OK();
	ck_assert_int_eq(given.values.shared.family, 4);
	ck_assert_uint_eq(given.values.shared.verbose, 2);
	ck_assert(given.values.flag);
	ck_assert_uint_eq(given.values.number, 3);
}
END_TEST

START_TEST(options_gathers_operands_in_their_order)
{
	PARSE("a", "-f", "-", "--number", "2", "b", "--", "-f", "--");
	ASSERT_OK();
	ck_assert_int_eq(given.operands, 5);
	ck_assert_str_eq(given.argv[0], "a");
	ck_assert_str_eq(given.argv[1], "-");
	ck_assert_str_eq(given.argv[2], "b");
	ck_assert_str_eq(given.argv[3], "-f");
	ck_assert_str_eq(given.argv[4], "--");
}
END_TEST

START_TEST(options_last_of_a_repeated_value_wins)
{
	PARSE("-4", "-c", "3", "--color", "green", "--number=7", "-4", "--color", "red");
	ASSERT_OK();
	ck_assert_uint_eq(given.values.number, 7);
	ck_assert_int_eq(given.values.choice, 0);
	ck_assert_int_eq(given.values.shared.family, 4);
}
END_TEST

START_TEST(options_that_exclude_each_other_are_named)
{
	PARSE("-4", "x", "-6");
	assert_error("-6 contradicts -4");
	PARSE("--ipv6", "-v4");
	assert_error("-4 contradicts -6");
	PARSE("-4", "--ipv6");
	assert_error("--ipv6 contradicts --ipv4");
	PARSE("-6", "--ipv6");
	ASSERT_OK();
}
END_TEST

START_TEST(options_that_can_be_given_once_are_named_when_repeated)
{
	static const struct option_def defs[] = {{.letter = 't',
		.name = "text",
		.kind = OPTION_TEXT,
		.value = "TEXT",
		.exclusive = true,
		.help = "a text",
		.offset = offsetof(struct values, text)}};
	static const struct option_group group = {.title = "Own", .defs = defs, .count = 1};
	struct command once = command;

	once.groups = &group;
	once.group_count = 1;
	parse_words_of(&once, (const char *[]){"-t", "a", NULL});
	ASSERT_OK();
	ck_assert_str_eq(given.values.text, "a");
	parse_words_of(&once, (const char *[]){"-t", "a", "--text=a", NULL});
	assert_error("--text can be given only once");
	parse_words_of(&once, (const char *[]){"-ta", "-tb", NULL});
	assert_error("-t can be given only once");
}
END_TEST

START_TEST(options_list_keeps_every_value)
{
	PARSE("--list", "a", "x", "--list=b", "--list", "");
	ASSERT_OK();
	ck_assert_uint_eq(given.values.list.count, 3);
	ck_assert_str_eq(given.values.list.values[0], "a");
	ck_assert_str_eq(given.values.list.values[1], "b");
	ck_assert_str_eq(given.values.list.values[2], "");
	options_release(&command, &given.values);
	ck_assert_ptr_null(given.values.list.values);
}
END_TEST

START_TEST(options_joins_every_value_of_a_list_with_commas)
{
	PARSE("x");
	ck_assert_ptr_null(given.values.words.text);
	PARSE("--words", "22,80", "x", "--words=443");
	ASSERT_OK();
	ck_assert_str_eq(given.values.words.text, "22,80,443");
	options_release(&command, &given.values);
	ck_assert_ptr_null(given.values.words.text);
	/* what is empty stays there to be refused */
	PARSE("--words=", "--words", "80");
	ASSERT_OK();
	ck_assert_str_eq(given.values.words.text, ",80");
	options_release(&command, &given.values);
}
END_TEST

START_TEST(options_accepts_unambiguous_prefixes)
{
	PARSE("--verb", "--col", "green");
	ASSERT_OK();
	ck_assert_uint_eq(given.values.shared.verbose, 1);
	ck_assert_int_eq(given.values.choice, 1);
}
END_TEST

START_TEST(options_exact_name_beats_a_longer_one)
{
	PARSE("--number", "5");
	ASSERT_OK();
	ck_assert_uint_eq(given.values.number, 5);
}
END_TEST

START_TEST(options_names_what_a_prefix_could_mean)
{
	PARSE("--ipv", "x");
	assert_error("ambiguous option --ipv: --ipv4, --ipv6");
}
END_TEST

START_TEST(options_parses_times_and_reals)
{
	PARSE("-w1.5s", "--real", "0.25");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, 1500 * NSEC_PER_MSEC);
	ck_assert_double_eq(given.values.real, 0.25);
}
END_TEST

START_TEST(options_help_ends_parsing)
{
	PARSE("-fh", "--bogus");
	ck_assert_int_eq(given.result, OPTIONS_HELP);
	ck_assert_ptr_null(given.why.text);
}
END_TEST

START_TEST(options_suggests_the_nearest_name)
{
	PARSE("--nubmer", "3");
	assert_error("unknown option --nubmer (did you mean --number?)");
	PARSE("--colour=red");
	assert_error("unknown option --colour (did you mean --color?)");
	PARSE("-F");
	assert_error("unknown option -F (did you mean -f?)");
}
END_TEST

START_TEST(options_suggests_nothing_when_nothing_is_near)
{
	PARSE("--zzzzzz");
	assert_error("unknown option --zzzzzz");
	PARSE("--=3");
	assert_error("unknown option --");
	PARSE("-4Zx");
	assert_error("unknown option -Z in -4Zx");
	PARSE("-\xc3\xa9");
	assert_error("unknown option -\xc3\xa9");
	PARSE("--a-name-that-is-longer-than-any-option-anybody-ever-wrote");
	assert_error("unknown option --a-name-that-is-longer-than-any-option-anybody-ever-wrote");
}
END_TEST

START_TEST(options_errors_name_option_value_and_bounds)
{
	PARSE("--number", "0");
	assert_error("--number 0: out of range: 1 to 10");
	PARSE("-c11");
	assert_error("-c 11: out of range: 1 to 10");
	PARSE("-w", "9ms");
	assert_error("-w 9ms: out of range: 10ms to 60s");
	PARSE("--real=2.1");
	assert_error("--real 2.1: out of range: 0 to 2");
	PARSE("--color", "blue");
	assert_error("--color blue: not one of red, green");
}
END_TEST

START_TEST(options_rejects_what_is_not_a_number)
{
	PARSE("-c", "0x3");
	assert_error("-c 0x3: not a whole number");
	PARSE("--number=");
	assert_error("--number '': nothing given");
	PARSE("--real", "1.");
	assert_error("--real 1.: not a number");
	PARSE("--real", "inf");
	assert_error("--real inf: not a number");
	PARSE("-w", "soon");
	assert_error("-w soon: not a time, such as 250ms, 1.5s or 2m");
	PARSE("-w", "3h");
	assert_error("-w 3h: times take ms, s or m");
}
END_TEST

START_TEST(options_rejects_missing_and_superfluous_values)
{
	PARSE("-f", "--number");
	assert_error("--number needs a value: N");
	PARSE("-fw");
	assert_error("-w needs a value: TIME");
	PARSE("--color");
	assert_error("--color needs a value: red|green");
	PARSE("--flag=yes");
	assert_error("--flag takes no value");
}
END_TEST

START_TEST(options_failed_value_leaves_the_old_one)
{
	PARSE("-c", "3", "-c", "99");
	ck_assert_uint_eq(given.values.number, 3);
	assert_error("-c 99: out of range: 1 to 10");
}
END_TEST

START_TEST(options_fallback_is_the_value_where_none_is_given)
{
	PARSE_OPTIONAL("--watch");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, NSEC_PER_SEC);
	PARSE_OPTIONAL("-wf", "-n", "--color", "--real", "--text", "--list");
	assert_error("-w f: not a time, such as 250ms, 1.5s or 2m");
	PARSE_OPTIONAL("-fw", "-n", "--color", "--real", "--text", "--list", "-l");
	ASSERT_OK();
	ck_assert(given.values.flag);
	ck_assert_int_eq(given.values.time, NSEC_PER_SEC);
	ck_assert_uint_eq(given.values.number, 3);
	ck_assert_int_eq(given.values.choice, 1);
	ck_assert_double_eq(given.values.real, 0.5);
	ck_assert_str_eq(given.values.text, "nothing");
	ck_assert_uint_eq(given.values.list.count, 2);
	ck_assert_str_eq(given.values.list.values[1], "item");
	options_release(&optional_command, &given.values);
}
END_TEST

START_TEST(options_optional_value_follows_an_equals_sign)
{
	PARSE_OPTIONAL("--watch=2s", "--number=7", "--color=red", "--text=a", "--real=2");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, 2 * NSEC_PER_SEC);
	ck_assert_uint_eq(given.values.number, 7);
	ck_assert_int_eq(given.values.choice, 0);
	ck_assert_str_eq(given.values.text, "a");
	ck_assert_double_eq(given.values.real, 2);
	PARSE_OPTIONAL("--watch=state");
	assert_error("--watch state: not a time, such as 250ms, 1.5s or 2m");
	PARSE_OPTIONAL("--watch=");
	assert_error("--watch '': nothing given");
}
END_TEST

START_TEST(options_optional_value_is_the_next_argument_if_that_reads_as_one)
{
	PARSE_OPTIONAL("--watch", "2s", "x");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, 2 * NSEC_PER_SEC);
	ck_assert_int_eq(given.operands, 1);
	PARSE_OPTIONAL("--number", "7", "--color", "red", "--real", "1.5");
	ASSERT_OK();
	ck_assert_uint_eq(given.values.number, 7);
	ck_assert_int_eq(given.values.choice, 0);
	ck_assert_double_eq(given.values.real, 1.5);
	ck_assert_int_eq(given.operands, 0);
}
END_TEST

START_TEST(options_optional_value_leaves_operands_and_options_alone)
{
	PARSE_OPTIONAL("--watch", "state", "established", "--number", "-f", "--color", "blue");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, NSEC_PER_SEC);
	ck_assert_uint_eq(given.values.number, 3);
	ck_assert_int_eq(given.values.choice, 1);
	ck_assert(given.values.flag);
	ck_assert_int_eq(given.operands, 3);
	ck_assert_str_eq(given.argv[0], "state");
	ck_assert_str_eq(given.argv[1], "established");
	ck_assert_str_eq(given.argv[2], "blue");
	PARSE_OPTIONAL("--watch", "--", "2s");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, NSEC_PER_SEC);
	ck_assert_str_eq(given.argv[0], "2s");
	PARSE_OPTIONAL("--watch", "3h", "--watch", "10.0.0.1", "--watch", "", "--watch", "-");
	ASSERT_OK();
	ck_assert_int_eq(given.operands, 4);
}
END_TEST

START_TEST(options_optional_value_out_of_bounds_is_an_error_and_no_operand)
{
	PARSE_OPTIONAL("--watch", "1ms");
	assert_error("--watch 1ms: out of range: 100ms to 60s");
	PARSE_OPTIONAL("--number", "11");
	assert_error("--number 11: out of range: 1 to 10");
}
END_TEST

START_TEST(options_optional_value_of_a_letter_is_joined)
{
	PARSE_OPTIONAL("-w2s", "-fn7", "-cred");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, 2 * NSEC_PER_SEC);
	ck_assert_uint_eq(given.values.number, 7);
	ck_assert_int_eq(given.values.choice, 0);
	PARSE_OPTIONAL("-w", "2s", "-n", "7");
	ASSERT_OK();
	ck_assert_int_eq(given.values.time, NSEC_PER_SEC);
	ck_assert_uint_eq(given.values.number, 3);
	ck_assert_int_eq(given.operands, 2);
}
END_TEST

/* Any word would read as one. */
START_TEST(options_optional_text_is_joined)
{
	PARSE_OPTIONAL("--text", "a", "--list", "b", "--list=c", "-ld");
	ASSERT_OK();
	ck_assert_str_eq(given.values.text, "nothing");
	ck_assert_int_eq(given.operands, 2);
	ck_assert_uint_eq(given.values.list.count, 3);
	ck_assert_str_eq(given.values.list.values[0], "item");
	ck_assert_str_eq(given.values.list.values[1], "c");
	ck_assert_str_eq(given.values.list.values[2], "d");
	options_release(&optional_command, &given.values);
}
END_TEST

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") > longest)
			longest = strcspn(text, "\n");
	return longest;
}

START_TEST(help_names_every_option_and_its_bounds)
{
	struct strbuf help = {0};

	options_help(&command, &help);
	ck_assert_ptr_nonnull(strstr(help.text, "Usage: netprobe try [OPTIONS] WORD...\n"));
	for (struct option_at at = {0}; options_each(&command, &at);) {
		struct strbuf name = {0};

		strbuf_printf(&name, "--%s", at.def->name);
		ck_assert_ptr_nonnull(strstr(help.text, name.text));
		strbuf_release(&name);
	}
	ck_assert_ptr_nonnull(
		strstr(help.text, "  -w, --wait TIME             a time [10ms..60s]\n"));
	ck_assert_ptr_nonnull(strstr(help.text, "      --color red|green       a choice\n"));
	strbuf_release(&help);
}
END_TEST

START_TEST(help_puts_an_optional_value_in_brackets)
{
	struct strbuf help = {0};

	options_help(&optional_command, &help);
	ck_assert_ptr_nonnull(
		strstr(help.text, "  -w, --watch [INTERVAL]      again and again [100ms..60s]\n"));
	ck_assert_ptr_nonnull(strstr(help.text, "  -c, --color [red|green]     a choice\n"));
	strbuf_release(&help);
}
END_TEST

START_TEST(help_stays_within_80_columns_however_long_the_words)
{
	char word[300] = {0};
	const char *const choices[] = {word, word, NULL};
	const struct option_def def = {
		.name = word, .kind = OPTION_CHOICE, .choices = choices, .help = word};
	const struct option_group group = {.title = "Long", .defs = &def, .count = 1};
	const char *const long_examples[] = {word, word, NULL};
	const struct command long_command = {.name = "long",
		.summary = "long",
		.groups = &group,
		.group_count = 1,
		.examples = long_examples};
	struct strbuf help = {0};

	for (size_t len = 1; len < sizeof word; len++) {
		memset(word, 'w', len);
		strbuf_reset(&help);
		options_help(&long_command, &help);
		ck_assert_uint_le(longest_line(help.text), 80);
	}
	strbuf_release(&help);
}
END_TEST

START_TEST(program_suggests_a_near_command_only)
{
	const struct command *const commands[] = {&command, NULL};

	ck_assert_str_eq(program_suggest(commands, "tyr"), "try");
	ck_assert_ptr_null(program_suggest(commands, "banner"));
	ck_assert_ptr_null(program_suggest(commands, ""));
}
END_TEST

START_TEST(program_completes_for_three_shells)
{
	const struct command *const commands[] = {&command, NULL};
	struct strbuf script = {0};

	for (size_t i = 0; program_shells[i]; i++) {
		strbuf_reset(&script);
		ck_assert_int_eq(program_completion(commands, program_shells[i], &script), 0);
		ck_assert_ptr_nonnull(strstr(script.text, "number-two"));
		ck_assert_ptr_nonnull(strstr(script.text, "red green"));
	}
	ck_assert_int_eq(program_completion(commands, "tcsh", &script), ERR_SYNTAX);
	strbuf_release(&script);
}
END_TEST

static void expect_script(const char *shell, const char *const *parts)
{
	const struct command *const commands[] = {&optional_command, NULL};
	struct strbuf script = {0};

	ck_assert_int_eq(program_completion(commands, shell, &script), 0);
	for (; *parts; parts++)
		ck_assert_msg(strstr(script.text, *parts) != NULL, "%s: no %s", shell, *parts);
	strbuf_release(&script);
}

#define EXPECT_SCRIPT(shell, ...) expect_script(shell, (const char *const[]){__VA_ARGS__, NULL})

#define JOINED                                                                                     \
	"        if [[ ${COMP_WORDS[COMP_CWORD]} == = || "                                         \
	"${COMP_WORDS[COMP_CWORD-1]} == = ]]; then\n"

START_TEST(program_completions_let_an_optional_value_be_left_out)
{
	EXPECT_SCRIPT("bash",
		"    --watch)\n" JOINED "            return\n        fi\n        ;;\n",
		"    --color)\n        _netprobe_words 'red green'\n" JOINED
		"            return\n        elif ((${#COMPREPLY[@]} > 0)); then\n"
		"            return\n        fi\n        ;;\n",
		"    --text)\n" JOINED "            _netprobe_files\n            return\n");
	EXPECT_SCRIPT("zsh", "'(-w --watch)'{-w-,--watch=}'[again and again]::INTERVAL: '",
		"'(-c --color)'{-c-,--color=}'[a choice]::red|green:(red green)'",
		"'(-t --text)'{-t-,--text=-}'[a text]::FILE:_files'");
	EXPECT_SCRIPT("fish", " -s w -l watch -f -d ", " -s c -l color -f -a 'red green' -d ",
		" -s t -l text -F -d ");
}
END_TEST

UNIT_MAIN("cli/options", options_takes_values_in_all_four_ways,
	options_value_may_look_like_an_option, options_bundles_letters_up_to_a_value,
	options_gathers_operands_in_their_order, options_last_of_a_repeated_value_wins,
	options_that_exclude_each_other_are_named,
	options_that_can_be_given_once_are_named_when_repeated, options_list_keeps_every_value,
	options_joins_every_value_of_a_list_with_commas, options_accepts_unambiguous_prefixes,
	options_exact_name_beats_a_longer_one, options_names_what_a_prefix_could_mean,
	options_parses_times_and_reals, options_help_ends_parsing,
	options_suggests_the_nearest_name, options_suggests_nothing_when_nothing_is_near,
	options_errors_name_option_value_and_bounds, options_rejects_what_is_not_a_number,
	options_rejects_missing_and_superfluous_values, options_failed_value_leaves_the_old_one,
	options_fallback_is_the_value_where_none_is_given,
	options_optional_value_follows_an_equals_sign,
	options_optional_value_is_the_next_argument_if_that_reads_as_one,
	options_optional_value_leaves_operands_and_options_alone,
	options_optional_value_out_of_bounds_is_an_error_and_no_operand,
	options_optional_value_of_a_letter_is_joined, options_optional_text_is_joined,
	help_puts_an_optional_value_in_brackets,
	program_completions_let_an_optional_value_be_left_out,
	help_names_every_option_and_its_bounds, help_stays_within_80_columns_however_long_the_words,
	program_suggests_a_near_command_only, program_completes_for_three_shells)
