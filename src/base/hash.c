/* SPDX-License-Identifier: MIT */
#include "netprobe/base/hash.h"

#include "netprobe/base/rng.h"

#include <endian.h>
#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(struct state *s, unsigned count)
{
	while (count--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void mix(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	rounds(s, 2);
	s->v0 ^= word;
}

/* Up to 8 bytes as a little-endian number; those that are not there are 0. */
static uint64_t load(const uint8_t *at, size_t len)
{
	uint64_t word = 0;

	if (len)
		memcpy(&word, at, len);
	return le64toh(word);
}

void hash_key_init(struct hash_key *key)
{
	key->words[0] = rng_seed();
	key->words[1] = rng_seed();
}

uint64_t hash_keyed(const struct hash_key *key, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	size_t left = len;
	struct state s = {
		/* "somepseudorandomlygeneratedbytes" */
		key->words[0] ^ UINT64_C(0x736f6d6570736575),
		key->words[1] ^ UINT64_C(0x646f72616e646f6d),
		key->words[0] ^ UINT64_C(0x6c7967656e657261),
		key->words[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; left >= 8; at += 8, left -= 8)
		mix(&s, load(at, 8));
	mix(&s, (uint64_t)len << 56 | load(at, left));
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
