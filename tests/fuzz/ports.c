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

/* Text and back is the same set, in ascending order. */
static void check_text(const struct ports *p)
{
	struct strbuf text = {0}, again = {0};
	struct ports *q;

	ports_text(p, &text);
	must(ports_parse(text.text, IPPROTO_TCP, &q, NULL) == 0);
	must(ports_count(q) == ports_count(p));
	for (uint32_t i = 0; i < ports_count(q); i++) {
		must(ports_has(p, ports_at(q, i)));
		must(i == 0 || ports_at(q, i) > ports_at(q, i - 1));
	}
	ports_text(q, &again);
	must(strcmp(text.text, again.text) == 0);
	ports_remove(q, p);
	must(ports_count(q) == 0);
	ports_free(q);
	strbuf_release(&text);
	strbuf_release(&again);
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
		check_text(p);
		ports_free(p);
	}
	strbuf_release(&bad);
	free(text);
	return 0;
}
