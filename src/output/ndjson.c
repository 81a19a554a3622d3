/* SPDX-License-Identifier: MIT */
#include "netprobe/output/ndjson.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	NESTING_MAX = 16, /* ours have four levels */
	NAME_MAX_BYTES = 64,
};

struct ndjson_record {
	struct json_object *object;
};

struct ndjson {
	int fd;
	struct json_tokener *tokener;
	struct ndjson_record record;
	struct strbuf line;
	uint64_t number, whole; /* lines; bytes of those that ended */
	bool cut, ended;
	size_t at, fill; /* bytes[at..fill) is unread */
	char bytes[65536];
};

static struct ndjson *opened(int fd)
{
	struct ndjson *n = mem_alloc(1, sizeof *n);

	n->fd = fd;
	n->tokener = json_tokener_new_ex(NESTING_MAX);
	if (!n->tokener) {
		ndjson_close(n);
		errno = ENOMEM;
		return NULL;
	}
	json_tokener_set_flags(n->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	strbuf_init(&n->line);
	return n;
}

struct ndjson *ndjson_open(const char *path)
{
	int fd =
		strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	/* a folder opens, and its first read(2) says what it is */
	if (fd >= 0 && read(fd, NULL, 0) < 0 && (errno == EISDIR || errno == EBADF)) {
		int err = errno;

		if (fd != STDIN_FILENO)
			close(fd);
		errno = err;
		return NULL;
	}
	return fd < 0 ? NULL : opened(fd);
}

void ndjson_close(struct ndjson *n)
{
	if (!n)
		return;
	if (n->fd != STDIN_FILENO)
		close(n->fd);
	json_object_put(n->record.object);
	if (n->tokener)
		json_tokener_free(n->tokener);
	strbuf_release(&n->line);
	free(n);
}

/* 1: bytes wait; 0: the end; -errno. */
static int fill(struct ndjson *n)
{
	ssize_t got;

	if (n->ended)
		return 0;
	if (n->at < n->fill)
		return 1;
	do
		got = read(n->fd, n->bytes, sizeof n->bytes);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	n->at = 0;
	n->fill = (size_t)got;
	return got > 0;
}

/* 1: a line; 0: the end; ERR_CUT, ERR_TOO_LONG; -errno. */
static int read_line(struct ndjson *n)
{
	int got;

	strbuf_reset(&n->line);
	while ((got = fill(n)) == 1) {
		size_t left = n->fill - n->at;
		char *end = memchr(n->bytes + n->at, '\n', left);
		size_t len = end ? (size_t)(end - (n->bytes + n->at)) : left;

		if (n->line.len + len > NDJSON_LINE_MAX) {
			n->ended = true;
			n->number++;
			return ERR_TOO_LONG;
		}
		strbuf_add(&n->line, n->bytes + n->at, len);
		n->at += end ? len + 1 : len;
		if (!end)
			continue;
		n->number++;
		n->whole += n->line.len + 1;
		return 1;
	}
	if (got < 0 || n->line.len == 0)
		return got;
	n->cut = true;
	n->number++;
	return ERR_CUT;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(" \t\r", text[i]))
			return false;
	return true;
}

static bool parse(struct ndjson *n)
{
	struct json_object *object;
	size_t used;

	json_tokener_reset(n->tokener);
	object = json_tokener_parse_ex(n->tokener, n->line.text, (int)n->line.len);
	used = json_tokener_get_parse_end(n->tokener);
	if (object && json_object_is_type(object, json_type_object) &&
		is_blank(n->line.text + used, n->line.len - used)) {
		n->record.object = object;
		return true;
	}
	json_object_put(object);
	return false;
}

int ndjson_next(struct ndjson *n, const struct ndjson_record **out)
{
	int got;

	json_object_put(n->record.object);
	n->record.object = NULL;
	*out = NULL;
	do
		got = read_line(n);
	while (got == 1 && is_blank(n->line.text, n->line.len));
	if (got == 1 && !parse(n))
		return ERR_SYNTAX;
	if (got == 1)
		*out = &n->record;
	return got;
}

uint64_t ndjson_line(const struct ndjson *n)
{
	return n->number;
}

const char *ndjson_raw(const struct ndjson *n, size_t *len)
{
	*len = n->line.len;
	return n->line.text;
}

bool ndjson_cut(const struct ndjson *n, uint64_t *offset)
{
	*offset = n->whole;
	return n->cut;
}

/* NULL: not there, or null. */
static struct json_object *find(const struct ndjson_record *r, const char *field)
{
	struct json_object *object = r->object;
	char name[NAME_MAX_BYTES];

	for (;;) {
		size_t len = strcspn(field, ".");

		if (len >= sizeof name || !json_object_is_type(object, json_type_object))
			return NULL;
		memcpy(name, field, len);
		name[len] = '\0';
		object = json_object_object_get(object, name);
		if (field[len] == '\0')
			return object;
		field += len + 1;
	}
}

static const char *text_of(struct json_object *object)
{
	const char *text;

	if (!json_object_is_type(object, json_type_string))
		return NULL;
	text = json_object_get_string(object);
	return strlen(text) == (size_t)json_object_get_string_len(object) ? text : NULL;
}

const char *ndjson_text(const struct ndjson_record *r, const char *field)
{
	return text_of(find(r, field));
}

bool ndjson_uint(const struct ndjson_record *r, const char *field, uint64_t *out)
{
	struct json_object *object = find(r, field);

	/* a negative number that the other call would make 0 of */
	if (!json_object_is_type(object, json_type_int) || json_object_get_int64(object) < 0)
		return false;
	*out = json_object_get_uint64(object);
	return true;
}

size_t ndjson_list(const struct ndjson_record *r, const char *field)
{
	struct json_object *list = find(r, field);

	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

const char *ndjson_item(const struct ndjson_record *r, const char *field, size_t i)
{
	return i < ndjson_list(r, field) ? text_of(json_object_array_get_idx(find(r, field), i))
					 : NULL;
}

bool ndjson_bool(const struct ndjson_record *r, const char *field, bool *out)
{
	struct json_object *object = find(r, field);

	if (!json_object_is_type(object, json_type_boolean))
		return false;
	*out = json_object_get_boolean(object);
	return true;
}

bool ndjson_nests(const struct ndjson_record *r, const char *field)
{
	return json_object_is_type(find(r, field), json_type_object);
}
