/* SPDX-License-Identifier: MIT */
#include "filter_parts.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/net/ports.h"

#include <net/if.h>
#include <string.h>

struct filter *filter_new(void)
{
	return mem_alloc(1, sizeof(struct filter));
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	while (f->made) {
		struct filter_node *n = f->made;

		f->made = n->before;
		filter_place_release(&n->place);
		free(n->path);
		free(n);
	}
	for (enum filter_side side = 0; side < FILTER_SIDES; side++) {
		for (size_t i = 0; i < f->places[side].count; i++)
			filter_place_release(&f->places[side].items[i]);
		free(f->places[side].items);
		free(f->ports[side]);
	}
	free(f->users);
	free(f);
}

int filter_add_host(struct filter *f, enum filter_side side, const char *text,
	enum filter_names names, struct strbuf *why)
{
	struct filter_place place;
	size_t count = f->places[side].count;
	int err = filter_place_host(f, text, names, &place, why);

	if (err)
		return err;
	err = filter_place_check(&place, side, why);
	if (err) {
		filter_place_release(&place);
		return err;
	}
	f->places[side].items = mem_resize(f->places[side].items, count + 1, sizeof place);
	f->places[side].items[count] = place;
	f->places[side].count++;
	return 0;
}

/* ---- ports */

/* A name is TCP's if TCP has it, else UDP's. */
static int parse_element(const char *text, struct ports **out, struct strbuf *bad)
{
	int err = ports_parse(text, IPPROTO_TCP, out, bad);

	if (err != ERR_SERVICE)
		return err;
	strbuf_reset(bad);
	return ports_parse(text, IPPROTO_UDP, out, bad);
}

static int read_ports(const char *text, uint64_t *bits, struct strbuf *bad)
{
	char *copy = mem_strdup(text), *rest = copy, *element;
	struct ports *p;
	int err = 0;

	while (!err && (element = strsep(&rest, ","))) {
		err = parse_element(element, &p, bad);
		if (err)
			break;
		for (uint32_t i = 0; i < ports_count(p); i++)
			bits[ports_at(p, i) / 64] |= UINT64_C(1) << ports_at(p, i) % 64;
		ports_free(p);
	}
	free(copy);
	return err;
}

enum { PORT_WORDS = (PORTS_MAX + 1) / 64 };

int filter_add_ports(struct filter *f, enum filter_side side, const char *text, struct strbuf *why)
{
	uint64_t *bits = mem_alloc(PORT_WORDS, sizeof *bits);
	struct strbuf bad = {0};
	int err;

	strbuf_init(&bad);
	err = read_ports(text, bits, &bad);
	if (err) {
		strbuf_printf(why, "%s%s%s", bad.text, bad.len ? ": " : "",
			bad.text[0] == ':' ? "ports stand here without a colon" : err_text(err));
		free(bits);
	} else if (f->ports[side]) {
		for (size_t i = 0; i < PORT_WORDS; i++)
			f->ports[side][i] |= bits[i];
		free(bits);
	} else {
		f->ports[side] = bits;
	}
	strbuf_release(&bad);
	return err;
}

/* ---- the rest */

bool filter_side_allows(const struct filter *f, enum filter_side side, bool is_unix)
{
	for (size_t i = 0; i < f->places[side].count; i++)
		if ((f->places[side].items[i].pattern != NULL) == is_unix)
			return !is_unix || !f->ports[side];
	return f->places[side].count == 0 && !(is_unix && f->ports[side]);
}

void filter_add_user(struct filter *f, uint32_t uid)
{
	f->users = mem_resize(f->users, f->user_count + 1, sizeof *f->users);
	f->users[f->user_count++] = uid;
}

void filter_add_states(struct filter *f, unsigned states)
{
	f->options_have_states = true;
	f->option_states |= states;
}

void filter_on_cgroup(
	struct filter *f, const char *(*path)(void *user, uint64_t cgroup), void *user)
{
	f->cgroup_path = path;
	f->cgroup_user = user;
}

void filter_on_interface(struct filter *f, filter_interface meaning, const void *user)
{
	f->interface = meaning;
	f->interface_user = user;
}

static const char *own_interface(const char *name, uint32_t *index)
{
	*index = strlen(name) < IF_NAMESIZE ? if_nametoindex(name) : 0;
	return *index ? NULL : err_text(ERR_ZONE);
}

const char *filter_find_interface(const struct filter *f, const char *text, uint32_t *index)
{
	const char *why = f->interface ? f->interface(f->interface_user, text, index)
				       : own_interface(text, index);
	uint64_t number;

	if (!why || parse_uint(text, 0, INT32_MAX, &number) != 0)
		return why;
	*index = (uint32_t)number;
	return NULL;
}

unsigned filter_states(const struct filter *f, bool *given)
{
	unsigned states = SOCKET_ALL_STATES;

	if (f->text_has_states)
		states &= f->text_states;
	if (f->options_have_states)
		states &= f->option_states;
	*given = f->text_has_states || f->options_have_states;
	return states;
}
