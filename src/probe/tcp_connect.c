/* SPDX-License-Identifier: MIT */
#include "netprobe/event/loop.h"
#include "netprobe/net/route.h"
#include "netprobe/net/sock.h"
#include "netprobe/packet/icmp.h"
#include "netprobe/probe/probe.h"

#include <errno.h>
#include <netinet/in.h>

static enum probe_event answered(struct answer *out, enum port_state state, enum port_reason reason)
{
	out->state = state;
	out->reason = reason;
	return PROBE_ANSWERED;
}

static enum probe_event open_port(int fd, const struct addr *to, struct answer *out)
{
	struct sock_handshake facts;
	struct addr self;

	/* The local port was the very one that was asked, on an address of this machine: the socket
	 * met its own SYN (simultaneous open, RFC 9293, 3.5). Another try has another local port.
	 */
	if (sock_local_addr(fd, &self) == 0 && self.port == to->port && addr_same(&self, to)) {
		out->err = EADDRINUSE;
		return PROBE_TROUBLE;
	}
	sock_handshake(fd, &facts);
	out->rtt = facts.rtt;
	out->resent = facts.resent > 0;
	out->from = *to;
	return answered(out, PORT_OPEN, REASON_SYN_ACK);
}

/* What connect(2) said by itself, without a packet from anywhere. */
static enum probe_event local_verdict(int err, struct answer *out)
{
	out->err = err;
	switch (err) {
	case EPERM:
		return answered(out, PORT_FILTERED, REASON_LOCAL);
	case ENETUNREACH:  /* no route */
	case EHOSTUNREACH: /* a route of type unreachable */
	case EACCES:       /* prohibit */
	case EINVAL:       /* blackhole */
	case ENETDOWN:
	case ENODEV:
	case EAFNOSUPPORT:
		return answered(out, PORT_UNREACHABLE, REASON_NO_ROUTE);
	default: /* EADDRNOTAVAIL, ENOBUFS, ENOMEM, EAGAIN, ...: short of something here */
		return PROBE_TROUBLE;
	}
}

static enum probe_event judge_status(int fd, int status, const struct addr *to, struct answer *out)
{
	switch (status) {
	case 0:
		return open_port(fd, to, out);
	case -EINPROGRESS:
	case -EALREADY:
		return PROBE_WAITING;
	case -ECONNREFUSED:
	case -ECONNRESET:
		out->from = *to;
		return answered(out, PORT_CLOSED, REASON_RST);
	case -ETIMEDOUT:
		return answered(out, PORT_PENDING, REASON_TIMEOUT);
	default:
		return local_verdict(-status, out);
	}
}

static enum probe_event judge_icmp(
	int fd, const struct addr *to, const struct sock_error *e, struct answer *out)
{
	enum icmp_meaning meaning = icmp_meaning(to->family, e->type, e->code);
	struct addr self;

	out->icmp_type = e->type;
	out->icmp_code = e->code;
	out->from = e->from;
	if (sock_local_addr(fd, &self) == 0 && addr_same(&self, &e->from)) {
		/* the kernel tells us of an unanswered ARP or ND request by an ICMP error of our
		 * own */
		if (meaning != ICMP_MEANS_NO_WAY || !route_is_unresolved(to))
			return answered(out, PORT_FILTERED, REASON_LOCAL);
		*out = (struct answer){0};
		return answered(out, PORT_UNREACHABLE, REASON_ARP);
	}
	return answered(
		out, meaning == ICMP_MEANS_NO_WAY ? PORT_UNREACHABLE : PORT_FILTERED, REASON_ICMP);
}

static int tcp_prepare(int family)
{
	return sock_tcp_open(family);
}

static enum probe_event tcp_send(int fd, const struct addr *to, struct answer *out)
{
	return judge_status(fd, sock_connect(fd, to), to, out);
}

static enum probe_event tcp_match(int fd, const struct addr *to, struct answer *out)
{
	struct sock_error e;

	/* The queue first: an ICMP error that arrives while connect() still holds the socket is
	 * queued, but leaves the attempt alive and SO_ERROR empty. */
	while (sock_next_error(fd, &e))
		if (e.port == to->port &&
			icmp_meaning(to->family, e.type, e.code) != ICMP_MEANS_NOTHING)
			return judge_icmp(fd, to, &e, out);
	return judge_status(fd, sock_connect(fd, to), to, out);
}

static void tcp_explain(int fd, struct answer *out)
{
	struct sock_handshake facts;

	sock_handshake(fd, &facts);
	/* Made again and not let out: the output chain drops, or a queue of this machine was full.
	 */
	answered(out, PORT_PENDING,
		facts.resent > 0 && facts.resent_alive == 0 ? REASON_LOCAL : REASON_TIMEOUT);
}

static int tcp_reset(int fd, const struct answer *out)
{
	struct sock_error e;
	int err;

	/* a refused attempt has left the socket as good as new */
	if (out && out->reason == REASON_RST)
		return 0;
	err = sock_disconnect(fd);
	while (sock_next_error(fd, &e))
		continue;
	return err;
}

const struct probe probe_tcp_connect = {
	.name = "tcp",
	.protocol = IPPROTO_TCP,
	.events = LOOP_OUT,
	.prepare = tcp_prepare,
	.send = tcp_send,
	.match = tcp_match,
	.explain = tcp_explain,
	.reset = tcp_reset,
};
