/* SPDX-License-Identifier: MIT */
#include "sockets_summary.h"

#include "sockets_words.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"
#include "netprobe/procfs/tally.h"

#include <inttypes.h>
#include <stdlib.h>

enum { GROUP_BY, GROUP_NAME, GROUP_COUNT, GROUP_STATES, GROUP_FIELDS };

static const struct field group_fields[] = {
	[GROUP_BY] = {.name = "by", .kind = FIELD_TEXT},
	[GROUP_NAME] = {.name = "name", .title = "NAME", .kind = FIELD_TEXT, .give = 2},
	[GROUP_COUNT] = {.name = "count", .title = "SOCKETS", .kind = FIELD_UINT, .right = true},
	[GROUP_STATES] = {.name = "states", .title = "STATES", .kind = FIELD_COUNTS, .give = 3},
};
static const struct schema group_schema = {"group", group_fields, GROUP_FIELDS};

/* The four ways of counting. */
enum by { BY_STATE, BY_PROCESS, BY_PEER, BY_LISTENER, BYS };

static const struct {
	const char *id, *heading;
} bys[BYS] = {
	[BY_STATE] = {"state", "By state"},
	[BY_PROCESS] = {"process", "By process"},
	[BY_PEER] = {"peer", "By peer"},
	[BY_LISTENER] = {"listener", "By listening port"},
};

struct counting {
	struct tally *tallies[BYS];
	uint8_t *listening[SOCKET_PROTOS]; /* by port: somebody waits there */
	struct ownership *ownership;
	const struct sockets_options *options;
	bool table; /* is written, which has words of its own for states */
	struct strbuf name;
};

static bool waits(const struct socket_entry *e)
{
	if (e->proto == SOCKET_TCP)
		return e->state == SOCKET_LISTEN;
	return (e->proto == SOCKET_UDP || e->proto == SOCKET_UDPLITE) && e->state == SOCKET_CLOSE &&
	       e->peer.port == 0;
}

static void find_listeners(struct counting *c, const struct socket_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct socket_entry *e = &list->entries[i];

		if (!waits(e) || e->local.port == 0)
			continue;
		if (!c->listening[e->proto])
			c->listening[e->proto] = mem_alloc(UINT16_MAX + 1, 1);
		c->listening[e->proto][e->local.port] = 1;
	}
}

static void count_state(struct counting *c, const struct socket_entry *e)
{
	const char *state =
		c->table ? socket_state_word(e->proto, e->state) : socket_state_name(e->state);

	strbuf_reset(&c->name);
	strbuf_printf(&c->name, "%s %s", socket_proto_name(e->proto), state);
	tally_add(c->tallies[BY_STATE], c->name.text, e->state);
}

/* What stands in the place of a process. */
static const char *nobody(const struct socket_entry *e)
{
	if (socket_is_unaccepted(e))
		return "(not accepted yet)";
	return e->inode ? "(not known)" : "(no process any more)";
}

/* A socket that several processes share counts for each that has another name than the one before.
 */
static void count_processes(struct counting *c, const struct socket_entry *e)
{
	size_t count;
	const struct owner *owners = ownership_processes(c->ownership, e, &count);
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = owners[i].comm ? owners[i].comm : "?";

		if (!last || strcmp(last, name) != 0)
			tally_add(c->tallies[BY_PROCESS], name, e->state);
		last = name;
	}
	if (count == 0)
		tally_add(c->tallies[BY_PROCESS], nobody(e), e->state);
}

static void count_peer(struct counting *c, const struct socket_entry *e)
{
	struct addr peer = addr_plain(&e->peer);
	char text[ADDR_TEXT_MAX];

	if (e->family && peer.port)
		tally_add(c->tallies[BY_PEER], addr_text(&peer, text), e->state);
}

static void count_listener(struct counting *c, const struct socket_entry *e)
{
	int proto = e->proto == SOCKET_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	const char *service;

	if (!c->listening[e->proto] || !c->listening[e->proto][e->local.port])
		return;
	service = c->options->common.numeric ? NULL : service_name(e->local.port, proto);
	strbuf_reset(&c->name);
	strbuf_printf(&c->name, "%s/%u%s%s%s", socket_proto_name(e->proto), e->local.port,
		service ? " (" : "", service ? service : "", service ? ")" : "");
	tally_add(c->tallies[BY_LISTENER], c->name.text, e->state);
}

/* ---- writing */

static void put_row(struct output *out, enum by by, const struct tally_row *row)
{
	bool table = output_is_table(out);
	struct count counts[SOCKET_STATES];
	size_t count = 0;
	struct record r;

	for (enum socket_state state = 1; state < SOCKET_STATES; state++)
		if (row->states[state])
			counts[count++] = (struct count){
				table ? socket_common_state_word(state) : socket_state_name(state),
				row->states[state]};
	record_init(&r, &group_schema);
	record_text(&r, GROUP_BY, bys[by].id);
	record_text(&r, GROUP_NAME, row->name);
	record_uint(&r, GROUP_COUNT, row->total);
	if (by != BY_STATE || !table)
		record_counts(&r, GROUP_STATES, counts, count);
	output_record(out, &r, ROW_PLAIN);
}

static void put_rows(struct counting *c, enum by by, struct output *out)
{
	uint64_t top = sockets_top(c->options);
	size_t count, shown;
	const struct tally_row *rows = tally_rows(c->tallies[by], &count);

	if (count == 0)
		return;
	shown = count;
	if (by != BY_STATE && top && count > top)
		shown = (size_t)top;
	output_heading(out, bys[by].heading);
	for (size_t i = 0; i < shown; i++)
		put_row(out, by, &rows[i]);
	if (shown < count)
		output_line(out, "and %zu more (--top 0 shows all)", count - shown);
}

void summary_put(const struct socket_list *list,
	bool (*shown)(void *user, const struct socket_entry *e), void *user,
	struct ownership *ownership, const struct sockets_options *options, struct output *out)
{
	struct counting c = {
		.ownership = ownership, .options = options, .table = output_is_table(out)};

	for (enum by by = 0; by < BYS; by++)
		c.tallies[by] = tally_new();
	find_listeners(&c, list);
	for (size_t i = 0; i < list->count; i++) {
		const struct socket_entry *e = &list->entries[i];

		if (!shown(user, e))
			continue;
		count_state(&c, e);
		count_processes(&c, e);
		count_peer(&c, e);
		count_listener(&c, e);
	}
	for (enum by by = 0; by < BYS; by++) {
		put_rows(&c, by, out);
		tally_free(c.tallies[by]);
	}
	for (size_t i = 0; i < SOCKET_PROTOS; i++)
		free(c.listening[i]);
	strbuf_release(&c.name);
}
