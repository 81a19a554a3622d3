/* SPDX-License-Identifier: MIT */
/* The text of PROC/net/netstat: a counter is there only with its heading and below it. */
#include "../../src/procfs/findings_private.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf more = {0};
	uint64_t count;
	char *text;

	if (size > INPUT_MAX)
		return 0;
	text = mem_strndup((const char *)data, size);
	count = netstat_counter(text, "TcpExt:", "ListenOverflows");
	if (count) {
		char number[32];

		snprintf(number, sizeof number, "%llu", (unsigned long long)count);
		must(strstr(text, "TcpExt:") && strstr(text, "ListenOverflows") &&
			strstr(text, number));
	}
	/* the first pair decides, whatever follows */
	strbuf_puts(&more, "TcpExt: ListenOverflows\nTcpExt: 7\n");
	strbuf_puts(&more, text);
	must(netstat_counter(more.text, "TcpExt:", "ListenOverflows") == 7);
	strbuf_release(&more);
	free(text);
	return 0;
}
