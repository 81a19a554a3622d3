/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include "netprobe/banner/url.h"
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <string.h>

static bool usual(const struct visit *v, enum protocol_id *id, bool *tls)
{
	return protocol_by_port(v->to.port, id, tls);
}

/* By --proto; what is usual on the port says whether TLS wraps it. */
static void by_option(struct visit *v)
{
	const struct grabber_options *o = &v->grabber->options;
	enum protocol_id id;
	bool tls;

	v->grab.asked = o->proto;
	v->way.ground = GROUND_OPTION;
	if (o->proto == PROTOCOL_TLS) {
		v->way.tls = true;
		return;
	}
	v->way.kind = WAY_MACHINE;
	v->way.proto = o->proto;
	if (usual(v, &id, &tls) && id == o->proto)
		v->way.tls = tls;
}

void ways_first(struct visit *v)
{
	const struct grabber_options *o = &v->grabber->options;
	enum protocol_id id;
	bool tls;

	v->way = (struct way){.kind = WAY_LISTEN};
	if (v->scheme && protocol_by_scheme(v->scheme, &id, &tls)) {
		v->grab.asked = id == PROTOCOL_UNKNOWN ? PROTOCOL_TLS : id;
		v->way = (struct way){
			id == PROTOCOL_UNKNOWN ? WAY_LISTEN : WAY_MACHINE, id, tls, GROUND_SCHEME};
	} else if (o->proto != PROTOCOL_UNKNOWN) {
		by_option(v);
	} else if (usual(v, &id, &tls)) {
		v->way = (struct way){WAY_MACHINE, id, tls, GROUND_PORT};
	}
	v->way.tls = !o->no_tls && (v->way.tls || o->tls);
}

/* --- redirects ----------------------------------------------------------------------------------
 */

static const struct fact *named(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->facts.count; i++)
		if (strcmp(m->facts.defs[i].name, name) == 0)
			return facts_get(&m->facts, i);
	return NULL;
}

/* RFC 9110, 15.4: the ones that name another place for the same thing */
static bool is_redirect(uint64_t status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void say(struct visit *v, const char *text)
{
	strbuf_reset(&v->detail);
	strbuf_puts(&v->detail, text);
}

static void remember(struct visit *v, uint64_t status, const struct url *url)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%u ", (unsigned)status);
	url_text(url, &text);
	v->redirect_urls = mem_resize(v->redirect_urls, v->redirects + 1, sizeof(char *));
	v->redirect_urls[v->redirects++] = text.text;
}

void ways_back(struct visit *v)
{
	free(v->redirect_urls[--v->redirects]);
}

static bool here(const struct visit *v, const char *host)
{
	struct addr a;

	if (v->name)
		return strcasecmp(v->name, host) == 0;
	return addr_parse(host, strlen(host), &a) == 0 && addr_same(&a, &v->to);
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = with ? mem_strdup(with) : NULL;
}

/* True where the visit goes on, now or after the lookup. */
static bool turn_to(struct visit *v, const struct url *url, nsec_t now)
{
	const struct grabber_events *events = &v->grabber->events;
	bool same = here(v, url->host);
	struct addr a = same ? v->to : url->addr;

	if (a.family && v->grabber->options.family && a.family != v->grabber->options.family) {
		say(v, "redirected to an address of the other family");
		return false;
	}
	if (!a.family && v->grabber->options.numeric) {
		say(v, "redirected to a name, and -n looks none up");
		return false;
	}
	if (a.family && events->excluded && events->excluded(events->user, &a)) {
		say(v, "redirected to an address that is left out");
		return false;
	}
	v->to = a;
	v->to.port = url->port;
	if (!same)
		replace(&v->name, a.family ? NULL : url->host);
	replace(&v->path, url->path);
	v->way.tls = strcmp(url->scheme, "https") == 0;
	if (a.family)
		visit_reopen(v, now);
	else
		visit_look_up(v, url->host, now);
	return true;
}

bool ways_follow(struct visit *v, nsec_t now)
{
	const struct grabber_options *o = &v->grabber->options;
	const struct machine *m = v->machine;
	const struct fact *status, *location;
	struct url base = {0}, url = {0};
	char literal[ADDR_TEXT_MAX];
	bool gone = false;
	int err;

	if (!o->follow || m->protocol->id != PROTOCOL_HTTP)
		return false;
	status = named(m, "status");
	location = named(m, "location");
	if (!status || !is_redirect(status->number) || !location || location->text.len == 0)
		return false;
	if (now >= v->deadline)
		return false;
	if (v->redirects == o->redirects) {
		v->grab.limit = "redirects";
		return false;
	}
	base.scheme = mem_strdup(v->tls_ready ? "https" : "http");
	base.host = mem_strdup(v->name ? v->name : addr_text(&v->to, literal));
	base.port = v->to.port;
	if (!v->name)
		base.addr = v->to;
	base.path = mem_strdup(v->path ? v->path : "/");
	err = url_join(&base, location->text.text, location->text.len, &url);
	if (err) {
		say(v, "redirected to a place that is not asked: ");
		strbuf_puts(&v->detail, err_text(err));
	} else if (o->no_tls && strcmp(url.scheme, "https") == 0) {
		say(v, "redirected to HTTPS, and no TLS is wanted");
	} else {
		remember(v, status->number, &url);
		gone = turn_to(v, &url, now);
		if (!gone)
			ways_back(v);
	}
	url_release(&base);
	url_release(&url);
	return gone;
}
