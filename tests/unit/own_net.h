/* SPDX-License-Identifier: MIT */
#ifndef TESTS_OWN_NET_H
#define TESTS_OWN_NET_H

#include "loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Takes the process into a network namespace of its own, whose loopback has an MTU of 1500 and
 * where everybody may have ICMP datagram sockets: raw sockets need no root there, and nobody else's
 * packets come in. False, with the reason on standard output, where the machine does not allow it.
 */
static inline bool own_net(void)
{
	static const char everybody[] = "0 2147483647";
	struct ifreq lo = {.ifr_name = "lo"};
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
		printf("skipped: no network namespace to be had: %s\n", strerror(errno));
		return false;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	lo.ifr_flags = IFF_UP | IFF_RUNNING;
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	lo.ifr_mtu = 1500;
	ck_assert_int_eq(ioctl(fd, SIOCSIFMTU, &lo), 0);
	close(fd);
	fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	/* refused in a user namespace, where these group ids are not mapped */
	(void)!write(fd, everybody, sizeof everybody - 1);
	close(fd);
	return true;
}

/* Runs a program of the PATH in it: its exit status, or 127 where there is none such. */
static inline int own_net_run(const char *const argv[])
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

enum { SETTLE_ROUNDS = 3 }; /* a question, its answer, what that brings */

/*
 * Waits until all that was sent over loopback has arrived. On a busy machine the kernel delivers
 * some time after the call that sent; it does so in order on each processor, so that a datagram to
 * ourselves comes last.
 */
static inline void settle(void)
{
	struct addr at;
	struct sockaddr_storage sa;
	int fd = loopback_bind(4, SOCK_DGRAM, &at);
	socklen_t len = addr_to_sockaddr(&at, &sa);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	cpu_set_t one;
	char byte;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len), 1);
		ck_assert_int_eq(poll(&ready, 1, 10000), 1);
		ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	}
	close(fd);
}

#endif
