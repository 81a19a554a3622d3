/* SPDX-License-Identifier: MIT */
#include "dgram_private.h"
#include "errqueue.h"

#include "netprobe/base/mem.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* <asm/socket.h> has it since Linux 6.13. */
#ifndef SCM_TS_OPT_ID
#define SCM_TS_OPT_ID 81
#endif

enum {
	IP_HEADER_MAX = 60,
	QUOTE_MAX = 256,    /* of an ICMP error: header, cookie and more */
	PENDING_ERRORS = 8, /* tries for a packet that met the errors of others */
};

static void rows_init(struct dgram_rows *r, size_t width)
{
	r->width = width;
	r->fresh = DGRAM_BATCH;
	r->bytes = mem_alloc(DGRAM_BATCH, width);
	for (size_t i = 0; i < DGRAM_BATCH; i++) {
		r->parts[i] = (struct iovec){r->bytes + i * width, width};
		r->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &r->names[i],
			.msg_iov = &r->parts[i],
			.msg_iovlen = 1,
		};
	}
}

/* --- options ------------------------------------------------------------------------------------
 */

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : -errno;
}

static int set_pmtudisc(int fd, int family, enum dgram_pmtudisc choice)
{
	static const int values[] = {
		[DGRAM_PMTU_DO] = IP_PMTUDISC_DO,
		[DGRAM_PMTU_WANT] = IP_PMTUDISC_WANT,
		[DGRAM_PMTU_DONT] = IP_PMTUDISC_DONT,
		[DGRAM_PMTU_PROBE] = IP_PMTUDISC_PROBE,
	};

	if (choice == DGRAM_PMTU_DEFAULT)
		return 0;
	/* IPV6_PMTUDISC_* have the same numbers */
	return family == 6 ? set(fd, SOL_IPV6, IPV6_MTU_DISCOVER, values[choice])
			   : set(fd, SOL_IP, IP_MTU_DISCOVER, values[choice]);
}

static int set_v4(int fd, const struct dgram_options *o)
{
	int err = set(fd, SOL_IP, IP_RECVERR, 1);

	if (!err && o->ttl)
		err = set(fd, SOL_IP, IP_TTL, o->ttl);
	if (!err && o->ttl)
		err = set(fd, SOL_IP, IP_MULTICAST_TTL, o->ttl);
	if (!err && o->tos >= 0)
		err = set(fd, SOL_IP, IP_TOS, o->tos);
	if (!err && !o->has_header)
		err = set(fd, SOL_IP, IP_RECVTTL, 1);
	return err;
}

static int set_v6(int fd, const struct dgram_options *o)
{
	int err = set(fd, SOL_IPV6, IPV6_RECVERR, 1);

	if (!err && o->ttl)
		err = set(fd, SOL_IPV6, IPV6_UNICAST_HOPS, o->ttl);
	if (!err && o->ttl)
		err = set(fd, SOL_IPV6, IPV6_MULTICAST_HOPS, o->ttl);
	if (!err && o->tos >= 0)
		err = set(fd, SOL_IPV6, IPV6_TCLASS, o->tos);
	if (!err)
		err = set(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
	return err;
}

static int bind_to(int fd, const struct dgram_options *o)
{
	struct sockaddr_storage sa;
	socklen_t len;

	if (o->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->interface,
				    (socklen_t)strlen(o->interface) + 1) != 0)
		return -errno;
	if (o->source.family == 0)
		return 0;
	len = addr_to_sockaddr(&o->source, &sa);
	return bind(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : -errno;
}

static int configure(int fd, const struct dgram_options *o)
{
	int err = o->family == 6 ? set_v6(fd, o) : set_v4(fd, o);

	if (!err)
		err = set_pmtudisc(fd, o->family, o->pmtudisc);
	if (!err)
		err = bind_to(fd, o);
	if (!err && o->buffer)
		err = set(fd, SOL_SOCKET, SO_RCVBUF, (int)o->buffer);
	if (!err && o->buffer)
		err = set(fd, SOL_SOCKET, SO_SNDBUF, (int)o->buffer);
	return err;
}

struct dgram *dgram_new(int fd, const struct dgram_options *options)
{
	struct dgram *d;
	int err = configure(fd, options);

	if (err) {
		close(fd);
		errno = -err;
		return NULL;
	}
	d = mem_alloc(1, sizeof *d);
	d->fd = fd;
	d->family = options->family;
	d->has_ports = options->has_ports;
	d->own_keys = true;
	/* a kernel without it leaves packets unstamped: their times come from the program's clock
	 */
	errqueue_stamping(fd, true);
	rows_init(&d->out, options->size);
	rows_init(&d->in, options->size + IP_HEADER_MAX);
	rows_init(&d->errors, QUOTE_MAX);
	d->counted = mem_alloc(DGRAM_KEYS, sizeof *d->counted);
	dgram_forget_drops(d);
	return d;
}

void dgram_free(struct dgram *d)
{
	if (!d)
		return;
	close(d->fd);
	free(d->out.bytes);
	free(d->in.bytes);
	free(d->errors.bytes);
	free(d->counted);
	free(d);
}

int dgram_fd(const struct dgram *d)
{
	return d->fd;
}

static int keep_type(const struct dgram *d)
{
	struct icmp_filter v4 = {~(1U << ICMP_ECHOREPLY)};
	struct icmp6_filter v6;
	int failed;

	if (d->family == 4) {
		failed = setsockopt(d->fd, SOL_RAW, ICMP_FILTER, &v4, sizeof v4);
	} else {
		ICMP6_FILTER_SETBLOCKALL(&v6);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
		failed = setsockopt(d->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof v6);
	}
	return failed ? -errno : 0;
}

int dgram_keep_echo_replies(struct dgram *d, uint16_t id)
{
	/* the identifier is at 4 of the ICMP header; raw IPv4 packets come with their IP header */
	struct sock_filter code[] = {
		d->family == 4 ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
			       : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {ARRAY_SIZE(code), code};
	int err = keep_type(d);

	if (err)
		return err;
	if (setsockopt(d->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
		return -errno;
	return 0;
}

/* --- sending ------------------------------------------------------------------------------------
 */

uint8_t *dgram_slot(struct dgram *d)
{
	return d->waiting < DGRAM_BATCH ? d->out.bytes + d->waiting * d->out.width : NULL;
}

void dgram_queue(struct dgram *d, const struct addr *to, size_t len, uint32_t key)
{
	size_t i = d->waiting++;
	struct msghdr *m = &d->out.messages[i].msg_hdr;
	struct addr host = *to;

	if (!d->has_ports)
		host.port = 0; /* raw sockets of IPv6 take it for a protocol */
	m->msg_namelen = addr_to_sockaddr(&host, &d->out.names[i]);
	d->out.parts[i].iov_len = len;
	d->keys[i] = key;
}

/* Says under which key the stamp of message `i` comes back. */
static void attach_key(struct dgram *d, size_t i)
{
	struct msghdr *m = &d->out.messages[i].msg_hdr;
	struct cmsghdr *c = (void *)&d->out.controls[i];

	m->msg_control = NULL;
	m->msg_controllen = 0;
	if (!d->own_keys)
		return;
	m->msg_control = c;
	m->msg_controllen = CMSG_SPACE(sizeof d->keys[i]);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_TS_OPT_ID;
	c->cmsg_len = CMSG_LEN(sizeof d->keys[i]);
	*(uint32_t *)(void *)CMSG_DATA(c) = d->keys[i];
}

static void note_sent(struct dgram *d, size_t count, nsec_t before)
{
	for (size_t i = d->sent; !d->own_keys && i < d->sent + count; i++, d->count++)
		d->counted[d->count % DGRAM_KEYS] =
			(struct dgram_counted){d->keys[i], d->count, before};
	d->own_keys_proved |= d->own_keys;
	d->sent += count;
}

/* Whether a refused packet used up a number depends on the kernel and on where it was refused:
 * setting the option anew begins at 0 again. */
static void restart_count(struct dgram *d)
{
	if (d->own_keys)
		return;
	errqueue_stamping(d->fd, false);
	errqueue_stamping(d->fd, true);
	d->count = 0;
}

/* Sends what is left of the batch. Returns how many went, or -errno for the first. */
static int send_some(struct dgram *d)
{
	bool blamed = false;
	int count = -1;

	for (int try = 0; try < PENDING_ERRORS && count < 0; try++) {
		for (size_t i = d->sent; i < d->waiting; i++)
			attach_key(d, i);
		count = sendmmsg(d->fd, d->out.messages + d->sent, (unsigned)(d->waiting - d->sent),
			MSG_NOSIGNAL);
		if (count >= 0)
			return count;
		if (errno == EINVAL && d->own_keys && !d->own_keys_proved) {
			d->own_keys = false;
			blamed = true;
		} else if (dgram_tells_of_others(errno)) {
			d->recount = !d->own_keys;
		} else if (errno != EINTR) {
			break;
		}
	}
	/* it was not the key: a blackhole route is refused in the same way */
	if (blamed && errno == EINVAL)
		d->own_keys = true;
	return -errno;
}

bool dgram_flush(struct dgram *d, struct dgram_failure failures[static DGRAM_BATCH], size_t *count)
{
	*count = 0;
	if (d->recount)
		restart_count(d);
	d->recount = false;
	while (d->sent < d->waiting) {
		nsec_t before = clock_wall();
		int n = send_some(d);

		if (n >= 0) {
			note_sent(d, (size_t)n, before);
			continue;
		}
		if (n == -EAGAIN || n == -ENOBUFS || n == -ENOMEM) {
			d->no_room = -n;
			return false;
		}
		failures[(*count)++] = (struct dgram_failure){d->keys[d->sent++], -n};
		/* not before the stamps under the old numbers are read: by the caller, who comes
		 * again */
		d->recount = !d->own_keys;
		if (d->recount)
			return false;
	}
	d->sent = d->waiting = 0;
	return true;
}

struct dgram_failure dgram_waiting(const struct dgram *d)
{
	return (struct dgram_failure){d->keys[d->sent], d->no_room};
}

void dgram_give_up(struct dgram *d)
{
	d->sent++;
	d->recount = !d->own_keys;
}
