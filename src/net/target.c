/* SPDX-License-Identifier: MIT */
#include "netprobe/net/target.h"

#include "exclude.h"
#include "lines.h"
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"
#include "spec.h"
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One argument: a list, or what its own text says. */
struct item {
	struct lines *list; /* NULL for a specification; closed and NULL again after its end */
	struct spec spec;
};

struct targets {
	struct target_options options;
	struct item *items;
	size_t count, cap, at; /* items[at] is in hand */
	struct spec line_spec; /* of the list line in hand */
	struct strbuf line;
	const char *range; /* text of the range that is being walked, or NULL */
	struct walk walk;
	uint64_t ordinal; /* of the specification in hand, lines of lists counted like arguments */
	u128 in_sight;
	size_t unread_lists;
	bool stdin_taken;
	struct exclude exclude;
};

struct targets *targets_new(const struct target_options *options)
{
	struct targets *t = mem_alloc(1, sizeof *t);

	t->options = *options;
	return t;
}

void targets_free(struct targets *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		lines_free(t->items[i].list);
		spec_release(&t->items[i].spec);
	}
	free(t->items);
	spec_release(&t->line_spec);
	strbuf_release(&t->line);
	walk_release(&t->walk);
	exclude_release(&t->exclude);
	free(t);
}

static bool is_list(const char *spec)
{
	return spec[0] == '@' || strcmp(spec, "-") == 0;
}

static int open_list(struct targets *t, const char *spec, struct lines **out)
{
	bool is_stdin = strcmp(spec, "-") == 0;
	const char *path = is_stdin ? spec : spec + 1;
	int err;

	*out = NULL;
	if (*path == '\0')
		return ERR_EMPTY;
	/* "@-" is standard input too; the second reader would find nothing there and call it an end
	 */
	is_stdin = strcmp(path, "-") == 0;
	if (is_stdin && t->stdin_taken)
		return -EBUSY;
	err = lines_open(path, out);
	t->stdin_taken = t->stdin_taken || (is_stdin && err == 0);
	return err;
}

static void count_spec(struct targets *t, const struct spec *s)
{
	u128 size = s->kind == SPEC_RANGE ? range_size(&s->range) : 1;

	t->in_sight = size > U128_MAX - t->in_sight ? U128_MAX : t->in_sight + size;
}

/* Without its zone it can be asked for by nobody who is not bound to an interface. */
static int parse_target(const struct targets *t, const char *text, size_t len, struct spec *out)
{
	const struct addr *first = &out->range.first;
	int err = spec_parse(text, len, t->options.family, out);

	if (err || out->kind == SPEC_NAME || t->options.zoned || first->scope ||
		!addr_is_link_local(first) || first->family != 6)
		return err;
	spec_release(out);
	return ERR_NO_ZONE;
}

int targets_add(struct targets *t, const char *spec)
{
	struct item item = {0};
	int err;

	if (is_list(spec))
		err = open_list(t, spec, &item.list);
	else
		err = parse_target(t, spec, strlen(spec), &item.spec);
	if (err)
		return err;
	if (item.list)
		t->unread_lists++;
	else
		count_spec(t, &item.spec);
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->items = mem_resize(t->items, t->cap, sizeof *t->items);
	}
	t->items[t->count++] = item;
	return 0;
}

/* Appends as much of outside text as a message bears. */
static void quote(struct strbuf *bad, const char *text, size_t len)
{
	enum { QUOTE_MAX = 80 };
	size_t shown = strnlen(text, len < QUOTE_MAX ? len : QUOTE_MAX);

	strbuf_add(bad, text, shown);
	if (shown < len)
		strbuf_puts(bad, "...");
}

static void quote_line(struct strbuf *bad, const struct lines *list, const struct strbuf *line)
{
	if (!bad)
		return;
	lines_place(list, bad);
	if (line->len == 0)
		return;
	strbuf_puts(bad, ": ");
	quote(bad, line->text, line->len);
}

static int exclude_one(struct targets *t, const char *text, size_t len)
{
	struct spec s;
	int err = spec_parse(text, len, 0, &s);

	if (err)
		return err;
	if (s.port != 0)
		err = ERR_SYNTAX;
	else if (s.kind == SPEC_NAME)
		exclude_add_name(&t->exclude, s.host);
	else
		exclude_add(&t->exclude, &s.range);
	spec_release(&s);
	return err;
}

static int exclude_list(struct targets *t, struct lines *list, struct strbuf *bad)
{
	struct strbuf line = {0};
	int got;

	while ((got = lines_next(list, &line)) == 1) {
		got = exclude_one(t, line.text, line.len);
		if (got != 0)
			break;
	}
	if (got < 0)
		quote_line(bad, list, &line);
	strbuf_release(&line);
	return got;
}

int targets_exclude(struct targets *t, const char *spec, struct strbuf *bad)
{
	struct lines *list = NULL;
	int err;

	err = is_list(spec) ? open_list(t, spec, &list) : exclude_one(t, spec, strlen(spec));
	if (err && bad)
		quote(bad, spec, strlen(spec));
	if (list)
		err = exclude_list(t, list, bad);
	lines_free(list);
	exclude_settle(&t->exclude);
	return err;
}

void targets_exclude_addr(struct targets *t, const struct addr *a)
{
	struct range one = range_of(a);

	exclude_add(&t->exclude, &one);
	exclude_settle(&t->exclude);
}

bool targets_excluded(const struct targets *t, const struct addr *a)
{
	return exclude_has(&t->exclude, a);
}

void targets_excluded_names(
	const struct targets *t, void (*each)(const char *name, void *user), void *user)
{
	for (size_t i = 0; i < t->exclude.name_count; i++)
		each(t->exclude.names[i], user);
}

/* Takes the next line of the list in hand. Returns 1 and t->line_spec, 0 at the list's end, or a
 * code. */
static int next_line(struct targets *t, struct item *item, struct strbuf *bad)
{
	int got = lines_next(item->list, &t->line);

	spec_release(&t->line_spec);
	if (got == 1 && is_list(t->line.text))
		got = ERR_SYNTAX; /* lists do not nest */
	if (got == 1) {
		int err = parse_target(t, t->line.text, t->line.len, &t->line_spec);

		got = err ? err : 1;
	}
	if (got < 0)
		quote_line(bad, item->list, &t->line);
	if (got == 1)
		count_spec(t, &t->line_spec);
	if (got == 0) {
		lines_free(item->list);
		item->list = NULL;
		t->unread_lists--;
		t->at++;
	}
	return got;
}

/* Returns 1 and the next specification, 0 when there is none, or the code of a bad line. */
static int next_spec(struct targets *t, const struct spec **out, struct strbuf *bad)
{
	while (t->at < t->count) {
		struct item *item = &t->items[t->at];
		int got = 1;

		*out = &item->spec;
		if (item->list) {
			got = next_line(t, item, bad);
			*out = &t->line_spec;
		} else {
			t->at++;
		}
		if (got == 0)
			continue;
		t->ordinal++;
		return got;
	}
	return 0;
}

static void begin_range(struct targets *t, const struct spec *s)
{
	uint64_t seed = rng_mix(t->options.seed ^ rng_mix(t->ordinal));

	walk_release(&t->walk);
	walk_begin(&t->walk, &s->range, &t->exclude, t->options.sequential, seed);
	t->range = s->host;
}

static bool next_of_range(struct targets *t, struct target *out)
{
	struct addr a;

	if (!t->range)
		return false;
	if (walk_next(&t->walk, &t->exclude, &a)) {
		*out = (struct target){.host = t->range, .addr = a};
		return true;
	}
	t->range = NULL;
	return false;
}

static bool left_out(const struct targets *t, const struct spec *s)
{
	if (s->kind == SPEC_NAME)
		return exclude_has_name(&t->exclude, s->host);
	return exclude_has(&t->exclude, &s->range.first);
}

int targets_next(struct targets *t, struct target *out, struct strbuf *bad)
{
	*out = (struct target){0};
	for (;;) {
		const struct spec *s;
		int got;

		if (next_of_range(t, out))
			return 1;
		got = next_spec(t, &s, bad);
		if (got != 1)
			return got;
		if (s->kind == SPEC_RANGE) {
			begin_range(t, s);
		} else if (!left_out(t, s)) {
			*out = (struct target){.host = s->host,
				.addr = s->range.first,
				.port = s->port,
				.scheme = s->scheme,
				.path = s->path};
			return 1;
		}
	}
}

u128 targets_count(const struct targets *t, bool *exact)
{
	*exact = t->unread_lists == 0;
	return t->in_sight;
}
