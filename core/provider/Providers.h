// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"

#include <string>
#include <vector>

namespace fss {

/// The providers of this server as one. A volume belongs to the provider that
/// found it, whose name its id begins with.
class Providers : public SnapshotProvider {
public:
	struct Entry {
		ProviderChoice choice;      ///< that asks for it
		std::string name;           ///< the first part of its volumes' ids
		SnapshotProvider &provider; ///< must outlive this
	};

	/// entries: those that ProviderChoice::Auto asks, in this order, and Vfs,
	/// which it never does.
	explicit Providers(std::vector<Entry> entries) : entries_(std::move(entries)) {}

	Result<Location> inspect(const std::string &path, const InspectOptions &options) override;
	Result<void> checkRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<void> awaitRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<std::string> lookBelow(const SnapshotRequest &request) override;
	Result<std::unique_ptr<SnapshotBatch>>
	begin(std::span<const SnapshotRequest> requests) override;
	Result<Adoption> adopt(const ForeignSnapshot &snapshot) override;
	Result<void> seal(const SnapshotRef &snapshot) override;
	Result<void> destroy(std::span<const SnapshotRef> snapshots) override;
	Result<SnapshotPresence> presence(const SnapshotRef &snapshot) override;
	bool mayHaveLost() override;
	Result<void> prune(const std::function<Result<std::set<std::string>>()> &copies) override;
	std::string exposedPath(const SnapshotRef &snapshot,
	                        const std::string &relativePath) const override;

private:
	/// Errors: Fail where this build or this server has no such provider.
	Result<SnapshotProvider *> providerOf(const VolumeId &volume) const;

	std::vector<Entry> entries_;
};

} // namespace fss
