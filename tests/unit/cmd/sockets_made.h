/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SOCKETS_MADE_H
#define TESTS_SOCKETS_MADE_H

#include "../../../src/cmd/sockets_owner.h"
#include "../../../src/cmd/sockets_place.h"

#include "../output/capture.h"
#include "../procfs/made_dir.h"

#include "netprobe/procfs/socket_list.h"

#include <net/if.h>

/*
 * A machine that is made up: processes in a procfs of files, and two network namespaces, of which
 * the first has lo (1) and eth0 (7), and of the second ("blue") no interface is known.
 */
struct made_machine {
	struct made_dir dir;
	struct sockets_options options;
	struct ownership *ownership; /* after made_machine_own() */
	struct if_nameindex first[3];
	struct if_nameindex *interfaces[2];
	const char *names[2];
	struct places places;
};

/* PID 1 is there, or others would count as hidden. */
static inline void made_machine_start(struct made_machine *m)
{
	*m = (struct made_machine){
		.first = {{1, (char *)"lo"}, {7, (char *)"eth0"}, {0, NULL}},
		.names = {"", "blue"},
	};
	made_dir_start(&m->dir);
	made_dir_add(&m->dir, "self");
	made_dir_puts(&m->dir, "1/comm", "init\n");
	made_dir_add(&m->dir, "1/fd");
	sockets_defaults(&m->options);
	m->options.proc = m->dir.path;
	m->interfaces[0] = m->first;
	m->places = (struct places){.names = m->names, .interfaces = m->interfaces, .count = 2};
}

/* A process with one socket more. */
static inline void made_process(
	const struct made_machine *m, unsigned pid, const char *comm, unsigned fd, unsigned inode)
{
	char name[64], text[64];

	if (comm) {
		snprintf(name, sizeof name, "%u/comm", pid);
		snprintf(text, sizeof text, "%s\n", comm);
		made_dir_puts(&m->dir, name, text);
	}
	snprintf(name, sizeof name, "%u/fd/%u", pid, fd);
	snprintf(text, sizeof text, "socket:[%u]", inode);
	made_dir_link(&m->dir, name, text);
}

static inline void made_unit(const struct made_machine *m, unsigned pid, const char *path)
{
	char name[64], text[256];

	snprintf(name, sizeof name, "%u/cgroup", pid);
	snprintf(text, sizeof text, "0::%s\n", path);
	made_dir_puts(&m->dir, name, text);
}

/* A cgroup's id, which the machine's cgroup2 file system shows under that path. */
static inline uint64_t made_cgroup(const struct made_machine *m, const char *path)
{
	char name[512], line[MADE_PATH_MAX];
	struct stat st;

	snprintf(name, sizeof name, "cgroups%s/x", path);
	made_dir_path(&m->dir, name, line);
	*strrchr(line, '/') = '\0';
	ck_assert_int_eq(stat(line, &st), 0);
	snprintf(line, sizeof line, "30 29 0:26 / %s/cgroups rw - cgroup2 cgroup2 rw\n",
		m->dir.path);
	made_dir_puts(&m->dir, "self/mountinfo", line);
	return st.st_ino;
}

static inline void made_read(struct made_machine *m)
{
	int got;

	while ((got = ownership_read(m->ownership)) == 1)
		continue;
	ck_assert_int_eq(got, 0);
}

/* Looks for the holders of these inodes; 0 ends them. */
static inline void made_machine_own(struct made_machine *m, const uint64_t *inodes)
{
	m->ownership = ownership_new(&m->options, true);
	for (; *inodes; inodes++)
		ownership_want(m->ownership, &(struct socket_entry){.inode = *inodes});
	made_read(m);
}

static inline void made_machine_end(struct made_machine *m)
{
	ownership_free(m->ownership);
	made_dir_end(&m->dir);
}

/* ---- sockets */

static inline struct addr made_addr(const char *text, uint16_t port)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	a.port = port;
	return a;
}

/* Of an address family, whichever the text is of. */
static inline struct socket_entry made_inet(enum socket_proto proto, enum socket_state state,
	const char *local, uint16_t local_port, const char *peer, uint16_t peer_port)
{
	struct socket_entry e = {.proto = (uint8_t)proto, .state = (uint8_t)state};

	e.local = made_addr(local, local_port);
	e.peer = made_addr(peer, peer_port);
	e.family = e.local.family;
	return e;
}

static inline struct socket_entry made_unix(
	int type, enum socket_state state, const char *path, size_t len)
{
	return (struct socket_entry){.proto = SOCKET_UNIX,
		.type = (uint8_t)type,
		.state = (uint8_t)state,
		.path = path,
		.path_len = len,
		.uid = SOCKET_UID_NOT_TOLD};
}

/* ---- messages */

/* stderr goes to a pipe from here on; each test is a process of its own. */
static inline int made_stderr(void)
{
	int pipes[2];

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	close(pipes[1]);
	return pipes[0];
}

static inline void made_stderr_expect(int from, const char *text)
{
	char caught[4096];
	ssize_t len = read(from, caught, sizeof caught - 1);

	caught[len < 0 ? 0 : len] = '\0';
	ck_assert_str_eq(caught, text);
}

#endif
