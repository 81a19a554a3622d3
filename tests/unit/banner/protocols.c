/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/protocols.h"

#include "netprobe/banner/machine.h"
#include "netprobe/net/ports.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>

START_TEST(every_protocol_has_its_own_name)
{
	for (int i = PROTOCOL_UNKNOWN + 1; i < PROTOCOLS; i++) {
		enum protocol_id id = (enum protocol_id)i;

		ck_assert_int_eq(protocol_by_name(protocol_name(id)), id);
	}
	ck_assert_str_eq(protocol_name(PROTOCOL_UNKNOWN), "unknown");
	ck_assert_str_eq(protocol_name(PROTOCOL_TLS), "tls");
}
END_TEST

START_TEST(names_are_exact)
{
	static const char *const others[] = {"", "HTTP", "http ", "htt", "unknown", "https"};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert_int_eq(protocol_by_name(others[i]), PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(every_protocol_but_tls_has_a_machine_of_its_own)
{
	for (int i = PROTOCOL_UNKNOWN; i < PROTOCOLS; i++) {
		const struct protocol *p = protocol_of((enum protocol_id)i);

		if (i == PROTOCOL_TLS) {
			ck_assert_ptr_null(p);
			continue;
		}
		ck_assert_int_eq(p->id, i);
		ck_assert_str_eq(p->name, protocol_name((enum protocol_id)i));
		ck_assert_ptr_nonnull(p->step);
	}
}
END_TEST

START_TEST(schemes_know_no_case)
{
	static const struct {
		const char *scheme;
		enum protocol_id id;
		bool tls;
	} known[] = {
		{"http", PROTOCOL_HTTP, false},
		{"HTTPS", PROTOCOL_HTTP, true},
		{"sftp", PROTOCOL_SSH, false},
		{"ftps", PROTOCOL_FTP, true},
		{"SmtpS", PROTOCOL_SMTP, true},
		{"imaps", PROTOCOL_IMAP, true},
		{"pop3s", PROTOCOL_POP3, true},
		{"postgres", PROTOCOL_POSTGRESQL, false},
		{"rediss", PROTOCOL_REDIS, true},
		{"tls", PROTOCOL_UNKNOWN, true},
	};
	enum protocol_id id;
	bool tls;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		ck_assert(protocol_by_scheme(known[i].scheme, &id, &tls));
		ck_assert_int_eq(id, known[i].id);
		ck_assert_int_eq(tls, known[i].tls);
	}
	ck_assert(!protocol_by_scheme("gopher", &id, &tls));
	ck_assert(!protocol_by_scheme("", &id, &tls));
}
END_TEST

/* What --proto can name, a URL can name, too. */
START_TEST(every_name_is_a_scheme)
{
	for (int i = PROTOCOL_UNKNOWN + 1; i < PROTOCOL_TLS; i++) {
		enum protocol_id id;
		bool tls;

		ck_assert(protocol_by_scheme(protocol_name((enum protocol_id)i), &id, &tls));
		ck_assert_int_eq(id, i);
		ck_assert(!tls);
	}
}
END_TEST

START_TEST(ports_that_are_asked_by_default_are_those_that_are_known)
{
	struct ports *ports;
	uint32_t known = 0;
	enum protocol_id id;
	bool tls;

	ck_assert_int_eq(ports_parse(protocol_ports, IPPROTO_TCP, &ports, NULL), 0);
	for (uint32_t port = 0; port <= UINT16_MAX; port++)
		known += protocol_by_port((uint16_t)port, &id, &tls);
	ck_assert_uint_eq(ports_count(ports), known);
	for (uint32_t i = 0; i < ports_count(ports); i++)
		ck_assert(protocol_by_port(ports_at(ports, i), &id, &tls));
	ports_free(ports);
}
END_TEST

START_TEST(ports_are_those_of_their_protocols)
{
	enum protocol_id id;
	bool tls;

	ck_assert(protocol_by_port(443, &id, &tls));
	ck_assert(id == PROTOCOL_HTTP && tls);
	ck_assert(protocol_by_port(587, &id, &tls));
	ck_assert(id == PROTOCOL_SMTP && !tls);
	ck_assert(protocol_by_port(853, &id, &tls));
	ck_assert(id == PROTOCOL_DNS && tls);
	ck_assert(!protocol_by_port(9999, &id, &tls));
}
END_TEST

UNIT_MAIN("banner/protocols", every_protocol_has_its_own_name, names_are_exact,
	every_protocol_but_tls_has_a_machine_of_its_own, schemes_know_no_case,
	every_name_is_a_scheme, ports_that_are_asked_by_default_are_those_that_are_known,
	ports_are_those_of_their_protocols)
