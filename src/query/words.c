/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdio.h>

enum { TEXT_MAX = 72, ITEMS_SHOWN = 4, IPV4_TEXT = 16 };

static size_t first_line(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && i < TEXT_MAX && text[i] != '\n' && text[i] != '\r' && text[i] != '\0')
		i++;
	return i;
}

bool words_text(struct strbuf *out, const char *before, const struct fact *fact)
{
	size_t len = fact ? first_line(fact->text.text, fact->text.len) : 0;

	if (len == 0)
		return false;
	strbuf_puts(out, before);
	strbuf_add(out, fact->text.text, len);
	return true;
}

bool words_list(struct strbuf *out, const char *before, const struct fact *fact)
{
	if (!fact || fact->count == 0)
		return false;
	for (size_t i = 0; i < fact->count && i < ITEMS_SHOWN; i++) {
		size_t len;
		const char *item = fact_item(fact, i, &len);

		strbuf_puts(out, i ? ", " : before);
		strbuf_add(out, item, first_line(item, len));
	}
	if (fact->count > ITEMS_SHOWN)
		strbuf_printf(out, " and %zu more", fact->count - ITEMS_SHOWN);
	return true;
}

void words_facts_puts(struct facts *f, size_t index, const char *text)
{
	facts_text(f, index, text, strlen(text));
}

void words_facts_hex(struct facts *f, size_t index, const uint8_t *bytes, size_t len, char between)
{
	static const char digits[] = "0123456789abcdef";

	facts_text(f, index, "", 0);
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		if (i > 0 && between)
			facts_append(f, index, &between, 1);
		facts_append(f, index, pair, sizeof pair);
	}
}

void words_facts_ipv4(struct facts *f, size_t index, const uint8_t bytes[static 4])
{
	char text[IPV4_TEXT];

	snprintf(text, sizeof text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
	if (f->defs[index].kind == FACT_LIST)
		facts_item(f, index, text, strlen(text));
	else
		words_facts_puts(f, index, text);
}
