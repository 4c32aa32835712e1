// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace fss {

/// A process, named so that no other is ever taken for it: pids come again,
/// but not with the same start time in the same boot.
struct Owner {
	std::string bootId;
	int64_t pid = 0;
	uint64_t startTime = 0; ///< clock ticks since boot, from /proc/PID/stat

	static Owner self();
	/// The kernel's id of this boot.
	static const std::string &thisBoot();

	/// Whether that process still runs. One of another boot does not.
	bool alive() const;

	friend bool operator==(const Owner &, const Owner &) = default;
};

} // namespace fss
