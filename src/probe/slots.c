/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include "netprobe/base/mem.h"

#include <errno.h>
#include <unistd.h>

static struct slot **idle_list(struct slots *s, int family)
{
	return &s->idle[family == 6];
}

static struct slot *pop_idle(struct slots *s, int family)
{
	struct slot **list = idle_list(s, family);
	struct slot *slot = *list;

	if (slot)
		*list = slot->next_idle;
	return slot;
}

/* A new descriptor in a slot; on failure the slot is left without one. */
static int equip(struct slots *s, struct slot *slot, int family)
{
	int err;

	slot->family = (uint8_t)family;
	slot->fd = s->probe->prepare(family);
	if (slot->fd < 0)
		return slot->fd;
	err = loop_watch(s->loop, slot->fd, s->probe->events, &slot->watch);
	if (err == 0)
		return 0;
	close(slot->fd);
	slot->fd = -1;
	return err;
}

static struct slot *add_slot(struct slots *s)
{
	struct slot *slot = mem_alloc(1, sizeof *slot);

	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->all = mem_resize(s->all, s->room, sizeof(struct slot *));
	}
	slot->fd = -1;
	slot->watch.ready = s->ready;
	slot->timer.expired = s->expired;
	slot->engine = s->engine;
	s->all[s->count++] = slot;
	return slot;
}

static void drop_last(struct slots *s)
{
	free(s->all[--s->count]);
}

struct slot *slots_take(struct slots *s, int family, int *err)
{
	struct slot *slot = pop_idle(s, family);

	*err = 0;
	if (slot && slot->fd >= 0)
		return slot;
	if (!slot && s->count < s->bound)
		slot = add_slot(s);
	else if (!slot && (slot = pop_idle(s, family == 6 ? 4 : 6)) && slot->fd >= 0)
		close(slot->fd);
	if (!slot)
		return NULL;
	*err = equip(s, slot, family);
	if (*err == 0)
		return slot;
	if (slot == s->all[s->count - 1])
		drop_last(s);
	else
		slots_give(s, slot, NULL);
	if (*err != -EMFILE && *err != -ENFILE)
		return NULL;
	/* fewer descriptors than the limit promised: others in this process or the system use them
	 */
	s->at_file_limit = true;
	if (s->count > 0) {
		s->bound = s->count;
		*err = 0;
	}
	return NULL;
}

void slots_give(struct slots *s, struct slot *slot, const struct answer *end)
{
	struct slot **list = idle_list(s, slot->family);

	slot->host = NULL;
	if (slot->fd >= 0 && s->probe->reset(slot->fd, end) != 0) {
		close(slot->fd);
		slot->fd = -1;
	}
	slot->next_idle = *list;
	*list = slot;
}

void slots_release(struct slots *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		timers_cancel(loop_timers(s->loop), &s->all[i]->timer);
		if (s->all[i]->fd >= 0)
			close(s->all[i]->fd);
		free(s->all[i]);
	}
	free(s->all);
	s->all = NULL;
	s->count = 0;
}
