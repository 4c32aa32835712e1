/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GUIDs as Samba has them, and as fss.h does. Include after "includes.h". */
#ifndef FSS_GUID_WIRE_H
#define FSS_GUID_WIRE_H

#include "fss.h"

static inline struct fss_guid guid_from_wire(const struct GUID *wire)
{
	struct fss_guid guid = {
		.time_low = wire->time_low,
		.time_mid = wire->time_mid,
		.time_hi_and_version = wire->time_hi_and_version,
	};

	memcpy(guid.clock_seq, wire->clock_seq, sizeof(guid.clock_seq));
	memcpy(guid.node, wire->node, sizeof(guid.node));
	return guid;
}

static inline struct GUID guid_to_wire(const struct fss_guid *guid)
{
	struct GUID wire = {
		.time_low = guid->time_low,
		.time_mid = guid->time_mid,
		.time_hi_and_version = guid->time_hi_and_version,
	};

	memcpy(wire.clock_seq, guid->clock_seq, sizeof(wire.clock_seq));
	memcpy(wire.node, guid->node, sizeof(wire.node));
	return wire;
}

#endif /* FSS_GUID_WIRE_H */
