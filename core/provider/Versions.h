// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fss {

/// What a share's directory was at an earlier time.
struct Version {
	int64_t time = 0;      ///< seconds since 1970-01-01 UTC; no two of a share are equal
	std::string directory; ///< absolute
};

/// The earlier versions of one share's directory: where the snapshots of its
/// volume are, and which time each has. One for each manager of snapshots.
class VersionSource {
public:
	virtual ~VersionSource() = default;

	/// Those that are complete and will not change any more, in no order.
	/// What has just been made or destroyed may be missing, or listed.
	virtual Result<std::vector<Version>> list() const = 0;
};

/// The source for a share's directory; null where that lies in a snapshot.
/// store: directory for its snapshots instead of the default, or "".
/// Errors: NotSupported, with what to change.
Result<std::unique_ptr<VersionSource>> versionsOf(const std::string &path,
                                                  const std::string &store);

/// What a process knows of one source: it asks again only for what it does not
/// know.
class KnownVersions {
public:
	explicit KnownVersions(std::unique_ptr<VersionSource> source) : source_(std::move(source))
	{
	}

	/// All of them now, the latest first.
	Result<std::vector<Version>> list();
	/// The directory of a time, which find() has given before and is there still.
	std::optional<std::string> known(int64_t time);
	/// The directory of a time. Errors: ObjectNotFound with ENOENT.
	Result<std::string> find(int64_t time);
	/// The version that a path is, or lies in, of those that find() has given;
	/// null for other paths.
	const Version *at(const std::string &path) const;

private:
	std::unique_ptr<VersionSource> source_;
	std::vector<Version> known_; ///< those that find() has given
};

} // namespace fss
