/* SPDX-License-Identifier: MIT */
#include "findings_private.h"
#include "small_file.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <stdio.h>
#include <string.h>

/* PROC/net/netstat has some 5 KB. */
enum { FILE_MAX_BYTES = 256 * 1024 };

static bool read_file(const char *proc, const char *name, struct strbuf *text)
{
	struct strbuf path = {0};
	char bytes[4096];
	size_t count;
	FILE *f;

	strbuf_reset(text);
	strbuf_printf(&path, "%s/%s", proc, name);
	f = regular_file_stream(path.text);
	strbuf_release(&path);
	if (!f)
		return false;
	while (text->len < FILE_MAX_BYTES && (count = fread(bytes, 1, sizeof bytes, f)) > 0)
		strbuf_add(text, bytes, count);
	fclose(f);
	return text->len > 0;
}

/* ---- PROC/net/netstat: lines in pairs, "TcpExt: NAME NAME ...", "TcpExt: 1 2 ..." */

struct word {
	const char *text;
	size_t len;
};

static struct word next_word(const char **at)
{
	struct word word = { *at += strspn(*at, " "), 0};

	word.len = strcspn(word.text, " \n");
	*at += word.len;
	return word;
}

static bool is_word(struct word word, const char *text)
{
	return word.len == strlen(text) && memcmp(word.text, text, word.len) == 0;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* Of both lines behind their first word. */
static uint64_t counter_below(const char *names, const char *values, const char *name)
{
	uint64_t count = 0;

	for (;;) {
		struct word heading = next_word(&names), value = next_word(&values);

		if (heading.len == 0 || value.len == 0)
			return 0;
		if (!is_word(heading, name))
			continue;
		(void)parse_uint_n(value.text, value.len, 0, UINT64_MAX, &count);
		return count;
	}
}

uint64_t netstat_counter(const char *text, const char *group, const char *name)
{
	for (const char *line = text; *line; line = next_line(line)) {
		const char *names = line, *values = next_line(line);

		if (!is_word(next_word(&names), group))
			continue;
		return is_word(next_word(&values), group) ? counter_below(names, values, name) : 0;
	}
	return 0;
}

/* ---- PROC/sys/net/ipv4 */

/* "32768\t60999\n" */
static size_t parse_numbers(const char *text, size_t most, uint64_t *out)
{
	size_t count = 0;

	for (; count < most; count++) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, " \t\n");
		if (parse_uint_n(text, len, 0, UINT32_MAX, &out[count]) != 0)
			break;
		text += len;
	}
	return count;
}

static void read_port_range(struct findings_context *out, const char *proc, struct strbuf *text)
{
	uint64_t range[2];

	if (!read_file(proc, "sys/net/ipv4/ip_local_port_range", text) ||
		parse_numbers(text->text, 2, range) != 2)
		return;
	/* there, so a missing one beside it is one that this kernel has not */
	out->syn_linear_timeouts = 0;
	if (range[0] == 0 || range[0] > range[1] || range[1] > UINT16_MAX)
		return;
	out->first_port = (uint32_t)range[0];
	out->last_port = (uint32_t)range[1];
}

static void read_number(uint32_t *out, const char *proc, const char *name, struct strbuf *text)
{
	uint64_t number;

	if (read_file(proc, name, text) && parse_numbers(text->text, 1, &number) == 1)
		*out = (uint32_t)number;
}

void findings_context_read(struct findings_context *out, const char *proc)
{
	struct strbuf text = {0};

	*out = (struct findings_context){
		.first_port = 32768,
		.last_port = 60999,
		.unprivileged_port = 1024,
		.syn_linear_timeouts = 4,
	};
	read_port_range(out, proc, &text);
	read_number(
		&out->unprivileged_port, proc, "sys/net/ipv4/ip_unprivileged_port_start", &text);
	read_number(&out->syn_linear_timeouts, proc, "sys/net/ipv4/tcp_syn_linear_timeouts", &text);
	if (read_file(proc, "net/netstat", &text))
		out->listen_overflows = netstat_counter(text.text, "TcpExt:", "ListenOverflows");
	strbuf_release(&text);
}
