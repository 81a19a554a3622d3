/* SPDX-License-Identifier: MIT */
#include "sockets_report.h"

#include "sockets_explain.h"
#include "sockets_summary.h"
#include "sockets_watch.h"
#include "sockets_words.h"
#include "sockets_write.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/priv/priv.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ROWS_AT_ONCE = 1024 };

enum { TOTAL_SOCKETS, TOTAL_STATES, TOTAL_UNOWNED, TOTAL_UNREADABLE, TOTAL_FIELDS };

static const struct field total_fields[] = {
	[TOTAL_SOCKETS] = {.name = "sockets", .kind = FIELD_UINT},
	[TOTAL_STATES] = {.name = "states", .kind = FIELD_COUNTS},
	[TOTAL_UNOWNED] = {.name = "unowned", .kind = FIELD_UINT},
	[TOTAL_UNREADABLE] = {.name = "unreadable_processes", .kind = FIELD_UINT},
};
static const struct schema total_schema = {"summary", total_fields, TOTAL_FIELDS};

struct sockets_report {
	struct output *out;
	struct ownership *ownership;
	const struct sockets_options *options;
	const struct places *places;
	sockets_shown shown;
	void *user;
	struct socket_writer *writer;
	struct watching *watching;
	struct explanation *explanation;
	struct socket_list *list;
	size_t next; /* of the list */
	struct sockets_totals totals;
};

struct sockets_report *sockets_report_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places, sockets_shown shown,
	void *user)
{
	struct sockets_report *r = mem_alloc(1, sizeof *r);

	r->out = out;
	r->ownership = ownership;
	r->options = options;
	r->places = places;
	r->shown = shown;
	r->user = user;
	r->writer = socket_writer_new(out, ownership, options, places);
	r->watching = options->watch ? watching_new(out, r->writer) : NULL;
	return r;
}

void sockets_report_free(struct sockets_report *r)
{
	if (!r)
		return;
	explanation_free(r->explanation);
	watching_free(r->watching);
	socket_writer_free(r->writer);
	free(r);
}

const struct sockets_totals *sockets_report_totals(const struct sockets_report *r)
{
	return &r->totals;
}

static void count(struct sockets_report *r, const struct socket_entry *e)
{
	size_t owners;

	r->totals.sockets++;
	r->totals.states[e->state]++;
	ownership_processes(r->ownership, e, &owners);
	if (e->inode && owners == 0)
		r->totals.unowned++;
}

void sockets_report_socket(struct sockets_report *r, const struct socket_entry *e)
{
	struct socket_note note = {0};

	count(r, e);
	socket_write(r->writer, e, &note);
}

/* ---- a look */

void sockets_report_want(const struct sockets_report *r)
{
	if (r->watching)
		watching_want(r->watching, r->ownership);
}

void sockets_report_look(struct sockets_report *r, struct socket_list *list, bool whole)
{
	r->list = list;
	r->next = 0;
	if (r->options->explain)
		r->explanation = explanation_new(r->ownership, r->places, list, whole);
}

static void tell_next(struct sockets_report *r)
{
	const struct socket_entry *e = &r->list->entries[r->next];
	struct socket_note note = {0};

	if (!r->shown(r->user, e))
		return;
	count(r, e);
	if (r->options->summary)
		return;
	if (r->explanation)
		explanation_note(r->explanation, r->next, &note);
	socket_write(r->writer, e, &note);
}

static bool go_on_with_rows(struct sockets_report *r)
{
	for (size_t n = 0; n < ROWS_AT_ONCE && r->next < r->list->count; n++, r->next++)
		tell_next(r);
	return r->next < r->list->count;
}

bool sockets_report_go_on(struct sockets_report *r)
{
	if (r->watching) {
		r->totals.sockets += watching_look(r->watching, r->list);
		return false;
	}
	if (go_on_with_rows(r))
		return true;
	if (r->options->summary)
		summary_put(r->list, r->shown, r->user, r->ownership, r->options, r->out);
	if (r->explanation)
		explanation_put(r->explanation, r->out);
	return false;
}

/* ---- the end */

static size_t counts_of(
	const struct sockets_totals *t, bool table, struct count out[static SOCKET_STATES])
{
	size_t count = 0;

	for (enum socket_state state = 1; state < SOCKET_STATES; state++)
		if (t->states[state])
			out[count++] = (struct count){
				table ? socket_common_state_word(state) : socket_state_name(state),
				t->states[state]};
	return count;
}

static void put_record(struct sockets_report *r)
{
	struct count counts[SOCKET_STATES];
	size_t states = counts_of(&r->totals, false, counts);
	struct record record;

	record_init(&record, &total_schema);
	record_uint(&record, TOTAL_SOCKETS, r->totals.sockets);
	record_counts(&record, TOTAL_STATES, counts, states);
	if (ownership_reads(r->ownership)) {
		record_uint(&record, TOTAL_UNOWNED, r->totals.unowned);
		record_uint(&record, TOTAL_UNREADABLE, ownership_unreadable(r->ownership));
	}
	output_record(r->out, &record, ROW_PLAIN);
}

static void put_line(struct sockets_report *r, bool interrupted)
{
	struct count counts[SOCKET_STATES];
	size_t states = counts_of(&r->totals, true, counts);
	struct strbuf line = {0};

	output_flush(r->out);
	strbuf_printf(&line, "%" PRIu64 " socket%s", r->totals.sockets,
		r->totals.sockets == 1 ? "" : "s");
	for (size_t i = 0; i < states && states > 1; i++)
		strbuf_printf(&line, "%s %" PRIu64 " %s", i == 0 ? ":" : ",", counts[i].value,
			counts[i].name);
	if (interrupted)
		strbuf_puts(&line, ", interrupted");
	output_line(r->out, "%s", line.text);
	strbuf_release(&line);
}

/* Nobody has to be told why where the look was cut short, or it was said already. */
static bool asks_why(const struct sockets_report *r, bool interrupted)
{
	return ownership_reads(r->ownership) && !interrupted && r->totals.unowned > 0 &&
	       !ownership_knows_all(r->ownership) && !ownership_failed(r->ownership);
}

static void say_why_unowned(const struct sockets_report *r)
{
	uint64_t closed = ownership_unreadable(r->ownership);
	const struct sockets_totals *t = &r->totals;

	if (ownership_hidden(r->ownership))
		log_warn("%" PRIu64 " of %" PRIu64 " sockets show no process: not every process is "
			 "to be seen in %s (hidepid, or a pid namespace of its own)",
			t->unowned, t->sockets, r->options->proc ? r->options->proc : "/proc");
	else if (priv_can_read_all())
		log_warn("%" PRIu64 " of %" PRIu64 " sockets show no process: %" PRIu64
			 " process%s cannot be read even with CAP_SYS_PTRACE here (another user "
			 "namespace?)",
			t->unowned, t->sockets, closed, closed == 1 ? "" : "es");
	else
		log_warn("%" PRIu64 " of %" PRIu64 " sockets show no process: those of other "
			 "users cannot be read without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH "
			 "(sudo, or: setcap cap_sys_ptrace,cap_dac_read_search+ep netprobe)",
			t->unowned, t->sockets);
}

void sockets_report_end(struct sockets_report *r, bool interrupted)
{
	if (!output_is_table(r->out))
		put_record(r);
	else if (!r->watching)
		put_line(r, interrupted);
	if (asks_why(r, interrupted))
		say_why_unowned(r);
}
