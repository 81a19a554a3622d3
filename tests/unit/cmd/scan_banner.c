/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_banner.h"

#include "../loopback.h"

#include "netprobe/base/mem.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { PORTS = 2, OUTPUT_MAX = 16384 };

/* An address with two listeners that greet as FTP servers do, once somebody has come. */
struct run {
	struct loop *loop;
	struct output *out;
	struct report *report;
	struct scan_hold *hold;
	struct scan_banners *banners;
	struct ports *ports;
	struct host *host;
	int listeners[PORTS];
	unsigned written, stop_after;
	char path[64], text[OUTPUT_MAX];
	struct timer tick, alarm;
	bool alarmed, mute;
	enum port_state becomes; /* what `heard` makes of a port; PORT_PENDING: leaves it */
	enum grab_state tried;
	const char *greeting;
	size_t greeting_len;
};

static void greets_with(struct run *r, const char *text, size_t len)
{
	r->greeting = text;
	r->greeting_len = len;
}

/* Whoever has come is greeted, and done with. */
static void greet(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, tick);

	for (unsigned i = 0; i < PORTS && !r->mute; i++) {
		int fd = accept4(r->listeners[i], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			continue;
		ck_assert_int_eq(
			send(fd, r->greeting, r->greeting_len, MSG_NOSIGNAL), r->greeting_len);
		close(fd);
	}
	timers_set(loop_timers(r->loop), timer, now + 2 * NSEC_PER_MSEC);
}

static void too_late(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, alarm);

	(void)now;
	r->alarmed = true;
	loop_stop(r->loop);
}

static void on_written(void *user)
{
	struct run *r = user;

	if (++r->written == r->stop_after || scan_banners_waiting(r->banners) == 0)
		loop_stop(r->loop);
}

static void listen_at(struct run *r)
{
	struct strbuf list = {0};

	for (unsigned i = 0; i < PORTS; i++) {
		struct addr at;

		r->listeners[i] = loopback_listen(4, &at);
		fcntl(r->listeners[i], F_SETFL, O_NONBLOCK);
		strbuf_printf(&list, "%s%u", i ? "," : "", at.port);
	}
	ck_assert_int_eq(ports_parse(list.text, IPPROTO_TCP, &r->ports, NULL), 0);
	strbuf_release(&list);
}

static void on_heard(void *user, struct host *h, uint32_t cell, const struct grab *g)
{
	struct run *r = user;

	ck_assert_uint_eq(g->addr.port, host_port(h, cell));
	h->cells[cell].state = (uint8_t)r->becomes;
}

static struct run *run_of(
	enum output_format format, enum report_layout how, bool told, enum port_state becomes)
{
	const struct scan_banners_options options = {.numeric = true, .told = told};
	struct scan_banners_events events = {.written = on_written};
	struct report_options layout = {.layout = how, .protocol = IPPROTO_TCP};
	struct run *r = mem_alloc(1, sizeof *r);
	struct output_options out = {.format = format, .path = r->path};
	struct addr at = loopback_addr(4);

	snprintf(r->path, sizeof r->path, "/tmp/netprobe-scan-banner-%ld", (long)getpid());
	greets_with(r, "421 not today\r\n", 15);
	listen_at(r);
	r->loop = loop_new();
	r->out = output_open(&out);
	ck_assert_ptr_nonnull(r->out);
	r->report = report_new(r->out, &layout);
	r->hold = scan_hold_new(r->report);
	r->becomes = becomes;
	events.heard = becomes == PORT_PENDING ? NULL : on_heard;
	events.user = r;
	r->banners = scan_banners_new(r->loop, r->out, r->report, r->hold, &options, &events);
	ck_assert_ptr_nonnull(r->banners);
	r->host = host_new("target", &at, r->ports);
	r->tick.expired = greet;
	r->alarm.expired = too_late;
	timers_set(loop_timers(r->loop), &r->tick, 0);
	return r;
}

static struct run *run_with(enum output_format format, enum report_layout how)
{
	return run_of(format, how, true, PORT_PENDING);
}

static struct run *run_new(enum output_format format)
{
	return run_with(format, REPORT_BLOCKS);
}

/* The port is found open. */
static void found(struct run *r, uint32_t cell)
{
	struct answer a = {.state = PORT_OPEN, .reason = REASON_SYN_ACK};

	host_decide(r->host, cell, &a, NSEC_PER_MSEC);
	scan_banners_open(r->banners, r->host, cell);
}

static void go(struct run *r)
{
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 10 * NSEC_PER_SEC);
	ck_assert_int_eq(loop_run(r->loop), 0);
	ck_assert(!r->alarmed);
}

/* All that was written. */
static const char *written(struct run *r)
{
	FILE *f;

	output_flush(r->out);
	f = fopen(r->path, "r");
	r->text[fread(r->text, 1, sizeof r->text - 1, f)] = '\0';
	fclose(f);
	return r->text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* The engine is done with the address. True: it is kept. */
static bool done(struct run *r)
{
	return scan_hold_done(r->hold, r->host);
}

static void run_free(struct run *r)
{
	scan_banners_free(r->banners);
	scan_hold_free(r->hold);
	timers_cancel(loop_timers(r->loop), &r->tick);
	timers_cancel(loop_timers(r->loop), &r->alarm);
	loop_free(r->loop);
	report_free(r->report);
	output_end(r->out, 0);
	ports_free(r->ports);
	for (unsigned i = 0; i < PORTS; i++)
		close(r->listeners[i]);
	unlink(r->path);
	free(r);
}

/* The manual names them. */
START_TEST(asking_is_bounded_in_time)
{
	static const struct scan_banners_options options = {
		.numeric = true, .rate = 7, .spare_files = 9, .told = true};
	struct grabber_options asking;

	scan_banners_asking(&options, &asking);
	ck_assert_int_eq(asking.timeout, 5 * NSEC_PER_SEC);
	ck_assert_int_eq(asking.deadline, 10 * NSEC_PER_SEC);
	ck_assert(asking.numeric);
	ck_assert_double_eq(asking.rate, 7);
	ck_assert_uint_eq(asking.spare_files, 9);
}
END_TEST

START_TEST(address_waits_for_its_banners)
{
	struct run *r = run_new(OUTPUT_TABLE);

	found(r, 0);
	found(r, 1);
	ck_assert_uint_eq(scan_banners_waiting(r->banners), 2);
	ck_assert(done(r));
	ck_assert_uint_eq(report_totals(r->report)->addresses, 0);
	go(r);
	ck_assert_uint_eq(scan_banners_waiting(r->banners), 0);
	ck_assert_uint_eq(report_totals(r->report)->addresses, 1);
	ck_assert_uint_eq(report_totals(r->report)->states[PORT_OPEN], 2);
	ck_assert_uint_eq(count(written(r), "not today"), 2);
	run_free(r);
}
END_TEST

START_TEST(address_whose_banners_are_in_is_reported_at_once)
{
	struct run *r = run_new(OUTPUT_TABLE);

	found(r, 0);
	go(r);
	ck_assert_uint_eq(r->written, 1);
	ck_assert_ptr_nonnull(scan_hold_notes(r->host)[0].detail.text);
	ck_assert_ptr_null(scan_hold_notes(r->host)[1].detail.text);
	ck_assert(done(r));
	ck_assert_uint_eq(report_totals(r->report)->addresses, 1);
	ck_assert_uint_eq(count(written(r), "not today"), 1);
	run_free(r);
}
END_TEST

/* In the row of an address, and in the one table of all. */
START_TEST(notes_go_on_behind_a_nul)
{
	for (int layout = REPORT_BLOCKS; layout <= REPORT_FLAT; layout++) {
		struct run *r = run_with(OUTPUT_TABLE, (enum report_layout)layout);

		greets_with(r, "what\0 follows\r\n", 15);
		found(r, 0);
		go(r);
		ck_assert(done(r));
		ck_assert_uint_eq(count(written(r), "what\\x00 follows"), 1);
		run_free(r);
	}
}
END_TEST

START_TEST(address_without_open_ports_is_nobodys)
{
	struct run *r = run_new(OUTPUT_TABLE);

	ck_assert(!done(r));
	ck_assert_ptr_null(scan_hold_notes(r->host));
	host_free(r->host);
	run_free(r);
}
END_TEST

START_TEST(json_has_the_port_at_once_and_a_record_for_each_banner)
{
	struct run *r = run_new(OUTPUT_JSON);
	const char *text;

	found(r, 0);
	ck_assert_uint_eq(count(written(r), "\"type\":\"port\""), 1);
	ck_assert_uint_eq(count(r->text, "\"type\":\"banner\""), 0);
	found(r, 1);
	ck_assert(done(r));
	go(r);
	text = written(r);
	ck_assert_uint_eq(count(text, "\"type\":\"port\""), 2);
	ck_assert_uint_eq(count(text, "\"type\":\"banner\""), 2);
	ck_assert_uint_eq(count(text, "\"type\":\"summary\""), 1);
	run_free(r);
}
END_TEST

START_TEST(stop_reports_what_was_kept_as_far_as_it_is_known)
{
	struct run *r = run_new(OUTPUT_TABLE);

	r->mute = true;
	found(r, 0);
	ck_assert(done(r));
	scan_banners_stop(r->banners);
	scan_hold_stop(r->hold, NULL, NULL);
	ck_assert_uint_eq(report_totals(r->report)->addresses, 1);
	ck_assert_uint_eq(report_totals(r->report)->states[PORT_OPEN], 1);
	ck_assert_uint_eq(count(written(r), "open"), 1);
	run_free(r);
}
END_TEST

/* Where nobody wants the banner, only what it proves, there is less to wait for. */
START_TEST(proving_takes_less_patience)
{
	static const struct scan_banners_options options = {.told = false};
	struct grabber_options asking;

	scan_banners_asking(&options, &asking);
	ck_assert_int_eq(asking.timeout, 1500 * NSEC_PER_MSEC);
	ck_assert_int_eq(asking.deadline, 4 * NSEC_PER_SEC);
}
END_TEST

START_TEST(record_waits_for_who_may_change_the_state)
{
	struct run *r = run_of(OUTPUT_JSON, REPORT_BLOCKS, false, PORT_UNPROVED);

	found(r, 0);
	ck_assert_uint_eq(count(written(r), "\"type\":\"port\""), 0);
	go(r);
	ck_assert_uint_eq(count(written(r), "\"state\":\"unproved\""), 1);
	ck_assert_uint_eq(count(r->text, "\"type\":\"banner\""), 0);
	ck_assert_uint_eq(report_totals(r->report)->states[PORT_OPEN], 0);
	ck_assert(done(r));
	run_free(r);
}
END_TEST

START_TEST(port_of_an_earlier_run_is_asked_and_not_told_of)
{
	struct run *r = run_new(OUTPUT_JSON);

	scan_banners_again(r->banners, r->host, 0);
	ck_assert(done(r));
	go(r);
	ck_assert_uint_eq(count(written(r), "\"type\":\"banner\""), 1);
	ck_assert_uint_eq(count(r->text, "\"type\":\"port\""), 0);
	ck_assert_uint_eq(report_totals(r->report)->ports, 0);
	run_free(r);
}
END_TEST

static void on_tried(void *user, const struct grab *g)
{
	struct run *r = user;

	r->tried = g->state;
	ck_assert_uint_gt(g->received, 0);
}

START_TEST(trial_is_told_to_who_asked_and_to_nobody_else)
{
	struct run *r = run_new(OUTPUT_JSON);
	struct addr to = r->host->addr;

	to.port = host_port(r->host, 0);
	r->tried = GRAB_STATES;
	scan_banners_try(r->banners, "target", &to, on_tried, r);
	go(r);
	ck_assert_int_ne(r->tried, GRAB_STATES);
	ck_assert_uint_eq(count(written(r), "\"type\":\"banner\""), 0);
	host_free(r->host);
	run_free(r);
}
END_TEST

START_TEST(free_with_banners_under_way_leaves_nothing)
{
	struct run *r = run_new(OUTPUT_TABLE);

	found(r, 0);
	found(r, 1);
	r->stop_after = 1;
	ck_assert(done(r));
	go(r);
	run_free(r);
}
END_TEST

UNIT_MAIN("cmd/scan_banner", asking_is_bounded_in_time, address_waits_for_its_banners,
	address_whose_banners_are_in_is_reported_at_once, notes_go_on_behind_a_nul,
	address_without_open_ports_is_nobodys,
	json_has_the_port_at_once_and_a_record_for_each_banner,
	stop_reports_what_was_kept_as_far_as_it_is_known, proving_takes_less_patience,
	record_waits_for_who_may_change_the_state, port_of_an_earlier_run_is_asked_and_not_told_of,
	trial_is_told_to_who_asked_and_to_nobody_else, free_with_banners_under_way_leaves_nothing)
