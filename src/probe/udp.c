/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "netprobe/event/loop.h"
#include "netprobe/net/sock.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { REPLY_ROOM = 2048 };

/* Only the target itself can say that nobody listens there. */
static enum probe_event judge_icmp(
	int fd, const struct addr *to, const struct sock_error *e, struct answer *out)
{
	enum probe_event event = verdict_icmp(fd, to, e, out);

	if (icmp_meaning(to->family, e->type, e->code) == ICMP_MEANS_NO_PORT &&
		addr_same(&e->from, to))
		return verdict(out, PORT_CLOSED, REASON_ICMP);
	return event;
}

static enum probe_event udp_send(int fd, const struct addr *to, struct answer *out)
{
	int err = sock_connect(fd, to);

	if (err == 0 && send(fd, "", 0, MSG_NOSIGNAL) < 0)
		err = -errno;
	return err ? verdict_refused(-err, out) : PROBE_WAITING;
}

static enum probe_event udp_match(int fd, const struct addr *to, struct answer *out)
{
	uint8_t reply[REPLY_ROOM];
	struct sock_error e;
	nsec_t arrived;
	ssize_t len;

	/* the stamp of the departure lies in the error queue, before any error */
	while (sock_next_error(fd, &e, &out->wire))
		if (icmp_meaning(to->family, e.type, e.code) != ICMP_MEANS_NOTHING)
			return judge_icmp(fd, to, &e, out);
	do {
		/* the error of an ICMP message that was passed over */
		len = sock_receive(fd, reply, sizeof reply, &arrived);
	} while (len == -ECONNREFUSED || len == -EHOSTUNREACH);
	if (len < 0)
		return PROBE_WAITING;
	out->from = *to;
	out->arrived = arrived;
	return verdict(out, PORT_OPEN, REASON_REPLY);
}

static void udp_explain(int fd, struct answer *out)
{
	(void)fd;
	verdict(out, PORT_PENDING, REASON_TIMEOUT);
}

static int udp_reset(int fd, const struct answer *out)
{
	/* a used socket may still get what was meant for its last probe */
	(void)fd;
	(void)out;
	return -ENOTSUP;
}

const struct probe probe_udp = {
	.name = "udp",
	.protocol = IPPROTO_UDP,
	.events = LOOP_IN,
	.prepare = sock_udp_open,
	.send = udp_send,
	.match = udp_match,
	.explain = udp_explain,
	.reset = udp_reset,
};
