/* SPDX-License-Identifier: MIT */
#include "netprobe/cli/options.h"

#include "value.h"

#include <string.h>

enum { WIDTH = 80, TEXT_COLUMN = 30, LEFT_INDENT = 6, EXAMPLE_INDENT = 6 };

/* Appends words from `column` on, later lines from `indent` on, and ends the line. What is too long
 * for a line of its own is cut. */
static void put_words(struct strbuf *out, const char *text, size_t indent, size_t column)
{
	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, " ");

		if (!first && column + 1 + len > WIDTH) {
			strbuf_putc(out, '\n');
			strbuf_pad(out, ' ', column = indent);
		} else if (!first) {
			strbuf_putc(out, ' ');
			column++;
		}
		if (column + len > WIDTH)
			len = WIDTH - column;
		strbuf_add(out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	strbuf_putc(out, '\n');
}

static void put_left(struct strbuf *out, const struct option_def *def)
{
	if (def->letter)
		strbuf_printf(out, "  -%c, ", def->letter);
	else
		strbuf_pad(out, ' ', LEFT_INDENT);
	strbuf_printf(out, "--%s", def->name);
	if (!value_takes(def))
		return;
	strbuf_puts(out, value_optional(def) ? " [" : " ");
	value_name(def, out);
	if (value_optional(def))
		strbuf_putc(out, ']');
}

static void put_option(struct strbuf *out, const struct option_def *def)
{
	struct strbuf left = {0}, text = {0};

	put_left(&left, def);
	strbuf_puts(&text, def->help);
	strbuf_puts(&text, " [");
	if (value_bounds(def, "..", &text))
		strbuf_putc(&text, ']');
	else
		text.text[text.len -= 2] = '\0';
	if (left.len + 2 > TEXT_COLUMN) {
		strbuf_add(out, left.text, LEFT_INDENT);
		put_words(out, left.text + LEFT_INDENT, LEFT_INDENT, LEFT_INDENT);
		strbuf_pad(out, ' ', TEXT_COLUMN);
	} else {
		strbuf_puts(out, left.text);
		strbuf_pad(out, ' ', TEXT_COLUMN - left.len);
	}
	put_words(out, text.text, TEXT_COLUMN, TEXT_COLUMN);
	strbuf_release(&left);
	strbuf_release(&text);
}

static void put_groups(struct strbuf *out, const struct command *cmd)
{
	const struct option_group *before = NULL;

	for (struct option_at at = {0}; options_each(cmd, &at);) {
		if (at.group != before && at.group->title)
			strbuf_printf(out, "\n%s:\n", at.group->title);
		before = at.group;
		put_option(out, at.def);
	}
}

static void put_examples(struct strbuf *out, const char *const *examples)
{
	if (!examples || !examples[0])
		return;
	strbuf_puts(out, "\nExamples:\n");
	for (; examples[0]; examples += 2) {
		strbuf_puts(out, "  ");
		put_words(out, examples[0], EXAMPLE_INDENT, 2);
		strbuf_pad(out, ' ', EXAMPLE_INDENT);
		put_words(out, examples[1], EXAMPLE_INDENT, EXAMPLE_INDENT);
	}
}

static void put_about(struct strbuf *out, const struct command *cmd)
{
	strbuf_printf(out, "\n%s\n", cmd->about ? cmd->about : cmd->summary);
}

void options_help(const struct command *cmd, struct strbuf *out)
{
	strbuf_printf(out, "Usage: netprobe %s [OPTIONS]%s%s\n", cmd->name,
		cmd->operands ? " " : "", cmd->operands ? cmd->operands : "");
	put_about(out, cmd);
	put_groups(out, cmd);
	put_examples(out, cmd->examples);
}

void program_help(const struct command *const *commands, struct strbuf *out)
{
	strbuf_printf(out, "Usage: netprobe %s\n", program.operands);
	put_about(out, &program);
	strbuf_puts(out, "\nCommands:\n");
	for (; *commands; commands++) {
		size_t len = strlen((*commands)->name);

		strbuf_printf(out, "  %s", (*commands)->name);
		strbuf_pad(out, ' ', len + 4 > TEXT_COLUMN ? 2 : TEXT_COLUMN - 2 - len);
		put_words(out, (*commands)->summary, TEXT_COLUMN, TEXT_COLUMN);
	}
	put_groups(out, &program);
	put_examples(out, program.examples);
}
