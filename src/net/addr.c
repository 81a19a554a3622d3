/* SPDX-License-Identifier: MIT */
#include "netprobe/net/addr.h"

#include "netprobe/base/err.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/rng.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static size_t ip_len(const struct addr *a)
{
	return a->family == 4 ? 4 : 16;
}

/* RFC 4007, section 6: a zone says something only where the address itself is confined to a link or
 * an interface, which are fe80::/10 and the multicast scopes 1 and 2. */
bool addr_takes_zone(const struct addr *a)
{
	if (a->family != 6)
		return false;
	return addr_is_link_local(a) ||
	       (a->ip[0] == 0xff && ((a->ip[1] & 15) == 1 || (a->ip[1] & 15) == 2));
}

static int parse_zone(const char *text, size_t len, uint32_t *scope)
{
	char name[IF_NAMESIZE];
	uint64_t number;

	if (len == 0 || len >= sizeof name)
		return ERR_ZONE;
	memcpy(name, text, len);
	name[len] = '\0';
	*scope = if_nametoindex(name);
	if (*scope != 0)
		return 0;
	if (parse_uint_n(text, len, 1, UINT32_MAX, &number) != 0 ||
		!if_indextoname((unsigned)number, name))
		return ERR_ZONE;
	*scope = (uint32_t)number;
	return 0;
}

static int parse_plain(const char *text, size_t len, struct addr *out)
{
	char buf[INET6_ADDRSTRLEN];

	if (len >= sizeof buf)
		return ERR_ADDRESS;
	memcpy(buf, text, len);
	buf[len] = '\0';
	out->family = memchr(text, ':', len) ? 6 : 4;
	return inet_pton(addr_af(out), buf, out->ip) == 1 ? 0 : ERR_ADDRESS;
}

static int parse_zoned(const char *text, size_t len, struct addr *out)
{
	const char *percent = memchr(text, '%', len);
	size_t plain = percent ? (size_t)(percent - text) : len;
	int err = parse_plain(text, plain, out);

	if (err || !percent)
		return err;
	if (out->family != 6)
		return ERR_ADDRESS;
	if (!addr_takes_zone(out))
		return ERR_ZONE;
	return parse_zone(percent + 1, len - plain - 1, &out->scope);
}

int addr_parse(const char *text, size_t len, struct addr *out)
{
	bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	struct addr a = {0};
	int err;

	*out = (struct addr){0};
	if (len == 0)
		return ERR_EMPTY;
	if (len >= ADDR_TEXT_MAX)
		return ERR_TOO_LONG;
	if (memchr(text, '\0', len))
		return ERR_ADDRESS;
	err = brackets ? parse_zoned(text + 1, len - 2, &a) : parse_zoned(text, len, &a);
	if (err == 0 && brackets && a.family != 6)
		err = ERR_ADDRESS;
	if (err == 0)
		*out = a;
	return err;
}

/* Tables have many thousand of these: by hand, and not by printf(3). Gives the end. */
static char *put_number(char *at, unsigned number)
{
	char digits[sizeof "4294967295"];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0)
		*at++ = digits[--count];
	*at = '\0';
	return at;
}

static void put_ipv4(char *at, const uint8_t ip[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_number(at, ip[i]);
	}
}

const char *addr_text(const struct addr *a, char out[static ADDR_TEXT_MAX])
{
	char name[IF_NAMESIZE];
	size_t len;

	out[0] = '\0';
	if (a->family == 0)
		return out;
	if (a->family == 4)
		put_ipv4(out, a->ip);
	else
		inet_ntop(AF_INET6, a->ip, out, ADDR_TEXT_MAX);
	if (a->scope == 0)
		return out;
	len = strlen(out);
	if (if_indextoname(a->scope, name))
		snprintf(out + len, ADDR_TEXT_MAX - len, "%%%s", name);
	else
		snprintf(out + len, ADDR_TEXT_MAX - len, "%%%u", a->scope);
	return out;
}

const char *addr_port_text(const struct addr *a, char out[static ADDR_TEXT_MAX])
{
	bool brackets = a->family == 6;
	char *text = out + brackets;
	char *end;

	/* the bracket takes one byte more than the text alone, which ADDR_TEXT_MAX has room for */
	addr_text(a, out);
	end = text + strlen(out);
	if (brackets) {
		memmove(text, out, (size_t)(end - text));
		out[0] = '[';
		*end++ = ']';
	}
	*end++ = ':';
	put_number(end, a->port);
	return out;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->ip, b->ip, sizeof a->ip);
	if (order != 0)
		return order;
	return (a->scope > b->scope) - (a->scope < b->scope);
}

bool addr_same(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family || memcmp(a->ip, b->ip, sizeof a->ip) != 0)
		return false;
	return a->scope == 0 || b->scope == 0 || a->scope == b->scope;
}

uint64_t addr_hash(const struct addr *a, uint64_t seed)
{
	u128 ip = addr_number(a);
	uint64_t hash = rng_mix(seed ^ ((uint64_t)a->scope << 8 | a->family));

	hash = rng_mix(hash ^ (uint64_t)(ip >> 64));
	return rng_mix(hash ^ (uint64_t)ip);
}

unsigned addr_bits(const struct addr *a)
{
	return a->family == 4 ? 32 : 128;
}

u128 addr_number(const struct addr *a)
{
	u128 ip = 0;

	for (size_t i = 0; i < ip_len(a); i++)
		ip = ip << 8 | a->ip[i];
	return ip;
}

void addr_set_number(struct addr *a, u128 ip)
{
	memset(a->ip, 0, sizeof a->ip);
	for (size_t i = ip_len(a); i-- > 0; ip >>= 8)
		a->ip[i] = (uint8_t)ip;
}

bool addr_is_link_local(const struct addr *a)
{
	if (a->family == 4)
		return a->ip[0] == 169 && a->ip[1] == 254;
	return a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

struct addr addr_plain(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct addr plain = {.family = 4, .port = a->port};

	if (a->family != 6 || memcmp(a->ip, mapped, sizeof mapped) != 0)
		return *a;
	memcpy(plain.ip, a->ip + sizeof mapped, 4);
	return plain;
}

int addr_af(const struct addr *a)
{
	switch (a->family) {
	case 4:
		return AF_INET;
	case 6:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope};

	memset(out, 0, sizeof *out);
	if (a->family == 4) {
		memcpy(&in.sin_addr, a->ip, sizeof in.sin_addr);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	if (a->family != 6)
		return 0;
	memcpy(&in6.sin6_addr, a->ip, sizeof in6.sin6_addr);
	memcpy(out, &in6, sizeof in6);
	return sizeof in6;
}

void addr_from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	*out = (struct addr){0};
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof in);
		out->family = 4;
		out->port = ntohs(in.sin_port);
		memcpy(out->ip, &in.sin_addr, sizeof in.sin_addr);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof in6);
		out->family = 6;
		out->port = ntohs(in6.sin6_port);
		memcpy(out->ip, &in6.sin6_addr, sizeof in6.sin6_addr);
		/* the kernel may fill the field for wider scopes too, where it would spoil
		 * comparison */
		out->scope = addr_takes_zone(out) ? in6.sin6_scope_id : 0;
	}
}
