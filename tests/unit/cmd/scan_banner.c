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
	struct scan_banners *banners;
	struct ports *ports;
	struct host *host;
	int listeners[PORTS];
	unsigned written, stop_after;
	char path[64], text[OUTPUT_MAX];
	struct timer tick, alarm;
	bool alarmed, mute;
};

/* Whoever has come is greeted, and done with. */
static void greet(struct timer *timer, nsec_t now)
{
	static const char greeting[] = "421 not today\r\n";
	struct run *r = container_of(timer, struct run, tick);

	for (unsigned i = 0; i < PORTS && !r->mute; i++) {
		int fd = accept4(r->listeners[i], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			continue;
		ck_assert_int_eq(
			send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL), sizeof greeting - 1);
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

static struct run *run_new(enum output_format format)
{
	static const struct scan_banners_options options = {.numeric = true};
	static const struct report_options layout = {.layout = REPORT_BLOCKS};
	struct run *r = mem_alloc(1, sizeof *r);
	struct output_options out = {.format = format, .path = r->path};
	struct addr at = loopback_addr(4);

	snprintf(r->path, sizeof r->path, "/tmp/netprobe-scan-banner-%ld", (long)getpid());
	listen_at(r);
	r->loop = loop_new();
	r->out = output_open(&out);
	ck_assert_ptr_nonnull(r->out);
	r->report = report_new(r->out, &layout);
	r->banners = scan_banners_new(r->loop, r->out, r->report, &options, on_written, r);
	ck_assert_ptr_nonnull(r->banners);
	r->host = host_new("target", &at, r->ports);
	r->tick.expired = greet;
	r->alarm.expired = too_late;
	timers_set(loop_timers(r->loop), &r->tick, 0);
	return r;
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

static void run_free(struct run *r)
{
	scan_banners_free(r->banners);
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

START_TEST(address_waits_for_its_banners)
{
	struct run *r = run_new(OUTPUT_TABLE);

	found(r, 0);
	found(r, 1);
	ck_assert_uint_eq(scan_banners_waiting(r->banners), 2);
	ck_assert(scan_banners_keep(r->banners, r->host));
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
	ck_assert_ptr_nonnull(scan_banners_notes(r->host)[0]);
	ck_assert_ptr_null(scan_banners_notes(r->host)[1]);
	ck_assert(scan_banners_keep(r->banners, r->host));
	ck_assert_uint_eq(report_totals(r->report)->addresses, 1);
	ck_assert_uint_eq(count(written(r), "not today"), 1);
	run_free(r);
}
END_TEST

START_TEST(address_without_open_ports_is_nobodys)
{
	struct run *r = run_new(OUTPUT_TABLE);

	ck_assert(!scan_banners_keep(r->banners, r->host));
	ck_assert_ptr_null(scan_banners_notes(r->host));
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
	ck_assert(scan_banners_keep(r->banners, r->host));
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
	ck_assert(scan_banners_keep(r->banners, r->host));
	scan_banners_stop(r->banners);
	ck_assert_uint_eq(report_totals(r->report)->addresses, 1);
	ck_assert_uint_eq(report_totals(r->report)->states[PORT_OPEN], 1);
	ck_assert_uint_eq(count(written(r), "open"), 1);
	run_free(r);
}
END_TEST

START_TEST(free_with_banners_under_way_leaves_nothing)
{
	struct run *r = run_new(OUTPUT_TABLE);

	found(r, 0);
	found(r, 1);
	r->stop_after = 1;
	ck_assert(scan_banners_keep(r->banners, r->host));
	go(r);
	run_free(r);
}
END_TEST

UNIT_MAIN("cmd/scan_banner", address_waits_for_its_banners,
	address_whose_banners_are_in_is_reported_at_once, address_without_open_ports_is_nobodys,
	json_has_the_port_at_once_and_a_record_for_each_banner,
	stop_reports_what_was_kept_as_far_as_it_is_known,
	free_with_banners_under_way_leaves_nothing)
