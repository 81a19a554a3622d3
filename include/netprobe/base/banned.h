/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_BANNED_H
#define NETPROBE_BASE_BANNED_H

/* Included before every source file (Makefile): functions that cannot be used safely do not
 * compile. The headers that declare them come first, or the declarations themselves would fail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* with fortification and clang these are macros, which cannot be poisoned */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll atof
#pragma GCC poison asctime ctime gmtime localtime tmpnam mktemp bcopy

#endif
