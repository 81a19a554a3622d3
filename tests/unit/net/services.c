/* SPDX-License-Identifier: MIT */
#include "netprobe/net/services.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>

/* The services(5) that the tests see instead of the machine's. */
static const struct {
	const char *name, *aliases[3], *proto;
	uint16_t port;
} services[] = {
	{"http", {"www", "w\033ww"}, "tcp", 80},
	{"web", {NULL}, "tcp", 80},
	{"ssh", {NULL}, "tcp", 22},
	{"domain", {NULL}, "tcp", 53},
	{"domain", {NULL}, "udp", 53},
	{"bell\a", {"bell"}, "tcp", 90},
	{"a b", {NULL}, "tcp", 91},
	{"", {NULL}, "tcp", 92},
	{"\xc2\x9bm", {NULL}, "tcp", 93},
	{"sctponly", {NULL}, "sctp", 9},
	{"other", {"www"}, "tcp", 81},
};
static size_t position;
static unsigned times_opened;

void setservent(int stay_open)
{
	(void)stay_open;
	times_opened++;
	position = 0;
}

struct servent *getservent(void)
{
	static struct servent s;

	if (position == ARRAY_SIZE(services))
		return NULL;
	s.s_name = (char *)services[position].name;
	s.s_aliases = (char **)services[position].aliases;
	s.s_proto = (char *)services[position].proto;
	s.s_port = htons(services[position++].port);
	return &s;
}

void endservent(void)
{
}

START_TEST(services_reads_once)
{
	ck_assert_str_eq(service_name(22, IPPROTO_TCP), "ssh");
	ck_assert_uint_eq(service_port("ssh", IPPROTO_TCP), 22);
	ck_assert_uint_eq(times_opened, 1);
}
END_TEST

START_TEST(services_keeps_protocols_apart)
{
	ck_assert_str_eq(service_name(53, IPPROTO_UDP), "domain");
	ck_assert_ptr_null(service_name(22, IPPROTO_UDP));
	ck_assert_uint_eq(service_port("ssh", IPPROTO_UDP), 0);
	ck_assert_ptr_null(service_name(9, IPPROTO_TCP));
}
END_TEST

START_TEST(services_first_official_name_leads)
{
	ck_assert_str_eq(service_name(80, IPPROTO_TCP), "http");
	ck_assert_uint_eq(service_port("web", IPPROTO_TCP), 80);
}
END_TEST

START_TEST(services_knows_aliases_by_port_only)
{
	ck_assert_uint_eq(service_port("www", IPPROTO_TCP), 80);
	ck_assert_str_eq(service_name(81, IPPROTO_TCP), "other");
}
END_TEST

START_TEST(services_ignores_case)
{
	ck_assert_uint_eq(service_port("SSH", IPPROTO_TCP), 22);
}
END_TEST

START_TEST(services_ignores_names_that_are_not_plain)
{
	for (uint16_t port = 90; port <= 93; port++)
		ck_assert_ptr_null(service_name(port, IPPROTO_TCP));
	ck_assert_uint_eq(service_port("bell\a", IPPROTO_TCP), 0);
	ck_assert_uint_eq(service_port("w\033ww", IPPROTO_TCP), 0);
	ck_assert_uint_eq(service_port("", IPPROTO_TCP), 0);
	ck_assert_uint_eq(service_port("bell", IPPROTO_TCP), 90);
}
END_TEST

START_TEST(services_has_no_name_for_the_unknown)
{
	ck_assert_ptr_null(service_name(0, IPPROTO_TCP));
	ck_assert_ptr_null(service_name(65535, IPPROTO_UDP));
	ck_assert_uint_eq(service_port("nothing", IPPROTO_TCP), 0);
}
END_TEST

START_TEST(services_classes_meet_at_their_bounds)
{
	ck_assert_int_eq(service_class(1), PORT_WELL_KNOWN);
	ck_assert_int_eq(service_class(1023), PORT_WELL_KNOWN);
	ck_assert_int_eq(service_class(1024), PORT_REGISTERED);
	ck_assert_int_eq(service_class(49151), PORT_REGISTERED);
	ck_assert_int_eq(service_class(49152), PORT_DYNAMIC);
	ck_assert_int_eq(service_class(65535), PORT_DYNAMIC);
	ck_assert_str_eq(service_class_text(PORT_WELL_KNOWN), "well-known");
	ck_assert_str_eq(service_class_text(PORT_REGISTERED), "registered");
	ck_assert_str_eq(service_class_text(PORT_DYNAMIC), "dynamic");
}
END_TEST

static void assert_bijection(int proto)
{
	static bool seen[65536];

	memset(seen, 0, sizeof seen);
	for (uint32_t rank = 0; rank < 65535; rank++) {
		uint16_t port = service_top(rank, proto);

		ck_assert_msg(port != 0 && !seen[port], "port %u, rank %u", port, rank);
		seen[port] = true;
	}
}

START_TEST(services_top_names_every_port_once)
{
	assert_bijection(IPPROTO_TCP);
	assert_bijection(IPPROTO_UDP);
	ck_assert_uint_eq(service_top(65535, IPPROTO_TCP), 0);
}
END_TEST

START_TEST(services_top_ends_in_ascending_order)
{
	unsigned wrong = 0;

	for (uint32_t rank = 500; rank < 65534; rank++)
		wrong += service_top(rank, IPPROTO_TCP) >= service_top(rank + 1, IPPROTO_TCP);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void assert_within(uint16_t port, uint32_t ranks, int proto)
{
	uint32_t rank = 0;

	while (rank < ranks && service_top(rank, proto) != port)
		rank++;
	ck_assert_msg(rank < ranks, "port %u is not among the first %u", port, ranks);
}

START_TEST(services_top_leads_with_the_usual)
{
	static const uint16_t tcp[] = {21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 389, 443,
		445, 465, 587, 631, 993, 995, 1433, 1521, 1723, 2049, 3128, 3306, 3389, 5060, 5432,
		5900, 6379, 8000, 8080, 8443, 8888, 9100, 9200, 11211, 27017};
	static const uint16_t udp[] = {53, 67, 69, 123, 137, 161, 500, 514, 1194, 1900, 4500, 5353};

	for (size_t i = 0; i < ARRAY_SIZE(tcp); i++)
		assert_within(tcp[i], 100, IPPROTO_TCP);
	for (size_t i = 0; i < ARRAY_SIZE(udp); i++)
		assert_within(udp[i], 30, IPPROTO_UDP);
}
END_TEST

UNIT_MAIN("net/services", services_reads_once, services_keeps_protocols_apart,
	services_first_official_name_leads, services_knows_aliases_by_port_only,
	services_ignores_case, services_ignores_names_that_are_not_plain,
	services_has_no_name_for_the_unknown, services_classes_meet_at_their_bounds,
	services_top_names_every_port_once, services_top_ends_in_ascending_order,
	services_top_leads_with_the_usual)
