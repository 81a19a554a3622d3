/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_packet_words.h"

#include "pcap_said.h"

START_TEST(flags_are_letters_and_words)
{
	static const struct {
		uint16_t flags;
		const char *brackets, *words;
	} cases[] = {
		{0, "[none]", "no flags"},
		{TCP_SYN, "[S]", "SYN"},
		{TCP_SYN | TCP_ACK, "[S.]", "SYN, ACK"},
		{TCP_RST | TCP_ACK, "[R.]", "RST, ACK"},
		{TCP_PSH | TCP_ACK | TCP_FIN, "[FP.]", "FIN, PSH, ACK"},
		{0x1ff, "[FSRP.UEWe]", "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE"},
	};
	const char *names[2];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin();
		flags_brackets(&text, cases[i].flags);
		expect(cases[i].brackets);
		begin();
		flags_words(&text, cases[i].flags);
		expect(cases[i].words);
	}
	ck_assert_uint_eq(flag_names_of(0x1ff, names, 2), 2);
	ck_assert_str_eq(names[1], "SYN");
	ck_assert_uint_eq(flag_names_of(0, names, 2), 0);
}
END_TEST

START_TEST(roles_have_names_and_words)
{
	const char *names[16];

	ck_assert_uint_eq(role_names(ROLE_SYN_RETRY | ROLE_GAP, names, 16), 2);
	ck_assert_str_eq(names[0], "syn-retry");
	ck_assert_str_eq(names[1], "gap");
	ck_assert_uint_eq(role_names(0xffff, names, 16), 16);
	ck_assert_uint_eq(role_names(0xffff, names, 3), 3);
	begin();
	roles_words(&text, ROLE_SYN_RETRY | ROLE_GAP);
	expect("SYN retry, gap before");
	begin();
	roles_words(&text, 0);
	expect("");
}
END_TEST

static void expect_meaning(
	unsigned roles, enum side from, uint16_t flags, nsec_t gap, const char *wanted)
{
	struct flow f = flow_of(HANDSHAKE_UNANSWERED);
	const struct packet_told told = {roles, from, flags, S, gap};

	f.end = END_FIN;
	f.ended_by = CLIENT;
	begin();
	packet_meaning(&text, &f, &told);
	expect(wanted);
}

START_TEST(meaning_is_the_most_telling_role)
{
	expect_meaning(ROLE_REFUSES, SERVER, TCP_RST, 0, "connection refused");
	expect_meaning(
		ROLE_SYN_RETRY, CLIENT, TCP_SYN, S, "SYN not answered, tried again after 1.0 s");
	expect_meaning(ROLE_SYN_RETRY, CLIENT, TCP_SYN, 0, "SYN not answered, tried again");
	expect_meaning(ROLE_COMPLETES | ROLE_FIRST_DATA, CLIENT, TCP_ACK, S, "handshake complete");
	expect_meaning(
		ROLE_RETRANSMISSION, CLIENT, TCP_ACK, 200 * MS, "sent again after 200.000 ms");
	expect_meaning(ROLE_REFUSES | ROLE_FOREIGN, SERVER, TCP_RST, 0,
		"connection refused, not like the server's own packets");
}
END_TEST

/* Whatever became of the answer. */
START_TEST(meaning_of_a_syn_that_was_answered_is_not_that_it_was_lost)
{
	struct flow f = flow_of(HANDSHAKE_REJECTED);
	struct packet_told told = {ROLE_SYN_RETRY, CLIENT, TCP_SYN, 2 * S, S};

	f.handshake.answer = S + MS;
	begin();
	packet_meaning(&text, &f, &told);
	expect("SYN tried again after 1.0 s");
	f.handshake.synack = S + MS;
	begin();
	packet_meaning(&text, &f, &told);
	expect("SYN-ACK lost or late, SYN tried again after 1.0 s");
	/* the one before it may have been */
	told.at = S + MS;
	begin();
	packet_meaning(&text, &f, &told);
	expect("answer under way, SYN tried again after 1.0 s");
	f.handshake.ambiguous_syn = true;
	begin();
	packet_meaning(&text, &f, &told);
	expect("SYN not answered, tried again after 1.0 s");
	f.handshake.ack = S;
	begin();
	packet_meaning(&text, &f, &told);
	expect("SYN came once more after 1.0 s");
}
END_TEST

START_TEST(meaning_of_a_syn_ack_is_not_that_an_ack_was_lost_that_nobody_sent)
{
	struct flow f = flow_of(HANDSHAKE_HALF_OPEN);
	struct syn_times times = {.syns = {{0, 0, 0}, {3 * S, 0, 0}}, .count = 2};
	struct packet_told told = {ROLE_SYNACK_RETRY, SERVER, TCP_SYN | TCP_ACK, 2 * S, S};

	f.handshake.synack = S;
	f.handshake.times = &times;
	begin();
	packet_meaning(&text, &f, &told);
	expect("SYN-ACK not acknowledged, sent again after 1.0 s");
	told.at = 3 * S + MS;
	begin();
	packet_meaning(&text, &f, &told);
	expect("answers the repeated SYN, sent again after 1.0 s");
	f.handshake.times = NULL;
	f.handshake.acked_after = 0;
	f.handshake.ack = 4 * S;
	begin();
	packet_meaning(&text, &f, &told);
	expect("ACK under way, SYN-ACK sent again after 1.0 s");
	f.handshake.ack = 3 * S;
	begin();
	packet_meaning(&text, &f, &told);
	expect("ACK of the SYN-ACK lost or late, sent again after 1.0 s");
}
END_TEST

START_TEST(meaning_of_ends_names_the_side)
{
	expect_meaning(0, CLIENT, TCP_FIN | TCP_ACK, 0, "client closes");
	expect_meaning(0, SERVER, TCP_FIN | TCP_ACK, 0, "server closes, too");
	expect_meaning(0, SERVER, TCP_RST, 0, "server resets the connection");
	expect_meaning(0, SERVER, TCP_ACK, S, "");
}
END_TEST

START_TEST(sightings_say_where)
{
	begin();
	sighting_words(&text, NULL, 4, 63);
	expect("again: interface 4, TTL 63");
	begin();
	sighting_words(&text, NULL, 0, 63);
	expect("again, TTL 63");
}
END_TEST

UNIT_MAIN("cmd/pcap_packet_words", flags_are_letters_and_words, roles_have_names_and_words,
	meaning_is_the_most_telling_role,
	meaning_of_a_syn_that_was_answered_is_not_that_it_was_lost,
	meaning_of_a_syn_ack_is_not_that_an_ack_was_lost_that_nobody_sent,
	meaning_of_ends_names_the_side, sightings_say_where)
