/* SPDX-License-Identifier: MIT */
#include "netprobe/base/strbuf.h"

#include "netprobe/base/decimal.h"
#include "netprobe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRBUF_FIRST = 64 };

void strbuf_grow(struct strbuf *sb, size_t more)
{
	size_t cap = sb->cap ? sb->cap : STRBUF_FIRST;

	if (sb->len + more < sb->cap)
		return;
	while (cap <= sb->len + more)
		cap *= 2;
	sb->text = mem_resize(sb->text, cap, 1);
	sb->cap = cap;
}

void strbuf_init(struct strbuf *sb)
{
	*sb = (struct strbuf){.text = mem_alloc(STRBUF_FIRST, 1), .cap = STRBUF_FIRST};
}

void strbuf_release(struct strbuf *sb)
{
	free(sb->text);
	*sb = (struct strbuf){0};
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_grow(sb, 0);
	sb->len = 0;
	sb->text[0] = '\0';
}

void strbuf_puts(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

void strbuf_uint(struct strbuf *sb, uint64_t value)
{
	char digits[DECIMAL_MAX];

	strbuf_add(sb, digits, decimal(value, digits));
}

void strbuf_pad(struct strbuf *sb, char c, size_t count)
{
	strbuf_grow(sb, count);
	memset(sb->text + sb->len, c, count);
	sb->len += count;
	sb->text[sb->len] = '\0';
}

void strbuf_vprintf(struct strbuf *sb, const char *format, va_list args)
{
	va_list again;
	int need;

	va_copy(again, args);
	need = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (need < 0)
		return;
	strbuf_grow(sb, (size_t)need);
	vsnprintf(sb->text + sb->len, (size_t)need + 1, format, args);
	sb->len += (size_t)need;
}

void strbuf_printf(struct strbuf *sb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(sb, format, args);
	va_end(args);
}
