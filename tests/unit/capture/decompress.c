/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/decompress.h"

#include "netprobe/base/err.h"

#include "made.h"

static const size_t steps[] = {1, 7, 1000, 1 << 20};

enum { STEPS = sizeof steps / sizeof steps[0] };

/* Everything that comes out, and how it ended. */
static int unpack_all(struct fed *from, size_t room, struct strbuf *out)
{
	struct decompress *d = decompress_new(fed_source(from));
	char *bytes = malloc(room);
	ssize_t got;

	ck_assert_ptr_nonnull(bytes);
	while ((got = decompress_read(d, bytes, room)) > 0)
		strbuf_add(out, bytes, (size_t)got);
	/* and so it stays */
	ck_assert_int_eq(decompress_read(d, bytes, room), got);
	free(bytes);
	decompress_free(d);
	return (int)got;
}

static void assert_unpacks(const struct strbuf *packed, int result, const void *bytes, size_t len)
{
	for (size_t i = 0; i < STEPS; i++)
		for (size_t j = 0; j < STEPS; j++) {
			struct fed from = {
				.bytes = packed->text, .len = packed->len, .most = steps[i]};
			struct strbuf out = {0};

			ck_assert_int_eq(unpack_all(&from, steps[j], &out), result);
			ck_assert_uint_eq(out.len, len);
			ck_assert(len == 0 || memcmp(out.text, bytes, len) == 0);
			strbuf_release(&out);
		}
}

/* Neither all the same nor all different. */
static void some_bytes(struct strbuf *out, size_t len)
{
	uint32_t x = 1;

	while (out->len < len) {
		x = x * 1664525 + 1013904223;
		strbuf_pad(out, (char)(x >> 24), 1 + (x >> 16) % 5);
	}
	out->len = len;
}

START_TEST(decompress_gives_what_is_not_packed_as_it_is)
{
	struct strbuf bytes = {0};

	for (size_t len = 0; len < 12; len++) {
		strbuf_reset(&bytes);
		strbuf_add(&bytes, "\xd4\xc3\xb2\xa1whatever", len);
		assert_unpacks(&bytes, 0, bytes.text, len);
	}
	some_bytes(&bytes, 5000);
	assert_unpacks(&bytes, 0, bytes.text, bytes.len);
	strbuf_release(&bytes);
}
END_TEST

START_TEST(decompress_unpacks_whatever_the_pieces_are)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf bytes = {0}, packed = {0};

		some_bytes(&bytes, 3000);
		pack(packing, bytes.text, bytes.len, &packed);
		assert_unpacks(&packed, 0, bytes.text, bytes.len);
		strbuf_release(&bytes);
		strbuf_release(&packed);
	}
}
END_TEST

START_TEST(decompress_unpacks_more_than_its_own_room)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf bytes = {0}, packed = {0}, out = {0};
		struct fed from;

		some_bytes(&bytes, 1 << 20);
		pack(packing, bytes.text, bytes.len, &packed);
		ck_assert_uint_gt(packed.len, 1 << 18);
		from = (struct fed){.bytes = packed.text, .len = packed.len};
		ck_assert_int_eq(unpack_all(&from, 1 << 16, &out), 0);
		ck_assert_uint_eq(out.len, bytes.len);
		ck_assert(memcmp(out.text, bytes.text, out.len) == 0);
		strbuf_release(&bytes);
		strbuf_release(&packed);
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(decompress_takes_members_in_a_row_as_one)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0};

		pack(packing, "one ", 4, &packed);
		pack(packing, "", 0, &packed);
		pack(packing, "two", 3, &packed);
		assert_unpacks(&packed, 0, "one two", 7);
		strbuf_release(&packed);
	}
}
END_TEST

START_TEST(decompress_names_the_packing)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0};
		struct fed from;
		struct decompress *d;
		char room[8];

		pack(packing, "hello", 5, &packed);
		from = (struct fed){.bytes = packed.text, .len = packed.len};
		d = decompress_new(fed_source(&from));
		ck_assert_ptr_null(decompress_name(d));
		ck_assert_int_eq(decompress_read(d, room, sizeof room), 5);
		ck_assert_str_eq(decompress_name(d), packing_names[packing]);
		decompress_free(d);
		strbuf_release(&packed);
	}
}
END_TEST

START_TEST(decompress_passes_over_frames_that_zstd_skips)
{
	struct strbuf packed = {0};

	strbuf_add(&packed, "\x5a\x2a\x4d\x18\x03\0\0\0abc", 11);
	pack(1, "hello", 5, &packed);
	assert_unpacks(&packed, 0, "hello", 5);
	strbuf_release(&packed);
}
END_TEST

START_TEST(decompress_gives_what_was_before_a_cut_at_any_place)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf bytes = {0}, packed = {0};
		size_t first;

		some_bytes(&bytes, 600);
		pack(packing, bytes.text, 400, &packed);
		first = packed.len;
		pack(packing, bytes.text + 400, 200, &packed);
		for (size_t len = 6; len < packed.len; len++) {
			struct fed from = {.bytes = packed.text, .len = len};
			struct strbuf out = {0};

			ck_assert_int_eq(unpack_all(&from, 100, &out), len == first ? 0 : ERR_CUT);
			ck_assert_uint_ge(out.len, len < first ? 0 : 400);
			ck_assert_uint_le(out.len, len > first ? 600 : 400);
			ck_assert(out.len == 0 || memcmp(out.text, bytes.text, out.len) == 0);
			strbuf_release(&out);
		}
		strbuf_release(&bytes);
		strbuf_release(&packed);
	}
}
END_TEST

START_TEST(decompress_tells_a_broken_stream)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf bytes = {0}, packed = {0}, out = {0};
		struct fed from;

		some_bytes(&bytes, 5000);
		pack(packing, bytes.text, bytes.len, &packed);
		memset(packed.text + packed.len / 2, 0xff, 32);
		from = (struct fed){.bytes = packed.text, .len = packed.len};
		ck_assert_int_eq(unpack_all(&from, 1000, &out), ERR_DAMAGED);
		strbuf_release(&bytes);
		strbuf_release(&packed);
		strbuf_release(&out);
	}
}
END_TEST

START_TEST(decompress_tells_what_stands_behind_and_is_not_packed)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct strbuf packed = {0};

		pack(packing, "hello", 5, &packed);
		strbuf_puts(&packed, "no such stream at all");
		assert_unpacks(&packed, ERR_DAMAGED, "hello", 5);
		strbuf_release(&packed);
	}
}
END_TEST

START_TEST(decompress_takes_zeros_behind_gzip_for_a_block_filled_up)
{
	struct strbuf packed = {0};

	pack(0, "one", 3, &packed);
	strbuf_pad(&packed, '\0', 500);
	pack(0, "two", 3, &packed);
	strbuf_pad(&packed, '\0', 1);
	assert_unpacks(&packed, 0, "onetwo", 6);
	strbuf_release(&packed);
}
END_TEST

START_TEST(decompress_refuses_a_window_of_zstd_beyond_128_mib)
{
	/* RFC 8878, 3.1.1.1: no content size, a window of 2^27 or 2^28, a raw last block of 1 byte
	 */
	char frame[] = "\x28\xb5\x2f\xfd\x00\x88\x09\x00\x00x";
	struct strbuf packed = {0};

	strbuf_add(&packed, frame, sizeof frame - 1);
	assert_unpacks(&packed, 0, "x", 1);
	packed.text[5] = (char)0x90;
	assert_unpacks(&packed, ERR_UNSUPPORTED, "", 0);
	strbuf_release(&packed);
}
END_TEST

/* The size of the dictionary stands behind the number of LZMA2 and its length, in a block's header
 * with a checksum of its own. */
START_TEST(decompress_refuses_a_dictionary_of_xz_beyond_128_mib)
{
	const size_t block = 12;
	struct strbuf packed = {0};
	char *dictionary;
	uint32_t sum;
	size_t size;

	pack(2, "x", 1, &packed);
	size = ((uint8_t)packed.text[block] + 1) * 4UL;
	dictionary = memmem(packed.text + block, size, "\x21\x01", 2);
	ck_assert_ptr_nonnull(dictionary);
	for (char code = 28; code <= 32; code += 4) { /* 64 and 256 MiB */
		dictionary[2] = code;
		sum = lzma_crc32((uint8_t *)packed.text + block, size - 4, 0);
		memcpy(packed.text + block + size - 4, &sum, sizeof sum);
		if (code == 28)
			assert_unpacks(&packed, 0, "x", 1);
		else
			assert_unpacks(&packed, ERR_UNSUPPORTED, "", 0);
	}
	strbuf_release(&packed);
}
END_TEST

START_TEST(decompress_says_what_the_source_said_after_what_came)
{
	struct strbuf packed = {0}, out = {0};
	struct fed from = {.bytes = "plain bytes", .len = 11, .most = 4, .failure = -EIO};

	ck_assert_int_eq(unpack_all(&from, 100, &out), -EIO);
	ck_assert_str_eq(out.text, "plain bytes");
	for (int packing = 0; packing < PACKINGS; packing++) {
		strbuf_reset(&packed);
		strbuf_reset(&out);
		pack(packing, "hello", 5, &packed);
		from = (struct fed){.bytes = packed.text, .len = packed.len, .failure = -EINTR};
		ck_assert_int_eq(unpack_all(&from, 100, &out), -EINTR);
		ck_assert_str_eq(out.text, "hello");
	}
	strbuf_release(&packed);
	strbuf_release(&out);
}
END_TEST

START_TEST(decompress_says_with_which_libraries)
{
	const char *text = decompress_library_versions();

	ck_assert_int_eq(strncmp(text, "zlib 1.", 7), 0);
	ck_assert_ptr_nonnull(strstr(text, ", libzstd 1."));
	ck_assert_ptr_nonnull(strstr(text, ", liblzma 5."));
}
END_TEST

UNIT_MAIN("capture/decompress", decompress_gives_what_is_not_packed_as_it_is,
	decompress_unpacks_whatever_the_pieces_are, decompress_unpacks_more_than_its_own_room,
	decompress_takes_members_in_a_row_as_one, decompress_names_the_packing,
	decompress_passes_over_frames_that_zstd_skips,
	decompress_gives_what_was_before_a_cut_at_any_place, decompress_tells_a_broken_stream,
	decompress_tells_what_stands_behind_and_is_not_packed,
	decompress_takes_zeros_behind_gzip_for_a_block_filled_up,
	decompress_refuses_a_window_of_zstd_beyond_128_mib,
	decompress_refuses_a_dictionary_of_xz_beyond_128_mib,
	decompress_says_what_the_source_said_after_what_came, decompress_says_with_which_libraries)
