// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/Volume.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fss {

/// A snapshot that root alone reaches by its path.
struct ClosedSnapshot {
	std::string path; ///< of its root, absolute
	std::string uuid; ///< another may get the path later
};

/// What a share's directory was at an earlier time.
struct Version {
	int64_t time = 0;      ///< seconds since 1970-01-01 UTC; no two of a share are equal
	std::string directory; ///< absolute
	std::optional<ClosedSnapshot> closed{}; ///< that it lies in
};

/// The earlier versions of one share's directory: where the snapshots of its
/// volume are, and which time each has. One for each manager of snapshots.
class VersionSource {
public:
	virtual ~VersionSource() = default;

	/// Those that are complete and will not change any more, in no order.
	/// What has just been made or destroyed may be missing, or listed.
	virtual Result<std::vector<Version>> list() const = 0;

	/// The closed snapshot's root of a version that list() has given; a source
	/// that has such must be asked as root. Errors: ObjectNotFound with ENOENT
	/// where it is gone, whatever may be at its path now.
	virtual Result<Fd> open(const Version &version) const;
};

/// Whether versions can be shown beside the module that a member of "vfs objects"
/// loads. Errors: NotSupported where that shows its own.
Result<void> allowVersionsBeside(std::string_view member);

/// The source for a share's directory; null where that lies in a snapshot.
/// store: directory for its snapshots instead of the default, or "".
/// provider: whose snapshots they are; the agent's own are with any.
/// Errors: NotSupported, with what to change.
Result<std::unique_ptr<VersionSource>> versionsOf(const std::string &path, const std::string &store,
                                                  ProviderChoice provider);

/// What a process knows of one source: it asks again only for what it does not
/// know. A closed snapshot that was asked for is held open for a while: from its
/// root users get on by their own rights, and nowhere else.
class KnownVersions {
public:
	explicit KnownVersions(std::unique_ptr<VersionSource> source) : source_(std::move(source))
	{
	}

	/// All of them now, the latest first.
	Result<std::vector<Version>> list();
	/// A path to the directory of a time, which find() has given before and is
	/// there still. Good until closeUnused() is called.
	std::optional<std::string> known(int64_t time);
	/// The same for any time, as root. Errors: ObjectNotFound with ENOENT.
	Result<std::string> find(int64_t time);
	/// Closes the snapshots that nobody has asked for since the last call: their
	/// room is not free before, where they have been deleted. Returns whether
	/// any is held open still.
	bool closeUnused();
	/// The version that a path is, or lies in, of those that find() has given;
	/// null for other paths.
	const Version *at(const std::string &path) const;

private:
	struct Known {
		Version version;
		Fd root;          ///< of its closed snapshot; none while nobody asks for it
		bool used = true; ///< since closeUnused()
	};
	static bool isGone(const Known &known);
	static std::string wayTo(const Known &known);
	template <class Predicate> void forget(Predicate predicate);

	std::unique_ptr<VersionSource> source_;
	std::vector<Known> known_;  ///< those that find() has given
	std::vector<Fd> forgotten_; ///< of those a path may be in use still
};

} // namespace fss
