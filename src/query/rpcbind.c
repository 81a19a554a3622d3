/* SPDX-License-Identifier: MIT */
/* ONC RPC (RFC 5531): procedure 0, which does nothing. A version that nobody has is refused with
 * those that there are; who says nothing to it is asked for version 2 (rpcbind, RFC 1833). */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum { CALL = 0, REPLY = 1, RPC_VERSION = 2, PORTMAPPER = 100000, PORTMAPPER_VERSION = 2 };
enum { NO_VERSION = 0x7fffffff, CALL_LEN = 40, VERIFIER_MAX = 400 };
enum {
	ACCEPTED = 0,
	DENIED = 1,
	PROG_MISMATCH = 2,
	SYSTEM_ERR = 5,
	RPC_MISMATCH = 0,
	AUTH_ERROR = 1
};

enum { STATUS, LOWEST, HIGHEST };

static const struct fact_def facts[] = {
	[STATUS] = {"status", FACT_TEXT},
	[LOWEST] = {"lowest_version", FACT_NUMBER},
	[HIGHEST] = {"highest_version", FACT_NUMBER},
};

/* accept_stat, in the order of its numbers */
static const char *const statuses[] = {"success", "program unavailable", "program mismatch",
	"procedure unavailable", "garbage arguments", "system error"};

static size_t make(const struct query_token *token, uint32_t version, uint8_t *out)
{
	memset(out, 0, CALL_LEN); /* CALL, procedure, two empty AUTH_NONE */
	wire_u32(out, token_u32(token));
	wire_u32(out + 8, RPC_VERSION);
	wire_u32(out + 12, PORTMAPPER);
	wire_u32(out + 16, version);
	return CALL_LEN;
}

static size_t make_versions(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, NO_VERSION, out);
}

static size_t make_null(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, PORTMAPPER_VERSION, out);
}

static bool versions(struct cursor *c, struct facts *out)
{
	uint32_t lowest = cursor_u32(c), highest = cursor_u32(c);

	facts_number(out, LOWEST, lowest);
	facts_number(out, HIGHEST, highest);
	return cursor_ok(c) && lowest <= highest;
}

static bool accepted(struct cursor *c, struct facts *out)
{
	uint32_t length, status;

	cursor_skip(c, 4); /* the verifier's flavour */
	length = cursor_u32(c);
	if (length > VERIFIER_MAX)
		return false;
	cursor_skip(c, (length + 3) & ~3U);
	status = cursor_u32(c);
	if (!cursor_ok(c) || status > SYSTEM_ERR)
		return false;
	facts_puts(out, STATUS, statuses[status]);
	return status != PROG_MISMATCH || versions(c, out);
}

static bool denied(struct cursor *c, struct facts *out)
{
	uint32_t status = cursor_u32(c);

	if (!cursor_ok(c) || (status != RPC_MISMATCH && status != AUTH_ERROR))
		return false;
	facts_puts(out, STATUS, status == AUTH_ERROR ? "denied" : "RPC mismatch");
	cursor_skip(c, status == AUTH_ERROR ? 4 : 8);
	return cursor_ok(c);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint32_t id, type, status;
	struct cursor c;

	cursor_init(&c, bytes, len);
	id = cursor_u32(&c);
	type = cursor_u32(&c);
	status = cursor_u32(&c);
	if (!cursor_ok(&c) || id != token_u32(token) || type != REPLY)
		return false;
	if (status == DENIED)
		return denied(&c, out) && cursor_left(&c) == 0;
	return status == ACCEPTED && accepted(&c, out) && cursor_left(&c) == 0;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *lowest = facts_get(f, LOWEST), *highest = facts_get(f, HIGHEST);

	if (lowest && highest)
		strbuf_printf(out, "versions %u to %u", (unsigned)lowest->number,
			(unsigned)highest->number);
	else
		say_text(f, STATUS, "", out);
}

const struct query query_rpcbind = {
	.protocol = "rpcbind",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make_versions,
	.read = read,
	.headline = headline,
	.echoes = true,
};

const struct query query_rpcbind_null = {
	.protocol = "rpcbind",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make_null,
	.read = read,
	.headline = headline,
	.echoes = true,
};
