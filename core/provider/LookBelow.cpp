// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/LookBelow.h"

#include <algorithm>

namespace fss {

Result<std::string> lookBelowEach(const SnapshotRequest &request, const LookBelow &look)
{
	std::string leftOut;
	for (const auto &path : request.exposedPaths) {
		const bool complete =
		        std::find(request.completePaths.begin(), request.completePaths.end(),
		                  path) != request.completePaths.end();
		auto found = look(path, complete ? request.nested : NestedPolicy::Ignore);
		if (!found)
			return found;
		if (leftOut.empty())
			leftOut = std::move(*found);
	}
	return leftOut;
}

} // namespace fss
