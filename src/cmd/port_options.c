/* SPDX-License-Identifier: MIT */
#include "port_options.h"

#include "session.h"

#include "netprobe/base/err.h"
#include "netprobe/base/rng.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/net/ports.h"

#include <netinet/in.h>
#include <string.h>

struct port_options port_options_default(const char *standard)
{
	uint64_t drawn = rng_seed();

	return (struct port_options){.standard = standard, .seed = drawn, .drawn = drawn};
}

static int parse_ports(const char *option, const char *text, int proto, const struct command *cmd,
	struct ports **out)
{
	struct strbuf bad = {0};
	int err = ports_parse(text, proto ? proto : IPPROTO_TCP, out, &bad);
	const char *part = bad.text ? bad.text : "";

	if (err && strcmp(part, text) == 0)
		usage_error(cmd, "%s %s: %s", option, *text ? text : "''", err_text(err));
	else if (err)
		usage_error(cmd, "%s %s: '%s': %s", option, text, part, err_text(err));
	strbuf_release(&bad);
	return err;
}

static int leave_out(const char *text, int proto, const struct command *cmd, struct ports *ports)
{
	struct ports *gone;
	int err = parse_ports("--exclude-ports", text, proto, cmd, &gone);

	if (err)
		return err;
	ports_remove(ports, gone);
	ports_free(gone);
	return 0;
}

int port_options_parse(const struct port_options *o, const char *verb, struct session *s,
	const struct arguments *args, struct ports **ports)
{
	struct target_options order = {
		.family = s->common->family,
		.sequential = o->sequential,
		.seed = o->seed,
	};
	const char *chosen = o->chosen.text ? o->chosen.text : o->standard;
	int err = parse_ports("-p", chosen, o->proto, s->cmd, ports);

	if (err == 0 && o->excluded.text)
		err = leave_out(o->excluded.text, o->proto, s->cmd, *ports);
	if (err)
		return err;
	if (ports_count(*ports) == 0)
		return usage_error(s->cmd, "--exclude-ports leaves no port to %s", verb);
	return session_targets(s, &order, args);
}
