/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/ethernet.h"

#include "codec.h"

static const uint8_t header[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x06};

/* 802.1Q id 100 priority 5 drop eligible, 802.1Q id 4095, IPv6, the first byte of it. */
static const uint8_t tags[] = {0xb0, 0x64, 0x81, 0x00, 0x0f, 0xff, 0x86, 0xdd, 0x60};

START_TEST(ethernet_gives_the_type)
{
	struct exact e = exact_of(header, sizeof header);

	ck_assert_uint_eq(ethernet_parse(&e.c), ETHERTYPE_ARP);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

START_TEST(ethernet_refuses_less_than_a_header)
{
	for (size_t len = 0; len < sizeof header; len++) {
		struct exact e = exact_of(header, len);

		ck_assert_uint_eq(ethernet_parse(&e.c), 0);
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

START_TEST(vlan_goes_over_tags)
{
	struct vlan_tags t = {0};
	struct exact e = exact_of(tags, sizeof tags);

	ck_assert_uint_eq(vlan_parse(&e.c, ETHERTYPE_QINQ, &t), ETHERTYPE_IPV6);
	ck_assert_uint_eq(t.count, 2);
	ck_assert_uint_eq(t.ids[0], 100);
	ck_assert_uint_eq(t.ids[1], 4095);
	ck_assert_uint_eq(cursor_u8(&e.c), 0x60);
	exact_free(&e);
}
END_TEST

START_TEST(vlan_adds_to_tags_that_stand_already)
{
	struct vlan_tags t = {.count = 1, .ids = {7}};
	struct exact e = exact_of(tags, sizeof tags);

	ck_assert_uint_eq(vlan_parse(&e.c, ETHERTYPE_OLD_QINQ, &t), ETHERTYPE_IPV6);
	ck_assert_uint_eq(t.count, 3);
	ck_assert_uint_eq(t.ids[0], 7);
	ck_assert_uint_eq(t.ids[1], 100);
	exact_free(&e);
}
END_TEST

START_TEST(vlan_leaves_what_has_no_tag)
{
	struct vlan_tags t = {0};
	struct exact e = exact_of(tags, sizeof tags);

	ck_assert_uint_eq(vlan_parse(&e.c, ETHERTYPE_IPV4, &t), ETHERTYPE_IPV4);
	ck_assert_uint_eq(t.count, 0);
	ck_assert_uint_eq(cursor_left(&e.c), sizeof tags);
	exact_free(&e);
}
END_TEST

START_TEST(vlan_refuses_a_tag_that_is_cut)
{
	for (size_t len = 0; len < 8; len++) {
		struct vlan_tags t = {0};
		struct exact e = exact_of(tags, len);

		ck_assert_uint_eq(vlan_parse(&e.c, ETHERTYPE_VLAN, &t), 0);
		ck_assert(!cursor_ok(&e.c));
		ck_assert_uint_eq(t.count, len / 4);
		exact_free(&e);
	}
}
END_TEST

START_TEST(vlan_does_not_lose_count)
{
	uint8_t many[4 * 300];
	struct vlan_tags t = {0};
	struct exact e;

	for (size_t i = 0; i < sizeof many; i++)
		many[i] = i % 4 == 2 ? 0x81 : 0;
	many[sizeof many - 2] = 0x08;
	e = exact_of(many, sizeof many);
	ck_assert_uint_eq(vlan_parse(&e.c, ETHERTYPE_VLAN, &t), ETHERTYPE_IPV4);
	ck_assert_uint_eq(t.count, 255);
	exact_free(&e);
}
END_TEST

UNIT_MAIN("packet/ethernet", ethernet_gives_the_type, ethernet_refuses_less_than_a_header,
	vlan_goes_over_tags, vlan_adds_to_tags_that_stand_already, vlan_leaves_what_has_no_tag,
	vlan_refuses_a_tag_that_is_cut, vlan_does_not_lose_count)
