/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CMD_PCAP_PARSED_H
#define TESTS_UNIT_CMD_PCAP_PARSED_H

#include "../../../src/cmd/pcap_options.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/pcap.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

enum { PARSED_WORDS = 16 };

/* The options of a command line whose words are separated by blanks; options_release() is due. */
static inline enum options_result parse(struct pcap_options *o, const char *line)
{
	static char text[512]; /* texts of options point into it */
	char *argv[PARSED_WORDS], *rest = NULL;
	struct strbuf why = {0};
	enum options_result result;
	int count = 0, operands;

	snprintf(text, sizeof text, "%s", line);
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[count++] = word;
	memset(o, 0, sizeof *o);
	pcap_defaults(o);
	result = options_parse(&command_pcap, count, argv, o, &operands, &why);
	strbuf_release(&why);
	return result;
}

#endif
