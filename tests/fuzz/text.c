/* SPDX-License-Identifier: MIT */
#include "netprobe/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Written apart from text.c on purpose: strict UTF-8 by its table of byte ranges (RFC 3629, 4). */
static size_t sequence(const unsigned char *p, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t size;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (size > len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return size;
}

static bool steers_a_terminal(const unsigned char *p, size_t size)
{
	if (size == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (size == 2)
		return (p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c);
	if (size == 3 && p[0] == 0xe2 && p[1] == 0x80)
		return (p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae);
	return size == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf;
}

/* Back to the bytes: nothing is lost and no two inputs look the same. */
static void check_reversible(const struct strbuf *sb, const uint8_t *data, size_t size)
{
	static const char names[] = "ntr\\", bytes[] = "\n\t\r\\";
	size_t at = 0, in = 0;

	while (at < sb->len) {
		uint8_t byte = (uint8_t)sb->text[at++];

		require(in < size);
		if (byte == '\\' && sb->text[at] == 'x') {
			const char hex[] = {sb->text[at + 1], sb->text[at + 2], '\0'};

			byte = (uint8_t)strtoul(hex, NULL, 16);
			at += 3;
		} else if (byte == '\\') {
			const char *name = strchr(names, sb->text[at++]);

			require(name != NULL);
			byte = (uint8_t)bytes[name - names];
		}
		require(byte == data[in++]);
	}
	require(in == size);
}

static void check_unescape(const struct strbuf *sb, const uint8_t *data, size_t size)
{
	struct strbuf back = {0}, raw = {0};

	require(text_unescape(&back, sb->text));
	require(back.len == size && (size == 0 || memcmp(back.text, data, size) == 0));
	strbuf_release(&back);
	/* what nobody escaped only must not break anything */
	strbuf_add(&raw, data, size);
	text_unescape(&back, raw.text);
	strbuf_release(&raw);
	strbuf_release(&back);
}

static void check_fit(const struct strbuf *sb)
{
	size_t half = text_width(sb->text) / 2, fit = text_fit(sb->text, half);

	require(fit <= sb->len);
	require(text_fit(sb->text, SIZE_MAX) == sb->len);
	require((sb->text[fit] & 0xc0) != 0x80 || fit == sb->len);
	fit = text_fit_end(sb->text, half);
	require(fit <= sb->len);
	require(text_width(sb->text + fit) <= half);
	require(text_fit_end(sb->text, SIZE_MAX) == 0);
	require((sb->text[fit] & 0xc0) != 0x80 || fit == sb->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf sb;
	size_t len;

	strbuf_init(&sb);
	text_escape(&sb, data, size);
	require(strlen(sb.text) == sb.len);
	for (size_t at = 0; at < sb.len; at += len) {
		const unsigned char *p = (const unsigned char *)sb.text + at;

		len = sequence(p, sb.len - at);
		require(len > 0);
		require(!steers_a_terminal(p, len));
	}
	check_reversible(&sb, data, size);
	check_unescape(&sb, data, size);
	check_fit(&sb);
	strbuf_release(&sb);
	return 0;
}
