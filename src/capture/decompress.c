/* SPDX-License-Identifier: MIT */
#include "decompress.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <lzma.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	MAGIC_MAX = 6,
	STALLS_MAX = 16,
	WINDOW_LOG_MAX = 27, /* 128 MiB: what zstd(1) takes without being asked for more */
	GZIP_ONLY = 16,      /* added to the window's bits (zlib.h, inflateInit2) */
};

static const uint64_t xz_memory_max = 128 << 20; /* xz -9 takes 65 MiB */

/* A way of packing: how it begins, and three functions around the library's state. */
struct way {
	const char *name;
	size_t len;
	uint8_t magic[MAGIC_MAX];
	uint8_t first_mask; /* of the first byte */
	int (*begin)(struct decompress *d);
	int (*step)(struct decompress *d, uint8_t *room, size_t size, size_t *got);
	void (*end)(struct decompress *d);
};

struct decompress {
	struct byte_source from;
	const struct way *way; /* NULL: not packed */
	union {
		z_stream gzip;
		ZSTD_DStream *zstd;
		lzma_stream xz;
	};
	bool looked;  /* at the magic */
	bool ended;   /* the source */
	bool between; /* two packed streams: the source may end here */
	int failed;
	size_t at, fill; /* in[at..fill) is unread */
	uint8_t in[1 << 17];
};

/* ---- gzip (RFC 1952) */

static int gzip_begin(struct decompress *d)
{
	return inflateInit2(&d->gzip, MAX_WBITS + GZIP_ONLY) == Z_OK ? 0 : -ENOMEM;
}

/* Tapes and block devices fill the rest of a block up. */
static void skip_zeros(struct decompress *d)
{
	while (d->at < d->fill && d->in[d->at] == 0)
		d->at++;
}

static int gzip_step(struct decompress *d, uint8_t *room, size_t size, size_t *got)
{
	uInt most = size < UINT32_MAX ? (uInt)size : UINT32_MAX;
	int result;

	if (d->between)
		skip_zeros(d);
	if (d->between && d->at == d->fill)
		return 0;
	d->gzip.next_in = d->in + d->at;
	d->gzip.avail_in = (uInt)(d->fill - d->at);
	d->gzip.next_out = room;
	d->gzip.avail_out = most;
	result = inflate(&d->gzip, Z_NO_FLUSH);
	d->at = d->fill - d->gzip.avail_in;
	*got = most - d->gzip.avail_out;
	d->between = result == Z_STREAM_END;
	if (d->between)
		result = inflateReset(&d->gzip);
	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : ERR_DAMAGED;
}

static void gzip_end(struct decompress *d)
{
	inflateEnd(&d->gzip);
}

/* ---- zstd (RFC 8878) */

static int zstd_begin(struct decompress *d)
{
	d->zstd = ZSTD_createDStream();
	if (!d->zstd)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return 0;
}

static int zstd_error(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_version_unsupported:
	case ZSTD_error_dictionary_wrong:
		return ERR_UNSUPPORTED;
	default:
		return ERR_DAMAGED;
	}
}

static int zstd_step(struct decompress *d, uint8_t *room, size_t size, size_t *got)
{
	ZSTD_inBuffer in = {d->in, d->fill, d->at};
	ZSTD_outBuffer out = {room, size, 0};
	size_t result = ZSTD_decompressStream(d->zstd, &out, &in);

	d->at = in.pos;
	*got = out.pos;
	if (ZSTD_isError(result))
		return zstd_error(result);
	d->between = result == 0;
	return 0;
}

static void zstd_end(struct decompress *d)
{
	ZSTD_freeDStream(d->zstd);
}

/* ---- xz */

static int xz_begin(struct decompress *d)
{
	d->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&d->xz, xz_memory_max, LZMA_CONCATENATED) == LZMA_OK ? 0
											: -ENOMEM;
}

static int xz_error(lzma_ret result)
{
	switch (result) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR: /* no progress, which is seen without it */
		return 0;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
	case LZMA_OPTIONS_ERROR:
		return ERR_UNSUPPORTED;
	default:
		return ERR_DAMAGED;
	}
}

static int xz_step(struct decompress *d, uint8_t *room, size_t size, size_t *got)
{
	lzma_ret result;

	d->xz.next_in = d->in + d->at;
	d->xz.avail_in = d->fill - d->at;
	d->xz.next_out = room;
	d->xz.avail_out = size;
	result = lzma_code(&d->xz, d->ended ? LZMA_FINISH : LZMA_RUN);
	d->at = d->fill - d->xz.avail_in;
	*got = size - d->xz.avail_out;
	d->between = result == LZMA_STREAM_END;
	return xz_error(result);
}

static void xz_end(struct decompress *d)
{
	lzma_end(&d->xz);
}

/* ---- which of them */

static const struct way ways[] = {
	{"gzip", 2, {0x1f, 0x8b}, 0xff, gzip_begin, gzip_step, gzip_end},
	{"zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}, 0xff, zstd_begin, zstd_step, zstd_end},
	/* a frame to be skipped, which pzstd(1) begins with */
	{"zstd", 4, {0x50, 0x2a, 0x4d, 0x18}, 0xf0, zstd_begin, zstd_step, zstd_end},
	{"xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}, 0xff, xz_begin, xz_step, xz_end},
};

static bool begins_as(const struct decompress *d, const struct way *way)
{
	return d->fill >= way->len && (d->in[0] & way->first_mask) == way->magic[0] &&
	       memcmp(d->in + 1, way->magic + 1, way->len - 1) == 0;
}

/* 0 with more bytes or at the end of the source, or its error. */
static int refill(struct decompress *d, size_t room)
{
	ssize_t got = d->from.read(d->from.user, d->in + d->fill, room);

	if (got < 0)
		return (int)got;
	d->ended = got == 0;
	d->fill += (size_t)got;
	return 0;
}

static int look(struct decompress *d)
{
	int err = 0;

	while (!err && !d->ended && d->fill < MAGIC_MAX)
		err = refill(d, sizeof d->in - d->fill);
	if (err)
		return err;
	d->looked = true;
	for (size_t i = 0; i < ARRAY_SIZE(ways) && !d->way; i++)
		if (begins_as(d, &ways[i]))
			d->way = &ways[i];
	if (d->way)
		err = d->way->begin(d);
	if (err)
		d->way = NULL;
	return err;
}

/* ---- reading */

static ssize_t read_plain(struct decompress *d, void *room, size_t size)
{
	size_t left = d->fill - d->at;

	if (left == 0)
		return d->from.read(d->from.user, room, size);
	if (left > size)
		left = size;
	memcpy(room, d->in + d->at, left);
	d->at += left;
	return (ssize_t)left;
}

/* One call of the library, which has input unless the source has ended. Without input and output
 * it waits for what will not come. */
static int unpack(struct decompress *d, void *room, size_t size, size_t *got, unsigned *stalls)
{
	size_t before = d->at;
	int err = d->way->step(d, room, size, got);

	if (err || *got > 0 || d->at > before || (d->between && d->at == d->fill))
		return err;
	if (d->at == d->fill)
		return ERR_CUT;
	return ++*stalls > STALLS_MAX ? ERR_DAMAGED : 0;
}

static int read_packed(struct decompress *d, void *room, size_t size, size_t *got)
{
	unsigned stalls = 0;
	int err = 0;

	while (!err && *got == 0) {
		if (d->at == d->fill && !d->ended) {
			d->at = d->fill = 0;
			err = refill(d, sizeof d->in);
		}
		if (d->at == d->fill && d->ended && d->between)
			break;
		if (!err)
			err = unpack(d, room, size, got, &stalls);
	}
	return err;
}

ssize_t decompress_read(struct decompress *d, void *room, size_t size)
{
	size_t got = 0;

	if (!d->failed && !d->looked)
		d->failed = look(d);
	if (d->failed)
		return d->failed;
	if (!d->way)
		return read_plain(d, room, size);
	d->failed = read_packed(d, room, size, &got);
	return got > 0 ? (ssize_t)got : d->failed;
}

bool decompress_drained(const struct decompress *d)
{
	return d->at == d->fill;
}

const char *decompress_name(const struct decompress *d)
{
	return d->way ? d->way->name : NULL;
}

struct decompress *decompress_new(struct byte_source from)
{
	struct decompress *d = mem_alloc(1, sizeof *d);

	d->from = from;
	return d;
}

void decompress_free(struct decompress *d)
{
	if (!d)
		return;
	if (d->way)
		d->way->end(d);
	free(d);
}

const char *decompress_library_versions(void)
{
	static char text[96];

	snprintf(text, sizeof text, "zlib %s, libzstd %s, liblzma %s", zlibVersion(),
		ZSTD_versionString(), lzma_version_string());
	return text;
}
