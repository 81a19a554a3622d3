/* SPDX-License-Identifier: MIT */
#include "netprobe/cli/options.h"

#include "nearest.h"
#include "value.h"

#include "netprobe/base/err.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	const struct command *cmd;
	char *options;
	char **argv;
	int argc;
	int next;     /* of argv, to be looked at */
	int operands; /* already moved to the front */
	struct strbuf *why;
};

bool options_each(const struct command *cmd, struct option_at *at)
{
	for (; at->next_group < cmd->group_count; at->next_group++, at->next_def = 0) {
		at->group = &cmd->groups[at->next_group];
		if (at->next_def < at->group->count) {
			at->def = &at->group->defs[at->next_def++];
			return true;
		}
	}
	return false;
}

static void *slot_of(const struct parser *p, const struct option_at *at)
{
	return p->options + at->group->base + at->def->offset;
}

static bool find_letter(const struct command *cmd, char letter, struct option_at *found)
{
	for (struct option_at at = {0}; options_each(cmd, &at);) {
		if (at.def->letter == letter) {
			*found = at;
			return true;
		}
	}
	return false;
}

/* Returns how many options `name` can stand for: 1 for an exact match. *found is the first of them.
 */
static size_t find_name(
	const struct command *cmd, const char *name, size_t len, struct option_at *found)
{
	size_t count = 0;

	for (struct option_at at = {0}; len > 0 && options_each(cmd, &at);) {
		if (strncmp(at.def->name, name, len) != 0)
			continue;
		if (at.def->name[len] == '\0') {
			*found = at;
			return 1;
		}
		if (count++ == 0)
			*found = at;
	}
	return count;
}

static enum options_result unknown_name(struct parser *p, const char *name, size_t len)
{
	struct nearest near;

	nearest_init(&near, name, len);
	for (struct option_at at = {0}; options_each(p->cmd, &at);)
		nearest_try(&near, at.def->name);
	strbuf_puts(p->why, "unknown option --");
	strbuf_add(p->why, name, len);
	if (near.name)
		strbuf_printf(p->why, " (did you mean --%s?)", near.name);
	return OPTIONS_ERROR;
}

static enum options_result ambiguous_name(struct parser *p, const char *name, size_t len)
{
	const char *separator = ": ";

	strbuf_puts(p->why, "ambiguous option --");
	strbuf_add(p->why, name, len);
	for (struct option_at at = {0}; options_each(p->cmd, &at);) {
		if (strncmp(at.def->name, name, len) != 0)
			continue;
		strbuf_printf(p->why, "%s--%s", separator, at.def->name);
		separator = ", ";
	}
	return OPTIONS_ERROR;
}

static enum options_result unknown_letter(struct parser *p, const char *arg, char letter)
{
	struct option_at other;
	int swapped = isupper((unsigned char)letter) ? tolower((unsigned char)letter)
						     : toupper((unsigned char)letter);

	/* half a character of UTF-8 would tell nobody anything */
	if (arg[2] == '\0' || !isascii(letter))
		strbuf_printf(p->why, "unknown option %s", arg);
	else
		strbuf_printf(p->why, "unknown option -%c in %s", letter, arg);
	if (swapped != letter && find_letter(p->cmd, (char)swapped, &other))
		strbuf_printf(p->why, " (did you mean -%c?)", swapped);
	return OPTIONS_ERROR;
}

static void put_option(struct parser *p, const struct option_def *def, bool by_letter)
{
	if (by_letter)
		strbuf_printf(p->why, "-%c", def->letter);
	else
		strbuf_printf(p->why, "--%s", def->name);
}

/* The option that has set the place of this one to something else; NULL for none. */
static const struct option_def *contradicted(const struct parser *p, const struct option_at *at)
{
	const struct option_def *defs = at->group->defs;
	const int *present = slot_of(p, at);

	if (!at->def->exclusive || at->def->kind != OPTION_SET)
		return NULL;
	for (size_t i = 0; i < at->group->count; i++)
		if (&defs[i] != at->def && defs[i].exclusive && defs[i].offset == at->def->offset &&
			(int)defs[i].min == *present)
			return &defs[i];
	return NULL;
}

static bool is_taken(const struct parser *p, const struct option_at *at)
{
	return at->def->exclusive && at->def->kind == OPTION_TEXT &&
	       *(const char *const *)slot_of(p, at) != NULL;
}

static enum options_result apply(
	struct parser *p, const struct option_at *at, const char *value, bool by_letter)
{
	const struct option_def *other = contradicted(p, at);
	int err;

	if (at->def->kind == OPTION_HELP)
		return OPTIONS_HELP;
	if (other) {
		put_option(p, at->def, by_letter);
		strbuf_puts(p->why, " contradicts ");
		put_option(p, other, by_letter);
		return OPTIONS_ERROR;
	}
	if (is_taken(p, at)) {
		put_option(p, at->def, by_letter);
		strbuf_puts(p->why, " can be given only once");
		return OPTIONS_ERROR;
	}
	err = value_set(at->def, slot_of(p, at), value);
	if (!err)
		return OPTIONS_OK;
	put_option(p, at->def, by_letter);
	strbuf_printf(p->why, " %s: ", value && *value ? value : "''");
	value_explain(at->def, err, p->why);
	return OPTIONS_ERROR;
}

/* The value that was not joined to its option; NULL for none. */
static const char *separate_value(struct parser *p, const struct option_def *def, bool by_letter)
{
	const char *next = p->next < p->argc ? p->argv[p->next] : NULL;

	if (value_optional(def) && (by_letter || !next || !value_reads(def, next)))
		return def->fallback;
	if (next)
		p->next++;
	return next;
}

/* `value` is what was joined to the option, or NULL. */
static enum options_result apply_value(
	struct parser *p, const struct option_at *at, const char *value, bool by_letter)
{
	if (!value)
		value = separate_value(p, at->def, by_letter);
	if (value)
		return apply(p, at, value, by_letter);
	put_option(p, at->def, by_letter);
	strbuf_puts(p->why, " needs a value: ");
	value_name(at->def, p->why);
	return OPTIONS_ERROR;
}

static enum options_result take_name(struct parser *p, const char *name)
{
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	struct option_at at;

	switch (find_name(p->cmd, name, len, &at)) {
	case 0:
		return unknown_name(p, name, len);
	case 1:
		break;
	default:
		return ambiguous_name(p, name, len);
	}
	if (value_takes(at.def))
		return apply_value(p, &at, value, false);
	if (!value)
		return apply(p, &at, NULL, false);
	strbuf_printf(p->why, "--%s takes no value", at.def->name);
	return OPTIONS_ERROR;
}

static enum options_result take_letters(struct parser *p, const char *arg)
{
	enum options_result result = OPTIONS_OK;
	struct option_at at;

	for (const char *letter = arg + 1; *letter && result == OPTIONS_OK; letter++) {
		if (!find_letter(p->cmd, *letter, &at))
			return unknown_letter(p, arg, *letter);
		if (value_takes(at.def))
			return apply_value(p, &at, letter[1] ? letter + 1 : NULL, true);
		result = apply(p, &at, NULL, true);
	}
	return result;
}

/* The slot written to was looked at before: operands never outnumber what was taken. */
static void take_operand(struct parser *p, char *arg)
{
	p->argv[p->operands++] = arg;
}

enum options_result options_parse(const struct command *cmd, int argc, char **argv, void *options,
	int *operand_count, struct strbuf *why)
{
	struct parser p = {.cmd = cmd, .options = options, .argv = argv, .argc = argc, .why = why};
	enum options_result result = OPTIONS_OK;
	bool only_operands = false;

	while (p.next < argc && result == OPTIONS_OK) {
		char *arg = argv[p.next++];

		if (only_operands || arg[0] != '-' || arg[1] == '\0')
			take_operand(&p, arg);
		else if (arg[1] != '-')
			result = take_letters(&p, arg);
		else if (arg[2] != '\0')
			result = take_name(&p, arg + 2);
		else
			only_operands = true;
	}
	*operand_count = p.operands;
	return result;
}

void options_release(const struct command *cmd, void *options)
{
	for (struct option_at at = {0}; options_each(cmd, &at);) {
		void *slot = (char *)options + at.group->base + at.def->offset;

		if (at.def->kind == OPTION_JOINED) {
			strbuf_release(slot);
		} else if (at.def->kind == OPTION_LIST) {
			struct option_list *list = slot;

			free(list->values);
			*list = (struct option_list){0};
		}
	}
}
