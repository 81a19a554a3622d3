/* SPDX-License-Identifier: MIT */
#include "ascii.h"

#include "netprobe/banner/protocols.h"
#include "netprobe/base/mem.h"

#include <string.h>

/* Who has not said by then who it is will not say it either. */
enum { LOOK_MAX = 2048 };

/* What a rule makes of a beginning. */
enum verdict { NO, MORE, YES };

struct finding {
	enum protocol_id id, second;
};

struct beginning {
	const char *bytes;
	size_t len;
	bool cut; /* there is more, which is not looked at */
};

/* `word`, and behind it one of `after`, where that is not empty. Case matters: these are fixed. */
static enum verdict word_is(const struct beginning *b, const char *word, const char *after)
{
	size_t len = strlen(word);

	if (memcmp(b->bytes, word, b->len < len ? b->len : len) != 0)
		return NO;
	if (*after == '\0')
		return b->len < len ? MORE : YES;
	if (b->len <= len)
		return MORE;
	return memchr(after, b->bytes[len], strlen(after)) ? YES : NO;
}

static enum verdict words(const struct beginning *b, struct finding *f)
{
	static const char end[] = " \r\n";
	static const struct {
		const char *word, *after;
		enum protocol_id id;
	} known[] = {
		{"SSH-", "", PROTOCOL_SSH},
		{"HTTP/", "", PROTOCOL_HTTP},
		{"+OK", end, PROTOCOL_POP3},
		{"* OK", end, PROTOCOL_IMAP},
		{"* PREAUTH", end, PROTOCOL_IMAP},
		{"* BYE", end, PROTOCOL_IMAP},
		{"+PONG", end, PROTOCOL_REDIS},
		{"-DENIED", end, PROTOCOL_REDIS},
		{"-NOAUTH", end, PROTOCOL_REDIS},
		/* POP3 says -ERR, too */
		{"-ERR unknown command", "", PROTOCOL_REDIS},
		{"-ERR wrong number of arguments", "", PROTOCOL_REDIS},
		{"-ERR max number of clients", "", PROTOCOL_REDIS},
		{"-ERR max + ", "", PROTOCOL_REDIS},
		{"-ERR operation not permitted", "", PROTOCOL_REDIS},
		{"-ERR Protocol error", "", PROTOCOL_REDIS},
	};
	enum verdict best = NO;

	for (size_t i = 0; i < ARRAY_SIZE(known) && best != YES; i++) {
		enum verdict verdict = word_is(b, known[i].word, known[i].after);

		if (verdict == YES)
			f->id = known[i].id;
		if (verdict != NO)
			best = verdict;
	}
	return best;
}

/* RFC 8446, section 5.1: a record of an alert or a handshake; its version is older than what is
 * spoken. */
static enum verdict tls(const struct beginning *b, struct finding *f)
{
	const uint8_t *at = (const uint8_t *)b->bytes;

	if ((at[0] != 0x15 && at[0] != 0x16) || (b->len > 1 && at[1] != 3) ||
		(b->len > 2 && at[2] > 4))
		return NO;
	if (b->len < 3)
		return MORE;
	f->id = PROTOCOL_TLS;
	return YES;
}

static enum verdict telnet(const struct beginning *b, struct finding *f)
{
	const uint8_t *at = (const uint8_t *)b->bytes;

	if (at[0] != 255)
		return NO;
	if (b->len < 2)
		return MORE;
	if (at[1] < 251 || at[1] > 254)
		return NO;
	f->id = PROTOCOL_TELNET;
	return YES;
}

static bool is_printable(uint8_t c)
{
	return c >= ' ' && c < 0x7f;
}

/* Protocol 10, then the server's version, terminated. */
static enum verdict mysql_greeting(const uint8_t *text, size_t len, size_t packet)
{
	enum { VERSION_MAX = 100 };

	for (size_t at = 0; at < packet && at < VERSION_MAX; at++) {
		if (at == len)
			return MORE;
		if (text[at] == '\0')
			return at > 0 ? YES : NO;
		if (!is_printable(text[at]))
			return NO;
	}
	return NO;
}

/* Instead of a greeting: an error's number, from 1000 on, and its text. */
static enum verdict mysql_error(const uint8_t *error, size_t len, size_t packet)
{
	unsigned code;

	if (packet < 3)
		return NO;
	if (len < 3)
		return MORE;
	code = error[0] | (unsigned)error[1] << 8;
	return code >= 1000 && code < 10000 && is_printable(error[2]) ? YES : NO;
}

/* A packet: three bytes of length (low first), its number, which is the first. */
static enum verdict mysql(const struct beginning *b, struct finding *f)
{
	enum { HEADER = 4, PACKET_MAX = 4096 };
	const uint8_t *at = (const uint8_t *)b->bytes;
	enum verdict verdict;
	size_t packet;

	for (size_t i = 1; i < HEADER && i < b->len; i++)
		if (at[i] > (i == 1 ? PACKET_MAX >> 8 : 0))
			return NO;
	if (b->len <= HEADER)
		return MORE;
	packet = at[0] | (size_t)at[1] << 8;
	if (packet == 0 || (at[HEADER] != 10 && at[HEADER] != 0xff))
		return NO;
	verdict = (at[HEADER] == 10 ? mysql_greeting : mysql_error)(
		at + HEADER + 1, b->len - HEADER - 1, packet - 1);
	if (verdict == YES)
		f->id = PROTOCOL_MYSQL;
	return verdict;
}

/* The first word that tells mail from files. */
static enum protocol_id service_of(const char *text, size_t len)
{
	static const struct {
		const char *word;
		enum protocol_id id;
	} known[] = {
		{"smtp", PROTOCOL_SMTP},
		{"lmtp", PROTOCOL_SMTP},
		{"ftp", PROTOCOL_FTP},
		{"filezilla", PROTOCOL_FTP},
		{"mail", PROTOCOL_SMTP},
		{"postfix", PROTOCOL_SMTP},
		{"exim", PROTOCOL_SMTP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (ascii_has(text, len, known[i].word))
			return known[i].id;
	return PROTOCOL_UNKNOWN;
}

/* Behind the code, and behind the host's name: "220 mail.example.net FTP server ready". */
static enum protocol_id service_of_line(const char *line, size_t len)
{
	size_t at = len < 4 ? len : 4;

	while (at < len && line[at] != ' ' && line[at] != '.')
		at++;
	if (at < len && line[at] == '.')
		while (at < len && line[at] != ' ')
			at++;
	else
		at = len < 4 ? len : 4;
	return service_of(line + at, len - at);
}

/* The reply is whole, and no line said plainly what it is. A host's name is a hint. */
static void guess(const struct beginning *b, struct finding *f)
{
	const char *end = memchr(b->bytes, '\n', b->len);
	size_t len = end ? (size_t)(end - b->bytes) : b->len;
	bool ftp = service_of(b->bytes, len) == PROTOCOL_FTP;

	f->id = ftp ? PROTOCOL_FTP : PROTOCOL_SMTP;
	f->second = ftp ? PROTOCOL_SMTP : PROTOCOL_FTP;
}

static bool is_last(const char *line, size_t len, const char *code)
{
	return len >= 3 && memcmp(line, code, 3) == 0 && (len == 3 || line[3] != '-');
}

/* SMTP and FTP greet alike: a code, and text for people, which tells. */
static enum verdict reply(const struct beginning *b, const char *code, struct finding *f)
{
	enum verdict verdict = word_is(b, code, " -\r\n");
	const char *line = b->bytes, *end = line + b->len;

	if (verdict != YES)
		return verdict;
	for (bool last = false; line < end && !last;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((next ? next : end) - line);

		if (!next && !b->cut)
			return MORE;
		f->id = service_of_line(line, len);
		if (f->id != PROTOCOL_UNKNOWN)
			return YES;
		last = !next || is_last(line, len, code);
		line = last ? line : next + 1;
	}
	if (line == end && !b->cut)
		return MORE;
	guess(b, f);
	return YES;
}

static enum verdict replies(const struct beginning *b, struct finding *f)
{
	static const char *const codes[] = {"220", "421", "554"};
	enum verdict best = NO;

	for (size_t i = 0; i < ARRAY_SIZE(codes) && best == NO; i++)
		best = reply(b, codes[i], f);
	return best;
}

/* No beginning satisfies two of them, so that the order does not matter. */
enum protocol_id protocol_recognise(
	const void *bytes, size_t len, bool *more, enum protocol_id *second)
{
	static enum verdict (*const rules[])(const struct beginning *, struct finding *) = {
		words, tls, telnet, mysql, replies};
	struct beginning b = {bytes, len < LOOK_MAX ? len : LOOK_MAX, len >= LOOK_MAX};
	bool undecided = len == 0;
	struct finding f = {0};

	*more = false;
	*second = PROTOCOL_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(rules) && len > 0; i++) {
		enum verdict verdict = rules[i](&b, &f);

		if (verdict == YES) {
			*second = f.second;
			return f.id;
		}
		undecided = undecided || verdict == MORE;
	}
	*more = undecided;
	return PROTOCOL_UNKNOWN;
}
