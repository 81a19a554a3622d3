/* SPDX-License-Identifier: MIT */
#include "netprobe/base/err.h"

#include <string.h>

static const char *const texts[] = {
	[ERR_EMPTY - ERR_EMPTY] = "nothing given",
	[ERR_SYNTAX - ERR_EMPTY] = "not understood",
	[ERR_NUMBER - ERR_EMPTY] = "not a whole number",
	[ERR_RANGE - ERR_EMPTY] = "out of range",
	[ERR_REVERSED - ERR_EMPTY] = "the range ends before it starts",
	[ERR_UNIT - ERR_EMPTY] = "times take ms, s or m",
	[ERR_TOO_LONG - ERR_EMPTY] = "too long",
	[ERR_ADDRESS - ERR_EMPTY] = "not an IP address",
	[ERR_PREFIX - ERR_EMPTY] = "prefix length out of range",
	[ERR_ZONE - ERR_EMPTY] = "no such interface",
	[ERR_FAMILY - ERR_EMPTY] =
		"not of the address family that is asked for, or a range of two families",
	[ERR_PORT - ERR_EMPTY] = "ports are 1 to 65535",
	[ERR_SERVICE - ERR_EMPTY] = "no such service",
	[ERR_NAME - ERR_EMPTY] = "not a host name",
};

const char *err_text(int code)
{
	if (code >= ERR_EMPTY && code < ERR_END_)
		return texts[code - ERR_EMPTY];
	return strerror(-code);
}
