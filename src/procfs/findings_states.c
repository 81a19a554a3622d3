/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/findings.h"

static const char *const tcp[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "connected: both sides may send",
	[SOCKET_SYN_SENT] = "asked for a connection, no answer yet",
	[SOCKET_SYN_RECV] = "was asked for a connection and agreed, the peer has yet to confirm",
	[SOCKET_FIN_WAIT1] = "closed here, the peer has yet to acknowledge that",
	[SOCKET_FIN_WAIT2] = "closed here, the peer has acknowledged that and not closed its side",
	[SOCKET_TIME_WAIT] =
		"both have closed; kept a minute, lest late packets reach a new connection",
	[SOCKET_CLOSE] = "not connected and not listening",
	[SOCKET_CLOSE_WAIT] = "the peer has closed, the program here has not",
	[SOCKET_LAST_ACK] = "the peer closed first, then we did; it has yet to acknowledge that",
	[SOCKET_LISTEN] = "waits for connections",
	[SOCKET_CLOSING] = "both sides closed at once, the peer has yet to acknowledge our end",
};

static const char *const udp[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "connected: takes datagrams of this peer alone",
	[SOCKET_CLOSE] = "not connected: takes datagrams from everybody",
};

static const char *const raw[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "connected: takes packets of this peer alone",
	[SOCKET_CLOSE] = "not connected: takes this protocol's packets from everybody",
};

static const char *const icmp[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "connected: pings this peer alone",
	[SOCKET_CLOSE] = "not connected: pings whom it likes",
};

static const char *const local[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "connected to another socket of this machine",
	[SOCKET_SYN_SENT] = "asked for a connection that is not accepted yet",
	[SOCKET_CLOSE] = "not connected",
	[SOCKET_LISTEN] = "waits for connections from this machine",
	[SOCKET_CLOSING] = "being disconnected",
};

const char *state_meaning(enum socket_proto proto, enum socket_state state)
{
	static const char *const *const words[SOCKET_PROTOS] = {
		[SOCKET_TCP] = tcp,
		[SOCKET_UDP] = udp,
		[SOCKET_UDPLITE] = udp,
		[SOCKET_RAW] = raw,
		[SOCKET_ICMP] = icmp,
		[SOCKET_UNIX] = local,
	};

	if (proto < SOCKET_PROTOS && state < SOCKET_STATES && words[proto][state])
		return words[proto][state];
	return "a state that this protocol is not known to have";
}
