/* SPDX-License-Identifier: MIT */
#include "netprobe/base/facts.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

void facts_init(struct facts *f, const struct fact_def *defs, size_t count)
{
	*f = (struct facts){.defs = defs, .count = count};
}

void facts_release(struct facts *f)
{
	for (size_t i = 0; f->items && i < f->count; i++) {
		strbuf_release(&f->items[i].text);
		free(f->items[i].ends);
	}
	free(f->items);
	facts_init(f, NULL, 0);
}

static struct fact *at(struct facts *f, size_t index)
{
	if (!f->items)
		f->items = mem_alloc(f->count, sizeof *f->items);
	return &f->items[index];
}

static struct fact *set(struct facts *f, size_t index)
{
	struct fact *fact = at(f, index);

	fact->set = true;
	return fact;
}

void facts_number(struct facts *f, size_t index, uint64_t value)
{
	set(f, index)->number = value;
}

void facts_flag(struct facts *f, size_t index, bool value)
{
	set(f, index)->number = value;
}

static void add(struct facts *f, struct fact *fact, const void *bytes, size_t len)
{
	size_t room = FACTS_BYTES_MAX - f->bytes;

	if (len > room) {
		len = room;
		f->truncated = true;
	}
	strbuf_add(&fact->text, bytes, len);
	f->bytes += len;
}

void facts_puts(struct facts *f, size_t index, const char *text)
{
	facts_text(f, index, text, strlen(text));
}

void facts_append(struct facts *f, size_t index, const void *bytes, size_t len)
{
	add(f, set(f, index), bytes, len);
}

void facts_text(struct facts *f, size_t index, const void *bytes, size_t len)
{
	facts_clear(f, index);
	facts_append(f, index, bytes, len);
}

void facts_item(struct facts *f, size_t index, const void *bytes, size_t len)
{
	struct fact *fact = set(f, index);

	if (fact->count == FACTS_ITEMS_MAX || len > FACTS_BYTES_MAX - f->bytes) {
		f->truncated = true;
		return;
	}
	if ((fact->count & (fact->count - 1)) == 0)
		fact->ends = mem_resize(
			fact->ends, fact->count ? 2 * fact->count : 1, sizeof *fact->ends);
	add(f, fact, bytes, len);
	fact->ends[fact->count++] = (uint32_t)fact->text.len;
}

void facts_clear(struct facts *f, size_t index)
{
	struct fact *fact = at(f, index);

	f->bytes -= fact->text.len;
	strbuf_release(&fact->text);
	fact->count = 0;
	fact->set = false;
}

const struct fact *facts_get(const struct facts *f, size_t index)
{
	return f->items && f->items[index].set ? &f->items[index] : NULL;
}

const char *fact_item(const struct fact *fact, size_t i, size_t *len)
{
	size_t start = i ? fact->ends[i - 1] : 0;

	*len = fact->ends[i] - start;
	return fact->text.text ? fact->text.text + start : "";
}
