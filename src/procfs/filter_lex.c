/* SPDX-License-Identifier: MIT */
#include "filter_parts.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

#define BLANKS    " \t\n\v\f\r"
#define BRACKETS  "()"
#define JOINTS    "&|"
#define OPERATORS "=!<>"

static const struct {
	const char *word;
	enum filter_token token;
} words[] = {
	{"src", TOKEN_SRC},
	{"dst", TOKEN_DST},
	{"sport", TOKEN_SPORT},
	{"dport", TOKEN_DPORT},
	{"dev", TOKEN_DEV},
	{"cgroup", TOKEN_CGROUP},
	{"state", TOKEN_STATE},
	{"exclude", TOKEN_EXCLUDE},
	{"and", TOKEN_AND},
	{"or", TOKEN_OR},
	{"not", TOKEN_NOT},
	{"excl", TOKEN_EXCLUDE},
	{"autobound", TOKEN_AUTOBOUND},
	{"fwmark", TOKEN_FWMARK},
	{"eq", TOKEN_EQ},
	{"ne", TOKEN_NE},
	{"neq", TOKEN_NE},
	{"lt", TOKEN_LT},
	{"le", TOKEN_LE},
	{"leq", TOKEN_LE},
	{"gt", TOKEN_GT},
	{"ge", TOKEN_GE},
	{"geq", TOKEN_GE},
};

enum { KEYS = 11 }; /* those worth suggesting */

/* The longer ones first. */
static const struct {
	const char *sign;
	enum filter_token token;
} signs[] = {
	{"==", TOKEN_EQ},
	{"!=", TOKEN_NE},
	{"<=", TOKEN_LE},
	{">=", TOKEN_GE},
	{"&&", TOKEN_AND},
	{"||", TOKEN_OR},
	{"=", TOKEN_EQ},
	{"!", TOKEN_NOT},
	{"<", TOKEN_LT},
	{">", TOKEN_GT},
	{"&", TOKEN_AND},
	{"|", TOKEN_OR},
	{"(", TOKEN_OPEN},
	{")", TOKEN_CLOSE},
};

static bool take_sign(struct filter_lex *lex)
{
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		size_t len = strlen(signs[i].sign);

		if (strncmp(lex->text + lex->at, signs[i].sign, len) == 0) {
			lex->end = lex->at + len;
			lex->token = signs[i].token;
			return true;
		}
	}
	return false;
}

/* Others keep their backslash: names of systemd's units are full of them ("\x2d"). */
static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] != '\0' &&
	       strchr(BLANKS BRACKETS JOINTS OPERATORS "\\", text[1]);
}

static void take_word(struct filter_lex *lex, const char *stops)
{
	const char *at = lex->text + lex->at;

	for (; *at && !strchr(stops, *at); at++) {
		at += is_escape(at);
		strbuf_putc(&lex->word, *at);
	}
	lex->end = (size_t)(at - lex->text);
	lex->token = TOKEN_WORD;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(lex->word.text, words[i].word) == 0)
			lex->token = words[i].token;
}

void filter_lex_next(struct filter_lex *lex, bool value)
{
	lex->at = lex->end + strspn(lex->text + lex->end, BLANKS);
	lex->end = lex->at;
	strbuf_reset(&lex->word);
	if (lex->text[lex->at] == '\0')
		lex->token = TOKEN_END;
	else if (!take_sign(lex))
		take_word(lex, value ? BLANKS BRACKETS JOINTS : BLANKS BRACKETS JOINTS OPERATORS);
}

/* ---- what may have been meant */

struct nearest {
	char given[32];
	size_t distance;
	const char *word;
};

/* Compared as the words are spelt: FIN_WAIT_1 is fin-wait-1. */
static void nearest_init(struct nearest *n, const char *given)
{
	size_t len = strlen(given);

	*n = (struct nearest){0};
	if (len >= sizeof n->given)
		return;
	for (size_t i = 0; i < len; i++) {
		bool upper = given[i] >= 'A' && given[i] <= 'Z';

		n->given[i] = given[i] == '_' ? '-' : (char)(given[i] | (upper ? 0x20 : 0));
	}
	n->distance = 2 + len / 4;
}

static void nearest_try(struct nearest *n, const char *word)
{
	size_t distance;

	if (n->distance == 0)
		return;
	distance = text_distance(n->given, word);
	if (distance < n->distance && distance < strlen(word)) {
		n->distance = distance;
		n->word = word;
	}
}

const char *filter_near_word(const char *given)
{
	struct nearest n;

	nearest_init(&n, given);
	for (size_t i = 0; i < KEYS; i++)
		nearest_try(&n, words[i].word);
	return n.word;
}

const char *filter_near_state(const char *given)
{
	struct nearest n;

	nearest_init(&n, given);
	for (size_t i = 0; socket_state_words[i]; i++)
		nearest_try(&n, socket_state_words[i]);
	return n.word;
}
