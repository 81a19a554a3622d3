/* SPDX-License-Identifier: MIT */
/*
 * states [-n NAME] [-c COUNT] [-f] [-o] DIRECTORY
 * states -r
 * Holds a socket in each state that can be held: of TCP, UDP, UDP-Lite, raw, ping and unix sockets,
 * the latter with their paths in DIRECTORY. Prints "PROTO STATE LOCAL PEER" for each (names of unix
 * sockets escaped, what there is none of as *), then "ready", and stays until standard input ends.
 * What cannot be made here is told on standard error.
 *
 *   -n NAME   calls itself so
 *   -c COUNT  so many processes more that hold the same descriptors
 *   -o        unix sockets with odd bytes in their names, too
 *   -f        the states that want packets to be lost, too: the rules that -r prints must stand
 *   -r        prints these rules, for nft -f -
 *
 * Raw sockets want CAP_NET_RAW, ping sockets net.ipv4.ping_group_range, the one with a scope
 * fe80::1 on lo. TIME_WAIT, the orphans and what -f makes end by themselves after a minute or
 * later.
 */
#include "netprobe/base/parse.h"
#include "netprobe/base/text.h"
#include "netprobe/net/addr.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	PORT_V4 = 7901,     /* 127.0.0.1 */
	PORT_V6,            /* ::1 */
	PORT_DUAL,          /* :: */
	PORT_V6ONLY,        /* ::, IPv6 only */
	PORT_ANY,           /* 0.0.0.0 */
	PORT_FULL,          /* 127.0.0.1, its queue of connections full */
	PORT_DEVICE,        /* 0.0.0.0, bound to lo */
	PORT_SCOPE,         /* fe80::1%lo */
	PORT_NARROW,        /* 127.0.0.1, with little room for what comes */
	PORT_NO_SYN = 7911, /* here and below 127.0.0.1: what -r drops */
	PORT_NO_SYNACK,
	PORT_NO_FIN,
	PORT_NO_FIN_BACK,
	PORT_DGRAM = 7921, /* UDP: PORT_V4 to PORT_DEVICE once more, from here on */
	PORT_DROPS = 7928, /* 127.0.0.1, its buffer full */
	PORT_LITE = 7931,
	PORT_PING = 7941,
};

static const char rules[] = "table inet states {\n"
			    "    chain input {\n"
			    "        type filter hook input priority 0\n"
			    "        tcp dport 7911 tcp flags & (syn | ack) == syn drop\n"
			    "        tcp sport 7912 tcp flags & (syn | ack) == syn | ack drop\n"
			    "        tcp dport 7913 tcp flags & fin == fin drop\n"
			    "        tcp sport 7914 tcp flags & fin == fin drop\n"
			    "    }\n"
			    "}\n";

struct pair {
	int client, server;
};

/* ---- telling */

static void missing(const char *what)
{
	fprintf(stderr, "states: no %s: %s\n", what, strerror(errno));
}

/* "*" where there is none: not bound, not connected. */
static const char *address_text(const struct sockaddr_storage *ss, char text[ADDR_TEXT_MAX])
{
	struct addr a;

	addr_from_sockaddr(&a, (const struct sockaddr *)ss);
	return a.family == 0 ? "*" : addr_port_text(&a, text);
}

static void tell_between(const char *proto, const char *state, const struct sockaddr_storage *local,
	const struct sockaddr_storage *peer)
{
	char local_text[ADDR_TEXT_MAX], peer_text[ADDR_TEXT_MAX];

	printf("%s %s %s %s\n", proto, state, address_text(local, local_text),
		peer ? address_text(peer, peer_text) : "*");
}

static struct sockaddr_storage local_of(int fd)
{
	struct sockaddr_storage local = {0};
	socklen_t len = sizeof(local);

	getsockname(fd, (struct sockaddr *)&local, &len);
	return local;
}

static void tell(const char *proto, const char *state, int fd)
{
	struct sockaddr_storage local = local_of(fd), peer = {0};
	socklen_t len = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		peer.ss_family = AF_UNSPEC;
	tell_between(proto, state, &local, &peer);
}

static void tell_alone(const char *proto, const char *state, int fd)
{
	struct sockaddr_storage local = local_of(fd);

	tell_between(proto, state, &local, NULL);
}

/* ---- sockets */

static socklen_t address_of(const char *ip, unsigned port, struct sockaddr_storage *out)
{
	struct addr a;

	if (addr_parse(ip, strlen(ip), &a) < 0)
		return 0;
	a.port = (uint16_t)port;
	return addr_to_sockaddr(&a, out);
}

static int new_socket(const char *ip, int type, int proto)
{
	return socket(strchr(ip, ':') ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, proto);
}

static int bound(int fd, const char *ip, unsigned port, const char *device)
{
	struct sockaddr_storage at;
	socklen_t len = address_of(ip, port, &at);
	int on = 1, v6only = port == PORT_V6ONLY || port == PORT_V6ONLY - PORT_V4 + PORT_DGRAM;

	if (fd < 0 || len == 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	if (device &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0)
		return -1;
	return bind(fd, (struct sockaddr *)&at, len) < 0 ? -1 : fd;
}

static int listening(const char *ip, unsigned port, int backlog, const char *device)
{
	int fd = bound(new_socket(ip, SOCK_STREAM, 0), ip, port, device);

	if (fd < 0 || listen(fd, backlog) < 0) {
		missing(ip);
		return -1;
	}
	tell("tcp", "LISTEN", fd);
	return fd;
}

static int connected(int fd, const char *ip, unsigned port)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(ip, port, &to);

	if (fd < 0 || len == 0)
		return -1;
	return connect(fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS ? -1 : fd;
}

/* On its way, and not waited for. */
static int connecting(const char *ip, unsigned port)
{
	int fd = connected(new_socket(ip, SOCK_STREAM | SOCK_NONBLOCK, 0), ip, port);
	struct sockaddr_storage local, to;

	if (fd < 0) {
		missing("SYN_SENT");
		return -1;
	}
	local = local_of(fd);
	address_of(ip, port, &to);
	tell_between("tcp", "SYN_SENT", &local, &to);
	return fd;
}

static bool paired(int door, const char *ip, unsigned port, struct pair *out)
{
	out->client = connected(new_socket(ip, SOCK_STREAM, 0), ip, port);
	out->server = out->client < 0 ? -1 : accept4(door, NULL, NULL, SOCK_CLOEXEC);
	if (out->server < 0)
		missing("connection");
	return out->server >= 0;
}

/* The kernel is given the time to take in what was sent. */
static void settle(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * NSEC_PER_MSEC}, NULL);
}

/* ---- TCP */

static void make_established(int v4, int v6, int dual)
{
	struct pair p;

	if (paired(v4, "127.0.0.1", PORT_V4, &p)) {
		tell("tcp", "ESTABLISHED", p.client);
		tell("tcp", "ESTABLISHED", p.server);
	}
	if (v6 >= 0 && paired(v6, "::1", PORT_V6, &p)) {
		tell("tcp", "ESTABLISHED", p.client);
		tell("tcp", "ESTABLISHED", p.server);
	}
	/* both ends are mapped; then one of them, the client being IPv4 */
	if (dual >= 0 && paired(dual, "::ffff:127.0.0.1", PORT_DUAL, &p)) {
		tell("tcp", "ESTABLISHED", p.client);
		tell("tcp", "ESTABLISHED", p.server);
	}
	if (dual >= 0 && paired(dual, "127.0.0.1", PORT_DUAL, &p)) {
		tell("tcp", "ESTABLISHED", p.client);
		tell("tcp", "ESTABLISHED", p.server);
	}
}

static void make_half_closed(int v4)
{
	int longer = 120;
	struct pair p;

	if (paired(v4, "127.0.0.1", PORT_V4, &p)) {
		shutdown(p.client, SHUT_WR);
		tell("tcp", "FIN_WAIT2", p.client);
		tell("tcp", "CLOSE_WAIT", p.server);
	}
	/* Without a file: as TIME_WAIT's small kind of socket at once, or later where it may
	 * linger. */
	for (int i = 0; i < 2; i++) {
		if (!paired(v4, "127.0.0.1", PORT_V4, &p))
			return;
		if (i == 1)
			setsockopt(p.client, IPPROTO_TCP, TCP_LINGER2, &longer, sizeof(longer));
		tell("tcp", "FIN_WAIT2", p.client);
		tell("tcp", "CLOSE_WAIT", p.server);
		close(p.client);
	}
}

static void make_time_wait(int v4, int v6)
{
	struct pair p;

	if (paired(v4, "127.0.0.1", PORT_V4, &p)) {
		tell("tcp", "TIME_WAIT", p.client);
		close(p.client);
		close(p.server);
	}
	if (v6 >= 0 && paired(v6, "::1", PORT_V6, &p)) {
		tell("tcp", "TIME_WAIT", p.server);
		close(p.server);
		close(p.client);
	}
}

static void make_unread(int v4)
{
	static const char block[1000];
	struct pair p;

	if (paired(v4, "127.0.0.1", PORT_V4, &p) &&
		send(p.client, block, sizeof(block), 0) == sizeof(block)) {
		tell("tcp", "ESTABLISHED", p.client);
		tell("tcp", "ESTABLISHED", p.server);
	}
}

/* A peer that does not read: its window closes, the rest stays here. */
static void make_unsent(void)
{
	int narrow = listening("127.0.0.1", PORT_NARROW, 8, NULL), little = 4096;
	static const char block[16384];
	struct pair p;

	setsockopt(narrow, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	if (!paired(narrow, "127.0.0.1", PORT_NARROW, &p))
		return;
	for (int i = 0; i < 10; i++) {
		while (send(p.client, block, sizeof(block), MSG_DONTWAIT) > 0)
			;
		settle();
	}
	tell("tcp", "ESTABLISHED", p.client);
	tell("tcp", "ESTABLISHED", p.server);
}

/* A backlog of 1 holds two; the third is not heard. */
static void make_full_queue(void)
{
	if (listening("127.0.0.1", PORT_FULL, 1, NULL) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		int fd = connected(new_socket("127.0.0.1", SOCK_STREAM, 0), "127.0.0.1", PORT_FULL);

		if (fd < 0)
			missing("ESTABLISHED");
		else
			tell("tcp", "ESTABLISHED", fd);
	}
	connecting("127.0.0.1", PORT_FULL);
}

static void make_lost_handshakes(void)
{
	struct sockaddr_storage there, here;
	int fd;

	connecting("127.0.0.1", PORT_NO_SYN);
	if (listening("127.0.0.1", PORT_NO_SYNACK, 8, NULL) < 0)
		return;
	fd = connecting("127.0.0.1", PORT_NO_SYNACK);
	here = local_of(fd);
	address_of("127.0.0.1", PORT_NO_SYNACK, &there);
	tell_between("tcp", "SYN_RECV", &there, &here);
}

static void make_lost_ends(void)
{
	int there = listening("127.0.0.1", PORT_NO_FIN, 8, NULL);
	int back = listening("127.0.0.1", PORT_NO_FIN_BACK, 8, NULL);
	struct pair p;

	for (int orphan = 0; orphan < 2; orphan++) {
		if (!paired(there, "127.0.0.1", PORT_NO_FIN, &p))
			return;
		tell("tcp", "FIN_WAIT1", p.client);
		tell("tcp", "ESTABLISHED", p.server);
		if (orphan)
			close(p.client);
		else
			shutdown(p.client, SHUT_WR);
	}
	if (paired(there, "127.0.0.1", PORT_NO_FIN, &p)) {
		tell("tcp", "CLOSING", p.client);
		tell("tcp", "FIN_WAIT2", p.server);
		shutdown(p.client, SHUT_WR);
		shutdown(p.server, SHUT_WR);
	}
	if (paired(back, "127.0.0.1", PORT_NO_FIN_BACK, &p)) {
		shutdown(p.client, SHUT_WR);
		tell("tcp", "FIN_WAIT2", p.client);
		tell("tcp", "LAST_ACK", p.server);
		settle();
		close(p.server);
	}
}

static void make_tcp(bool lossy)
{
	int v4 = listening("127.0.0.1", PORT_V4, 8, NULL);
	int v6 = listening("::1", PORT_V6, 8, NULL);
	int dual = listening("::", PORT_DUAL, 8, NULL);

	listening("::", PORT_V6ONLY, 8, NULL);
	listening("0.0.0.0", PORT_ANY, 8, NULL);
	listening("0.0.0.0", PORT_DEVICE, 8, "lo");
	listening("fe80::1%lo", PORT_SCOPE, 8, NULL);
	if (v4 < 0)
		return;
	make_full_queue();
	make_established(v4, v6, dual);
	make_half_closed(v4);
	make_time_wait(v4, v6);
	make_unread(v4);
	make_unsent();
	if (lossy) {
		make_lost_handshakes();
		make_lost_ends();
	}
}

/* ---- UDP, UDP-Lite, raw, ping */

static int dgram_bound(const char *proto_name, int type, int proto, const char *ip, unsigned port,
	const char *device)
{
	int fd = bound(new_socket(ip, type, proto), ip, port, device);

	if (fd < 0)
		missing(proto_name);
	else
		tell_alone(proto_name, "CLOSE", fd);
	return fd;
}

static void dgram_connected(
	const char *proto_name, int type, int proto, const char *ip, unsigned port)
{
	int fd = connected(new_socket(ip, type, proto), ip, port);
	char text[ADDR_TEXT_MAX];
	struct sockaddr_storage local;

	if (fd < 0) {
		missing(proto_name);
	} else if (type == SOCK_RAW) {
		/* has no port at the other end, and no getpeername() therefore */
		local = local_of(fd);
		printf("%s ESTABLISHED %s %s:*\n", proto_name, address_text(&local, text), ip);
	} else {
		tell(proto_name, "ESTABLISHED", fd);
	}
}

static void make_drops(void)
{
	int fd = dgram_bound("udp", SOCK_DGRAM, 0, "127.0.0.1", PORT_DROPS, NULL);
	int from = connected(new_socket("127.0.0.1", SOCK_DGRAM, 0), "127.0.0.1", PORT_DROPS);
	static char block[1000];
	int little = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	for (int i = 0; i < 100; i++)
		send(from, block, sizeof(block), MSG_DONTWAIT);
	tell("udp", "ESTABLISHED", from);
}

static void make_dgrams(void)
{
	static const char *const at[] = {"127.0.0.1", "::1", "::", "::", "0.0.0.0"};

	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		dgram_bound("udp", SOCK_DGRAM, 0, at[i], PORT_DGRAM + i, NULL);
	dgram_bound("udp", SOCK_DGRAM, 0, "0.0.0.0", PORT_DGRAM + PORT_DEVICE - PORT_V4, "lo");
	dgram_connected("udp", SOCK_DGRAM, 0, "127.0.0.1", PORT_DGRAM);
	dgram_connected("udp", SOCK_DGRAM, 0, "::1", PORT_DGRAM + 1);
	make_drops();
	dgram_bound("udplite", SOCK_DGRAM, IPPROTO_UDPLITE, "127.0.0.1", PORT_LITE, NULL);
	dgram_bound("udplite", SOCK_DGRAM, IPPROTO_UDPLITE, "::1", PORT_LITE, NULL);
	dgram_connected("udplite", SOCK_DGRAM, IPPROTO_UDPLITE, "127.0.0.1", PORT_LITE);
}

/* 253 is for experiments (RFC 3692): nothing comes. The kernel shows it as the local port. */
static void make_raw(void)
{
	dgram_bound("raw", SOCK_RAW, 253, "0.0.0.0", 0, NULL);
	dgram_bound("raw", SOCK_RAW, 253, "127.0.0.1", 0, NULL);
	dgram_bound("raw", SOCK_RAW, 253, "::1", 0, NULL);
	dgram_connected("raw", SOCK_RAW, 253, "127.0.0.1", 0);
	dgram_bound("icmp", SOCK_DGRAM, IPPROTO_ICMP, "127.0.0.1", PORT_PING, NULL);
	dgram_bound("icmp", SOCK_DGRAM, IPPROTO_ICMPV6, "::1", PORT_PING, NULL);
	/* the other way round, since each table shows a part of the other family as well */
	dgram_bound("icmp", SOCK_DGRAM, IPPROTO_ICMPV6, "::1", PORT_PING + 1, NULL);
	dgram_bound("icmp", SOCK_DGRAM, IPPROTO_ICMP, "127.0.0.1", PORT_PING + 1, NULL);
}

/* ---- unix */

static void tell_unix(const char *proto, const char *state, const char *name, size_t len)
{
	struct strbuf text = {0};

	if (len > 0 && name[0] == '\0') {
		strbuf_putc(&text, '@');
		text_escape(&text, name + 1, len - 1);
	} else {
		text_escape(&text, name, len);
	}
	printf("%s %s %s *\n", proto, state, text.len > 0 ? text.text : "*");
	strbuf_release(&text);
}

static const char *unix_proto(int type)
{
	return type == SOCK_STREAM ? "u_str" : type == SOCK_DGRAM ? "u_dgr" : "u_seq";
}

static socklen_t unix_address(const char *name, size_t len, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len > sizeof(out->sun_path))
		return 0;
	memcpy(out->sun_path, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* Bound to the name, which may be abstract; listening where its type can. */
static int unix_bound(int type, const char *name, size_t len)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un at;
	socklen_t size = unix_address(name, len, &at);

	if (len > 0 && name[0] != '\0')
		unlink(name);
	if (fd < 0 || size == 0 || bind(fd, (struct sockaddr *)&at, size) < 0 ||
		(type != SOCK_DGRAM && listen(fd, 4) < 0)) {
		missing("unix socket");
		return -1;
	}
	if (type != SOCK_DGRAM)
		tell_unix(unix_proto(type), "LISTEN", name, len);
	return fd;
}

static int unix_connected(int type, const char *name, size_t len)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un to;
	socklen_t size = unix_address(name, len, &to);

	if (fd < 0 || size == 0 || connect(fd, (struct sockaddr *)&to, size) < 0) {
		missing("unix socket");
		return -1;
	}
	tell_unix(unix_proto(type), "ESTABLISHED", "", 0);
	return fd;
}

/* A listener with one connection accepted and one waiting; of datagrams one that is unread, from a
 * peer that makes both ends ESTABLISHED. */
static void unix_path(int type, const char *directory, const char *name)
{
	struct strbuf path = {0};
	int fd, client;

	strbuf_printf(&path, "%s/%s", directory, name);
	fd = unix_bound(type, path.text, path.len);
	client = fd < 0 ? -1 : unix_connected(type, path.text, path.len);
	if (client >= 0 && type == SOCK_DGRAM) {
		tell_unix(unix_proto(type), "ESTABLISHED", path.text, path.len);
		send(client, "unread", 6, MSG_DONTWAIT);
	} else if (client >= 0 && accept4(fd, NULL, NULL, SOCK_CLOEXEC) >= 0) {
		tell_unix(unix_proto(type), "ESTABLISHED", path.text, path.len);
		unix_connected(type, path.text, path.len);
	}
	strbuf_release(&path);
}

static void unix_pair(int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	tell_unix(unix_proto(type), "ESTABLISHED", "", 0);
	tell_unix(unix_proto(type), "ESTABLISHED", "", 0);
	send(ends[0], "unread", 6, MSG_DONTWAIT);
}

static void make_odd_names(const char *directory)
{
#define ODD(literal) unix_bound(SOCK_STREAM, literal, sizeof(literal) - 1)
	ODD("\0states \n0000: 00000002 00000000 00010000 0001 01 1 /etc/passwd");
	ODD("\0states \033]0;title\007\033[31m");
	ODD("\0states\0behind a NUL");
	ODD("\0states at the end ");
	ODD("\0states \"quoted\" \\ 'so'");
	ODD("\0states \xc3\xa4\xe2\x80\xae\xff\xfe");
	ODD("\0");
#undef ODD
	unix_path(SOCK_STREAM, directory, "odd \n\033[2J\xff name");
	unix_path(SOCK_DGRAM, directory, "blank at the end ");
}

static void make_unix(const char *directory, bool odd)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	static const char *const names[] = {"stream.sock", "dgram.sock", "seqpacket.sock"};

	for (int i = 0; i < 3; i++) {
		unix_path(types[i], directory, names[i]);
		unix_pair(types[i]);
		if (socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0) >= 0)
			tell_unix(unix_proto(types[i]), "CLOSE", "", 0);
	}
	unix_bound(SOCK_STREAM, "\0states", 7);
	if (unix_bound(SOCK_DGRAM, "\0states", 7) >= 0)
		tell_unix("u_dgr", "CLOSE", "\0states", 7);
	if (odd)
		make_odd_names(directory);
}

/* ---- */

static void more_processes(uint64_t count)
{
	pid_t parent = getpid();

	fflush(stdout);
	for (uint64_t i = 0; i < count; i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(EXIT_SUCCESS);
	}
}

static void wait_for_end(void)
{
	char ignored[64];

	while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
		;
}

struct choice {
	const char *name, *directory;
	uint64_t more;
	bool odd, lossy, rules;
};

static bool chosen(int argc, char **argv, struct choice *out)
{
	int c;

	while ((c = getopt(argc, argv, "n:c:ofr")) != -1) {
		if (c == 'n')
			out->name = optarg;
		else if (c == 'c' && parse_uint(optarg, 0, 1000, &out->more) == 0)
			continue;
		else if (c == 'o')
			out->odd = true;
		else if (c == 'f')
			out->lossy = true;
		else if (c == 'r')
			out->rules = true;
		else
			return false;
	}
	out->directory = argv[optind];
	return out->rules || (optind == argc - 1);
}

int main(int argc, char **argv)
{
	struct choice choice = {.more = 0};

	if (!chosen(argc, argv, &choice)) {
		fputs("usage: states [-n NAME] [-c COUNT] [-f] [-o] DIRECTORY | states -r\n",
			stderr);
		return 2;
	}
	if (choice.rules)
		return fputs(rules, stdout) < 0;
	if (choice.name)
		prctl(PR_SET_NAME, choice.name);
	signal(SIGPIPE, SIG_IGN);
	make_tcp(choice.lossy);
	make_dgrams();
	make_raw();
	make_unix(choice.directory, choice.odd);
	more_processes(choice.more);
	settle();
	puts("ready");
	fflush(stdout);
	wait_for_end();
	return EXIT_SUCCESS;
}
