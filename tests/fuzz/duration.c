/* SPDX-License-Identifier: MIT */
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static bool is_parse_error(int code)
{
	return code == ERR_EMPTY || code == ERR_NUMBER || code == ERR_RANGE || code == ERR_UNIT;
}

/* What was understood, written out again, is understood as the same. */
static void check_duration(const char *text)
{
	const nsec_t untouched = -4711;
	nsec_t value = untouched, again;
	char out[64];
	int err = parse_duration(text, &value);

	if (err) {
		require(is_parse_error(err) && value == untouched);
		return;
	}
	require(value >= 0 && value <= 1000000 * NSEC_PER_SEC);
	require(strspn(text, "0123456789.ms") == strlen(text));
	snprintf(out, sizeof out, "%" PRId64 ".%06" PRId64 "ms", value / NSEC_PER_MSEC,
		value % NSEC_PER_MSEC);
	require(parse_duration(out, &again) == 0 && again == value);
}

static void check_uint(const char *text)
{
	uint64_t value = 4711, again;
	char out[64];
	int err = parse_uint(text, 10, UINT64_MAX - 10, &value);

	if (err) {
		require(is_parse_error(err) && err != ERR_UNIT && value == 4711);
		return;
	}
	require(value >= 10 && value <= UINT64_MAX - 10);
	snprintf(out, sizeof out, "%" PRIu64, value);
	require(parse_uint(out, 10, UINT64_MAX - 10, &again) == 0 && again == value);
	/* leading zeros aside it is the same text */
	text += strspn(text, "0");
	require(strcmp(text, out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	check_duration(text);
	check_uint(text);
	free(text);
	return 0;
}
