/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_USERS_H
#define NETPROBE_PROCFS_USERS_H

#include <stdint.h>

/* Names of users, each asked for once (getpwuid_r(3)), those that are not there as well; the table
 * is kept small by forgetting. */
struct users;

struct users *users_new(void);
void users_free(struct users *u);
const char *users_name(struct users *u, uint32_t uid); /* NULL: no such user; valid until the next
							  call */

/* A name or a number to a uid; a name of digits alone goes before the number. 0, ERR_EMPTY or
 * ERR_NAME. */
int user_parse(const char *text, uint32_t *uid);

#endif
