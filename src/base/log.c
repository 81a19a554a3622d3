/* SPDX-License-Identifier: MIT */
#include "netprobe/base/log.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* The one place with state of the whole program: there is one stderr. */
static struct {
	const char *prefix;
	enum log_level last;
	void (*hook)(void *user);
	void *user;
} state = {.prefix = "netprobe", .last = LOG_WARN};

void log_setup(const char *prefix, enum log_level last)
{
	state.prefix = prefix;
	state.last = last;
}

void log_before(void (*hook)(void *user), void *user)
{
	state.hook = hook;
	state.user = user;
}

bool log_shows(enum log_level level)
{
	return level <= state.last;
}

void log_bytes(enum log_level level, const void *bytes, size_t len)
{
	struct strbuf line = {0};

	if (!log_shows(level))
		return;
	strbuf_printf(&line, "%s: ", state.prefix);
	text_escape(&line, bytes, len);
	strbuf_putc(&line, '\n');
	if (state.hook)
		state.hook(state.user);
	/* one write a line; there is nobody left to tell when stderr itself fails */
	if (write(STDERR_FILENO, line.text, line.len) < 0)
		state.last = LOG_ERROR;
	strbuf_release(&line);
}

void log_write(enum log_level level, const char *format, ...)
{
	struct strbuf message = {0};
	va_list args;

	if (!log_shows(level))
		return;
	va_start(args, format);
	strbuf_vprintf(&message, format, args);
	va_end(args);
	log_bytes(level, message.text, message.len);
	strbuf_release(&message);
}
