/* SPDX-License-Identifier: MIT */
#include "netprobe/net/services.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum { FIRST_REGISTERED = 1024, FIRST_DYNAMIC = 49152, ENTRIES_FIRST = 256 };

struct entry {
	uint16_t port;
	bool udp;
	bool alias;
	uint32_t name; /* offset in table.names; later entries have the greater one */
};

struct table {
	bool read;
	struct entry *entries; /* sorted by entry_compare() */
	size_t count;
	size_t cap;
	struct strbuf names; /* terminated one by one */
};

enum port_class service_class(uint16_t port)
{
	if (port < FIRST_REGISTERED)
		return PORT_WELL_KNOWN;
	return port < FIRST_DYNAMIC ? PORT_REGISTERED : PORT_DYNAMIC;
}

const char *service_class_text(enum port_class class)
{
	static const char *const texts[] = {
		[PORT_WELL_KNOWN] = "well-known",
		[PORT_REGISTERED] = "registered",
		[PORT_DYNAMIC] = "dynamic",
	};

	return texts[class];
}

/* A name is put on terminals and into records: what holds blanks, controls or bytes beyond ASCII is
 * none. */
static bool is_plain(const char *name)
{
	if (*name == '\0')
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static void add(struct table *t, struct entry entry, const char *name)
{
	if (!is_plain(name))
		return;
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : ENTRIES_FIRST;
		t->entries = mem_resize(t->entries, t->cap, sizeof *t->entries);
	}
	entry.name = (uint32_t)t->names.len;
	strbuf_add(&t->names, name, strlen(name) + 1);
	t->entries[t->count++] = entry;
}

static void add_servent(struct table *t, const struct servent *s)
{
	struct entry entry = {.port = ntohs((uint16_t)s->s_port)};

	entry.udp = strcmp(s->s_proto, "udp") == 0;
	if (entry.port == 0 || (!entry.udp && strcmp(s->s_proto, "tcp") != 0))
		return;
	add(t, entry, s->s_name);
	entry.alias = true;
	for (char **alias = s->s_aliases; *alias; alias++)
		add(t, entry, *alias);
}

/* Official names before aliases; of several official names the one that was read first leads. */
static int entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->udp != b->udp)
		return a->udp - b->udp;
	if (a->port != b->port)
		return a->port - b->port;
	if (a->alias != b->alias)
		return a->alias - b->alias;
	return a->name < b->name ? -1 : a->name > b->name;
}

static const struct table *table(void)
{
	static struct table services;

	if (services.read)
		return &services;
	setservent(1);
	for (struct servent *s; (s = getservent());)
		add_servent(&services, s);
	endservent();
	if (services.count)
		qsort(services.entries, services.count, sizeof *services.entries, entry_compare);
	services.read = true;
	return &services;
}

const char *service_name(uint16_t port, int proto)
{
	const struct table *t = table();
	const struct entry wanted = {.port = port, .udp = proto == IPPROTO_UDP};
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_compare(&t->entries[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->count || t->entries[low].port != port || t->entries[low].alias ||
		t->entries[low].udp != wanted.udp)
		return NULL;
	return t->names.text + t->entries[low].name;
}

/* RFC 6335, section 5.1: case does not matter. Of several entries the one that was read first
 * counts. */
uint16_t service_port(const char *name, int proto)
{
	const struct table *t = table();
	const struct entry *found = NULL;
	bool udp = proto == IPPROTO_UDP;

	for (const struct entry *e = t->entries; e < t->entries + t->count; e++)
		if (e->udp == udp && (!found || e->name < found->name) &&
			strcasecmp(t->names.text + e->name, name) == 0)
			found = e;
	return found ? found->port : 0;
}
