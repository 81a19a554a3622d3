/* SPDX-License-Identifier: MIT */
#include "diag.h"

#include "netprobe/base/err.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <string.h>

/* ---- asking */

static uint8_t protocol_of(enum socket_proto proto)
{
	static const uint8_t numbers[SOCKET_PROTOS] = {
		[SOCKET_TCP] = IPPROTO_TCP,
		[SOCKET_UDP] = IPPROTO_UDP,
		[SOCKET_UDPLITE] = IPPROTO_UDPLITE,
		[SOCKET_RAW] = IPPROTO_RAW,
	};

	return numbers[proto];
}

/* What comes beside the fixed part of a message; bit n - 1 asks for attribute n. */
static uint8_t extensions_of(enum socket_proto proto, const struct source_query *query)
{
	if (proto != SOCKET_TCP)
		return 1U << (INET_DIAG_SKMEMINFO - 1);
	if (query->facts)
		return 1U << (INET_DIAG_INFO - 1) | 1U << (INET_DIAG_CONG - 1);
	return 0;
}

static void ask_inet(struct nlmsghdr *header, enum socket_proto proto, int family,
	const struct source_query *query)
{
	struct inet_diag_req_v2 *request =
		mnl_nlmsg_put_extra_header(header, sizeof(struct inet_diag_req_v2));

	request->sdiag_family = family == 6 ? AF_INET6 : AF_INET;
	request->sdiag_protocol = protocol_of(proto);
	request->idiag_ext = extensions_of(proto, query);
	request->idiag_states = query->states;
}

static void ask_unix(struct nlmsghdr *header, const struct source_query *query)
{
	struct unix_diag_req *request =
		mnl_nlmsg_put_extra_header(header, sizeof(struct unix_diag_req));

	request->sdiag_family = AF_UNIX;
	request->udiag_states = query->states;
	request->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
}

size_t diag_request(char out[static DIAG_REQUEST_MAX], enum socket_proto proto, int family,
	const struct source_query *query)
{
	struct nlmsghdr *header;

	if (proto == SOCKET_ICMP)
		return 0;
	header = mnl_nlmsg_put_header(out);
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (proto == SOCKET_UNIX)
		ask_unix(header, query);
	else
		ask_inet(header, proto, family, query);
	return header->nlmsg_len;
}

/* ---- attributes */

static bool has_words(const struct nlattr *a, size_t count)
{
	return mnl_attr_get_payload_len(a) >= count * sizeof(uint32_t);
}

static uint32_t word_of(const struct nlattr *a, size_t index)
{
	uint32_t word;

	memcpy(&word, (const char *)mnl_attr_get_payload(a) + index * sizeof word, sizeof word);
	return word;
}

/* By the bytes that are there: mnl_attr_parse() would round them up. */
static void take_attributes(
	const struct nlmsghdr *message, size_t fixed, mnl_attr_cb_t take, void *data)
{
	mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(message, fixed),
		mnl_nlmsg_get_payload_len(message) - fixed, take, data);
}

static nsec_t usec(uint64_t value)
{
	return (nsec_t)(value * NSEC_PER_USEC);
}

static nsec_t msec(uint64_t value)
{
	return (nsec_t)(value * NSEC_PER_MSEC);
}

/* Older kernels tell less of it; what they do not tell is 0. */
static void take_facts(const struct nlattr *a, struct tcp_facts *out)
{
	struct tcp_info info = {0};
	size_t len = mnl_attr_get_payload_len(a);

	memcpy(&info, mnl_attr_get_payload(a), len < sizeof info ? len : sizeof info);
	*out = (struct tcp_facts){
		.rtt = usec(info.tcpi_rtt),
		.rttvar = usec(info.tcpi_rttvar),
		.min_rtt = info.tcpi_min_rtt == UINT32_MAX ? 0 : usec(info.tcpi_min_rtt),
		.rto = usec(info.tcpi_rto),
		.last_sent = msec(info.tcpi_last_data_sent),
		.last_received = msec(info.tcpi_last_data_recv),
		.last_ack = msec(info.tcpi_last_ack_recv),
		.cwnd = info.tcpi_snd_cwnd,
		.ssthresh = info.tcpi_snd_ssthresh,
		.mss = info.tcpi_snd_mss,
		.unacked = info.tcpi_unacked,
		.lost = info.tcpi_lost,
		.retransmits = info.tcpi_total_retrans,
		.bytes_sent = info.tcpi_bytes_sent,
		.bytes_acked = info.tcpi_bytes_acked,
		.bytes_received = info.tcpi_bytes_received,
		.bytes_retransmitted = info.tcpi_bytes_retrans,
		.pacing_rate = info.tcpi_pacing_rate,
		.delivery_rate = info.tcpi_delivery_rate,
		.busy = usec(info.tcpi_busy_time),
		.rwnd_limited = usec(info.tcpi_rwnd_limited),
		.sndbuf_limited = usec(info.tcpi_sndbuf_limited),
	};
}

/* The facts come before the algorithm, and blank it. */
static void take_congestion(const struct nlattr *a, struct tcp_facts *out)
{
	size_t len = mnl_attr_get_payload_len(a), most = sizeof out->congestion - 1;

	memcpy(out->congestion, mnl_attr_get_payload(a), len < most ? len : most);
}

/* What the functions for attributes fill in. */
struct parsed {
	struct socket_entry *entry;
	struct tcp_facts *facts;
};

static int take_inet_attribute(const struct nlattr *a, void *data)
{
	const struct parsed *p = data;
	struct socket_entry *e = p->entry;
	size_t len = mnl_attr_get_payload_len(a);

	switch (mnl_attr_get_type(a)) {
	case INET_DIAG_INFO:
		/* a listening socket's numbers are about no connection */
		if (e->proto == SOCKET_TCP && e->state != SOCKET_LISTEN) {
			take_facts(a, p->facts);
			e->tcp = p->facts;
		}
		break;
	case INET_DIAG_CONG:
		if (e->tcp)
			take_congestion(a, p->facts);
		break;
	case INET_DIAG_SKMEMINFO:
		e->knows_drops = has_words(a, SK_MEMINFO_DROPS + 1);
		e->drops = e->knows_drops ? word_of(a, SK_MEMINFO_DROPS) : 0;
		break;
	case INET_DIAG_SKV6ONLY:
		e->knows_v6only = len >= 1;
		e->v6only = len >= 1 && *(const uint8_t *)mnl_attr_get_payload(a);
		break;
	case INET_DIAG_CGROUP_ID:
		if (len >= sizeof e->cgroup)
			memcpy(&e->cgroup, mnl_attr_get_payload(a), sizeof e->cgroup);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* ---- messages */

static void take_end(struct addr *out, int family, const __be32 ip[4], __be16 port, uint32_t scope)
{
	*out = (struct addr){.family = (uint8_t)family, .port = ntohs(port)};
	memcpy(out->ip, ip, family == 6 ? 16 : 4);
	if (addr_is_link_local(out) && family == 6)
		out->scope = scope;
}

static uint64_t cookie_of(const uint32_t words[2])
{
	return (uint64_t)words[1] << 32 | words[0];
}

static int parse_inet(const struct nlmsghdr *message, enum socket_proto proto,
	const struct source_query *query, struct socket_entry *out, struct tcp_facts *facts)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(message);
	uint8_t timer;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof *m))
		return ERR_SYNTAX;
	if ((m->idiag_family != AF_INET && m->idiag_family != AF_INET6) || m->idiag_state == 0 ||
		m->idiag_state >= SOCKET_STATES)
		return ERR_SYNTAX;
	/* other protocols of the raw table, and kernels that heed no states */
	if (!(query->states & SOCKET_BIT(m->idiag_state)))
		return 0;
	/* one that came after this was written is none, rather than no socket */
	timer = m->idiag_timer < SOCKET_TIMERS ? m->idiag_timer : (uint8_t)SOCKET_TIMER_NONE;
	*out = (struct socket_entry){
		.proto = (uint8_t)proto,
		.family = m->idiag_family == AF_INET6 ? 6 : 4,
		.state = m->idiag_state,
		.timer = timer,
		.retransmits = m->idiag_retrans,
		.interface = m->id.idiag_if,
		.recv_q = m->idiag_rqueue,
		.send_q = m->idiag_wqueue,
		.uid = m->idiag_uid,
		.timer_ms = timer ? m->idiag_expires : 0,
		.inode = m->idiag_inode,
		.cookie = cookie_of(m->id.idiag_cookie),
	};
	out->knows_backlog = out->state == SOCKET_LISTEN;
	take_end(&out->local, out->family, m->id.idiag_src, m->id.idiag_sport, m->id.idiag_if);
	take_end(&out->peer, out->family, m->id.idiag_dst, m->id.idiag_dport, m->id.idiag_if);
	take_attributes(message, sizeof *m, take_inet_attribute, &(struct parsed){out, facts});
	return 1;
}

/* The kernel counts the NUL behind a path; that of an abstract name stands before it. */
static void take_path(const struct nlattr *a, struct socket_entry *e)
{
	e->path = mnl_attr_get_payload(a);
	e->path_len = mnl_attr_get_payload_len(a);
	if (e->path_len > 0 && e->path[0] != '\0')
		e->path_len = strnlen(e->path, e->path_len);
	if (e->path_len == 0)
		e->path = NULL;
}

static int take_unix_attribute(const struct nlattr *a, void *data)
{
	struct socket_entry *e = data;

	switch (mnl_attr_get_type(a)) {
	case UNIX_DIAG_NAME:
		take_path(a, e);
		break;
	case UNIX_DIAG_PEER:
		if (has_words(a, 1))
			e->peer_inode = word_of(a, 0);
		break;
	case UNIX_DIAG_RQLEN:
		if (!has_words(a, 2))
			break;
		e->recv_q = word_of(a, 0);
		e->send_q = word_of(a, 1);
		e->hides_queues = false;
		e->knows_backlog = e->state == SOCKET_LISTEN;
		break;
	case UNIX_DIAG_UID:
		if (has_words(a, 1))
			e->uid = word_of(a, 0);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int parse_unix(
	const struct nlmsghdr *message, const struct source_query *query, struct socket_entry *out)
{
	const struct unix_diag_msg *m = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof *m) || m->udiag_family != AF_UNIX ||
		m->udiag_state == 0 || m->udiag_state >= SOCKET_STATES)
		return ERR_SYNTAX;
	if (!(query->states & SOCKET_BIT(m->udiag_state)))
		return 0;
	*out = (struct socket_entry){
		.proto = SOCKET_UNIX,
		.state = m->udiag_state,
		.type = m->udiag_type,
		.inode = m->udiag_ino,
		.cookie = cookie_of(m->udiag_cookie),
		/* until told: Linux before 5.3 knows no UNIX_DIAG_UID */
		.uid = SOCKET_UID_NOT_TOLD,
		.hides_queues = true,
	};
	take_attributes(message, sizeof *m, take_unix_attribute, out);
	return 1;
}

int diag_parse(const struct nlmsghdr *message, enum socket_proto proto,
	const struct source_query *query, struct socket_entry *out, struct tcp_facts *facts)
{
	if (proto == SOCKET_UNIX)
		return parse_unix(message, query, out);
	return parse_inet(message, proto, query, out, facts);
}
