/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LOOPBACK_H
#define TESTS_LOOPBACK_H

#include "netprobe/net/addr.h"

#include "unit.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline struct addr loopback_addr(int family)
{
	struct addr a = {.family = (uint8_t)family};

	if (family == 6)
		a.ip[15] = 1;
	else
		memcpy(a.ip, (uint8_t[]){127, 0, 0, 1}, 4);
	return a;
}

/*
 * A socket bound to a free port of 127.0.0.1 or ::1: closed to whoever connects until it listens,
 * and nobody else's as long as the descriptor lives. -1 where the machine lacks the family.
 */
static inline int loopback_bind(int family, int type, struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	*at = loopback_addr(family);
	len = addr_to_sockaddr(at, &sa);
	fd = socket(addr_af(at), type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&sa, len) != 0) {
		close(fd);
		return -1;
	}
	len = sizeof sa;
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(at, (struct sockaddr *)&sa);
	return fd;
}

static inline int loopback_listen(int family, struct addr *at)
{
	int fd = loopback_bind(family, SOCK_STREAM, at);

	if (fd >= 0)
		ck_assert_int_eq(listen(fd, 64), 0);
	return fd;
}

#endif
