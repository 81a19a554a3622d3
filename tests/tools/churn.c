/* SPDX-License-Identifier: MIT */
/*
 * churn RATE SECONDS
 * Opens and closes RATE TCP connections a second on loopback. The client closes first, then the
 * server, in turn; the other end closes a little later, so that at any time some connections stand,
 * some are half closed, and many are in TIME_WAIT. Prints "ready" before the first, at the end "N
 * connections, R a second". Local ports do not run out: each client has another address of
 * 127.1.0.0/16.
 */
#include "netprobe/base/clock.h"
#include "netprobe/base/parse.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* So many connections later one end closes, and again so many later the other. */
enum { STANDING = 128, HALF_CLOSED = 128, HELD = STANDING + HALF_CLOSED };

/* Some 28,000 ports an address, each of them in TIME_WAIT for a minute. */
enum { CLIENT_ADDRESSES = 4093 };

struct churn {
	int door;
	struct sockaddr_in at;
	uint64_t count; /* connections so far */
	int ends[HELD][2];
};

static int open_door(struct churn *c)
{
	socklen_t len = sizeof(c->at);

	c->at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	c->door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->door < 0 || bind(c->door, (struct sockaddr *)&c->at, len) < 0 ||
		listen(c->door, 16) < 0)
		return -1;
	return getsockname(c->door, (struct sockaddr *)&c->at, &len);
}

static int client(const struct churn *c)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f010000U + (uint32_t)(c->count % CLIENT_ADDRESSES))};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* The port is chosen with the peer in sight, and may be in use towards others. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
		connect(fd, (const struct sockaddr *)&c->at, sizeof(c->at)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int one_more(struct churn *c)
{
	int *oldest = c->ends[c->count % HELD];
	int *standing = c->ends[(c->count + HALF_CLOSED) % HELD];
	int first = c->count & 1;

	if (c->count >= HELD)
		close(oldest[!first]);
	if (c->count >= STANDING)
		close(standing[first]);
	oldest[0] = client(c);
	if (oldest[0] < 0)
		return -1;
	oldest[1] = accept4(c->door, NULL, NULL, SOCK_CLOEXEC);
	if (oldest[1] < 0)
		return -1;
	c->count++;
	return 0;
}

static int churn(struct churn *c, uint64_t rate, nsec_t length)
{
	const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC};
	nsec_t begun = clock_now(), past = 0;

	for (; past < length; past = clock_now() - begun) {
		uint64_t due = (uint64_t)((double)rate * (double)past / NSEC_PER_SEC);

		while (c->count < due) {
			if (one_more(c) < 0)
				return -1;
		}
		nanosleep(&pause, NULL);
	}
	printf("%llu connections, %.0f a second\n", (unsigned long long)c->count,
		(double)c->count * NSEC_PER_SEC / (double)past);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t rate, seconds;
	struct churn c = {.count = 0};

	if (argc != 3 || parse_uint(argv[1], 1, 1000000, &rate) < 0 ||
		parse_uint(argv[2], 1, 3600, &seconds) < 0) {
		fputs("usage: churn RATE SECONDS\n", stderr);
		return 2;
	}
	if (open_door(&c) == 0) {
		puts("ready");
		fflush(stdout);
		if (churn(&c, rate, (nsec_t)seconds * NSEC_PER_SEC) == 0)
			return EXIT_SUCCESS;
	}
	fprintf(stderr, "churn: after %llu connections: %s\n", (unsigned long long)c.count,
		strerror(errno));
	return EXIT_FAILURE;
}
