/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include "../unit/banner/talk.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What a server may say to a machine. First byte: bit 0 TLS from the start, bit 1 upgrades are
 * wanted, bit 2 GET at once, bit 3 a name was asked for, bit 4 few lines are allowed, bit 5 IPv6.
 * Then the replies; cut in three ways they have to give the same conversation.
 */
static inline void fuzz_machine(enum protocol_id id, const uint8_t *data, size_t size)
{
	const struct protocol *protocol = protocol_of(id);
	struct machine_setup setup = {0};
	char *whole;

	if (size == 0 || size > 1 << 16)
		return;
	setup.secure = data[0] & 1;
	setup.upgrade = data[0] & 2;
	setup.get = data[0] & 4;
	setup.name = data[0] & 8 ? "www.example.net" : NULL;
	setup.line_limit = data[0] & 16 ? 5 : 0;
	addr_parse(data[0] & 32 ? "fd00::1" : "192.0.2.7", data[0] & 32 ? 7 : 9, &setup.peer);
	addr_parse(data[0] & 32 ? "fd00::2" : "192.0.2.8", data[0] & 32 ? 7 : 9, &setup.self);
	whole = talk_run(protocol, &setup, data + 1, size - 1, 0);
	for (uint64_t cut = 1; cut <= 2; cut++) {
		char *pieces = talk_run(protocol, &setup, data + 1, size - 1, cut);

		if (strcmp(whole, pieces) != 0)
			abort();
		free(pieces);
	}
	free(whole);
}

#endif
