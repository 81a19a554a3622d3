/* SPDX-License-Identifier: MIT */
/*
 * measure FILE COMMAND...
 * Runs COMMAND and writes "SECONDS KILOBYTES STATUS CPU" to FILE: wall time, largest resident set
 * (ru_maxrss), exit status, seconds of user and system time.
 */
#include "netprobe/base/clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	nsec_t started = clock_now();
	struct rusage usage;
	int status;
	pid_t child;
	FILE *f;

	if (argc < 3 || (child = fork()) < 0)
		return EXIT_FAILURE;
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) != child)
		return EXIT_FAILURE;
	f = fopen(argv[1], "w");
	if (!f)
		return EXIT_FAILURE;
	fprintf(f, "%.3f %ld %d %.4f\n", (double)(clock_now() - started) / NSEC_PER_SEC,
		usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128,
		seconds(usage.ru_utime) + seconds(usage.ru_stime));
	return fclose(f) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
