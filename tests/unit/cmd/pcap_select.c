/* SPDX-License-Identifier: MIT */
#include "pcap_parsed.h"
#include "said.h"

#include "../../../src/cmd/pcap_select.h"

#include "netprobe/base/log.h"

static const uint8_t client4[] = {192, 0, 2, 1}, server4[] = {198, 51, 100, 2};
static const uint8_t router4[] = {192, 0, 2, 254};

/* 192.0.2.1:40000 -> 198.51.100.2:80, complete after a second. */
static struct flow flow(void)
{
	struct flow f = {.id = 7};

	f.ends[CLIENT] = (struct addr){.family = 4, .port = 40000};
	memcpy(f.ends[CLIENT].ip, client4, 4);
	f.ends[SERVER] = (struct addr){.family = 4, .port = 80};
	memcpy(f.ends[SERVER].ip, server4, 4);
	f.handshake = (struct handshake){.state = HANDSHAKE_COMPLETE,
		.first_syn = 0,
		.last_syn = 0,
		.answered_syn = 0,
		.synack = NSEC_PER_SEC / 2,
		.ack = NSEC_PER_SEC};
	return f;
}

static struct flow fated(enum handshake_state state)
{
	struct flow f = flow();

	f.handshake.state = state;
	if (state != HANDSHAKE_COMPLETE)
		f.handshake.ack = NOT_SEEN;
	return f;
}

static bool selects(const char *line, struct flow f)
{
	struct pcap_options o;
	struct pcap_select *s;
	bool meant;

	ck_assert_int_eq(parse(&o, line), OPTIONS_OK);
	s = pcap_select_new(&o);
	ck_assert_msg(s != NULL, "%s", line);
	meant = pcap_select_flow(s, &f);
	ck_assert_int_eq(meant, pcap_select_ends(s, &f) && pcap_select_fate(s, &f));
	pcap_select_free(s);
	options_release(&command_pcap, &o);
	return meant;
}

static void expect_refused(const char *line, const char *expected)
{
	struct pcap_options o;
	struct said said;
	struct pcap_select *s;
	const char *text;

	ck_assert_int_eq(parse(&o, line), OPTIONS_OK);
	log_setup("pcap", LOG_WARN);
	said_begin(&said);
	s = pcap_select_new(&o);
	text = said_end(&said);
	ck_assert_msg(s == NULL, "%s", line);
	ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0, "%s: %s", line, text);
	options_release(&command_pcap, &o);
}

START_TEST(select_takes_everything_where_nothing_is_asked_for)
{
	for (enum handshake_state state = 0; state < HANDSHAKE_STATES; state++)
		ck_assert(selects("", fated(state)));
}
END_TEST

START_TEST(select_looks_for_either_host)
{
	struct flow f = flow();

	ck_assert(selects("--host 192.0.2.1", f));
	ck_assert(selects("--host 198.51.100.2", f));
	ck_assert(selects("--host 198.51.100.0/24", f));
	ck_assert(!selects("--host 192.0.2.2", f));
	ck_assert(!selects("--host 2001:db8::/32", f));
	ck_assert(selects("--host 192.0.2.2 --host 192.0.2.1", f));
	f.ends[SERVER].family = 6;
	memset(f.ends[SERVER].ip, 0, 16);
	memcpy(f.ends[SERVER].ip, (uint8_t[]){0x20, 1, 0xd, 0xb8}, 4);
	ck_assert(selects("--host 2001:db8::/32", f));
	/* the first four bytes are not an address */
	ck_assert(!selects("--host 32.1.13.184", f));
}
END_TEST

START_TEST(select_looks_for_either_port)
{
	ck_assert(selects("--port 80", flow()));
	ck_assert(selects("--port 40000", flow()));
	ck_assert(selects("--port http", flow()));
	ck_assert(selects("--port 1-100", flow()));
	ck_assert(!selects("--port 81-39999", flow()));
	ck_assert(selects("--port 81 --port 22,80", flow()));
}
END_TEST

START_TEST(select_wants_all_of_different_kinds)
{
	ck_assert(
		selects("--host 192.0.2.1 --port 80 --flow 7 --state complete --slow 1s", flow()));
	ck_assert(!selects("--host 192.0.2.2 --port 80", flow()));
	ck_assert(!selects("--host 192.0.2.1 --port 81", flow()));
	ck_assert(!selects("--port 80 --flow 8", flow()));
	ck_assert(!selects("--port 80 --state refused", flow()));
}
END_TEST

START_TEST(select_knows_every_state_by_its_name)
{
	char line[64];

	for (enum handshake_state asked = 0; asked < HANDSHAKE_STATES; asked++)
		for (enum handshake_state state = 0; state < HANDSHAKE_STATES; state++) {
			snprintf(line, sizeof line, "--state %s", handshake_state_name(asked));
			ck_assert_int_eq(selects(line, fated(state)), asked == state);
		}
	ck_assert(selects("--state split,complete", flow()));
	ck_assert(selects("--state split --state complete", flow()));
}
END_TEST

START_TEST(select_failed_is_four_states)
{
	for (enum handshake_state state = 0; state < HANDSHAKE_STATES; state++)
		ck_assert_int_eq(selects("--failed", fated(state)),
			selects("--state refused,rejected,unanswered,half-open", fated(state)));
	ck_assert(!selects("--failed", flow()));
}
END_TEST

START_TEST(select_slow_is_from_the_first_syn_to_the_ack)
{
	struct flow f = flow();

	ck_assert(selects("--slow 1s", f));
	ck_assert(!selects("--slow 1000.000001ms", f));
	f.handshake.answered_syn = NSEC_PER_SEC / 2;
	ck_assert(selects("--slow 1s", f));
	/* what never was complete took no time */
	ck_assert(!selects("--slow 0.001ms", fated(HANDSHAKE_UNANSWERED)));
}
END_TEST

START_TEST(select_says_whether_a_fate_is_asked_for)
{
	static const struct {
		const char *line;
		bool fate;
	} cases[] = {{"", false}, {"--host 192.0.2.1 --port 1 --flow 1", false}, {"--failed", true},
		{"--state complete", true}, {"--slow 1", true}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pcap_options o;
		struct pcap_select *s;

		ck_assert_int_eq(parse(&o, cases[i].line), OPTIONS_OK);
		s = pcap_select_new(&o);
		ck_assert_int_eq(pcap_selects_fate(s), cases[i].fate);
		pcap_select_free(s);
		options_release(&command_pcap, &o);
	}
}
END_TEST

START_TEST(select_refuses_what_is_none)
{
	expect_refused("--state refused,foo", "pcap: --state foo: no such state\n");
	expect_refused("--state refused,,split", "pcap: --state: a name is missing\n");
	expect_refused("--port 80,65536", "pcap: --port 65536: ports are 1 to 65535\n");
	expect_refused("--host 1.2.3.4/40", "pcap: --host 1.2.3.4/40: prefix length");
	expect_refused("-n --host localhost", "pcap: --host localhost: a name, and -n looks none");
}
END_TEST

/* ---- packets by themselves */

static bool selects_frame(const char *line, const struct frame *frame)
{
	struct pcap_options o;
	struct pcap_select *s;
	bool meant;

	ck_assert_int_eq(parse(&o, line), OPTIONS_OK);
	s = pcap_select_new(&o);
	meant = pcap_select_frame(s, frame);
	pcap_select_free(s);
	options_release(&command_pcap, &o);
	return meant;
}

static struct frame segment(void)
{
	return (struct frame){.kind = FRAME_TCP,
		.ip = {.family = 4, .source = client4, .destination = server4},
		.tcp = {.source_port = 40000, .destination_port = 80}};
}

START_TEST(select_takes_packets_by_host_and_port_alone)
{
	const struct frame tcp = segment();

	ck_assert(selects_frame("", &tcp));
	ck_assert(selects_frame("--failed --slow 1s --flow 9", &tcp));
	ck_assert(selects_frame("--host 198.51.100.2 --port 80", &tcp));
	ck_assert(!selects_frame("--host 198.51.100.2 --port 81", &tcp));
	ck_assert(!selects_frame("--host 198.51.100.3 --port 80", &tcp));
}
END_TEST

START_TEST(select_takes_icmp_errors_with_what_they_quote)
{
	const struct frame quoted = segment();
	struct frame icmp = {
		.kind = FRAME_ICMP, .ip = {.family = 4, .source = router4, .destination = client4}};

	icmp.icmp = (struct icmp_packet){.type = 3,
		.quote = {.ip = quoted.ip,
			.has_ports = true,
			.source_port = 40000,
			.destination_port = 80}};
	ck_assert(selects_frame("--port 80", &icmp));
	ck_assert(!selects_frame("--port 81", &icmp));
	ck_assert(selects_frame("--host 198.51.100.2", &icmp));
	ck_assert(!selects_frame("--host 192.0.2.254", &icmp));
	/* an echo quotes nothing */
	icmp.icmp = (struct icmp_packet){.type = 8};
	ck_assert(selects_frame("--host 192.0.2.254", &icmp));
	ck_assert(!selects_frame("--port 80", &icmp));
}
END_TEST

START_TEST(select_takes_other_packets_where_nothing_is_asked_for)
{
	struct frame other = {.kind = FRAME_UNKNOWN}, udp = segment();

	ck_assert(selects_frame("", &other));
	ck_assert(!selects_frame("--host 0.0.0.0/0", &other));
	udp.kind = FRAME_UDP;
	udp.udp = (struct udp_header){.source_port = 53, .destination_port = 5353};
	ck_assert(selects_frame("--port 53 --host 192.0.2.1", &udp));
	ck_assert(!selects_frame("--port 80", &udp));
	udp.kind = FRAME_FRAGMENT;
	ck_assert(selects_frame("--host 192.0.2.1", &udp));
	ck_assert(!selects_frame("--port 53", &udp));
}
END_TEST

UNIT_MAIN("cmd/pcap_select", select_takes_everything_where_nothing_is_asked_for,
	select_looks_for_either_host, select_looks_for_either_port,
	select_wants_all_of_different_kinds, select_knows_every_state_by_its_name,
	select_failed_is_four_states, select_slow_is_from_the_first_syn_to_the_ack,
	select_says_whether_a_fate_is_asked_for, select_refuses_what_is_none,
	select_takes_packets_by_host_and_port_alone, select_takes_icmp_errors_with_what_they_quote,
	select_takes_other_packets_where_nothing_is_asked_for)
