/* SPDX-License-Identifier: MIT */
#ifndef QUERY_WIRE_H
#define QUERY_WIRE_H

#include "netprobe/query/query.h"

#include <endian.h>
#include <string.h>

/* Questions are templates with places for what a token gives, in network order. */
static inline void wire_u16(uint8_t *at, uint16_t value)
{
	value = htobe16(value);
	memcpy(at, &value, sizeof value);
}

static inline void wire_u32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof value);
}

static inline void wire_u64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof value);
}

static inline uint16_t token_u16(const struct query_token *token)
{
	return (uint16_t)token->words[0];
}

static inline uint32_t token_u32(const struct query_token *token)
{
	return (uint32_t)token->words[0];
}

/* A positive INTEGER that takes four bytes of BER, whatever the token. */
static inline uint32_t token_integer(const struct query_token *token)
{
	return (token_u32(token) & 0x3fffffff) | 0x40000000;
}

enum { TOKEN_HEX = 16 };

static inline void token_hex(const struct query_token *token, uint8_t out[static TOKEN_HEX])
{
	for (unsigned i = 0; i < TOKEN_HEX; i++)
		out[i] = (uint8_t) "0123456789ABCDEF"[token->words[0] >> (60 - 4 * i) & 15];
}

#endif
