/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/ping_names.h"

#include "../loopback.h"

#include "netprobe/base/mem.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

enum { PLACES = 1024 };

typedef int lookup_fn(const struct sockaddr *sa, socklen_t len, char *host, socklen_t host_len,
	char *service, socklen_t service_len, int flags);

/*
 * No name server is asked: the last bytes of an address are its name. 10.0.x.0 has none, 10.9.x.x
 * stays without an answer until the test lets it go, and of 127.x.x.x the system is asked.
 */
static struct {
	pthread_mutex_t lock;
	unsigned lookups;
	bool gone; /* the answers of 10.9.x.x */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_held(void)
{
	bool gone;

	pthread_mutex_lock(&server.lock);
	gone = server.gone;
	pthread_mutex_unlock(&server.lock);
	return !gone;
}

int getnameinfo(const struct sockaddr *sa, socklen_t len, char *host, socklen_t host_len,
	char *service, socklen_t service_len, int flags)
{
	struct addr a;

	addr_from_sockaddr(&a, sa);
	if (a.ip[0] == 127)
		return ((lookup_fn *)dlsym(RTLD_NEXT, "getnameinfo"))(
			sa, len, host, host_len, service, service_len, flags);
	pthread_mutex_lock(&server.lock);
	server.lookups++;
	pthread_mutex_unlock(&server.lock);
	while (a.family == 4 && a.ip[1] == 9 && is_held())
		usleep(1000);
	if (a.family == 4 && a.ip[3] == 0)
		return EAI_NONAME;
	snprintf(host, host_len, "host-%u-%u.test", a.ip[2], a.ip[a.family == 4 ? 3 : 15]);
	return 0;
}

static void let_go(void)
{
	pthread_mutex_lock(&server.lock);
	server.gone = true;
	pthread_mutex_unlock(&server.lock);
}

static unsigned lookups(void)
{
	unsigned count;

	pthread_mutex_lock(&server.lock);
	count = server.lookups;
	pthread_mutex_unlock(&server.lock);
	return count;
}

static struct loop *loop;
static struct timer alarm_clock;

static void stop(struct timer *timer, nsec_t now)
{
	(void)timer;
	(void)now;
	loop_stop(loop);
}

static void run_for(nsec_t span)
{
	alarm_clock.expired = stop;
	timers_set(loop_timers(loop), &alarm_clock, clock_now() + span);
	ck_assert_int_eq(loop_run(loop), 0);
}

/* Two seconds at the most. */
static const char *wait_for_name(struct ping_names *n, const struct addr *a)
{
	for (int i = 0; i < 200 && !ping_names_get(n, a); i++)
		run_for(10 * NSEC_PER_MSEC);
	return ping_names_get(n, a);
}

static struct ping_names *open_names(void)
{
	struct ping_names *n;

	loop = loop_new();
	ck_assert_ptr_nonnull(loop);
	n = ping_names_new(loop);
	ck_assert_ptr_nonnull(n);
	return n;
}

static void close_names(struct ping_names *n)
{
	ping_names_free(n);
	loop_free(loop);
}

static struct addr address(uint8_t third, uint8_t last)
{
	return (struct addr){.family = 4, .ip = {10, 0, third, last}};
}

static const char *name_of(const struct addr *a)
{
	static char name[32];

	snprintf(name, sizeof name, "host-%u-%u.test", a->ip[2], a->ip[3]);
	return name;
}

START_TEST(name_is_not_waited_for_and_comes_beside_the_run)
{
	struct ping_names *n = open_names();
	struct addr a = address(0, 7);

	ck_assert_ptr_null(ping_names_get(n, &a));
	ck_assert_str_eq(wait_for_name(n, &a), "host-0-7.test");
	close_names(n);
}
END_TEST

START_TEST(name_is_asked_for_once)
{
	struct ping_names *n = open_names();
	struct addr a = address(0, 7);

	for (int i = 0; i < 100; i++)
		ping_names_get(n, &a);
	wait_for_name(n, &a);
	for (int i = 0; i < 100; i++)
		ck_assert_str_eq(ping_names_get(n, &a), "host-0-7.test");
	ck_assert_uint_eq(lookups(), 1);
	close_names(n);
}
END_TEST

START_TEST(address_without_a_name_is_not_asked_for_again)
{
	struct ping_names *n = open_names();
	struct addr a = address(0, 0);

	ck_assert_ptr_null(ping_names_get(n, &a));
	run_for(100 * NSEC_PER_MSEC);
	ck_assert_ptr_null(ping_names_get(n, &a));
	run_for(50 * NSEC_PER_MSEC);
	ck_assert_uint_eq(lookups(), 1);
	close_names(n);
}
END_TEST

START_TEST(families_and_addresses_have_names_of_their_own)
{
	struct ping_names *n = open_names();
	struct addr a = address(0, 7), b = address(0, 8), c = loopback_addr(6);

	ping_names_get(n, &a);
	ping_names_get(n, &b);
	ping_names_get(n, &c);
	ck_assert_str_eq(wait_for_name(n, &a), "host-0-7.test");
	ck_assert_str_eq(wait_for_name(n, &b), "host-0-8.test");
	ck_assert_str_eq(wait_for_name(n, &c), "host-0-1.test");
	close_names(n);
}
END_TEST

START_TEST(port_is_no_matter)
{
	struct ping_names *n = open_names();
	struct addr a = address(0, 7);

	ck_assert_str_eq(wait_for_name(n, &a), "host-0-7.test");
	a.port = 80;
	ck_assert_str_eq(ping_names_get(n, &a), "host-0-7.test");
	close_names(n);
}
END_TEST

/* More than are held: some give their place to others, and are asked for again. */
START_TEST(names_of_many_addresses_are_never_those_of_others)
{
	enum { MANY = 2000 };
	struct ping_names *n = open_names();
	unsigned known = 0;

	for (unsigned i = 0; i < MANY; i++) {
		struct addr a = address((uint8_t)(i / 250), (uint8_t)(1 + i % 250));

		ping_names_get(n, &a);
	}
	for (int i = 0; i < 300 && lookups() < MANY; i++)
		run_for(10 * NSEC_PER_MSEC);
	run_for(50 * NSEC_PER_MSEC);
	/* in this order, so that whoever lost his place does not take another's away before */
	for (unsigned i = MANY; i-- > 0;) {
		struct addr a = address((uint8_t)(i / 250), (uint8_t)(1 + i % 250));
		const char *name = ping_names_get(n, &a);

		if (name)
			ck_assert_str_eq(name, name_of(&a));
		known += name != NULL;
	}
	/* no more than 256 are asked for at a time */
	ck_assert_uint_gt(known, 100);
	ck_assert_uint_le(known, PLACES);
	close_names(n);
}
END_TEST

/* Another address that is kept in the same place. */
static struct addr rival_of(const struct addr *a)
{
	for (unsigned i = 1; i < 60000; i++) {
		struct addr rival = address((uint8_t)(i / 250), (uint8_t)(1 + i % 250));

		if (addr_hash(&rival, 0) % PLACES == addr_hash(a, 0) % PLACES)
			return rival;
	}
	ck_abort_msg("no other address has this place");
}

/* Its place was given away in the meantime. */
START_TEST(answer_that_comes_too_late_names_nobody_else)
{
	struct ping_names *n = open_names();
	struct addr held = {.family = 4, .ip = {10, 9, 0, 1}}, rival = rival_of(&held);

	ping_names_get(n, &held);
	ck_assert_str_eq(wait_for_name(n, &rival), name_of(&rival));
	let_go();
	run_for(100 * NSEC_PER_MSEC);
	ck_assert_str_eq(ping_names_get(n, &rival), name_of(&rival));
	close_names(n);
}
END_TEST

START_TEST(loopback_is_localhost)
{
	struct ping_names *n = open_names();
	struct addr a = loopback_addr(4);

	ck_assert_str_eq(wait_for_name(n, &a), "localhost");
	close_names(n);
}
END_TEST

START_TEST(nothing_to_free_is_no_failure)
{
	ping_names_free(NULL);
}
END_TEST

UNIT_MAIN("cmd/ping_names", name_is_not_waited_for_and_comes_beside_the_run, name_is_asked_for_once,
	address_without_a_name_is_not_asked_for_again,
	families_and_addresses_have_names_of_their_own, port_is_no_matter,
	names_of_many_addresses_are_never_those_of_others,
	answer_that_comes_too_late_names_nobody_else, loopback_is_localhost,
	nothing_to_free_is_no_failure)
