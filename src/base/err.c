/* SPDX-License-Identifier: MIT */
#include "netprobe/base/err.h"

#include <errno.h>
#include <string.h>

/* the codes count up from the first */
enum { FIRST = ERR_EMPTY };

static const char *const texts[] = {
	[ERR_EMPTY - FIRST] = "nothing given",
	[ERR_SYNTAX - FIRST] = "not understood",
	[ERR_NUMBER - FIRST] = "not a whole number",
	[ERR_RANGE - FIRST] = "out of range",
	[ERR_REVERSED - FIRST] = "the range ends before it starts",
	[ERR_UNIT - FIRST] = "times take ms, s or m",
	[ERR_TOO_LONG - FIRST] = "too long",
	[ERR_ADDRESS - FIRST] = "not an IP address",
	[ERR_PREFIX - FIRST] = "prefix length out of range",
	[ERR_ZONE - FIRST] = "no such interface",
	[ERR_NO_ZONE - FIRST] = "a link-local address needs its interface, as fe80::1%eth0 has it",
	[ERR_FAMILY - FIRST] =
		"not of the address family that is asked for, or a range of two families",
	[ERR_PORT - FIRST] = "ports are 1 to 65535",
	[ERR_SERVICE - FIRST] = "no such service",
	[ERR_NAME - FIRST] = "not a host name",
	[ERR_CUT - FIRST] = "cut short",
	[ERR_DAMAGED - FIRST] = "damaged",
	[ERR_UNSUPPORTED - FIRST] = "not supported",
	[ERR_FILE - FIRST] = "not a regular file",
	[ERR_HELD - FIRST] = "another netprobe is still writing to it",
	[ERR_SILENT - FIRST] = "nothing but empty lines and comments for 16 MiB, read no further",
};

const char *err_text(int code)
{
	if (code >= ERR_EMPTY && code < ERR_END_)
		return texts[code - FIRST];
	/* strerror() speaks of system calls, whoever pressed Ctrl-C does not */
	if (code == -EINTR)
		return "interrupted";
	return strerror(-code);
}
