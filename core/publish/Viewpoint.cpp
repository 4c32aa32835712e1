// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/Viewpoint.h"

#include "protocol/Names.h"
#include "publish/ExposureTable.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <glob.h>
#include <memory>
#include <set>

namespace fss {

namespace {

// As deep as Samba follows includes.
constexpr int deepest = 100;
const std::string registry = "registry";

bool isGlobal(std::string_view section)
{
	return section.empty() || sameName(section, "global") || sameName(section, "globals");
}

// As smb.conf has it.
std::string written(const std::string &name)
{
	if (name == "configfile")
		return "config file";
	return name == "usersharepath" ? "usershare path" : name;
}

// A line that makes sections differ between clients.
struct Culprit {
	std::string section;
	std::string line;
	bool everywhere; ///< it may define any section
};

// All that the files of the configuration say about where else it comes from.
class Sources {
public:
	Sources(std::string share, const ReadConfiguration &read)
	        : share_(std::move(share)), read_(read)
	{
	}

	/// section: the one in which the file is included, and the one it ends with:
	/// what includes it goes on there.
	Result<void> follow(const std::string &file, std::string &section)
	{
		if (depth_ == deepest)
			return {};
		auto lines = read_(file, share_);
		if (!lines && lines.error().errnum == ENOENT)
			return {};
		if (!lines)
			return tl::unexpected(lines.error());
		depth_++;
		std::string last;
		Result<void> followed;
		for (const auto &line : *lines) {
			if (line.section != last)
				section = last = line.section;
			followed = take(normalisedParameter(line.name), line.value, section);
			if (!followed)
				break;
		}
		depth_--;
		return followed;
	}
	Result<void> follow(const std::string &file)
	{
		std::string section;
		return follow(file, section);
	}

	const Culprit *culpritOf(const std::string &section, std::set<std::string> seen = {}) const
	{
		for (const auto &each : culprits_)
			if (each.everywhere || isGlobal(each.section) ||
			    sameName(each.section, section))
				return &each;
		if (!seen.insert(section).second)
			return nullptr;
		for (const auto &[name, other] : copies_)
			if (sameName(name, section))
				if (const auto *found = culpritOf(other, seen))
					return found;
		return nullptr;
	}

	bool defines(const std::string &section) const
	{
		return std::any_of(sections_.begin(), sections_.end(),
		                   [&](const auto &each) { return sameName(each, section); });
	}
	const std::string &usershareTemplate() const { return template_; }

private:
	Result<void> take(const std::string &name, const std::string &value, std::string &section)
	{
		sections_.insert(section);
		const auto blame = [&](bool everywhere) {
			culprits_.push_back({section,
			                     fmt::format("{} = {} in [{}]", written(name), value,
			                                 section.empty() ? "global" : section),
			                     everywhere});
		};
		if (name == "copy")
			copies_.emplace_back(section, value);
		else if (name == "usersharetemplateshare")
			template_ = value;
		else if (name == "usersharepath" && dependsOnClient(value))
			blame(true);
		else if (name == "configfile" && !value.empty())
			blame(true); // the agent reads another configuration than smbd
		else if (name == "include" && !dependsOnClient(value))
			return follow(value, section);
		else if (name == "include")
			blame(mayDefineOthers(value));
		return {};
	}

	/// Whether one of the files that the name may mean has sections of its own.
	bool mayDefineOthers(const std::string &name) const
	{
		std::string pattern;
		for (size_t i = 0; i < name.size(); i++) {
			if (name[i] == '%' && i + 1 < name.size()) {
				pattern += '*';
				i++;
			} else {
				if (std::string_view("*?[\\").find(name[i]) !=
				    std::string_view::npos)
					pattern += '\\';
				pattern += name[i];
			}
		}
		glob_t found{};
		const std::unique_ptr<glob_t, decltype(&globfree)> owner(&found, globfree);
		if (glob(pattern.c_str(), 0, nullptr, &found) != 0)
			return false;
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const auto lines = read_(found.gl_pathv[i], share_);
			if (!lines ||
			    std::any_of(lines->begin(), lines->end(),
			                [](const auto &line) { return !line.section.empty(); }))
				return true;
		}
		return false;
	}

	std::string share_;
	const ReadConfiguration &read_;
	int depth_ = 0;
	std::vector<Culprit> culprits_;
	std::vector<std::pair<std::string, std::string>> copies_;
	std::set<std::string> sections_;
	std::string template_;
};

} // namespace

bool dependsOnClient(std::string_view text)
{
	constexpr std::string_view steady = "Shvw$%";
	for (size_t at = 0; (at = text.find('%', at)) != text.npos; at += 2)
		if (at + 1 < text.size() && steady.find(text[at + 1]) == steady.npos)
			return true;
	return false;
}

Result<void> checkViewpoint(const std::string &share, const ReadConfiguration &read)
{
	Sources sources(share, read);
	auto followed = sources.follow("").and_then([&] { return sources.follow(registry); });
	if (!followed)
		return followed;
	const auto *culprit = sources.culpritOf(share);
	if (culprit == nullptr && !sources.defines(share)) {
		culprit = sources.culpritOf("homes");
		if (culprit == nullptr && !sources.usershareTemplate().empty())
			culprit = sources.culpritOf(sources.usershareTemplate());
	}
	if (culprit == nullptr)
		return {};
	return fail(HResult::NotSupported,
	            fmt::format("share {} depends on who connects: {}", share, culprit->line), 0,
	            "name files that are the same for all clients there, and use valid users, "
	            "read list and the like for what differs between them");
}

} // namespace fss
