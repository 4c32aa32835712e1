// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Options.h"

#include "agent/Host.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <sstream>

namespace fss {

namespace {

constexpr std::array table{
        OptionInfo{"error codes", "interoperable", false,
                   "which generation of error numbers clients get: interoperable or current"},
        OptionInfo{"sequence timeout", "", false,
                   "seconds that replace every message sequence timer; 0 switches it off"},
        OptionInfo{"max concurrent sets", "1", false,
                   "how many shadow copy sets may be in creation at once"},
        OptionInfo{"max shadow copies", "512", true, "how many shadow copies a volume may have"},
        OptionInfo{"keep non-persistent", "no", false,
                   "keep shadow copies without ATTR_PERSISTENT over a reboot"},
        OptionInfo{"require privacy", "no", false, "refuse clients that sign but do not encrypt"},
        OptionInfo{"server names", "", false, "further names that clients use for this server"},
        OptionInfo{"owner name", "", false,
                   "the name that clients are told to make shadow copies at"},
        OptionInfo{"admin group", "", false,
                   "the Unix group whose members may use fssctl as root does"},
        OptionInfo{"provider", "auto", true,
                   "who makes the snapshots: auto, btrfs, snapper or vfs"},
        OptionInfo{"snapshot helper", "fss_snap_helper beside rpcd_fss", false,
                   "the program that calls the snapshot hooks of other VFS modules"},
        OptionInfo{"nested", "refuse", true,
                   "subvolumes and mounts below a share: refuse, include or ignore"},
        OptionInfo{"min free", "1G, 5%", true,
                   "room a volume must have for a shadow copy: a size, a percentage, or the "
                   "lesser of both; 0 for none"},
        OptionInfo{"hold", "yes", true,
                   "hold the writers of the share while snapshots of its volume are made"},
        OptionInfo{"hold timeout", "10", false,
                   "seconds after which writers go on, and the set fails"},
        OptionInfo{"one transaction", "prefer", false,
                   "whether all snapshots of one file system must be of one transaction: "
                   "prefer or require"},
        OptionInfo{"store directory", "", true,
                   "directory for snapshots, on the volume's file system"},
        OptionInfo{"previous versions", "no", true,
                   "list snapshots of the share's volume as Previous Versions of its files"},
};

std::string lower(std::string text)
{
	std::transform(text.begin(), text.end(), text.begin(),
	               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
	return text;
}

// "1G", "5%", "1G, 5%", "0"
std::optional<MinimumFree> parseMinimumFree(std::string text)
{
	MinimumFree minimum;
	std::replace(text.begin(), text.end(), ',', ' ');
	std::istringstream words(text);
	bool any = false;
	for (std::string word; words >> word; any = true) {
		uint64_t value = 0;
		const char *const end = word.data() + word.size();
		const auto [stop, error] =
		        std::from_chars(static_cast<const char *>(word.data()), end, value);
		const auto unit = lower(std::string(stop, end));
		const auto shift = std::string("kmgt").find(unit);
		if (error != std::errc())
			return std::nullopt;
		if (unit == "%" && value <= 100)
			minimum.percent = static_cast<unsigned>(value);
		else if (unit.empty())
			minimum.bytes = value;
		else if (unit.size() == 1 && shift != std::string::npos &&
		         value < (uint64_t{1} << 20))
			minimum.bytes = value << (10 * (shift + 1));
		else
			return std::nullopt;
	}
	return any ? std::optional(minimum) : std::nullopt;
}

} // namespace

std::span<const OptionInfo> optionTable()
{
	return table;
}

std::optional<ProviderChoice> parseProvider(const std::string &text)
{
	const auto name = lower(text);
	if (name == "auto")
		return ProviderChoice::Auto;
	if (name == "btrfs")
		return ProviderChoice::Btrfs;
	if (name == "snapper")
		return ProviderChoice::Snapper;
	if (name == "vfs")
		return ProviderChoice::Vfs;
	return std::nullopt;
}

std::optional<std::string> Options::raw(std::string_view name, const std::string *share) const
{
	return host_.option(share, std::string(name));
}

void Options::complain(std::string_view name, const std::string &value) const
{
	const auto known = std::find_if(table.begin(), table.end(),
	                                [&](const auto &entry) { return entry.name == name; });
	const auto fallback = known == table.end() || known->defaultValue.empty()
	                              ? std::string_view("the default")
	                              : known->defaultValue;
	host_.warning(fmt::format("smb.conf: fss:{} = {} is not understood, using {}", name, value,
	                          fallback));
}

uint32_t Options::number(std::string_view name, const std::string *share, uint32_t fallback,
                         uint32_t least) const
{
	const auto text = raw(name, share);
	if (!text)
		return fallback;
	uint32_t value = 0;
	const auto end = text->data() + text->size();
	const auto [stop, error] = std::from_chars(text->data(), end, value);
	if (error == std::errc() && stop == end && value >= least)
		return value;
	complain(name, *text);
	return fallback;
}

bool Options::flag(std::string_view name, const std::string *share, bool fallback) const
{
	const auto text = raw(name, share);
	if (!text)
		return fallback;
	const auto value = lower(*text);
	if (value == "yes" || value == "true" || value == "1" || value == "on")
		return true;
	if (value == "no" || value == "false" || value == "0" || value == "off")
		return false;
	complain(name, *text);
	return fallback;
}

Dialect Options::dialect() const
{
	const auto text = raw("error codes", nullptr);
	if (!text || lower(*text) == "interoperable")
		return Dialect::Interoperable;
	if (lower(*text) == "current")
		return Dialect::Current;
	complain("error codes", *text);
	return Dialect::Interoperable;
}

std::optional<std::chrono::seconds> Options::sequenceTimeout() const
{
	constexpr uint32_t unset = UINT32_MAX;
	const auto seconds = number("sequence timeout", nullptr, unset, 0);
	if (seconds == unset)
		return std::nullopt;
	return std::chrono::seconds(seconds);
}

uint32_t Options::maxConcurrentSets() const
{
	return number("max concurrent sets", nullptr, 1, 1);
}

uint32_t Options::maxShadowCopies(const std::string &share) const
{
	return number("max shadow copies", &share, 512, 1);
}

bool Options::keepNonPersistent() const
{
	return flag("keep non-persistent", nullptr, false);
}

bool Options::requirePrivacy() const
{
	return flag("require privacy", nullptr, false);
}

std::vector<std::string> Options::serverNames() const
{
	std::string text = raw("server names", nullptr).value_or("");
	std::replace(text.begin(), text.end(), ',', ' ');
	std::istringstream words(text);
	std::vector<std::string> names;
	for (std::string word; words >> word;)
		names.push_back(word);
	return names;
}

std::optional<std::string> Options::ownerName() const
{
	auto text = raw("owner name", nullptr);
	return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> Options::adminGroup() const
{
	auto text = raw("admin group", nullptr);
	return text && !text->empty() ? text : std::nullopt;
}

ProviderChoice Options::provider(const std::string &share) const
{
	const auto text = raw("provider", &share);
	if (!text)
		return ProviderChoice::Auto;
	const auto choice = parseProvider(*text);
	if (!choice)
		complain("provider", *text);
	return choice.value_or(ProviderChoice::Auto);
}

NestedPolicy Options::nested(const std::string &share) const
{
	const auto text = raw("nested", &share);
	if (!text || lower(*text) == "refuse")
		return NestedPolicy::Refuse;
	if (lower(*text) == "include")
		return NestedPolicy::Include;
	if (lower(*text) == "ignore")
		return NestedPolicy::Ignore;
	complain("nested", *text);
	return NestedPolicy::Refuse;
}

MinimumFree Options::minimumFree(const std::string &share) const
{
	const MinimumFree fallback{uint64_t{1} << 30, 5};
	const auto text = raw("min free", &share);
	if (!text)
		return fallback;
	if (auto minimum = parseMinimumFree(*text))
		return *minimum;
	complain("min free", *text);
	return fallback;
}

std::chrono::seconds Options::holdTimeout() const
{
	return std::chrono::seconds(number("hold timeout", nullptr, 10, 1));
}

bool Options::requireOneTransaction() const
{
	const auto text = raw("one transaction", nullptr);
	if (!text || lower(*text) == "prefer")
		return false;
	if (lower(*text) == "require")
		return true;
	complain("one transaction", *text);
	return false;
}

std::string Options::storeDirectory(const std::string &share) const
{
	return raw("store directory", &share).value_or("");
}

bool Options::previousVersions(const std::string &share) const
{
	return flag("previous versions", &share, false);
}

InspectOptions Options::inspection(const ShareInfo &share) const
{
	InspectOptions options;
	options.provider = share.usesOnlyOthers() ? ProviderChoice::Vfs : provider(share.name);
	options.share = share.name;
	options.store = storeDirectory(share.name);
	options.nested = nested(share.name);
	return options;
}

bool Options::hold(const std::string &share) const
{
	return flag("hold", &share, true);
}

} // namespace fss
