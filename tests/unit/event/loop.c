/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/mem.h"
#include "netprobe/event/loop.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What happened, in order: r received, e expired, s sent, i interrupted. */
struct trace {
	struct loop *loop;
	struct watch watch;
	struct timer timer;
	int fd;
	char steps[64];
	size_t count;
};

static void step(struct trace *t, char c)
{
	if (t->count + 1 < sizeof t->steps)
		t->steps[t->count++] = c;
}

static void received(struct watch *watch, uint32_t events, nsec_t now)
{
	struct trace *t = container_of(watch, struct trace, watch);
	char byte;

	ck_assert(events & LOOP_IN);
	ck_assert_int_gt(now, 0);
	ck_assert_int_eq(read(t->fd, &byte, 1), 1);
	step(t, 'r');
}

static void expired(struct timer *timer, nsec_t now)
{
	(void)now;
	step(container_of(timer, struct trace, timer), 'e');
}

static nsec_t sent(void *user, nsec_t now)
{
	struct trace *t = user;

	(void)now;
	step(t, 's');
	if (t->count >= 3)
		loop_stop(t->loop);
	return NSEC_NEVER;
}

START_TEST(loop_receives_then_expires_then_sends)
{
	struct trace t = {.loop = loop_new(), .watch.ready = received, .timer.expired = expired};
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	t.fd = ends[0];
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(loop_watch(t.loop, t.fd, LOOP_IN, &t.watch), 0);
	timers_set(loop_timers(t.loop), &t.timer, clock_now());
	loop_on_send(t.loop, sent, &t);
	ck_assert_int_eq(loop_run(t.loop), 0);
	ck_assert_str_eq(t.steps, "res");
	loop_free(t.loop);
}
END_TEST

/* A sender that says its letter, and when it wants its next turn; the loop ends with the turn
 * after. */
struct sender_of {
	struct trace *trace;
	char letter;
	nsec_t wish;
	unsigned turns;
};

static nsec_t sent_by(void *user, nsec_t now)
{
	struct sender_of *s = user;

	step(s->trace, s->letter);
	if (++s->turns == 2)
		loop_stop(s->trace->loop);
	return s->wish == NSEC_NEVER ? NSEC_NEVER : now + s->wish;
}

START_TEST(loop_calls_senders_in_the_order_of_joining)
{
	struct trace t = {.loop = loop_new()};
	struct sender_of senders[4];

	for (unsigned i = 0; i < 4; i++) {
		senders[i] = (struct sender_of){&t, (char)('a' + i), 0, 0};
		loop_on_send(t.loop, sent_by, &senders[i]);
	}
	ck_assert_int_eq(loop_run(t.loop), 0);
	ck_assert_str_eq(t.steps, "abcdabcd");
	loop_free(t.loop);
}
END_TEST

/* How long the second turn of two senders with these wishes is waited for. */
static nsec_t waited(nsec_t first, nsec_t second)
{
	struct trace t = {.loop = loop_new()};
	struct sender_of a = {&t, 'a', first, 0}, b = {&t, 'b', second, 0};
	nsec_t start = clock_now();

	loop_on_send(t.loop, sent_by, &a);
	loop_on_send(t.loop, sent_by, &b);
	ck_assert_int_eq(loop_run(t.loop), 0);
	ck_assert_str_eq(t.steps, "abab");
	loop_free(t.loop);
	return clock_now() - start;
}

START_TEST(loop_turns_at_the_earliest_wish_of_its_senders)
{
	const nsec_t soon = 30 * NSEC_PER_MSEC, late = 3 * NSEC_PER_SEC;
	const nsec_t wishes[][2] = {
		{soon, late}, {late, soon}, {soon, NSEC_NEVER}, {NSEC_NEVER, soon}};

	for (unsigned i = 0; i < 4; i++) {
		nsec_t span = waited(wishes[i][0], wishes[i][1]);

		ck_assert_int_ge(span, soon);
		ck_assert_int_lt(span, late);
	}
}
END_TEST

START_TEST(loop_takes_no_fifth_sender)
{
	struct loop *loop = loop_new();

	for (unsigned i = 0; i < 5; i++)
		loop_on_send(loop, sent_by, NULL);
}
END_TEST

static void interrupted(int signo, void *user)
{
	struct trace *t = user;

	ck_assert_int_eq(signo, SIGUSR1);
	step(t, 'i');
	loop_stop(t->loop);
}

START_TEST(loop_hands_signals_over_as_events)
{
	struct trace t = {.loop = loop_new()};

	ck_assert_int_eq(loop_catch_signal(t.loop, SIGUSR1, interrupted, &t), 0);
	raise(SIGUSR1);
	ck_assert_int_eq(loop_run(t.loop), 0);
	ck_assert_str_eq(t.steps, "i");
	loop_free(t.loop);
}
END_TEST

START_TEST(loop_signal_has_its_default_effect_again)
{
	struct trace t = {.loop = loop_new()};

	ck_assert_int_eq(loop_catch_signal(t.loop, SIGUSR1, interrupted, &t), 0);
	loop_default_signal(t.loop, SIGUSR1);
	raise(SIGUSR1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event/loop");
	TCase *all = tcase_create("loop");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, loop_receives_then_expires_then_sends);
	tcase_add_test(all, loop_calls_senders_in_the_order_of_joining);
	tcase_add_test(all, loop_turns_at_the_earliest_wish_of_its_senders);
	tcase_add_test_raise_signal(all, loop_takes_no_fifth_sender, SIGABRT);
	tcase_add_test(all, loop_hands_signals_over_as_events);
	tcase_add_test_raise_signal(all, loop_signal_has_its_default_effect_again, SIGUSR1);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
