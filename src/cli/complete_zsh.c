/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "value.h"

#include <string.h>

static const char *const head = "#compdef netprobe\n"
				"# SPDX-License-Identifier: MIT\n"
				"# Completion for zsh, made by: netprobe --completion zsh\n"
				"\n"
				"_netprobe_targets()\n"
				"{\n"
				"    if compset -P @; then\n"
				"        _files\n"
				"    else\n"
				"        _hosts\n"
				"    fi\n"
				"}\n"
				"\n";

static const char *const tail = "\n"
				"if [[ $funcstack[1] == _netprobe ]]; then\n"
				"    _netprobe \"$@\"\n"
				"else\n"
				"    compdef _netprobe netprobe\n"
				"fi\n";

/* Inside single quotes, with a backslash before what means something to _arguments or _describe. */
static void put_quoted(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		if (*text == '\'') {
			strbuf_puts(out, "'\\''");
			continue;
		}
		if (strchr("[]:\\", *text))
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
}

static void put_action(const struct option_def *def, struct strbuf *out)
{
	struct strbuf name = {0};

	value_name(def, &name);
	strbuf_puts(out, value_optional(def) ? "::" : ":");
	put_quoted(name.text, out);
	strbuf_putc(out, ':');
	if (def->choices && def->kind == OPTION_CHOICE) {
		strbuf_putc(out, '(');
		value_words(def, out);
		strbuf_putc(out, ')');
	} else if (def->choices) {
		strbuf_printf(out, "_values -s , %s ", def->name);
		value_words(def, out);
	} else if (def->is_file) {
		strbuf_puts(out, "_files");
	} else {
		strbuf_putc(out, ' ');
	}
	strbuf_release(&name);
}

/* What says where _arguments finds the value: "+" and "=" also in the next word. */
static const char *letter_end_of(const struct option_def *def)
{
	if (value_optional(def))
		return "-";
	return value_takes(def) ? "+" : "";
}

static const char *name_end_of(const struct option_def *def)
{
	if (value_optional(def) && !value_stands_alone(def))
		return "=-";
	return value_takes(def) ? "=" : "";
}

/* '(-p --ports)'{-p+,--ports=}'[help]:PORTS: ' */
static void put_spec(const struct option_def *def, struct strbuf *out)
{
	const char *name_end = name_end_of(def);
	const char *letter_end = letter_end_of(def);

	strbuf_puts(out, "        ");
	if (value_repeats(def))
		strbuf_puts(out, "'*'");
	else if (def->letter)
		strbuf_printf(out, "'(-%c --%s)'", def->letter, def->name);
	if (def->letter)
		strbuf_printf(
			out, "{-%c%s,--%s%s}'[", def->letter, letter_end, def->name, name_end);
	else
		strbuf_printf(out, "--%s%s'[", def->name, name_end);
	put_quoted(def->help, out);
	strbuf_putc(out, ']');
	if (value_takes(def))
		put_action(def, out);
	strbuf_puts(out, "' \\\n");
}

static void put_arguments(const struct command *cmd, const char *last, struct strbuf *out)
{
	strbuf_puts(out, "    _arguments -s -S \\\n");
	for (struct option_at at = {0}; options_each(cmd, &at);)
		put_spec(at.def, out);
	strbuf_printf(out, "        '%s'\n}\n", last);
}

static void put_commands(const struct command *const *commands, struct strbuf *out)
{
	strbuf_puts(out, "    local -a commands=(\n");
	for (; *commands; commands++) {
		strbuf_printf(out, "        '%s:", (*commands)->name);
		put_quoted((*commands)->summary, out);
		strbuf_puts(out, "'\n");
	}
	strbuf_puts(out, "    )\n\n");
}

void complete_zsh(const struct command *const *commands, struct strbuf *out)
{
	strbuf_puts(out, head);
	for (size_t i = 0; commands[i]; i++) {
		strbuf_printf(out, "_netprobe_%s()\n{\n", commands[i]->name);
		put_arguments(commands[i], "*:target:_netprobe_targets", out);
		strbuf_putc(out, '\n');
	}
	strbuf_puts(out, "_netprobe()\n{\n");
	put_commands(commands, out);
	strbuf_puts(out, "    if (( CURRENT > 2 && $+functions[_netprobe_$words[2]] )); then\n"
			 "        shift words\n"
			 "        (( CURRENT-- ))\n"
			 "        _netprobe_$words[1]\n"
			 "        return\n"
			 "    fi\n");
	put_arguments(&program, "1:command:{_describe command commands}", out);
	strbuf_puts(out, tail);
}
