/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_port.h"

#include "../output/capture.h"

#include "netprobe/query/query.h"

#include <netinet/in.h>

static const struct addr target = {.family = 4, .ip = {192, 0, 2, 3}};
static const struct addr neighbour = {.family = 4, .ip = {192, 0, 2, 2}};

/* One port, 7777, that is decided. */
struct made {
	struct ports *ports;
	struct host *h;
};

static struct made make(enum port_state state, enum port_reason reason, const struct addr *from)
{
	struct answer a = {.state = state, .reason = reason};
	struct made m;

	if (from)
		a.from = *from;
	ck_assert_int_eq(ports_parse("7777", IPPROTO_UDP, &m.ports, NULL), 0);
	m.h = host_new("target", &target, m.ports);
	host_decide(m.h, 0, &a, 0);
	return m;
}

static void unmake(struct made m)
{
	host_free(m.h);
	ports_free(m.ports);
}

static void expect_noted(struct made m, int protocol, const struct port_note *note,
	enum output_format format, const char *what)
{
	struct capture *c = capture_open(format, COLOR_NEVER);
	struct port_put put = {.out = c->out, .layout = REPORT_BLOCKS, .protocol = protocol};

	port_put(&put, m.h, 0, note);
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_msg(strstr(capture_text(c), what), "%s\nnot in: %s", what, c->text);
	capture_free(c);
}

/* `what` stands in what is written of it. */
static void expect(struct made m, enum output_format format, const char *what)
{
	expect_noted(m, IPPROTO_UDP, NULL, format, what);
}

static void expect_silence(
	enum silence_proof proof, uint8_t confidence, nsec_t interval, const char *detail)
{
	struct made m = make(PORT_OPEN_FILTERED, REASON_TIMEOUT, NULL);
	struct strbuf json = {0};

	m.h->cells[0].proof = (uint8_t)proof;
	m.h->cells[0].confidence = confidence;
	m.h->icmp_interval = interval;
	strbuf_printf(&json, "\"detail\":\"%s\"", detail);
	expect(m, OUTPUT_JSON, json.text);
	expect(m, OUTPUT_TABLE, detail);
	strbuf_release(&json);
	unmake(m);
}

START_TEST(silence_says_how_sure_it_is)
{
	expect_silence(SILENCE_BESIDE, 75, 0,
		"silent, while a closed port asked in the same instant was answered (75 %)");
	expect_silence(SILENCE_NO_ERRORS, 50, 0,
		"silent, and no port-unreachable came from this address (50 %)");
	expect_silence(SILENCE_NOT_PROVED, 12, 0, "silent; not proved (12 %)");
	expect_silence(SILENCE_NOT_PROVED, 50, NSEC_PER_SEC,
		"silent; not proved (50 %): one ICMP error in 1 s is all that comes from here");
}
END_TEST

START_TEST(silence_says_who_said_what_of_other_ports)
{
	struct made m = make(PORT_OPEN_FILTERED, REASON_TIMEOUT, &neighbour);

	m.h->cells[0].icmp_type = 3;
	m.h->cells[0].icmp_code = 1;
	m.h->cells[0].proof = SILENCE_NO_WAY;
	m.h->cells[0].confidence = 20;
	m.h->no_way = 3;
	expect(m, OUTPUT_JSON,
		"\"confidence\":20,\"proved\":false,\"where\":null,"
		"\"detail\":\"silent; ICMP limit of 192.0.2.2? It said host-unreachable of 3 other "
		"ports (20 %)\"");
	m.h->no_way = 1;
	expect(m, OUTPUT_TABLE, "It said host-unreachable of 1 other port (20 %)");
	unmake(m);
}
END_TEST

static void expect_heard(
	const char *bytes, size_t len, size_t whole, const char *json, const char *row)
{
	struct made m = make(PORT_OPEN, REASON_REPLY, &target);

	host_heard(m.h, 0, (const uint8_t *)bytes, len, whole);
	expect(m, OUTPUT_JSON, json);
	expect(m, OUTPUT_TABLE, row);
	unmake(m);
}

START_TEST(reply_that_is_not_understood_is_shown_as_far_as_it_goes)
{
	expect_heard("hello\n", 6, 6,
		"\"reply\":{\"bytes\":6,\"start\":\"hello\\\\n\"},"
		"\"detail\":\"6 bytes, not understood: \\\"hello\\\\n\\\"\"",
		"6 bytes, not understood: \"hello\\n\"");
	expect_heard("\0", 1, 1, "\"reply\":{\"bytes\":1,\"start\":\"\\\\x00\"}",
		"1 byte, not understood: \"\\x00\"");
	expect_heard("\x1b[2J", 4, 65000, "\"reply\":{\"bytes\":65000,\"start\":\"\\\\x1b[2J\"}",
		"65000 bytes, not understood: \"\\x1b[2J\"");
}
END_TEST

START_TEST(quotation_marks_of_strangers_do_not_end_theirs)
{
	expect_heard("a\"; b\\", 6, 6,
		"\"start\":\"a\\\"; b\\\\\\\\\"},"
		"\"detail\":\"6 bytes, not understood: \\\"a\\\\\\\"; b\\\\\\\\\\\"\"",
		"6 bytes, not understood: \"a\\\"; b\\\\\"");
}
END_TEST

START_TEST(no_more_than_the_first_bytes_are_kept)
{
	expect_heard("0123456789abcdef0123456789abcdefX", 33, 33,
		"\"start\":\"0123456789abcdef0123456789abcdef\"",
		"33 bytes, not understood: \"0123456789abcdef0123456789abcdef\"");
}
END_TEST

START_TEST(empty_reply_is_one)
{
	expect_heard("", 0, 0,
		"\"reply\":{\"bytes\":0,\"start\":\"\"},\"detail\":\"an empty datagram\"",
		"an empty datagram");
}
END_TEST

/* "NTP" without its facts: the protocol's name alone. */
START_TEST(protocol_without_words_ends_with_its_name)
{
	struct made m = make(PORT_OPEN, REASON_REPLY, &target);
	const struct query *q = query_protocols[0];
	struct facts none;

	for (size_t i = 0; strcmp(q->protocol, "ntp") != 0; i++)
		q = query_protocols[i];
	facts_init(&none, q->defs, q->def_count);
	host_replied(m.h, 0, q, &none);
	expect(m, OUTPUT_JSON, "\"detail\":\"ntp\"");
	unmake(m);
}
END_TEST

#define ELSEWHERE "answered from 192.0.2.2: a client that connects its socket never hears it"

START_TEST(reply_from_another_address_says_what_that_means)
{
	struct made m = make(PORT_OPEN, REASON_REPLY, &neighbour);

	expect(m, OUTPUT_JSON, "\"from\":\"192.0.2.2\"");
	expect(m, OUTPUT_JSON, "\"detail\":\"" ELSEWHERE "\"");
	host_heard(m.h, 0, (const uint8_t *)"x", 1, 1);
	expect(m, OUTPUT_JSON, "\"detail\":\"1 byte, not understood: \\\"x\\\"; " ELSEWHERE "\"");
	unmake(m);
}
END_TEST

START_TEST(other_reasons_have_other_senders)
{
	struct made m = make(PORT_FILTERED, REASON_ICMP, &neighbour);

	m.h->cells[0].icmp_type = 3;
	m.h->cells[0].icmp_code = 13;
	expect(m, OUTPUT_JSON, "\"detail\":\"admin-prohibited\"");
	unmake(m);
}
END_TEST

/* A page's title with a quotation mark in it. */
START_TEST(note_is_shown_as_it_was_escaped)
{
	struct made m = make(PORT_OPEN, REASON_SYN_ACK, NULL);
	struct port_note note = {.detail = {0}};

	strbuf_puts(&note.detail, "200 OK, \"a\\\"; b\\\\\"");
	expect_noted(m, IPPROTO_TCP, &note, OUTPUT_TABLE, "  200 OK, \"a\\\"; b\\\\\"\n");
	expect_noted(m, IPPROTO_TCP, &note, OUTPUT_JSON,
		"\"detail\":\"200 OK, \\\"a\\\\\\\"; b\\\\\\\\\\\"\"");
	strbuf_release(&note.detail);
	unmake(m);
}
END_TEST

static void expect_where(int protocol, struct whereabouts where, const char *words)
{
	struct made m = make(PORT_FILTERED, REASON_TIMEOUT, NULL);
	struct port_note note = {.where = where, .located = true};
	struct strbuf json = {0};

	strbuf_printf(&json, "; %s\"", words);
	expect_noted(m, protocol, &note, OUTPUT_JSON, json.text);
	strbuf_release(&json);
	unmake(m);
}

static struct whereabouts way(unsigned hop, unsigned hops, unsigned seen)
{
	struct whereabouts w = {.hop = hop, .hops = hops, .seen = seen};

	if (hop)
		w.last = neighbour;
	return w;
}

START_TEST(silence_of_tcp_is_a_drop)
{
	expect_where(IPPROTO_TCP, way(1, 3, 2), "dropped at or after 192.0.2.2 (hop 1 of 3)");
	expect_where(IPPROTO_TCP, way(2, 3, 2), "dropped at or after 192.0.2.2 (hop 2 of 3)");
	expect_where(IPPROTO_TCP, way(2, 0, 0), "dropped at or after 192.0.2.2 (hop 2)");
	expect_where(IPPROTO_TCP, way(0, 1, 0),
		"dropped by the target itself, or here: no hop is between");
}
END_TEST

START_TEST(silence_of_udp_is_a_drop_where_a_hop_further_on_speaks)
{
	expect_where(IPPROTO_UDP, way(1, 3, 2), "dropped at or after 192.0.2.2 (hop 1 of 3)");
	expect_where(IPPROTO_UDP, way(1, 0, 2), "dropped at or after 192.0.2.2 (hop 1)");
	expect_where(IPPROTO_UDP, way(1, 3, 1),
		"no word from beyond 192.0.2.2 (hop 1 of 3): dropped, or not answered");
	expect_where(IPPROTO_UDP, way(1, 0, 0),
		"no word from beyond 192.0.2.2 (hop 1): dropped, or not answered");
	expect_where(IPPROTO_UDP, way(2, 3, 2),
		"reaches 192.0.2.2 (hop 2 of 3), the last before the target: dropped at or after "
		"it, or not answered");
	expect_where(IPPROTO_UDP, way(0, 1, 0),
		"no hop is between: dropped by the target or here, or not answered");
}
END_TEST

START_TEST(hops_that_are_not_seen_keep_silent_or_are_not_reached)
{
	expect_where(IPPROTO_TCP, way(0, 3, 0), "no hop on the way lets itself be seen");
	expect_where(IPPROTO_UDP, way(0, 3, 0), "no hop on the way lets itself be seen");
	expect_where(IPPROTO_UDP, way(0, 3, 2),
		"dropped at or before the first hop that lets itself be seen");
}
END_TEST

START_TEST(way_that_a_limit_hides_is_not_said_to_end)
{
	struct whereabouts nowhere = {.withheld = neighbour}, beyond = way(1, 3, 2);

	beyond.withheld = target;
	expect_where(IPPROTO_TCP, nowhere, "not followed (ICMP limit of 192.0.2.2?)");
	expect_where(IPPROTO_UDP, beyond,
		"not followed beyond 192.0.2.2 (hop 1 of 3), ICMP limit of 192.0.2.3?");
}
END_TEST

UNIT_MAIN("cmd/scan_port", silence_says_how_sure_it_is, silence_says_who_said_what_of_other_ports,
	reply_that_is_not_understood_is_shown_as_far_as_it_goes,
	quotation_marks_of_strangers_do_not_end_theirs, no_more_than_the_first_bytes_are_kept,
	empty_reply_is_one, protocol_without_words_ends_with_its_name,
	reply_from_another_address_says_what_that_means, other_reasons_have_other_senders,
	note_is_shown_as_it_was_escaped, silence_of_tcp_is_a_drop,
	silence_of_udp_is_a_drop_where_a_hop_further_on_speaks,
	hops_that_are_not_seen_keep_silent_or_are_not_reached,
	way_that_a_limit_hides_is_not_said_to_end)
