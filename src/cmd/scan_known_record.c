/* SPDX-License-Identifier: MIT */
#include "scan_known_store.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA = 1, PATH_MAX_BYTES = 64, QUOTED_MAX = 80 };

static int wrong(struct strbuf *why, const char *field, const char *value)
{
	strbuf_printf(why, "%s %s%.*s%s", field, value ? "'" : "", QUOTED_MAX,
		value ? value : "is missing", value ? "' is not known" : "");
	return ERR_SYNTAX;
}

static int read_addr(const struct ndjson_record *r, struct addr *out, struct strbuf *why)
{
	const char *text = ndjson_text(r, "addr");
	int err;

	if (!text)
		return wrong(why, "addr", NULL);
	err = addr_parse(text, strlen(text), out);
	if (err)
		strbuf_printf(why, "addr '%.*s': %s", QUOTED_MAX, text, err_text(err));
	else
		*out = addr_plain(out);
	return err ? ERR_SYNTAX : 0;
}

static int read_number(const struct ndjson_record *r, uint16_t *out, struct strbuf *why)
{
	uint64_t port;

	if (!ndjson_uint(r, "port", &port) || port == 0 || port > PORTS_MAX) {
		strbuf_puts(why, "port is none");
		return ERR_SYNTAX;
	}
	*out = (uint16_t)port;
	return 0;
}

static enum port_state state_of(const char *name)
{
	for (unsigned s = PORT_OPEN; name && s < PORT_STATES; s++)
		if (strcmp(port_state_name(s), name) == 0)
			return s;
	return PORT_PENDING;
}

static enum port_reason reason_of(const char *name)
{
	for (unsigned r = REASON_NONE; name && r < PORT_REASONS; r++)
		if (strcmp(port_reason_name(r), name) == 0)
			return r;
	return REASON_NONE;
}

static int read_port(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	const char *proto = ndjson_text(r, "proto"), *name = ndjson_text(r, "state");
	enum port_state state = state_of(name);
	bool proved = false, has_proved;
	struct addr a;
	uint16_t port;
	int err = read_addr(r, &a, why);

	if (err == 0)
		err = read_number(r, &port, why);
	if (err)
		return err;
	if (!proto || (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0))
		return wrong(why, "proto", proto);
	if (state == PORT_PENDING)
		return wrong(why, "state", name);
	known_add_port(k, &a, *proto == 'u' ? KNOWN_UDP : KNOWN_TCP, port, 1, 1u << state,
		reason_of(ndjson_text(r, "reason")));
	has_proved = ndjson_bool(r, "proved", &proved);
	if (state == PORT_UNPROVED || (state == PORT_OPEN_FILTERED && !proved) ||
		(state == PORT_FILTERED && has_proved && !proved))
		known_mark_guess(k);
	if (ndjson_nests(r, "where"))
		known_mark_located(k);
	return 0;
}

static int read_banner(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	struct addr a;
	uint16_t port;
	int err = read_addr(r, &a, why);

	if (err == 0)
		err = read_number(r, &port, why);
	if (err == 0)
		known_add_port(k, &a, KNOWN_BANNER, port, 1, 0, REASON_NONE);
	return err;
}

/* One of an address that was interrupted, with ports that were still pending, is followed by
 * another. */
static int read_summary(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	uint32_t counts[PORT_STATES] = {0};
	uint64_t unproved = 0;
	struct addr a;
	int err = read_addr(r, &a, why);

	if (err)
		return err;
	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++) {
		char path[PATH_MAX_BYTES];
		uint64_t count;

		snprintf(path, sizeof path, "counts.%s", port_state_name(s));
		if (ndjson_uint(r, path, &count) && count <= PORTS_MAX)
			counts[s] = (uint32_t)count;
	}
	if (ndjson_uint(r, "unproved", &unproved) && unproved == counts[PORT_UNPROVED])
		known_add_summary(k, &a, counts);
	return 0;
}

static int read_args(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	size_t count = ndjson_list(r, "args");

	k->args = mem_alloc(count + 1, sizeof *k->args);
	for (size_t i = 0; i < count; i++) {
		const char *text = ndjson_item(r, "args", i);
		struct strbuf arg = {0};

		if (!text || !text_unescape(&arg, text) || strlen(arg.text) != arg.len) {
			strbuf_release(&arg);
			return wrong(why, "args", text);
		}
		k->args[k->run.arg_count++] = arg.text;
	}
	k->run.args = (const char *const *)k->args;
	return 0;
}

static int read_first_run(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	const char *shard = ndjson_text(r, "shard");

	k->has_run = k->run.single = true;
	k->run.has_seed = ndjson_uint(r, "seed", &k->run.seed);
	if (shard)
		k->run.shard = k->shard = mem_strdup(shard);
	return read_args(k, r, why);
}

static int read_run(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	const char *command = ndjson_text(r, "command");
	uint64_t schema = 0;
	bool resumed = false;

	if (!ndjson_uint(r, "schema", &schema))
		return wrong(why, "schema", NULL);
	if (schema != SCHEMA) {
		strbuf_printf(why, "schema %" PRIu64 " is not known to this version", schema);
		return ERR_SYNTAX;
	}
	if (!command || strcmp(command, "scan") != 0) {
		strbuf_printf(why, "written by netprobe %.*s, not by netprobe scan", QUOTED_MAX,
			command ? command : "of another kind");
		return ERR_SYNTAX;
	}
	k->run.ended = k->run.over = false;
	if (!k->has_run)
		return read_first_run(k, r, why);
	if (!ndjson_bool(r, "resumed", &resumed) || !resumed)
		k->run.single = false;
	return 0;
}

static void read_end(struct scan_known *k, const struct ndjson_record *r)
{
	uint64_t status = 0;

	k->run.ended = ndjson_uint(r, "exit", &status) && status < 2;
	k->run.over = true;
	k->run.exit = (int)status;
}

int known_read_record(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	const char *type = ndjson_text(r, "type");

	if (!type)
		return wrong(why, "type", NULL);
	if (strcmp(type, "run") == 0)
		return read_run(k, r, why);
	if (strcmp(type, "port") == 0)
		return read_port(k, r, why);
	if (strcmp(type, "summary") == 0)
		return read_summary(k, r, why);
	if (strcmp(type, "banner") == 0)
		return read_banner(k, r, why);
	if (strcmp(type, "end") == 0)
		read_end(k, r);
	/* what later versions add is not ours to judge */
	return 0;
}
