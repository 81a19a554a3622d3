/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/capability.h>
#include <sys/socket.h>

/* Replies to a fast sweep wait here while the program sends, and probes while ARP is answered. */
enum { BUFFER = 8 << 20 };

/* A file capability may be permitted only (setcap cap_net_raw+p). */
static void raise_permitted(void)
{
	static const cap_value_t wanted[] = {CAP_NET_RAW, CAP_NET_ADMIN};
	cap_t all = cap_get_proc();
	cap_flag_value_t permitted;

	for (int i = 0; all && i < 2; i++)
		if (cap_get_flag(all, wanted[i], CAP_PERMITTED, &permitted) == 0 &&
			permitted == CAP_SET)
			cap_set_flag(all, CAP_EFFECTIVE, 1, &wanted[i], CAP_SET);
	if (all)
		cap_set_proc(all);
	cap_free(all);
}

int priv_icmp_open(int family, bool *raw)
{
	static const int size = BUFFER;
	int domain = family == 6 ? AF_INET6 : AF_INET;
	int protocol = family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int fd;

	raise_permitted();
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
