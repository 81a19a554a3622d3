/* SPDX-License-Identifier: MIT */
/*
 * What anybody may send to who asked over UDP. First byte: which protocol was asked, in the order
 * of `query_protocols`; from their number on: nobody was. The rest is the datagram.
 */
#include "netprobe/query/query.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DATAGRAM_MAX = 65507, HEADLINE_MAX = 1024 };

static const struct query_token token = {{0x0123456789abcdef, 0xfedcba9876543210}};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_fact(const struct fact_def *def, const struct fact *fact, size_t *bytes)
{
	uint32_t end = 0;

	*bytes += fact->text.len;
	must(def->kind == FACT_LIST || fact->count == 0);
	must(def->kind != FACT_FLAG || fact->number <= 1);
	must(def->kind <= FACT_LIST || fact->text.len == 0);
	must(fact->count <= FACTS_ITEMS_MAX);
	for (size_t i = 0; i < fact->count; i++) {
		must(fact->ends[i] >= end && fact->ends[i] <= fact->text.len);
		end = fact->ends[i];
	}
}

/* Facts are of the table, bounded, and can be said in a few words. */
static void check_facts(const struct query *q, const struct facts *f)
{
	struct strbuf words = {0};
	size_t bytes = 0;

	must(f->defs == q->defs && f->count == q->def_count && f->count <= FACTS_MAX);
	for (size_t i = 0; i < f->count; i++)
		if (facts_get(f, i))
			check_fact(&q->defs[i], facts_get(f, i), &bytes);
	must(bytes <= f->bytes && f->bytes <= FACTS_BYTES_MAX);
	q->headline(f, &words);
	must(words.len <= HEADLINE_MAX);
	strbuf_release(&words);
}

static size_t protocols(void)
{
	size_t count = 0;

	while (query_protocols[count])
		count++;
	return count;
}

/* What the asked one understands is its own, whoever else might. */
static void check_read(const struct query *asked, const uint8_t *bytes, size_t len)
{
	struct facts f;
	const struct query *q = query_read(asked, &token, bytes, len, &f);

	if (q)
		check_facts(q, &f);
	else
		must(!f.items);
	facts_release(&f);
	if (!asked)
		return;
	facts_init(&f, asked->defs, asked->def_count);
	must(asked->read(&token, bytes, len, &f) == (q == asked));
	facts_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size - 1;
	uint8_t *exact;

	if (size == 0 || len > DATAGRAM_MAX)
		return 0;
	exact = malloc(len ? len : 1); /* of its own, so that a sanitizer sees whoever reads on */
	must(exact != NULL);
	memcpy(exact, data + 1, len);
	check_read(data[0] < protocols() ? query_protocols[data[0]] : NULL, exact, len);
	check_read(NULL, exact, len);
	free(exact);
	return 0;
}
