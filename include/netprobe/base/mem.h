/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_MEM_H
#define NETPROBE_BASE_MEM_H

#include <stddef.h>

/*
 * Allocation that does not fail: out of memory ends the program with one line on stderr and exit
 * status 2. Memory taken on behalf of outside bytes is bounded by the caller before it is asked
 * for.
 */
void *mem_alloc(size_t count, size_t size);             /* zeroed; count * size may not overflow */
void *mem_resize(void *old, size_t count, size_t size); /* new bytes are not zeroed */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t len);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of `type` whose member `member` stands at `ptr`. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
