/* SPDX-License-Identifier: MIT */
#include "netprobe/net/range.h"

#include "netprobe/base/err.h"
#include "netprobe/base/parse.h"

#include <string.h>

static bool made_of(const char *text, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(set, text[i]))
			return false;
	return len > 0;
}

struct range range_of(const struct addr *a)
{
	return (struct range){.first = *a, .last = addr_number(a)};
}

u128 range_size(const struct range *r)
{
	u128 steps = r->last - addr_number(&r->first);

	return steps == U128_MAX ? U128_MAX : steps + 1;
}

/* A zone holds for link-local addresses only, so a block that has one must not reach beyond them.
 */
static int check_zone(const struct range *r)
{
	struct addr last = r->first;

	if (r->first.scope == 0)
		return 0;
	addr_set_number(&last, r->last);
	return addr_is_link_local(&r->first) && addr_is_link_local(&last) ? 0 : ERR_ZONE;
}

int range_parse_cidr(const char *text, size_t len, struct range *out)
{
	const char *slash = memchr(text, '/', len);
	size_t before = slash ? (size_t)(slash - text) : 0;
	uint64_t prefix;
	u128 hosts = U128_MAX; /* the bits behind the prefix */
	int err;

	if (!slash || !made_of(slash + 1, len - before - 1, "0123456789"))
		return ERR_SYNTAX;
	err = addr_parse(text, before, &out->first);
	if (err == ERR_ADDRESS && !memchr(text, ':', before) &&
		!made_of(text, before, "0123456789."))
		return ERR_SYNTAX;
	if (err)
		return err == ERR_EMPTY ? ERR_SYNTAX : err;
	if (parse_uint_n(slash + 1, len - before - 1, 0, addr_bits(&out->first), &prefix) != 0)
		return ERR_PREFIX;
	if (addr_bits(&out->first) - prefix < 128)
		hosts = ((u128)1 << (addr_bits(&out->first) - prefix)) - 1;
	out->last = addr_number(&out->first) | hosts;
	addr_set_number(&out->first, addr_number(&out->first) & ~hosts);
	return check_zone(out);
}

static int parse_last_octet(
	const char *text, size_t len, const struct addr *first, struct addr *last)
{
	uint64_t octet;

	if ((len > 1 && text[0] == '0') || parse_uint_n(text, len, 0, 255, &octet) != 0)
		return ERR_ADDRESS;
	*last = *first;
	last->ip[3] = (uint8_t)octet;
	return 0;
}

static int parse_last(const char *text, size_t len, const struct addr *first, struct addr *last)
{
	if (first->family == 4 && made_of(text, len, "0123456789"))
		return parse_last_octet(text, len, first, last);
	if (!memchr(text, ':', len) && !made_of(text, len, "0123456789."))
		return ERR_SYNTAX; /* "10.0.0.1-static.example.net" is a name */
	return addr_parse(text, len, last);
}

static int join(struct range *r, const struct addr *last)
{
	if (r->first.family != last->family)
		return ERR_FAMILY;
	if (r->first.scope != 0 && last->scope != 0 && r->first.scope != last->scope)
		return ERR_ZONE;
	if (r->first.scope == 0)
		r->first.scope = last->scope;
	r->last = addr_number(last);
	if (r->last < addr_number(&r->first))
		return ERR_REVERSED;
	return check_zone(r);
}

static int parse_at(const char *text, size_t len, size_t dash, struct range *out)
{
	struct addr last;
	int err;

	if (addr_parse(text, dash, &out->first) != 0)
		return ERR_SYNTAX;
	err = parse_last(text + dash + 1, len - dash - 1, &out->first, &last);
	return err ? err : join(out, &last);
}

int range_parse_ends(const char *text, size_t len, struct range *out)
{
	int first_err = ERR_SYNTAX;
	struct range r;

	/* the name of a zone may have dashes, so each dash is tried */
	for (size_t i = 0; i < len; i++) {
		int err = text[i] == '-' ? parse_at(text, len, i, &r) : ERR_SYNTAX;

		if (err == 0) {
			*out = r;
			return 0;
		}
		if (first_err == ERR_SYNTAX)
			first_err = err;
	}
	return first_err;
}
