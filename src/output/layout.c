/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include "netprobe/base/text.h"

static bool shows(const struct layout *l, size_t column)
{
	return l->shown & 1U << column;
}

static size_t line_width(const struct layout *l)
{
	size_t line = 0;

	for (size_t i = 0; i < l->schema->count; i++)
		if (shows(l, i))
			line += l->width[i] + (line > 0 ? LAYOUT_GAP : 0);
	return line;
}

static void let_all_be(struct layout *l)
{
	for (size_t i = 0; i < l->schema->count; i++) {
		size_t least = l->schema->fields[i].least;

		l->width[i] = l->widest[i] < least ? least : l->widest[i];
		l->cut[i] = SIZE_MAX;
	}
}

/* What was set aside for later cells goes before anything that is there. Gives what is still too
 * much. */
static size_t take_back(struct layout *l, size_t over)
{
	for (size_t i = 0; i < l->schema->count; i++) {
		size_t aside = shows(l, i) ? l->width[i] - l->widest[i] : 0;

		aside = aside < over ? aside : over;
		l->width[i] -= aside;
		over -= aside;
	}
	return over;
}

static size_t too_much(const struct layout *l, size_t columns)
{
	size_t line = line_width(l);

	return line > columns ? line - columns : 0;
}

/* Only the last column of words gives way. */
static void fit_words(struct layout *l, size_t columns)
{
	size_t words = SIZE_MAX, others;

	for (size_t i = 0; i < l->schema->count; i++)
		if (shows(l, i) && l->schema->fields[i].kind == FIELD_TEXT &&
			!l->schema->fields[i].right)
			words = i;
	if (words == SIZE_MAX)
		return;
	take_back(l, too_much(l, columns));
	others = line_width(l) - l->width[words];
	if (columns < others + LAYOUT_LEAST)
		return;
	l->cut[words] = columns - others;
	/* for good: under a later head line another column may be the last */
	if (l->width[words] > l->cut[words])
		l->widest[words] = l->width[words] = l->cut[words];
}

/* What a column can still lose. */
static size_t to_lose(const struct layout *l, size_t column, unsigned give, bool last)
{
	const struct field *f = &l->schema->fields[column];
	size_t keep = f->keep ? f->keep : LAYOUT_LEAST, least;

	if (!shows(l, column) || f->give != give)
		return 0;
	least = text_width(f->title);
	if (f->keep == KEEP_WHOLE)
		return 0;
	if (!last && keep < f->keep_while)
		keep = f->keep_while;
	if (least < keep)
		least = keep;
	return l->width[column] > least ? l->width[column] - least : 0;
}

/* Columns of the same give lose the same, as far as they can. Gives what is still too much. */
static size_t squeeze(struct layout *l, unsigned give, bool last, size_t over)
{
	for (;;) {
		size_t able = 0, share;

		for (size_t i = 0; i < l->schema->count; i++)
			able += to_lose(l, i, give, last) > 0;
		if (over == 0 || able == 0)
			return over;
		share = (over + able - 1) / able;
		for (size_t i = 0; i < l->schema->count; i++) {
			size_t loss = to_lose(l, i, give, last);

			loss = loss < share ? loss : share;
			loss = loss < over ? loss : over;
			l->width[i] -= loss;
			over -= loss;
		}
	}
}

/* `last`: there is no column that could be left out instead. */
static bool give_way(struct layout *l, size_t columns, bool last)
{
	size_t over;

	let_all_be(l);
	over = take_back(l, too_much(l, columns));
	for (unsigned give = GIVE_AWAY; give > 0 && over > 0; give--)
		over = squeeze(l, give, last, over);
	return over == 0;
}

static bool leave_one_out(struct layout *l)
{
	unsigned most = GIVE_AWAY_LAST - 1;
	size_t first = 0;

	for (size_t i = l->schema->count; i-- > 0;)
		if (shows(l, i) && l->schema->fields[i].give > most && l->shown != 1U << i) {
			most = l->schema->fields[i].give;
			first = i;
		}
	if (most < GIVE_AWAY_LAST)
		return false;
	l->shown &= ~(1U << first);
	return true;
}

static bool gives(const struct layout *l)
{
	for (size_t i = 0; i < l->schema->count; i++)
		if (shows(l, i) && l->schema->fields[i].give > 0)
			return true;
	return false;
}

/* Rows that come later under the same head line may take what is to spare. */
static void spare(struct layout *l, size_t columns)
{
	size_t left = columns - line_width(l);

	for (size_t i = 0; i < l->schema->count; i++)
		if (l->schema->fields[i].give > 0)
			l->cut[i] = l->width[i] + left;
}

void layout_fit(struct layout *l, unsigned columns)
{
	bool last = false;

	let_all_be(l);
	if (columns == 0)
		return;
	while (gives(l) && !give_way(l, columns, last)) {
		bool less = leave_one_out(l);

		let_all_be(l);
		if (!less && last)
			return;
		last = !less;
	}
	if (gives(l))
		spare(l, columns);
	else
		fit_words(l, columns);
}
