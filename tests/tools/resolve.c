/* SPDX-License-Identifier: MIT */
/*
 * The resolver by itself, for tests: resolve FAMILY THREADS [NAME...]
 *
 * FAMILY is 4, 6 or 0; with `ptr` the names are addresses whose names are wanted. Looks them up,
 * those on standard input when none is given, and prints a line for each as its answer comes: "NAME
 * ok ADDRESS..." or "NAME failed WHY". The last line has the number of names, the milliseconds and
 * the greatest resident memory: "# 1000 names, 812 ms, 4096 KB".
 */
#include "netprobe/net/resolve.h"
#include "netprobe/base/clock.h"
#include "netprobe/base/parse.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>

static void print(const struct resolution *res)
{
	char text[ADDR_TEXT_MAX];

	printf("%s %s", res->name, res->status ? "failed " : "ok");
	if (res->why)
		fputs(res->why, stdout);
	for (size_t i = 0; i < res->count; i++)
		printf(" %s", addr_text(&res->addrs[i], text));
	putchar('\n');
}

static void print_name(const struct resolution *res)
{
	char text[ADDR_TEXT_MAX];

	printf("%s %s %s\n", addr_text(&res->addrs[0], text), res->status ? "failed" : "ok",
		res->status ? res->why : res->name);
}

static void submit(struct resolver *r, const char *text, bool ptr)
{
	struct addr a;

	if (!ptr)
		resolver_submit(r, text, NULL);
	else if (addr_parse(text, strlen(text), &a) == 0)
		resolver_submit_addr(r, &a, NULL);
}

static size_t submit_lines(struct resolver *r, bool ptr)
{
	char line[512];
	size_t count = 0;

	for (; fgets(line, sizeof line, stdin); count++) {
		line[strcspn(line, "\n")] = '\0';
		submit(r, line, ptr);
	}
	return count;
}

static void take_all(struct resolver *r, bool ptr)
{
	struct pollfd wait = {.fd = resolver_fd(r), .events = POLLIN};

	while (resolver_pending(r)) {
		struct resolution res;

		poll(&wait, 1, -1);
		while (resolver_take(r, &res)) {
			if (ptr)
				print_name(&res);
			else
				print(&res);
			resolution_release(&res);
		}
	}
}

int main(int argc, char **argv)
{
	nsec_t start = clock_now();
	struct resolver *r;
	struct rusage usage;
	bool ptr = argc > 1 && strcmp(argv[1], "ptr") == 0;
	uint64_t family, threads;
	size_t count;

	if (argc < 3 || parse_uint(ptr ? "0" : argv[1], 0, 6, &family) ||
		parse_uint(argv[2], 1, 1024, &threads)) {
		fprintf(stderr, "usage: resolve FAMILY THREADS [NAME...]\n");
		return 2;
	}
	r = resolver_new((int)family, (unsigned)threads);
	if (!r) {
		perror("resolve");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		submit(r, argv[i], ptr);
	count = argc > 3 ? (size_t)argc - 3 : submit_lines(r, ptr);
	take_all(r, ptr);
	resolver_free(r);
	getrusage(RUSAGE_SELF, &usage);
	printf("# %zu names, %" PRId64 " ms, %ld KB\n", count,
		(clock_now() - start) / NSEC_PER_MSEC, usage.ru_maxrss);
	return 0;
}
