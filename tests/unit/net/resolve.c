/* SPDX-License-Identifier: MIT */
#include "netprobe/net/resolve.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/*
 * The resolver's calls arrive here. Names under "test" are answered as their first label says, and
 * addresses for documentation as their last byte says, so that no test asks a name server; all
 * others go to the system.
 */
static atomic_uint inside, most_inside, finished;
static atomic_bool released, signals_open, wrong_hints, no_threads;

static const struct {
	const char *name;
	int status;
} failures[] = {
	{"noname.test", EAI_NONAME},
	{"again.test", EAI_AGAIN},
	{"fail.test", EAI_FAIL},
	{"nodata.test", EAI_NODATA},
	{"family.test", EAI_ADDRFAMILY},
	{"system.test", EAI_SYSTEM},
	{"memory.test", EAI_MEMORY},
};

typedef int lookup_fn(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out);

static int real_lookup(const char *name, const struct addrinfo *hints, struct addrinfo **out)
{
	lookup_fn *real = (lookup_fn *)dlsym(RTLD_NEXT, "getaddrinfo");

	return real(name, NULL, hints, out);
}

static void enter(void)
{
	unsigned now = ++inside, most = most_inside;
	sigset_t mask;

	while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now))
		;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (!sigismember(&mask, SIGINT) || !sigismember(&mask, SIGTERM) ||
		!sigismember(&mask, SIGCHLD))
		signals_open = true;
}

static void get_stuck(void)
{
	enter();
	while (!released)
		usleep(1000);
	inside--;
	finished++;
}

static int stuck(const struct addrinfo *hints, struct addrinfo **out)
{
	get_stuck();
	return real_lookup("127.0.0.2", hints, out);
}

/* 127.0.0.1, 127.0.0.3, 127.0.0.1 */
static int doubled(const struct addrinfo *hints, struct addrinfo **out)
{
	real_lookup("127.0.0.1", hints, out);
	real_lookup("127.0.0.3", hints, &(*out)->ai_next);
	return real_lookup("127.0.0.1", hints, &(*out)->ai_next->ai_next);
}

int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	if (service || hints->ai_socktype != SOCK_STREAM || hints->ai_flags)
		wrong_hints = true;
	if (strncmp(name, "stuck", 5) == 0)
		return stuck(hints, out);
	if (strcmp(name, "doubled.test") == 0)
		return doubled(hints, out);
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++)
		if (strcmp(name, failures[i].name) == 0) {
			errno = ENETDOWN;
			return failures[i].status;
		}
	return real_lookup(name, hints, out);
}

typedef int reverse_fn(const struct sockaddr *sa, socklen_t salen, char *host, socklen_t hostlen,
	char *service, socklen_t servicelen, int flags);

/* 192.0.2.N: the failures above, "hostN.test" for what is behind them, a long wait for 255. */
static int documentation(unsigned last, char *host, size_t size)
{
	if (last < ARRAY_SIZE(failures)) {
		errno = ENETDOWN;
		return failures[last].status;
	}
	if (last == 255)
		get_stuck();
	snprintf(host, size, "host%u.test", last);
	return 0;
}

int getnameinfo(const struct sockaddr *sa, socklen_t salen, char *host, socklen_t hostlen,
	char *service, socklen_t servicelen, int flags)
{
	reverse_fn *real = (reverse_fn *)dlsym(RTLD_NEXT, "getnameinfo");
	struct addr a;

	addr_from_sockaddr(&a, sa);
	if (service || servicelen || flags != NI_NAMEREQD || hostlen < NI_MAXHOST)
		wrong_hints = true;
	if (a.family == 4 && a.ip[0] == 192 && a.ip[2] == 2)
		return documentation(a.ip[3], host, hostlen);
	if (addr_is_link_local(&a)) {
		snprintf(host, hostlen, "zone%u.test", a.scope);
		return 0;
	}
	return real(sa, salen, host, hostlen, service, servicelen, flags);
}

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*body)(void *), void *arg)
{
	create_fn *real = (create_fn *)dlsym(RTLD_NEXT, "pthread_create");

	return no_threads ? EAGAIN : real(thread, attr, body, arg);
}

static unsigned thread_count(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void *nothing(void *arg)
{
	return arg;
}

/* A sanitizer starts a thread of its own beside the first one: it shall be there before counting.
 */
static unsigned threads_before(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, nothing, NULL), 0);
	pthread_join(thread, NULL);
	usleep(20000); /* a joined thread stays in /proc a little longer */
	return thread_count();
}

static void wait_for_threads(unsigned wanted)
{
	for (unsigned i = 0; i < 10000 && thread_count() != wanted; i++)
		usleep(1000);
	ck_assert_uint_eq(thread_count(), wanted);
}

static void wait_inside(unsigned wanted)
{
	for (unsigned i = 0; i < 10000 && inside != wanted; i++)
		usleep(1000);
	ck_assert_uint_eq(inside, wanted);
}

static bool readable(const struct resolver *r, int timeout_ms)
{
	struct pollfd p = {.fd = resolver_fd(r), .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1;
}

static struct resolution taken(struct resolver *r)
{
	struct resolution res;

	ck_assert(readable(r, 10000));
	ck_assert(resolver_take(r, &res));
	return res;
}

static void assert_now(const char *name, int family, const char *wanted)
{
	struct resolution res;
	char text[ADDR_TEXT_MAX];

	resolve_now(name, family, &res);
	ck_assert_int_eq(res.status, 0);
	ck_assert_ptr_null(res.why);
	ck_assert_str_eq(res.name, name);
	ck_assert_uint_eq(res.count, 1);
	ck_assert_str_eq(addr_text(&res.addrs[0], text), wanted);
	ck_assert_uint_eq(res.addrs[0].port, 0);
	ck_assert(res.elapsed >= 0);
	resolution_release(&res);
	ck_assert_ptr_null(res.addrs);
}

START_TEST(resolve_takes_numeric_text)
{
	assert_now("127.0.0.1", 0, "127.0.0.1");
	assert_now("::1", 0, "::1");
	assert_now("::1", 6, "::1");
	assert_now("fe80::1%lo", 0, "fe80::1%lo");
	ck_assert(!wrong_hints);
}
END_TEST

START_TEST(resolve_finds_localhost)
{
	assert_now("localhost", 4, "127.0.0.1");
}
END_TEST

START_TEST(resolve_drops_duplicates)
{
	struct resolution res;

	resolve_now("doubled.test", 4, &res);
	ck_assert_uint_eq(res.count, 2);
	ck_assert_uint_eq(res.addrs[0].ip[3], 1);
	ck_assert_uint_eq(res.addrs[1].ip[3], 3);
	resolution_release(&res);
}
END_TEST

static void assert_fails(const char *name, int family, int status, const char *why)
{
	struct resolution res;

	resolve_now(name, family, &res);
	ck_assert_int_eq(res.status, status);
	ck_assert_str_eq(res.why, why);
	ck_assert_uint_eq(res.count, 0);
	resolution_release(&res);
}

START_TEST(resolve_says_why_it_failed)
{
	const char *no_address = "the name has no address of this family";

	assert_fails("noname.test", 0, EAI_NONAME, "name not found");
	assert_fails("again.test", 0, EAI_AGAIN, "no usable answer from the name server");
	assert_fails("fail.test", 0, EAI_FAIL, "the name server refused or failed");
	assert_fails("nodata.test", 0, EAI_NODATA, no_address);
	assert_fails("family.test", 0, EAI_ADDRFAMILY, no_address);
	assert_fails("system.test", 0, EAI_SYSTEM, strerror(ENETDOWN));
	assert_fails("memory.test", 0, EAI_MEMORY, gai_strerror(EAI_MEMORY));
	assert_fails("::1", 4, EAI_ADDRFAMILY, no_address);
}
END_TEST

START_TEST(resolver_starts_no_thread_before_a_name)
{
	unsigned before = threads_before();
	struct resolver *r = resolver_new(0, 64);
	struct resolution res;

	ck_assert_uint_eq(thread_count(), before);
	ck_assert(!resolver_take(r, &res));
	ck_assert(!readable(r, 0));
	ck_assert_uint_eq(resolver_pending(r), 0);
	resolver_free(r);
}
END_TEST

START_TEST(resolver_answers_with_what_was_submitted)
{
	struct resolver *r = resolver_new(4, 4);
	struct resolution res;
	int mark;

	resolver_submit(r, "127.0.0.9", &mark);
	ck_assert_uint_eq(resolver_pending(r), 1);
	res = taken(r);
	ck_assert_str_eq(res.name, "127.0.0.9");
	ck_assert_ptr_eq(res.user, &mark);
	ck_assert_uint_eq(res.addrs[0].ip[3], 9);
	ck_assert_uint_eq(resolver_pending(r), 0);
	ck_assert(!readable(r, 0));
	resolution_release(&res);
	resolver_free(r);
}
END_TEST

START_TEST(resolver_answers_200_names_once_each)
{
	enum { NAMES = 200 };
	struct resolver *r = resolver_new(4, 8);
	unsigned before = threads_before();
	bool seen[NAMES] = {0};
	char name[32];

	for (size_t i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "127.0.1.%zu", i);
		resolver_submit(r, name, &seen[i]);
	}
	ck_assert_uint_le(thread_count(), before + 8);
	while (resolver_pending(r)) {
		struct resolution res = taken(r);
		bool *mine = res.user;

		ck_assert(!*mine);
		*mine = true;
		ck_assert_uint_eq(res.count, 1);
		ck_assert_uint_eq(res.addrs[0].ip[3], (unsigned)(mine - seen));
		resolution_release(&res);
	}
	for (size_t i = 0; i < NAMES; i++)
		ck_assert(seen[i]);
	ck_assert(!readable(r, 0));
	resolver_free(r);
	wait_for_threads(before);
}
END_TEST

START_TEST(resolver_has_a_thread_a_name_up_to_its_bound)
{
	struct resolver *r = resolver_new(4, 6);
	unsigned before = threads_before();

	for (unsigned i = 0; i < 4; i++)
		resolver_submit(r, "stuck.test", NULL);
	wait_inside(4);
	ck_assert_uint_eq(thread_count(), before + 4);
	for (unsigned i = 0; i < 16; i++)
		resolver_submit(r, "stuck.test", NULL);
	wait_inside(6);
	released = true;
	while (resolver_pending(r)) {
		struct resolution res = taken(r);

		resolution_release(&res);
	}
	ck_assert_uint_eq(most_inside, 6);
	ck_assert_uint_eq(finished, 20);
	ck_assert(!signals_open);
	resolver_free(r);
	wait_for_threads(before);
}
END_TEST

START_TEST(resolver_uses_idle_threads_again)
{
	struct resolver *r = resolver_new(4, 8);
	unsigned before = threads_before();

	for (unsigned i = 0; i < 50; i++) {
		struct resolution res;

		resolver_submit(r, "127.0.0.1", NULL);
		res = taken(r);
		resolution_release(&res);
		usleep(2000);
	}
	ck_assert_uint_le(thread_count(), before + 2);
	resolver_free(r);
	wait_for_threads(before);
}
END_TEST

START_TEST(resolver_does_not_wait_for_slow_names)
{
	struct resolver *r = resolver_new(4, 2);
	struct resolution res;

	resolver_submit(r, "stuck.test", NULL);
	resolver_submit(r, "127.0.0.1", NULL);
	res = taken(r);
	ck_assert_str_eq(res.name, "127.0.0.1");
	resolution_release(&res);
	ck_assert(!resolver_take(r, &res));
	released = true;
	res = taken(r);
	ck_assert_str_eq(res.name, "stuck.test");
	resolution_release(&res);
	resolver_free(r);
}
END_TEST

START_TEST(resolver_is_freed_while_names_are_pending)
{
	struct resolver *r = resolver_new(4, 3);
	unsigned before = threads_before();
	nsec_t start;

	resolver_submit(r, "127.0.0.1", NULL);
	for (unsigned i = 0; i < 20; i++)
		resolver_submit(r, "stuck.test", NULL);
	wait_inside(3);
	ck_assert(readable(r, 10000));
	start = clock_now();
	resolver_free(r);
	ck_assert(clock_now() - start < 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(finished, 0);
	released = true;
	wait_for_threads(before);
	ck_assert_uint_eq(finished, 3);
}
END_TEST

START_TEST(resolver_fails_names_when_no_thread_can_be_had)
{
	struct resolver *r = resolver_new(4, 3);
	struct resolution res;

	no_threads = true;
	resolver_submit(r, "127.0.0.1", NULL);
	res = taken(r);
	ck_assert_int_eq(res.status, EAI_SYSTEM);
	ck_assert_str_eq(res.why, strerror(EAGAIN));
	resolution_release(&res);
	no_threads = false;
	resolver_submit(r, "127.0.0.1", NULL);
	res = taken(r);
	ck_assert_int_eq(res.status, 0);
	resolution_release(&res);
	resolver_free(r);
	resolver_free(NULL);
}
END_TEST

static void submit_addr(struct resolver *r, const char *text, void *user)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	resolver_submit_addr(r, &a, user);
	memset(&a, 0xa5, sizeof a); /* it was copied */
}

static void assert_name(struct resolver *r, const char *text, const char *name)
{
	char again[ADDR_TEXT_MAX];
	struct resolution res;
	int mark;

	submit_addr(r, text, &mark);
	ck_assert_uint_eq(resolver_pending(r), 1);
	res = taken(r);
	ck_assert_int_eq(res.status, 0);
	ck_assert_ptr_null(res.why);
	ck_assert_str_eq(res.name, name);
	ck_assert_ptr_eq(res.user, &mark);
	ck_assert_uint_eq(res.count, 1);
	ck_assert_str_eq(addr_text(&res.addrs[0], again), text);
	ck_assert(res.elapsed >= 0);
	ck_assert_uint_eq(resolver_pending(r), 0);
	resolution_release(&res);
}

START_TEST(resolver_finds_the_name_of_an_address)
{
	struct resolver *r = resolver_new(0, 4);

	assert_name(r, "192.0.2.77", "host77.test");
	assert_name(r, "fe80::1%lo", "zone1.test");
	assert_name(r, "127.0.0.1", "localhost");
	ck_assert(!wrong_hints);
	resolver_free(r);
}
END_TEST

START_TEST(resolver_names_addresses_of_either_family_whatever_names_are_asked_for)
{
	struct resolver *four = resolver_new(4, 1), *six = resolver_new(6, 1);

	assert_name(four, "fe80::1%lo", "zone1.test");
	assert_name(six, "192.0.2.77", "host77.test");
	resolver_free(four);
	resolver_free(six);
}
END_TEST

START_TEST(resolver_says_why_an_address_has_no_name)
{
	struct resolver *r = resolver_new(0, 1);
	const struct addr base = {.family = 4, .ip = {192, 0, 2}};

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		struct addr a = base;
		struct resolution res;

		a.ip[3] = (uint8_t)i;
		resolver_submit_addr(r, &a, NULL);
		res = taken(r);
		ck_assert_int_eq(res.status, failures[i].status);
		ck_assert_ptr_nonnull(res.why);
		if (res.status == EAI_NONAME)
			ck_assert_str_eq(res.why, "name not found");
		if (res.status == EAI_SYSTEM)
			ck_assert_str_eq(res.why, strerror(ENETDOWN));
		ck_assert_ptr_null(res.name);
		ck_assert_uint_eq(res.count, 1);
		ck_assert(addr_same(&res.addrs[0], &a));
		resolution_release(&res);
	}
	resolver_free(r);
}
END_TEST

START_TEST(resolver_asks_both_ways_in_one_queue)
{
	enum { EACH = 100 };
	struct resolver *r = resolver_new(4, 8);
	bool names[EACH] = {0}, addrs[EACH] = {0};
	char text[32];

	for (unsigned i = 0; i < EACH; i++) {
		snprintf(text, sizeof text, "192.0.2.%u", 10 + i);
		submit_addr(r, text, &addrs[i]);
		snprintf(text, sizeof text, "127.0.1.%u", 10 + i);
		resolver_submit(r, text, &names[i]);
	}
	ck_assert_uint_eq(resolver_pending(r), 2 * EACH);
	while (resolver_pending(r)) {
		struct resolution res = taken(r);
		bool *mine = res.user;

		ck_assert(!*mine);
		*mine = true;
		ck_assert_uint_eq(res.count, 1);
		snprintf(text, sizeof text, "host%u.test", res.addrs[0].ip[3]);
		if (res.addrs[0].ip[0] == 192)
			ck_assert_str_eq(res.name, text);
		resolution_release(&res);
	}
	for (unsigned i = 0; i < EACH; i++)
		ck_assert(names[i] && addrs[i]);
	resolver_free(r);
}
END_TEST

START_TEST(resolver_bounds_the_threads_of_both_ways_together)
{
	struct resolver *r = resolver_new(4, 4);
	unsigned before = threads_before();

	for (unsigned i = 0; i < 8; i++) {
		submit_addr(r, "192.0.2.255", NULL);
		resolver_submit(r, "stuck.test", NULL);
	}
	wait_inside(4);
	ck_assert_uint_eq(thread_count(), before + 4);
	released = true;
	while (resolver_pending(r)) {
		struct resolution res = taken(r);

		resolution_release(&res);
	}
	ck_assert_uint_eq(most_inside, 4);
	ck_assert_uint_eq(finished, 16);
	resolver_free(r);
	wait_for_threads(before);
}
END_TEST

START_TEST(resolver_is_freed_while_addresses_are_pending)
{
	struct resolver *r = resolver_new(4, 2);
	unsigned before = threads_before();

	for (unsigned i = 0; i < 10; i++)
		submit_addr(r, "192.0.2.255", NULL);
	wait_inside(2);
	resolver_free(r);
	ck_assert_uint_eq(finished, 0);
	released = true;
	wait_for_threads(before);
	ck_assert_uint_eq(finished, 2);
}
END_TEST

START_TEST(resolver_fails_addresses_when_no_thread_can_be_had)
{
	struct resolver *r = resolver_new(4, 3);
	struct resolution res;

	no_threads = true;
	submit_addr(r, "192.0.2.77", NULL);
	res = taken(r);
	ck_assert_int_eq(res.status, EAI_SYSTEM);
	ck_assert_str_eq(res.why, strerror(EAGAIN));
	ck_assert_ptr_null(res.name);
	ck_assert_uint_eq(res.count, 1);
	resolution_release(&res);
	resolver_free(r);
}
END_TEST

UNIT_MAIN("net/resolve", resolve_takes_numeric_text, resolve_finds_localhost,
	resolve_drops_duplicates, resolve_says_why_it_failed,
	resolver_starts_no_thread_before_a_name, resolver_answers_with_what_was_submitted,
	resolver_answers_200_names_once_each, resolver_has_a_thread_a_name_up_to_its_bound,
	resolver_uses_idle_threads_again, resolver_does_not_wait_for_slow_names,
	resolver_is_freed_while_names_are_pending, resolver_fails_names_when_no_thread_can_be_had,
	resolver_finds_the_name_of_an_address,
	resolver_names_addresses_of_either_family_whatever_names_are_asked_for,
	resolver_says_why_an_address_has_no_name, resolver_asks_both_ways_in_one_queue,
	resolver_bounds_the_threads_of_both_ways_together,
	resolver_is_freed_while_addresses_are_pending,
	resolver_fails_addresses_when_no_thread_can_be_had)
