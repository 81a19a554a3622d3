/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_ERR_H
#define NETPROBE_BASE_ERR_H

/*
 * Functions that can fail return 0 (or a count) on success and a negative code on failure:
 * either -errno, or one of these, which lie below every errno. err_text() says either in words.
 */
enum err_code {
	ERR_EMPTY = -5000, /* nothing was given */
	ERR_SYNTAX,        /* not of the expected form */
	ERR_NUMBER,        /* not a whole number */
	ERR_RANGE,         /* a number outside its bounds */
	ERR_REVERSED,      /* a range whose end comes before its start */
	ERR_UNIT,          /* unknown unit of time */
	ERR_TOO_LONG,      /* longer than anything of its kind can be */
	ERR_ADDRESS,       /* looks like an address and is none */
	ERR_PREFIX,        /* prefix length beyond the family's */
	ERR_ZONE,          /* no such interface in fe80::1%zone */
	ERR_NO_ZONE,       /* a link-local address without its interface */
	ERR_FAMILY,        /* of the other family, or a range over both */
	ERR_PORT,          /* a port outside 1..65535 */
	ERR_SERVICE,       /* no such service name */
	ERR_NAME,          /* not a possible host name */
	ERR_CUT,           /* ends inside of what it holds */
	ERR_DAMAGED,       /* not what its format allows */
	ERR_UNSUPPORTED,   /* of a kind or a size that is not handled */
	ERR_FILE,          /* a directory, pipe or device where a file has to be */
	ERR_HELD,          /* another run of ours writes the file */
	ERR_SILENT,        /* goes on and on, and says nothing */
	ERR_END_
};

/* Text for `code` (negative, as above), without a full stop; never NULL. Static storage. */
const char *err_text(int code);

#endif
