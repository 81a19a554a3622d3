/* SPDX-License-Identifier: MIT */
#include "format.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "number.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>

struct json {
	struct sink *sink;
	struct strbuf scratch;
	/* records with different fields come in turns */
	struct kept {
		struct json_object *object; /* NULL: none */
		const struct schema *schema;
	} kept[4];
};

const char *output_library_version(void)
{
	static char text[32];

	snprintf(text, sizeof text, "json-c %s", json_c_version());
	return text;
}

/* To json-c a missing object is null, which would pass for a value that is not known. */
static struct json_object *checked(struct json *j, struct json_object *object)
{
	if (!object)
		sink_fail(j->sink, -ENOMEM);
	return object;
}

static struct json_object *from_bytes(struct json *j, const char *bytes, size_t len, bool escaped)
{
	if (len > 0 && (escaped || text_plain(bytes, len) == len))
		return checked(j, json_object_new_string_len(bytes, (int)len));
	strbuf_reset(&j->scratch);
	text_escape(&j->scratch, bytes, len);
	return checked(j, json_object_new_string_len(j->scratch.text, (int)j->scratch.len));
}

/* Of json-c's own way half the time goes to printf(3). */
static int put_uint(struct json_object *object, struct printbuf *out, int level, int flags)
{
	char text[NUMBER_MAX];

	(void)level;
	(void)flags;
	return printbuf_memappend(
		out, text, (int)number_uint(json_object_get_uint64(object), text));
}

static struct json_object *from_uint(struct json *j, uint64_t value)
{
	struct json_object *object = checked(j, json_object_new_uint64(value));

	if (object)
		json_object_set_serializer(object, put_uint, NULL, NULL);
	return object;
}

static int put_ms(struct json_object *object, struct printbuf *out, int level, int flags)
{
	char text[NUMBER_MAX];
	size_t len = number_ms(json_object_get_int64(object), text);

	(void)level;
	(void)flags;
	return printbuf_memappend(out, text, (int)number_trim(text, len));
}

static int put_time(struct json_object *object, struct printbuf *out, int level, int flags)
{
	char text[CLOCK_RFC3339_MAX + 2];

	(void)level;
	(void)flags;
	text[0] = '"';
	clock_rfc3339(json_object_get_int64(object), text + 1);
	text[CLOCK_RFC3339_MAX] = '"';
	return printbuf_memappend(out, text, CLOCK_RFC3339_MAX + 1);
}

/* Times stay numbers until they are written, and can be changed in place. */
static struct json_object *from_ns(struct json *j, nsec_t ns, json_object_to_json_string_fn *put)
{
	struct json_object *object = checked(j, json_object_new_int64(ns));

	if (object)
		json_object_set_serializer(object, put, NULL, NULL);
	return object;
}

static struct json_object *from_real(struct json *j, double real)
{
	char text[NUMBER_MAX];

	if (!isfinite(real))
		return NULL;
	number_real(real, text);
	return checked(j, json_object_new_double_s(real, text));
}

static struct json_object *from_list(struct json *j, const struct value *v)
{
	struct json_object *list = checked(j, json_object_new_array_ext((int)v->list.count));

	for (size_t i = 0; list && i < v->list.count; i++) {
		const char *item = v->list.items[i];
		size_t len = v->list.lens ? v->list.lens[i] : strlen(item);

		if (json_object_array_add(list, from_bytes(j, item, len, false)) < 0)
			sink_fail(j->sink, -ENOMEM);
	}
	return list;
}

/* Names of schemas are constants and differ, so json-c need not copy or look for them. */
static void add(struct json *j, struct json_object *to, const char *name, struct json_object *value)
{
	const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;

	if (json_object_object_add_ex(to, name, value, flags) < 0)
		sink_fail(j->sink, -ENOMEM);
}

static struct json_object *from_counts(struct json *j, const struct count *items, size_t count)
{
	struct json_object *object = checked(j, json_object_new_object());

	for (size_t i = 0; object && i < count; i++)
		if (json_object_object_add(object, items[i].name, from_uint(j, items[i].value)) < 0)
			sink_fail(j->sink, -ENOMEM);
	return object;
}

static struct json_object *from_uints(struct json *j, const struct value *v)
{
	struct json_object *list = checked(j, json_object_new_array_ext((int)v->uints.count));

	for (size_t i = 0; list && i < v->uints.count; i++)
		if (json_object_array_add(list, from_uint(j, v->uints.items[i])) < 0)
			sink_fail(j->sink, -ENOMEM);
	return list;
}

static struct json_object *from_record(struct json *j, const struct record *r);

static struct json_object *from_records(struct json *j, const struct record *items, size_t count)
{
	struct json_object *list = checked(j, json_object_new_array_ext((int)count));

	for (size_t i = 0; list && i < count; i++)
		if (json_object_array_add(list, from_record(j, &items[i])) < 0)
			sink_fail(j->sink, -ENOMEM);
	return list;
}

static struct json_object *from_value(struct json *j, enum field_kind kind, const struct value *v)
{
	switch (kind) {
	case FIELD_TEXT:
		return from_bytes(j, v->text.bytes, v->text.len, v->text.escaped);
	case FIELD_UINT:
		return from_uint(j, v->uint);
	case FIELD_REAL:
		return from_real(j, v->real);
	case FIELD_MS:
		return from_ns(j, v->ns, put_ms);
	case FIELD_BOOL:
		return checked(j, json_object_new_boolean(v->flag));
	case FIELD_TIME:
		return from_ns(j, v->ns, put_time);
	case FIELD_RECORD:
		return v->record ? from_record(j, v->record) : NULL;
	case FIELD_RECORDS:
		return from_records(j, v->records.items, v->records.count);
	case FIELD_LIST:
		return from_list(j, v);
	case FIELD_UINTS:
		return from_uints(j, v);
	case FIELD_COUNTS:
		return from_counts(j, v->counts.items, v->counts.count);
	}
	return NULL;
}

static bool is_there(const struct record *r, size_t field)
{
	return r->values[field].set || !r->schema->fields[field].optional;
}

/* Which fields are there, in the form of json-c's userdata. */
static void *presence(const struct record *r)
{
	uintptr_t fields = 0;

	for (size_t i = 0; i < r->schema->count; i++)
		fields |= (uintptr_t)is_there(r, i) << i;
	return (void *)fields;
}

static struct json_object *from_record(struct json *j, const struct record *r)
{
	struct json_object *object = checked(j, json_object_new_object());

	if (!object)
		return NULL;
	json_object_set_userdata(object, presence(r), NULL);
	if (r->schema->type)
		add(j, object, "type", checked(j, json_object_new_string(r->schema->type)));
	for (size_t i = 0; i < r->schema->count; i++) {
		const struct value *v = &r->values[i];
		enum field_kind kind = r->schema->fields[i].kind;

		if (is_there(r, i))
			add(j, object, r->schema->fields[i].name,
				v->set ? from_value(j, kind, v) : NULL);
	}
	return object;
}

static bool becomes_record(struct json *j, struct json_object *old, const struct record *r);

static bool becomes_uints(struct json_object *old, const struct value *v)
{
	if (json_object_array_length(old) != v->uints.count)
		return false;
	for (size_t i = 0; i < v->uints.count; i++)
		if (!json_object_set_uint64(json_object_array_get_idx(old, i), v->uints.items[i]))
			return false;
	return true;
}

/* Whether what stands in a field could take the new value. */
static bool becomes(
	struct json *j, struct json_object *old, const struct field *f, const struct value *v)
{
	if (!old || !v->set)
		return !old && !v->set;
	switch (f->kind) {
	case FIELD_UINT:
		return json_object_set_uint64(old, v->uint);
	case FIELD_TEXT:
		return v->text.len > 0 &&
		       (v->text.escaped || text_plain(v->text.bytes, v->text.len) == v->text.len) &&
		       json_object_set_string_len(old, v->text.bytes, (int)v->text.len);
	case FIELD_MS:
	case FIELD_TIME:
		return json_object_set_int64(old, v->ns);
	case FIELD_UINTS:
		return becomes_uints(old, v);
	case FIELD_BOOL:
		return json_object_set_boolean(old, v->flag);
	case FIELD_RECORD:
		return v->record && v->record->schema == f->sub &&
		       becomes_record(j, old, v->record);
	default:
		return false;
	}
}

/* Records of a schema mostly have the same fields: to change an object is half the work of a new
 * one. */
static bool becomes_record(struct json *j, struct json_object *old, const struct record *r)
{
	/* in the order in which they were added, which is that of the fields */
	const struct lh_entry *entry;

	if (json_object_get_userdata(old) != presence(r))
		return false;
	entry = lh_table_head(json_object_get_object(old));
	if (r->schema->type)
		entry = lh_entry_next(entry);
	for (size_t i = 0; i < r->schema->count; i++) {
		const struct field *f = &r->schema->fields[i];
		const struct value *v = &r->values[i];

		if (!is_there(r, i))
			continue;
		if (!becomes(j, lh_entry_v(entry), f, v) &&
			json_object_object_add(
				old, f->name, v->set ? from_value(j, f->kind, v) : NULL) < 0)
			sink_fail(j->sink, -ENOMEM);
		entry = lh_entry_next(entry);
	}
	return true;
}

/* The one that was used last stands first. */
static struct json_object *keep_first(struct json *j, size_t at, struct json_object *object)
{
	struct kept kept = {object, j->kept[at].schema};

	for (; at > 0; at--)
		j->kept[at] = j->kept[at - 1];
	j->kept[0] = kept;
	return object;
}

static struct json_object *whole(struct json *j, const struct record *r)
{
	size_t last = ARRAY_SIZE(j->kept) - 1;

	for (size_t i = 0; i <= last; i++) {
		struct kept *k = &j->kept[i];

		if (k->object && k->schema == r->schema && becomes_record(j, k->object, r))
			return keep_first(j, i, k->object);
	}
	json_object_put(j->kept[last].object);
	j->kept[last].schema = r->schema;
	return keep_first(j, last, from_record(j, r));
}

static void json_record(void *state, const struct record *r, enum row_color color)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json *j = state;
	struct json_object *object = whole(j, r);
	const char *text;
	size_t len;

	(void)color;
	text = object ? json_object_to_json_string_length(object, flags, &len) : NULL;
	if (text)
		sink_line(j->sink, text, len);
	else
		sink_fail(j->sink, -ENOMEM);
}

static void *json_open(struct sink *sink, bool color)
{
	struct json *j = mem_alloc(1, sizeof *j);

	(void)color;
	j->sink = sink;
	return j;
}

static void json_no_text(void *state, const char *text, size_t len)
{
	(void)state;
	(void)text;
	(void)len;
}

static void json_flush(void *state)
{
	(void)state;
}

static void json_close(void *state)
{
	struct json *j = state;

	strbuf_release(&j->scratch);
	for (size_t i = 0; i < ARRAY_SIZE(j->kept); i++)
		json_object_put(j->kept[i].object);
	free(j);
}

const struct format format_json = {
	.open = json_open,
	.heading = json_no_text,
	.record = json_record,
	.line = json_no_text,
	.flush = json_flush,
	.close = json_close,
};
