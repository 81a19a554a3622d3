/* SPDX-License-Identifier: MIT */
#include "netprobe/base/text.h"

#include "netprobe/base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

/* Unicode 15.1, general categories Cc, Cf, Zl and Zp beyond ASCII, neighbours joined. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{0x80, 0x9f},
	{0xad, 0xad},
	{0x600, 0x605},
	{0x61c, 0x61c},
	{0x6dd, 0x6dd},
	{0x70f, 0x70f},
	{0x890, 0x891},
	{0x8e2, 0x8e2},
	{0x180e, 0x180e},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb},
	{0x110bd, 0x110bd},
	{0x110cd, 0x110cd},
	{0x13430, 0x1343f},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe007f},
};

static bool is_printable(uint32_t point)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (point >= unprintable[i].first && point <= unprintable[i].last)
			return false;
	return true;
}

/* RFC 3629, section 4: the length of the sequence at `p`, 0 when it is not well-formed. */
static size_t decode(const unsigned char *p, size_t len, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (size == 0 || size > len || p[0] > 0xf4)
		return 0;
	*point = size == 1 ? p[0] : p[0] & (0x7fU >> size);
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3f);
	}
	if (*point < least[size] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return size;
}

static void escape_byte(struct strbuf *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char hex[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	switch (byte) {
	case '\n':
		strbuf_add(out, "\\n", 2);
		return;
	case '\r':
		strbuf_add(out, "\\r", 2);
		return;
	case '\t':
		strbuf_add(out, "\\t", 2);
		return;
	case '\\':
		strbuf_add(out, "\\\\", 2);
		return;
	default:
		strbuf_add(out, hex, sizeof hex);
	}
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '\\';
}

#define EACH(byte) (UINT64_MAX / 0xff * (byte))

/* The high bit of some byte is set when not all eight are plain; which one, a borrow may blur. */
static uint64_t not_plain(uint64_t word)
{
	uint64_t control = (word - EACH(0x20)) & ~word;
	uint64_t del = word ^ EACH(0x7f), backslash = word ^ EACH('\\');

	del = (del - EACH(1)) & ~del;
	backslash = (backslash - EACH(1)) & ~backslash;
	return (word | control | del | backslash) & EACH(0x80);
}

size_t text_plain(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t at = 0;
	uint64_t word;

	for (; len - at >= sizeof word; at += sizeof word) {
		memcpy(&word, p + at, sizeof word);
		if (not_plain(word))
			break;
	}
	while (at < len && is_plain(p[at]))
		at++;
	return at;
}

void text_escape(struct strbuf *out, const void *bytes, size_t len)
{
	const unsigned char *p = bytes, *end = len > 0 ? p + len : p;

	while (p < end) {
		size_t size = text_plain(p, (size_t)(end - p));
		uint32_t point;

		if (size > 0)
			strbuf_add(out, p, size);
		p += size;
		if (p == end)
			break;
		size = *p < 0x80 ? 0 : decode(p, (size_t)(end - p), &point);
		if (size > 0 && is_printable(point)) {
			strbuf_add(out, p, size);
			p += size;
			continue;
		}
		/* what follows a bad lead byte may start a good sequence; what follows a good one
		 * cannot, so its continuation bytes fall out of the next rounds as \xNN */
		escape_byte(out, *p++);
	}
}

void text_quote(struct strbuf *out, const void *bytes, size_t len)
{
	const char *p = bytes, *end = len > 0 ? p + len : p;

	strbuf_putc(out, '"');
	while (p < end) {
		const char *mark = memchr(p, '"', (size_t)(end - p));

		text_escape(out, p, (size_t)((mark ? mark : end) - p));
		if (mark)
			strbuf_puts(out, "\\\"");
		p = mark ? mark + 1 : end;
	}
	strbuf_putc(out, '"');
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* What stands behind a backslash: the bytes it takes, 0 where it is none of escape_byte()'s. */
static size_t unescape_byte(const char *text, char *byte)
{
	static const char names[] = "nrt\\", bytes[] = "\n\r\t\\";
	const char *name = *text ? strchr(names, *text) : NULL;
	int high, low;

	if (name) {
		*byte = bytes[name - names];
		return 1;
	}
	if (*text != 'x')
		return 0;
	high = digit(text[1]);
	low = high < 0 ? -1 : digit(text[2]);
	if (low < 0)
		return 0;
	*byte = (char)(high << 4 | low);
	return 3;
}

bool text_unescape(struct strbuf *out, const char *text)
{
	strbuf_grow(out, 0);
	out->text[out->len] = '\0';
	while (*text) {
		char byte = *text++;

		if (byte == '\\') {
			size_t size = unescape_byte(text, &byte);

			if (size == 0)
				return false;
			text += size;
		}
		strbuf_putc(out, byte);
	}
	return true;
}

/* The bytes of the character at `text`, and the columns it takes. */
static size_t measure(const char *text, size_t len, size_t *columns)
{
	uint32_t point = 0;
	size_t size = decode((const unsigned char *)text, len, &point);
	int width = size > 1 ? wcwidth((wchar_t)point) : 1;

	/* -1: the locale does not know it; one column is what most characters take */
	*columns = width < 0 ? 1 : (size_t)width;
	return size ? size : 1;
}

size_t text_fit(const char *text, size_t columns)
{
	size_t len = strlen(text), used = 0, at = 0;

	while (at < len) {
		size_t width, size = measure(text + at, len - at, &width);

		if (used + width > columns)
			break;
		used += width;
		at += size;
	}
	return at;
}

size_t text_break(const char *text, size_t columns)
{
	size_t len = strlen(text), most = text_fit(text, columns), at = most, width;

	if (most == len)
		return len;
	while (at > 0 && text[at] != ' ')
		at--;
	/* a space that the line begins with separates nothing */
	if (at > 0)
		return at;
	return most > 0 ? most : measure(text, len, &width);
}

size_t text_width(const char *text)
{
	size_t len = strlen(text), at = text_plain(text, len), total = at, width;

	for (; at < len; total += width)
		at += measure(text + at, len - at, &width);
	return total;
}

size_t text_fit_end(const char *text, size_t columns)
{
	size_t len = strlen(text), left = text_width(text), at = 0;

	while (at < len) {
		size_t width, size = measure(text + at, len - at, &width);

		/* a mark without the character that it belongs to would join another */
		if (left <= columns && width > 0)
			break;
		left -= width;
		at += size;
	}
	return at;
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows of the table at a time. */
size_t text_distance(const char *a, const char *b)
{
	size_t width = strlen(b) + 1, result;
	size_t *rows = mem_alloc(3 * width, sizeof *rows);
	size_t *before = rows, *last = rows + width, *row = rows + 2 * width;

	for (size_t j = 0; j < width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *spare = before;

		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j < width; j++) {
			size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least_of(changed, least_of(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least_of(row[j], before[j - 2] + 1);
		}
	}
	result = row[width - 1];
	free(rows);
	return result;
}
