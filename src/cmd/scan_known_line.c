/* SPDX-License-Identifier: MIT */
#include "scan_known_store.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "scan_report.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 3, QUOTED_MAX = 80 };

#define BLANKS " \t\r"

static int wrong(struct strbuf *why, const char *what, const char *reason)
{
	strbuf_printf(why, "'%.*s': %s", QUOTED_MAX, what, reason);
	return ERR_SYNTAX;
}

/* IPv4 that is written as IPv6: it is asked as what it is. */
static void make_plain(struct range *r)
{
	struct addr last = r->first;

	addr_set_number(&last, r->last);
	last = addr_plain(&last);
	if (addr_plain(&r->first).family != last.family)
		return;
	r->first = addr_plain(&r->first);
	r->last = addr_number(&last);
}

static int read_addresses(const char *text, struct range *out, struct strbuf *why)
{
	size_t len = strlen(text);
	struct addr a;
	int err = addr_parse(text, len, &a);

	*out = range_of(&a);
	if (err && strchr(text, '/'))
		err = range_parse_cidr(text, len, out);
	else if (err && strchr(text, '-'))
		err = range_parse_ends(text, len, out);
	if (err == 0) {
		make_plain(out);
		return 0;
	}
	return wrong(why, text,
		err == ERR_SYNTAX || err == ERR_ADDRESS
			? "an address, CIDR or a range of addresses comes first"
			: err_text(err));
}

static int read_ports(char *text, enum known_proto *proto, struct ports **out, struct strbuf *why)
{
	char *slash = strrchr(text, '/');
	struct strbuf bad = {0};
	int err;

	if (slash && strcmp(slash, "/udp") != 0 && strcmp(slash, "/tcp") != 0)
		return wrong(why, text, "ports end in /tcp or /udp, or in none");
	*proto = slash && slash[1] == 'u' ? KNOWN_UDP : KNOWN_TCP;
	if (slash)
		*slash = '\0';
	err = ports_parse(text, *proto == KNOWN_UDP ? IPPROTO_UDP : IPPROTO_TCP, out, &bad);
	if (err)
		wrong(why, bad.text ? bad.text : text, err_text(err));
	strbuf_release(&bad);
	return err ? ERR_SYNTAX : 0;
}

static unsigned all_states(void)
{
	unsigned all = 0;

	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		all |= 1u << s;
	return all;
}

static int read_states(const char *text, unsigned *out, struct strbuf *why)
{
	if (report_parse_states(text, out) != 0)
		return wrong(why, text, "states are " REPORT_STATES_TEXT);
	*out &= all_states();
	return 0;
}

static int read_words(struct scan_known *k, char *const words[static WORDS], struct strbuf *why)
{
	struct range range;
	enum known_proto proto;
	struct ports *ports = NULL;
	unsigned states;
	int err = read_addresses(words[0], &range, why);

	if (err == 0)
		err = read_states(words[2], &states, why);
	if (err == 0)
		err = read_ports(words[1], &proto, &ports, why);
	if (err == 0)
		known_add_rule(k, &range, proto, ports, states);
	return err;
}

static size_t split(char *text, char *words[static WORDS])
{
	size_t count = 0;
	char *word;

	while ((word = strsep(&text, BLANKS))) {
		if (*word == '\0')
			continue;
		if (count < WORDS)
			words[count] = word;
		count++;
	}
	return count;
}

int known_read_line(struct scan_known *k, const char *text, size_t len, struct strbuf *why)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *words[WORDS], *copy;
	size_t count;
	int err = 0;

	if (memchr(text, '\0', len)) {
		strbuf_puts(why, "has a NUL");
		return ERR_SYNTAX;
	}
	copy = mem_strndup(text, len);
	copy[strcspn(copy, "#")] = '\0';
	count = split(copy + (strncmp(copy, byte_order_mark, 3) == 0 ? 3 : 0), words);
	k->is_lines = k->is_lines || count > 0;
	if (count == WORDS) {
		err = read_words(k, words, why);
	} else if (count > 0) {
		strbuf_puts(why, "a line is ADDRESS PORTS STATE[,STATE...]");
		err = ERR_SYNTAX;
	}
	free(copy);
	return err;
}
