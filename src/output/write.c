/* SPDX-License-Identifier: MIT */
#include "write.h"

#include "netprobe/base/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

enum { LOOK_USEC = 100000 };

static void wake(int signo)
{
	(void)signo;
}

/*
 * The event loop holds SIGINT and SIGTERM blocked, so neither ends a write(2) that waits for a
 * reader; and no poll(2) tells beforehand how much a pipe or a terminal takes. An alarm ends it
 * every now and then.
 */
static void wake_every(suseconds_t usec)
{
	const struct itimerval span = {{.tv_usec = usec}, {.tv_usec = usec}};

	if (usec > 0)
		sigaction(SIGALRM, &(struct sigaction){.sa_handler = wake}, NULL);
	setitimer(ITIMER_REAL, &span, NULL);
}

static int write_on(int fd, const char *bytes, size_t len, const atomic_bool *hurry)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		/* somebody else made the pipe non-blocking */
		if (n < 0 && errno == EAGAIN)
			n = poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1) < 0 ? -1 : 0;
		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EINTR || ending_is_pending() || (hurry && *hurry)) {
			return -errno;
		}
	}
	return 0;
}

int write_whole(int fd, const char *bytes, size_t len, const atomic_bool *hurry)
{
	int err;

	wake_every(LOOK_USEC);
	err = write_on(fd, bytes, len, hurry);
	wake_every(0);
	return err;
}
