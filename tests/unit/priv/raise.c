/* SPDX-License-Identifier: MIT */
#include "../../../src/priv/raise.h"

#include "child.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static const cap_value_t both[] = {CAP_NET_RAW, CAP_NET_ADMIN};

static int look_at_permitted(void)
{
	if (!privileged() || !hold(both, 2, false))
		return SKIPPED;
	priv_raise(CAP_NET_RAW);
	if (status_of("CapEff:") != BIT(CAP_NET_RAW))
		return 1;
	if (status_of("CapPrm:") != (BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN)))
		return 2;
	priv_raise(CAP_NET_ADMIN);
	if (status_of("CapEff:") != (BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN)))
		return 3;
	return status_of("CapInh:") == 0 ? 0 : 4;
}

START_TEST(what_is_permitted_comes_into_effect_one_by_one)
{
	expect_in_child(look_at_permitted);
}
END_TEST

static int look_at_another(void)
{
	if (!privileged() || !hold(both, 1, false))
		return SKIPPED;
	priv_raise(CAP_NET_ADMIN);
	return status_of("CapEff:") == 0 && status_of("CapPrm:") == BIT(CAP_NET_RAW) ? 0 : 1;
}

START_TEST(what_is_not_permitted_stays_away)
{
	expect_in_child(look_at_another);
}
END_TEST

static int look_at_effective(void)
{
	if (!privileged() || !hold(both, 2, true))
		return SKIPPED;
	priv_raise(CAP_NET_RAW);
	return status_of("CapEff:") == (BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN)) ? 0 : 1;
}

START_TEST(what_is_in_effect_stays_so)
{
	expect_in_child(look_at_effective);
}
END_TEST

UNIT_MAIN("priv/raise", what_is_permitted_comes_into_effect_one_by_one,
	what_is_not_permitted_stays_away, what_is_in_effect_stays_so)
