/* SPDX-License-Identifier: MIT */
#include "netprobe/event/loop.h"

#include "netprobe/base/mem.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LOOP_BATCH = 256, LOOP_ROUNDS = 64, LOOP_SIGNALS = 65, LOOP_SENDERS = 4 };

struct signal_handler {
	void (*caught)(int signo, void *user);
	void *user;
};

struct sender {
	nsec_t (*send)(void *user, nsec_t now);
	void *user;
};

struct loop {
	int epoll_fd, signal_fd;
	bool running;
	bool coarse; /* without epoll_pwait2() */
	struct timers timers;
	struct sender senders[LOOP_SENDERS];
	unsigned sender_count;
	struct watch signal_watch;
	sigset_t caught;
	struct signal_handler handlers[LOOP_SIGNALS];
	struct epoll_event events[LOOP_BATCH];
};

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(1, sizeof *loop);

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->signal_fd = -1;
	sigemptyset(&loop->caught);
	if (loop->epoll_fd >= 0)
		return loop;
	free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	timers_release(&loop->timers);
	free(loop);
}

int loop_watch(struct loop *loop, int fd, uint32_t events, struct watch *watch)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (events & EPOLLOUT)
		event.events |= EPOLLET;
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static void signal_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct loop *loop = container_of(watch, struct loop, signal_watch);
	struct signalfd_siginfo info;

	(void)events;
	(void)now;
	while (read(loop->signal_fd, &info, sizeof info) == sizeof info) {
		const struct signal_handler *handler =
			&loop->handlers[info.ssi_signo % LOOP_SIGNALS];

		if (handler->caught)
			handler->caught((int)info.ssi_signo, handler->user);
	}
}

int loop_catch_signal(
	struct loop *loop, int signo, void (*caught)(int signo, void *user), void *user)
{
	int fd;

	sigaddset(&loop->caught, signo);
	loop->handlers[signo % LOOP_SIGNALS] = (struct signal_handler){caught, user};
	fd = signalfd(loop->signal_fd, &loop->caught, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &loop->caught, NULL) != 0)
		return -errno;
	if (loop->signal_fd >= 0)
		return 0;
	loop->signal_fd = fd;
	loop->signal_watch.ready = signal_ready;
	return loop_watch(loop, fd, EPOLLIN, &loop->signal_watch);
}

void loop_default_signal(struct loop *loop, int signo)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, signo);
	sigdelset(&loop->caught, signo);
	signalfd(loop->signal_fd, &loop->caught, SFD_NONBLOCK | SFD_CLOEXEC);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

struct timers *loop_timers(struct loop *loop)
{
	return &loop->timers;
}

void loop_on_send(struct loop *loop, nsec_t (*send)(void *user, nsec_t now), void *user)
{
	if (loop->sender_count == LOOP_SENDERS)
		abort();
	loop->senders[loop->sender_count++] = (struct sender){send, user};
}

void loop_stop(struct loop *loop)
{
	loop->running = false;
}

/* epoll_pwait2() counts in nanoseconds; kernels before 5.11 and valgrind know only milliseconds,
 * rounded up. */
static int wait_for(struct loop *loop, nsec_t span)
{
	struct timespec ts = {.tv_sec = span / NSEC_PER_SEC, .tv_nsec = span % NSEC_PER_SEC};
	nsec_t ms = span / NSEC_PER_MSEC + (span % NSEC_PER_MSEC > 0);
	int count;

	if (!loop->coarse) {
		count = epoll_pwait2(loop->epoll_fd, loop->events, LOOP_BATCH,
			span == NSEC_NEVER ? NULL : &ts, NULL);
		if (count >= 0 || errno != ENOSYS)
			return count;
		loop->coarse = true;
	}
	return epoll_wait(loop->epoll_fd, loop->events, LOOP_BATCH,
		span == NSEC_NEVER ? -1 : (int)(ms < INT_MAX ? ms : INT_MAX));
}

static int wait_until(struct loop *loop, nsec_t when)
{
	nsec_t now = clock_now(), span = when > now ? when - now : 0;
	int count = wait_for(loop, when == NSEC_NEVER ? NSEC_NEVER : span);

	return count < 0 ? -errno : count;
}

/* Takes all that is ready: what does not fit in one batch was there in time, too. 0 or -errno. */
static int receive(struct loop *loop, nsec_t wanted)
{
	int count = LOOP_BATCH;

	for (unsigned i = 0; i < LOOP_ROUNDS && count == LOOP_BATCH; i++) {
		nsec_t now;

		/* interrupted (SIGCONT, a suspended machine): nothing was received yet */
		do {
			count = wait_until(loop, i ? 0 : wanted);
		} while (count == -EINTR);
		now = clock_now();
		for (int j = 0; j < count; j++) {
			struct watch *watch = loop->events[j].data.ptr;

			watch->ready(watch, loop->events[j].events, now);
		}
	}
	return count < 0 ? count : 0;
}

static nsec_t send_all(struct loop *loop, nsec_t now)
{
	nsec_t wanted = NSEC_NEVER;

	for (unsigned i = 0; i < loop->sender_count; i++) {
		nsec_t due = loop->senders[i].send(loop->senders[i].user, now);

		wanted = due < wanted ? due : wanted;
	}
	return wanted;
}

int loop_run(struct loop *loop)
{
	nsec_t wanted = 0;

	for (loop->running = true; loop->running;) {
		nsec_t next = timers_next(&loop->timers), now;
		int err = receive(loop, wanted < next ? wanted : next);

		if (err)
			return err;
		now = clock_now();
		timers_expire(&loop->timers, now);
		wanted = send_all(loop, now);
	}
	return 0;
}
