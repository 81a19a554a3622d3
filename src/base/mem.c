/* SPDX-License-Identifier: MIT */
#include "netprobe/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OUT_OF_MEMORY = 2 };

static void *checked(void *p)
{
	if (p)
		return p;
	fputs("netprobe: out of memory\n", stderr);
	exit(EXIT_OUT_OF_MEMORY);
}

void *mem_alloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *old, size_t count, size_t size)
{
	return checked(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1, 1);

	memcpy(copy, text, len);
	return copy;
}
