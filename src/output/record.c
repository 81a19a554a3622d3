/* SPDX-License-Identifier: MIT */
#include "netprobe/output/record.h"

#include <assert.h>
#include <string.h>

void record_init(struct record *r, const struct schema *schema)
{
	assert(schema->count <= RECORD_FIELDS_MAX);
	r->schema = schema;
	for (size_t i = 0; i < schema->count; i++)
		r->values[i].set = false;
}

static struct value *set(struct record *r, size_t field, enum field_kind kind)
{
	assert(field < r->schema->count && r->schema->fields[field].kind == kind);
	r->values[field].set = true;
	return &r->values[field];
}

void record_text(struct record *r, size_t field, const char *text)
{
	if (text)
		record_bytes(r, field, text, strlen(text));
}

void record_bytes(struct record *r, size_t field, const void *bytes, size_t len)
{
	struct value *v = set(r, field, FIELD_TEXT);

	v->text.bytes = bytes;
	v->text.len = len;
	v->text.escaped = false;
}

void record_escaped(struct record *r, size_t field, const char *text, size_t len)
{
	record_bytes(r, field, text, len);
	r->values[field].text.escaped = true;
}

void record_uint(struct record *r, size_t field, uint64_t value)
{
	set(r, field, FIELD_UINT)->uint = value;
}

void record_real(struct record *r, size_t field, double value)
{
	set(r, field, FIELD_REAL)->real = value;
}

void record_ns(struct record *r, size_t field, nsec_t value)
{
	enum field_kind kind = r->schema->fields[field].kind;

	set(r, field, kind == FIELD_TIME ? FIELD_TIME : FIELD_MS)->ns = value;
}

void record_bool(struct record *r, size_t field, bool value)
{
	set(r, field, FIELD_BOOL)->flag = value;
}

void record_record(struct record *r, size_t field, const struct record *sub)
{
	set(r, field, FIELD_RECORD)->record = sub;
}

void record_records(struct record *r, size_t field, const struct record *items, size_t count)
{
	struct value *v = set(r, field, FIELD_RECORDS);

	v->records.items = items;
	v->records.count = count;
}

void record_uints(struct record *r, size_t field, const uint64_t *items, size_t count)
{
	struct value *v = set(r, field, FIELD_UINTS);

	v->uints.items = items;
	v->uints.count = count;
}

void record_list(struct record *r, size_t field, const char *const *items, size_t count)
{
	record_list_bytes(r, field, items, NULL, count);
}

void record_list_bytes(
	struct record *r, size_t field, const char *const *items, const size_t *lens, size_t count)
{
	struct value *v = set(r, field, FIELD_LIST);

	v->list.items = items;
	v->list.lens = lens;
	v->list.count = count;
}

void record_counts(struct record *r, size_t field, const struct count *items, size_t count)
{
	struct value *v = set(r, field, FIELD_COUNTS);

	v->counts.items = items;
	v->counts.count = count;
}
