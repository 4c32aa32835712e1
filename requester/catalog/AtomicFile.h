// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "requester/model/Failure.h"

#include <filesystem>
#include <string>

namespace fss::requester {

/// All of a file; empty where there is none.
Result<std::string> readFile(const std::filesystem::path &file);

/// Puts the text in the place of the file, as a whole or not at all, and on
/// disk before it returns. Missing directories are made. Mode 0600.
Result<void> replaceFile(const std::filesystem::path &file, const std::string &text);

/// Holds others from changing a file, by a lock on "FILE.lock".
class FileLock {
public:
	static Result<FileLock> take(const std::filesystem::path &file);

private:
	explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
	Fd fd_;
};

} // namespace fss::requester
