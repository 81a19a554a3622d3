/* SPDX-License-Identifier: MIT */
#include "sockets_watch.h"

#include "sockets_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/output/graph.h"
#include "netprobe/procfs/changes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	HISTORY = 512, /* looks that a sparkline can show */
	NAME_COLUMNS = 12,
	COUNT_COLUMNS = 8,
};

struct watching {
	struct output *out;
	struct socket_writer *writer;
	struct socket_list before;
	struct socket_list *now; /* while it is compared with the one before */
	uint64_t looks, told;
	nsec_t at;
	size_t history;
	uint64_t counts[SOCKET_STATES][HISTORY];
	unsigned seen; /* SOCKET_BIT()s of states that ever were */
};

struct watching *watching_new(struct output *out, struct socket_writer *writer)
{
	struct watching *w = mem_alloc(1, sizeof *w);

	w->out = out;
	w->writer = writer;
	return w;
}

void watching_free(struct watching *w)
{
	if (!w)
		return;
	socket_list_release(&w->before);
	free(w);
}

/* ---- counts as a picture */

static void count(struct watching *w, const struct socket_list *list)
{
	uint64_t now[SOCKET_STATES] = {0};

	for (size_t i = 0; i < list->count; i++)
		now[list->entries[i].state]++;
	if (w->history == HISTORY) {
		for (size_t i = 0; i < SOCKET_STATES; i++)
			memmove(w->counts[i], w->counts[i] + 1,
				(HISTORY - 1) * sizeof w->counts[i][0]);
		w->history--;
	}
	for (unsigned state = 1; state < SOCKET_STATES; state++) {
		w->counts[state][w->history] = now[state];
		if (now[state])
			w->seen |= SOCKET_BIT(state);
	}
	w->history++;
}

static void draw_state(struct watching *w, enum socket_state state, unsigned columns)
{
	struct strbuf line = {0};
	unsigned used = NAME_COLUMNS + COUNT_COLUMNS + 2;

	strbuf_printf(&line, "%-*s%*" PRIu64 "  ", NAME_COLUMNS, socket_common_state_word(state),
		COUNT_COLUMNS, w->counts[state][w->history - 1]);
	if (columns > used)
		graph_counts(&line, w->counts[state], w->history, columns - used, graph_can_draw());
	output_bytes(w->out, line.text, line.len);
	strbuf_release(&line);
}

static void draw(struct watching *w, size_t sockets)
{
	unsigned columns;

	if (!output_live_begin(w->out))
		return;
	columns = output_columns(w->out);
	for (unsigned state = 1; state < SOCKET_STATES; state++)
		if (w->seen & SOCKET_BIT(state))
			draw_state(w, state, columns);
	output_line(w->out, "%zu socket%s", sockets, sockets == 1 ? "" : "s");
	output_live_end(w->out);
}

/* ---- changes */

static void on_change(
	void *user, enum change_kind kind, const struct socket_entry *e, enum socket_state was)
{
	struct watching *w = user;
	struct socket_note note = {.change = &kind, .was = was, .at = w->at};

	socket_write(w->writer, e, &note);
	w->told++;
}

static void on_stay(void *user, size_t before, size_t after)
{
	struct watching *w = user;
	const struct socket_entry *was = &w->before.entries[before];

	w->now->entries[after].last_inode = was->inode ? was->inode : was->last_inode;
}

void watching_want(const struct watching *w, struct ownership *ownership)
{
	/* those, too, that lose it between the two looks */
	for (size_t i = 0; i < w->before.count; i++)
		ownership_want(ownership, &w->before.entries[i]);
}

static void list_first(struct watching *w, const struct socket_list *list)
{
	struct socket_note note = {0};

	for (size_t i = 0; i < list->count && !output_is_table(w->out); i++)
		socket_write(w->writer, &list->entries[i], &note);
	output_line(w->out, "%zu socket%s to begin with", list->count, list->count == 1 ? "" : "s");
	w->told += list->count;
}

uint64_t watching_look(struct watching *w, struct socket_list *list)
{
	struct changes_events events = {.change = on_change, .user = w, .stays = on_stay};
	struct socket_list before = w->before;

	w->told = 0;
	w->now = list;
	w->at = clock_wall();
	if (w->looks++ == 0)
		list_first(w, list);
	else
		changes_find(&w->before, list, &events);
	output_flush(w->out);
	count(w, list);
	draw(w, list->count);
	w->before = *list;
	*list = before;
	socket_list_clear(list);
	return w->told;
}
