// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate/WriteGate.h"
#include "testing/Faults.h"

#include <optional>

namespace fss {

/// A gate without writers.
class FakeGate : public WriteGate, public Faulty {
public:
	Result<std::unique_ptr<WriteHold>> hold(const std::vector<VolumeId> &volumes,
	                                        Clock::Duration limit) override
	{
		if (holdFailure)
			return tl::unexpected(*holdFailure);
		if (auto allowed = reading("gate hold"); !allowed)
			return tl::unexpected(allowed.error());
		held = volumes;
		lastLimit = limit;
		closed = true;
		return std::make_unique<Hold>(*this);
	}

	std::vector<VolumeId> held; ///< by the last hold
	Clock::Duration lastLimit{0};
	bool closed = false;
	std::optional<Error> holdFailure, releaseFailure;

private:
	class Hold : public WriteHold {
	public:
		explicit Hold(FakeGate &gate) : gate_(gate) {}
		~Hold() override { gate_.closed = false; }
		Result<std::chrono::microseconds> release() override
		{
			gate_.closed = false;
			if (gate_.releaseFailure)
				return tl::unexpected(*gate_.releaseFailure);
			return gate_.reading("gate release, done").map([] {
				return std::chrono::microseconds(1);
			});
		}

	private:
		FakeGate &gate_;
	};
};

} // namespace fss
