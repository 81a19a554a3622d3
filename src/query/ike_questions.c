/* SPDX-License-Identifier: MIT */
/* Keys are never agreed upon: the number that is sent for them is nobody's. */
#include "ike_messages.h"
#include "parts.h"

#include "netprobe/base/mem.h"

enum { NONCE = IKE_SPI + 1, KEY };
enum { HEADER = 28, NONCE_BYTES = 32, GROUP_14 = 14, KEY_BYTES = 256 };
enum { VERSION_1 = 0x10, VERSION_2 = 0x20, MAIN_MODE = 2, SA_INIT = 34, FLAG_INITIATOR = 0x08 };
enum { PROTOCOL_IKE = 1, ATTRIBUTE = 0x8000, KEY_LENGTH = 14 };

static void header(
	struct writer *w, const struct query_token *token, uint8_t first, uint8_t version)
{
	bool two = version == VERSION_2;

	token_write(token, IKE_SPI, w, IKE_SPI_BYTES);
	writer_number(w, 0, IKE_SPI_BYTES); /* the other side's, to be told */
	writer_number(w, first, 1);
	writer_number(w, version, 1);
	writer_number(w, two ? SA_INIT : MAIN_MODE, 1);
	writer_number(w, two ? FLAG_INITIATOR : 0, 1);
	writer_number(w, 0, 8); /* message id; length, which is set at last */
}

/* Behind the substructure's own head (RFC 7296, section 3.3.2; RFC 2408, section 3.6): what
 * follows, how long it is. */
static void substructure(struct writer *w, uint8_t next, size_t len)
{
	writer_number(w, next, 1);
	writer_number(w, 0, 1);
	writer_number(w, len, 2);
}

/* Security association and its only proposal, for IKE itself. */
static void proposal(struct writer *w, size_t transforms, size_t len)
{
	substructure(w, 0, 8 + len);
	writer_number(w, 1, 1);
	writer_number(w, PROTOCOL_IKE, 1);
	writer_number(w, 0, 1); /* no SPI */
	writer_number(w, transforms, 1);
}

/* Of each kind some that every server has (IANA, "IKEv2 Transform Type Values"). */
static void association_2(struct writer *w)
{
	static const struct {
		uint8_t type, id;
		uint16_t bits; /* of the key, an attribute */
	} transforms[] = {
		{1, 12, 256},
		{1, 12, 128}, /* AES-CBC */
		{2, 5, 0},
		{2, 2, 0}, /* PRF_HMAC_SHA2_256, _SHA1 */
		{3, 12, 0},
		{3, 2, 0}, /* AUTH_HMAC_SHA2_256_128, _SHA1_96 */
		{4, GROUP_14, 0},
		{4, 19, 0},
		{4, 2, 0},
	};
	enum { COUNT = ARRAY_SIZE(transforms), ALL = COUNT * 8 + 2 * 4 };

	substructure(w, IKE_KE, 4 + 8 + ALL);
	proposal(w, COUNT, ALL);
	for (size_t i = 0; i < COUNT; i++) {
		substructure(w, i + 1 < COUNT ? 3 : 0, transforms[i].bits ? 12 : 8);
		writer_number(w, transforms[i].type, 1);
		writer_number(w, 0, 1);
		writer_number(w, transforms[i].id, 2);
		if (transforms[i].bits) {
			writer_number(w, ATTRIBUTE | KEY_LENGTH, 2);
			writer_number(w, transforms[i].bits, 2);
		}
	}
}

static size_t init(const struct query_token *token, struct writer *w)
{
	size_t start = w->len, key;

	header(w, token, IKE_SA, VERSION_2);
	association_2(w);
	substructure(w, IKE_NONCE, 8 + KEY_BYTES);
	writer_number(w, GROUP_14, 2);
	writer_number(w, 0, 2);
	key = w->len;
	token_write(token, KEY, w, KEY_BYTES);
	writer_set(w, key, 0x7f, 1); /* below the prime, which begins with ff */
	substructure(w, 0, 4 + NONCE_BYTES);
	token_write(token, NONCE, w, NONCE_BYTES);
	writer_set(w, start + HEADER - 4, w->len - start, 4);
	return w->len;
}

size_t ike_make_2(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return init(token, &(struct writer){.bytes = out});
}

/* On port 4500 four zeros tell IKE from ESP (RFC 3948, section 2.2). */
size_t ike_make_nat(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, 0, IKE_MARKER);
	return init(token, &w);
}

/* Cipher, hash, group, how to authenticate, unit of its life, its life (RFC 2409, appendix A). */
static void association_1(struct writer *w)
{
	static const struct {
		uint8_t type;
		uint16_t value;
	} attributes[][6] = {
		{{1, 7}, {2, 2}, {4, 2}, {3, 1}, {KEY_LENGTH, 128}, {11, 1}}, /* AES, shared key */
		{{1, 5}, {2, 2}, {4, 2}, {3, 1}, {11, 1}, {12, 28800}},       /* 3DES, shared key */
		{{1, 5}, {2, 2}, {4, 2}, {3, 3}, {11, 1}, {12, 28800}},       /* 3DES, RSA */
	};
	enum {
		COUNT = ARRAY_SIZE(attributes),
		EACH = ARRAY_SIZE(attributes[0]),
		LEN = 8 + 4 * EACH
	};

	substructure(w, 0, 12 + 8 + COUNT * LEN);
	writer_number(w, 1, 4); /* IPsec (RFC 2407, section 4.2) */
	writer_number(w, 1, 4); /* identity only */
	proposal(w, COUNT, (size_t)COUNT * LEN);
	for (size_t i = 0; i < COUNT; i++) {
		substructure(w, i + 1 < COUNT ? 3 : 0, LEN);
		writer_number(w, i + 1, 1);
		writer_number(w, 1, 1); /* KEY_IKE */
		writer_number(w, 0, 2);
		for (size_t a = 0; a < EACH; a++) {
			writer_number(w, ATTRIBUTE | attributes[i][a].type, 2);
			writer_number(w, attributes[i][a].value, 2);
		}
	}
}

size_t ike_make_1(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	header(&w, token, IKE_SA_1, VERSION_1);
	association_1(&w);
	writer_set(&w, HEADER - 4, w.len, 4);
	return w.len;
}
