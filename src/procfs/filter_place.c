/* SPDX-License-Identifier: MIT */
#include "filter_parts.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/net/resolve.h"
#include "netprobe/net/services.h"

#include <arpa/inet.h>
#include <string.h>

enum { NAME_MAX_BYTES = 253, SHOWN_MAX = 64 };

static int fail(struct strbuf *why, int code, const char *text, const char *what)
{
	strbuf_printf(why, "%.*s: %s", SHOWN_MAX, text, what);
	return code;
}

static int fail_empty(struct strbuf *why, const char *what)
{
	strbuf_puts(why, what);
	return ERR_EMPTY;
}

static int fail_name(struct strbuf *why, int code, const char *text, enum filter_names names)
{
	return fail(why, code, text,
		names == FILTER_NO_NAMES
			? "a name, and names are not looked up"
			: "a name, and none of a host is looked up while privileges are held");
}

static bool take_prefix(const char **text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*text, prefix, len) != 0)
		return false;
	*text += len;
	return true;
}

void filter_place_release(struct filter_place *place)
{
	free(place->pattern);
	free(place->addrs);
	*place = (struct filter_place){0};
}

/* ---- ports */

static int parse_number(const char *text, struct filter_place *out, struct strbuf *why)
{
	uint64_t port;

	if (parse_uint(text, 0, UINT16_MAX, &port) != 0)
		return fail(why, ERR_PORT, text, "ports are 0 to 65535");
	out->port = (uint16_t)port;
	return 0;
}

static int parse_service(
	const char *text, enum filter_names names, struct filter_place *out, struct strbuf *why)
{
	if (names == FILTER_NO_NAMES)
		return fail_name(why, ERR_SERVICE, text, names);
	out->port = service_port(text, IPPROTO_TCP);
	if (out->port == 0)
		out->port = service_port(text, IPPROTO_UDP);
	return out->port ? 0 : fail(why, ERR_SERVICE, text, err_text(ERR_SERVICE));
}

/* Behind the colon. */
static int parse_port(
	const char *text, enum filter_names names, struct filter_place *out, struct strbuf *why)
{
	if (strcmp(text, "*") == 0)
		return 0;
	out->has_port = true;
	if (*text == '\0')
		return fail_empty(why, "expected a port behind \":\"");
	if (text[strspn(text, "0123456789")] == '\0')
		return parse_number(text, out, why);
	return parse_service(text, names, out, why);
}

/* ---- addresses */

static void set_addrs(struct filter_place *out, const struct addr *addrs, size_t count)
{
	out->addrs = mem_alloc(count, sizeof *addrs);
	out->count = count;
	memcpy(out->addrs, addrs, count * sizeof *addrs);
}

static uint8_t take_family(const char **text)
{
	return take_prefix(text, "inet6:") ? 6 : take_prefix(text, "inet:") ? 4 : 0;
}

/* What inet_aton(3) takes for a number the resolver does, too: "0x7f.1". */
static bool is_name(const char *text)
{
	struct in_addr number;
	bool has_letter = false;
	size_t len = 0;

	for (; text[len]; len++) {
		unsigned char c = (unsigned char)text[len];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!letter && c < 0x80 && !strchr("0123456789-_.", c))
			return false;
		has_letter |= letter || c >= 0x80 || c == '-' || c == '_';
	}
	return has_letter && len <= NAME_MAX_BYTES && !inet_aton(text, &number);
}

static int resolve(const char *name, struct filter_place *out, struct strbuf *why)
{
	struct resolution res;

	resolve_now(name, out->family, &res);
	if (res.status == 0 && res.count > 0)
		set_addrs(out, res.addrs, res.count);
	else
		strbuf_printf(why, "unknown host %s%s%s", name, res.why ? ": " : "",
			res.why ? res.why : "");
	resolution_release(&res);
	return out->count > 0 ? 0 : ERR_NAME;
}

/* ss(8) lets the zeros at the end of a network's address go: "10/8". */
static int parse_network(const char *text, size_t len, struct addr *out)
{
	struct strbuf whole = {0};
	unsigned dots = 0;
	int err;

	for (size_t i = 0; i < len; i++)
		dots += text[i] == '.';
	strbuf_add(&whole, text, len);
	if (strspn(text, "0123456789.") == len)
		for (; dots < 3; dots++)
			strbuf_puts(&whole, ".0");
	err = addr_parse(whole.text, whole.len, out);
	strbuf_release(&whole);
	return err;
}

static bool is_port(const char *text)
{
	uint64_t port;

	return parse_uint(text, 0, UINT16_MAX, &port) == 0;
}

/* The zone is an interface's where the sockets are. 0 or a code, with its reason in *wrong. */
static int parse_zone(
	const struct filter *f, const char *zone, size_t len, struct addr *a, const char **wrong)
{
	char *name = mem_strndup(zone, len);

	*wrong =
		addr_takes_zone(a) ? filter_find_interface(f, name, &a->scope) : err_text(ERR_ZONE);
	if (!*wrong && a->scope == 0)
		*wrong = err_text(ERR_ZONE);
	free(name);
	return *wrong ? ERR_ZONE : 0;
}

static int parse_bare(
	const struct filter *f, const char *whole, size_t len, struct addr *out, const char **wrong)
{
	size_t end = strcspn(whole, "%/");
	bool network = whole[len] == '/';
	int err = network ? parse_network(whole, end, out) : addr_parse(whole, end, out);

	*wrong = err_text(ERR_ADDRESS);
	if (err || whole[end] != '%')
		return err;
	return parse_zone(f, whole + end + 1, len - end - 1, out, wrong);
}

/* `whole` is the address, or the address with its prefix length. */
static int parse_literal(
	const struct filter *f, const char *whole, struct filter_place *out, struct strbuf *why)
{
	const char *wrong;
	size_t len = strcspn(whole, "/");
	struct addr a;
	uint64_t bits;
	int err = parse_bare(f, whole, len, &a, &wrong);

	if (err && is_port(whole))
		strbuf_printf(why, "%s: %s (a port is :%s)", whole, err_text(ERR_ADDRESS), whole);
	else if (err)
		fail(why, err, whole, wrong);
	if (err)
		return err;
	if (out->family != 0 && a.family != out->family)
		return fail(why, ERR_FAMILY, whole,
			out->family == 4 ? "not an IPv4 address" : "not an IPv6 address");
	if (whole[len] == '/') {
		err = parse_uint(whole + len + 1, 0, addr_bits(&a), &bits);
		if (err)
			return fail(why, ERR_PREFIX, whole, err_text(ERR_PREFIX));
		out->bits = (unsigned)bits;
	}
	set_addrs(out, &a, 1);
	return 0;
}

static int parse_address(const struct filter *f, const char *text, enum filter_names names,
	struct filter_place *out, struct strbuf *why)
{
	if (*text == '\0' || strcmp(text, "*") == 0)
		return 0;
	out->bits = UINT8_MAX;
	if (!is_name(text))
		return parse_literal(f, text, out, why);
	if (names != FILTER_ALL_NAMES)
		return fail_name(why, ERR_NAME, text, names);
	return resolve(text, out, why);
}

/* ---- hosts */

/* The address without brackets, the prefix length behind it, goes to `out`. Returns the port's
 * text, "" where there is none; NULL for what cannot be divided. */
static const char *split(const char *text, struct strbuf *out)
{
	const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *colon;

	if (text[0] == '[') {
		if (!close || !memchr(text, ':', (size_t)(close - text)))
			return NULL;
		strbuf_add(out, text + 1, (size_t)(close - text) - 1);
		colon = close + 1 + (close[1] == '/' ? strcspn(close + 1, ":") : 0);
		strbuf_add(out, close + 1, (size_t)(colon - close) - 1);
		return *colon == ':' || *colon == '\0' ? colon : NULL;
	}
	colon = strrchr(text, ':');
	if (!colon || colon != strchr(text, ':'))
		colon = text + strlen(text);
	strbuf_add(out, text, (size_t)(colon - text));
	return colon;
}

static int parse_inet(const struct filter *f, const char *text, enum filter_names names,
	struct filter_place *out, struct strbuf *why)
{
	const char *rest = text, *colon;
	struct strbuf address = {0};
	int err = 0;

	strbuf_init(&address);
	out->family = take_family(&rest);
	colon = split(rest, &address);
	if (!colon)
		err = fail(why, ERR_ADDRESS, text, err_text(ERR_ADDRESS));
	else if (*rest == '\0')
		err = fail_empty(why, "an address is missing");
	if (!err && *colon == ':')
		err = parse_port(colon + 1, names, out, why);
	if (!err)
		err = parse_address(f, address.text, names, out, why);
	strbuf_release(&address);
	return err;
}

static int parse_unix(const char *name, struct filter_place *out, struct strbuf *why)
{
	if (*name == '\0')
		return fail_empty(why, "expected a name behind \"unix:\"");
	out->pattern = mem_strdup(name);
	return 0;
}

/* No address and no name of a host has a wildcard but the star that stands for all. */
static bool is_wild(const char *text)
{
	take_family(&text);
	text += strcspn(text, "*?");
	return *text != '\0' && strcmp(text, "*") != 0 && strncmp(text, "*:", 2) != 0;
}

int filter_place_host(const struct filter *f, const char *text, enum filter_names names,
	struct filter_place *out, struct strbuf *why)
{
	const char *rest = text;
	bool is_unix = take_prefix(&rest, "unix:") || *text == '/' || *text == '@' || is_wild(text);
	int err;

	*out = (struct filter_place){0};
	err = is_unix ? parse_unix(rest, out, why) : parse_inet(f, text, names, out, why);
	if (err)
		filter_place_release(out);
	return err;
}

int filter_place_port(
	const char *text, enum filter_names names, struct filter_place *out, struct strbuf *why)
{
	const char *rest = text;
	bool star;

	*out = (struct filter_place){.family = take_family(&rest)};
	star = rest[0] == '*' && rest[1] == ':';
	rest += star ? 2 : *rest == ':';
	if (strchr(rest, ':'))
		return fail(why, ERR_SYNTAX, text, "not a port");
	return parse_port(rest, names, out, why);
}

int filter_place_check(const struct filter_place *place, enum filter_side side, struct strbuf *why)
{
	if (!place->pattern || side != FILTER_PEER)
		return 0;
	strbuf_puts(why, "the name at the other end of a unix socket is not known: ask for src");
	return ERR_SYNTAX;
}
