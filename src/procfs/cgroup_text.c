/* SPDX-License-Identifier: MIT */
#include "cgroup_text.h"

#include <string.h>

struct span {
	const char *at;
	size_t len;
};

static bool is(struct span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

/* Cuts off what stands before `end`; false where it does not come. */
static bool cut(struct span *rest, char end, struct span *out)
{
	const char *stop = rest->len > 0 ? memchr(rest->at, end, rest->len) : NULL;

	if (!stop)
		return false;
	*out = (struct span){rest->at, (size_t)(stop - rest->at)};
	rest->len -= out->len + 1;
	rest->at = stop + 1;
	return true;
}

/* ---- mountinfo */

static bool is_octal(const char *digits)
{
	for (int i = 0; i < 3; i++)
		if (digits[i] < '0' || digits[i] > (i == 0 ? '3' : '7'))
			return false;
	return true;
}

/* Blanks, newlines, backslashes and # are written as \040 and so on. */
static void add_unescaped(struct strbuf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *c = s.at + i;

		if (*c != '\\' || s.len - i < 4 || !is_octal(c + 1)) {
			strbuf_putc(out, *c);
			continue;
		}
		strbuf_putc(out, (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')));
		i += 3;
	}
}

/* Optional fields, whose number nobody knows, end with a lone "-". */
static bool skip_optional(struct span *rest)
{
	struct span field;

	while (cut(rest, ' ', &field))
		if (is(field, "-"))
			return true;
	return false;
}

/* A path that has a NUL in it is none. */
static bool is_path(const struct strbuf *sb)
{
	return sb->len > 0 && sb->text[0] == '/' && strlen(sb->text) == sb->len;
}

bool mountinfo_cgroup2(const char *line, size_t len, struct strbuf *place, struct strbuf *root)
{
	struct span rest = {line, len}, field, shown, mounted, type;
	bool whole = true;

	strbuf_reset(place);
	strbuf_reset(root);
	/* mount id, parent, device */
	for (int i = 0; i < 3; i++)
		whole = whole && cut(&rest, ' ', &field);
	whole = whole && cut(&rest, ' ', &shown) && cut(&rest, ' ', &mounted);
	if (!whole || !skip_optional(&rest) || !cut(&rest, ' ', &type) || !is(type, "cgroup2"))
		return false;
	add_unescaped(place, mounted);
	add_unescaped(root, shown);
	if (is_path(place) && is_path(root))
		return true;
	strbuf_reset(place);
	strbuf_reset(root);
	return false;
}

/* ---- cgroup */

static struct span without_deleted(struct span path)
{
	static const char deleted[] = " (deleted)";
	size_t len = sizeof deleted - 1;

	if (path.len > len && memcmp(path.at + path.len - len, deleted, len) == 0)
		path.len -= len;
	return path;
}

/* "0::/PATH", "1:name=systemd:/PATH" */
static void read_line(struct span line, struct span *unified, struct span *systemd)
{
	struct span number, controllers;

	if (!cut(&line, ':', &number) || !cut(&line, ':', &controllers))
		return;
	if (line.len == 0 || line.at[0] != '/' || memchr(line.at, '\0', line.len))
		return;
	if (is(number, "0") && controllers.len == 0)
		*unified = without_deleted(line);
	else if (is(controllers, "name=systemd"))
		*systemd = without_deleted(line);
}

bool cgroup_text_path(const char *text, size_t len, struct strbuf *out)
{
	struct span rest = {text, len}, line, unified = {NULL, 0}, systemd = {NULL, 0};
	bool says_more;

	while (cut(&rest, '\n', &line))
		read_line(line, &unified, &systemd);
	says_more = unified.len == 0 || (is(unified, "/") && systemd.len > 0);
	if (says_more)
		unified = systemd;
	strbuf_add(out, unified.at, unified.len);
	return unified.len > 0;
}
