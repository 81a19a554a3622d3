/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_URI_H
#define NETPROBE_NET_URI_H

#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pieces of URLs (RFC 3986) that targets and redirects have in common. */

enum { URI_PATH_MAX = 2048 }; /* path and query together */

struct uri_host {
	char *host;       /* as given, without brackets; the caller's to free */
	struct addr addr; /* of a literal, port 0; family 0: a name */
	uint16_t port;    /* or 0 */
};

bool uri_scheme_ok(const char *text, size_t len);       /* section 3.1 */
size_t uri_authority_len(const char *text, size_t len); /* bytes before the first of "/?#" */

/*
 * HOST, HOST:PORT, V6, [V6], [V6]:PORT. Returns 0 or ERR_EMPTY, ERR_SYNTAX, ERR_ADDRESS, ERR_ZONE,
 * ERR_NAME, ERR_PORT, ERR_TOO_LONG; then *out is blank. A name may be UTF-8; numbers and dots alone
 * are none.
 */
int uri_host_port(const char *text, size_t len, struct uri_host *out);

/* The same as the authority of a URL: users before '@' are passed over, a port may be empty, and
 * the percent sign of a zone may be written "%25" (RFC 6874). */
int uri_authority(const char *text, size_t len, struct uri_host *out);

/* Appends text as a request line can bear it: blanks and bytes beyond ASCII percent-encoded, the
 * rest as it is. Control characters are ERR_SYNTAX. */
int uri_encode(const char *text, size_t len, struct strbuf *out);

#endif
