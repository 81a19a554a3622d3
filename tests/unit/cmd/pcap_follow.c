/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_follow.h"

#include "../unit.h"

#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SECOND NSEC_PER_SEC

struct watched {
	int master;
	char path[64];
	struct output *out;
	char text[4096];
};

static void start(struct watched *w, bool terminal)
{
	struct output_options options = {.format = OUTPUT_TABLE, .color = COLOR_NEVER};
	struct winsize size = {.ws_row = 24, .ws_col = 100};
	int slave;

	setenv("TERM", "xterm", 1);
	ck_assert_int_eq(openpty(&w->master, &slave, w->path, NULL, &size), 0);
	options.path = terminal ? w->path : "/dev/null";
	w->out = output_open(&options);
	ck_assert_ptr_nonnull(w->out);
}

static const char *shown(struct watched *w)
{
	ssize_t len;

	output_flush(w->out);
	fcntl(w->master, F_SETFL, O_NONBLOCK);
	len = read(w->master, w->text, sizeof w->text - 1);
	w->text[len > 0 ? len : 0] = '\0';
	return w->text;
}

static struct flow trying(nsec_t since)
{
	struct flow f = {.id = 1};

	f.handshake.state = HANDSHAKE_UNANSWERED;
	f.handshake.first_syn = f.handshake.last_syn = since;
	f.handshake.answered_syn = f.handshake.synack = f.handshake.ack = NOT_SEEN;
	return f;
}

START_TEST(follow_says_when_the_next_try_is_due)
{
	struct pcap_totals t = {.packets = 7};
	struct flow f = trying(100 * SECOND);
	struct pcap_follow *follow;
	struct watched w;

	start(&w, true);
	follow = pcap_follow_new(w.out);
	pcap_follow_packet(follow, &f);
	pcap_follow_show(follow, &t, 100 * SECOND + SECOND / 2);
	ck_assert_ptr_nonnull(
		strstr(shown(&w), "0 attempts; 7 packets; 1 still trying, next in 0.5 s"));
	/* answered */
	f.handshake.state = HANDSHAKE_COMPLETE;
	f.handshake.decided = true;
	pcap_follow_packet(follow, &f);
	pcap_follow_show(follow, &t, 101 * SECOND);
	ck_assert_ptr_null(strstr(shown(&w), "still trying"));
	pcap_follow_free(follow);
	output_end(w.out, 0);
}
END_TEST

START_TEST(follow_forgets_a_flow_that_is_gone)
{
	struct flow f = trying(100 * SECOND), other = trying(100 * SECOND);
	struct pcap_totals t = {.capture.dropped = 3};
	struct pcap_follow *follow;
	struct watched w;

	start(&w, true);
	follow = pcap_follow_new(w.out);
	pcap_follow_packet(follow, &f);
	pcap_follow_packet(follow, &f);
	pcap_follow_packet(follow, &other);
	pcap_follow_over(follow, &f);
	pcap_follow_show(follow, &t, 100 * SECOND);
	ck_assert_ptr_nonnull(strstr(shown(&w), "1 still trying"));
	ck_assert_ptr_nonnull(strstr(w.text, "3 dropped by the kernel"));
	pcap_follow_free(follow);
	output_end(w.out, 0);
}
END_TEST

START_TEST(follow_draws_on_terminals_only)
{
	struct pcap_totals t = {.packets = 7};
	struct pcap_follow *follow;
	struct watched w;

	start(&w, false);
	follow = pcap_follow_new(w.out);
	pcap_follow_show(follow, &t, 100 * SECOND);
	ck_assert_str_eq(shown(&w), "");
	pcap_follow_free(follow);
	output_end(w.out, 0);
}
END_TEST

UNIT_MAIN("cmd/pcap_follow", follow_says_when_the_next_try_is_due,
	follow_forgets_a_flow_that_is_gone, follow_draws_on_terminals_only)
