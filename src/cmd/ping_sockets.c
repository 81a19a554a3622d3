/* SPDX-License-Identifier: MIT */
#include "ping_sockets.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/rng.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/ping.h"
#include "netprobe/packet/echo.h"
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <unistd.h>

static int open_socket(struct ping_sockets *s, const struct ping_options *o,
	const struct ping_request *request, int family)
{
	static const enum dgram_pmtudisc pmtudisc[] = {
		[PMTUDISC_DO] = DGRAM_PMTU_DO,
		[PMTUDISC_WANT] = DGRAM_PMTU_WANT,
		[PMTUDISC_DONT] = DGRAM_PMTU_DONT,
		[PMTUDISC_PROBE] = DGRAM_PMTU_PROBE,
	};
	int i = family == 6, err = 0, fd = priv_icmp_open(family, &s->raw[i]);
	struct dgram_options options = {
		.family = family,
		.size = ECHO_HEADER + request->size,
		.has_header = s->raw[i] && family == 4,
		.ttl = (int)o->ttl,
		.tos = request->tos,
		.pmtudisc =
			o->pmtudisc == PMTUDISC_UNSET ? DGRAM_PMTU_DEFAULT : pmtudisc[o->pmtudisc],
		.interface = s->source.family ? NULL : o->interface,
		.source = s->source,
	};

	if (fd < 0)
		return fd;
	s->dgrams[i] = dgram_new(fd, &options);
	if (!s->dgrams[i])
		return -errno;
	if (s->raw[i])
		err = dgram_keep_echo_replies(s->dgrams[i], s->id);
	return err;
}

/* One line that helps: what is missing, and how it is granted. */
static void say_missing(void)
{
	char path[4096] = "netprobe";
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	if (len > 0)
		path[len] = '\0';
	log_error("ICMP needs CAP_NET_RAW: setcap cap_net_raw+ep %s (or a group in "
		  "net.ipv4.ping_group_range; --tcp PORT needs nothing)",
		path);
}

int ping_sockets_open(
	struct ping_sockets *s, const struct ping_options *o, const struct ping_request *request)
{
	int only = s->source.family ? s->source.family : o->common.family;
	int worst = 0, open = 0;

	s->id = (uint16_t)rng_seed();
	for (int family = 4; family <= 6; family += 2) {
		int err = only == 0 || only == family ? open_socket(s, o, request, family) : 0;

		/* a machine may have one family alone */
		if (err && err != -EAFNOSUPPORT)
			worst = err;
		open += s->dgrams[family == 6] != NULL;
	}
	if (worst == -EPERM)
		say_missing();
	else if (worst && o->interface)
		usage_error(&command_ping, "--interface %s: %s", o->interface, err_text(worst));
	else if (worst || !open)
		log_error("ICMP socket: %s", err_text(worst ? worst : -EAFNOSUPPORT));
	return worst ? worst : open ? 0 : -EAFNOSUPPORT;
}
