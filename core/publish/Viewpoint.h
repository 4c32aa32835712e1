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

/// Whether a share is the same for all who connect: that no file whose name depends on
/// the client takes part in its definition. Smb.conf's parameters that are replaced
/// within a value are not meant: smbd does that for each client of an exposed share,
/// too.
/// Errors: NotSupported, with the line.
Result<void> checkViewpoint(const std::string &share, const ReadConfiguration &read);

} // namespace fss
