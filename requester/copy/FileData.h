// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "requester/copy/Checksum.h"
#include "requester/model/Failure.h"

namespace fss::requester {

/// Fills the buffer as far as the file goes; less also where it cannot be read.
size_t readAll(const Fd &fd, std::span<std::byte> buffer, uint64_t offset);

Result<void> writeAll(const Fd &fd, std::span<const std::byte> data, uint64_t offset,
                      const std::string &path);

/// The same, with holes where the data are zero. The file has its size already,
/// and nothing in this place unless it is not fresh: then that goes.
Result<void> writeSparse(const Fd &fd, std::span<const std::byte> data, uint64_t offset, bool fresh,
                         const std::string &path);

} // namespace fss::requester
