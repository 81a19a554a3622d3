/* SPDX-License-Identifier: MIT */
/* The greeting of MySQL, MariaDB and their kin. Numbers are little-endian. */
#include "machines.h"
#include "terminated.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

enum { GREETING_OLD = 9, GREETING = 10, ERROR = 0xff };
enum { PACKET_MAX = 4096, HEADER = 4, SCRAMBLE = 8, SCRAMBLE_REST = 13, RESERVED = 10 };
enum { CLIENT_SSL = 0x800, CLIENT_PLUGIN_AUTH = 0x80000 };

enum { PROTOCOL, VERSION, THREAD, AUTH_PLUGIN, CHARSET, STARTTLS, ERROR_CODE, ERROR_TEXT };

static const struct fact_def facts[] = {
	[PROTOCOL] = {"protocol", FACT_NUMBER},
	[VERSION] = {"version", FACT_TEXT},
	[THREAD] = {"thread", FACT_NUMBER},
	[AUTH_PLUGIN] = {"auth_plugin", FACT_TEXT},
	[CHARSET] = {"charset", FACT_NUMBER},
	[STARTTLS] = {"starttls", FACT_FLAG},
	[ERROR_CODE] = {"error_code", FACT_NUMBER},
	[ERROR_TEXT] = {"error", FACT_TEXT},
};

/* SSLRequest, sequence 1: CLIENT_LONG_PASSWORD (without it MariaDB reads the filler as more
 * capabilities), PROTOCOL_41, SSL, SECURE_CONNECTION; packets up to 16 MiB; utf8mb4. */
static const uint8_t ssl_request[HEADER + 32] = {32, 0, 0, 1, 0x01, 0x8a, 0, 0, 0, 0, 0, 1, 45};

static uint16_t le16(struct cursor *c)
{
	return __builtin_bswap16(cursor_u16(c));
}

static uint32_t le32(struct cursor *c)
{
	return __builtin_bswap32(cursor_u32(c));
}

/* MariaDB puts "5.5.5-" before its own version: replicas of MySQL 5 read one digit of the major
 * version, and would take 10 for 1. MySQL itself had a 5.5.5-m3. */
static void version(struct machine *m, const char *text, size_t len)
{
	static const char prefix[] = "5.5.5-";
	size_t skip = sizeof prefix - 1;

	if (len <= skip || memcmp(text, prefix, skip) != 0 || text[skip] < '0' || text[skip] > '9')
		skip = 0;
	facts_text(&m->facts, VERSION, text + skip, len - skip);
}

static void auth_plugin(struct machine *m, struct cursor *c, uint8_t scramble)
{
	const char *name;
	size_t len;

	cursor_skip(c, RESERVED);
	cursor_skip(c, scramble > SCRAMBLE + SCRAMBLE_REST ? scramble - SCRAMBLE : SCRAMBLE_REST);
	if (!cursor_ok(c))
		return;
	len = cursor_left(c);
	/* MySQL before 5.5.10 forgot the NUL */
	name = (const char *)cursor_bytes(c, len);
	len = strnlen(name, len);
	if (len > 0)
		facts_text(&m->facts, AUTH_PLUGIN, name, len);
}

/* What stands behind the thread: servers before 4.1, and things that play one, stop early. */
static void capabilities(struct machine *m, struct cursor *c)
{
	uint32_t flags;
	uint8_t charset, scramble;

	cursor_skip(c, SCRAMBLE + 1);
	flags = le16(c);
	if (!cursor_ok(c))
		return;
	facts_flag(&m->facts, STARTTLS, flags & CLIENT_SSL);
	charset = cursor_u8(c);
	if (!cursor_ok(c))
		return;
	facts_number(&m->facts, CHARSET, charset);
	cursor_skip(c, 2);
	flags |= (uint32_t)le16(c) << 16;
	scramble = cursor_u8(c);
	if (flags & CLIENT_PLUGIN_AUTH)
		auth_plugin(m, c, scramble);
}

static bool greeting(struct machine *m, struct cursor *c, uint8_t protocol)
{
	size_t len;
	const char *text = terminated(c, &len);
	uint32_t thread = le32(c);

	if (!cursor_ok(c) || len == 0)
		return false;
	facts_number(&m->facts, PROTOCOL, protocol);
	version(m, text, len);
	facts_number(&m->facts, THREAD, thread);
	if (protocol == GREETING)
		capabilities(m, c);
	return true;
}

/* Host not allowed (1130), host blocked (1129), too many connections (1040). An SQLSTATE may stand
 * before the text, though no client has asked for it yet. */
static bool error(struct machine *m, struct cursor *c)
{
	uint16_t code = le16(c);
	const uint8_t *text = c->at;
	size_t len = cursor_left(c), state = len >= 6 && text[0] == '#' ? 6 : 0;

	if (!cursor_ok(c))
		return false;
	facts_number(&m->facts, ERROR_CODE, code);
	facts_text(&m->facts, ERROR_TEXT, text + state, len - state);
	return true;
}

static bool understood(struct machine *m, struct cursor *c, uint8_t kind, uint8_t sequence)
{
	if (kind == ERROR)
		return error(m, c);
	return sequence == 0 && greeting(m, c, kind);
}

static void go_on(struct machine *m)
{
	const struct fact *starttls = facts_get(&m->facts, STARTTLS);

	m->complete = true;
	m->want = MACHINE_DONE;
	if (m->secure || !m->setup->upgrade || !starttls || !starttls->number)
		return;
	strbuf_add(&m->say, ssl_request, sizeof ssl_request);
	m->want = MACHINE_UPGRADE;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	uint32_t header, size;
	struct cursor c;
	uint8_t kind;

	cursor_init(&c, bytes, len);
	header = le32(&c);
	size = header & 0xffffff;
	kind = cursor_u8(&c);
	if (!cursor_ok(&c))
		return 0;
	if (size == 0 || size > PACKET_MAX ||
		(kind != GREETING && kind != GREETING_OLD && kind != ERROR)) {
		m->want = MACHINE_MISMATCH;
		return 0;
	}
	if (len < HEADER + size)
		return 0;
	cursor_init(&c, bytes + HEADER + 1, size - 1);
	if (understood(m, &c, kind, (uint8_t)(header >> 24)))
		go_on(m);
	else
		m->want = MACHINE_MISMATCH;
	return HEADER + size;
}

static void secured(struct machine *m)
{
	m->want = MACHINE_DONE;
}

static bool is_mariadb(const struct fact *version)
{
	return memmem(version->text.text, version->text.len, "MariaDB", strlen("MariaDB"));
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *version = facts_get(f, VERSION), *error = facts_get(f, ERROR_TEXT);

	if (version) {
		strbuf_puts(out, is_mariadb(version) ? "MariaDB " : "MySQL ");
		text_escape(out, version->text.text, version->text.len);
	} else if (error && error->text.len > 0) {
		text_escape(out, error->text.text, error->text.len);
	} else if (error) {
		strbuf_printf(out, "error %u", (unsigned)facts_get(f, ERROR_CODE)->number);
	}
}

const struct protocol protocol_mysql = {
	.id = PROTOCOL_MYSQL,
	.name = "mysql",
	.server_first = true,
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.step = step,
	.secured = secured,
	.headline = headline,
};
