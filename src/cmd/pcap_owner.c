/* SPDX-License-Identifier: MIT */
#include "pcap_owner.h"

#include "pcap_owner_wire.h"

#include "netprobe/base/mem.h"
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 4096 }; /* of the last flows that were asked for; a power of two */

struct slot {
	uint64_t flow; /* 0: none */
	unsigned open; /* questions without an answer yet */
	enum side side;
	size_t count;
	struct owner owners[OWNERS_TOLD];
	char comms[OWNERS_TOLD][COMM_TOLD];
};

struct pcap_owner {
	int fd;
	pid_t child;
	struct slot slots[SLOTS];
};

/* The packets are read by who began it; it ends with that. */
static _Noreturn void live_as_child(int fd)
{
	prctl(PR_SET_NAME, "netprobe-owners");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Ctrl-C goes to both; the answers to what was seen are still wanted */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (priv_drop_but_reading() == 0)
		owner_child_run(fd);
	_exit(0);
}

struct pcap_owner *pcap_owner_new(void)
{
	struct pcap_owner *w;
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return NULL;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		live_as_child(ends[1]);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return NULL;
	}
	w = mem_alloc(1, sizeof *w);
	w->fd = ends[0];
	w->child = child;
	return w;
}

void pcap_owner_free(struct pcap_owner *w)
{
	if (!w)
		return;
	close(w->fd);
	kill(w->child, SIGKILL);
	while (waitpid(w->child, NULL, 0) < 0 && errno == EINTR)
		continue;
	free(w);
}

int pcap_owner_fd(const struct pcap_owner *w)
{
	return w->fd;
}

static struct slot *slot_of(const struct pcap_owner *w, uint64_t flow)
{
	return (struct slot *)&w->slots[flow & (SLOTS - 1)];
}

bool pcap_owner_ask(struct pcap_owner *w, const struct flow *f)
{
	struct owner_question question;
	struct slot *slot = slot_of(w, f->id);

	memset(&question, 0, sizeof question);
	question.flow = f->id;
	question.ends[CLIENT] = f->ends[CLIENT];
	question.ends[SERVER] = f->ends[SERVER];
	if (send(w->fd, &question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	if (slot->flow != f->id)
		*slot = (struct slot){.flow = f->id};
	slot->open++;
	return true;
}

static void take(struct pcap_owner *w, const struct owner_answer *answer)
{
	struct slot *slot = slot_of(w, answer->flow);

	if (slot->flow != answer->flow)
		return;
	slot->open -= slot->open > 0;
	/* what is gone by now was there */
	if (answer->told == 0)
		return;
	slot->side = answer->side == CLIENT ? CLIENT : SERVER;
	slot->count = answer->told < OWNERS_TOLD ? answer->told : OWNERS_TOLD;
	for (size_t i = 0; i < slot->count; i++) {
		memcpy(slot->comms[i], answer->owners[i].comm, COMM_TOLD);
		slot->comms[i][COMM_TOLD - 1] = '\0';
		slot->owners[i] = (struct owner){.pid = answer->owners[i].pid,
			.fd = answer->owners[i].fd,
			.comm = *slot->comms[i] ? slot->comms[i] : NULL};
	}
}

int pcap_owner_read(struct pcap_owner *w)
{
	struct owner_answer answer;

	for (;;) {
		ssize_t got = recv(w->fd, &answer, sizeof answer, MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (got != (ssize_t)sizeof answer)
			return -EPIPE;
		take(w, &answer);
	}
}

bool pcap_owner_answered(const struct pcap_owner *w, const struct flow *f)
{
	const struct slot *slot = slot_of(w, f->id);

	return slot->flow != f->id || slot->open == 0;
}

const struct owner *pcap_owner_of(
	const struct pcap_owner *w, const struct flow *f, enum side *local, size_t *count)
{
	const struct slot *slot = slot_of(w, f->id);

	if (slot->flow != f->id || slot->count == 0)
		return NULL;
	*local = slot->side;
	*count = slot->count;
	return slot->owners;
}

/* That of a server has one when it is connected. */
void pcap_owner_decided(struct pcap_owner *w, const struct flow *f)
{
	enum side local;
	size_t count;

	if (!handshake_failed(&f->handshake) && !pcap_owner_of(w, f, &local, &count))
		pcap_owner_ask(w, f);
}
