// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace fss {

/// The context of a shadow copy set (MS-FSRVP 2.2.2.2): how it is used and
/// how long it lives. Only legal values exist.
class Context {
public:
	Context() = default; ///< CTX_BACKUP

	/// One of the 12 legal values: {BACKUP, FILE_SHARE_BACKUP, NAS_ROLLBACK,
	/// APP_ROLLBACK} with AUTO_RECOVERY, NO_AUTO_RECOVERY or neither. Nothing
	/// for any other. ATTR_FILE_SHARE, which VSS knows and the table of
	/// MS-FSRVP 2.2.2.1 does not, is tolerated and dropped.
	static std::optional<Context> parse(uint32_t wire);

	uint32_t value() const { return value_; }
	/// Writable from Expose to RecoveryComplete.
	bool autoRecovery() const { return value_ & 0x00400000; }
	bool noAutoRecovery() const { return value_ & 0x00000002; }
	/// Survives a reboot of the server.
	bool persistent() const { return value_ & 0x00000001; }

	friend bool operator==(const Context &, const Context &) = default;

private:
	uint32_t value_ = 0;
};

} // namespace fss
