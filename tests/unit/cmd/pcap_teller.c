/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_teller.h"

#include "../output/capture.h"

#include "netprobe/base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define MS NSEC_PER_MSEC

static bool no_threads;

typedef int create_fn(
	pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *arg), void *arg);

int pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *arg), void *arg)
{
	create_fn *real = (create_fn *)dlsym(RTLD_NEXT, "pthread_create");

	return no_threads ? EAGAIN : real(thread, attr, work, arg);
}

enum { FLOWS = 3000, WAITING_MAX = 512 };

static const struct field fields[] = {{.name = "n", .title = "N", .kind = FIELD_UINT}};
static const struct schema schema = {.type = "row", .fields = fields, .count = 1};

/* What was told. */
static struct {
	struct capture *capture;
	atomic_uint count;
	nsec_t takes; /* to tell one */
	bool keeps_signals;
	uint64_t ids[FLOWS];
	enum flow_over whys[FLOWS];
	struct flow last;
	struct syn_times times;
	struct rejection rejection;
	struct sighting sighting;
} told;

static void pass(nsec_t span)
{
	nanosleep(&(struct timespec){.tv_nsec = span}, NULL);
}

static void keep(const struct flow *f)
{
	told.last = *f;
	if (f->handshake.times)
		told.times = *f->handshake.times;
	if (f->handshake.rejection)
		told.rejection = *f->handshake.rejection;
	if (f->sighting)
		told.sighting = *f->sighting;
}

static void tell(void *user, const struct flow *f, enum flow_over why)
{
	sigset_t blocked;
	struct record r;

	(void)user;
	if (told.takes)
		pass(told.takes);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	told.keeps_signals |= !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM);
	keep(f);
	told.ids[told.count % FLOWS] = f->id;
	told.whys[told.count % FLOWS] = why;
	record_init(&r, &schema);
	record_uint(&r, 0, f->id);
	output_record(told.capture->out, &r, ROW_PLAIN);
	told.count++;
}

static struct pcap_teller *begin(enum output_format format, nsec_t delay)
{
	told.capture = capture_open(format, COLOR_NEVER);
	return pcap_teller_new(told.capture->out, delay, tell, NULL);
}

static void put(struct pcap_teller *t, uint64_t id)
{
	const struct flow f = {.id = id};

	pcap_teller_put(t, &f, id % 2 ? OVER_CLOSED : OVER_TIMEOUT);
}

static void end(struct pcap_teller *t)
{
	pcap_teller_free(t);
	output_end(told.capture->out, 0);
	capture_free(told.capture);
}

START_TEST(teller_tells_all_in_the_order_in_which_they_were_put)
{
	struct pcap_teller *t = begin(OUTPUT_JSON, 0);

	for (uint64_t id = 1; id <= FLOWS; id++) {
		put(t, id);
		if (id % 1000 == 0)
			ck_assert_int_eq(pcap_teller_hand_over(t), 0);
	}
	end(t);
	ck_assert_uint_eq(told.count, FLOWS);
	for (uint64_t id = 1; id <= FLOWS; id++) {
		ck_assert_uint_eq(told.ids[id - 1], id);
		ck_assert_int_eq(told.whys[id - 1], id % 2 ? OVER_CLOSED : OVER_TIMEOUT);
	}
	ck_assert(!told.keeps_signals);
}
END_TEST

START_TEST(teller_lets_a_few_hundred_wait_and_no_more)
{
	struct pcap_teller *t;
	unsigned most = 0;

	told.takes = MS / 100;
	t = begin(OUTPUT_JSON, 0);
	for (unsigned id = 1; id <= FLOWS; id++) {
		unsigned waiting = id - told.count;

		most = waiting > most ? waiting : most;
		put(t, id);
	}
	/* it is ahead, too: who reads does not wait for each */
	ck_assert_uint_gt(most, WAITING_MAX / 4);
	ck_assert_uint_le(most, WAITING_MAX);
	end(t);
	ck_assert_uint_eq(told.count, FLOWS);
}
END_TEST

/* They are gone, or told to others, before it is their turn. */
START_TEST(teller_has_copies_of_all_that_a_flow_points_to)
{
	struct pcap_teller *t = begin(OUTPUT_JSON, 0);
	struct syn_times times = {.count = 3};
	struct rejection rejection = {.code = 13};
	struct sighting sighting = {.from = 1, .to = 2};
	struct flow f = {.id = 9, .sighting = &sighting, .user = &f};

	f.handshake.times = &times;
	f.handshake.rejection = &rejection;
	pcap_teller_put(t, &f, OVER_CLOSED);
	times.count = 0;
	rejection.code = 0;
	sighting.to = 0;
	f = (struct flow){0};
	pcap_teller_settle(t);
	ck_assert_uint_eq(told.last.id, 9);
	ck_assert_uint_eq(told.times.count, 3);
	ck_assert_uint_eq(told.rejection.code, 13);
	ck_assert_uint_eq(told.sighting.to, 2);
	ck_assert_ptr_null(told.last.user);
	/* what stood in the place of another is not taken for its own */
	for (unsigned id = 0; id < FLOWS; id++)
		put(t, id);
	pcap_teller_settle(t);
	ck_assert_ptr_null(told.last.handshake.times);
	ck_assert_ptr_null(told.last.handshake.rejection);
	ck_assert_ptr_null(told.last.sighting);
	end(t);
}
END_TEST

START_TEST(teller_settles)
{
	struct pcap_teller *t;

	told.takes = MS;
	t = begin(OUTPUT_JSON, 0);
	pcap_teller_settle(t);
	for (unsigned id = 1; id <= 20; id++) {
		put(t, id);
		pcap_teller_settle(t);
		ck_assert_uint_eq(told.count, id);
	}
	put(t, 21);
	put(t, 22);
	pcap_teller_settle(t);
	ck_assert_uint_eq(told.count, 22);
	end(t);
}
END_TEST

/* While a silent pipe is read nobody else would. */
START_TEST(teller_flushes_records_within_100_ms_and_rows_after_the_delay)
{
	struct pcap_teller *t = begin(OUTPUT_JSON, 0);

	put(t, 7);
	ck_assert_int_eq(pcap_teller_hand_over(t), 0);
	pass(300 * MS);
	ck_assert_str_eq(capture_text(told.capture), "{\"type\":\"row\",\"n\":7}\n");
	put(t, 8);
	ck_assert_int_eq(pcap_teller_hand_over(t), 0);
	pass(300 * MS);
	ck_assert_ptr_nonnull(strstr(capture_text(told.capture), "\"n\":8}\n"));
	end(t);

	t = begin(OUTPUT_TABLE, 600 * MS);
	put(t, 7);
	ck_assert_int_eq(pcap_teller_hand_over(t), 0);
	pass(300 * MS);
	ck_assert_str_eq(capture_text(told.capture), "");
	pass(500 * MS);
	ck_assert_str_eq(capture_text(told.capture), "N\n7\n");
	end(t);
}
END_TEST

START_TEST(teller_flushes_what_was_written_before_it_began)
{
	const struct run_info run = {.command = "try"};
	struct pcap_teller *t;

	told.capture = capture_open(OUTPUT_JSON, COLOR_NEVER);
	output_begin(told.capture->out, &run);
	t = pcap_teller_new(told.capture->out, 0, tell, NULL);
	pass(300 * MS);
	ck_assert_ptr_nonnull(strstr(capture_text(told.capture), "\"type\":\"run\""));
	end(t);
}
END_TEST

START_TEST(teller_says_when_the_output_has_failed_and_tells_no_more)
{
	struct output_options options = {.format = OUTPUT_JSON, .path = "/dev/full"};
	struct output *out = output_open(&options);
	struct pcap_teller *t;
	unsigned count, id = 0;

	told.capture = capture_open(OUTPUT_JSON, COLOR_NEVER);
	output_end(told.capture->out, 0);
	told.capture->out = out;
	t = pcap_teller_new(out, 0, tell, NULL);
	while (pcap_teller_hand_over(t) == 0 && id < 1000000)
		put(t, id++);
	ck_assert_int_eq(pcap_teller_hand_over(t), -ENOSPC);
	pcap_teller_settle(t);
	count = told.count;
	for (unsigned i = 0; i < FLOWS; i++)
		put(t, i);
	pcap_teller_free(t);
	ck_assert_uint_eq(told.count, count);
	ck_assert_int_eq(output_end(out, 0), -ENOSPC);
	capture_free(told.capture);
}
END_TEST

START_TEST(teller_is_none_where_there_can_be_no_thread)
{
	no_threads = true;
	ck_assert_ptr_null(begin(OUTPUT_JSON, 0));
	end(NULL);
}
END_TEST

UNIT_MAIN("cmd/pcap_teller", teller_tells_all_in_the_order_in_which_they_were_put,
	teller_lets_a_few_hundred_wait_and_no_more, teller_has_copies_of_all_that_a_flow_points_to,
	teller_settles, teller_flushes_records_within_100_ms_and_rows_after_the_delay,
	teller_flushes_what_was_written_before_it_began,
	teller_says_when_the_output_has_failed_and_tells_no_more,
	teller_is_none_where_there_can_be_no_thread)
