/* SPDX-License-Identifier: MIT */
/*
 * hold
 * Holds TCP sockets as it is told to: an order a line on standard input, each answered with a line
 * on standard output, "ok" and what was asked for, or "error: WHY". Sockets are called A to Z.
 *
 *   listen X IP PORT BACKLOG    takes IPv4, too, where IP is ::
 *   listen6 X IP PORT BACKLOG   IPv6 alone
 *   connect X IP PORT           until it stands
 *   start X IP PORT             on its way, and not waited for
 *   accept X Y                  from the listener Y
 *   send X BYTES                until all are taken
 *   put X BYTES                 as many of them as fit at once
 *   read X BYTES                until all are there
 *   shut X                      sends its end, and is kept
 *   close X
 *   pid
 */
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/net/addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LETTERS = 26, WORDS = 5, LINE = 256, BLOCK = 65536 };

struct holder {
	int fds[LETTERS];
	const char *words[WORDS]; /* of the order; "" where there is none */
};

/* ---- words */

static int *held(struct holder *h, int word)
{
	static int none = -1;
	const char *name = h->words[word];

	if (name[0] < 'A' || name[0] > 'Z' || name[1] != '\0')
		return &none;
	return &h->fds[name[0] - 'A'];
}

static uint64_t number(const struct holder *h, int word)
{
	uint64_t value = 0;

	(void)parse_uint(h->words[word], 0, UINT32_MAX, &value);
	return value;
}

static socklen_t address(const struct holder *h, struct sockaddr_storage *out)
{
	struct addr a;

	errno = EINVAL;
	if (addr_parse(h->words[2], strlen(h->words[2]), &a) < 0)
		return 0;
	a.port = (uint16_t)number(h, 3);
	return addr_to_sockaddr(&a, out);
}

/* ---- orders: below zero is an error */

static int listen_at(struct holder *h, int v6only)
{
	struct sockaddr_storage at;
	socklen_t len = address(h, &at);
	int on = 1, fd = len ? socket(at.ss_family, SOCK_STREAM, 0) : -1;

	*held(h, 1) = fd;
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	if (bind(fd, (struct sockaddr *)&at, len) < 0)
		return -1;
	return listen(fd, (int)number(h, 4));
}

static int order_listen(struct holder *h)
{
	return listen_at(h, 0);
}

static int order_listen6(struct holder *h)
{
	return listen_at(h, 1);
}

static int connect_to(struct holder *h, int flags)
{
	struct sockaddr_storage to;
	socklen_t len = address(h, &to);
	int fd = len ? socket(to.ss_family, SOCK_STREAM | flags, 0) : -1;

	*held(h, 1) = fd;
	if (fd < 0)
		return -1;
	return connect(fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS ? -1 : 0;
}

static int order_connect(struct holder *h)
{
	return connect_to(h, 0);
}

static int order_start(struct holder *h)
{
	return connect_to(h, SOCK_NONBLOCK);
}

static int order_accept(struct holder *h)
{
	return *held(h, 1) = accept(*held(h, 2), NULL, NULL);
}

static int send_bytes(struct holder *h, int flags)
{
	static const char block[BLOCK];

	for (uint64_t left = number(h, 2); left > 0;) {
		ssize_t sent = send(*held(h, 1), block, left < BLOCK ? left : BLOCK, flags);

		if (sent < 0)
			return flags && errno == EAGAIN ? 0 : -1;
		left -= (uint64_t)sent;
	}
	return 0;
}

static int order_send(struct holder *h)
{
	return send_bytes(h, 0);
}

static int order_put(struct holder *h)
{
	return send_bytes(h, MSG_DONTWAIT);
}

static int order_read(struct holder *h)
{
	static char block[BLOCK];

	for (uint64_t left = number(h, 2); left > 0;) {
		ssize_t got = recv(*held(h, 1), block, left < BLOCK ? left : BLOCK, 0);

		if (got <= 0)
			return -1;
		left -= (uint64_t)got;
	}
	return 0;
}

static int order_shut(struct holder *h)
{
	return shutdown(*held(h, 1), SHUT_WR);
}

static int order_close(struct holder *h)
{
	int fd = *held(h, 1);

	*held(h, 1) = -1;
	return close(fd);
}

static int order_pid(struct holder *h)
{
	(void)h;
	printf("ok %d\n", getpid());
	return 1;
}

static const struct {
	const char *name;
	int (*does)(struct holder *h);
} orders[] = {
	{"listen", order_listen},
	{"listen6", order_listen6},
	{"connect", order_connect},
	{"start", order_start},
	{"accept", order_accept},
	{"send", order_send},
	{"put", order_put},
	{"read", order_read},
	{"shut", order_shut},
	{"close", order_close},
	{"pid", order_pid},
};

/* ---- */

static void split(struct holder *h, char *line)
{
	char *rest = NULL, *word = strtok_r(line, " \n", &rest);

	for (size_t i = 0; i < WORDS; i++) {
		h->words[i] = word ? word : "";
		word = word ? strtok_r(NULL, " \n", &rest) : NULL;
	}
}

static void obey(struct holder *h, char *line)
{
	size_t i = 0;

	split(h, line);
	while (i < ARRAY_SIZE(orders) && strcmp(orders[i].name, h->words[0]) != 0)
		i++;
	errno = ENOSYS;
	if (i == ARRAY_SIZE(orders) || orders[i].does(h) < 0)
		printf("error: %s\n", strerror(errno));
	else if (orders[i].does != order_pid)
		puts("ok");
	fflush(stdout);
}

int main(void)
{
	struct holder h = {.words = {""}};
	char line[LINE];

	for (size_t i = 0; i < LETTERS; i++)
		h.fds[i] = -1;
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof(line), stdin))
		obey(&h, line);
	return EXIT_SUCCESS;
}
