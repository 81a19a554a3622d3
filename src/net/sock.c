/* SPDX-License-Identifier: MIT */
#include "netprobe/net/sock.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int sock_tcp_open(int family)
{
	int level = family == 6 ? SOL_IPV6 : SOL_IP;
	int option = family == 6 ? IPV6_RECVERR : IP_RECVERR;
	int on = 1, err;
	int fd = socket(
		family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, level, option, &on, sizeof on) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int sock_connect(int fd, const struct addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, &sa);

	return connect(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : -errno;
}

int sock_disconnect(int fd)
{
	struct sockaddr sa = {.sa_family = AF_UNSPEC};

	return connect(fd, &sa, sizeof sa) == 0 ? 0 : -errno;
}

static bool is_error_message(const struct cmsghdr *c)
{
	return (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
	       (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR);
}

/* False for entries that are no ICMP error (timestamps, zero-copy, local ones). */
static bool read_error(struct msghdr *message, struct sock_error *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

		if (!is_error_message(c) ||
			(e->ee_origin != SO_EE_ORIGIN_ICMP && e->ee_origin != SO_EE_ORIGIN_ICMP6))
			continue;
		addr_from_sockaddr(&out->from, SO_EE_OFFENDER(e));
		out->from.port = 0;
		out->type = e->ee_type;
		out->code = e->ee_code;
		out->err = (int)e->ee_errno;
		return true;
	}
	return false;
}

bool sock_next_error(int fd, struct sock_error *out)
{
	for (;;) {
		struct sockaddr_storage quoted = {0};
		union {
			struct cmsghdr align;
			char room[CMSG_SPACE(
				sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
		} control;
		struct msghdr message = {
			.msg_name = &quoted,
			.msg_namelen = sizeof quoted,
			.msg_control = &control,
			.msg_controllen = sizeof control,
		};
		struct addr to;

		*out = (struct sock_error){0};
		if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
			return false;
		if (!read_error(&message, out))
			continue;
		addr_from_sockaddr(&to, (struct sockaddr *)&quoted);
		out->port = to.port;
		return true;
	}
}

int sock_handshake(int fd, struct sock_handshake *out)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	*out = (struct sock_handshake){0};
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return -errno;
	out->rtt = (nsec_t)info.tcpi_rtt * NSEC_PER_USEC;
	out->resent = info.tcpi_total_retrans;
	out->resent_alive = info.tcpi_retrans;
	return 0;
}

int sock_local_addr(int fd, struct addr *out)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;

	*out = (struct addr){0};
	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return -errno;
	addr_from_sockaddr(out, (struct sockaddr *)&sa);
	return 0;
}
