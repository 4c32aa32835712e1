// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Host.h"
#include "protocol/Names.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fss {

/// A server with settable configuration that keeps what is logged.
class FakeHost : public Host {
public:
	void write(fss_log_level level, const std::string &line) override
	{
		lines.emplace_back(level, line);
	}
	void audit(const std::string &line) override { audits.push_back(line); }
	std::optional<std::string> option(const std::string *share,
	                                  const std::string &name) override
	{
		if (share != nullptr)
			if (auto found = shareOptions.find({*share, name});
			    found != shareOptions.end())
				return found->second;
		const auto found = options.find(name);
		return found == options.end() ? std::nullopt : std::optional(found->second);
	}
	bool registryShares() override { return hasRegistryShares; }
	Result<ShareInfo> findShare(const std::string &name, const void *) override
	{
		lookups++;
		if (troubledShares.contains(name))
			return fail(HResult::NotSupported, "the path of share " + name, EINVAL);
		for (const auto &share : shares)
			if (sameName(share.name, name))
				return share;
		return fail(HResult::ObjectNotFound, "there is no share " + name);
	}
	Result<std::vector<ConfigurationLine>> configuration(const std::string &file,
	                                                     const std::string &) override
	{
		const auto found = files.find(file);
		if (found == files.end())
			return fail(HResult::NotSupported, "read " + file, ENOENT);
		return found->second;
	}
	Result<void> checkSecurity(const std::string &share) override
	{
		if (!damagedSecurity)
			return {};
		return fail(HResult::NotSupported, "read the security descriptor of " + share, EIO);
	}
	std::vector<std::string> serverNames() override { return names; }

	/// Whether a line of that level or graver holds the text.
	bool logged(fss_log_level level, const std::string &text) const
	{
		return std::any_of(lines.begin(), lines.end(), [&](const auto &line) {
			return line.first <= level && line.second.find(text) != std::string::npos;
		});
	}

	std::map<std::string, std::string> options;
	std::map<std::pair<std::string, std::string>, std::string> shareOptions;
	std::vector<ShareInfo> shares;
	std::set<std::string> troubledShares; ///< they are there, but not to be used
	std::vector<std::string> names{"SERVER", "server.example.com", "192.0.2.1", "2001:db8::1"};
	bool hasRegistryShares = true;
	std::map<std::string, std::vector<ConfigurationLine>> files{{"", {}}};
	bool damagedSecurity = false;
	std::vector<std::pair<fss_log_level, std::string>> lines;
	std::vector<std::string> audits;
	size_t lookups = 0;
};

} // namespace fss
