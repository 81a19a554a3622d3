/* SPDX-License-Identifier: MIT */
#include "banner_options.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/addr.h"
#include "netprobe/net/uri.h"

#include <stdlib.h>
#include <string.h>

#define MSEC ((uint64_t)NSEC_PER_MSEC)
#define SEC  ((uint64_t)NSEC_PER_SEC)

enum {
	REDIRECTS_MAX = 100,
	BYTES_MIN = 64,
	BYTES_MAX = 1 << 24,
	LINES_MAX = 1000000,
	RATE_MAX = 10000000,
	PARALLEL_MAX = 1000000,
	NAME_BYTES_MAX = 253, /* RFC 1035, section 2.3.4 */
};

const char *const banner_protocols[] = {"http", "smtp", "ssh", "ftp", "pop3", "imap", "mysql",
	"postgresql", "redis", "dns", "telnet", "tls", NULL};
_Static_assert(ARRAY_SIZE(banner_protocols) == PROTOCOLS, "a word for each protocol");

static const struct option_def port_defs[] = {
	PORT_DEFS(offsetof(struct banner_options, ports),
		"default: those with a protocol that is known"),
};

static const struct option_def ask_defs[] = {
	{
		.name = "proto",
		.kind = OPTION_CHOICE,
		.choices = banner_protocols,
		.help = "what speaks there, whatever the port says; tls: TLS, and then find out "
			"what is inside (default: by scheme, by port, or by listening)",
		.offset = offsetof(struct banner_options, proto),
	},
	{
		.name = "tls",
		.kind = OPTION_FLAG,
		.help = "wrapped in TLS from the first byte on, whatever the port says",
		.offset = offsetof(struct banner_options, tls),
	},
	{
		.name = "no-tls",
		.kind = OPTION_FLAG,
		.help = "TLS is neither spoken nor offered nor upgraded to",
		.offset = offsetof(struct banner_options, no_tls),
	},
	{
		.name = "name",
		.kind = OPTION_TEXT,
		.value = "NAME",
		.help = "name to ask for: TLS server name, HTTP Host, and what the certificate has "
			"to be for (default: the target's own)",
		.offset = offsetof(struct banner_options, name),
	},
	{
		.name = "get",
		.kind = OPTION_FLAG,
		.help = "HTTP: GET at once, for the title (default: HEAD, and GET where that is "
			"refused)",
		.offset = offsetof(struct banner_options, get),
	},
	{
		.name = "follow",
		.kind = OPTION_FLAG,
		.help = "HTTP: follow redirects",
		.offset = offsetof(struct banner_options, follow),
	},
	{
		.name = "max-redirects",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = REDIRECTS_MAX,
		.help = "with --follow: at most N redirects (default 10)",
		.offset = offsetof(struct banner_options, max_redirects),
	},
	{
		.name = "ca",
		.kind = OPTION_TEXT,
		.value = "FILE",
		.is_file = true,
		.help = "PEM file of certificates to trust besides the system's",
		.offset = offsetof(struct banner_options, ca),
	},
};

static const struct option_def limit_defs[] = {
	{
		.name = "connect-timeout",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10 * MSEC,
		.max = 600 * SEC,
		.help = "longest wait for a connection (default 4s)",
		.offset = offsetof(struct banner_options, connect_timeout),
	},
	{
		.letter = 'w',
		.name = "timeout",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10 * MSEC,
		.max = 600 * SEC,
		.help = "longest wait for each answer (default 10s)",
		.offset = offsetof(struct banner_options, timeout),
	},
	{
		.name = "listen",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10 * MSEC,
		.max = 600 * SEC,
		.help = "how long a server of unknown kind may take to speak first, before TLS and "
			"HTTP are offered (default 2s)",
		.offset = offsetof(struct banner_options, listen),
	},
	{
		.name = "deadline",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10 * MSEC,
		.max = 3600 * SEC,
		.help = "longest time for a session in all (default 30s)",
		.offset = offsetof(struct banner_options, deadline),
	},
	{
		.name = "max-bytes",
		.kind = OPTION_UINT,
		.value = "N",
		.min = BYTES_MIN,
		.max = BYTES_MAX,
		.help = "read at most N bytes a session (default 65536)",
		.offset = offsetof(struct banner_options, max_bytes),
	},
	{
		.name = "max-lines",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = LINES_MAX,
		.help = "read at most N lines a session (default 1000)",
		.offset = offsetof(struct banner_options, max_lines),
	},
	{
		.name = "rate",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = RATE_MAX,
		.help = "at most N connections a second in all",
		.offset = offsetof(struct banner_options, rate),
	},
	{
		.name = "parallel",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = PARALLEL_MAX,
		.help = "at most N sessions at once",
		.offset = offsetof(struct banner_options, parallel),
	},
	ORDER_DEFS(offsetof(struct banner_options, ports), "addresses", "addresses"),
};

static const struct option_def output_defs[] = {
	{
		.name = "long",
		.kind = OPTION_FLAG,
		.help = "a block of lines for each session, with all that is known (default where "
			"one port of one address is asked)",
		.offset = offsetof(struct banner_options, long_blocks),
	},
};

const struct option_group banner_groups[BANNER_GROUP_COUNT] = {
	{.title = "Targets and ports", .defs = port_defs, .count = ARRAY_SIZE(port_defs)},
	COMMON_ADDRESS_GROUP(NULL, offsetof(struct banner_options, common)),
	{.title = "What to ask", .defs = ask_defs, .count = ARRAY_SIZE(ask_defs)},
	{.title = "Time and limits", .defs = limit_defs, .count = ARRAY_SIZE(limit_defs)},
	{.title = "Output", .defs = output_defs, .count = ARRAY_SIZE(output_defs)},
	COMMON_OUTPUT_GROUP(offsetof(struct banner_options, common)),
};

const char *const banner_examples[] = {
	"netprobe banner https://www.example.net/",
	"what a web server says of itself, and its certificate",
	"netprobe banner -p ssh,smtp,imaps --exclude 10.0.0.1 10.0.0.0/24",
	"these services of a network, without its router",
	"netprobe banner -v --proto smtp --name mail.example.net 192.0.2.10:2525",
	"one session with its dialogue, on a port that says nothing of the protocol",
	NULL,
};

void banner_defaults(void *options)
{
	struct banner_options *o = options;
	struct grabber_options grabber;

	grabber_defaults(&grabber);
	*o = (struct banner_options){
		.ports = port_options_default(protocol_ports),
		.proto = -1,
		.max_redirects = BANNER_REDIRECTS_UNSET,
		.connect_timeout = grabber.connect_timeout,
		.timeout = grabber.timeout,
		.listen = grabber.listen,
		.deadline = grabber.deadline,
		.max_bytes = grabber.max_bytes,
		.max_lines = grabber.max_lines,
	};
}

enum protocol_id banner_proto(const struct banner_options *o)
{
	return (enum protocol_id)(o->proto + 1);
}

static int excludes(struct strbuf *why, const char *option, const char *other)
{
	strbuf_printf(why, "%s and %s exclude each other", option, other);
	return ERR_SYNTAX;
}

static int check_tls(const struct banner_options *o, struct strbuf *why)
{
	if (!o->no_tls)
		return 0;
	if (o->tls)
		return excludes(why, "--no-tls", "--tls");
	if (banner_proto(o) == PROTOCOL_TLS)
		return excludes(why, "--no-tls", "--proto tls");
	return o->ca ? excludes(why, "--no-tls", "--ca") : 0;
}

/* What only HTTP knows, where something else is asked for. */
static int check_http(const struct banner_options *o, struct strbuf *why)
{
	enum protocol_id proto = banner_proto(o);

	if (o->max_redirects != BANNER_REDIRECTS_UNSET && !o->follow) {
		strbuf_puts(why, "--max-redirects has no effect without --follow");
		return ERR_SYNTAX;
	}
	if (proto == PROTOCOL_UNKNOWN || proto == PROTOCOL_HTTP || proto == PROTOCOL_TLS)
		return 0;
	if (o->get || o->follow) {
		strbuf_printf(why, "%s and --proto %s exclude each other",
			o->get ? "--get" : "--follow", banner_protocols[o->proto]);
		return ERR_SYNTAX;
	}
	return 0;
}

/* Neither port nor brackets: it goes into a line of HTTP, into the handshake, and is looked for in
 * the certificate. */
static int host_error(const char *name, size_t len)
{
	struct uri_host host;
	struct addr addr;
	int err;

	if (len == 0)
		return ERR_EMPTY;
	if (len > NAME_BYTES_MAX)
		return ERR_TOO_LONG;
	if (name[0] != '[' && addr_parse(name, len, &addr) == 0)
		return 0;
	if (strchr(name, ':') || strchr(name, '['))
		return ERR_NAME;
	err = uri_host_port(name, len, &host);
	free(host.host);
	return err;
}

static int check_name(const char *name, struct strbuf *why)
{
	int err = name ? host_error(name, strlen(name)) : 0;

	if (err)
		strbuf_printf(why, "--name %s: %s", *name ? name : "''", err_text(err));
	return err;
}

int banner_options_check(const struct banner_options *o, struct strbuf *why)
{
	int err = check_tls(o, why);

	if (err == 0)
		err = check_http(o, why);
	if (err == 0)
		err = check_name(o->name, why);
	return err;
}
