/* SPDX-License-Identifier: MIT */
/*
 * wrap vlan ID DEV LINK | wrap gre KEY DEV LOCAL REMOTE
 * Makes the interface DEV, whose packets go over LINK with a tag of 802.1Q, or from LOCAL to REMOTE
 * by GRE with a key: for kernels that have neither. Prints "ready", and goes on until it is killed.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcntl.h>

enum { ROOM = 66000, HEADROOM = 64, MACS = 12, TAG = 4, GRE = 8, PROTOCOL_GRE = 47 };

struct wrap {
	int inside, outside;
	bool vlan;
	uint32_t id;
	uint8_t room[HEADROOM + ROOM];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int make_device(const char *name, bool frames)
{
	struct ifreq request = {.ifr_flags = (short)((frames ? IFF_TAP : IFF_TUN) | IFF_NO_PI)};
	int fd = open("/dev/net/tun", O_RDWR);

	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0)
		fail(name);
	return fd;
}

/* Tags that come in stand beside the frame (packet(7), PACKET_AUXDATA). */
static int open_link(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), yes = 1;

	at.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes) != 0)
		fail(name);
	return fd;
}

static int open_gre(const char *local, const char *remote)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
	int fd = socket(AF_INET, SOCK_RAW, PROTOCOL_GRE);

	if (inet_pton(AF_INET, local, &from.sin_addr) != 1 ||
		inet_pton(AF_INET, remote, &to.sin_addr) != 1 || fd < 0 ||
		bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail(remote);
	return fd;
}

static void set16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* ---- out */

static void send_out(struct wrap *w)
{
	uint8_t *at = w->room + HEADROOM, *start;
	ssize_t got = read(w->inside, at, ROOM);

	if (got <= 0)
		return;
	if (w->vlan) {
		start = at - TAG;
		memmove(start, at, MACS);
		set16(start + MACS, ETH_P_8021Q);
		set16(start + MACS + 2, w->id);
	} else {
		start = at - GRE;
		set16(start, 0x2000);
		set16(start + 2, at[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
		set16(start + 4, w->id >> 16);
		set16(start + 6, w->id);
	}
	/* what cannot be sent is lost, as on any wire */
	if (write(w->outside, start, (size_t)got + (size_t)(at - start)) < 0)
		return;
}

/* ---- in */

static bool is_tagged(const struct wrap *w, struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof aux);
		return aux.tp_status & TP_STATUS_VLAN_VALID && (aux.tp_vlan_tci & 0xfff) == w->id;
	}
	return false;
}

static void take_frame(struct wrap *w)
{
	union {
		char room[256];
		struct cmsghdr aligned;
	} control;
	struct sockaddr_ll from;
	struct iovec into = {w->room, sizeof w->room};
	struct msghdr message = {.msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &into,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	ssize_t got = recvmsg(w->outside, &message, 0);

	if (got > 0 && from.sll_pkttype != PACKET_OUTGOING && is_tagged(w, &message) &&
		write(w->inside, w->room, (size_t)got) < 0)
		return;
}

static void take_gre(struct wrap *w)
{
	ssize_t got = recv(w->outside, w->room, sizeof w->room, 0);
	size_t header = (size_t)(w->room[0] & 15) * 4 + GRE;

	if (got > (ssize_t)header && write(w->inside, w->room + header, (size_t)got - header) < 0)
		return;
}

int main(int argc, char **argv)
{
	static struct wrap w;
	struct pollfd wait[2];

	if (!(argc == 5 && strcmp(argv[1], "vlan") == 0) &&
		!(argc == 6 && strcmp(argv[1], "gre") == 0)) {
		fputs("usage: wrap vlan ID DEV LINK | wrap gre KEY DEV LOCAL REMOTE\n", stderr);
		return 2;
	}
	w.vlan = argc == 5;
	w.id = (uint32_t)strtoul(argv[2], NULL, 10);
	w.inside = make_device(argv[3], w.vlan);
	w.outside = w.vlan ? open_link(argv[4]) : open_gre(argv[4], argv[5]);
	puts("ready");
	fflush(stdout);
	wait[0] = (struct pollfd){.fd = w.inside, .events = POLLIN};
	wait[1] = (struct pollfd){.fd = w.outside, .events = POLLIN};
	while (poll(wait, 2, -1) > 0) {
		if (wait[0].revents)
			send_out(&w);
		if (wait[1].revents & POLLERR) {
			int error;

			getsockopt(w.outside, SOL_SOCKET, SO_ERROR, &error,
				&(socklen_t){sizeof error});
		}
		if (wait[1].revents & POLLIN)
			(w.vlan ? take_frame : take_gre)(&w);
	}
	return 1;
}
