/* SPDX-License-Identifier: MIT */
#include "sockets_words.h"

#include "netprobe/net/services.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

const char *socket_state_word(enum socket_proto proto, enum socket_state state)
{
	return state == SOCKET_CLOSE && proto != SOCKET_TCP ? "UNCONN" : socket_state_name(state);
}

const char *socket_common_state_word(enum socket_state state)
{
	/* TCP's tables have no closed sockets: it is the others that are counted there */
	return socket_state_word(SOCKET_UDP, state);
}

bool socket_has_ports(const struct socket_entry *e)
{
	return e->proto != SOCKET_RAW;
}

bool socket_is_unconnected(const struct addr *end)
{
	static const uint8_t none[sizeof end->ip];

	return end->port == 0 && memcmp(end->ip, none, sizeof none) == 0;
}

/* getservent(3) knows no others. */
const char *socket_service(const struct socket_entry *e, uint16_t port, bool numeric)
{
	if (numeric || port == 0)
		return NULL;
	if (e->proto == SOCKET_TCP)
		return service_name(port, IPPROTO_TCP);
	if (e->proto == SOCKET_UDP || e->proto == SOCKET_UDPLITE)
		return service_name(port, IPPROTO_UDP);
	return NULL;
}

/* The kernel lists a name's leading NUL; ss(8) and /proc write it so. */
void socket_add_path(struct strbuf *out, const struct socket_entry *e)
{
	bool abstract = e->path[0] == '\0';

	if (abstract)
		strbuf_putc(out, '@');
	strbuf_add(out, e->path + abstract, e->path_len - abstract);
}

const char *socket_unix_type(const struct socket_entry *e, bool brief)
{
	switch (e->type) {
	case SOCK_STREAM:
		return brief ? "u_str" : "stream";
	case SOCK_DGRAM:
		return brief ? "u_dgr" : "dgram";
	case SOCK_SEQPACKET:
		return brief ? "u_seq" : "seqpacket";
	default:
		return brief ? "unix" : NULL;
	}
}

bool socket_knows_send_q(const struct socket_entry *e)
{
	return !e->hides_queues && (e->state != SOCKET_LISTEN || e->knows_backlog);
}

const char *socket_event_name(enum change_kind change)
{
	static const char *const names[] = {
		[CHANGE_OPENED] = "opened",
		[CHANGE_CLOSED] = "closed",
		[CHANGE_STATE] = "changed",
	};

	return names[change];
}

/* Of an end: where its address has a zone, else where the socket is bound to. */
static uint32_t interface_of(const struct socket_entry *e, const struct addr *end)
{
	if (end->scope)
		return end->scope;
	return end == &e->local ? e->interface : 0;
}

const char *socket_interface(
	const struct places *p, const struct socket_entry *e, uint32_t index, struct strbuf *out)
{
	const char *name = place_interface(p, e->netns, index);

	if (index == 0)
		return NULL;
	strbuf_reset(out);
	if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, "%" PRIu32, index);
	return out->text;
}

void socket_addr_text(struct strbuf *out, const struct places *p, const struct socket_entry *e,
	const struct addr *end)
{
	struct addr plain = *end;
	char text[ADDR_TEXT_MAX];
	uint32_t index = interface_of(e, end);
	struct strbuf interface = {0};

	plain.scope = 0;
	strbuf_puts(out, addr_text(&plain, text));
	if (index) {
		strbuf_printf(out, "%%%s", socket_interface(p, e, index, &interface));
		strbuf_release(&interface);
	}
}

void socket_end_text(struct strbuf *out, const struct places *p, const struct socket_entry *e,
	const struct addr *end, bool numeric)
{
	const char *service = socket_service(e, end->port, numeric);
	char text[ADDR_TEXT_MAX];

	if (e->path) {
		socket_add_path(out, e);
	} else if (e->proto == SOCKET_UNIX || (end == &e->peer && socket_is_unconnected(end))) {
		strbuf_putc(out, '*');
	} else if (!service && end->port && socket_has_ports(e) && !interface_of(e, end)) {
		strbuf_puts(out, addr_port_text(end, text));
	} else {
		bool brackets = e->family == 6 && end->port;

		strbuf_puts(out, brackets ? "[" : "");
		socket_addr_text(out, p, e, end);
		strbuf_puts(out, brackets ? "]" : "");
		if (service)
			strbuf_printf(out, ":%s", service);
		else if (end->port)
			strbuf_printf(out, ":%u", end->port);
	}
}
