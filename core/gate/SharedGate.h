// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate/WriteGate.h"

#include <string>

namespace fss {

/// The gates that smbd processes pass through (GateDoor), in shared memory.
class SharedGate : public WriteGate {
public:
	/// directory: holds the volumes' gate files.
	explicit SharedGate(std::string directory) : directory_(std::move(directory)) {}

	Result<std::unique_ptr<WriteHold>> hold(const std::vector<VolumeId> &volumes,
	                                        Clock::Duration limit) override;

private:
	std::string directory_;
};

} // namespace fss
