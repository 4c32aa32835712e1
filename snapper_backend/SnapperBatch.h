// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "provider/SnapshotProvider.h"
#include "snapper_backend/SnapperService.h"

#include <functional>
#include <string>
#include <vector>

namespace fss::snapper {

/// How long snapperd may take for one snapshot: as long as writers can be held
/// at all. Later the set is undone, and so is a snapshot that comes too late.
constexpr Timeout creationTimeout = std::chrono::seconds(10);

/// Snapshots that snapperd makes. All are asked for at once; it makes them one
/// after another.
class SnapperBatch : public SnapshotBatch {
public:
	/// A conversation in which a snapshot was asked for and no answer came.
	using Unanswered = std::function<void(const CopyId &, std::shared_ptr<Session>)>;

	SnapperBatch(Service &service, Unanswered unanswered)
	        : service_(service), unanswered_(std::move(unanswered))
	{
	}
	SnapperBatch(const SnapperBatch &) = delete;
	SnapperBatch &operator=(const SnapperBatch &) = delete;
	~SnapperBatch() override;

	/// config: snapper's, of the request's volume.
	Result<void> add(const SnapshotRequest &request, const std::string &config);

	std::vector<VolumeId> writtenThrough() const override { return written_; }
	Result<void> flush() override;
	Result<void> arm() override;
	Result<void> fire() override;
	Result<std::vector<SnapshotResult>> finish() override;

private:
	struct Shot {
		SnapshotRequest request;
		std::string config;
		Fd volume; ///< its root
		std::shared_ptr<Session> session{};
		bool marked = false;
		bool unanswered = false;
		Result<uint32_t> number = fail(HResult::Fail, "ask for the snapshot");
	};

	void shoot(Shot &shot) const;
	Result<SnapshotResult> describe(const Shot &shot) const;

	Service &service_;
	Unanswered unanswered_;
	std::vector<Shot> shots_;
	std::vector<VolumeId> written_;
};

} // namespace fss::snapper
