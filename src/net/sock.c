/* SPDX-License-Identifier: MIT */
#include "netprobe/net/sock.h"

#include "errqueue.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int open_socket(int family, int type)
{
	int level = family == 6 ? SOL_IPV6 : SOL_IP;
	int option = family == 6 ? IPV6_RECVERR : IP_RECVERR;
	int on = 1, err;
	int fd = socket(family == 6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, level, option, &on, sizeof on) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int sock_tcp_open(int family)
{
	return open_socket(family, SOCK_STREAM);
}

int sock_udp_open(int family)
{
	int fd = open_socket(family, SOCK_DGRAM), on = 1;

	/* else it would hold its port for IPv4 as well, and hear what is sent there */
	if (fd >= 0 && family == 6)
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof on);
	/* without stamps the program's clock has to do */
	if (fd >= 0)
		errqueue_stamping(fd, false);
	return fd;
}

int sock_connect(int fd, const struct addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, &sa);

	return connect(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : -errno;
}

void sock_set_nodelay(int fd)
{
	int on = 1;

	/* fails on sockets that are gone already, which reading will tell */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void sock_acknowledge(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

int sock_disconnect(int fd)
{
	struct sockaddr sa = {.sa_family = AF_UNSPEC};

	return connect(fd, &sa, sizeof sa) == 0 ? 0 : -errno;
}

int sock_set_ttl(int fd, int family, int ttl)
{
	int level = family == 6 ? SOL_IPV6 : SOL_IP;
	int option = family == 6 ? IPV6_UNICAST_HOPS : IP_TTL;

	return setsockopt(fd, level, option, &ttl, sizeof ttl) == 0 ? 0 : -errno;
}

/* False for entries that are no ICMP error (zero-copy, local ones, stamps). */
static bool read_error(struct msghdr *message, struct sock_error *out, nsec_t *wire)
{
	struct errqueue_entry entry = {0};
	nsec_t stamp = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (!errqueue_read(c, &entry) && errqueue_stamp(c))
			stamp = errqueue_stamp(c);
	if (entry.origin == ERRQUEUE_STAMP && wire)
		*wire = stamp;
	*out = entry.error;
	out->arrived = stamp;
	return entry.origin == ERRQUEUE_ICMP;
}

bool sock_next_error(int fd, struct sock_error *out, nsec_t *wire)
{
	for (;;) {
		struct sockaddr_storage quoted = {0};
		struct {
			_Alignas(struct cmsghdr) char room[256];
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
		if (!read_error(&message, out, wire))
			continue;
		addr_from_sockaddr(&to, (struct sockaddr *)&quoted);
		out->port = to.port;
		return true;
	}
}

ssize_t sock_receive(int fd, void *bytes, size_t room, nsec_t *arrived)
{
	struct {
		_Alignas(struct cmsghdr) char room[256];
	} control;
	struct iovec part = {bytes, room};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t len = recvmsg(fd, &message, 0);

	*arrived = 0;
	if (len < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (errqueue_stamp(c))
			*arrived = errqueue_stamp(c);
	return len;
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
