// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "base/Guid.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What snapper has on the disk: VOLUME/.snapshots/NUMBER with the subvolume
/// "snapshot" and "info.xml". Snapperd makes the directory, the snapshot and
/// the file in this order, and removes the snapshot first: where it is killed,
/// parts stay that it does not know any more.
namespace fss::snapper {

/// Keys of a snapshot's user data.
constexpr const char *setKey = "fss-set";
constexpr const char *copyKey = "fss-copy";

/// A volume's root is marked while a snapshot of it may be in the making. The
/// snapshot has the mark for good, and is known by it without its info.xml.
Result<void> mark(int volume, const CopyId &id);
Result<void> unmark(int volume, const CopyId &id);
bool isMarked(int directory, const CopyId &id);

/// One number's directory.
struct Entry {
	uint32_t number = 0;
	Fd directory;
	Fd snapshot;                ///< none where it is missing
	std::string uuid;           ///< the snapshot's
	bool described = false;     ///< it has an info.xml
	std::optional<CopyId> copy; ///< that info.xml names
	/// Of its making by snapper, seconds since 1970-01-01 UTC; none where
	/// info.xml is of another number, or cannot be understood.
	std::optional<int64_t> date;

	bool isEmpty() const { return !snapshot && !described; }
};

class SnapperStore {
public:
	/// volume: its open root. Nothing where it has no store.
	/// Errors: NotSupported where the store is not root's own.
	static Result<std::optional<SnapperStore>> open(int volume);

	/// The same, of the store's own open directory.
	static Result<SnapperStore> at(Fd directory);

	int fd() const { return directory_.get(); }
	Result<std::vector<uint32_t>> numbers() const;
	/// Without a descriptor where it is not there.
	Result<Entry> entry(uint32_t number) const;
	/// Destroys the snapshot and what is beside it.
	Result<void> remove(const Entry &entry) const;
	/// Removes the directory if there is nothing in it.
	void removeEmpty(uint32_t number) const;

	/// Where a snapshot lies below its volume: ".snapshots/NUMBER/snapshot".
	static std::string pathOf(uint32_t number);

private:
	explicit SnapperStore(Fd directory) : directory_(std::move(directory)) {}

	Fd directory_;
};

} // namespace fss::snapper
