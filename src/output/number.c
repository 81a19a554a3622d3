/* SPDX-License-Identifier: MIT */
#include "number.h"

#include "netprobe/base/decimal.h"

#include <stdio.h>
#include <string.h>

size_t number_uint(uint64_t value, char out[static NUMBER_MAX])
{
	size_t len = decimal(value, out);

	out[len] = '\0';
	return len;
}

size_t number_ms(nsec_t value, char out[static NUMBER_MAX])
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	uint64_t micros = size / 1000 + (size % 1000 >= 500);
	unsigned part = (unsigned)(micros % 1000);
	size_t len = 0;

	if (value < 0 && micros > 0)
		out[len++] = '-';
	len += number_uint(micros / 1000, out + len);
	out[len++] = '.';
	out[len++] = (char)('0' + part / 100);
	out[len++] = (char)('0' + part / 10 % 10);
	out[len++] = (char)('0' + part % 10);
	out[len] = '\0';
	return len;
}

size_t number_trim(char *text, size_t len)
{
	if (!memchr(text, '.', len))
		return len;
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return len;
}

void number_real(double value, char out[static NUMBER_MAX])
{
	snprintf(out, NUMBER_MAX, "%.15g", value);
}

void number_grouped(uint64_t value, char out[static NUMBER_MAX])
{
	char digits[NUMBER_MAX];
	size_t count = number_uint(value, digits), len = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			out[len++] = ',';
		out[len++] = digits[i];
	}
	out[len] = '\0';
}
