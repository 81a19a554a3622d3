/* SPDX-License-Identifier: MIT */
#include "value.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool value_takes(const struct option_def *def)
{
	switch (def->kind) {
	case OPTION_FLAG:
	case OPTION_COUNT:
	case OPTION_SET:
	case OPTION_HELP:
		return false;
	default:
		return true;
	}
}

bool value_optional(const struct option_def *def)
{
	return value_takes(def) && def->fallback;
}

bool value_stands_alone(const struct option_def *def)
{
	return def->kind != OPTION_TEXT && def->kind != OPTION_LIST && def->kind != OPTION_JOINED;
}

bool value_repeats(const struct option_def *def)
{
	return def->kind == OPTION_COUNT || def->kind == OPTION_LIST || def->kind == OPTION_JOINED;
}

static void add_to_list(struct option_list *list, const char *text)
{
	list->values = mem_resize(list->values, list->count + 1, sizeof *list->values);
	list->values[list->count++] = text;
}

static void join(struct strbuf *joined, const char *text)
{
	if (joined->text)
		strbuf_putc(joined, ',');
	strbuf_puts(joined, text);
}

static int set_real(const struct option_def *def, double *slot, const char *text)
{
	const char *rest = text + strspn(text, "0123456789");
	double value;

	if (*text == '\0')
		return ERR_EMPTY;
	if (rest != text && *rest == '.' && rest[1] != '\0')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (rest == text || *rest != '\0')
		return ERR_NUMBER;
	value = strtod(text, NULL);
	if (value < (double)def->min || value > (double)def->max)
		return ERR_RANGE;
	*slot = value;
	return 0;
}

static int set_duration(const struct option_def *def, nsec_t *slot, const char *text)
{
	nsec_t value;
	int err = parse_duration(text, &value);

	if (err)
		return err;
	if ((uint64_t)value < def->min || (uint64_t)value > def->max)
		return ERR_RANGE;
	*slot = value;
	return 0;
}

static int set_choice(const struct option_def *def, int *slot, const char *text)
{
	for (int i = 0; def->choices[i]; i++) {
		if (strcmp(def->choices[i], text) == 0) {
			*slot = i;
			return 0;
		}
	}
	return ERR_SYNTAX;
}

int value_set(const struct option_def *def, void *slot, const char *text)
{
	switch (def->kind) {
	case OPTION_FLAG:
		*(bool *)slot = true;
		return 0;
	case OPTION_COUNT:
		*(unsigned *)slot += 1;
		return 0;
	case OPTION_SET:
		*(int *)slot = (int)def->min;
		return 0;
	case OPTION_TEXT:
		if (def->is_file && *text == '\0')
			return ERR_EMPTY;
		*(const char **)slot = text;
		return 0;
	case OPTION_LIST:
		add_to_list(slot, text);
		return 0;
	case OPTION_JOINED:
		join(slot, text);
		return 0;
	case OPTION_UINT:
		return parse_uint(text, def->min, def->max, slot);
	case OPTION_REAL:
		return set_real(def, slot, text);
	case OPTION_DURATION:
		return set_duration(def, slot, text);
	case OPTION_CHOICE:
		return set_choice(def, slot, text);
	case OPTION_HELP:
		break;
	}
	return 0;
}

bool value_reads(const struct option_def *def, const char *text)
{
	union {
		uint64_t number;
		double real;
		nsec_t time;
		int choice;
	} slot = {0};
	int err;

	if (!value_stands_alone(def))
		return false;
	err = value_set(def, &slot, text);
	return err == 0 || err == ERR_RANGE;
}

static void put_duration(nsec_t t, struct strbuf *out)
{
	static const nsec_t minute = 60 * NSEC_PER_SEC;

	if (t == 0)
		strbuf_putc(out, '0');
	else if (t % minute == 0 && t > minute)
		strbuf_printf(out, "%" PRId64 "m", t / minute);
	else if (t % NSEC_PER_SEC == 0)
		strbuf_printf(out, "%" PRId64 "s", t / NSEC_PER_SEC);
	else
		strbuf_printf(out, "%gms", (double)t / (double)NSEC_PER_MSEC);
}

bool value_bounds(const struct option_def *def, const char *separator, struct strbuf *out)
{
	if (def->kind == OPTION_DURATION) {
		put_duration((nsec_t)def->min, out);
		strbuf_puts(out, separator);
		put_duration((nsec_t)def->max, out);
		return true;
	}
	if (def->kind == OPTION_UINT || def->kind == OPTION_REAL) {
		strbuf_printf(out, "%" PRIu64 "%s%" PRIu64, def->min, separator, def->max);
		return true;
	}
	return false;
}

void value_choices(const struct option_def *def, const char *separator, struct strbuf *out)
{
	for (size_t i = 0; def->choices && def->choices[i]; i++) {
		if (i > 0)
			strbuf_puts(out, separator);
		strbuf_puts(out, def->choices[i]);
	}
}

void value_words(const struct option_def *def, struct strbuf *out)
{
	struct strbuf choices = {0};

	value_choices(def, " ", &choices);
	for (size_t i = 0; i < choices.len; i++) {
		if (choices.text[i] == '|')
			strbuf_putc(out, '\\');
		strbuf_putc(out, choices.text[i]);
	}
	strbuf_release(&choices);
}

void value_name(const struct option_def *def, struct strbuf *out)
{
	if (def->value)
		strbuf_puts(out, def->value);
	else
		value_choices(def, "|", out);
}

void value_explain(const struct option_def *def, int code, struct strbuf *out)
{
	if (def->kind == OPTION_CHOICE) {
		strbuf_puts(out, "not one of ");
		value_choices(def, ", ", out);
	} else if (code == ERR_RANGE) {
		strbuf_printf(out, "%s: ", err_text(code));
		value_bounds(def, " to ", out);
	} else if (code == ERR_NUMBER && def->kind == OPTION_DURATION) {
		strbuf_puts(out, "not a time, such as 250ms, 1.5s or 2m");
	} else if (code == ERR_NUMBER && def->kind == OPTION_REAL) {
		strbuf_puts(out, "not a number");
	} else {
		strbuf_puts(out, err_text(code));
	}
}
