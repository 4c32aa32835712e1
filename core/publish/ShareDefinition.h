// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "publish/SharePublisher.h"

#include <optional>
#include <string>
#include <string_view>

namespace fss {

/// What makes an exposed share of its base share's definition.
struct Exposure {
	std::string name; ///< of the exposed share
	std::string base; ///< service name of the base share
	std::string path; ///< directory to expose
	std::string comment;
	bool writable = false;
};

/// The definition of an exposed share: the base share's, without the options
/// that must not act twice or let anybody write, with path, comment and access
/// replaced. A "copy" parameter must have been resolved before.
ShareParameters exposedDefinition(const ShareParameters &base, const Exposure &exposure);

/// A parameter's name as smb.conf compares it: without case and white space.
std::string normalisedParameter(std::string_view parameter);

/// Why a parameter of the base share is not taken over; nothing where it is.
std::optional<std::string_view> reasonToDrop(std::string_view parameter);

} // namespace fss
