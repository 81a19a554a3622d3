/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "netprobe/base/err.h"
#include "netprobe/net/route.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>

enum { ICMP_TYPE, ICMP_CODE, ICMP_NAME, ICMP_FIELDS };

static const struct field icmp_fields[] = {
	[ICMP_TYPE] = {.name = "type", .kind = FIELD_UINT},
	[ICMP_CODE] = {.name = "code", .kind = FIELD_UINT},
	[ICMP_NAME] = {.name = "name", .kind = FIELD_TEXT},
};

const struct schema icmp_schema = {NULL, icmp_fields, ICMP_FIELDS};

static const struct field end_fields[] = {
	[END_ADDR] = {.name = "addr", .kind = FIELD_TEXT},
	[END_PORT] = {.name = "port", .kind = FIELD_UINT},
	[END_SERVICE] = {.name = "service", .kind = FIELD_TEXT, .optional = true},
};

const struct schema end_schema = {NULL, end_fields, END_FIELDS};

enum { OWNER_PID, OWNER_COMM, OWNER_FD, OWNER_FIELDS };

static const struct field owner_fields[] = {
	[OWNER_PID] = {.name = "pid", .kind = FIELD_UINT},
	[OWNER_COMM] = {.name = "comm", .kind = FIELD_TEXT},
	[OWNER_FD] = {.name = "fd", .kind = FIELD_UINT},
};

const struct schema owner_schema = {NULL, owner_fields, OWNER_FIELDS};

const char *words_no_route(const struct addr *to, int err)
{
	switch (err) {
	case EACCES:
		return route_is_broadcast(to) ? "a network's broadcast address, not a host's"
					      : "prohibited by this machine's routing policy";
	case EINVAL:
		if (to->family == 6 && addr_is_link_local(to) && to->scope == 0)
			return "a link-local address needs its interface: %eth0";
		return "a blackhole route on this machine";
	case EHOSTUNREACH:
		return "a route of type unreachable on this machine";
	default:
		return err_text(-err);
	}
}

const char *words_router(const struct addr *router, char out[static ADDR_TEXT_MAX])
{
	return router->family ? addr_text(router, out) : "a router";
}

void words_icmp(struct record *out, int family, uint8_t type, uint8_t code)
{
	record_init(out, &icmp_schema);
	record_uint(out, ICMP_TYPE, type);
	record_uint(out, ICMP_CODE, code);
	record_text(out, ICMP_NAME, icmp_name(family, type, code));
}

void words_owner(struct record *out, const struct owner *owner)
{
	record_init(out, &owner_schema);
	record_uint(out, OWNER_PID, owner->pid);
	record_text(out, OWNER_COMM, owner->comm);
	record_uint(out, OWNER_FD, owner->fd);
}
