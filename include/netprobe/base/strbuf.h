/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_STRBUF_H
#define NETPROBE_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A growing string, always terminated. The caller owns the struct, strbuf_release() frees the text
 * and leaves what `= {0}` gives: empty, without memory, text NULL, ready to be added to.
 */
struct strbuf {
	char *text; /* NULL until the first addition or strbuf_init() */
	size_t len; /* without the terminator */
	size_t cap;
};

void strbuf_init(struct strbuf *sb);
void strbuf_release(struct strbuf *sb);
void strbuf_reset(struct strbuf *sb);             /* empties it, keeps the memory */
void strbuf_grow(struct strbuf *sb, size_t more); /* makes room for so many more bytes */

void strbuf_puts(struct strbuf *sb, const char *text);
void strbuf_uint(struct strbuf *sb, uint64_t value); /* in digits */
void strbuf_pad(struct strbuf *sb, char c, size_t count);
void strbuf_printf(struct strbuf *sb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *sb, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Here, and not in a file of its own, since tables do it some million times. */
static inline void strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
	if (sb->cap - sb->len <= len)
		strbuf_grow(sb, len);
	if (len > 0) /* bytes may be NULL then */
		memcpy(sb->text + sb->len, bytes, len);
	sb->len += len;
	sb->text[sb->len] = '\0';
}

static inline void strbuf_putc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

#endif
