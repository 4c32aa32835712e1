// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Context.h"

namespace fss {

namespace {

constexpr uint32_t noAutoRecoveryBit = 0x00000002;
constexpr uint32_t autoRecoveryBit = 0x00400000;
constexpr uint32_t fileShareBit = 0x04000000;
constexpr uint32_t backup = 0x00000000;
constexpr uint32_t fileShareBackup = 0x00000010;
constexpr uint32_t nasRollback = 0x00000019;
constexpr uint32_t appRollback = 0x00000009;

} // namespace

std::optional<Context> Context::parse(uint32_t wire)
{
	const uint32_t value = wire & ~fileShareBit;
	const uint32_t recovery = value & (autoRecoveryBit | noAutoRecoveryBit);
	if (recovery == (autoRecoveryBit | noAutoRecoveryBit))
		return std::nullopt;
	switch (value & ~recovery) {
	case backup:
	case fileShareBackup:
	case nasRollback:
	case appRollback:
		break;
	default:
		return std::nullopt;
	}
	Context context;
	context.value_ = value;
	return context;
}

} // namespace fss
