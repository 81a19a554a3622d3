/* SPDX-License-Identifier: MIT */
#ifndef BANNER_ASCII_H
#define BANNER_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Words of protocols compare as ASCII, whatever the locale makes of an I. The bytes may hold
 * anything; `word` is in lower case. */

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool ascii_begins(const char *bytes, size_t len, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (i == len || ascii_lower(bytes[i]) != word[i])
			return false;
	return true;
}

static inline bool ascii_same(const char *bytes, size_t len, const char *word)
{
	return len == strlen(word) && ascii_begins(bytes, len, word);
}

static inline bool ascii_has(const char *bytes, size_t len, const char *word)
{
	for (size_t at = 0; at < len; at++)
		if (ascii_begins(bytes + at, len - at, word))
			return true;
	return false;
}

/* Without blanks at either end. */
static inline void ascii_trim(const char **bytes, size_t *len)
{
	while (*len > 0 && ascii_is_blank(**bytes)) {
		++*bytes;
		--*len;
	}
	while (*len > 0 && ascii_is_blank((*bytes)[*len - 1]))
		--*len;
}

#endif
