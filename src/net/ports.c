/* SPDX-License-Identifier: MIT */
#include "netprobe/net/ports.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/net/services.h"

#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_BYTES                                                                                 \
	LETTERS DIGITS "-_.+/*" /* RFC 6335 has only the dash, older registrations more */
#define TOP_PREFIX "top:"

enum { WORD_BITS = 64, WORDS = (PORTS_MAX + 1) / WORD_BITS, LIST_FIRST = 16 };

struct ports {
	uint32_t count;
	uint32_t cap;
	uint16_t *list; /* in the order of naming */
	uint64_t
		*has; /* the same as a bitmap; NULL: not worth its room, the list is gone through */
};

static bool is_listed(const struct ports *p, uint16_t port)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (p->list[i] == port)
			return true;
	return false;
}

bool ports_has(const struct ports *p, uint16_t port)
{
	return p->has ? p->has[port / WORD_BITS] >> (port % WORD_BITS) & 1 : is_listed(p, port);
}

static void append(struct ports *p, uint16_t port)
{
	if (p->count == p->cap) {
		p->cap = p->cap ? p->cap * 2 : LIST_FIRST;
		p->list = mem_resize(p->list, p->cap, sizeof *p->list);
	}
	p->list[p->count++] = port;
}

static void add(struct ports *p, uint16_t port)
{
	if (ports_has(p, port))
		return;
	append(p, port);
	p->has[port / WORD_BITS] |= UINT64_C(1) << (port % WORD_BITS);
}

static void trim(struct ports *p)
{
	p->list = mem_resize(p->list, p->count, sizeof *p->list);
	p->cap = p->count;
}

static int parse_port(const char *text, size_t len, uint32_t *out)
{
	uint64_t port;
	int err = parse_uint_n(text, len, 1, PORTS_MAX, &port);

	if (err)
		return err == ERR_RANGE ? ERR_PORT : ERR_SYNTAX;
	*out = (uint32_t)port;
	return 0;
}

/* "80", "80-90", "-90", "80-" and "-". */
static int add_range(struct ports *p, const char *text)
{
	size_t left = strcspn(text, "-");
	const char *right = text + left + 1;
	uint32_t first = 1, last = PORTS_MAX;
	int err = 0;

	if (left > 0)
		err = parse_port(text, left, &first);
	if (!err && text[left] == '\0')
		last = first;
	else if (!err && *right != '\0')
		err = parse_port(right, strlen(right), &last);
	if (err)
		return err;
	if (last < first)
		return ERR_REVERSED;
	for (uint32_t port = first; port <= last; port++)
		add(p, (uint16_t)port);
	return 0;
}

static int add_top(struct ports *p, const char *count_text, int proto)
{
	uint64_t count;
	int err = parse_uint(count_text, 1, PORTS_MAX, &count);

	if (err)
		return err == ERR_RANGE ? ERR_RANGE : ERR_SYNTAX;
	for (uint32_t rank = 0; rank < count; rank++)
		add(p, service_top(rank, proto));
	return 0;
}

static int add_service(struct ports *p, const char *name, int proto)
{
	uint16_t port;

	if (name[strspn(name, NAME_BYTES)] != '\0')
		return ERR_SYNTAX;
	port = service_port(name, proto);
	if (port == 0)
		return ERR_SERVICE;
	add(p, port);
	return 0;
}

static int add_element(struct ports *p, const char *text, int proto)
{
	if (*text == '\0')
		return ERR_EMPTY;
	if (strncmp(text, TOP_PREFIX, strlen(TOP_PREFIX)) == 0)
		return add_top(p, text + strlen(TOP_PREFIX), proto);
	if (strpbrk(text, LETTERS))
		return add_service(p, text, proto);
	return add_range(p, text);
}

int ports_parse(const char *text, int proto, struct ports **out, struct strbuf *bad)
{
	struct ports *p = mem_alloc(1, sizeof *p);
	char *copy = mem_strdup(text), *rest = copy, *element;
	int err = 0;

	*out = NULL;
	p->has = mem_alloc(WORDS, sizeof *p->has);
	while (!err && (element = strsep(&rest, ","))) {
		err = add_element(p, element, proto);
		if (err && bad)
			strbuf_puts(bad, element);
	}
	free(copy);
	if (err) {
		ports_free(p);
		return err;
	}
	trim(p);
	*out = p;
	return 0;
}

struct ports *ports_of(const uint16_t *list, uint32_t count)
{
	struct ports *p = mem_alloc(1, sizeof *p);

	for (uint32_t i = 0; i < count; i++)
		append(p, list[i]);
	trim(p);
	return p;
}

struct ports *ports_single(uint16_t port)
{
	return ports_of(&port, 1);
}

struct ports *ports_filter(
	const struct ports *p, bool (*keep)(uint16_t port, void *user), void *user)
{
	struct ports *kept = mem_alloc(1, sizeof *kept);

	for (uint32_t i = 0; i < p->count; i++)
		if (keep(p->list[i], user))
			append(kept, p->list[i]);
	if (kept->count == 0) {
		ports_free(kept);
		return NULL;
	}
	trim(kept);
	return kept;
}

void ports_remove(struct ports *p, const struct ports *gone)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->count; i++)
		if (!ports_has(gone, p->list[i]))
			p->list[kept++] = p->list[i];
	p->count = kept;
	for (uint32_t i = 0; p->has && i < gone->count; i++)
		p->has[gone->list[i] / WORD_BITS] &= ~(UINT64_C(1) << (gone->list[i] % WORD_BITS));
}

void ports_free(struct ports *p)
{
	if (!p)
		return;
	free(p->list);
	free(p->has);
	free(p);
}

uint32_t ports_count(const struct ports *p)
{
	return p->count;
}

uint16_t ports_at(const struct ports *p, uint32_t index)
{
	return p->list[index];
}
