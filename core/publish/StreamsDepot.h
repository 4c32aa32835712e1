// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "publish/SharePublisher.h"

#include <string>
#include <string_view>

namespace fss {

/// Samba's streams_depot keeps the streams of a share's files in a directory beside
/// them, by default `.streams` in the share's own. Only there a snapshot has it.
constexpr std::string_view depotModule = "streams_depot";
constexpr std::string_view depotOption = "streams_depot:directory";

/// Where a share that uses the module keeps streams, below its directory `path`;
/// "" where the option is not set. Errors: NotSupported.
Result<std::string> depotBelow(const std::string &share, const ShareParameters &definition,
                               const std::string &path);

} // namespace fss
