/* SPDX-License-Identifier: MIT */
#include "netprobe/net/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { REPLY_MAX = 8192 };

struct exchange {
	char buffer[REPLY_MAX];
	struct nlmsghdr *request;
};

static struct nlmsghdr *request_new(struct exchange *x, uint16_t type)
{
	x->request = mnl_nlmsg_put_header(x->buffer);
	x->request->nlmsg_type = type;
	x->request->nlmsg_flags = NLM_F_REQUEST;
	x->request->nlmsg_seq = 1;
	return x->request;
}

static void put_addr(struct nlmsghdr *request, uint16_t attribute, const struct addr *a)
{
	mnl_attr_put(request, attribute, addr_bits(a) / 8, a->ip);
}

/* One question, one answer: `take` is called with the reply. */
static int ask(struct exchange *x, mnl_cb_t take, void *out)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	ssize_t len;
	int err = 0;

	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_sendto(nl, x->request, x->request->nlmsg_len) < 0 ||
		(len = mnl_socket_recvfrom(nl, x->buffer, sizeof x->buffer)) < 0 ||
		mnl_cb_run(x->buffer, (size_t)len, 1, mnl_socket_get_portid(nl), take, out) < 0)
		err = -errno;
	mnl_socket_close(nl);
	return err;
}

static int take_route_attribute(const struct nlattr *a, void *data)
{
	struct next_hop *out = data;
	uint16_t len = mnl_attr_get_payload_len(a);

	if (mnl_attr_get_type(a) == RTA_OIF && len == sizeof(uint32_t))
		out->interface = mnl_attr_get_u32(a);
	if (mnl_attr_get_type(a) == RTA_GATEWAY && len == addr_bits(&out->neighbour) / 8) {
		memcpy(out->neighbour.ip, mnl_attr_get_payload(a), len);
		out->gateway = true;
	}
	return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *reply, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(reply);
	struct next_hop *out = data;

	out->local = route->rtm_type == RTN_LOCAL;
	out->broadcast = route->rtm_type == RTN_BROADCAST;
	mnl_attr_parse(reply, sizeof *route, take_route_attribute, data);
	return MNL_CB_STOP;
}

static int take_neighbour(const struct nlmsghdr *reply, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(reply);
	struct next_hop *out = data;

	out->unresolved = neighbour->ndm_state & (NUD_INCOMPLETE | NUD_FAILED);
	out->beyond |= (neighbour->ndm_state & NUD_NOARP) != 0;
	return MNL_CB_STOP;
}

static int find_route(const struct addr *to, struct next_hop *out)
{
	struct exchange x;
	struct nlmsghdr *request = request_new(&x, RTM_GETROUTE);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof *route);

	route->rtm_family = (unsigned char)addr_af(to);
	route->rtm_dst_len = (unsigned char)addr_bits(to);
	put_addr(request, RTA_DST, to);
	if (to->scope)
		mnl_attr_put_u32(request, RTA_OIF, to->scope);
	return ask(&x, take_route, out);
}

static int find_neighbour(struct next_hop *out)
{
	struct exchange x;
	struct nlmsghdr *request = request_new(&x, RTM_GETNEIGH);
	struct ndmsg *neighbour = mnl_nlmsg_put_extra_header(request, sizeof *neighbour);

	neighbour->ndm_family = (unsigned char)addr_af(&out->neighbour);
	neighbour->ndm_ifindex = (int)out->interface;
	put_addr(request, NDA_DST, &out->neighbour);
	return ask(&x, take_neighbour, out);
}

static int take_link(const struct nlmsghdr *reply, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(reply);

	*(unsigned *)data = link->ifi_flags;
	return MNL_CB_STOP;
}

/* Tunnels and the like have no link addresses. */
static bool has_link_addresses(unsigned interface)
{
	struct exchange x;
	struct nlmsghdr *request = request_new(&x, RTM_GETLINK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof *link);
	unsigned flags = IFF_NOARP;

	link->ifi_index = (int)interface;
	return ask(&x, take_link, &flags) == 0 && !(flags & IFF_NOARP);
}

int route_next_hop(const struct addr *to, struct next_hop *out)
{
	int err;

	*out = (struct next_hop){.neighbour = *to};
	err = find_route(to, out);
	if (err || out->local || out->broadcast)
		return err;
	out->beyond = out->gateway;
	err = find_neighbour(out);
	if (err != -ENOENT)
		return err;
	out->missing = has_link_addresses(out->interface);
	out->beyond = out->gateway || !out->missing;
	return 0;
}

bool route_is_unresolved(const struct addr *to)
{
	struct next_hop hop;

	return route_next_hop(to, &hop) == 0 && hop.unresolved;
}

bool route_is_unreached(const struct addr *to)
{
	struct next_hop hop;

	return route_next_hop(to, &hop) == 0 && (hop.unresolved || hop.missing);
}

bool route_is_broadcast(const struct addr *to)
{
	struct next_hop hop;

	return route_next_hop(to, &hop) == 0 && hop.broadcast;
}

bool route_is_next_door(const struct addr *to)
{
	struct next_hop hop;

	return route_next_hop(to, &hop) == 0 && (hop.local || !hop.beyond);
}
