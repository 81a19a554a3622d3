/* SPDX-License-Identifier: MIT */
#include "netprobe/net/shard.h"

#include "netprobe/base/err.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/rng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AUTO "auto"

/* A variable's number. ERR_EMPTY: it is not set. */
static int variable(const char *name, uint64_t min, uint64_t *out, struct strbuf *why)
{
	const char *text = getenv(name);
	int err;

	if (!text || *text == '\0')
		return ERR_EMPTY;
	err = parse_uint(text, min, UINT32_MAX, out);
	if (err) {
		strbuf_printf(why, "%s is '%s': %s", name, text, err_text(err));
		return err == ERR_RANGE ? ERR_RANGE : ERR_SYNTAX;
	}
	return 0;
}

static int not_set(const char *name, struct strbuf *why)
{
	strbuf_printf(why, "%s is not set", name);
	return ERR_EMPTY;
}

/* An array's numbers begin anywhere, and may have steps between them. */
static int slurm(uint64_t *index, uint64_t *count, struct strbuf *why)
{
	uint64_t min, step = 1, all = 0;
	int err = variable("SLURM_ARRAY_TASK_ID", 0, index, why);

	if (err)
		return err;
	err = variable("SLURM_ARRAY_TASK_MIN", 0, &min, why);
	if (err)
		return why->len ? err : not_set("SLURM_ARRAY_TASK_MIN", why);
	err = variable("SLURM_ARRAY_TASK_STEP", 1, &step, why);
	if (err == 0 || err == ERR_EMPTY)
		err = variable("SLURM_ARRAY_TASK_COUNT", 1, &all, why);
	if (err && err != ERR_EMPTY)
		return err;
	/* such as the rest of an array that is begun anew: its tasks would be other parts */
	if (all && *count && *count != all) {
		strbuf_printf(why, "the array of this job has %" PRIu64 " task%s and not %" PRIu64,
			all, all == 1 ? "" : "s", *count);
		return ERR_RANGE;
	}
	if (all)
		*count = all;
	if (*index < min || (*index - min) % step != 0) {
		strbuf_printf(why, "SLURM_ARRAY_TASK_ID is none of the array's");
		return ERR_RANGE;
	}
	*index = (*index - min) / step;
	return 0;
}

static int of_job(uint64_t *index, uint64_t *count, struct strbuf *why)
{
	int err = slurm(index, count, why);

	if (err == ERR_EMPTY && why->len == 0)
		err = variable("JOB_COMPLETION_INDEX", 0, index, why);
	if (err == ERR_EMPTY && why->len == 0) {
		err = variable("PARALLEL_SEQ", 1, index, why);
		*index -= err == 0;
	}
	if (err == ERR_EMPTY && why->len == 0)
		strbuf_puts(why, "none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and "
				 "PARALLEL_SEQ is set");
	return err;
}

static int parse_count(const char *text, uint64_t *count, struct strbuf *why)
{
	int err = parse_uint(text, 1, UINT32_MAX, count);

	if (err == 0)
		return 0;
	strbuf_printf(why, "'%s': %s", text, err_text(err));
	return err == ERR_RANGE ? ERR_RANGE : ERR_SYNTAX;
}

static int parse_index(const char *text, size_t len, uint64_t *index, struct strbuf *why)
{
	int err = parse_uint_n(text, len, 1, UINT32_MAX, index);

	if (err == 0) {
		(*index)--;
		return 0;
	}
	strbuf_printf(why, "'%.*s': %s", (int)(len < 80 ? len : 80), text, err_text(err));
	return err == ERR_RANGE ? ERR_RANGE : ERR_SYNTAX;
}

int shard_parse(const char *text, struct shard *out, struct strbuf *why)
{
	size_t len = strcspn(text, "/");
	bool is_auto = len == strlen(AUTO) && strncmp(text, AUTO, len) == 0;
	uint64_t index = 0, count = 0;
	int err = 0;

	if (text[len] == '\0' && !is_auto) {
		strbuf_puts(why, "it is written I/N, auto/N or auto");
		return ERR_SYNTAX;
	}
	if (text[len] == '/')
		err = parse_count(text + len + 1, &count, why);
	if (err == 0)
		err = is_auto ? of_job(&index, &count, why) : parse_index(text, len, &index, why);
	if (err)
		return err;
	if (count == 0) {
		strbuf_puts(why, "the job says no number of parts: auto/N does");
		return ERR_EMPTY;
	}
	if (index >= count) {
		strbuf_printf(why, "part %" PRIu64 " of %" PRIu64, index + 1, count);
		return ERR_RANGE;
	}
	out->index = (uint32_t)index;
	out->count = (uint32_t)count;
	return 0;
}

bool shard_has(const struct shard *s, const struct addr *a, int proto)
{
	struct addr anywhere = *a;
	uint64_t hash;

	if (s->count < 2)
		return true;
	/* an interface has another index on the next machine */
	anywhere.scope = 0;
	hash = rng_mix(addr_hash(&anywhere, s->seed) ^ ((uint64_t)proto << 16 | a->port));
	return hash % s->count == s->index;
}
