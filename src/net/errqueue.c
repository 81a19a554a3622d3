/* SPDX-License-Identifier: MIT */
#include "errqueue.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>

bool errqueue_read(const struct cmsghdr *c, struct errqueue_entry *out)
{
	const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

	if (!(c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) &&
		!(c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
		return false;
	*out = (struct errqueue_entry){0};
	switch (e->ee_origin) {
	case SO_EE_ORIGIN_ICMP:
	case SO_EE_ORIGIN_ICMP6:
		out->origin = ERRQUEUE_ICMP;
		addr_from_sockaddr(&out->error.from, SO_EE_OFFENDER(e));
		out->error.from.port = 0;
		out->error.type = e->ee_type;
		out->error.code = e->ee_code;
		break;
	case SO_EE_ORIGIN_LOCAL:
		out->origin = ERRQUEUE_LOCAL;
		break;
	case SO_EE_ORIGIN_TIMESTAMPING:
		out->origin = ERRQUEUE_STAMP;
		out->key = e->ee_data;
		return true;
	default:
		return true;
	}
	out->error.err = (int)e->ee_errno;
	out->error.mtu = e->ee_errno == EMSGSIZE ? e->ee_info : 0;
	return true;
}

nsec_t errqueue_stamp(const struct cmsghdr *c)
{
	const struct timespec *ts = (const void *)CMSG_DATA(c); /* software, legacy, hardware */

	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING)
		return 0;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

int errqueue_stamping(int fd, bool keys)
{
	int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
		    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;

	if (keys)
		flags |= SOF_TIMESTAMPING_OPT_ID;
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0 ? 0 : -errno;
}
