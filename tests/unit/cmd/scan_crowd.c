/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_crowd.h"

#include "../unit.h"
#include "scan_told.h"

#include "netprobe/base/mem.h"

enum { PORTS = 13 };

static struct ports *ports;
static struct host *host;
static struct port_note notes[PORTS];
static struct strbuf words;

static struct addr at(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static void begin(void)
{
	struct addr a = at("192.0.2.9");

	ck_assert_int_eq(ports_parse("1-13", IPPROTO_TCP, &ports, NULL), 0);
	host = host_new("target", &a, ports);
	memset(notes, 0, sizeof notes);
}

static void end(void)
{
	host_free(host);
	ports_free(ports);
	strbuf_release(&words);
}

static void silent(
	uint32_t cell, enum port_state state, enum silence_proof proof, uint8_t confidence)
{
	told_decide(host, cell, state, REASON_TIMEOUT);
	host->cells[cell].proof = (uint8_t)proof;
	host->cells[cell].confidence = confidence;
}

static void all_silent(enum port_state state, enum silence_proof proof, uint8_t confidence)
{
	for (uint32_t i = 0; i < PORTS; i++)
		silent(i, state, proof, confidence);
}

static void ends_at(uint32_t cell, const char *last, unsigned hop, unsigned hops)
{
	notes[cell] = (struct port_note){
		.where = {.last = at(last), .hop = hop, .hops = hops}, .located = true};
}

/* Somebody answered with ICMP errors, as a router does that limits them. */
static void errors_came(void)
{
	host->witnesses = mem_resize(host->witnesses, 2, sizeof *host->witnesses);
	host->witnesses[1] = at("198.51.100.1");
	host->witness_count = 2;
	host->icmp_answers = 1;
	host->icmp_witness = 1;
}

static const char *line(int protocol)
{
	static struct crowds all;

	crowds_gather(&all, host);
	ck_assert_uint_eq(all.count, 1);
	strbuf_reset(&words);
	crowd_words(&words, host, &all.items[0], notes, protocol);
	return words.text;
}

START_TEST(tcp_silence_may_be_a_limit)
{
	begin();
	all_silent(PORT_FILTERED, SILENCE_NOT_PROVED, 0);
	ck_assert_str_eq(line(IPPROTO_TCP), "13 filtered (timeout)");
	errors_came();
	ck_assert_str_eq(line(IPPROTO_TCP), "13 filtered (timeout; ICMP limit of 198.51.100.1?)");
	host->icmp_answers = host->icmp_witness = 0;
	host_suspect_limit(host, NULL);
	ck_assert_str_eq(line(IPPROTO_TCP), "13 filtered (timeout; ICMP limit of a router?)");
	end();
}
END_TEST

START_TEST(udp_silence_says_what_it_proves)
{
	begin();
	errors_came();
	all_silent(PORT_OPEN_FILTERED, SILENCE_BESIDE, 97);
	ck_assert_str_eq(line(IPPROTO_UDP), "13 open|filtered (timeout; proved by closed ports "
					    "answered beside them, 97 %)");
	host->cells[4].confidence = 98;
	ck_assert_str_eq(line(IPPROTO_UDP), "13 open|filtered (timeout; proved by closed ports "
					    "answered beside them, 97-98 %)");
	end();
}
END_TEST

START_TEST(udp_silence_that_proves_nothing)
{
	begin();
	errors_came();
	all_silent(PORT_OPEN_FILTERED, SILENCE_NO_ERRORS, 50);
	ck_assert_str_eq(line(IPPROTO_UDP),
		"13 open|filtered (timeout; no port-unreachable came from this address, 50 %)");
	host->cells[3].proof = SILENCE_NOT_PROVED;
	host->cells[3].confidence = 12;
	ck_assert_str_eq(line(IPPROTO_UDP), "13 open|filtered (timeout; not proved, 12-50 %)");
	end();
}
END_TEST

START_TEST(udp_silence_beside_words_of_a_router)
{
	begin();
	errors_came();
	all_silent(PORT_OPEN_FILTERED, SILENCE_NO_WAY, 20);
	told_decide(host, 0, PORT_PENDING, REASON_NONE);
	host->cells[0].from = 1;
	host->cells[0].icmp_type = 3;
	host->no_way = 3;
	ck_assert_str_eq(line(IPPROTO_UDP),
		"12 open|filtered (timeout; ICMP limit of 198.51.100.1? It said net-unreachable of "
		"3 other ports, 20 %)");
	end();
}
END_TEST

START_TEST(udp_silence_of_both_kinds)
{
	begin();
	errors_came();
	all_silent(PORT_OPEN_FILTERED, SILENCE_BESIDE, 97);
	for (uint32_t i = 0; i < 4; i++)
		silent(i, PORT_OPEN_FILTERED, SILENCE_NOT_PROVED, 40);
	ck_assert_str_eq(line(IPPROTO_UDP),
		"13 open|filtered (timeout; 9 proved by closed ports answered beside them, 97 %; "
		"4 not, 40 %)");
	end();
}
END_TEST

START_TEST(where_all_end)
{
	begin();
	all_silent(PORT_FILTERED, SILENCE_NOT_PROVED, 0);
	for (uint32_t i = 0; i < PORTS; i++)
		ends_at(i, "198.51.100.2", 2, 3);
	ck_assert_str_eq(line(IPPROTO_TCP),
		"13 filtered (timeout), dropped at or after 198.51.100.2 (hop 2 of 3)");
	end();
}
END_TEST

START_TEST(where_those_end_that_were_followed)
{
	begin();
	all_silent(PORT_FILTERED, SILENCE_NOT_PROVED, 0);
	for (uint32_t i = 0; i < 8; i++)
		ends_at(i, "198.51.100.2", 2, 3);
	ck_assert_str_eq(line(IPPROTO_TCP),
		"13 filtered (timeout); 8 followed: dropped at or after 198.51.100.2 (hop 2 of 3)");
	end();
}
END_TEST

START_TEST(where_they_end_at_several_places)
{
	begin();
	all_silent(PORT_FILTERED, SILENCE_NOT_PROVED, 0);
	for (uint32_t i = 0; i < 3; i++)
		ends_at(i, "198.51.100.1", 1, 3);
	for (uint32_t i = 3; i < 8; i++)
		ends_at(i, "198.51.100.2", 2, 3);
	ck_assert_str_eq(line(IPPROTO_TCP),
		"13 filtered (timeout); 5 followed: dropped at or after 198.51.100.2 (hop 2 of 3); "
		"3 followed: dropped at or after 198.51.100.1 (hop 1 of 3)");
	end();
}
END_TEST

START_TEST(more_places_than_there_is_room_for)
{
	struct endings all = {0};
	char last[32];

	begin();
	for (unsigned i = 0; i < ENDINGS_MAX + 2; i++) {
		snprintf(last, sizeof last, "198.51.100.%u", i + 1);
		ends_at(0, last, 2, 3);
		endings_add(&all, host, &notes[0], IPPROTO_TCP);
	}
	endings_words(&words, &all, 100);
	ck_assert_ptr_nonnull(strstr(words.text, "; 2 followed: elsewhere"));
	endings_release(&all);
	end();
}
END_TEST

START_TEST(who_said_so)
{
	begin();
	errors_came();
	for (uint32_t i = 0; i < PORTS; i++) {
		told_decide(host, i, PORT_CLOSED, REASON_ICMP);
		host->cells[i].from = 1;
		host->cells[i].icmp_type = 3;
		host->cells[i].icmp_code = 3;
	}
	ck_assert_str_eq(line(IPPROTO_UDP), "13 closed (icmp port-unreachable from 198.51.100.1)");
	end();
}
END_TEST

UNIT_MAIN("cmd/scan_crowd", tcp_silence_may_be_a_limit, udp_silence_says_what_it_proves,
	udp_silence_that_proves_nothing, udp_silence_beside_words_of_a_router,
	udp_silence_of_both_kinds, where_all_end, where_those_end_that_were_followed,
	where_they_end_at_several_places, more_places_than_there_is_room_for, who_said_so)
