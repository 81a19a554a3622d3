/* SPDX-License-Identifier: MIT */
#include "facts_record.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

static void make_schema(struct facts_record *t, const char *protocol, const struct facts *f)
{
	static const enum field_kind kinds[] = {
		[FACT_TEXT] = FIELD_TEXT,
		[FACT_LIST] = FIELD_LIST,
		[FACT_NUMBER] = FIELD_UINT,
		[FACT_FLAG] = FIELD_BOOL,
	};
	size_t count = 0;

	if (protocol)
		t->fields[count++] = (struct field){.name = "protocol", .kind = FIELD_TEXT};
	for (size_t i = 0; f && i < f->count; i++)
		t->fields[count++] =
			(struct field){.name = f->defs[i].name, .kind = kinds[f->defs[i].kind]};
	t->schema = (struct schema){NULL, t->fields, count};
	record_init(&t->record, &t->schema);
}

/* Gives the list from `at` on; returns where the next one begins. */
static size_t set_list(struct facts_record *t, size_t field, const struct fact *fact, size_t at)
{
	for (size_t i = 0; i < fact->count; i++)
		t->items[at + i] = fact_item(fact, i, &t->lens[at + i]);
	record_list_bytes(&t->record, field, t->items + at, t->lens + at, fact->count);
	return at + fact->count;
}

static size_t set_fact(struct facts_record *t, size_t field, const struct fact *fact, size_t at)
{
	switch (t->fields[field].kind) {
	case FIELD_LIST:
		return set_list(t, field, fact, at);
	case FIELD_UINT:
		record_uint(&t->record, field, fact->number);
		break;
	case FIELD_BOOL:
		record_bool(&t->record, field, fact->number != 0);
		break;
	default:
		record_bytes(
			&t->record, field, fact->text.text ? fact->text.text : "", fact->text.len);
		break;
	}
	return at;
}

bool facts_record_begin(struct facts_record *t, const char *protocol, const struct facts *f)
{
	size_t items = 0, set = 0, at = 0, first = protocol ? 1 : 0;

	*t = (struct facts_record){0};
	for (size_t i = 0; f && i < f->count; i++) {
		const struct fact *fact = facts_get(f, i);

		set += fact != NULL;
		items += fact ? fact->count : 0;
	}
	if (set == 0 && !protocol)
		return false;
	t->items = mem_alloc(items + 1, sizeof *t->items);
	t->lens = mem_alloc(items + 1, sizeof *t->lens);
	make_schema(t, protocol, f);
	record_text(&t->record, 0, protocol);
	for (size_t i = 0; f && i < f->count; i++)
		if (facts_get(f, i))
			at = set_fact(t, first + i, facts_get(f, i), at);
	return true;
}

void facts_record_release(struct facts_record *t)
{
	free(t->items);
	free(t->lens);
}
