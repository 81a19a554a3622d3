/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/units.h"

#include "netprobe/base/mem.h"

#include <string.h>

enum {
	ID_DIGITS = 64,
	ID_SHOWN = 12,
};

struct part {
	const char *at;
	size_t len;
};

static bool is(struct part p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.at, word, p.len) == 0;
}

static bool begins(struct part p, const char *word)
{
	return p.len > strlen(word) && memcmp(p.at, word, strlen(word)) == 0;
}

static bool ends(struct part p, const char *word)
{
	size_t len = strlen(word);

	return p.len > len && memcmp(p.at + p.len - len, word, len) == 0;
}

static bool is_hex(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!memchr("0123456789abcdef", p.at[i], 16))
			return false;
	return true;
}

static struct part skip(struct part p, size_t len)
{
	return (struct part){p.at + len, p.len - len};
}

/* Takes off the last part of the path; an empty one where nothing is left. */
static struct part take_last(struct part *path)
{
	struct part last;

	while (path->len > 0 && path->at[path->len - 1] == '/')
		path->len--;
	last = (struct part){path->at + path->len, 0};
	while (path->len > 0 && path->at[path->len - 1] != '/') {
		path->len--;
		last.at--;
		last.len++;
	}
	return last;
}

static struct part last_of(struct part path)
{
	return take_last(&path);
}

static bool says(struct strbuf *out, const char *kind, struct part name, size_t shown)
{
	if (name.len == 0)
		return false;
	strbuf_puts(out, kind);
	strbuf_putc(out, ':');
	strbuf_add(out, name.at, name.len < shown ? name.len : shown);
	return true;
}

/* "docker-ID.scope", and without systemd "libpod-ID" */
static bool by_prefix(struct part p, struct strbuf *out)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {
		{"docker-", "docker"},
		{"libpod-", "podman"},
		{"cri-containerd-", "containerd"},
		{"nerdctl-", "containerd"},
		{"crio-", "cri-o"},
	};

	if (ends(p, ".scope"))
		p.len -= strlen(".scope");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct part id;

		if (!begins(p, kinds[i].prefix))
			continue;
		id = skip(p, strlen(kinds[i].prefix));
		return id.len >= ID_SHOWN && is_hex(id) && says(out, kinds[i].kind, id, ID_SHOWN);
	}
	return false;
}

/* "kubepods-...slice:cri-containerd:ID": a name for systemd where there is no systemd */
static bool by_colons(struct part p, struct strbuf *out)
{
	static const char between[] = ":cri-containerd:";
	const char *found = memmem(p.at, p.len, between, sizeof between - 1);
	struct part id;

	if (!found)
		return false;
	id = skip(p, (size_t)(found - p.at) + sizeof between - 1);
	return id.len >= ID_SHOWN && is_hex(id) && says(out, "containerd", id, ID_SHOWN);
}

static bool is_pod(struct part path)
{
	struct part p;

	while ((p = take_last(&path)).len > 0)
		if (is(p, "kubepods") || begins(p, "kubepods-") || begins(p, "kubepods."))
			return true;
	return false;
}

/* "/docker/ID", "/kubepods/burstable/podUID/ID": the ID alone, told by what is around it */
static bool by_place(struct part p, struct part above, struct strbuf *out)
{
	if (p.len != ID_DIGITS || !is_hex(p))
		return false;
	if (is(last_of(above), "docker"))
		return says(out, "docker", p, ID_SHOWN);
	return is_pod(above) && says(out, "containerd", p, ID_SHOWN);
}

static bool as_lxc(struct part p, struct part above, struct strbuf *out)
{
	static const char payload[] = "lxc.payload.";

	if (begins(p, payload))
		return says(out, "lxc", skip(p, sizeof payload - 1), SIZE_MAX);
	above = last_of(above);
	return (is(above, "lxc") || is(above, "lxc.payload")) && says(out, "lxc", p, SIZE_MAX);
}

static bool as_machine(struct part p, struct strbuf *out)
{
	static const char machine[] = "machine-", scope[] = ".scope";

	if (!begins(p, machine) || !ends(p, scope))
		return false;
	p = skip(p, sizeof machine - 1);
	p.len -= sizeof scope - 1;
	return says(out, "machine", p, SIZE_MAX);
}

static bool as_unit(struct part p, struct strbuf *out)
{
	static const char *const kinds[] = {".service", ".scope", ".socket", ".mount", ".swap"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (ends(p, kinds[i])) {
			strbuf_add(out, p.at, p.len);
			return true;
		}
	return false;
}

bool unit_of_path(const char *path, struct strbuf *out)
{
	struct part above = {path, strlen(path)}, p;
	bool init = false;

	while ((p = take_last(&above)).len > 0) {
		/* where a manager keeps itself, which says less than whose manager it is */
		if (is(p, "init.scope"))
			init = true;
		else if (by_prefix(p, out) || by_colons(p, out) || by_place(p, above, out) ||
			 as_lxc(p, above, out) || as_machine(p, out) || as_unit(p, out))
			return true;
	}
	if (init)
		strbuf_puts(out, "init.scope");
	return init;
}
