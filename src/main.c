/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/tls.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/capture/capture.h"
#include "netprobe/cli/options.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

/* A descriptor that was closed when the program began would go to the first socket it opens. One
 * for the other direction in its place keeps what a closed one does: reading, or writing, fails. */
static void occupy_standard_files(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			_exit(EXIT_UNKNOWN);
}

/* Writes `text` to standard output and closes it, for some failures show only then. Releases text.
 */
static int print(struct strbuf *text)
{
	int status = EXIT_YES;

	if (fputs(text->text, stdout) == EOF || fclose(stdout) == EOF) {
		log_error("standard output: %s", strerror(errno));
		status = EXIT_UNKNOWN;
	}
	strbuf_release(text);
	return status;
}

static int run_program(int argc, char **argv)
{
	struct program_options options;
	struct strbuf text = {0};
	int operands;

	program.defaults(&options);
	switch (options_parse(&program, argc, argv, &options, &operands, &text)) {
	case OPTIONS_ERROR:
		usage_error(NULL, "%s", text.text);
		strbuf_release(&text);
		return EXIT_UNKNOWN;
	case OPTIONS_HELP:
		program_help(commands, &text);
		return print(&text);
	case OPTIONS_OK:
		break;
	}
	if (options.completion >= 0)
		program_completion(commands, program_shells[options.completion], &text);
	else if (options.version)
		strbuf_printf(&text, "netprobe %s\n%s\n%s\n%s\n%s\n", NETPROBE_VERSION,
			output_library_version(), tls_library_version(), capture_library_version(),
			NETPROBE_LIBRARIES);
	else
		return usage_error(NULL, "the command comes first");
	return print(&text);
}

static int run_command(
	const struct command *cmd, int argc, char **argv, const struct arguments *typed)
{
	struct arguments args = *typed;
	void *options = mem_alloc(1, cmd->options_size);
	struct strbuf prefix = {0}, text = {0};
	int status = EXIT_UNKNOWN;

	strbuf_printf(&prefix, "netprobe %s", cmd->name);
	log_setup(prefix.text, LOG_WARN);
	cmd->defaults(options);
	args.operands = argv;
	switch (options_parse(cmd, argc, argv, options, &args.operand_count, &text)) {
	case OPTIONS_ERROR:
		usage_error(cmd, "%s", text.text);
		break;
	case OPTIONS_HELP:
		options_help(cmd, &text);
		status = print(&text);
		break;
	case OPTIONS_OK:
		status = cmd->run(options, &args);
		break;
	}
	options_release(cmd, options);
	free(options);
	strbuf_release(&text);
	log_setup("netprobe", LOG_WARN);
	strbuf_release(&prefix);
	return status;
}

static int unknown_command(const char *name)
{
	const char *near = program_suggest(commands, name);

	if (near)
		return usage_error(NULL, "unknown command %s (did you mean %s?)", name, near);
	return usage_error(NULL, "unknown command %s", name);
}

int main(int argc, char **argv)
{
	struct arguments typed = {0};
	const struct command *cmd;
	char **words;
	int status;

	occupy_standard_files();
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, ""); /* for the width of text in tables */
	if (argc < 2)
		return usage_error(NULL, "no command given");
	if (argv[1][0] == '-')
		return run_program(argc - 1, argv + 1);
	cmd = command_find(argv[1]);
	if (!cmd)
		return unknown_command(argv[1]);
	typed.typed = (const char *const *)argv + 1;
	typed.typed_count = (size_t)argc - 1;
	words = mem_alloc((size_t)argc, sizeof *words); /* parsing permutes; what was typed stays */
	memcpy(words, argv, (size_t)argc * sizeof *words);
	status = run_command(cmd, argc - 2, words + 2, &typed);
	free(words);
	return status;
}
