/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/vantage.h"

#include "../unit.h"
#include "segments.h"

static struct flow handshake_of(nsec_t server, nsec_t client)
{
	struct flow f = new_flow();

	f.handshake.state = HANDSHAKE_COMPLETE;
	f.handshake.first_syn = f.handshake.last_syn = f.handshake.answered_syn = 1000;
	f.handshake.synack = f.handshake.last_synack = 1000 + server;
	f.handshake.ack = 1000 + server + client;
	return f;
}

static void add(struct vantage *v, unsigned times, nsec_t server, nsec_t client)
{
	const struct flow f = handshake_of(server, client);

	while (times-- > 0)
		vantage_add(v, &f);
}

static enum vantage_place place_of(nsec_t server, nsec_t client)
{
	struct vantage v = {0};

	add(&v, 5, server, client);
	return vantage_place(&v);
}

START_TEST(vantage_is_where_the_way_is_short)
{
	ck_assert_int_eq(place_of(20 * MS, 30 * US), VANTAGE_CLIENT);
	ck_assert_int_eq(place_of(30 * US, 20 * MS), VANTAGE_SERVER);
	ck_assert_int_eq(place_of(20 * MS, 15 * MS), VANTAGE_BETWEEN);
	ck_assert_int_eq(place_of(15 * MS, 20 * MS), VANTAGE_BETWEEN);
}
END_TEST

START_TEST(vantage_is_known_in_a_local_network)
{
	ck_assert_int_eq(place_of(250 * US, 20 * US), VANTAGE_CLIENT);
	ck_assert_int_eq(place_of(20 * US, 250 * US), VANTAGE_SERVER);
	ck_assert_int_eq(place_of(150 * US, 150 * US), VANTAGE_BETWEEN);
}
END_TEST

START_TEST(vantage_is_between_when_neither_end_is_near)
{
	ck_assert_int_eq(place_of(200 * MS, 5 * MS), VANTAGE_BETWEEN);
	ck_assert_int_eq(place_of(5 * MS, 200 * MS), VANTAGE_BETWEEN);
}
END_TEST

START_TEST(vantage_is_unknown_where_both_ends_are_near)
{
	ck_assert_int_eq(place_of(40 * US, 5 * US), VANTAGE_UNKNOWN);
	ck_assert_int_eq(place_of(0, 0), VANTAGE_UNKNOWN);
}
END_TEST

START_TEST(vantage_takes_five_handshakes)
{
	struct vantage v = {0};

	ck_assert_int_eq(vantage_place(&v), VANTAGE_UNKNOWN);
	add(&v, 4, 20 * MS, 30 * US);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_UNKNOWN);
	add(&v, 1, 20 * MS, 30 * US);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_CLIENT);
}
END_TEST

START_TEST(vantage_is_what_four_in_five_agree_on)
{
	struct vantage v = {0};

	add(&v, 8, 20 * MS, 30 * US);
	add(&v, 2, 30 * US, 20 * MS);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_CLIENT);
	add(&v, 1, 20 * MS, 20 * MS);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_UNKNOWN);
}
END_TEST

/* A local network: what takes longer there was held up by a scheduler. */
START_TEST(vantage_is_not_what_a_few_outliers_show)
{
	struct vantage v = {0};

	add(&v, 1000, 5 * US, 2 * US);
	add(&v, 5, 5 * US, 400 * US);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_UNKNOWN);
	add(&v, 3994, 5 * US, 400 * US);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_UNKNOWN);
	add(&v, 1, 5 * US, 400 * US);
	ck_assert_int_eq(vantage_place(&v), VANTAGE_SERVER);
}
END_TEST

START_TEST(vantage_takes_only_times_that_are_certain)
{
	struct vantage v = {0};
	struct flow f[5];

	for (unsigned i = 0; i < 5; i++)
		f[i] = handshake_of(20 * MS, 30 * US);
	f[0].handshake.state = HANDSHAKE_HALF_OPEN;
	f[1].handshake.ambiguous_syn = true;
	f[2].handshake.synack_retries = 1;
	f[3].handshake.synack_first = true;
	f[4].handshake.answered_syn = NOT_SEEN;
	for (unsigned i = 0; i < 5; i++)
		vantage_add(&v, &f[i]);
	ck_assert_uint_eq(v.votes[VANTAGE_CLIENT], 0);
	ck_assert_uint_eq(v.votes[VANTAGE_UNKNOWN], 0);
}
END_TEST

START_TEST(vantage_has_words)
{
	ck_assert_ptr_null(vantage_place_name(VANTAGE_UNKNOWN));
	ck_assert_str_eq(vantage_place_name(VANTAGE_CLIENT), "client");
	ck_assert_str_eq(vantage_place_name(VANTAGE_SERVER), "server");
	ck_assert_str_eq(vantage_place_name(VANTAGE_BETWEEN), "between");
}
END_TEST

UNIT_MAIN("capture/vantage", vantage_is_where_the_way_is_short, vantage_is_known_in_a_local_network,
	vantage_is_between_when_neither_end_is_near, vantage_is_unknown_where_both_ends_are_near,
	vantage_takes_five_handshakes, vantage_is_what_four_in_five_agree_on,
	vantage_is_not_what_a_few_outliers_show, vantage_takes_only_times_that_are_certain,
	vantage_has_words)
