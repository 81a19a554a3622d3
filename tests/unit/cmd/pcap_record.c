/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#include "../../../src/cmd/pcap_record.h"

#define START (1700000000 * S)

static void begin(struct story *s)
{
	s->json = true;
	story_begin(s, pcap_table_view);
}

static void take(struct story *s, struct frame frame, nsec_t at)
{
	story_frame(s, &frame, START + at);
}

/* What there is when the capture is at its end. */
static const char *ended(struct story *s)
{
	tracker_finish(s->tracker);
	return story_text(s);
}

static void expect_part(const struct story *s, const char *part)
{
	ck_assert_msg(strstr(s->text, part) != NULL, "not in %s: %s", s->text, part);
}

static void expect_no_part(const struct story *s, const char *part)
{
	ck_assert_msg(strstr(s->text, part) == NULL, "in %s: %s", s->text, part);
}

START_TEST(record_has_every_field_in_its_place)
{
	static struct story s;

	begin(&s);
	take(&s, syn(), 0);
	take(&s, synack(), 20 * MS);
	take(&s, ack(), 20 * MS + MS / 20);
	take(&s, data(CLIENT, 100), 21 * MS);
	story_expect(&s, 1,
		"{\"type\":\"flow\",\"id\":1,\"client\":{\"addr\":\"10.0.0.1\",\"port\":40000},"
		"\"server\":{\"addr\":\"10.0.0.2\",\"port\":80,\"service\":\"http\"},"
		"\"start\":\"2023-11-14T22:13:20.000000Z\","
		"\"handshake\":{\"state\":\"complete\",\"decided\":true,\"syn_retries\":0,"
		"\"synack_retries\":0,\"syn_synack_ms\":20,\"synack_ack_ms\":0.05,"
		"\"rtt_ms\":20.05,\"connect_ms\":20.05,\"ambiguous\":false},"
		"\"client_options\":{\"mss\":null,\"wscale\":null,\"sack\":false,"
		"\"timestamps\":false,\"ecn\":false,\"tfo\":false,\"mptcp\":false},"
		"\"server_options\":{\"mss\":null,\"wscale\":null,\"sack\":false,"
		"\"timestamps\":false,\"ecn\":false,\"tfo\":false,\"mptcp\":false},"
		"\"ttl\":{\"client\":64,\"server\":64,\"rst\":null},\"conn_state\":\"S1\","
		"\"history\":\"ShAD\",\"end\":\"open\",\"ended_by\":null,\"packets\":[3,1],"
		"\"bytes\":[100,0],\"retransmissions\":[0,0],\"out_of_order\":[0,0],"
		"\"zero_windows\":[0,0],\"first_data_ms\":21,\"duration_ms\":21,"
		"\"over\":\"finished\"}\n");
}
END_TEST

START_TEST(record_has_null_for_what_was_not_seen)
{
	static struct story s;

	begin(&s);
	take(&s, synack(), 0);
	ended(&s);
	expect_part(&s, "\"syn_synack_ms\":null,\"synack_ack_ms\":null,\"rtt_ms\":null,"
			"\"connect_ms\":null");
	expect_part(&s, "\"client_options\":null,\"server_options\":{");
	expect_part(&s, "\"ttl\":{\"client\":null,\"server\":64,\"rst\":null}");
	expect_part(&s, "\"first_data_ms\":null,\"duration_ms\":0,");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_names_no_service_where_names_are_not_asked_for)
{
	static struct story s;

	s.options.common.numeric = true;
	begin(&s);
	take(&s, syn(), 0);
	ended(&s);
	expect_part(&s, "\"server\":{\"addr\":\"10.0.0.2\",\"port\":80},");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_tells_what_was_offered)
{
	static const uint8_t offers[] = {
		2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 3, 3, 7, 1};
	static struct story s;
	struct frame first = with_options(syn(), offers, sizeof offers);

	first.tcp.flags |= TCP_ECE | TCP_CWR;
	begin(&s);
	take(&s, first, 0);
	ended(&s);
	expect_part(&s, "\"client_options\":{\"mss\":1460,\"wscale\":7,\"sack\":true,"
			"\"timestamps\":true,\"ecn\":true,\"tfo\":false,\"mptcp\":false}");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_tells_who_turned_the_attempt_away_and_when)
{
	static struct story refused, rejected;
	struct frame first = syn();

	begin(&refused);
	take(&refused, first, 0);
	take(&refused, first, S);
	take(&refused, refusal(), S + 3 * MS);
	ended(&refused);
	/* of the SYN that was answered, not of the first */
	expect_part(&refused, "\"state\":\"refused\",\"decided\":true,\"syn_retries\":1");
	expect_part(&refused, "\"answer_ms\":3}");
	expect_part(&refused, "\"rst\":64}");
	expect_part(&refused, "\"end\":\"rst\",\"ended_by\":\"server\"");
	expect_no_part(&refused, "\"from\"");
	story_expect(&refused, 1, refused.text);
	begin(&rejected);
	take(&rejected, first, 0);
	take(&rejected, icmp_about(&first, 3, 13, 8), 2 * MS);
	ended(&rejected);
	expect_part(&rejected, "\"answer_ms\":2,\"from\":\"10.0.0.254\",\"icmp\":{\"type\":3,"
			       "\"code\":13,\"name\":\"admin-prohibited\"}}");
	expect_part(&rejected, "\"note\":\"admin-prohibited from 10.0.0.254\"");
	story_expect(&rejected, 1, rejected.text);
}
END_TEST

/* A forged RST comes first, then the server's own answer. */
START_TEST(record_of_what_was_complete_after_all_has_no_answer)
{
	static struct story s;

	begin(&s);
	take(&s, syn(), 0);
	take(&s, with_ttl(refusal(), 200), MS);
	take(&s, synack(), 20 * MS);
	take(&s, ack(), 21 * MS);
	ended(&s);
	expect_part(&s, "\"state\":\"complete\"");
	expect_no_part(&s, "answer_ms");
	expect_part(&s, "\"foreign_rst\":true");
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(record_has_the_place_of_what_is_in_one)
{
	static struct story s;
	struct frame qinq = with_vlan(syn(), 20), gre = syn(), keyed = syn(), geneve = syn();

	qinq.vlan_count = 2;
	qinq.vlans[1] = 30;
	gre.tunnel = keyed.tunnel = TUNNEL_GRE;
	keyed.tunnel_id = 5;
	geneve.tunnel = TUNNEL_GENEVE;
	begin(&s);
	take(&s, with_vlan(syn(), 10), 0);
	take(&s, qinq, 0);
	take(&s, gre, 0);
	take(&s, keyed, 0);
	take(&s, geneve, 0);
	ended(&s);
	expect_part(&s, "\"vlan\":[10],");
	expect_part(&s, "\"vlan\":[20,30],");
	expect_part(&s, "\"tunnel\":{\"kind\":\"gre\"},");
	expect_part(&s, "\"tunnel\":{\"kind\":\"gre\",\"id\":5},");
	expect_part(&s, "\"tunnel\":{\"kind\":\"geneve\",\"id\":0},");
	story_expect(&s, 5, s.text);
}
END_TEST

START_TEST(record_tells_where_packets_were_seen_again)
{
	static struct story s;
	struct strbuf why = {0};
	struct capture *file = capture_open(&(struct capture_options){.path = "/dev/null"}, &why);

	begin(&s);
	s.context.capture = file;
	s.interface = 3;
	take(&s, with_id(syn(), 7), 0);
	s.interface = 4;
	take(&s, with_ttl(with_id(syn(), 7), 63), MS / 100);
	ended(&s);
	expect_part(&s, "\"packets\":[1,0]");
	expect_part(&s, "\"sightings\":{\"count\":1,\"from\":\"3\",\"to\":\"4\",\"ttl_from\":64,"
			"\"ttl_to\":63,\"moved\":true,\"changed\":[]}");
	expect_part(&s, "interface 3 -> interface 4, TTL 64 -> 63\",\"over\"");
	story_expect(&s, 1, s.text);
	capture_free(file);
}
END_TEST

START_TEST(record_says_why_it_is_the_last)
{
	static struct story s;

	begin(&s);
	take(&s, syn(), 0);
	take(&s, refusal(), MS);
	take(&s, syn_of(9), 2 * MS);
	/* so long that the one before has timed out */
	take(&s, with_ports(syn(), 50000, 81), 100 * S);
	ended(&s);
	expect_part(&s, "\"over\":\"superseded\"");
	expect_part(&s, "\"over\":\"timeout\"");
	expect_part(&s, "\"over\":\"finished\"");
	story_expect(&s, 3, s.text);
}
END_TEST

UNIT_MAIN("cmd/pcap_record", record_has_every_field_in_its_place,
	record_has_null_for_what_was_not_seen,
	record_names_no_service_where_names_are_not_asked_for, record_tells_what_was_offered,
	record_tells_who_turned_the_attempt_away_and_when,
	record_of_what_was_complete_after_all_has_no_answer, record_has_the_place_of_what_is_in_one,
	record_tells_where_packets_were_seen_again, record_says_why_it_is_the_last)
