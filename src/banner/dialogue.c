/* SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include <string.h>

void dialogue_flush(struct dialogue *d)
{
	size_t len = d->line.len;

	if (len == 0)
		return;
	if (d->line.text[len - 1] == '\n')
		len--;
	if (len > 0 && d->line.text[len - 1] == '\r')
		len--;
	d->emit(d->user, d->voice, d->line.text, len, d->at);
	strbuf_reset(&d->line);
}

/* Bytes up to the end of the line, or as many as it has room for. */
static size_t piece(const struct dialogue *d, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	size_t room = DIALOGUE_LINE_MAX - d->line.len;

	if (end)
		len = (size_t)(end - bytes) + 1;
	return len < room ? len : room;
}

void dialogue_say(
	struct dialogue *d, enum grab_voice voice, const void *bytes, size_t len, nsec_t at)
{
	const char *rest = bytes;

	if (voice != d->voice)
		dialogue_flush(d);
	d->voice = voice;
	while (len > 0) {
		size_t used = piece(d, rest, len);

		if (d->line.len == 0)
			d->at = at;
		strbuf_add(&d->line, rest, used);
		if (d->line.text[d->line.len - 1] == '\n' || d->line.len == DIALOGUE_LINE_MAX)
			dialogue_flush(d);
		rest += used;
		len -= used;
	}
}

void dialogue_release(struct dialogue *d)
{
	strbuf_release(&d->line);
}
