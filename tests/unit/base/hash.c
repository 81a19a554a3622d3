/* SPDX-License-Identifier: MIT */
#include "netprobe/base/hash.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

#include <string.h>

/* 00 01 .. 0f, the key of the published vectors. */
static const struct hash_key counting = {
	{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

/* Of 0 to 15 bytes 00 01 02 ...; the last is the one of the paper (Appendix A). */
static const uint64_t vectors[] = {
	UINT64_C(0x726fdb47dd0e0e31),
	UINT64_C(0x74f839c593dc67fd),
	UINT64_C(0x0d6c8009d9a94f5a),
	UINT64_C(0x85676696d7fb7e2d),
	UINT64_C(0xcf2794e0277187b7),
	UINT64_C(0x18765564cd99a68d),
	UINT64_C(0xcbc9466e58fee3ce),
	UINT64_C(0xab0200f58b01d137),
	UINT64_C(0x93f5f5799a932462),
	UINT64_C(0x9e0082df0ba9e4b0),
	UINT64_C(0x7a5dbbc594ddb9f3),
	UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb),
	UINT64_C(0x14ea5627c0843d90),
	UINT64_C(0xf723ca908e7af2ee),
	UINT64_C(0xa129ca6149be45e5),
};

static const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

START_TEST(hash_is_siphash_2_4)
{
	for (size_t len = 0; len < ARRAY_SIZE(vectors); len++)
		ck_assert_uint_eq(hash_keyed(&counting, bytes, len), vectors[len]);
}
END_TEST

START_TEST(hash_does_not_care_where_the_bytes_stand)
{
	uint8_t room[32];

	for (size_t shift = 0; shift < 8; shift++) {
		memcpy(room + shift, bytes, 15);
		ck_assert_uint_eq(hash_keyed(&counting, room + shift, 15), vectors[15]);
	}
}
END_TEST

START_TEST(hash_of_nothing_is_a_hash)
{
	ck_assert_uint_eq(hash_keyed(&counting, NULL, 0), vectors[0]);
}
END_TEST

START_TEST(hash_depends_on_both_words_of_the_key)
{
	struct hash_key low = counting, high = counting;

	low.words[0]++;
	high.words[1]++;
	ck_assert_uint_ne(hash_keyed(&low, bytes, 15), vectors[15]);
	ck_assert_uint_ne(hash_keyed(&high, bytes, 15), vectors[15]);
	ck_assert_uint_ne(hash_keyed(&low, bytes, 15), hash_keyed(&high, bytes, 15));
}
END_TEST

START_TEST(hash_keys_do_not_repeat)
{
	struct hash_key a, b;

	hash_key_init(&a);
	hash_key_init(&b);
	ck_assert_uint_ne(a.words[0], b.words[0]);
	ck_assert_uint_ne(a.words[1], b.words[1]);
	ck_assert_uint_ne(a.words[0], a.words[1]);
}
END_TEST

UNIT_MAIN("base/hash", hash_is_siphash_2_4, hash_does_not_care_where_the_bytes_stand,
	hash_of_nothing_is_a_hash, hash_depends_on_both_words_of_the_key, hash_keys_do_not_repeat)
