/* SPDX-License-Identifier: MIT */
/*
 * crowd COUNT [PER_PROCESS]
 * Holds COUNT TCP connections on loopback, both ends of each, so 2 * COUNT sockets, and a listener
 * a process: as many processes as the limit of files wants, or one for PER_PROCESS connections.
 * Prints "ready" once all stand, and ends with its processes on SIGTERM or when standard input
 * does.
 */
#include "netprobe/base/parse.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address has some 28,000 local ports towards another; the standard files need room, too. */
enum { MOST_PER_PROCESS = 10000, OTHER_FILES = 16 };

static uint64_t raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max;
}

/* Each process has an address of its own, so that local ports last for any number of them. */
static int listener(unsigned process, struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + process)};
	if (fd < 0 || bind(fd, (struct sockaddr *)at, len) < 0 || listen(fd, 16) < 0 ||
		getsockname(fd, (struct sockaddr *)at, &len) < 0)
		return -1;
	return fd;
}

static int connect_all(unsigned process, uint64_t count)
{
	struct sockaddr_in at;
	int door = listener(process, &at);

	for (uint64_t i = 0; door >= 0 && i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
			accept4(door, NULL, NULL, SOCK_CLOEXEC) < 0)
			return -1;
	}
	return door < 0 ? -1 : 0;
}

/* One byte down the pipe says that all stand; none, that this process ended. */
static void be_one_of_them(pid_t parent, unsigned process, uint64_t count, int report)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (connect_all(process, count) < 0) {
		fprintf(stderr, "crowd: process %u: %s\n", process, strerror(errno));
		_exit(EXIT_FAILURE);
	}
	if (write(report, "", 1) != 1)
		_exit(EXIT_FAILURE);
	close(report);
	close(STDIN_FILENO);
	for (;;)
		pause();
}

static void wait_for_end(void)
{
	char ignored[64];

	while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
		;
}

static int gather(uint64_t count, uint64_t per_process)
{
	pid_t self = getpid();
	unsigned processes = 0;
	int report[2];
	char byte;

	if (pipe(report) < 0)
		return -1;
	for (uint64_t left = count, some; left > 0; left -= some, processes++) {
		pid_t child = fork();

		some = left < per_process ? left : per_process;
		if (child < 0)
			return -1;
		if (child == 0)
			be_one_of_them(self, processes, some, report[1]);
	}
	close(report[1]);
	while (processes > 0 && read(report[0], &byte, 1) == 1)
		processes--;
	close(report[0]);
	return processes > 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	uint64_t count = 0, most = (raise_file_limit() - OTHER_FILES) / 2, per_process;

	most = most < MOST_PER_PROCESS ? most : MOST_PER_PROCESS;
	per_process = most;
	if (argc < 2 || argc > 3 || parse_uint(argv[1], 1, 10000000, &count) < 0 ||
		(argc == 3 && parse_uint(argv[2], 1, most, &per_process) < 0)) {
		fprintf(stderr, "usage: crowd COUNT [PER_PROCESS], at most %llu of them\n",
			(unsigned long long)most);
		return 2;
	}
	/* Whatever ends this process, PR_SET_PDEATHSIG ends the others. */
	signal(SIGCHLD, SIG_IGN);
	if (gather(count, per_process) < 0) {
		fputs("crowd: not all of it came together\n", stderr);
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	wait_for_end();
	return EXIT_SUCCESS;
}
