/* SPDX-License-Identifier: MIT */
/* What an outside server may say to the POSTGRESQL machine: see machine.h. */
#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_machine(PROTOCOL_POSTGRESQL, data, size);
	return 0;
}
