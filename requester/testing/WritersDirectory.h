// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/script/Writers.h"
#include "testing/TempDirectory.h"

#include <fstream>
#include <sstream>

namespace fss::requester {

/// A directory of writers, for tests.
class WritersDirectory {
public:
	std::filesystem::path path() const { return directory_.path("."); }
	Writers writers() const { return Writers(path()); }

	/// A writer that is this shell script.
	void add(const std::string &name, const std::string &script) const
	{
		std::ofstream(path() / name) << "#!/bin/sh\n" << script << "\n";
		std::filesystem::permissions(path() / name, std::filesystem::perms::owner_all);
	}

	/// What writers have written to ".calls" beside them.
	std::string calls() const
	{
		std::ostringstream text;
		text << std::ifstream(path() / ".calls").rdbuf();
		return text.str();
	}

private:
	TempDirectory directory_;
};

} // namespace fss::requester
