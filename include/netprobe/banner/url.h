/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_URL_H
#define NETPROBE_BANNER_URL_H

#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Where a redirect leads (RFC 3986), for http and https. What comes out can go into a request line
 * and a Host field: no blank, no control character, nothing beyond ASCII.
 */
enum { URL_MAX = 2048 }; /* bytes, as given and as url_text() has it */

struct url {
	char *scheme; /* "http" or "https" */
	char *host;   /* a name in lower case, or a literal in its canonical form, no brackets */
	char *path;   /* path and query, from '/' on, without dot segments */
	struct addr addr; /* of a literal, with the port; family 0: a name */
	uint16_t port;
};

/*
 * Takes an absolute URL. Blanks and tabs around it and the fragment are dropped; blanks and bytes
 * beyond ASCII in path and query are percent-encoded. Returns 0 or
 * ERR_SYNTAX (no URL, a user before the host, control characters, no host), ERR_SERVICE (another
 * scheme), ERR_ADDRESS, ERR_ZONE, ERR_NAME, ERR_PORT, ERR_TOO_LONG; then *out is blank.
 */
int url_parse(const char *text, size_t len, struct url *out);

/*
 * Resolves a reference as a Location field holds it, absolute or relative, RFC 3986, section 5.2.
 * Codes as above. `base` may be put together by hand from a target: its host is taken as it is, a
 * path of NULL is "/". `out` may not be `base`.
 */
int url_join(const struct url *base, const char *location, size_t len, struct url *out);

/* Appends SCHEME://HOST[:PORT]PATH, the port only where it is not the scheme's own. */
void url_text(const struct url *url, struct strbuf *out);

void url_release(struct url *url); /* leaves it blank; blank is fine */

#endif
