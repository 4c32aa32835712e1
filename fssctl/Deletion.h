// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Server.h"
#include "fssctl/Survey.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fssctl {

/// Which shadow copies "delete" was asked for.
struct Selection {
	std::vector<std::string> ids;
	std::string share;
	std::optional<std::chrono::seconds> olderThan;
	bool all = false;
	bool unfinished = false;
};

/// A set, or some of its mappings, that are to go.
struct Target {
	SetView view;
	std::vector<MappingName> mappings; ///< empty: the whole set
};

struct Selected {
	std::vector<Target> targets;
	/// That were not named, and that their clients are at work on.
	std::vector<SetView> spared;
};

/// Errors: as of findNamed(); ObjectNotFound where no shadow copy is of the share.
fss::Result<Selected> select(const Survey &survey, const Selection &selection);

} // namespace fssctl
