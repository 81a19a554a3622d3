/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "value.h"

static const char *const head = "# SPDX-License-Identifier: MIT\n"
				"# Completion for fish, made by: netprobe --completion fish\n"
				"\n"
				"complete -c netprobe -f\n";

static void put_quoted(const char *text, struct strbuf *out)
{
	strbuf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '\'');
}

static void put_value(const struct option_def *def, struct strbuf *out)
{
	if (def->is_file) {
		strbuf_puts(out, value_optional(def) ? " -F" : " -r -F");
		return;
	}
	strbuf_puts(out, value_optional(def) ? " -f" : " -x");
	if (!def->choices)
		return;
	strbuf_puts(out, def->kind == OPTION_CHOICE ? " -a '" : " -a '(__fish_append , ");
	value_words(def, out);
	strbuf_puts(out, def->kind == OPTION_CHOICE ? "'" : ")'");
}

static void put_options(const struct command *cmd, const char *condition, struct strbuf *out)
{
	for (struct option_at at = {0}; options_each(cmd, &at);) {
		strbuf_printf(out, "complete -c netprobe -n '%s'", condition);
		if (at.def->letter)
			strbuf_printf(out, " -s %c", at.def->letter);
		strbuf_printf(out, " -l %s", at.def->name);
		if (value_takes(at.def))
			put_value(at.def, out);
		strbuf_puts(out, " -d ");
		put_quoted(at.def->help, out);
		strbuf_putc(out, '\n');
	}
}

static void put_command(const struct command *cmd, struct strbuf *out)
{
	struct strbuf condition = {0};

	strbuf_printf(&condition, "__fish_seen_subcommand_from %s", cmd->name);
	strbuf_printf(out, "\ncomplete -c netprobe -n __fish_use_subcommand -a %s -d ", cmd->name);
	put_quoted(cmd->summary, out);
	strbuf_putc(out, '\n');
	put_options(cmd, condition.text, out);
	strbuf_printf(out, "complete -c netprobe -n '%s' -a '(__fish_print_hostnames)'\n",
		condition.text);
	strbuf_release(&condition);
}

void complete_fish(const struct command *const *commands, struct strbuf *out)
{
	strbuf_puts(out, head);
	put_options(&program, "__fish_use_subcommand", out);
	for (size_t i = 0; commands[i]; i++)
		put_command(commands[i], out);
}
