/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "netprobe/event/loop.h"
#include "netprobe/net/sock.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <netinet/in.h>

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
	return verdict(out, PORT_OPEN, REASON_SYN_ACK);
}

static enum probe_event judge_status(int fd, int status, const struct addr *to, struct answer *out)
{
	switch (status) {
	case 0:
	case -ECONNRESET: /* it stood, and was reset since; before that it is ECONNREFUSED */
		return open_port(fd, to, out);
	case -EINPROGRESS:
	case -EALREADY:
		return PROBE_WAITING;
	case -ECONNREFUSED:
		out->from = *to;
		return verdict(out, PORT_CLOSED, REASON_RST);
	case -ETIMEDOUT:
		return verdict(out, PORT_PENDING, REASON_TIMEOUT);
	default:
		return verdict_refused(-status, out);
	}
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
	while (sock_next_error(fd, &e, NULL))
		if (e.port == to->port &&
			icmp_meaning(to->family, e.type, e.code) != ICMP_MEANS_NOTHING)
			return verdict_icmp(fd, to, &e, out);
	return judge_status(fd, sock_connect(fd, to), to, out);
}

static void tcp_explain(int fd, struct answer *out)
{
	struct sock_handshake facts;

	sock_handshake(fd, &facts);
	/* Made again and not let out: the output chain drops, or a queue of this machine was full.
	 */
	verdict(out, PORT_PENDING,
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
	while (sock_next_error(fd, &e, NULL))
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
