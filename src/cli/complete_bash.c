/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "value.h"

static const char *const head =
	"# SPDX-License-Identifier: MIT\n"
	"# shellcheck shell=bash\n"
	"# Completion for bash, made by: netprobe --completion bash\n"
	"\n"
	"# These see cur, the word at the cursor, and prev, the word before it.\n"
	"_netprobe_words()\n"
	"{\n"
	"    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"_netprobe_list()\n"
	"{\n"
	"    local before=\n"
	"\n"
	"    if [[ $cur == *,* ]]; then\n"
	"        before=${cur%,*},\n"
	"    fi\n"
	"    mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\")\n"
	"}\n"
	"\n"
	"_netprobe_files()\n"
	"{\n"
	"    compopt -o filenames 2>/dev/null\n"
	"    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n"
	"\n"
	"_netprobe_targets()\n"
	"{\n"
	"    if [[ $cur == @* ]]; then\n"
	"        mapfile -t COMPREPLY < <(compgen -P @ -f -- \"${cur#@}\")\n"
	"    else\n"
	"        mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\")\n"
	"    fi\n"
	"}\n"
	"\n";

static const char *const middle =
	"_netprobe()\n"
	"{\n"
	"    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\n"
	"    # bash cuts --name=value into three words\n"
	"    if [[ $cur == = ]]; then\n"
	"        cur=\n"
	"    elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then\n"
	"        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"    fi\n"
	"    COMPREPLY=()\n"
	"    if ((COMP_CWORD > 1)); then\n"
	"        case ${COMP_WORDS[1]} in\n";

static const char *const tail = "        esac\n"
				"    fi\n"
				"    _netprobe_program\n"
				"}\n"
				"\n"
				"complete -F _netprobe netprobe\n";

static void put_forms(const struct option_def *def, const char *separator, struct strbuf *out)
{
	if (def->letter)
		strbuf_printf(out, "-%c%s", def->letter, separator);
	strbuf_printf(out, "--%s", def->name);
}

static void put_offers(const struct option_def *def, const char *indent, struct strbuf *out)
{
	if (def->choices) {
		strbuf_printf(out, "%s_netprobe_%s '", indent,
			def->kind == OPTION_CHOICE ? "words" : "list");
		value_choices(def, " ", out);
		strbuf_puts(out, "'\n");
	} else if (def->is_file) {
		strbuf_printf(out, "%s_netprobe_files\n", indent);
	}
}

/* Behind '=' there is a value and nothing else; behind a blank there may be one, and behind a
 * letter is none. */
static void put_optional_value(const struct option_def *def, struct strbuf *out)
{
	bool alone = value_stands_alone(def) && def->choices;

	strbuf_printf(out, "    --%s)\n", def->name);
	if (alone)
		put_offers(def, "        ", out);
	strbuf_puts(out, "        if [[ ${COMP_WORDS[COMP_CWORD]} == = || "
			 "${COMP_WORDS[COMP_CWORD-1]} == = ]]; then\n");
	if (!alone)
		put_offers(def, "            ", out);
	strbuf_puts(out, "            return\n");
	if (alone)
		strbuf_puts(out, "        elif ((${#COMPREPLY[@]} > 0)); then\n"
				 "            return\n");
	strbuf_puts(out, "        fi\n        ;;\n");
}

static void put_value(const struct option_def *def, struct strbuf *out)
{
	if (!value_takes(def))
		return;
	if (value_optional(def)) {
		put_optional_value(def, out);
		return;
	}
	strbuf_puts(out, "    ");
	put_forms(def, " | ", out);
	strbuf_puts(out, ")\n");
	put_offers(def, "        ", out);
	strbuf_puts(out, "        return\n        ;;\n");
}

static void put_options(const struct command *cmd, struct strbuf *out)
{
	const char *separator = "";

	strbuf_puts(out, "    -*)\n        _netprobe_words '");
	for (struct option_at at = {0}; options_each(cmd, &at); separator = " ") {
		strbuf_puts(out, separator);
		put_forms(at.def, " ", out);
	}
	strbuf_puts(out, "'\n        ;;\n");
}

static void put_command_names(const struct command *const *commands, struct strbuf *out)
{
	strbuf_puts(out, "_netprobe_words '");
	for (size_t i = 0; commands[i]; i++)
		strbuf_printf(out, "%s%s", i > 0 ? " " : "", commands[i]->name);
	strbuf_puts(out, "'");
}

/* `commands` NULL: operands are targets. */
static void put_function(const struct command *cmd, const char *name,
	const struct command *const *commands, struct strbuf *out)
{
	strbuf_printf(out, "_netprobe_%s()\n{\n    case $prev in\n", name);
	for (struct option_at at = {0}; options_each(cmd, &at);)
		put_value(at.def, out);
	strbuf_puts(out, "    esac\n    case $cur in\n");
	put_options(cmd, out);
	strbuf_puts(out, "    *)\n        ");
	if (commands)
		put_command_names(commands, out);
	else
		strbuf_puts(out, "_netprobe_targets");
	strbuf_puts(out, "\n        ;;\n    esac\n}\n\n");
}

void complete_bash(const struct command *const *commands, struct strbuf *out)
{
	strbuf_puts(out, head);
	for (size_t i = 0; commands[i]; i++)
		put_function(commands[i], commands[i]->name, NULL, out);
	put_function(&program, "program", commands, out);
	strbuf_puts(out, middle);
	for (size_t i = 0; commands[i]; i++)
		strbuf_printf(out,
			"        %s)\n            _netprobe_%s\n            return\n            "
			";;\n",
			commands[i]->name, commands[i]->name);
	strbuf_puts(out, tail);
}
