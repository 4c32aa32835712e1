// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fss::requester {

/// Nanoseconds since 1970; SMB keeps units of 100 ns.
using Nanoseconds = int64_t;

struct FileTimes {
	Nanoseconds created = 0; ///< 0: not known
	Nanoseconds written = 0;
	Nanoseconds accessed = 0;

	friend bool operator==(const FileTimes &, const FileTimes &) = default;
};

/// A file or directory as its share describes it.
struct RemoteEntry {
	std::string name;
	bool directory = false;
	uint64_t size = 0;
	uint16_t attributes = 0; ///< FILE_ATTRIBUTE_*: read-only 1, hidden 2, system 4, archive 32
	FileTimes times;
};

/// What of a security descriptor is set.
enum class DescriptorParts {
	All, ///< owner, group and DACL
	Dacl,
};

/// A file of a share that is open for reading.
class RemoteFile {
public:
	virtual ~RemoteFile() = default;
	/// Fills the buffer as far as the file goes.
	virtual Result<size_t> read(std::span<std::byte> buffer, uint64_t offset) = 0;
	/// As RemoteTree's. Where open() was told of it.
	virtual Result<std::string> securityDescriptor() = 0;
};

/// A file of a share that is being written.
class RemoteOutput {
public:
	virtual ~RemoteOutput() = default;
	virtual Result<void> write(std::span<const std::byte> data, uint64_t offset) = 0;
	virtual Result<void> truncate(uint64_t size) = 0;
	/// Says whether all that was written has arrived.
	virtual Result<void> close() = 0;
};

/// One connection to a share, for one thread. Paths are relative to the place
/// that is copied, with "/" between names; "" is that place. A failure of kind
/// Unreachable means that the connection has to be made anew.
class RemoteTree {
public:
	virtual ~RemoteTree() = default;

	virtual Result<std::vector<RemoteEntry>> list(const std::string &path) = 0;
	virtual Result<std::unique_ptr<RemoteFile>> open(const std::string &path,
	                                                 bool withDescriptor) = 0;
	/// Owner, group and DACL as text, mostly SDDL: "O:S-1-…G:S-1-…D:P(A;;FA;;;…)".
	virtual Result<std::string> securityDescriptor(const std::string &path) = 0;

	/// Opens for writing; made or emptied.
	virtual Result<std::unique_ptr<RemoteOutput>> create(const std::string &path) = 0;
	/// Succeeds where the directory is there already.
	virtual Result<void> makeDirectory(const std::string &path) = 0;
	/// Replaces what has the new name.
	virtual Result<void> rename(const std::string &from, const std::string &to) = 0;
	virtual Result<void> remove(const std::string &path) = 0;
	virtual Result<void> setTimes(const std::string &path, const FileTimes &times) = 0;
	virtual Result<void> setAttributes(const std::string &path, uint16_t attributes) = 0;
	virtual Result<void> setSecurityDescriptor(const std::string &path, const std::string &text,
	                                           DescriptorParts parts) = 0;
};

/// Makes a connection, and fails where the share cannot be entered.
using Connect = std::function<Result<std::unique_ptr<RemoteTree>>()>;

/// dir/name, without the "/" where dir is "".
std::string joined(const std::string &directory, const std::string &name);

} // namespace fss::requester
