/* SPDX-License-Identifier: MIT */
/* The bytes as a line of mountinfo, as PROC/PID/cgroup, and as a path of a cgroup. */
#include "netprobe/procfs/units.h"

#include "../../src/procfs/cgroup_text.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_path(const struct strbuf *path)
{
	must(path->text[0] == '/' && strlen(path->text) == path->len);
}

static void check_mountinfo(const char *line, size_t len)
{
	struct strbuf place = {0}, root = {0};

	if (mountinfo_cgroup2(line, len, &place, &root)) {
		check_path(&place);
		check_path(&root);
		must(memmem(line, len, " - cgroup2 ", strlen(" - cgroup2 ")));
	} else {
		must(place.len == 0 && root.len == 0);
	}
	strbuf_release(&place);
	strbuf_release(&root);
}

static void check_unit(const char *path)
{
	struct strbuf unit = {0}, again = {0}, longer = {0};
	bool found;

	strbuf_puts(&unit, ">");
	found = unit_of_path(path, &unit);
	must(unit.text[0] == '>' && (unit.len > 1) == found);
	must(!strchr(unit.text, '/') && strlen(unit.text) == unit.len);
	must(unit.len <= 1 + strlen("machine:") + strlen(path));
	/* neither what is around all of it nor a slash at its end says anything */
	strbuf_printf(&longer, "/around/%s/", path);
	strbuf_puts(&again, ">");
	must(unit_of_path(longer.text, &again) == found);
	must(strcmp(unit.text, again.text) == 0);
	strbuf_release(&unit);
	strbuf_release(&again);
	strbuf_release(&longer);
}

static void check_cgroup(const char *text, size_t len)
{
	struct strbuf path = {0};

	if (cgroup_text_path(text, len, &path)) {
		check_path(&path);
		must(!strchr(path.text, '\n'));
		check_unit(path.text);
	} else {
		must(path.len == 0);
	}
	strbuf_release(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* of the very length, so that a read beyond it is seen */
	char *text = mem_alloc(size, 1), *path = mem_alloc(size + 1, 1);

	if (size > 0) {
		memcpy(text, data, size);
		memcpy(path, data, size);
	}
	check_mountinfo(text, size);
	check_cgroup(text, size);
	check_unit(path);
	free(text);
	free(path);
	return 0;
}
