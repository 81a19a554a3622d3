/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_follow.h"

#include "../unit.h"

#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TEXT_MAX = 65536, PATH_MAX_HERE = 64 };

/* An output onto a terminal. */
struct stage {
	int master;
	struct output *out;
	struct pcap_follow *follow;
	char text[TEXT_MAX];
};

static void setup(struct stage *g)
{
	struct winsize size = {.ws_row = 24, .ws_col = 120};
	char path[PATH_MAX_HERE];
	struct output_options options = {.path = path};
	int slave;

	setenv("TERM", "xterm", 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	ck_assert_int_eq(openpty(&g->master, &slave, path, NULL, &size), 0);
	fcntl(g->master, F_SETFL, O_NONBLOCK);
	g->out = output_open(&options);
	ck_assert_ptr_nonnull(g->out);
	g->follow = pcap_follow_new(g->out);
}

static void teardown(struct stage *g)
{
	pcap_follow_free(g->follow);
	output_end(g->out, 0);
	close(g->master);
}

/* What was written since the last time, without steering. */
static const char *shown(struct stage *g, const struct pcap_totals *t, nsec_t wall)
{
	char raw[TEXT_MAX];
	ssize_t got;
	size_t len = 0;

	while (read(g->master, raw, sizeof raw) > 0)
		continue;
	pcap_follow_show(g->follow, t, wall);
	got = read(g->master, raw, sizeof raw);
	for (ssize_t i = 0; i < got; i++) {
		if (raw[i] == '\x1b') {
			while (i + 1 < got && !strchr("ABCDHJKlhm", raw[i]))
				i++;
			continue;
		}
		if (raw[i] != '\r' && raw[i] != '\n')
			g->text[len++] = raw[i];
	}
	g->text[len] = '\0';
	return g->text;
}

/* An attempt whose only SYN was sent at `at`: the next is due a second later. */
static struct flow trying(nsec_t at)
{
	struct flow f = {.id = 1};

	f.handshake.state = HANDSHAKE_UNANSWERED;
	f.handshake.first_syn = f.handshake.last_syn = at;
	return f;
}

#define SECOND NSEC_PER_SEC

START_TEST(follow_counts)
{
	static struct stage g;
	struct pcap_totals t = {.packets = 7, .flows = 2, .states = {[HANDSHAKE_COMPLETE] = 2}};

	setup(&g);
	ck_assert_str_eq(shown(&g, &t, 0), "2 attempts: 2 complete; 7 packets");
	t.capture.dropped = 3;
	ck_assert_str_eq(
		shown(&g, &t, 0), "2 attempts: 2 complete; 7 packets; 3 dropped by the kernel");
	teardown(&g);
}
END_TEST

START_TEST(follow_tells_what_is_still_tried_and_when_next)
{
	static struct stage g;
	const struct pcap_totals t = {0};
	struct flow first = trying(100 * SECOND), second = trying(100 * SECOND + SECOND / 2);

	setup(&g);
	pcap_follow_packet(g.follow, &first);
	pcap_follow_packet(g.follow, &second);
	pcap_follow_packet(g.follow, &second);
	ck_assert_str_eq(shown(&g, &t, 100 * SECOND + SECOND / 2),
		"0 attempts; 0 packets; 2 still trying, next in 0.5 s");
	/* whose SYN is overdue has no next */
	ck_assert_str_eq(shown(&g, &t, 101 * SECOND),
		"0 attempts; 0 packets; 2 still trying, next in 0.5 s");
	ck_assert_str_eq(shown(&g, &t, 105 * SECOND), "0 attempts; 0 packets; 2 still trying");
	teardown(&g);
}
END_TEST

START_TEST(follow_forgets_what_is_answered_or_over)
{
	static struct stage g;
	const struct pcap_totals t = {0};
	struct flow first = trying(0), second = trying(0), third = trying(0);

	setup(&g);
	pcap_follow_packet(g.follow, &first);
	pcap_follow_packet(g.follow, &second);
	pcap_follow_packet(g.follow, &third);
	first.handshake.state = HANDSHAKE_COMPLETE;
	pcap_follow_packet(g.follow, &first);
	ck_assert_str_eq(shown(&g, &t, 9 * SECOND), "0 attempts; 0 packets; 2 still trying");
	pcap_follow_over(g.follow, &third);
	/* one that never was tried while it was followed */
	pcap_follow_over(g.follow, &first);
	ck_assert_str_eq(shown(&g, &t, 9 * SECOND), "0 attempts; 0 packets; 1 still trying");
	/* whoever takes its place is not taken for it */
	pcap_follow_over(g.follow, &second);
	ck_assert_str_eq(shown(&g, &t, 9 * SECOND), "0 attempts; 0 packets");
	teardown(&g);
}
END_TEST

START_TEST(follow_keeps_so_many_and_no_more)
{
	enum { MANY = 1000 };
	static struct stage g;
	static struct flow flows[MANY];
	const struct pcap_totals t = {0};

	setup(&g);
	for (size_t i = 0; i < MANY; i++) {
		flows[i] = trying(0);
		pcap_follow_packet(g.follow, &flows[i]);
	}
	ck_assert_str_eq(
		shown(&g, &t, 9 * SECOND), "0 attempts; 0 packets; 256 or more still trying");
	for (size_t i = 0; i < MANY; i++)
		pcap_follow_over(g.follow, &flows[i]);
	ck_assert_str_eq(shown(&g, &t, 9 * SECOND), "0 attempts; 0 packets");
	teardown(&g);
}
END_TEST

UNIT_MAIN("cmd/pcap_follow", follow_counts, follow_tells_what_is_still_tried_and_when_next,
	follow_forgets_what_is_answered_or_over, follow_keeps_so_many_and_no_more)
