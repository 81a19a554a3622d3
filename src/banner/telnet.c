/* SPDX-License-Identifier: MIT */
#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

enum { IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, SB = 250, SE = 240 }; /* RFC 854 */
enum { SUBNEGOTIATION_MAX = 4096 };
enum { TELNET_OPTIONS, TELNET_TEXT };

struct telnet {
	bool known;               /* it is not something else that speaks */
	bool in_sub;              /* between SB and SE */
	bool after_cr;            /* RFC 854: CR is followed by LF or NUL */
	size_t sub_len;           /* of the subnegotiation so far */
	uint8_t seen[4][256 / 8]; /* WILL, WONT, DO, DONT, by option */
};

static const struct fact_def facts[] = {
	[TELNET_OPTIONS] = {"options", FACT_LIST},
	[TELNET_TEXT] = {"text", FACT_TEXT},
};

/* IANA, "Telnet Options". */
static const char *const options[] = {
	[0] = "BINARY",
	[1] = "ECHO",
	[2] = "RECONNECTION",
	[3] = "SUPPRESS-GO-AHEAD",
	[4] = "MESSAGE-SIZE",
	[5] = "STATUS",
	[6] = "TIMING-MARK",
	[7] = "RCTE",
	[17] = "EXTENDED-ASCII",
	[18] = "LOGOUT",
	[23] = "SEND-LOCATION",
	[24] = "TERMINAL-TYPE",
	[25] = "END-OF-RECORD",
	[26] = "TACACS-UID",
	[27] = "OUTPUT-MARKING",
	[28] = "TERMINAL-LOCATION",
	[29] = "3270-REGIME",
	[30] = "X.3-PAD",
	[31] = "WINDOW-SIZE",
	[32] = "TERMINAL-SPEED",
	[33] = "REMOTE-FLOW-CONTROL",
	[34] = "LINEMODE",
	[35] = "X-DISPLAY-LOCATION",
	[36] = "ENVIRON",
	[37] = "AUTHENTICATION",
	[38] = "ENCRYPT",
	[39] = "NEW-ENVIRON",
	[40] = "TN3270E",
	[42] = "CHARSET",
	[44] = "COM-PORT",
	[45] = "SUPPRESS-LOCAL-ECHO",
	[46] = "START-TLS",
	[47] = "KERMIT",
	[255] = "EXTENDED-OPTIONS-LIST",
};

/* The first time that this is said of the option? */
static bool is_new(struct telnet *t, uint8_t verb, uint8_t option)
{
	uint8_t *seen = &t->seen[verb - WILL][option / 8], bit = (uint8_t)(1 << option % 8);
	bool new = !(*seen & bit);

	*seen |= bit;
	return new;
}

/* RFC 855: whatever is asked or offered is declined, once: an answer to each repetition could go
 * round for ever. That something is off needs no answer. */
static void negotiate(struct machine *m, uint8_t verb, uint8_t option)
{
	static const char *const verbs[] = {"WILL", "WONT", "DO", "DONT"};
	const char no[] = {(char)IAC, (char)(verb == DO ? WONT : DONT), (char)option};
	struct strbuf item = {0};

	if (!is_new(m->state, verb, option))
		return;
	if (verb == DO || verb == WILL)
		strbuf_add(&m->say, no, sizeof no);
	strbuf_printf(&item, "%s ", verbs[verb - WILL]);
	if (options[option])
		strbuf_puts(&item, options[option]);
	else
		strbuf_printf(&item, "%u", option);
	facts_item(&m->facts, TELNET_OPTIONS, item.text, item.len);
	strbuf_release(&item);
}

static void put(struct machine *m, char c)
{
	facts_append(&m->facts, TELNET_TEXT, &c, 1);
}

/* CR LF is a line's end, CR NUL a CR, NUL alone nothing. */
static void text(struct machine *m, uint8_t byte)
{
	struct telnet *t = m->state;
	bool after_cr = t->after_cr;

	t->after_cr = byte == '\r';
	if (after_cr && byte != '\n')
		put(m, '\r');
	if (byte != '\r' && byte != '\0')
		put(m, (char)byte);
}

/* IAC and what belongs to it. 0: more has to come. */
static size_t command(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct telnet *t = m->state;

	if (len < 2)
		return 0;
	if (bytes[1] == IAC)
		text(m, IAC);
	if (bytes[1] == SB) {
		t->in_sub = true;
		t->sub_len = 0;
	}
	if (bytes[1] < WILL || bytes[1] > DONT)
		return 2;
	if (len < 3)
		return 0;
	negotiate(m, bytes[1], bytes[2]);
	return 3;
}

/* One that does not end is not one. */
static size_t subnegotiation(struct telnet *t, const uint8_t *bytes, size_t len)
{
	if (bytes[0] == IAC && len < 2)
		return 0;
	t->in_sub = ++t->sub_len < SUBNEGOTIATION_MAX;
	if (bytes[0] != IAC)
		return 1;
	if (bytes[1] == SE)
		t->in_sub = false;
	return 2;
}

static size_t use(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct telnet *t = m->state;

	if (t->in_sub)
		return subnegotiation(t, bytes, len);
	if (bytes[0] == IAC)
		return command(m, bytes, len);
	text(m, bytes[0]);
	return 1;
}

/* False while it may still be another protocol's greeting. */
static bool is_telnet(struct machine *m, const uint8_t *bytes, size_t len)
{
	enum protocol_id second;
	struct telnet *t = m->state;
	bool more;
	enum protocol_id id = protocol_recognise(bytes, len, &more, &second);

	if (id != PROTOCOL_UNKNOWN && id != PROTOCOL_TELNET && second == PROTOCOL_UNKNOWN)
		m->want = MACHINE_MISMATCH;
	m->complete = m->want == MACHINE_MORE;
	t->known = !more && m->complete;
	return t->known;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct telnet *t = m->state;

	return t->known || is_telnet(m, bytes, len) ? use(m, bytes, len) : 0;
}

/* What looked like the beginning of something else and did not go on. */
static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0, used = 1; at < len && used > 0; at += used)
		used = use(m, bytes + at, len - at);
}

/* The first line with something in it. */
static bool first_line(const struct fact *text, struct strbuf *out)
{
	const char *at = text->text.text, *end = at + text->text.len, *line;

	while (at < end && strchr("\r\n\t ", *at))
		at++;
	line = at;
	while (at < end && *at != '\r' && *at != '\n')
		at++;
	text_escape(out, line, (size_t)(at - line));
	return at > line;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *text = facts_get(f, TELNET_TEXT), *list = facts_get(f, TELNET_OPTIONS);

	if (text && first_line(text, out))
		return;
	for (size_t i = 0; list && i < list->count; i++) {
		size_t len;
		const char *item = fact_item(list, i, &len);

		if (i)
			strbuf_puts(out, ", ");
		text_escape(out, item, len);
	}
}

const struct protocol protocol_telnet = {
	.id = PROTOCOL_TELNET,
	.name = "telnet",
	.server_first = true,
	.quiet = 1000 * NSEC_PER_MSEC,
	.state_size = sizeof(struct telnet),
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.step = step,
	.ended = ended,
	.headline = headline,
};
