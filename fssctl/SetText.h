// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Output.h"
#include "fssctl/Server.h"
#include "fssctl/Survey.h"
#include "provider/btrfs/SnapshotSize.h"

#include <optional>
#include <string>
#include <vector>

namespace fssctl {

/// What is to be known of a shadow copy's snapshot, beside its record.
struct SnapshotView {
	std::string path;
	std::optional<fss::SnapshotSize> size; ///< where the volume has quota groups
};

/// Looks at the snapshots of a set, one for each shadow copy; nothing for one
/// that is not made yet.
std::vector<std::optional<SnapshotView>> snapshotsOf(const SetView &view, Server &server);

/// A set as docs/fssctl.md documents it.
Json setJson(const SetView &view, Server &server, int64_t now);

/// The UNC by which a mapping can be reached; nothing where it is not exposed.
std::optional<std::string> exposedUnc(const fss::ShareMapping &mapping, const std::string &host);

/// "NAS_ROLLBACK", "BACKUP with AUTO_RECOVERY", …
std::string contextText(const fss::Context &context);

/// Which provider a volume's id is of.
std::string providerOf(const fss::Volume &volume);

Colour colourOf(const SetView &view);

} // namespace fssctl
