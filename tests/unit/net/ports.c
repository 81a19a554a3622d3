/* SPDX-License-Identifier: MIT */
#include "netprobe/net/ports.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <netinet/in.h>

static struct ports *parsed(const char *text)
{
	struct ports *p;

	ck_assert_int_eq(ports_parse(text, IPPROTO_TCP, &p, NULL), 0);
	return p;
}

/* The first port from `from` on that is (or is not) in the set, PORTS_MAX + 1 where there is none.
 */
static uint32_t next(const struct ports *p, uint32_t from, bool in)
{
	while (from <= PORTS_MAX && ports_has(p, (uint16_t)from) != in)
		from++;
	return from;
}

/* In ascending order, runs folded: "22,80,8000-8100". */
static void set_text(const struct ports *p, struct strbuf *out)
{
	const char *comma = "";

	for (uint32_t first = next(p, 1, true), end; first <= PORTS_MAX;
		first = next(p, end, true)) {
		end = next(p, first, false);
		strbuf_printf(out, "%s%u", comma, first);
		if (end - first > 1)
			strbuf_printf(out, "-%u", end - 1);
		comma = ",";
	}
}

static void assert_text(const struct ports *p, const char *wanted)
{
	struct strbuf sb;

	strbuf_init(&sb);
	set_text(p, &sb);
	ck_assert_str_eq(sb.text, wanted);
	strbuf_release(&sb);
}

static void assert_set(const char *text, const char *wanted)
{
	struct ports *p = parsed(text);

	assert_text(p, wanted);
	ports_free(p);
}

static void assert_refused(const char *text, int wanted, const char *element)
{
	struct strbuf bad;
	struct ports *p = (struct ports *)&bad;

	strbuf_init(&bad);
	ck_assert_msg(ports_parse(text, IPPROTO_TCP, &p, &bad) == wanted, "\"%s\"", text);
	ck_assert_ptr_null(p);
	ck_assert_str_eq(bad.text, element);
	strbuf_release(&bad);
}

START_TEST(ports_keeps_the_order_of_naming)
{
	struct ports *p = parsed("443,22,80-82");
	static const uint16_t wanted[] = {443, 22, 80, 81, 82};

	ck_assert_uint_eq(ports_count(p), 5);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(ports_at(p, i), wanted[i]);
	ports_free(p);
}
END_TEST

START_TEST(ports_drops_duplicates)
{
	struct ports *p = parsed("80,22,79-81,80,ssh");

	ck_assert_uint_eq(ports_count(p), 4);
	ck_assert_uint_eq(ports_at(p, 0), 80);
	ck_assert_uint_eq(ports_at(p, 1), 22);
	assert_text(p, "22,79-81");
	ports_free(p);
}
END_TEST

START_TEST(ports_takes_open_ranges_and_all)
{
	assert_set("-", "1-65535");
	assert_set("-1024", "1-1024");
	assert_set("60000-", "60000-65535");
	assert_set("65535-", "65535");
	assert_set("-1", "1");
	assert_set("7-7", "7");
	assert_set("0022", "22");
}
END_TEST

START_TEST(ports_folds_runs_in_ascending_order)
{
	assert_set("8000-8100,80,22", "22,80,8000-8100");
	assert_set("3,2,1,65535,65534", "1-3,65534-65535");
}
END_TEST

START_TEST(ports_knows_service_names)
{
	assert_set("ssh,https,domain", "22,53,443");
	assert_set("http-alt", "8080");
	assert_set("HTTPS", "443");
}
END_TEST

START_TEST(ports_looks_names_up_by_protocol)
{
	struct ports *p;

	ck_assert_int_eq(ports_parse("tftp", IPPROTO_UDP, &p, NULL), 0);
	assert_text(p, "69");
	ports_free(p);
	ck_assert_int_eq(ports_parse("tftp", IPPROTO_TCP, &p, NULL), ERR_SERVICE);
}
END_TEST

START_TEST(ports_takes_the_likeliest)
{
	struct ports *p = parsed("top:100"), *all = parsed("top:65535");

	ck_assert_uint_eq(ports_count(p), 100);
	ck_assert(ports_has(p, 22) && ports_has(p, 443));
	assert_text(all, "1-65535");
	ports_free(p);
	ports_free(all);
}
END_TEST

START_TEST(ports_rejects_empty_elements)
{
	assert_refused("", ERR_EMPTY, "");
	assert_refused("22,,80", ERR_EMPTY, "");
	assert_refused("22,", ERR_EMPTY, "");
	assert_refused(",22", ERR_EMPTY, "");
}
END_TEST

START_TEST(ports_rejects_reversed_range)
{
	assert_refused("22,90-80,23", ERR_REVERSED, "90-80");
}
END_TEST

START_TEST(ports_rejects_ports_out_of_bounds)
{
	assert_refused("0", ERR_PORT, "0");
	assert_refused("65536", ERR_PORT, "65536");
	assert_refused("0-10", ERR_PORT, "0-10");
	assert_refused("10-65536", ERR_PORT, "10-65536");
	assert_refused("-0", ERR_PORT, "-0");
	assert_refused("99999999999999999999999", ERR_PORT, "99999999999999999999999");
}
END_TEST

START_TEST(ports_rejects_tops_out_of_bounds)
{
	assert_refused("top:0", ERR_RANGE, "top:0");
	assert_refused("top:65536", ERR_RANGE, "top:65536");
	assert_refused("top:", ERR_SYNTAX, "top:");
	assert_refused("top:-5", ERR_SYNTAX, "top:-5");
	assert_refused("top:5x", ERR_SYNTAX, "top:5x");
}
END_TEST

START_TEST(ports_rejects_blanks_and_other_noise)
{
	assert_refused("22, 80", ERR_SYNTAX, " 80");
	assert_refused("22 ,80", ERR_SYNTAX, "22 ");
	assert_refused(" ", ERR_SYNTAX, " ");
	assert_refused("80 - 90", ERR_SYNTAX, "80 - 90");
	assert_refused("ssh\n", ERR_SYNTAX, "ssh\n");
	assert_refused("+22", ERR_SYNTAX, "+22");
	assert_refused("1-2-3", ERR_SYNTAX, "1-2-3");
	assert_refused("--", ERR_SYNTAX, "--");
	assert_refused("\xc3\xa9", ERR_SYNTAX, "\xc3\xa9");
}
END_TEST

START_TEST(ports_rejects_unknown_services)
{
	assert_refused("ssh,no-such-service", ERR_SERVICE, "no-such-service");
	assert_refused("0x50", ERR_SERVICE, "0x50");
	assert_refused("22-http", ERR_SERVICE, "22-http");
}
END_TEST

START_TEST(ports_removes_keeping_order)
{
	struct ports *p = parsed("443,22,80,25"), *gone = parsed("20-30,443,9");

	ports_remove(p, gone);
	ck_assert_uint_eq(ports_count(p), 1);
	ck_assert_uint_eq(ports_at(p, 0), 80);
	ck_assert(!ports_has(p, 443));
	ports_free(gone);
	gone = ports_single(80);
	ports_remove(p, gone);
	ck_assert_uint_eq(ports_count(p), 0);
	assert_text(p, "");
	ports_free(gone);
	ports_free(p);
}
END_TEST

START_TEST(ports_single_has_one)
{
	struct ports *p = ports_single(65535);

	ck_assert_uint_eq(ports_count(p), 1);
	ck_assert_uint_eq(ports_at(p, 0), 65535);
	ck_assert(ports_has(p, 65535) && !ports_has(p, 65534));
	ports_free(p);
	ports_free(NULL);
}
END_TEST

static bool is_below(uint16_t port, void *user)
{
	return port < *(const uint16_t *)user;
}

START_TEST(ports_filter_keeps_order_and_may_leave_nothing)
{
	uint16_t limit = 100;
	struct ports *p = parsed("443,80,1000-65535,22,99-101"),
		     *kept = ports_filter(p, is_below, &limit);

	ck_assert_uint_eq(ports_count(kept), 3);
	ck_assert_uint_eq(ports_at(kept, 0), 80);
	ck_assert_uint_eq(ports_at(kept, 1), 22);
	assert_text(kept, "22,80,99");
	ports_remove(kept, p);
	assert_text(kept, "");
	ports_free(kept);
	assert_text(p, "22,80,99-101,443,1000-65535");
	limit = 22;
	ck_assert_ptr_null(ports_filter(p, is_below, &limit));
	ports_free(p);
}
END_TEST

START_TEST(ports_are_removed_that_one_of_the_sets_alone_has)
{
	struct ports *one = ports_single(80), *p = parsed("22,80");

	ports_remove(p, one);
	assert_text(p, "22");
	ports_remove(one, p);
	assert_text(one, "80");
	ports_free(p);
	ports_free(one);
}
END_TEST

UNIT_MAIN("net/ports", ports_keeps_the_order_of_naming, ports_drops_duplicates,
	ports_takes_open_ranges_and_all, ports_folds_runs_in_ascending_order,
	ports_knows_service_names, ports_looks_names_up_by_protocol, ports_takes_the_likeliest,
	ports_rejects_empty_elements, ports_rejects_reversed_range,
	ports_rejects_ports_out_of_bounds, ports_rejects_tops_out_of_bounds,
	ports_rejects_blanks_and_other_noise, ports_rejects_unknown_services,
	ports_removes_keeping_order, ports_single_has_one,
	ports_filter_keeps_order_and_may_leave_nothing,
	ports_are_removed_that_one_of_the_sets_alone_has)
