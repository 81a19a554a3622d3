/* SPDX-License-Identifier: MIT */
#include "sockets_sort.h"

#include "sockets_owner.h"
#include "sockets_words.h"

#include "netprobe/base/err.h"

#include <stdlib.h>
#include <string.h>

const char *const sort_key_names[] = {
	[SORT_PROTO] = "proto",
	[SORT_STATE] = "state",
	[SORT_LOCAL] = "local",
	[SORT_PEER] = "peer",
	[SORT_PORT] = "port",
	[SORT_RECV_Q] = "recv-q",
	[SORT_SEND_Q] = "send-q",
	[SORT_USER] = "user",
	[SORT_PROCESS] = "process",
	[SORT_UNIT] = "unit",
	[SORT_INODE] = "inode",
	[SORT_RTT] = "rtt",
	[SORT_KEYS] = NULL,
};

static int key_named(const char *text, size_t len)
{
	for (int key = 0; key < SORT_KEYS; key++)
		if (strlen(sort_key_names[key]) == len &&
			memcmp(sort_key_names[key], text, len) == 0)
			return key;
	return -1;
}

int sort_keys_parse(const char *text, struct sort_keys *out, struct strbuf *bad)
{
	*out = (struct sort_keys){0};
	for (;;) {
		size_t len = strcspn(text, ",");
		bool descending = *text == '-';
		int key = key_named(text + descending, len - descending);

		if (key < 0) {
			strbuf_add(bad, text, len);
			return len ? ERR_NAME : ERR_EMPTY;
		}
		if (out->count == SORT_KEYS)
			return ERR_TOO_LONG;
		out->keys[out->count].key = (enum sort_key)key;
		out->keys[out->count++].descending = descending;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

bool sort_needs(const struct sort_keys *keys, enum sort_key key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->keys[i].key == key)
			return true;
	return false;
}

/* ---- comparing */

struct sorting {
	const struct sort_keys *keys;
	struct ownership *ownership;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_ends(const struct addr *a, const struct addr *b)
{
	int order = addr_compare(a, b);

	return order ? order : compare_numbers(a->port, b->port);
}

/* Names of both; what has none is last either way round. The first is copied: the second may take
 * its place. */
static int compare_names(const struct sorting *s, const struct socket_entry *a,
	const struct socket_entry *b,
	const char *(*name)(struct ownership *w, const struct socket_entry *e), bool descending)
{
	const char *first = name(s->ownership, a), *second;
	struct strbuf kept = {0};
	int order;

	if (first)
		strbuf_puts(&kept, first);
	second = name(s->ownership, b);
	if (first && second)
		order = descending ? strcmp(second, kept.text) : strcmp(kept.text, second);
	else
		order = (first == NULL) - (second == NULL);
	strbuf_release(&kept);
	return order;
}

/* Those without a name behind those with one, by their numbers; of nobody last. */
static int compare_users(const struct sorting *s, const struct socket_entry *a,
	const struct socket_entry *b, bool descending)
{
	int order = !socket_knows_uid(a) - !socket_knows_uid(b);

	order = order ? order : compare_names(s, a, b, ownership_user, descending);
	if (order || !socket_knows_uid(a))
		return order;
	order = compare_numbers(a->uid, b->uid);
	return descending ? -order : order;
}

static const char *process_name(struct ownership *w, const struct socket_entry *e)
{
	return ownership_name(w, e);
}

static uint64_t number_of(const struct socket_entry *e, enum sort_key key)
{
	switch (key) {
	case SORT_PROTO:
		return (uint64_t)e->proto << 8 | e->family;
	case SORT_STATE:
		return e->state;
	case SORT_PORT:
		return e->local.port;
	case SORT_RECV_Q:
		return e->recv_q;
	case SORT_SEND_Q:
		return e->send_q;
	case SORT_INODE:
		return e->inode;
	case SORT_RTT:
		return e->tcp ? (uint64_t)e->tcp->rtt : 0;
	default:
		return 0;
	}
}

/* Of what is no name. */
static bool has_value(const struct socket_entry *e, enum sort_key key)
{
	switch (key) {
	case SORT_LOCAL:
	case SORT_PORT:
		return e->family != 0;
	case SORT_PEER:
		return e->family != 0 && !socket_is_unconnected(&e->peer);
	case SORT_RECV_Q:
		return !e->hides_queues;
	case SORT_SEND_Q:
		return socket_knows_send_q(e);
	case SORT_INODE:
		return e->inode != 0;
	case SORT_RTT:
		return e->tcp != NULL;
	default:
		return true;
	}
}

static int compare_values(const struct socket_entry *a, const struct socket_entry *b,
	enum sort_key key, bool descending)
{
	int order = has_value(b, key) - has_value(a, key);

	if (order || !has_value(a, key))
		return order;
	if (key == SORT_LOCAL)
		order = compare_ends(&a->local, &b->local);
	else if (key == SORT_PEER)
		order = compare_ends(&a->peer, &b->peer);
	else
		order = compare_numbers(number_of(a, key), number_of(b, key));
	return descending ? -order : order;
}

static int compare_by(const struct sorting *s, const struct socket_entry *a,
	const struct socket_entry *b, enum sort_key key, bool descending)
{
	switch (key) {
	case SORT_USER:
		return compare_users(s, a, b, descending);
	case SORT_PROCESS:
		return compare_names(s, a, b, process_name, descending);
	case SORT_UNIT:
		return compare_names(s, a, b, ownership_unit, descending);
	default:
		return compare_values(a, b, key, descending);
	}
}

static int compare(const void *left, const void *right, void *user)
{
	const struct socket_entry *a = left, *b = right;
	const struct sorting *s = user;
	int order = 0;

	for (size_t i = 0; i < s->keys->count && order == 0; i++)
		order = compare_by(s, a, b, s->keys->keys[i].key, s->keys->keys[i].descending);
	if (order == 0)
		order = compare_numbers(a->netns, b->netns);
	return order ? order : socket_compare(a, b);
}

void sort_sockets(
	struct socket_list *list, const struct sort_keys *keys, struct ownership *ownership)
{
	struct sorting s = {keys, ownership};

	if (keys->count > 0 && list->count > 1)
		qsort_r(list->entries, list->count, sizeof *list->entries, compare, &s);
}
