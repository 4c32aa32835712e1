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

// Whether [global] sets it for all shares.
bool isForShares(const std::string &name)
{
	return findParameter(name) != nullptr || name.find(':') != name.npos;
}

// Whether it brings in what stands somewhere else.
bool leadsOn(const std::string &name)
{
	for (const auto *one : {"include", "copy", "configfile", "usersharepath",
	                        "usersharetemplateshare", "defaultservice"})
		if (name == one)
			return true;
	return false;
}

// The files that there are of a name with variables. Errors: the values of some may
// be of any form; the directory cannot be read.
Result<std::vector<std::string>> filesOf(const std::string &name)
{
	// Of these none has a slash in it.
	constexpr std::string_view simple = "UuGgmMIiJjLDaRNdhvwS";
	std::string pattern;
	for (size_t i = 0; i < name.size(); i++) {
		if (name[i] == '%') {
			if (++i == name.size() || simple.find(name[i]) == simple.npos)
				return fail(HResult::NotSupported, name);
			pattern += '*';
			continue;
		}
		if (std::string_view("*?[\\").find(name[i]) != std::string_view::npos)
			pattern += '\\';
		pattern += name[i];
	}
	glob_t found{};
	const std::unique_ptr<glob_t, decltype(&globfree)> owner(&found, globfree);
	const auto stop = [](const char *, int errnum) {
		return static_cast<int>(errnum != ENOENT && errnum != ENOTDIR);
	};
	const int result = glob(pattern.c_str(), GLOB_PERIOD, stop, &found);
	if (result != 0 && result != GLOB_NOMATCH)
		return fail(HResult::NotSupported, name);
	return std::vector<std::string>(found.gl_pathv, found.gl_pathv + found.gl_pathc);
}

// A line that makes sections differ between clients.
struct Culprit {
	std::string section;
	std::string line;
	bool everywhere; ///< it may define any section
};

// A section that stands in a file by client.
struct OwnSection {
	std::string name;
	std::string file;
	std::string line; ///< that includes the file
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
			if (line.section != last) {
				section = last = line.section;
				open_.clear();
			}
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
		open_.clear();
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
	bool differ() const { return differ_; }

	/// To be called when all has been followed: a section that a client has in a file
	/// of its own, and others elsewhere.
	void judge()
	{
		for (const auto &own : own_) {
			const bool twice =
			        std::any_of(own_.begin(), own_.end(), [&](const auto &other) {
				        return sameName(other.name, own.name) &&
				               other.file != own.file;
			        });
			const bool copied =
			        std::any_of(copies_.begin(), copies_.end(), [&](const auto &copy) {
				        return sameName(copy.second, own.name);
			        });
			if (twice || copied || defines(own.name))
				culprits_.push_back({own.name, own.line, false});
		}
	}

private:
	Result<void> take(const std::string &name, const std::string &value, std::string &section)
	{
		sections_.insert(section);
		const auto line = fmt::format("{} = {} in [{}]", written(name), value,
		                              section.empty() ? "global" : section);
		const auto blame = [&](bool everywhere) {
			culprits_.push_back({section, line, everywhere});
		};
		// For some clients it stands in a section of the file before it.
		if (!open_.empty() && (leadsOn(name) || isForShares(name)))
			culprits_.push_back({section, open_, true});
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
		else if (name == "include") {
			differ_ = true;
			if (!isGlobal(section))
				blame(false);
			weigh(value, section, line);
		}
		return {};
	}

	// What the files by client have in them.
	void weigh(const std::string &name, const std::string &section, const std::string &line)
	{
		const auto files = filesOf(name);
		if (!files)
			return culprits_.push_back({section, line, true});
		for (const auto &file : *files) {
			const auto lines = read_(file, share_);
			if (!lines)
				return culprits_.push_back({section, line, true});
			for (const auto &each : *lines)
				weigh(each, {each.section, file, line}, section);
		}
	}

	void weigh(const ConfigurationLine &each, const OwnSection &own, const std::string &section)
	{
		const auto name = normalisedParameter(each.name);
		if (leadsOn(name))
			culprits_.push_back({section, own.line, true});
		else if (!each.section.empty() && !isGlobal(each.section)) {
			own_.push_back(own);
			open_ = own.line;
		} else if (isForShares(name))
			culprits_.push_back({section, own.line, !each.section.empty()});
	}

	std::string share_;
	const ReadConfiguration &read_;
	int depth_ = 0;
	std::vector<Culprit> culprits_;
	std::vector<std::pair<std::string, std::string>> copies_;
	std::set<std::string> sections_;
	std::vector<OwnSection> own_;
	std::string template_;
	std::string open_; ///< the line before, if its files end in sections of their own
	bool differ_ = false;
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

Result<Viewpoint> checkViewpoint(const std::string &share, const ReadConfiguration &read)
{
	Sources sources(share, read);
	auto followed = sources.follow("").and_then([&] { return sources.follow(registry); });
	if (!followed)
		return tl::unexpected(followed.error());
	sources.judge();
	const auto *culprit = sources.culpritOf(share);
	if (culprit == nullptr && !sources.defines(share)) {
		culprit = sources.culpritOf("homes");
		if (culprit == nullptr && !sources.usershareTemplate().empty())
			culprit = sources.culpritOf(sources.usershareTemplate());
	}
	if (culprit == nullptr)
		return sources.differ() ? Viewpoint::Client : Viewpoint::Everybody;
	return fail(HResult::NotSupported,
	            fmt::format("share {} depends on who connects: {}", share, culprit->line), 0,
	            "name files that are the same for all clients there, and use valid users, "
	            "read list and the like for what differs between them");
}

} // namespace fss
