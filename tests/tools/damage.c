/* SPDX-License-Identifier: MIT */
/*
 * damage cut|flip SEED <FILE >FILE: less of a file, or some of its bytes otherwise; the same for
 * the same SEED.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 24, FLIPS = 24 };

/* xorshift64* (Vigna, 2016) */
static size_t draw(uint64_t *state, size_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (size_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

/* Values at the ends of what a length, an offset or a count can be are the ones that hurt. */
static void flip(uint64_t *state, uint8_t *bytes, size_t len)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	size_t flips = 1 + draw(state, FLIPS);

	for (size_t i = 0; i < flips; i++) {
		uint8_t *at = &bytes[draw(state, len)];

		if (draw(state, 2))
			*at ^= (uint8_t)(1U << draw(state, 8));
		else
			*at = values[draw(state, sizeof values)];
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[MOST];
	size_t len = fread(bytes, 1, sizeof bytes, stdin);
	uint64_t state;

	if (argc != 3 || ferror(stdin)) {
		fputs("usage: damage cut|flip SEED <FILE >FILE\n", stderr);
		return 2;
	}
	state = strtoull(argv[2], NULL, 10) * 2654435761U + 88172645463325252U;
	for (int i = 0; i < 8; i++)
		draw(&state, 2);
	if (len > 0 && strcmp(argv[1], "cut") == 0)
		len = draw(&state, len);
	else if (len > 0)
		flip(&state, bytes, len);
	return fwrite(bytes, 1, len, stdout) == len && fflush(stdout) == 0 ? 0 : 2;
}
