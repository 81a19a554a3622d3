/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CAPTURE_MADE_H
#define TESTS_CAPTURE_MADE_H

#include "../../../src/capture/byte_source.h"

#include "netprobe/base/strbuf.h"

#include "../unit.h"

#include <byteswap.h>
#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Capture files made by the tests themselves, in either byte order. */
struct made {
	struct strbuf bytes;
	bool swapped; /* the order that this machine does not have */
};

static inline void made_u8(struct made *m, uint8_t value)
{
	strbuf_add(&m->bytes, &value, sizeof value);
}

static inline void made_u16(struct made *m, uint16_t value)
{
	value = m->swapped ? bswap_16(value) : value;
	strbuf_add(&m->bytes, &value, sizeof value);
}

static inline void made_u32(struct made *m, uint32_t value)
{
	value = m->swapped ? bswap_32(value) : value;
	strbuf_add(&m->bytes, &value, sizeof value);
}

static inline void made_u64(struct made *m, uint64_t value)
{
	value = m->swapped ? bswap_64(value) : value;
	strbuf_add(&m->bytes, &value, sizeof value);
}

static inline void made_padded(struct made *m, const void *bytes, size_t len)
{
	strbuf_add(&m->bytes, bytes, len);
	strbuf_pad(&m->bytes, '\0', -len % 4);
}

/* ---- pcap */

enum { PCAP_HEADER = 24, PCAP_RECORD = 16 };

static inline void made_pcap(struct made *m, uint32_t magic, uint32_t linktype)
{
	made_u32(m, magic);
	made_u16(m, 2);
	made_u16(m, 4);
	made_u32(m, 0);
	made_u32(m, 0);
	made_u32(m, 65535);
	made_u32(m, linktype);
}

static inline void made_record(struct made *m, uint32_t sec, uint32_t fraction, const void *bytes,
	uint32_t len, uint32_t wire_len)
{
	made_u32(m, sec);
	made_u32(m, fraction);
	made_u32(m, len);
	made_u32(m, wire_len);
	strbuf_add(&m->bytes, bytes, len);
}

/* ---- pcapng: a block's length is known at its end */

static inline size_t made_block(struct made *m, uint32_t type)
{
	size_t at = m->bytes.len;

	made_u32(m, type);
	made_u32(m, 0);
	return at;
}

static inline void made_end(struct made *m, size_t at)
{
	uint32_t total = (uint32_t)(m->bytes.len - at + 4);

	made_u32(m, total);
	memcpy(m->bytes.text + at + 4, m->bytes.text + m->bytes.len - 4, 4);
}

static inline void made_section(struct made *m)
{
	size_t at = made_block(m, 0x0a0d0d0a);

	made_u32(m, 0x1a2b3c4d);
	made_u16(m, 1);
	made_u16(m, 0);
	made_u64(m, UINT64_MAX);
	made_end(m, at);
}

static inline void made_option(struct made *m, uint16_t code, const void *value, uint16_t len)
{
	made_u16(m, code);
	made_u16(m, len);
	made_padded(m, value, len);
}

struct made_interface {
	uint16_t link;
	uint32_t snaplen;
	const char *name; /* NULL: none */
	int resolution;   /* 0: none */
	int64_t offset;   /* 0: none */
};

static inline void made_interface(struct made *m, struct made_interface i)
{
	size_t at = made_block(m, 1);
	uint8_t resolution = (uint8_t)i.resolution;

	made_u16(m, i.link);
	made_u16(m, 0);
	made_u32(m, i.snaplen);
	if (i.name)
		made_option(m, 2, i.name, (uint16_t)strlen(i.name));
	if (i.resolution)
		made_option(m, 9, &resolution, 1);
	if (i.offset) {
		made_u16(m, 14);
		made_u16(m, 8);
		made_u64(m, (uint64_t)i.offset);
	}
	if (i.name || i.resolution || i.offset)
		made_u32(m, 0);
	made_end(m, at);
}

static inline void made_enhanced(struct made *m, uint32_t interface, uint64_t time,
	const void *bytes, uint32_t len, uint32_t wire_len)
{
	size_t at = made_block(m, 6);

	made_u32(m, interface);
	made_u32(m, (uint32_t)(time >> 32));
	made_u32(m, (uint32_t)time);
	made_u32(m, len);
	made_u32(m, wire_len);
	made_padded(m, bytes, len);
	made_end(m, at);
}

/* With epb_flags, behind a comment. */
static inline void made_flagged(
	struct made *m, uint32_t interface, uint32_t flags, const void *bytes, uint32_t len)
{
	size_t at = made_block(m, 6);

	made_u32(m, interface);
	made_u64(m, 0);
	made_u32(m, len);
	made_u32(m, len);
	made_padded(m, bytes, len);
	made_option(m, 1, "a comment", 9);
	made_u16(m, 2);
	made_u16(m, 4);
	made_u32(m, flags);
	made_u32(m, 0);
	made_end(m, at);
}

static inline void made_old(struct made *m, uint16_t interface, uint64_t time, const void *bytes,
	uint32_t len, uint32_t wire_len)
{
	size_t at = made_block(m, 2);

	made_u16(m, interface);
	made_u16(m, 3); /* drops */
	made_u32(m, (uint32_t)(time >> 32));
	made_u32(m, (uint32_t)time);
	made_u32(m, len);
	made_u32(m, wire_len);
	made_padded(m, bytes, len);
	made_end(m, at);
}

static inline void made_simple(struct made *m, const void *bytes, uint32_t len, uint32_t wire_len)
{
	size_t at = made_block(m, 3);

	made_u32(m, wire_len);
	made_padded(m, bytes, len);
	made_end(m, at);
}

/* ---- packed; `out` is added to */

enum { PACKINGS = 3 };
static const char *const packing_names[PACKINGS] = {"gzip", "zstd", "xz"};

static inline void pack(int packing, const void *bytes, size_t len, struct strbuf *out)
{
	size_t room = 2 * len + 1024, done = 0;
	uint8_t *packed = malloc(room);
	z_stream z = {0};
	ZSTD_CCtx *zstd;

	ck_assert_ptr_nonnull(packed);
	if (packing == 0) {
		ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
		z.next_in = (Bytef *)(uintptr_t)bytes;
		z.avail_in = (uInt)len;
		z.next_out = packed;
		z.avail_out = (uInt)room;
		ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		done = room - z.avail_out;
		deflateEnd(&z);
	} else if (packing == 1) {
		zstd = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1); /* as zstd(1) does */
		done = ZSTD_compress2(zstd, packed, room, bytes, len);
		ck_assert(!ZSTD_isError(done));
		ZSTD_freeCCtx(zstd);
	} else {
		ck_assert_int_eq(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, bytes, len,
					 packed, &done, room),
			LZMA_OK);
	}
	strbuf_add(out, packed, done);
	free(packed);
}

/* ---- a byte_source of bytes, a few at a time, that ends or fails */

struct fed {
	const char *bytes;
	size_t len, at, most; /* most 0: all at once */
	int failure;          /* instead of the end */
	unsigned after_end;   /* how often it was asked then */
};

static inline ssize_t fed_read(void *user, void *room, size_t size)
{
	struct fed *f = user;
	size_t left = f->len - f->at;

	if (f->most && size > f->most)
		size = f->most;
	if (left > size)
		left = size;
	if (left == 0) {
		f->after_end++;
		return f->failure;
	}
	memcpy(room, f->bytes + f->at, left);
	f->at += left;
	return (ssize_t)left;
}

static inline struct byte_source fed_source(struct fed *f)
{
	return (struct byte_source){fed_read, f};
}

#endif
