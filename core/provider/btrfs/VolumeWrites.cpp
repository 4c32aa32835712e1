// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/VolumeWrites.h"

#include <cerrno>
#include <thread>
#include <unistd.h>
#include <vector>

namespace fss::btrfs {

Result<void> flushAll(const std::map<std::string, int> &fileSystems)
{
	std::vector<int> errors(fileSystems.size(), 0);
	{
		std::vector<std::jthread> threads;
		threads.reserve(fileSystems.size());
		size_t i = 0;
		for (const auto &[fsid, fd] : fileSystems)
			threads.emplace_back([fd = fd, &error = errors[i++]] {
				if (syncfs(fd) != 0)
					error = errno;
			});
	}
	for (const int errnum : errors)
		if (errnum != 0)
			return fail(HResult::Fail, "flush a file system", errnum);
	return {};
}

} // namespace fss::btrfs
