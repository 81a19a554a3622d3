/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_LOG_H
#define NETPROBE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Messages for people, on stderr, a line each, escaped (text_escape()). Errors and warnings always
 * show, unless --quiet silences warnings; LOG_INFO shows with -v, LOG_DEBUG with -vv.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* What stands before each message ("netprobe scan"), and the last level that shows. Keeps the
 * pointer. */
void log_setup(const char *prefix, enum log_level last);

/* Called before a message is written, so that a progress line can get out of the way; NULL for
 * none. */
void log_before(void (*hook)(void *user), void *user);

bool log_shows(enum log_level level);
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_bytes(enum log_level level, const void *bytes, size_t len); /* NULs, too */

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
/* the arguments of messages that do not show are not evaluated: they stand in the hot path */
#define log_info(...)                                                                              \
	do {                                                                                       \
		if (log_shows(LOG_INFO))                                                           \
			log_write(LOG_INFO, __VA_ARGS__);                                          \
	} while (0)
#define log_debug(...)                                                                             \
	do {                                                                                       \
		if (log_shows(LOG_DEBUG))                                                          \
			log_write(LOG_DEBUG, __VA_ARGS__);                                         \
	} while (0)

#endif
