/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include "child.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BIT(cap) (UINT64_C(1) << (cap))

static const cap_value_t both[] = {CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE};
static const uint64_t reading = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE);

static int look_at_sets(void)
{
	static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};

	if (priv_drop() != 0)
		return 1;
	for (int i = 0; i < 4; i++)
		if (status_of(sets[i]) != 0)
			return 2 + i;
	return 0;
}

static int look_at_bounds(void)
{
	if (priv_drop() != 0)
		return 1;
	return status_of("CapBnd:") != 0;
}

static int look_at_new_privs(void)
{
	if (priv_drop() != 0)
		return 1;
	return status_of("NoNewPrivs:") != 1;
}

static int look_twice(void)
{
	if (priv_drop() != 0)
		return 1;
	return priv_drop() != 0;
}

static int look_at_raw_socket(void)
{
	uid_t before = geteuid();

	if (priv_drop() != 0)
		return 1;
	if (geteuid() != before)
		return 2;
	return socket(AF_INET, SOCK_RAW, 1) >= 0 ? 3 : 0;
}

START_TEST(drop_leaves_no_capability)
{
	ck_assert_int_eq(in_child(look_at_sets), 0);
}
END_TEST

/* Only who has CAP_SETPCAP can empty the bounding set. */
START_TEST(drop_empties_the_bounding_set_where_it_may)
{
	if (status_of("CapEff:") & 1 << 8)
		ck_assert_int_eq(in_child(look_at_bounds), 0);
}
END_TEST

START_TEST(drop_lets_no_privilege_come_back)
{
	ck_assert_int_eq(in_child(look_at_new_privs), 0);
}
END_TEST

START_TEST(drop_can_be_repeated)
{
	ck_assert_int_eq(in_child(look_twice), 0);
}
END_TEST

static int look_at_entering(void)
{
	bool admin = status_of("CapPrm:") >> 21 & 1;

	if (priv_can_enter_netns() != admin)
		return 1;
	if (priv_drop_but_reading() != 0)
		return 2;
	return priv_can_enter_netns() ? 3 : 0;
}

START_TEST(entering_a_namespace_takes_what_is_dropped)
{
	ck_assert_int_eq(in_child(look_at_entering), 0);
}
END_TEST

START_TEST(drop_ends_raw_sockets_and_keeps_the_user)
{
	ck_assert_int_eq(in_child(look_at_raw_socket), 0);
}
END_TEST

/* ---- all but reading */

static int look_at_what_stays(void)
{
	if (!privileged())
		return SKIPPED;
	if (priv_drop_but_reading() != 0)
		return 1;
	if (status_of("CapPrm:") != reading || status_of("CapEff:") != reading)
		return 2;
	if (status_of("CapInh:") != 0 || status_of("CapAmb:") != 0 || status_of("CapBnd:") != 0)
		return 3;
	if (status_of("NoNewPrivs:") != 1)
		return 4;
	return socket(AF_INET, SOCK_RAW, 1) >= 0 ? 5 : 0;
}

START_TEST(drop_but_reading_leaves_two_capabilities_for_this_process_alone)
{
	expect_in_child(look_at_what_stays);
}
END_TEST

static int look_at_one(void)
{
	if (!privileged() || !hold(both, 1, true))
		return SKIPPED;
	if (priv_drop_but_reading() != 0)
		return 1;
	return status_of("CapPrm:") == BIT(both[0]) && status_of("CapEff:") == BIT(both[0]) ? 0 : 2;
}

static int look_at_none(void)
{
	if (priv_drop() != 0 || priv_drop_but_reading() != 0)
		return 1;
	return status_of("CapPrm:") == 0 && status_of("CapEff:") == 0 ? 0 : 2;
}

START_TEST(drop_but_reading_gives_nothing_that_was_not_there)
{
	expect_in_child(look_at_one);
	expect_in_child(look_at_none);
}
END_TEST

/* setcap cap_sys_ptrace,cap_dac_read_search+p */
static int look_at_permitted(void)
{
	if (!privileged() || !hold(both, 2, false))
		return SKIPPED;
	if (priv_can_read_all() || !priv_holds_any())
		return 1;
	if (priv_drop_but_reading() != 0)
		return 2;
	return status_of("CapEff:") == reading && priv_can_read_all() ? 0 : 3;
}

START_TEST(drop_but_reading_puts_into_effect_what_is_permitted)
{
	expect_in_child(look_at_permitted);
}
END_TEST

static int look_after_both(void)
{
	if (!privileged())
		return SKIPPED;
	if (priv_drop_but_reading() != 0)
		return 1;
	if (priv_drop_but_reading() != 0)
		return 2;
	if (status_of("CapPrm:") != reading)
		return 3;
	return priv_drop() == 0 && status_of("CapPrm:") == 0 ? 0 : 4;
}

START_TEST(what_stays_can_be_dropped_later)
{
	expect_in_child(look_after_both);
}
END_TEST

/* What it is for: somebody else's directory that nobody else may look into. */
static char closed[] = "/tmp/netprobe-unit-XXXXXX";

static int look_at_a_closed_directory(void)
{
	int before, after, fd;

	if (geteuid() != 0 || chown(closed, 65534, 65534) != 0)
		return SKIPPED;
	if (priv_drop_but_reading() != 0)
		return 1;
	before = open(closed, O_RDONLY | O_DIRECTORY);
	fd = openat(before, "x", O_WRONLY | O_CREAT, 0600);
	if (priv_drop() != 0)
		return 2;
	after = open(closed, O_RDONLY | O_DIRECTORY);
	if (before < 0 || after >= 0)
		return 3;
	return fd < 0 ? 0 : 4;
}

START_TEST(what_stays_reads_and_does_not_write)
{
	ck_assert_ptr_nonnull(mkdtemp(closed));
	ck_assert_int_eq(chmod(closed, 0), 0);
	expect_in_child(look_at_a_closed_directory);
	rmdir(closed);
}
END_TEST

/* ---- what is held */

static int look_at_holding(void)
{
	if (!privileged() || !priv_holds_any() || !priv_can_read_all())
		return SKIPPED;
	if (priv_drop_but_reading() != 0)
		return 1;
	if (!priv_holds_any() || !priv_can_read_all())
		return 2;
	if (priv_drop() != 0)
		return 3;
	return !priv_holds_any() && !priv_can_read_all() ? 0 : 4;
}

START_TEST(drop_ends_holding_and_the_reading_of_everything)
{
	expect_in_child(look_at_holding);
}
END_TEST

static int look_at_the_first(void)
{
	if (!privileged() || !hold(both, 1, true))
		return SKIPPED;
	return priv_holds_any() && !priv_can_read_all() ? 0 : 1;
}

static int look_at_the_second(void)
{
	if (!privileged() || !hold(both + 1, 1, true))
		return SKIPPED;
	return priv_holds_any() && !priv_can_read_all() ? 0 : 1;
}

START_TEST(reading_everything_takes_both_of_them)
{
	expect_in_child(look_at_the_first);
	expect_in_child(look_at_the_second);
}
END_TEST

UNIT_MAIN("priv/priv", drop_leaves_no_capability, drop_empties_the_bounding_set_where_it_may,
	drop_lets_no_privilege_come_back, drop_can_be_repeated,
	entering_a_namespace_takes_what_is_dropped, drop_ends_raw_sockets_and_keeps_the_user,
	drop_but_reading_leaves_two_capabilities_for_this_process_alone,
	drop_but_reading_gives_nothing_that_was_not_there,
	drop_but_reading_puts_into_effect_what_is_permitted, what_stays_can_be_dropped_later,
	what_stays_reads_and_does_not_write, drop_ends_holding_and_the_reading_of_everything,
	reading_everything_takes_both_of_them)
