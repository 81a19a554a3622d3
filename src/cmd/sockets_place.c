/* SPDX-License-Identifier: MIT */
#include "sockets_place.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/sockets.h"
#include "netprobe/net/limits.h"
#include "netprobe/priv/priv.h"
#include "netprobe/procfs/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED "/run/netns"

static void add(
	struct places *p, const char *name, struct source *source, struct if_nameindex *interfaces)
{
	p->interfaces = mem_resize(p->interfaces, p->count + 1, sizeof(struct if_nameindex *));
	p->interfaces[p->count] = interfaces;
	p->sources = mem_resize(p->sources, p->count + 1, sizeof *p->sources);
	p->names = mem_resize(p->names, p->count + 1, sizeof *p->names);
	p->sources[p->count] = source;
	p->names[p->count++] = mem_strdup(name);
}

/* The numbers are those of the namespace that the caller is in. */
static void read_context(struct places *p, const struct sockets_options *o)
{
	if (o->explain)
		findings_context_read(&p->context, o->proc ? o->proc : "/proc");
}

static int open_own(struct places *p, const struct sockets_options *o)
{
	struct source *source = source_new(o->proc, 0);

	if (!source) {
		log_error("%s/net/tcp: %s", o->proc ? o->proc : "/proc", err_text(-errno));
		return -errno;
	}
	add(p, "", source, if_nameindex());
	read_context(p, o);
	return 0;
}

/* 0 or -errno. */
static int open_inside(
	struct places *p, const struct sockets_options *o, const struct netns *n, int home)
{
	struct source *source;
	int err = n->own ? 0 : priv_enter_netns(n->fd), back = 0;

	if (err)
		return err;
	source = source_new(o->proc, 0);
	err = source ? 0 : -errno;
	if (source)
		add(p, n->name, source, if_nameindex());
	read_context(p, o);
	if (!n->own)
		back = priv_enter_netns(home);
	return err ? err : back;
}

/* Its sysctls are seen from inside only; where they are not there, defaults stand for them. */
static void read_process_context(struct places *p, const struct sockets_options *o, uint32_t pid)
{
	struct strbuf path = {0};

	strbuf_printf(&path, "%s/%" PRIu32, o->proc ? o->proc : "/proc", pid);
	if (o->explain)
		findings_context_read(&p->context, path.text);
	strbuf_release(&path);
}

/* The tables of a process's namespace can be read by whoever sees the process. */
static int open_process(struct places *p, const struct sockets_options *o)
{
	struct source *source = NULL;
	uint64_t pid;

	errno = EPERM;
	if (parse_uint(o->netns, 1, UINT32_MAX, &pid) == 0)
		source = source_new(o->proc, (uint32_t)pid);
	if (!source)
		return -errno;
	add(p, o->netns, source, NULL);
	read_process_context(p, o, (uint32_t)pid);
	return 0;
}

#define TAKES_ADMIN "takes CAP_SYS_ADMIN (sudo, or: setcap cap_sys_admin+ep netprobe)"

static const char *why_not(int err)
{
	if (err == -ENOENT)
		return "no such network namespace, and no such process";
	if ((err == -EPERM || err == -EACCES) && !priv_can_enter_netns())
		return "entering it " TAKES_ADMIN;
	return err_text(err);
}

/* 0 where one could be opened. */
static int open_each(
	struct places *p, const struct sockets_options *o, const struct netns_list *list, int home)
{
	p->left_out.reads = priv_can_read_all();
	p->left_out.enters = priv_can_enter_netns();
	p->left_out.processes = list->hidden;
	p->left_out.unreachable = list->unreadable;
	p->left_out.err = -EACCES;
	for (size_t i = 0; i < list->count; i++) {
		int err = open_inside(p, o, &list->items[i], home);

		if (!err)
			continue;
		p->left_out.unreachable++;
		p->left_out.err = err;
	}
	return p->count ? 0 : p->left_out.err;
}

static void say_hidden(const struct netns_hidden *h, bool reads)
{
	struct strbuf which = {0};

	if (h->count == 1)
		strbuf_printf(&which, "namespace of process %" PRIu32 " is", h->pid);
	else
		strbuf_printf(&which, "namespaces of %" PRIu64 " processes are", h->count);
	if (!reads)
		log_warn("the network %s not known: that takes CAP_SYS_PTRACE (sudo)", which.text);
	else if (h->count == 1)
		log_warn("the network %s not known: %s", which.text, err_text(h->err));
	else
		log_warn("the network %s not known (the first is %" PRIu32 "): %s", which.text,
			h->pid, err_text(h->err));
	strbuf_release(&which);
}

void places_say_left_out(const struct places *p)
{
	uint64_t count = p->left_out.unreachable;
	bool refused = p->left_out.err == -EPERM || p->left_out.err == -EACCES;

	if (count)
		log_warn("%" PRIu64 " network namespace%s left out: %s", count,
			count == 1 ? "" : "s",
			refused && !p->left_out.enters ? "that " TAKES_ADMIN
						       : err_text(p->left_out.err));
	if (p->left_out.processes.count)
		say_hidden(&p->left_out.processes, p->left_out.reads);
}

static int open_others(struct places *p, const struct sockets_options *o)
{
	const char *proc = o->proc ? o->proc : "/proc";
	bool every = strcmp(o->netns, "all") == 0;
	struct netns_list list = {0};
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	limits_raise_files();
	err = home < 0 ? -errno : netns_find(proc, NAMED, o->netns, &list);
	if (err == 0 && every)
		err = open_each(p, o, &list, home);
	else if (err == 0 && list.count > 0)
		err = open_inside(p, o, &list.items[0], home);
	if (!every && (err == -EPERM || err == -EACCES))
		err = open_process(p, o);
	if (err)
		log_error("--netns %s: %s", o->netns, why_not(err));
	netns_list_release(&list);
	if (home >= 0)
		close(home);
	return err ? err : p->count ? 0 : -ENOENT;
}

int places_open(struct places *p, const struct sockets_options *o)
{
	return o->netns ? open_others(p, o) : open_own(p, o);
}

void places_release(struct places *p)
{
	for (size_t i = 0; i < p->count; i++) {
		source_free(p->sources[i]);
		free((char *)p->names[i]);
		if (p->interfaces[i])
			if_freenameindex(p->interfaces[i]);
	}
	free(p->interfaces);
	free(p->sources);
	free(p->names);
}

const char *place_interface(const struct places *p, size_t place, uint32_t index)
{
	const struct if_nameindex *at = p->interfaces[place];

	while (at && at->if_index != 0 && at->if_index != index)
		at++;
	return at && at->if_index != 0 ? at->if_name : NULL;
}

static uint32_t index_of(const struct if_nameindex *at, const char *name)
{
	while (at->if_index != 0 && strcmp(at->if_name, name) != 0)
		at++;
	return at->if_index;
}

const char *places_interface(const void *places, const char *name, uint32_t *index)
{
	const struct places *p = places;

	*index = 0;
	for (size_t i = 0; i < p->count; i++) {
		uint32_t found;

		if (!p->interfaces[i])
			return "interfaces are not known by name there, only by number";
		found = index_of(p->interfaces[i], name);
		if (i > 0 && found != *index)
			return "not the same interface in each namespace";
		*index = found;
	}
	return *index ? NULL : "no such interface there";
}
