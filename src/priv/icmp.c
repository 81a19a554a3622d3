/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "raise.h"

/* Replies to a fast sweep wait here while the program sends, and probes while ARP is answered. */
enum { BUFFER = 8 << 20 };

int priv_icmp_open(int family, bool *raw)
{
	static const int size = BUFFER;
	int domain = family == 6 ? AF_INET6 : AF_INET;
	int protocol = family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int fd;

	priv_raise(CAP_NET_RAW);
	priv_raise(CAP_NET_ADMIN);
	*raw = true;
	fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0 && (errno == EPERM || errno == EACCES)) {
		*raw = false;
		fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	}
	if (fd < 0)
		return errno == EACCES ? -EPERM : -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd;
}
