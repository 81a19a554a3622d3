/* SPDX-License-Identifier: MIT */
/* Whose words these are, by each beginning of them: what was decided stays, whatever follows. */
#include "netprobe/banner/protocols.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096 };

struct verdict {
	enum protocol_id id, second;
	bool more;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* In memory of its own length, so that a look behind its end is seen. */
static struct verdict judge(const uint8_t *data, size_t len)
{
	uint8_t *bytes = malloc(len ? len : 1);
	struct verdict v;

	must(bytes != NULL);
	for (size_t i = 0; i < len; i++)
		bytes[i] = data[i];
	v.id = protocol_recognise(bytes, len, &v.more, &v.second);
	free(bytes);
	must(v.id >= PROTOCOL_UNKNOWN && v.id < PROTOCOLS && v.second < PROTOCOLS);
	must(!v.more || v.id == PROTOCOL_UNKNOWN);
	must(v.second == PROTOCOL_UNKNOWN || (v.id != PROTOCOL_UNKNOWN && v.second != v.id));
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verdict decided = {.more = true};

	for (size_t len = 0; len <= size && len <= INPUT_MAX; len++) {
		struct verdict v = judge(data, len);

		if (!decided.more)
			must(!v.more && v.id == decided.id && v.second == decided.second);
		decided = v;
	}
	return 0;
}
