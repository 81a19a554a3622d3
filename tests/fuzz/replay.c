/* SPDX-License-Identifier: MIT */
/* Feeds every file of a corpus folder to a harness, so that what fuzzing once found is tested for
 * ever. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static int replay(const char *folder, const char *name)
{
	static uint8_t input[INPUT_MAX];
	char path[4096];
	FILE *f;
	size_t size;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		return -1;
	size = fread(input, 1, sizeof input, f);
	fclose(f);
	return LLVMFuzzerTestOneInput(input, size);
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned count = 0;

	if (!dir) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return EXIT_FAILURE;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[1], entry->d_name) != 0)
			return EXIT_FAILURE;
		count++;
	}
	closedir(dir);
	printf("%s: %u inputs replayed\n", argv[1], count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
