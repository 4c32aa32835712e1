// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapper_backend/SnapperProvider.h"
#include "snapper_backend/testing/FakeSnapperd.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>

namespace fss {

/// A real btrfs volume that a fake snapperd has a configuration "c" for.
class OnSnapper : public OnBtrfs {
protected:
	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (!volume.empty())
			snapperd.addConfig("c", volume);
	}

	SnapshotRequest requestFor(const std::string &path, bool writable = false)
	{
		const auto location = provider.inspect(path, {});
		EXPECT_TRUE(succeeded(location));
		SnapshotRequest request;
		request.set = SetId::random();
		request.id = CopyId::random();
		if (location) {
			request.volume = location->volume;
			request.exposedPaths = {location->relativePath};
		}
		request.writable = writable;
		return request;
	}
	SnapshotRef create(const SnapshotRequest &request)
	{
		auto made = makeSnapshots(provider, std::span(&request, 1));
		EXPECT_TRUE(succeeded(made));
		if (!made)
			return {request.id, request.volume, ""};
		return {request.id, request.volume, made->at(0).uuid, made->at(0).path};
	}
	Result<void> destroy(const SnapshotRef &ref)
	{
		return provider.destroy(std::span(&ref, 1));
	}
	/// What lies in the volume's store.
	std::vector<std::string> stored() const
	{
		std::vector<std::string> names;
		for (const auto &entry :
		     std::filesystem::directory_iterator(volume + "/.snapshots"))
			names.push_back(entry.path().filename());
		return names;
	}
	bool isMarked(const CopyId &id) const
	{
		const Fd fd(open(volume.c_str(), O_RDONLY | O_DIRECTORY));
		return snapper::isMarked(fd.get(), id);
	}

	snapper::FakeSnapperd snapperd;
	SnapperProvider provider{snapperd.service()};
};

} // namespace fss
