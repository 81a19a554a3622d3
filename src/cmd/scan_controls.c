/* SPDX-License-Identifier: MIT */
#include "scan_controls.h"

#include <netinet/in.h>
#include <stddef.h>

#define DYNAMIC "49152-" /* RFC 6335, section 6: nobody's service stands there */
#define ALL     "-"

static struct ports *without(const char *of, const struct ports *gone, const struct ports *asked)
{
	struct ports *left;

	if (ports_parse(of, IPPROTO_TCP, &left, NULL) != 0)
		return NULL;
	if (gone)
		ports_remove(left, gone);
	if (asked)
		ports_remove(left, asked);
	return left;
}

struct ports *scan_controls(const struct ports *asked, const char *excluded, int proto)
{
	struct ports *gone = NULL, *left;

	if (excluded)
		ports_parse(excluded, proto, &gone, NULL);
	left = without(DYNAMIC, gone, NULL);
	if (left && ports_count(left) == 0) {
		ports_free(left);
		left = without(ALL, gone, asked);
	}
	ports_free(gone);
	return left;
}
