// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocol/HResult.h"
#include "provider/SnapshotProvider.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fss {

class Host;
struct ShareInfo;

/// One "fss:" option of smb.conf. The table is what manuals and tests read.
struct OptionInfo {
	std::string_view name; ///< without "fss:"
	std::string_view defaultValue;
	bool perShare;
	std::string_view meaning;
};

std::span<const OptionInfo> optionTable();

/// The options in force, read anew for each call. A value that cannot be read
/// counts as the default and is logged.
class Options {
public:
	explicit Options(Host &host) : host_(host) {}

	Dialect dialect() const;
	/// Overrides every Message Sequence Timer; 0 switches it off.
	std::optional<std::chrono::seconds> sequenceTimeout() const;
	uint32_t maxConcurrentSets() const;
	uint32_t maxShadowCopies(const std::string &share) const;
	bool keepNonPersistent() const;
	bool requirePrivacy() const;
	std::vector<std::string> serverNames() const;
	std::optional<std::string> ownerName() const;
	ProviderChoice provider(const std::string &share) const;
	NestedPolicy nested(const std::string &share) const;
	std::string storeDirectory(const std::string &share) const;
	bool previousVersions(const std::string &share) const;
	/// How a provider is to look at a share's directory.
	InspectOptions inspection(const ShareInfo &share) const;
	/// As vfs_fss reads it for a connection.
	bool hold(const std::string &share) const;
	MinimumFree minimumFree(const std::string &share) const;
	/// How long writers may be held.
	std::chrono::seconds holdTimeout() const;
	/// The Unix group whose members may use fssctl; none: root only.
	std::optional<std::string> adminGroup() const;
	/// Whether snapshots of one file system have to be of one transaction.
	bool requireOneTransaction() const;

private:
	std::optional<std::string> raw(std::string_view name, const std::string *share) const;
	uint32_t number(std::string_view name, const std::string *share, uint32_t fallback,
	                uint32_t least) const;
	bool flag(std::string_view name, const std::string *share, bool fallback) const;
	void complain(std::string_view name, const std::string &value) const;

	Host &host_;
};

} // namespace fss
