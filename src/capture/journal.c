/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/journal.h"

#include "syn_options.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = JOURNAL_FIRST + JOURNAL_LAST, ROOM_AT_FIRST = 8 };

struct journal {
	uint64_t seen;
	size_t room;
	struct journal_entry *entries; /* behind the first JOURNAL_FIRST, a ring */
};

static uint64_t newest_place(const struct journal *j)
{
	uint64_t i = j->seen - 1;

	return i < ROOM ? i : JOURNAL_FIRST + (i - JOURNAL_FIRST) % JOURNAL_LAST;
}

static struct journal_entry *next_entry(struct journal *j)
{
	struct journal_entry *e;

	if (j->seen == j->room && j->room < ROOM) {
		size_t room = j->room ? 2 * j->room : ROOM_AT_FIRST;

		j->entries = mem_resize(j->entries, room, sizeof *j->entries);
		memset(j->entries + j->room, 0, (room - j->room) * sizeof *j->entries);
		j->room = room;
	}
	j->seen++;
	e = &j->entries[newest_place(j)];
	free(e->from);
	*e = (struct journal_entry){0};
	return e;
}

static struct addr *source_of(const struct ip_header *ip)
{
	struct addr *a = mem_alloc(1, sizeof *a);

	a->family = ip->family;
	memcpy(a->ip, ip->source, ip->family == 4 ? 4 : 16);
	return a;
}

static void take_icmp(
	struct journal_entry *e, const struct frame *frame, const struct flow_place *place)
{
	const struct flow_place own = flow_place_of(frame);

	e->icmp = true;
	e->icmp_type = frame->icmp.type;
	e->icmp_code = frame->icmp.code;
	e->from = source_of(&frame->ip);
	e->elsewhere = !flow_place_same(&own, place);
}

static void take_segment(struct journal_entry *e, const struct flow_packet *p)
{
	const struct tcp_header *tcp = &p->frame->tcp;

	e->flags = tcp->flags;
	e->len = p->frame->payload_len;
	if (tcp->options_len <= TCP_OPTIONS_MAX && tcp->options_len > 0) {
		e->option_len = tcp->options_len;
		memcpy(e->option_bytes, tcp->options, tcp->options_len);
	}
	e->tcp_length = tcp->length;
	e->window = tcp->window;
	if (tcp->flags & TCP_SYN)
		syn_options_take(&e->options, p->frame);
	else
		e->window <<= p->flow->streams[p->from].wscale;
}

void journal_add(struct journal **j, const struct flow_packet *p, uint32_t interface)
{
	struct journal_entry *e;

	if (!*j)
		*j = mem_alloc(1, sizeof **j);
	e = next_entry(*j);
	e->at = p->at;
	e->sequence = p->sequence;
	e->acknowledgment = p->acknowledgment;
	e->interface = interface;
	e->roles = p->roles;
	e->ttl = p->frame->ip.ttl;
	e->side = (uint8_t)p->from;
	e->incoming = p->frame->incoming;
	e->outgoing = p->frame->outgoing;
	if (p->icmp)
		take_icmp(e, p->frame, &p->flow->place);
	else
		take_segment(e, p);
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < journal_count(j); i++)
		free(j->entries[i].from);
	free(j->entries);
	free(j);
}

size_t journal_count(const struct journal *j)
{
	if (!j)
		return 0;
	return j->seen < ROOM ? (size_t)j->seen : ROOM;
}

uint64_t journal_left_out(const struct journal *j)
{
	return j ? j->seen - journal_count(j) : 0;
}

const struct journal_entry *journal_at(const struct journal *j, size_t i)
{
	if (i >= JOURNAL_FIRST)
		i = JOURNAL_FIRST + (i - JOURNAL_FIRST + journal_left_out(j)) % JOURNAL_LAST;
	return &j->entries[i];
}
