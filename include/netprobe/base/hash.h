/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_HASH_H
#define NETPROBE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t words[2];
};

/* 128 bits that nobody can guess, from getrandom(2). */
void hash_key_init(struct hash_key *key);

/* SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits that cannot be made without the key. */
uint64_t hash_keyed(const struct hash_key *key, const void *bytes, size_t len);

#endif
