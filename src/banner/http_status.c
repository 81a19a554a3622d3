/* SPDX-License-Identifier: MIT */
#include "ascii.h"
#include "http.h"

#include <string.h>

/* "HTTP/1.1 200 OK". The version is what it likes to be, a reason is often missing. */
bool http_status_parse(const char *line, size_t len, struct http_status *out)
{
	const char *at = line + strlen("HTTP/"), *end = line + len;

	*out = (struct http_status){.version = at};
	while (at < end && (ascii_is_digit(*at) || *at == '.'))
		at++;
	out->version_len = (size_t)(at - out->version);
	if (out->version_len == 0 || out->version_len > 8 || at == end || !ascii_is_blank(*at))
		return false;
	while (at < end && ascii_is_blank(*at))
		at++;
	if (end - at < 3)
		return false;
	for (int i = 0; i < 3 && ascii_is_digit(*at); i++, at++)
		out->code = out->code * 10 + (unsigned)(*at - '0');
	out->reason = at;
	out->reason_len = (size_t)(end - at);
	return out->code >= 100 && (at == end || !ascii_is_digit(*at));
}
