/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <inttypes.h>

void number_ms(nsec_t value, char out[static NUMBER_MAX])
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	uint64_t micros = size / 1000 + (size % 1000 >= 500);
	const char *sign = value < 0 && micros > 0 ? "-" : "";

	snprintf(out, NUMBER_MAX, "%s%" PRIu64 ".%03u", sign, micros / 1000,
		(unsigned)(micros % 1000));
}

void number_trim(char *text)
{
	size_t len = strlen(text);

	if (!strchr(text, '.'))
		return;
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
}

void number_real(double value, char out[static NUMBER_MAX])
{
	snprintf(out, NUMBER_MAX, "%.15g", value);
}

void number_grouped(uint64_t value, char out[static NUMBER_MAX])
{
	char digits[NUMBER_MAX];
	size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value), len = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			out[len++] = ',';
		out[len++] = digits[i];
	}
	out[len] = '\0';
}
