/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/users.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	KEPT = 256,
	FIRST_ROOM = 1024,
	MAX_ROOM = 1024 * 1024,
};

struct user {
	bool asked;
	uint32_t uid;
	char *name; /* NULL: there is none */
};

/* Each uid has one place, where it displaces the one before. */
struct users {
	struct user kept[KEPT];
};

/* Where the C library keeps what an entry points to. */
struct entry {
	struct passwd passwd;
	char *room;
};

typedef int question(const void *key, struct entry *e, size_t room, struct passwd **found);

static int ask_by_uid(const void *key, struct entry *e, size_t room, struct passwd **found)
{
	return getpwuid_r(*(const uint32_t *)key, &e->passwd, e->room, room, found);
}

static int ask_by_name(const void *key, struct entry *e, size_t room, struct passwd **found)
{
	return getpwnam_r(key, &e->passwd, e->room, room, found);
}

/* A data base that does not answer has no such user either: asking it again for each row would
 * take for ever. */
static bool look_up(question *ask, const void *key, struct entry *e)
{
	struct passwd *found = NULL;
	int err = ERANGE;

	e->room = NULL;
	for (size_t room = FIRST_ROOM; err == ERANGE && room <= MAX_ROOM; room *= 2) {
		e->room = mem_resize(e->room, room, 1);
		err = ask(key, e, room, &found);
	}
	return err == 0 && found;
}

struct users *users_new(void)
{
	return mem_alloc(1, sizeof(struct users));
}

void users_free(struct users *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < KEPT; i++)
		free(u->kept[i].name);
	free(u);
}

const char *users_name(struct users *u, uint32_t uid)
{
	struct user *user = &u->kept[uid % KEPT];
	struct entry entry;

	if (user->asked && user->uid == uid)
		return user->name;
	free(user->name);
	*user = (struct user){.asked = true, .uid = uid};
	if (look_up(ask_by_uid, &uid, &entry))
		user->name = mem_strdup(entry.passwd.pw_name);
	free(entry.room);
	return user->name;
}

int user_parse(const char *text, uint32_t *uid)
{
	struct entry entry;
	uint64_t number;
	bool found;

	if (*text == '\0')
		return ERR_EMPTY;
	/* a name of digits alone goes first, as chown(1) has it */
	found = look_up(ask_by_name, text, &entry);
	if (found)
		*uid = entry.passwd.pw_uid;
	free(entry.room);
	if (found)
		return 0;
	/* (uid_t)-1 is nobody's */
	if (parse_uint(text, 0, UINT32_MAX - 1, &number) != 0)
		return ERR_NAME;
	*uid = (uint32_t)number;
	return 0;
}
