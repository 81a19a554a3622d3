/* SPDX-License-Identifier: MIT */
/* What addr_parse() takes, addr_text() must write so that it is read as the same again. */
#include "netprobe/net/addr.h"
#include "netprobe/base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct addr *a)
{
	char text[ADDR_TEXT_MAX], again[ADDR_TEXT_MAX];
	struct addr b;

	addr_text(a, text);
	must(addr_parse(text, strlen(text), &b) == 0);
	must(addr_compare(a, &b) == 0 && addr_same(a, &b));
	must(addr_hash(a, 1) == addr_hash(&b, 1));
	must(strcmp(text, addr_text(&b, again)) == 0);
}

static void check_conversions(const struct addr *a)
{
	struct sockaddr_storage ss;
	struct addr b = *a;

	addr_set_number(&b, addr_number(a));
	must(addr_compare(a, &b) == 0);
	must(addr_to_sockaddr(a, &ss) > 0);
	addr_from_sockaddr(&b, (struct sockaddr *)&ss);
	must(addr_compare(a, &b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr a;
	int err = addr_parse((const char *)data, size, &a);

	must(err == 0 || err == ERR_EMPTY || err == ERR_ADDRESS || err == ERR_TOO_LONG ||
		err == ERR_ZONE);
	must((err == 0) == (a.family != 0) && a.port == 0);
	must(a.scope == 0 || a.family == 6);
	if (err == 0) {
		check_text(&a);
		check_conversions(&a);
	}
	return 0;
}
