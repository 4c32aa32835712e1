// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "fssctl/Survey.h"

#include <optional>
#include <string>

namespace fssctl {

/// What an id on the command line names.
struct Named {
	const SetView *view = nullptr;
	std::optional<fss::CopyId> copy; ///< where it is a shadow copy's
};

/// id: of a set or shadow copy, in either case, with or without braces, or a
/// start of it (at least four characters) that only one has; or the name of an
/// exposed share.
/// Errors: ObjectNotFound, InvalidArg where several begin like that.
fss::Result<Named> findNamed(const Survey &survey, const std::string &id);

} // namespace fssctl
