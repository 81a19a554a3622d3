/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/words.h"

#include "../output/capture.h"

#include <errno.h>

static const struct addr v4 = {.family = 4, .ip = {192, 0, 2, 1}};
static const struct addr broadcast = {.family = 4, .ip = {127, 255, 255, 255}};

START_TEST(way_that_is_missing_is_named_by_its_errno)
{
	ck_assert_str_eq(
		words_no_route(&v4, EACCES), "prohibited by this machine's routing policy");
	/* loopback's own, on every machine */
	ck_assert_str_eq(
		words_no_route(&broadcast, EACCES), "a network's broadcast address, not a host's");
	ck_assert_str_eq(words_no_route(&v4, EINVAL), "a blackhole route on this machine");
	ck_assert_str_eq(
		words_no_route(&v4, EHOSTUNREACH), "a route of type unreachable on this machine");
	ck_assert_str_eq(words_no_route(&v4, ENETUNREACH), "Network is unreachable");
	ck_assert_str_eq(
		words_no_route(&v4, EAFNOSUPPORT), "Address family not supported by protocol");
}
END_TEST

/* The kernel has the same errno for both. */
START_TEST(link_local_address_without_its_interface_is_no_blackhole)
{
	static const char zone[] = "a link-local address needs its interface: %eth0";
	struct addr a = {.family = 6, .ip = {0xfe, 0x80, [15] = 1}};

	ck_assert_str_eq(words_no_route(&a, EINVAL), zone);
	a.scope = 2;
	ck_assert_str_eq(words_no_route(&a, EINVAL), "a blackhole route on this machine");
	a = (struct addr){.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
	ck_assert_str_eq(words_no_route(&a, EINVAL), "a blackhole route on this machine");
	/* IPv4 has link-local addresses without zones */
	a = (struct addr){.family = 4, .ip = {169, 254, 0, 1}};
	ck_assert_str_eq(words_no_route(&a, EINVAL), "a blackhole route on this machine");
}
END_TEST

static const struct field fields[] = {
	{.name = "icmp", .kind = FIELD_RECORD, .sub = &icmp_schema},
};
static const struct schema schema = {"x", fields, 1};

static void expect_icmp(int family, uint8_t type, uint8_t code, const char *wanted)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record r, icmp;

	words_icmp(&icmp, family, type, code);
	record_init(&r, &schema);
	record_record(&r, 0, &icmp);
	output_record(c->out, &r, ROW_PLAIN);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_ptr_nonnull(strstr(capture_text(c), wanted));
	capture_free(c);
}

START_TEST(icmp_record_has_numbers_and_name)
{
	expect_icmp(4, 3, 1, "\"icmp\":{\"type\":3,\"code\":1,\"name\":\"host-unreachable\"}");
	expect_icmp(6, 1, 4, "\"icmp\":{\"type\":1,\"code\":4,\"name\":\"port-unreachable\"}");
	expect_icmp(4, 200, 5, "\"icmp\":{\"type\":200,\"code\":5,\"name\":\"unknown\"}");
}
END_TEST

UNIT_MAIN("cmd/words", way_that_is_missing_is_named_by_its_errno,
	link_local_address_without_its_interface_is_no_blackhole, icmp_record_has_numbers_and_name)
