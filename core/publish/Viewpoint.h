// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fss {

/// One line of a configuration file.
struct ConfigurationLine {
	std::string section; ///< "" before the first
	std::string name;
	std::string value;
};

/// Reads a file of the configuration; see Host::configuration().
using ReadConfiguration = std::function<Result<std::vector<ConfigurationLine>>(
        const std::string &file, const std::string &share)>;

/// Whether a text has one of smb.conf's %-variables that differ between clients, or
/// from one moment to the next. Those of the server (%h, %v, %w, %$(NAME)) and of the
/// share (%S) do not.
bool dependsOnClient(std::string_view text);

/// For whom a share's definition holds.
enum class Viewpoint {
	Everybody, ///< who connects makes no difference
	/// Files by client take part in the configuration. As they are now no two of them
	/// define the share, but it may be missing for some clients, and may come to be
	/// another; who connects has to be asked.
	Client,
};

/// For whom a share is as it is defined here. Smb.conf's parameters that are replaced
/// within a value are not meant: smbd does that for each client of an exposed share,
/// too.
/// Errors: NotSupported, with the line, where it is defined in several ways, or where
/// that cannot be told.
Result<Viewpoint> checkViewpoint(const std::string &share, const ReadConfiguration &read);

} // namespace fss
