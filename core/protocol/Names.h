// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"
#include "protocol/Unc.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fss {

/// Whether two share or host names (UTF-8) are the same to SMB, which ignores
/// case.
bool sameName(std::string_view a, std::string_view b);

/// The same text for all names that are the same.
std::string foldedName(std::string_view name);

/// The name under which a shadow copy of a share is published, MS-FSRVP
/// 3.1.4.6: share@{ID}, and a "$" behind where the client wrote the name of a
/// hidden share with a trailing backslash (product note 9).
/// share: the share's own spelling of its name.
std::string exposedName(const Unc &unc, std::string_view share, const CopyId &id);

/// What such a name says.
struct ExposedName {
	std::string share;
	CopyId copy;

	/// Nothing: it is the name of no exposed share.
	static std::optional<ExposedName> parse(std::string_view name);
};

/// Whether the host part of a UNC is one of this server's names. Also knows
/// the ipv6-literal.net form of an IPv6 address. Compares strings only.
bool isOwnName(std::string_view host, const std::vector<std::string> &ownNames);

} // namespace fss
