/* SPDX-License-Identifier: MIT */
#include "http.h"

#include "netprobe/banner/machine.h"

#include <string.h>

/* Names and paths may come out of a redirect: no byte of theirs ends the line or the request. */
static void say_visible(struct strbuf *say, const char *text)
{
	for (; *text; text++) {
		if (*text > ' ' && *text < 0x7f)
			strbuf_putc(say, *text);
		else
			strbuf_printf(say, "%%%02X", (uint8_t)*text);
	}
}

static void say_literal(struct strbuf *say, const char *address)
{
	strbuf_putc(say, '[');
	say_visible(say, address);
	strbuf_putc(say, ']');
}

/* RFC 9110, section 7.2: as in the URL, where RFC 9844 keeps a zone out: it says nothing to others.
 */
static void say_host(struct strbuf *say, const struct machine_setup *setup)
{
	struct addr peer = setup->peer;
	char text[ADDR_TEXT_MAX];

	strbuf_puts(say, "Host: ");
	peer.scope = 0;
	addr_text(&peer, text);
	if (setup->name && strchr(setup->name, ':'))
		say_literal(say, setup->name);
	else if (setup->name)
		say_visible(say, setup->name);
	else
		strbuf_printf(say, peer.family == 6 ? "[%s]" : "%s", text);
	if (peer.port != (setup->secure ? 443 : 80))
		strbuf_printf(say, ":%u", peer.port);
	strbuf_puts(say, "\r\n");
}

void http_request(struct strbuf *say, const struct machine_setup *setup, const char *method)
{
	const char *path = setup->path ? setup->path : "/";

	strbuf_puts(say, method);
	strbuf_puts(say, *path == '/' ? " " : " /");
	say_visible(say, path);
	strbuf_puts(say, " HTTP/1.1\r\n");
	say_host(say, setup);
	strbuf_puts(say, "User-Agent: netprobe/" NETPROBE_VERSION "\r\n"
			 "Accept: */*\r\n"
			 "Accept-Encoding: identity\r\n"
			 "Connection: close\r\n\r\n");
}
