/* SPDX-License-Identifier: MIT */
/* Whose words these are, by each beginning of them: what was decided stays, whatever follows. */
#include "netprobe/banner/protocols.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096, NEAR = 32 };

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

/* Each beginning until it is decided, those right behind, then whole hundreds and the end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verdict decided = {.more = true};
	size_t decided_at = 0;

	if (size > INPUT_MAX)
		size = INPUT_MAX;
	for (size_t len = 0; len <= size; len++) {
		struct verdict v;

		if (!decided.more && len > decided_at + NEAR && len % 100 != 0 && len != size)
			continue;
		v = judge(data, len);
		if (!decided.more) {
			must(!v.more && v.id == decided.id && v.second == decided.second);
			continue;
		}
		decided = v;
		decided_at = len;
	}
	return 0;
}
