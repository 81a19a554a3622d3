/* SPDX-License-Identifier: MIT */
/*
 * listen [-6] ADDR PORT|FIRST-LAST...
 * Binds every port on ADDR, prints "ready", accepts and closes until it is killed. ADDR "::" takes
 * IPv4 too, unless -6 is given.
 */
#include "netprobe/base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *text, union address *out)
{
	const char *zone = strchr(text, '%');
	char plain[INET6_ADDRSTRLEN];

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		return sizeof(out->v4);
	}
	snprintf(plain, sizeof plain, "%.*s", (int)strcspn(text, "%"), text);
	if (inet_pton(AF_INET6, plain, &out->v6.sin6_addr) != 1)
		return 0;
	out->v6.sin6_family = AF_INET6;
	if (zone)
		out->v6.sin6_scope_id = if_nametoindex(zone + 1);
	return sizeof(out->v6);
}

static int parse_range(const char *text, unsigned *first, unsigned *last)
{
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	uint64_t low, high;

	if (parse_uint_n(text, len, 1, 65535, &low) < 0)
		return -1;
	high = low;
	if (dash && parse_uint(dash + 1, low, 65535, &high) < 0)
		return -1;
	*first = (unsigned)low;
	*last = (unsigned)high;
	return 0;
}

static int listen_socket(const union address *bound, socklen_t len, int v6_only)
{
	int on = 1;
	int fd = socket(bound->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bound->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
	if (bind(fd, &bound->any, len) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	close(fd);
	return -1;
}

static int open_port(int epoll, union address *bound, socklen_t len, unsigned port, int v6_only)
{
	struct epoll_event event = {.events = EPOLLIN};

	/* The port lies at the same offset in both families. */
	bound->v4.sin_port = htons((uint16_t)port);
	event.data.fd = listen_socket(bound, len, v6_only);
	if (event.data.fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) < 0) {
		fprintf(stderr, "listen: port %u: %s\n", port, strerror(errno));
		return -1;
	}
	return 0;
}

static void accept_all(int fd)
{
	int peer;

	while ((peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == ECONNABORTED) {
		if (peer >= 0)
			close(peer);
	}
}

static int serve(int epoll)
{
	struct epoll_event events[64];

	puts("ready");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);

		if (count < 0 && errno != EINTR)
			return 1;
		for (int i = 0; i < count; i++)
			accept_all(events[i].data.fd);
	}
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_ports(int epoll, union address *bound, socklen_t len, char **ports, int v6_only)
{
	unsigned first, last;

	for (; *ports; ports++) {
		if (parse_range(*ports, &first, &last) < 0) {
			fprintf(stderr, "listen: %s: not a port\n", *ports);
			return -1;
		}
		for (unsigned port = first; port <= last; port++) {
			if (open_port(epoll, bound, len, port, v6_only) < 0)
				return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool v6_only = argc > 1 && strcmp(argv[1], "-6") == 0;
	char **args = argv + (v6_only ? 2 : 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	union address bound;
	socklen_t len = args[0] ? parse_address(args[0], &bound) : 0;

	if (epoll < 0 || len == 0 || !args[1]) {
		fputs("usage: listen [-6] ADDR PORT|FIRST-LAST...\n", stderr);
		return 2;
	}
	raise_file_limit();
	if (open_ports(epoll, &bound, len, args + 1, v6_only) < 0)
		return 1;
	return serve(epoll);
}
