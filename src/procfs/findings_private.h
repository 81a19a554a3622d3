/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_FINDINGS_PRIVATE_H
#define PROCFS_FINDINGS_PRIVATE_H

#include "netprobe/procfs/findings.h"

/* What the files of findings share: the table and the grouping (findings.c), connections
 * (findings_tcp.c), data (findings_data.c), sockets that wait for others (findings_listen.c), words
 * (findings_words.c), the machine (findings_context.c). */

enum { PORTS = 65536 };

/* Who is connected to a port, over one family. */
struct port_use {
	uint32_t established, own; /* own: by this machine itself */
	uint32_t foreign;          /* from elsewhere, whatever is left of them */
};

enum { LISTENS_IPV4 = 1, LISTENS_IPV6 = 2 }; /* bits */

struct look {
	const struct socket_list *list;
	const struct findings_context *context;
	uint8_t *listens;         /* TCP ports: LISTENS_* */
	uint8_t *marks;           /* of ports; whoever uses them clears them again */
	struct port_use *uses[4]; /* of ports, see findings_port_use() */
	size_t *listeners;        /* of ports: 1 + index of one in the list, 0: none */
	size_t *next_listener;    /* of the list's: another one of the same port, likewise */
};

/* Sockets that are told of together. */
struct group {
	const struct look *look;
	const size_t *sockets;
	size_t count;
	const char *owner; /* NULL: not known */
	int which;         /* what suspects() said of each of them */
};

struct verdict {
	enum finding_severity severity;
	struct strbuf summary, next;
};

enum group_by { BY_OWNER, BY_LISTENER, BY_PATH };

struct finding_rule {
	const char *id;
	unsigned protos, states; /* bits: of the sockets that it is about */
	enum group_by by;
	/* 0: nothing is wrong with it; else which of its cases, each of which is told by itself */
	int (*suspects)(const struct look *look, const struct socket_entry *e);
	/* False: nothing is wrong with all of them together, either. */
	bool (*judge)(const struct group *g, struct verdict *out);
};

/* findings.c */
const struct socket_entry *group_entry(const struct group *g, size_t i);
struct port_use *findings_port_use(const struct look *look, const struct socket_entry *e);
/* Who is to accept the TCP connection; NULL where nobody listens there (any more). */
const struct socket_entry *findings_listener(const struct look *look, const struct socket_entry *e);

/* findings_tcp.c */
int close_wait_suspects(const struct look *look, const struct socket_entry *e);
bool close_wait_judge(const struct group *g, struct verdict *out);
int syn_sent_suspects(const struct look *look, const struct socket_entry *e);
bool syn_sent_judge(const struct group *g, struct verdict *out);
int time_wait_suspects(const struct look *look, const struct socket_entry *e);
bool time_wait_judge(const struct group *g, struct verdict *out);
int fin_wait2_suspects(const struct look *look, const struct socket_entry *e);
bool fin_wait2_judge(const struct group *g, struct verdict *out);
/* findings_data.c */
int stuck_suspects(const struct look *look, const struct socket_entry *e);
bool stuck_judge(const struct group *g, struct verdict *out);
int unread_suspects(const struct look *look, const struct socket_entry *e);
bool unread_judge(const struct group *g, struct verdict *out);
int drops_suspects(const struct look *look, const struct socket_entry *e);
bool drops_judge(const struct group *g, struct verdict *out);

/* findings_listen.c */
int accept_queue_suspects(const struct look *look, const struct socket_entry *e);
bool accept_queue_judge(const struct group *g, struct verdict *out);
int all_addresses_suspects(const struct look *look, const struct socket_entry *e);
bool all_addresses_judge(const struct group *g, struct verdict *out);
int ipv4_only_suspects(const struct look *look, const struct socket_entry *e);
bool ipv4_only_judge(const struct group *g, struct verdict *out);
int ipv6_only_suspects(const struct look *look, const struct socket_entry *e);
bool ipv6_only_judge(const struct group *g, struct verdict *out);
int low_port_suspects(const struct look *look, const struct socket_entry *e);
bool low_port_judge(const struct group *g, struct verdict *out);

/* findings_words.c */
bool is_wildcard(const struct addr *a);
bool is_own_peer(const struct socket_entry *e); /* both ends are on this machine */
bool same_peer(const struct group *g);
bool same_local(const struct group *g);
nsec_t tcp_silence(const struct tcp_facts *tcp); /* since something came from the peer, at least */

const char *say_plural(uint64_t count, const char *one, const char *many);
void say_count(struct strbuf *out, uint64_t count, const char *one, const char *many);
void say_span(struct strbuf *out, nsec_t span);            /* "63 s", rounded down */
void say_owner(struct strbuf *out, const struct group *g); /* "nginx[812]", "the program" */
/* of connections that were not accepted: who listens for them, and where; " at ..." or nothing */
void say_listener(struct strbuf *out, const struct group *g);
void say_listening_place(struct strbuf *out, const struct group *g);
void say_end(struct strbuf *out, const struct addr *a);           /* with its port */
void say_place(struct strbuf *out, const struct socket_entry *e); /* where it listens */

/* findings_context.c: the counter NAME of the lines "GROUP: ..." of PROC/net/netstat; 0 where it is
 * not there. */
uint64_t netstat_counter(const char *text, const char *group, const char *name);

#endif
