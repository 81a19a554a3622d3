/* SPDX-License-Identifier: MIT */
#include "dgram_private.h"
#include "errqueue.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { PACKET_OVERHEAD = 640 /* struct sk_buff and its data's alignment, about */ };

/* --- packets ------------------------------------------------------------------------------------
 */

bool dgram_tells_of_others(int err)
{
	return err == EHOSTUNREACH || err == ENETUNREACH || err == ECONNREFUSED || err == EACCES ||
	       err == EPROTO || err == EMSGSIZE || err == EOPNOTSUPP || err == ENOPROTOOPT ||
	       err == EHOSTDOWN || err == ENONET;
}

/* The packet behind a number that the kernel counted. A straggler from before the count began anew
 * bears the number of a later packet. */
static void look_up_key(struct dgram *d, struct dgram_packet *out)
{
	const struct dgram_counted *c = &d->counted[out->key % DGRAM_KEYS];

	if (c->number != out->key || out->stamp < c->before)
		out->kind = DGRAM_LOCAL;
	out->key = c->key;
}

static void read_entry(struct dgram *d, const struct cmsghdr *c, struct dgram_packet *out)
{
	static const enum dgram_kind kinds[] = {
		[ERRQUEUE_OTHER] = DGRAM_LOCAL,
		[ERRQUEUE_ICMP] = DGRAM_ERROR,
		[ERRQUEUE_LOCAL] = DGRAM_LOCAL,
		[ERRQUEUE_STAMP] = DGRAM_STAMP,
	};
	struct errqueue_entry entry;

	if (!errqueue_read(c, &entry))
		return;
	out->kind = kinds[entry.origin];
	out->error = entry.error;
	out->key = entry.key;
	if (out->kind == DGRAM_STAMP && !d->own_keys)
		look_up_key(d, out);
}

static void read_control(struct dgram *d, struct msghdr *m, struct dgram_packet *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		nsec_t stamp = errqueue_stamp(c);

		if (stamp)
			out->stamp = stamp;
		if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL) ||
			(c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT))
			out->ttl = *(const int *)(const void *)CMSG_DATA(c);
	}
	/* after the stamp, which stands before or behind it */
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		read_entry(d, c, out);
}

static void note_amount(
	struct dgram *d, const struct dgram_packet *packets, size_t count, bool is_last)
{
	for (size_t i = 0; i < count; i++)
		d->at_once += packets[i].whole + PACKET_OVERHEAD;
	if (d->at_once > d->most)
		d->most = d->at_once;
	if (is_last)
		d->at_once = 0;
}

/* The kernel has written into what it filled. */
static void rows_renew(struct dgram_rows *r)
{
	for (size_t i = 0; i < r->fresh; i++) {
		struct msghdr *m = &r->messages[i].msg_hdr;

		m->msg_namelen = sizeof r->names[i];
		m->msg_control = &r->controls[i];
		m->msg_controllen = sizeof r->controls[i];
	}
	r->fresh = 0;
}

static size_t receive(struct dgram *d, struct dgram_rows *r, int flags, struct dgram_packet *out)
{
	int count;

	rows_renew(r);
	do {
		count = recvmmsg(d->fd, r->messages, DGRAM_BATCH, flags | MSG_DONTWAIT, NULL);
	} while (count < 0 && (errno == EINTR || dgram_tells_of_others(errno)));
	for (int i = 0; i < count; i++) {
		size_t whole = r->messages[i].msg_len;

		out[i] = (struct dgram_packet){.bytes = r->parts[i].iov_base,
			.len = whole < r->width ? whole : r->width,
			.whole = whole,
			.ttl = -1};
		if (r->messages[i].msg_hdr.msg_namelen > 0)
			addr_from_sockaddr(&out[i].peer, (struct sockaddr *)&r->names[i]);
		if (!d->has_ports)
			out[i].peer.port = 0;
		read_control(d, &r->messages[i].msg_hdr, &out[i]);
	}
	r->fresh = count > 0 ? (size_t)count : 0;
	/* errors lie in the same buffer, and are read in between */
	note_amount(d, out, r->fresh, r == &d->in && r->fresh < DGRAM_BATCH);
	return r->fresh;
}

size_t dgram_receive(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	return receive(d, &d->in, MSG_TRUNC, out);
}

size_t dgram_receive_errors(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH])
{
	return receive(d, &d->errors, MSG_ERRQUEUE, out);
}

/* --- drops --------------------------------------------------------------------------------------
 */

/* Has the counter behind SO_RXQ_OVFL, and without a packet that would carry it. */
static void read_memory(int fd, uint32_t info[static SK_MEMINFO_VARS])
{
	socklen_t len = SK_MEMINFO_VARS * sizeof *info;

	memset(info, 0, len);
	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len);
}

void dgram_forget_drops(struct dgram *d)
{
	uint32_t memory[SK_MEMINFO_VARS];

	read_memory(d->fd, memory);
	d->drops_seen = memory[SK_MEMINFO_DROPS];
}

/* The kernel counts among the drops what it refuses for other reasons, such as everybody's ICMPv6
 * packets with a bad checksum. They were no overflow when there was never much to read at once. */
uint64_t dgram_dropped(struct dgram *d)
{
	uint32_t memory[SK_MEMINFO_VARS];

	read_memory(d->fd, memory);
	/* what waits still may have come since the last was read */
	if (d->most >= memory[SK_MEMINFO_RCVBUF] / 4 ||
		memory[SK_MEMINFO_RMEM_ALLOC] >= memory[SK_MEMINFO_RCVBUF] / 4)
		d->dropped += memory[SK_MEMINFO_DROPS] - d->drops_seen; /* modulo 2^32 */
	d->drops_seen = memory[SK_MEMINFO_DROPS];
	d->most = 0;
	return d->dropped;
}
