/* SPDX-License-Identifier: MIT */
#ifndef QUERY_BACNET_VALUES_H
#define QUERY_BACNET_VALUES_H

#include "netprobe/base/cursor.h"
#include "netprobe/base/facts.h"

enum { BACNET_DEVICE, BACNET_NAME, BACNET_VENDOR, BACNET_MODEL, BACNET_FIRMWARE, BACNET_REFUSAL };

/* clause 21, BACnetPropertyIdentifier */
enum { PROPERTY_FIRMWARE = 44, PROPERTY_MODEL = 70, PROPERTY_NAME = 77, PROPERTY_VENDOR = 121 };

/* Tags (clause 20.2.1): number << 4, class context (8), length; or opening (6) and closing (7). */
enum {
	TAG_OBJECT = 0x0c,
	TAG_WANTED = 0x09,
	TAG_OPEN_1 = 0x1e,
	TAG_CLOSE_1 = 0x1f,
	TAG_PROPERTY = 0x29,
	TAG_OPEN_VALUE = 0x4e,
	TAG_CLOSE_VALUE = 0x4f,
	TAG_OPEN_ERROR = 0x5e,
	TAG_CLOSE_ERROR = 0x5f
};

/* What ReadPropertyMultiple says of one device (clause 15.7). False: malformed. */
bool bacnet_values(struct cursor *c, struct facts *out);

#endif
