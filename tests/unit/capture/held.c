/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/held.h"

#include "netprobe/base/rng.h"

#include "../unit.h"

START_TEST(held_flows_come_back_by_id)
{
	enum { FLOWS = 1000 };
	static struct tracked f[FLOWS];
	struct held h = {0};
	uint64_t random = 5, before = 0;

	ck_assert_uint_eq(held_lowest(&h), UINT64_MAX);
	for (int i = 0; i < FLOWS; i++) {
		f[i].flow.id = 1 + (random = rng_mix(random)) % 1000000;
		held_put(&h, &f[i]);
	}
	for (int i = 0; i < FLOWS; i++) {
		uint64_t lowest = held_lowest(&h);

		ck_assert_uint_ge(lowest, before);
		ck_assert_uint_eq(held_take(&h)->flow.id, lowest);
		before = lowest;
	}
	ck_assert_uint_eq(h.count, 0);
	held_release(&h);
}
END_TEST

UNIT_MAIN("capture/held", held_flows_come_back_by_id)
