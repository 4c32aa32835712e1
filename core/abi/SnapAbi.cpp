// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "base/Clock.h"
#include "fss.h"
#include "gate/SharedGate.h"
#include "provider/Instant.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "provider/btrfs/SnapshotStore.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>

namespace {

using fss::BtrfsProvider;
using fss::CopyId;
using fss::SnapshotStore;
using fss::abi::guarded;
using fss::abi::report;

} // namespace

int fss_snap_check_path(const char *path, char **volume, char **detail)
{
	return guarded(detail, [&] {
		auto location = BtrfsProvider().inspect(path, {});
		if (!location)
			return report(location.error(), detail);
		*volume = strdup(location->volume.root.c_str());
		return *volume != nullptr ? 0 : ENOMEM;
	});
}

int fss_snap_create(const char *volume, bool writable, const char *gate_directory, time_t *created,
                    char **snapshot, char **detail)
{
	return guarded(detail, [&] {
		BtrfsProvider provider;
		auto location = provider.inspect(volume, {"", fss::NestedPolicy::Ignore});
		if (!location)
			return report(location.error(), detail);
		fss::SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = location->volume;
		request.created = fss::SystemClock().fileTime();
		request.writable = writable;
		fss::SharedGate gate(gate_directory);
		auto made = takeInstant(provider, gate, std::span(&request, 1), nullptr, {});
		if (!made)
			return report(made.error(), detail);
		*created = static_cast<time_t>(fss::unixSeconds(made->snapshots[0].created));
		*snapshot = strdup(
		        SnapshotStore(request.volume.store).snapshotPath(request.id).c_str());
		return *snapshot != nullptr ? 0 : ENOMEM;
	});
}

int fss_snap_delete(const char *volume, const char *snapshot, char **detail)
{
	return guarded(detail, [&] {
		BtrfsProvider provider;
		auto location = provider.inspect(volume, {"", fss::NestedPolicy::Ignore});
		if (!location)
			return report(location.error(), detail);
		const auto id = SnapshotStore(location->volume.store).idAt(snapshot);
		if (!id) {
			*detail = strdup("not a snapshot of this volume's store");
			return EINVAL;
		}
		const fss::SnapshotRef ref{*id, location->volume, ""};
		auto gone = provider.destroy(std::span(&ref, 1));
		return gone ? 0 : report(gone.error(), detail);
	});
}

int fss_exposed_watch(const char *path)
{
	const std::string whole(path);
	const auto ofStore = fss::storePlaceOf(whole);
	const auto ofSnapper = fss::snapperPlaceOf(whole);
	if (!ofStore && !ofSnapper)
		return -1;
	auto root = whole;
	const auto &below = ofStore ? ofStore->below : ofSnapper->below;
	root.resize(whole.size() - below.size());
	fss::Fd opened(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!opened || !fss::btrfs::isSubvolumeRoot(opened.get()))
		return -1;
	return opened.release();
}

bool fss_exposed_is_sealed(int fd)
{
	bool readOnly = false;
	return btrfs_util_get_subvolume_read_only_fd(fd, &readOnly) == BTRFS_UTIL_OK && readOnly;
}
