/* SPDX-License-Identifier: MIT */
#include "banner_dialogue.h"

#include "netprobe/base/text.h"

#include <stdint.h>

/* Bytes of the character at `text`; a byte that begins none, or not all of one, is alone. */
static size_t character(const uint8_t *text, size_t len)
{
	size_t size = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc0 ? 2 : 1;

	for (size_t i = 1; i < size; i++)
		if (i == len || (text[i] & 0xc0) != 0x80)
			return 1;
	return size;
}

size_t dialogue_fit(const char *line, size_t len, size_t columns)
{
	struct strbuf escaped = {0};
	size_t at = 0, width = 0;

	while (at < len) {
		size_t size = character((const uint8_t *)line + at, len - at), own;

		strbuf_reset(&escaped);
		text_escape(&escaped, line + at, size);
		own = text_width(escaped.text);
		width += own ? own : 1;
		if (width > columns)
			break;
		at += size;
	}
	strbuf_release(&escaped);
	return at;
}

void dialogue_line(struct strbuf *out, const struct addr *peer, enum grab_voice voice,
	const char *line, size_t len, nsec_t at)
{
	static const char marks[] = {
		[VOICE_NOTE] = '*', [VOICE_SENT] = '>', [VOICE_RECEIVED] = '<'};
	char text[ADDR_TEXT_MAX];
	size_t fits = dialogue_fit(line, len, DIALOGUE_COLUMNS);

	strbuf_printf(out, "%s %7.3f ms  %c ", addr_port_text(peer, text),
		(double)at / NSEC_PER_MSEC, marks[voice]);
	strbuf_add(out, line, fits);
	if (fits < len)
		strbuf_printf(out, "... (%zu bytes)", len);
}
