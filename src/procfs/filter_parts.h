/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_FILTER_PARTS_H
#define PROCFS_FILTER_PARTS_H

#include "netprobe/procfs/filter.h"

enum filter_limits { FILTER_TEXT_MAX = 64 * 1024, FILTER_TESTS_MAX = 4096, FILTER_DEPTH_MAX = 64 };

/* ---- what a filter is made of */

/* What a HOST or a PORT says. */
struct filter_place {
	char *pattern;      /* of a unix socket's name; NULL: the rest holds */
	uint8_t family;     /* the socket's own; 0: either */
	struct addr *addrs; /* any of them */
	size_t count;       /* 0: whatever the address */
	unsigned bits;      /* how many of the address's count; may be more than it has */
	bool has_port;
	uint16_t port;
};

enum filter_kind { NODE_AND, NODE_OR, NODE_HOST, NODE_PORT, NODE_DEVICE, NODE_CGROUP };
enum filter_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

struct filter_node {
	enum filter_kind kind;
	enum filter_side side;
	enum filter_op op;
	bool negated;               /* the whole of it */
	struct filter_node *first;  /* NODE_AND, NODE_OR */
	struct filter_node *next;   /* of what is joined with it */
	struct filter_node *before; /* made before it */
	struct filter_place place;  /* NODE_HOST, NODE_PORT */
	uint32_t interface;         /* NODE_DEVICE */
	char *path;                 /* NODE_CGROUP */
};

#define FILTER_SIDES (FILTER_EITHER + 1)

struct filter {
	struct filter_node *made;  /* the latest of all there are */
	struct filter_node *roots; /* all of them have to hold */
	struct {
		struct filter_place *items;
		size_t count;
	} places[FILTER_SIDES];
	uint64_t *ports[FILTER_SIDES]; /* a bit each; NULL: any */
	uint32_t *users;
	size_t user_count;
	bool text_has_states, options_have_states;
	unsigned text_states, option_states;
	const char *(*cgroup_path)(void *user, uint64_t cgroup);
	void *cgroup_user;
	filter_interface interface;
	const void *interface_user;
};

/* ---- words */

enum filter_token {
	TOKEN_END,
	TOKEN_WORD, /* none of those below */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_EQ, /* in the order of enum filter_op */
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_SRC,
	TOKEN_DST,
	TOKEN_SPORT,
	TOKEN_DPORT,
	TOKEN_DEV,
	TOKEN_CGROUP,
	TOKEN_STATE,
	TOKEN_EXCLUDE,
	TOKEN_AUTOBOUND,
	TOKEN_FWMARK,
};

struct filter_lex {
	const char *text;
	enum filter_token token;
	size_t at, end;     /* of the token */
	struct strbuf word; /* the token without its backslashes */
};

/* Goes on to the next token. A `value` goes on over operators that it does not begin with. */
void filter_lex_next(struct filter_lex *lex, bool value);

/* The word that is spelt most like `given`, NULL where none is near: one that filters know, or a
 * state. */
const char *filter_near_word(const char *given);
const char *filter_near_state(const char *given);

/* An interface by name or number; NULL, or why it is none. */
const char *filter_find_interface(const struct filter *f, const char *text, uint32_t *index);

/* ---- values; 0, or a code and a line in `why` */

int filter_place_host(const struct filter *f, const char *text, enum filter_names names,
	struct filter_place *out, struct strbuf *why);
int filter_place_port(
	const char *text, enum filter_names names, struct filter_place *out, struct strbuf *why);
void filter_place_release(struct filter_place *place);

/* A unix socket's name is told of this end only. */
int filter_place_check(const struct filter_place *place, enum filter_side side, struct strbuf *why);

bool filter_place_matches(
	const struct filter_place *place, enum filter_side side, const struct socket_entry *e);

#endif
