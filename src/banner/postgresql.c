/* SPDX-License-Identifier: MIT */
/* PostgreSQL's protocol 3.0: is TLS offered, and how does it want to be convinced. */
#include "machines.h"
#include "terminated.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <inttypes.h>
#include <string.h>

enum { MESSAGE_MAX = 30000 };

enum { STARTTLS, AUTH, SEVERITY, CODE, MESSAGE };

static const struct fact_def facts[] = {
	[STARTTLS] = {"starttls", FACT_FLAG},
	[AUTH] = {"auth", FACT_LIST},
	[SEVERITY] = {"severity", FACT_TEXT},
	[CODE] = {"code", FACT_TEXT},
	[MESSAGE] = {"message", FACT_TEXT},
};

struct postgresql {
	bool asked_for_tls; /* the answer is due */
};

enum { AUTH_OK = 0, AUTH_SASL = 10 };

/* By the number of the request; words as in pg_hba.conf where it has one. */
static const char *const auths[] = {
	[AUTH_OK] = "trust",
	[2] = "krb5",
	[3] = "password",
	[4] = "crypt",
	[5] = "md5",
	[6] = "scm",
	[7] = "gss",
	[9] = "sspi",
};

static const uint8_t ssl_request[] = {0, 0, 0, 8, 4, 210, 22, 47};
static const uint8_t terminate[] = {'X', 0, 0, 0, 4};

static void say_startup(struct machine *m)
{
	static const char parameters[] =
		"user\0netprobe\0database\0netprobe\0application_name\0netprobe\0";
	static const uint8_t head[] = {0, 0, 0, 8 + sizeof parameters, 0, 3, 0, 0};

	strbuf_add(&m->say, head, sizeof head);
	strbuf_add(&m->say, parameters, sizeof parameters);
}

static void start(struct machine *m)
{
	struct postgresql *p = m->state;

	p->asked_for_tls = m->setup->upgrade && !m->secure;
	if (p->asked_for_tls)
		strbuf_add(&m->say, ssl_request, sizeof ssl_request);
	else
		say_startup(m);
}

static void finish(struct machine *m)
{
	m->complete = true;
	m->want = MACHINE_DONE;
}

static void add_mechanism(struct machine *m, const char *name, size_t len)
{
	struct strbuf lower = {0};

	for (size_t i = 0; i < len; i++)
		strbuf_putc(&lower,
			(char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]));
	facts_item(&m->facts, AUTH, lower.text, lower.len);
	strbuf_release(&lower);
}

/* Names of SASL mechanisms, as pg_hba.conf writes them; an empty one ends them. */
static bool mechanisms(struct machine *m, struct cursor *c)
{
	size_t len;
	const char *name;

	while ((name = terminated(c, &len)) && len > 0)
		add_mechanism(m, name, len);
	return cursor_ok(c) && facts_get(&m->facts, AUTH);
}

static void add_auth(struct machine *m, uint32_t kind)
{
	struct strbuf number = {0};

	if (kind < ARRAY_SIZE(auths) && auths[kind]) {
		facts_item(&m->facts, AUTH, auths[kind], strlen(auths[kind]));
		return;
	}
	strbuf_printf(&number, "%" PRIu32, kind);
	facts_item(&m->facts, AUTH, number.text, number.len);
	strbuf_release(&number);
}

/* Terminate belongs to a session that stands. Who is asked for a password and says it gets into the
 * server's log; one that just goes away does not. */
static bool authentication(struct machine *m, struct cursor *c)
{
	uint32_t kind = cursor_u32(c);

	if (!cursor_ok(c))
		return false;
	if (kind != AUTH_SASL)
		add_auth(m, kind);
	else if (!mechanisms(m, c))
		return false;
	if (kind == AUTH_OK)
		strbuf_add(&m->say, terminate, sizeof terminate);
	finish(m);
	return true;
}

static void set_field(struct machine *m, uint8_t kind, const char *text, size_t len)
{
	/* V is S untranslated, and follows it where it is known (9.6) */
	if (kind == 'S' || kind == 'V')
		facts_text(&m->facts, SEVERITY, text, len);
	else if (kind == 'C')
		facts_text(&m->facts, CODE, text, len);
	else if (kind == 'M')
		facts_text(&m->facts, MESSAGE, text, len);
}

/* Pairs of a letter and a text; a zero ends them. The server closes by itself. */
static bool error(struct machine *m, struct cursor *c)
{
	uint8_t kind;

	while ((kind = cursor_u8(c)) != 0) {
		size_t len;
		const char *text = terminated(c, &len);

		if (!text)
			return false;
		set_field(m, kind, text, len);
	}
	if (!cursor_ok(c) || !facts_get(&m->facts, MESSAGE))
		return false;
	finish(m);
	return true;
}

/* Servers before 7.4, and newer ones that cannot fork, know no lengths: a text up to a NUL. */
static size_t old_error(struct machine *m, const uint8_t *bytes, size_t len)
{
	size_t seen = len < MESSAGE_MAX ? len : MESSAGE_MAX, size;
	const uint8_t *end = memchr(bytes, '\0', seen);

	if (!end) {
		if (seen == MESSAGE_MAX)
			m->want = MACHINE_MISMATCH;
		return 0;
	}
	size = (size_t)(end - bytes);
	while (size > 1 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	facts_text(&m->facts, MESSAGE, bytes + 1, size - 1);
	finish(m);
	return (size_t)(end - bytes) + 1;
}

static bool message(struct machine *m, uint8_t kind, struct cursor *c)
{
	switch (kind) {
	case 'R':
		return authentication(m, c);
	case 'E':
		return error(m, c);
	default:
		/* a notice, or NegotiateProtocolVersion */
		return true;
	}
}

static size_t mismatch(struct machine *m)
{
	m->want = MACHINE_MISMATCH;
	return 0;
}

static size_t message_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	uint8_t kind = bytes[0];
	struct cursor c;
	uint32_t size;

	if (!memchr("RENv", kind, 4))
		return mismatch(m);
	cursor_init(&c, bytes + 1, len - 1);
	size = cursor_u32(&c);
	if (!cursor_ok(&c))
		return 0;
	if (size < 4 || size > MESSAGE_MAX)
		return kind == 'E' ? old_error(m, bytes, len) : mismatch(m);
	if (len - 1 < size)
		return 0;
	cursor_init(&c, bytes + 5, size - 4);
	return message(m, kind, &c) ? 1 + size : mismatch(m);
}

/* One byte, and not one more: what follows S in plain text was put there by somebody else
 * (CVE-2021-23222), and is for TLS to choke on. */
static size_t tls_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct postgresql *p = m->state;

	if (bytes[0] == 'E')
		return message_step(m, bytes, len);
	if (bytes[0] != 'S' && bytes[0] != 'N')
		return mismatch(m);
	p->asked_for_tls = false;
	facts_flag(&m->facts, STARTTLS, bytes[0] == 'S');
	if (bytes[0] == 'S')
		m->want = MACHINE_UPGRADE;
	else
		say_startup(m);
	return 1;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct postgresql *p = m->state;

	return p->asked_for_tls ? tls_step(m, bytes, len) : message_step(m, bytes, len);
}

/* An E without a length has to have a NUL: "ERROR" is what others say to a question like ours. */
static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct cursor c;
	uint32_t size;

	if (len == 0)
		return;
	cursor_init(&c, bytes + 1, len - 1);
	size = cursor_u32(&c);
	if (cursor_ok(&c) && size > MESSAGE_MAX)
		m->want = MACHINE_MISMATCH;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *auth = facts_get(f, AUTH), *text = facts_get(f, MESSAGE);

	if (!auth) {
		if (text)
			text_escape(out, text->text.text, text->text.len);
		return;
	}
	strbuf_puts(out, "PostgreSQL");
	for (size_t i = 0; i < auth->count; i++) {
		size_t len;
		const char *item = fact_item(auth, i, &len);

		strbuf_puts(out, ", ");
		text_escape(out, item, len);
	}
}

const struct protocol protocol_postgresql = {
	.id = PROTOCOL_POSTGRESQL,
	.name = "postgresql",
	.alpn = "postgresql",
	.state_size = sizeof(struct postgresql),
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.start = start,
	.step = step,
	.secured = say_startup,
	.ended = ended,
	.headline = headline,
};
