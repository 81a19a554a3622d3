/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DGRAM_MADE_H
#define TESTS_DGRAM_MADE_H

#include "netprobe/net/dgram.h"

#include "../own_net.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/echo.h"

#include <dlfcn.h>
#include <netinet/in.h>

enum { ID = 0x2b67, SIZE = 64, IP_HEADER = 20, OPT_ID = 81 /* SCM_TS_OPT_ID */ };

/* A socket over a kernel that does as it is told: one test program includes it once. */

/* --- the kernel ----------------------------------------------------------------------------------
 */

static struct {
	bool consumes; /* a number for what it refuses, as some do */
	bool no_keys;  /* before Linux 6.13 */
	int most;      /* packets that one call takes; 0: all */
	int err;       /* what a packet meets ... */
	int passes;    /* ... after so many that went out ... */
	int times;     /* ... and so often */
	unsigned calls, keyed;
} kernel;

typedef int send_fn(int fd, struct mmsghdr *messages, unsigned count, int flags);

static inline bool has_key(const struct mmsghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr);

	return c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == OPT_ID;
}

static inline int refuse(int err)
{
	errno = err;
	return -1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	send_fn *real = (send_fn *)dlsym(RTLD_NEXT, "sendmmsg");
	int sent;

	kernel.calls++;
	kernel.keyed += has_key(messages);
	if (kernel.no_keys && has_key(messages))
		return refuse(EINVAL);
	if (kernel.times > 0 && kernel.passes == 0) {
		kernel.times--;
		/* it uses up a number, and this one's stamp is nobody's */
		if (kernel.consumes)
			real(fd, messages, 1, flags);
		return refuse(kernel.err);
	}
	if (kernel.times > 0 && count > (unsigned)kernel.passes)
		count = (unsigned)kernel.passes;
	if (kernel.most && count > (unsigned)kernel.most)
		count = (unsigned)kernel.most;
	sent = real(fd, messages, count, flags);
	if (sent > 0 && kernel.times > 0)
		kernel.passes -= sent;
	return sent;
}

/* --- sockets -------------------------------------------------------------------------------------
 */

static const struct dgram_options raw_v4 = {
	.family = 4, .size = SIZE, .has_header = true, .tos = -1};
static const struct dgram_options raw_v6 = {.family = 6, .size = SIZE, .tos = -1};
static const struct dgram_options plain_v4 = {.family = 4, .size = SIZE, .tos = -1};

static inline int icmp_socket(int family, int type)
{
	return socket(family == 6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
}

static inline struct dgram *open_dgram(int type, const struct dgram_options *options)
{
	int fd = icmp_socket(options->family, type);
	struct dgram *d;

	ck_assert_int_ge(fd, 0);
	d = dgram_new(fd, options);
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(dgram_fd(d), fd);
	return d;
}

static inline struct dgram *open_raw(const struct dgram_options *options)
{
	return open_dgram(SOCK_RAW, options);
}

/* A raw socket that gets the answers to its own questions alone. */
static inline struct dgram *open_filtered(const struct dgram_options *options)
{
	struct dgram *d = open_raw(options);

	ck_assert_int_eq(dgram_keep_echo_replies(d, ID), 0);
	return d;
}

static inline void queue(
	struct dgram *d, const struct addr *to, uint16_t id, uint32_t key, size_t len)
{
	uint8_t *slot = dgram_slot(d);

	ck_assert_ptr_nonnull(slot);
	memset(slot, 0x5a, len);
	echo_encode(to->family, id, (uint16_t)key, slot, len);
	dgram_queue(d, to, len, key);
}

static inline void queue_to_loopback(struct dgram *d, int family, uint32_t key)
{
	struct addr to = loopback_addr(family);

	queue(d, &to, ID, key, SIZE);
}

/* All goes out, and nothing is refused. */
static inline void flush(struct dgram *d)
{
	struct dgram_failure failures[DGRAM_BATCH];
	size_t count;

	ck_assert(dgram_flush(d, failures, &count));
	ck_assert_uint_eq(count, 0);
	settle();
}

/* A key that is no count. */
static inline uint32_t key_of(uint32_t i)
{
	return 0xfee10000 - 17 * i;
}

static inline void expect_stamps(struct dgram *d, uint32_t first, uint32_t count)
{
	struct dgram_packet out[DGRAM_BATCH];
	const struct dgram_packet *at = out;
	size_t got = 0;

	for (uint32_t i = first; i < first + count; i++, got--) {
		if (got == 0) {
			got = dgram_receive_errors(d, out);
			ck_assert_uint_gt(got, 0);
			at = out;
		}
		ck_assert_int_eq(at->kind, DGRAM_STAMP);
		ck_assert_uint_eq(at->key, key_of(i));
		ck_assert_int_gt(at->stamp, 0);
		at++;
	}
	ck_assert_uint_eq(got, 0);
	ck_assert_uint_eq(dgram_receive_errors(d, out), 0);
}

/* The echo in what came in, behind its IP header where there is one. */
static inline struct echo echo_in(const struct dgram_packet *p, int family, bool header)
{
	size_t skip = header ? IP_HEADER : 0;
	struct echo e;

	ck_assert_int_eq(p->kind, DGRAM_DATA);
	ck_assert_uint_ge(p->len, skip);
	echo_parse(family, p->bytes + skip, p->len - skip, &e);
	return e;
}

/* The kernel begins to stamp what comes in some time after the first socket that asks for it was
 * opened (net_enable_timestamp() leaves it to a worker). */
static inline void wait_for_stamping(struct dgram *d, int family)
{
	struct dgram_packet out[DGRAM_BATCH] = {0};

	for (int i = 0; i < 1000 && out[0].stamp == 0; i++) {
		usleep(1000);
		queue_to_loopback(d, family, key_of(0));
		flush(d);
		expect_stamps(d, 0, 1);
		ck_assert_uint_eq(dgram_receive(d, out), 1);
	}
}

static inline bool has_v6(void)
{
	int fd = icmp_socket(6, SOCK_RAW);

	if (fd < 0)
		printf("skipped: no IPv6 here\n");
	close(fd);
	return fd >= 0;
}

static inline void queue_numbered(struct dgram *d, uint32_t i)
{
	struct addr self = loopback_addr(4);

	queue(d, &self, ID, key_of(i), SIZE);
}

static inline struct dgram *open_udp(int family)
{
	const struct dgram_options options = {
		.family = family, .size = SIZE, .has_ports = true, .tos = -1, .buffer = 1 << 18};
	struct dgram *d = dgram_new(sock_udp_open(family), &options);

	ck_assert_ptr_nonnull(d);
	return d;
}

static inline void queue_udp(struct dgram *d, const struct addr *to, uint32_t key)
{
	uint8_t *slot = dgram_slot(d);

	slot[0] = 'x';
	dgram_queue(d, to, 1, key);
}

#endif
