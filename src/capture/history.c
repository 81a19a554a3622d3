/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <stddef.h>

enum { UPPER = 'a' - 'A' };

/* A bit for each letter, of flow.said; 0 for what is none. */
static const uint16_t bits['z' - 'a' + 1] = {
	['s' - 'a'] = 1 << 0,
	['h' - 'a'] = 1 << 1,
	['a' - 'a'] = 1 << 2,
	['d' - 'a'] = 1 << 3,
	['f' - 'a'] = 1 << 4,
	['r' - 'a'] = 1 << 5,
	['t' - 'a'] = 1 << 6,
	['w' - 'a'] = 1 << 7,
	['g' - 'a'] = 1 << 8,
	['i' - 'a'] = 1 << 9,
	['q' - 'a'] = 1 << 10,
};

static uint16_t bit_of(char letter)
{
	return letter >= 'a' && letter <= 'z' ? bits[letter - 'a'] : 0;
}

static void put(struct flow *f, char letter)
{
	if (f->history_len < HISTORY_MAX)
		f->history[f->history_len++] = letter;
}

void history_add(struct flow *f, enum side from, char letter)
{
	uint16_t bit = bit_of(letter);

	if (bit == 0 || (f->said[from] & bit))
		return;
	f->said[from] |= bit;
	put(f, from == CLIENT ? (char)(letter - UPPER) : letter);
}

bool history_has(const struct flow *f, enum side from, char letter)
{
	return f->said[from] & bit_of(letter);
}

static char turned(char letter)
{
	if (letter == '^')
		return letter;
	return (char)(letter ^ UPPER);
}

void history_flip(struct flow *f)
{
	uint16_t client = f->said[CLIENT];

	f->said[CLIENT] = f->said[SERVER];
	f->said[SERVER] = client;
	for (size_t i = 0; i < f->history_len; i++)
		f->history[i] = turned(f->history[i]);
	put(f, '^');
}
