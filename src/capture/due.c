/* SPDX-License-Identifier: MIT */
#include "due.h"

#include "netprobe/base/mem.h"

#define SHORTEST (NSEC_PER_SEC / 8)

void due_init(struct due *d)
{
	*d = (struct due){.next = NSEC_NEVER};
}

/* Numbers from 1 on; line 0 is none. */
static uint8_t line_for(nsec_t wait)
{
	uint8_t line = 1;

	while (line < DUE_LINES - 1 && SHORTEST << line <= wait)
		line++;
	return line;
}

void due_cancel(struct due *d, struct tracked *f)
{
	if (f->due_line == 0)
		return;
	*(f->due_before ? &f->due_before->due_after : &d->first[f->due_line]) = f->due_after;
	*(f->due_after ? &f->due_after->due_before : &d->last[f->due_line]) = f->due_before;
	f->due_line = 0;
}

void due_set(struct due *d, struct tracked *f, nsec_t now, nsec_t wait)
{
	uint8_t line = line_for(wait);
	struct tracked *last;

	due_cancel(d, f);
	last = d->last[line];
	f->due_line = line;
	f->due = now + (SHORTEST << (line - 1));
	f->due_before = last;
	f->due_after = NULL;
	*(last ? &last->due_after : &d->first[line]) = f;
	d->last[line] = f;
	if (f->due < d->next)
		d->next = f->due;
}

/* What its end will touch: those beside it in the tracker's other lists. */
static void fetch_beside(const struct tracked *f)
{
	const struct tracked *const beside[] = {
		f->older, f->younger, f->born_before, f->born_after};

	for (size_t i = 0; i < ARRAY_SIZE(beside); i++)
		if (beside[i])
			__builtin_prefetch(&beside[i]->older, 1);
}

struct tracked *due_take(struct due *d, nsec_t now)
{
	if (now < d->next)
		return NULL;
	d->next = NSEC_NEVER;
	for (unsigned line = 1; line < DUE_LINES; line++) {
		struct tracked *f = d->first[line];

		if (f && f->due <= now) {
			if (f->due_after) {
				fetch_beside(f->due_after);
				flow_fetch(f->due_after->due_after);
			}
			d->next = f->due; /* there may be more */
			due_cancel(d, f);
			return f;
		}
		if (f && f->due < d->next)
			d->next = f->due;
	}
	return NULL;
}
