/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "netprobe/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct machine *machine_new(const struct protocol *protocol, const struct machine_setup *setup)
{
	struct machine *m = mem_alloc(1, sizeof *m);

	m->protocol = protocol;
	m->setup = setup;
	m->secure = setup->secure;
	facts_init(&m->facts, protocol->facts, protocol->fact_count);
	if (protocol->state_size)
		m->state = mem_alloc(1, protocol->state_size);
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	if (m->protocol->release)
		m->protocol->release(m);
	facts_release(&m->facts);
	strbuf_release(&m->say);
	strbuf_release(&m->held);
	free(m->state);
	free(m);
}

enum machine_want machine_start(struct machine *m)
{
	if (m->protocol->start)
		m->protocol->start(m);
	return m->want;
}

/* What is left stands at the beginning again. */
static void forget(struct strbuf *held, size_t used)
{
	size_t left = held->len - used;

	if (left == 0) {
		strbuf_release(held);
		return;
	}
	memmove(held->text, held->text + used, left + 1);
	held->len = left;
}

static void step_all(struct machine *m)
{
	const uint8_t *bytes = (const uint8_t *)m->held.text;
	size_t at = 0;

	while (m->want == MACHINE_MORE && at < m->held.len) {
		size_t used = m->protocol->step(m, bytes + at, m->held.len - at);

		assert(used <= m->held.len - at);
		if (used == 0)
			break;
		at += used;
	}
	if (at > 0)
		forget(&m->held, at);
}

enum machine_want machine_feed(struct machine *m, const void *bytes, size_t len)
{
	if (len > 0)
		strbuf_add(&m->held, bytes, len);
	step_all(m);
	return m->want;
}

enum machine_want machine_secured(struct machine *m)
{
	m->secure = true;
	m->want = MACHINE_MORE;
	if (m->protocol->secured)
		m->protocol->secured(m);
	return m->want;
}

enum machine_want machine_ended(struct machine *m)
{
	if (m->want == MACHINE_MORE && m->protocol->ended)
		m->protocol->ended(
			m, (const uint8_t *)(m->held.text ? m->held.text : ""), m->held.len);
	return m->want;
}

/* The rest of a line that was too long: bytes up to its end. */
static size_t skip(struct machine *m, const uint8_t *bytes, size_t len)
{
	const uint8_t *end = memchr(bytes, '\n', len);

	m->skipping = !end;
	return end ? (size_t)(end - bytes) + 1 : len;
}

size_t machine_line(
	struct machine *m, const uint8_t *bytes, size_t len, const char **line, size_t *line_len)
{
	size_t seen = len < MACHINE_LINE_MAX ? len : MACHINE_LINE_MAX, used;
	const uint8_t *end;

	*line = NULL;
	*line_len = 0;
	if (m->skipping)
		return skip(m, bytes, len);
	end = memchr(bytes, '\n', seen);
	if (!end && seen < MACHINE_LINE_MAX)
		return 0;
	if (m->setup->line_limit && m->lines == m->setup->line_limit) {
		m->over_limit = true;
		m->want = MACHINE_DONE;
		return 0;
	}
	m->lines++;
	m->line_cut = m->skipping = !end;
	used = end ? (size_t)(end - bytes) + 1 : seen;
	*line = (const char *)bytes;
	*line_len = end ? used - 1 : used;
	/* a line that is cut between CR and LF ends here, too */
	if (*line_len > 0 && (*line)[*line_len - 1] == '\r')
		--*line_len;
	return used;
}
