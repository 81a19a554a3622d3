/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_SPEC_H
#define NETPROBE_NET_SPEC_H

#include "netprobe/net/range.h"

#include <stddef.h>
#include <stdint.h>

/* What one target specification says, lists apart. */
struct spec {
	enum spec_kind { SPEC_NAME, SPEC_ADDR, SPEC_RANGE } kind;
	char *host;         /* name, literal without brackets, or the text of the range; owned */
	struct range range; /* SPEC_ADDR and SPEC_RANGE */
	uint16_t port;      /* or 0 */
	char *scheme;       /* of a URL, in lower case, else NULL; owned */
	char *path;         /* of a URL that has one, as struct target says; owned */
};

/*
 * Returns 0 or a code: those of targets_add() but for lists, of which it knows nothing. `family` 4
 * or 6 refuses addresses of the other with ERR_FAMILY. *out is blank on failure.
 */
int spec_parse(const char *text, size_t len, int family, struct spec *out);
void spec_release(struct spec *s);

#endif
