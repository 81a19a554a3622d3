/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/flow.h"

#include "../../../src/capture/stream.h"
#include "../unit.h"
#include "segments.h"

START_TEST(flow_states_are_known_by_the_names_of_the_option)
{
	static const char *const names[HANDSHAKE_STATES] = {"unanswered", "half-open", "complete",
		"refused", "rejected", "simultaneous", "split", "midstream"};

	for (int i = 0; i < HANDSHAKE_STATES; i++) {
		enum handshake_state state = HANDSHAKE_STATES;

		ck_assert_str_eq(handshake_state_name((enum handshake_state)i), names[i]);
		ck_assert(handshake_state_by_name(names[i], strlen(names[i]), &state));
		ck_assert_int_eq(state, i);
	}
}
END_TEST

START_TEST(flow_states_are_no_parts_of_names)
{
	enum handshake_state state = HANDSHAKE_SPLIT;

	ck_assert(!handshake_state_by_name("complete", 7, &state));
	ck_assert(!handshake_state_by_name("completed", 9, &state));
	ck_assert(!handshake_state_by_name("", 0, &state));
	ck_assert(!handshake_state_by_name("Complete", 8, &state));
	ck_assert_int_eq(state, HANDSHAKE_SPLIT);
	ck_assert(handshake_state_by_name("split,refused", 5, &state));
}
END_TEST

START_TEST(flow_failed_is_what_left_the_client_without_a_connection)
{
	unsigned failed = 0;

	for (int i = 0; i < HANDSHAKE_STATES; i++) {
		const struct handshake h = {.state = (enum handshake_state)i};

		failed |= (unsigned)handshake_failed(&h) << i;
	}
	ck_assert_uint_eq(failed, 1u << HANDSHAKE_REFUSED | 1u << HANDSHAKE_REJECTED |
					  1u << HANDSHAKE_UNANSWERED | 1u << HANDSHAKE_HALF_OPEN);
}
END_TEST

START_TEST(flow_with_a_client_that_was_not_captured_has_not_failed)
{
	ck_assert(!handshake_failed(
		&(struct handshake){.state = HANDSHAKE_HALF_OPEN, .client_unseen = true}));
	ck_assert(handshake_failed(
		&(struct handshake){.state = HANDSHAKE_UNANSWERED, .client_unseen = true}));
}
END_TEST

START_TEST(flow_ends_have_names)
{
	ck_assert_str_eq(flow_end_name(END_OPEN), "open");
	ck_assert_str_eq(flow_end_name(END_FIN), "fin");
	ck_assert_str_eq(flow_end_name(END_RST), "rst");
}
END_TEST

/* A story in words: C and S say who; the flags s, a, f, r; d for payload. Numbers follow. */
static const char *state_after(const char *story)
{
	struct flow f = new_flow();
	uint32_t next[SIDES] = {100, 500};

	for (enum side from = CLIENT; *story; story++) {
		struct told t = {from};
		struct frame frame;

		if (*story == ' ')
			continue;
		if (*story == 'C' || *story == 'S')
			from = *story == 'C' ? CLIENT : SERVER;
		for (; story[1] && strchr("safrd", story[1]); story++) {
			t.flags |= story[1] == 's' ? SYN : 0;
			t.flags |= story[1] == 'a' ? ACK : 0;
			t.flags |= story[1] == 'f' ? FIN : 0;
			t.flags |= story[1] == 'r' ? RST : 0;
			t.len += story[1] == 'd' ? 10 : 0;
		}
		t.seq = next[from];
		t.ack = next[other_side(from)];
		next[from] += t.len + (t.flags & (SYN | FIN) ? 1 : 0);
		frame = frame_of(&t);
		stream_segment(&f, from, &frame, 0);
	}
	return flow_conn_state(&f);
}

START_TEST(flow_conn_state_is_as_zeek_has_it)
{
	static const struct {
		const char *story, *state;
	} cases[] = {
		{"Cs", "S0"},
		{"Cs Cs Cs", "S0"},
		{"Cs Sa", "S0"},
		{"Cs Sa Ss Ca", "S1"},
		{"Cs Ssa Ca", "S1"},
		{"Cs Ssa", "S1"},
		{"Cs Ss Csa Ssa", "S1"},
		{"Ssa Ca", "S1"},
		{"Cs Ssa Ca Cad Sad Cfa Sfa Ca", "SF"},
		{"Cs Ssa Ca Cad Cfa Sa", "S2"},
		{"Cs Ssa Ca Cad Sfa Ca", "S3"},
		{"Cs Sra", "REJ"},
		{"Cs Sra Cr", "REJ"},
		{"Cs Ssa Ca Cad Cr", "RSTO"},
		{"Cs Ssa Cr", "RSTO"},
		{"Cs Ssa Ca Cad Sr", "RSTR"},
		{"Cs Ssa Sr", "RSTR"},
		{"Cs Ssa Ca Cad Cr Sr", "RSTR"},
		{"Cs Cr", "RSTOS0"},
		{"Ssa Sr", "RSTRH"},
		{"Cs Cf", "SH"},
		{"Ssa Sf", "SHR"},
		{"Ssa", "OTH"},
		{"Cad Sad", "OTH"},
		{"Cs Sad", "OTH"},
		{"Sad", "OTH"},
		{"Cad Sad Cfa Sfa", "SF"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(strcmp(state_after(cases[i].story), cases[i].state) == 0,
			"%s: %s, not %s", cases[i].story, state_after(cases[i].story),
			cases[i].state);
}
END_TEST

START_TEST(flow_conn_state_of_both_fins_stays_whatever_rst_follows)
{
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Sfa Cr"), "SF");
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Sfa Ca Sr"), "SF");
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Cr Sfa"), "SF");
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Cr"), "RSTO");
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Sr"), "RSTR");
	ck_assert_str_eq(state_after("Cs Ssa Ca Cfa Sr Sfa"), "RSTR");
}
END_TEST

START_TEST(flow_conn_state_of_nothing_is_other)
{
	ck_assert_str_eq(state_after(""), "OTH");
}
END_TEST

UNIT_MAIN("capture/flow", flow_states_are_known_by_the_names_of_the_option,
	flow_states_are_no_parts_of_names, flow_failed_is_what_left_the_client_without_a_connection,
	flow_with_a_client_that_was_not_captured_has_not_failed, flow_ends_have_names,
	flow_conn_state_is_as_zeek_has_it, flow_conn_state_of_both_fins_stays_whatever_rst_follows,
	flow_conn_state_of_nothing_is_other)
