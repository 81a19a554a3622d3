/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_owner.h"
#include "../../../src/cmd/pcap_owner_wire.h"

#include "../loopback.h"

#include "netprobe/base/clock.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* A connection over loopback, and its flow. */
struct connection {
	int listener, client, server;
	struct flow flow;
};

static struct connection connected(void)
{
	struct connection c = {.flow.id = 1};
	struct sockaddr_storage sa;
	socklen_t len;

	c.listener = loopback_listen(4, &c.flow.ends[SERVER]);
	c.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	len = addr_to_sockaddr(&c.flow.ends[SERVER], &sa);
	ck_assert_int_eq(connect(c.client, (struct sockaddr *)&sa, len), 0);
	c.server = accept(c.listener, NULL, NULL);
	ck_assert_int_ge(c.server, 0);
	len = sizeof sa;
	ck_assert_int_eq(getsockname(c.client, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&c.flow.ends[CLIENT], (struct sockaddr *)&sa);
	return c;
}

static void release(struct connection *c)
{
	close(c->client);
	close(c->server);
	close(c->listener);
}

static void wait_for(struct pcap_owner *w, const struct flow *f)
{
	struct pollfd ready = {.fd = pcap_owner_fd(w), .events = POLLIN};

	while (!pcap_owner_answered(w, f)) {
		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
		ck_assert_int_eq(pcap_owner_read(w), 0);
	}
}

START_TEST(owner_of_a_connection_is_who_holds_its_end)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	const struct owner *owners;
	enum side local;
	size_t count;

	prctl(PR_SET_NAME, "some client");
	ck_assert(pcap_owner_ask(w, &c.flow));
	ck_assert(!pcap_owner_answered(w, &c.flow));
	wait_for(w, &c.flow);
	owners = pcap_owner_of(w, &c.flow, &local, &count);
	ck_assert_ptr_nonnull(owners);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(owners->pid, (uint32_t)getpid());
	ck_assert_str_eq(owners->comm, "some client");
	/* both ends are of this machine: the client's counts */
	ck_assert_int_eq(local, CLIENT);
	ck_assert_uint_eq(owners->fd, (uint32_t)c.client);
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_that_is_gone_when_it_is_asked_for_again_stays_known)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	enum side local;
	size_t count;

	ck_assert(pcap_owner_ask(w, &c.flow));
	wait_for(w, &c.flow);
	release(&c);
	ck_assert(pcap_owner_ask(w, &c.flow));
	ck_assert(!pcap_owner_answered(w, &c.flow));
	ck_assert_ptr_nonnull(pcap_owner_of(w, &c.flow, &local, &count));
	wait_for(w, &c.flow);
	ck_assert_ptr_nonnull(pcap_owner_of(w, &c.flow, &local, &count));
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_that_comes_after_the_first_question_is_waited_for)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	struct flow early = c.flow;
	enum side local;
	size_t count;

	/* the same flow before it has a socket */
	early.ends[CLIENT].port = early.ends[SERVER].port = 1;
	ck_assert(pcap_owner_ask(w, &early));
	ck_assert(pcap_owner_ask(w, &c.flow));
	wait_for(w, &c.flow);
	ck_assert_ptr_nonnull(pcap_owner_of(w, &c.flow, &local, &count));
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_of_the_servers_end_is_known_where_the_client_is_gone)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	const struct owner *owners;
	struct flow f = c.flow;
	enum side local;
	size_t count;

	/* what is left of the client is nobody's */
	close(c.client);
	c.client = -1;
	ck_assert(pcap_owner_ask(w, &f));
	wait_for(w, &f);
	owners = pcap_owner_of(w, &f, &local, &count);
	ck_assert_ptr_nonnull(owners);
	ck_assert_int_eq(local, SERVER);
	ck_assert_uint_eq(owners->fd, (uint32_t)c.server);
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_sees_through_ipv4_in_ipv6)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	struct sockaddr_in6 to = {.sin6_family = AF_INET6}, from = {0};
	socklen_t len = sizeof from;
	const struct owner *owners;
	enum side local;
	size_t count;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		printf("skipped: no IPv6\n");
		release(&c);
		pcap_owner_free(w);
		return;
	}
	to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(to.sin6_addr.s6_addr + 12, c.flow.ends[SERVER].ip, 4);
	to.sin6_port = htons(c.flow.ends[SERVER].port);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&from, &len), 0);
	c.flow.ends[CLIENT].port = ntohs(from.sin6_port);
	ck_assert(pcap_owner_ask(w, &c.flow));
	wait_for(w, &c.flow);
	owners = pcap_owner_of(w, &c.flow, &local, &count);
	ck_assert_ptr_nonnull(owners);
	ck_assert_uint_eq(owners->fd, (uint32_t)fd);
	close(fd);
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_of_what_is_elsewhere_is_answered_and_not_known)
{
	struct pcap_owner *w = pcap_owner_new();
	struct flow f = {.id = 9};
	enum side local;
	size_t count;

	f.ends[CLIENT] = (struct addr){.family = 4, .ip = {192, 0, 2, 1}, .port = 1};
	f.ends[SERVER] = (struct addr){.family = 4, .ip = {192, 0, 2, 2}, .port = 2};
	ck_assert(pcap_owner_ask(w, &f));
	wait_for(w, &f);
	ck_assert_ptr_null(pcap_owner_of(w, &f, &local, &count));
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_is_asked_for_again_when_a_connection_stands_and_nobody_is_known)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	enum side local;
	size_t count;

	c.flow.handshake.state = HANDSHAKE_REFUSED;
	pcap_owner_decided(w, &c.flow);
	ck_assert(pcap_owner_answered(w, &c.flow));
	c.flow.handshake.state = HANDSHAKE_COMPLETE;
	pcap_owner_decided(w, &c.flow);
	ck_assert(!pcap_owner_answered(w, &c.flow));
	wait_for(w, &c.flow);
	ck_assert_ptr_nonnull(pcap_owner_of(w, &c.flow, &local, &count));
	pcap_owner_decided(w, &c.flow);
	ck_assert(pcap_owner_answered(w, &c.flow));
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_of_what_nobody_asked_for_need_not_be_waited_for)
{
	struct pcap_owner *w = pcap_owner_new();
	struct flow f = {.id = 9};
	enum side local;
	size_t count;

	ck_assert(pcap_owner_answered(w, &f));
	ck_assert_ptr_null(pcap_owner_of(w, &f, &local, &count));
	pcap_owner_free(w);
}
END_TEST

/* Flows share what is kept for the last few thousand. */
START_TEST(owner_forgets_what_was_asked_long_ago)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	struct flow later = c.flow;
	enum side local;
	size_t count;

	ck_assert(pcap_owner_ask(w, &c.flow));
	wait_for(w, &c.flow);
	later.id += 4096;
	ck_assert(pcap_owner_ask(w, &later));
	ck_assert(pcap_owner_answered(w, &c.flow));
	ck_assert_ptr_null(pcap_owner_of(w, &c.flow, &local, &count));
	wait_for(w, &later);
	ck_assert_ptr_nonnull(pcap_owner_of(w, &later, &local, &count));
	release(&c);
	pcap_owner_free(w);
}
END_TEST

START_TEST(owner_refuses_questions_when_too_many_wait)
{
	struct pcap_owner *w = pcap_owner_new();
	struct connection c = connected();
	struct pollfd ready = {.fd = pcap_owner_fd(w), .events = POLLIN};
	bool taken = true;

	/* nobody reads the answers, so there comes an end */
	for (int i = 0; i < 200000 && taken; i++) {
		c.flow.id++;
		taken = pcap_owner_ask(w, &c.flow);
	}
	ck_assert(!taken);
	for (int i = 0; i < 1000 && !taken; i++) {
		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
		ck_assert_int_eq(pcap_owner_read(w), 0);
		taken = pcap_owner_ask(w, &c.flow);
	}
	ck_assert(taken);
	wait_for(w, &c.flow);
	release(&c);
	pcap_owner_free(w);
}
END_TEST

static pid_t begin_child(int *fd)
{
	int ends[2];
	pid_t child;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(ends[0]);
		owner_child_run(ends[1]);
		_exit(7);
	}
	close(ends[1]);
	*fd = ends[0];
	return child;
}

static void expect_ended(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

START_TEST(child_ends_when_nobody_asks_any_more)
{
	int fd;
	pid_t child = begin_child(&fd);

	close(fd);
	expect_ended(child);
}
END_TEST

START_TEST(child_ends_on_what_is_no_question)
{
	int fd;
	pid_t child = begin_child(&fd);

	ck_assert_int_eq(send(fd, "short", 5, 0), 5);
	expect_ended(child);
	close(fd);
}
END_TEST

START_TEST(owner_that_is_gone_is_an_error)
{
	struct pcap_owner *w = pcap_owner_new();
	struct pollfd ready = {.fd = pcap_owner_fd(w), .events = POLLIN};

	/* it ends on what it does not understand */
	ck_assert_int_eq(send(pcap_owner_fd(w), "short", 5, 0), 5);
	ck_assert_int_eq(poll(&ready, 1, 20000), 1);
	ck_assert_int_lt(pcap_owner_read(w), 0);
	pcap_owner_free(w);
}
END_TEST

UNIT_MAIN("cmd/pcap_owner", owner_is_asked_for_again_when_a_connection_stands_and_nobody_is_known,
	owner_that_is_gone_when_it_is_asked_for_again_stays_known,
	owner_that_comes_after_the_first_question_is_waited_for,
	owner_of_a_connection_is_who_holds_its_end,
	owner_of_the_servers_end_is_known_where_the_client_is_gone, owner_sees_through_ipv4_in_ipv6,
	owner_of_what_is_elsewhere_is_answered_and_not_known,
	owner_of_what_nobody_asked_for_need_not_be_waited_for,
	owner_forgets_what_was_asked_long_ago, owner_refuses_questions_when_too_many_wait,
	child_ends_when_nobody_asks_any_more, child_ends_on_what_is_no_question,
	owner_that_is_gone_is_an_error)
