// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"

#include <functional>
#include <memory>
#include <vector>

namespace fss {

/// Batches of several providers as one. What takes time they do beside each
/// other.
class JoinedBatch : public SnapshotBatch {
public:
	struct Part {
		std::unique_ptr<SnapshotBatch> batch;
		std::vector<size_t> requests; ///< the place of each of its requests in the whole
	};

	explicit JoinedBatch(std::vector<Part> parts) : parts_(std::move(parts)) {}

	std::vector<VolumeId> writtenThrough() const override;
	Result<void> flush() override;
	Result<void> arm() override;
	Result<void> fire() override;
	Result<std::vector<SnapshotResult>> finish() override;

private:
	/// Runs it for all parts at once. Errors: the first part's that has one.
	Result<void> onAll(const std::function<Result<void>(SnapshotBatch &)> &step);

	std::vector<Part> parts_;
};

} // namespace fss
