// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/FileData.h"

#include "requester/copy/LocalTree.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace fss::requester {

size_t readAll(const Fd &fd, std::span<std::byte> buffer, uint64_t offset)
{
	size_t filled = 0;
	while (filled < buffer.size()) {
		auto got = pread(fd.get(), buffer.data() + filled, buffer.size() - filled,
		                 static_cast<off_t>(offset + filled));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		filled += static_cast<size_t>(got);
	}
	return filled;
}

Result<void> writeAll(const Fd &fd, std::span<const std::byte> data, uint64_t offset,
                      const std::string &path)
{
	while (!data.empty()) {
		auto put = pwrite(fd.get(), data.data(), data.size(), static_cast<off_t>(offset));
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return localFailure(fmt::format("write '{}'", path), errno);
		data = data.subspan(static_cast<size_t>(put));
		offset += static_cast<uint64_t>(put);
	}
	return {};
}

Result<void> writeSparse(const Fd &fd, std::span<const std::byte> data, uint64_t offset, bool fresh,
                         const std::string &path)
{
	// File systems without holes get zeros.
	if (!fresh && fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                        static_cast<off_t>(offset), static_cast<off_t>(data.size())) != 0)
		return writeAll(fd, data, offset, path);
	Result<void> result;
	forEachFilled(data, [&](size_t at, std::span<const std::byte> stretch) {
		result = writeAll(fd, stretch, offset + at, path);
		return result.has_value();
	});
	return result;
}

} // namespace fss::requester
