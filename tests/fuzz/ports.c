/* SPDX-License-Identifier: MIT */
#include "netprobe/net/ports.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <netinet/in.h>
#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 256 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_expected(int err)
{
	return err == ERR_EMPTY || err == ERR_SYNTAX || err == ERR_PORT || err == ERR_RANGE ||
	       err == ERR_REVERSED || err == ERR_SERVICE;
}

/* Every member is listed once. */
static void check_list(const struct ports *p)
{
	bool *seen = mem_alloc(PORTS_MAX + 1, sizeof *seen);

	must(ports_count(p) > 0 && ports_count(p) <= PORTS_MAX);
	for (uint32_t i = 0; i < ports_count(p); i++) {
		uint16_t port = ports_at(p, i);

		must(port != 0 && ports_has(p, port) && !seen[port]);
		seen[port] = true;
	}
	free(seen);
}

/* Each member written as a number is the same set, in the same order. */
static void check_numbers(const struct ports *p)
{
	struct strbuf text = {0};
	struct ports *q;

	for (uint32_t i = 0; i < ports_count(p); i++)
		strbuf_printf(&text, "%s%u", i ? "," : "", ports_at(p, i));
	must(ports_parse(text.text, IPPROTO_TCP, &q, NULL) == 0);
	must(ports_count(q) == ports_count(p));
	for (uint32_t i = 0; i < ports_count(q); i++)
		must(ports_at(q, i) == ports_at(p, i));
	ports_remove(q, p);
	must(ports_count(q) == 0);
	ports_free(q);
	strbuf_release(&text);
}

/* The first byte chooses the protocol, the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf bad = {0};
	struct ports *p;
	char *text;
	int err;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	text = mem_strndup((const char *)data + 1, size - 1);
	err = ports_parse(text, data[0] == 'u' ? IPPROTO_UDP : IPPROTO_TCP, &p, &bad);
	if (err) {
		must(is_expected(err) && !p);
		must(bad.len == 0 || strstr(text, bad.text));
	} else {
		check_list(p);
		check_numbers(p);
		ports_free(p);
	}
	strbuf_release(&bad);
	free(text);
	return 0;
}
