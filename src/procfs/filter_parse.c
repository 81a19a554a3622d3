/* SPDX-License-Identifier: MIT */
#include "filter_parts.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <string.h>

enum { SHOWN_MAX = 40 };

struct parser {
	struct filter *filter;
	struct filter_lex lex;
	size_t last_at, last_end; /* the token before; empty at the beginning */
	unsigned depth;
	unsigned tests;
	enum filter_names names;
	bool has_states;
	unsigned states;
	bool joins_states; /* a clause of states is not alone at the beginning... */
	size_t states_at;  /* ... and this is the first one */
	struct strbuf *why;
	size_t *at;
};

/* Those joined by the same word. */
struct group {
	struct filter_node *first, **end;
	size_t count;
};

static void next(struct parser *p, bool value)
{
	p->last_at = p->lex.at;
	p->last_end = p->lex.end;
	filter_lex_next(&p->lex, value);
}

/* ---- errors */

__attribute__((format(printf, 4, 5))) static int fail(
	struct parser *p, size_t at, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(p->why, format, args);
	va_end(args);
	*p->at = at;
	return code;
}

static int shown(size_t from, size_t to)
{
	return to - from > SHOWN_MAX ? SHOWN_MAX : (int)(to - from);
}

static int fail_expected(struct parser *p, const char *what)
{
	if (p->last_end == p->last_at)
		return fail(p, p->lex.at, ERR_SYNTAX, "expected %s before \"%.*s\"", what,
			shown(p->lex.at, p->lex.end), p->lex.text + p->lex.at);
	return fail(p, p->lex.at, ERR_SYNTAX, "expected %s behind \"%.*s\"", what,
		shown(p->last_at, p->last_end), p->lex.text + p->last_at);
}

static int fail_unknown(struct parser *p, const char *what, const char *near)
{
	int len = p->lex.word.len > SHOWN_MAX ? SHOWN_MAX : (int)p->lex.word.len;

	return fail(p, p->lex.at, ERR_SYNTAX, "unknown %s \"%.*s\"%s%s%s", what, len,
		p->lex.word.text, near ? " (did you mean " : "", near ? near : "",
		near ? "?)" : "");
}

static int fail_states(struct parser *p, size_t at)
{
	return fail(p, at, ERR_SYNTAX,
		"states are for the whole filter: they stand before it, outside of brackets");
}

/* No test stands where one has to. */
static int fail_test(struct parser *p)
{
	switch (p->lex.token) {
	case TOKEN_WORD:
		return fail_unknown(p, "word", filter_near_word(p->lex.word.text));
	case TOKEN_STATE:
	case TOKEN_EXCLUDE:
		return fail_states(p, p->lex.at);
	case TOKEN_AUTOBOUND:
		return fail(p, p->lex.at, ERR_SYNTAX,
			"\"autobound\" cannot be known: sockets do not tell who chose their port");
	case TOKEN_FWMARK:
		return fail(p, p->lex.at, ERR_SYNTAX,
			"\"fwmark\" cannot be known: the marks of sockets are not read");
	case TOKEN_CLOSE:
		if (p->depth == 0)
			return fail(p, p->lex.at, ERR_SYNTAX, "\")\" without \"(\"");
		return fail_expected(p, "a test");
	default:
		return fail_expected(p, "a test");
	}
}

/* ---- nodes */

static struct filter_node *make(struct parser *p, enum filter_kind kind)
{
	struct filter_node *n = mem_alloc(1, sizeof *n);

	n->kind = kind;
	n->before = p->filter->made;
	p->filter->made = n;
	return n;
}

static void group_init(struct group *g)
{
	*g = (struct group){.end = &g->first};
}

static void group_add(struct group *g, struct filter_node *n)
{
	if (!n)
		return;
	*g->end = n;
	g->end = &n->next;
	g->count++;
}

/* NULL for none. */
static struct filter_node *group_node(struct parser *p, struct group *g, enum filter_kind kind)
{
	struct filter_node *n;

	if (g->count < 2)
		return g->first;
	n = make(p, kind);
	n->first = g->first;
	return n;
}

/* ---- tests */

struct key {
	enum filter_kind kind;
	enum filter_side side;
	const char *value; /* what has to follow */
	int (*read)(struct parser *p, struct filter_node *n, const char *word);
};

static int read_host(struct parser *p, struct filter_node *n, const char *word)
{
	int err = filter_place_host(p->filter, word, p->names, &n->place, p->why);

	return err ? err : filter_place_check(&n->place, n->side, p->why);
}

static int read_port(struct parser *p, struct filter_node *n, const char *word)
{
	int err = filter_place_port(word, p->names, &n->place, p->why);

	if (err || n->place.has_port || n->op == OP_EQ || n->op == OP_NE)
		return err;
	strbuf_puts(p->why, "\"*\" is neither less nor greater than a port");
	return ERR_PORT;
}

static int read_device(struct parser *p, struct filter_node *n, const char *word)
{
	const char *wrong = filter_find_interface(p->filter, word, &n->interface);

	if (!wrong)
		return 0;
	strbuf_printf(p->why, "%.*s: %s", SHOWN_MAX, word, wrong);
	return ERR_ZONE;
}

static int read_cgroup(struct parser *p, struct filter_node *n, const char *word)
{
	(void)p;
	n->path = mem_strdup(word);
	return 0;
}

static const struct key *key_of(enum filter_token token)
{
	static const struct key keys[] = {
		{NODE_HOST, FILTER_LOCAL, "an address", read_host},
		{NODE_HOST, FILTER_PEER, "an address", read_host},
		{NODE_PORT, FILTER_LOCAL, "a port", read_port},
		{NODE_PORT, FILTER_PEER, "a port", read_port},
		{NODE_DEVICE, FILTER_EITHER, "an interface", read_device},
		{NODE_CGROUP, FILTER_EITHER, "a path", read_cgroup},
	};

	return token >= TOKEN_SRC && token <= TOKEN_CGROUP ? &keys[token - TOKEN_SRC] : NULL;
}

/* None stands for "=". */
static int parse_op(struct parser *p, const struct key *key, enum filter_op *out)
{
	*out = OP_EQ;
	next(p, true);
	if (p->lex.token < TOKEN_EQ || p->lex.token > TOKEN_GE)
		return 0;
	*out = (enum filter_op)(p->lex.token - TOKEN_EQ);
	if (*out > OP_NE && key->kind != NODE_PORT)
		return fail(p, p->lex.at, ERR_SYNTAX,
			"only ports are less or greater: \"%.*s\" takes = and !=",
			shown(p->last_at, p->last_end), p->lex.text + p->last_at);
	next(p, true);
	return 0;
}

static int parse_test(struct parser *p, struct filter_node **out)
{
	const struct key *key = key_of(p->lex.token);
	struct filter_node *n;
	int err;

	if (!key)
		return fail_test(p);
	if (++p->tests > FILTER_TESTS_MAX)
		return fail(p, p->lex.at, ERR_TOO_LONG, "more than %d tests", FILTER_TESTS_MAX);
	n = make(p, key->kind);
	n->side = key->side;
	err = parse_op(p, key, &n->op);
	if (err)
		return err;
	if (p->lex.token != TOKEN_WORD)
		return fail_expected(p, key->value);
	err = key->read(p, n, p->lex.word.text);
	if (err) {
		*p->at = p->lex.at;
		return err;
	}
	next(p, false);
	*out = n;
	return 0;
}

/* ---- states */

/* ss's own way: the first word says whether it begins with none or with all. */
static int parse_states(struct parser *p, bool joined)
{
	bool adds = p->lex.token == TOKEN_STATE;
	size_t at = p->lex.at;
	unsigned states;

	if (p->depth > 0)
		return fail_states(p, at);
	next(p, false);
	if (p->lex.token != TOKEN_WORD)
		return fail_expected(p, "a state");
	states = socket_states_named(p->lex.word.text, p->lex.word.len);
	if (states == 0)
		return fail_unknown(p, "state", filter_near_state(p->lex.word.text));
	if (!p->has_states)
		p->states = adds ? 0 : SOCKET_ALL_STATES;
	p->has_states = true;
	p->states = adds ? p->states | states : p->states & ~states;
	next(p, false);
	joined |= p->lex.token == TOKEN_AND || p->lex.token == TOKEN_OR;
	if (!p->joins_states && (joined || p->tests > 0)) {
		p->joins_states = true;
		p->states_at = at;
	}
	return 0;
}

/* ---- what joins them */

static int parse_or(struct parser *p, struct filter_node **out);

static int parse_brackets(struct parser *p, struct filter_node **out)
{
	int err;

	if (p->depth == FILTER_DEPTH_MAX)
		return fail(p, p->lex.at, ERR_TOO_LONG, "more than %d brackets in each other",
			FILTER_DEPTH_MAX);
	p->depth++;
	next(p, false);
	err = parse_or(p, out);
	if (err)
		return err;
	if (p->lex.token != TOKEN_CLOSE)
		return fail(p, p->lex.at, ERR_SYNTAX, "missing )");
	p->depth--;
	next(p, false);
	return 0;
}

static int parse_term(struct parser *p, struct filter_node **out)
{
	bool negated = false;
	int err;

	for (; p->lex.token == TOKEN_NOT; next(p, false))
		negated = !negated;
	err = p->lex.token == TOKEN_OPEN ? parse_brackets(p, out) : parse_test(p, out);
	if (!err)
		(*out)->negated ^= negated;
	return err;
}

static bool ends_and(enum filter_token token)
{
	return token == TOKEN_END || token == TOKEN_CLOSE || token == TOKEN_OR;
}

static int parse_and(struct parser *p, struct filter_node **out)
{
	struct group group;
	bool joined = false;

	group_init(&group);
	do {
		bool states = p->lex.token == TOKEN_STATE || p->lex.token == TOKEN_EXCLUDE;
		struct filter_node *n = NULL;
		int err = states ? parse_states(p, joined) : parse_term(p, &n);

		if (err)
			return err;
		group_add(&group, n);
		joined = p->lex.token == TOKEN_AND;
		if (joined)
			next(p, false);
	} while (joined || !ends_and(p->lex.token));
	*out = group_node(p, &group, NODE_AND);
	return 0;
}

/* States cannot be one of several ways to match, and should not look as if they could. */
static int parse_or(struct parser *p, struct filter_node **out)
{
	struct group group;
	bool more = false;

	group_init(&group);
	for (;;) {
		struct filter_node *n = NULL;
		int err = parse_and(p, &n);

		if (err)
			return err;
		group_add(&group, n);
		if (p->lex.token != TOKEN_OR)
			break;
		more = true;
		next(p, false);
	}
	if (p->depth == 0 && more && p->joins_states)
		return fail_states(p, p->states_at);
	*out = group_node(p, &group, NODE_OR);
	return 0;
}

static int parse_all(struct parser *p, struct filter_node **out)
{
	int err;

	*out = NULL;
	if (strnlen(p->lex.text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX)
		return fail(
			p, FILTER_TEXT_MAX, ERR_TOO_LONG, "longer than %d bytes", FILTER_TEXT_MAX);
	filter_lex_next(&p->lex, false);
	if (p->lex.token == TOKEN_END)
		return 0;
	err = parse_or(p, out);
	if (!err && p->lex.token != TOKEN_END)
		err = fail_test(p);
	return err;
}

int filter_parse(
	struct filter *f, const char *text, enum filter_names names, struct strbuf *why, size_t *at)
{
	struct parser p = {.filter = f, .lex.text = text, .names = names, .why = why, .at = at};
	struct filter_node *root;
	int err;

	p.has_states = f->text_has_states;
	p.states = f->text_states;
	strbuf_init(&p.lex.word);
	err = parse_all(&p, &root);
	strbuf_release(&p.lex.word);
	if (err)
		return err;
	f->text_has_states = p.has_states;
	f->text_states = p.states;
	if (root) {
		root->next = f->roots;
		f->roots = root;
	}
	return 0;
}

bool filter_begins(const char *text)
{
	struct filter_lex lex = {.text = text};
	bool begins;

	strbuf_init(&lex.word);
	filter_lex_next(&lex, false);
	begins = lex.token == TOKEN_WORD ? socket_states_named(lex.word.text, lex.word.len) != 0
					 : lex.token != TOKEN_END;
	strbuf_release(&lex.word);
	return begins;
}
