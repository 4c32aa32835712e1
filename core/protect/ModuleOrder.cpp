// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/ModuleOrder.h"

#include "publish/ModuleList.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

namespace fss {

namespace {

enum class Place { Above, Below };

struct Rule {
	std::string_view module;
	Place place; ///< relative to fss, where it has to be
	std::string_view reason;
};

constexpr std::string_view names =
        "translates names, and fss could not tell that one leads into the snapshot store";
constexpr std::string_view writes =
        "ends writes itself, which would pass by the write gate and by the end of an "
        "exposed share's writability";
constexpr std::string_view creates =
        "creates files itself, which would pass by the write gate and the snapshot store's "
        "protection";

constexpr std::string_view delays =
        "delays writes, and a Commit would wait for those that have passed the write gate";

// All other modules hand on what they are asked for, or ask the whole stack for
// what they do instead, and may be on either side: docs/stacking.md.
constexpr std::array rules{
        Rule{"aio_fork", Place::Below, writes},
        Rule{"aio_pthread", Place::Below, creates},
        Rule{"aio_ratelimit", Place::Above, delays},
        Rule{"btrfs", Place::Below, "clones files itself, which would pass by the write gate"},
        Rule{"cap", Place::Above, names},
        Rule{"catia", Place::Above, names},
        Rule{"io_uring", Place::Below, writes},
        Rule{"media_harmony", Place::Above, names},
        Rule{"unityed_media", Place::Above, names},
};

const Rule *ruleOf(std::string_view object)
{
	const auto name = moduleName(object);
	const auto *const found = std::find_if(
	        rules.begin(), rules.end(), [&](const Rule &rule) { return rule.module == name; });
	return found != rules.end() ? found : nullptr;
}

struct Sorted {
	std::vector<std::string> objects;
	std::vector<std::string> faults;
};

std::vector<std::string>::const_iterator ownPlace(const std::vector<std::string> &objects)
{
	return std::find_if(objects.begin(), objects.end(),
	                    [](const auto &object) { return moduleName(object) == "fss"; });
}

// fss must be among them.
Sorted sorted(const std::vector<std::string> &objects)
{
	const auto own = ownPlace(objects);
	std::vector<std::string> above, below, faults;
	const auto sort = [&](const std::string &object, Place given,
	                      std::vector<std::string> &kept) {
		const auto *const rule = ruleOf(object);
		if (rule == nullptr || rule->place == given) {
			kept.push_back(object);
			return;
		}
		const bool up = rule->place == Place::Above;
		faults.push_back(fmt::format("{} must stand {} {}: it {}", object,
		                             up ? "before" : "behind", *own, rule->reason));
		(up ? above : below).push_back(object);
	};
	std::for_each(objects.begin(), own,
	              [&](const auto &object) { sort(object, Place::Above, above); });
	// What has to go down comes right behind fss, what has to go up right before it:
	// so all others stay in their order.
	std::for_each(own + 1, objects.end(),
	              [&](const auto &object) { sort(object, Place::Below, below); });
	above.push_back(*own);
	above.insert(above.end(), below.begin(), below.end());
	return {std::move(above), std::move(faults)};
}

} // namespace

std::string misplacedModules(const std::vector<std::string> &objects)
{
	if (ownPlace(objects) == objects.end())
		return "";
	const auto order = sorted(objects);
	if (order.faults.empty())
		return "";
	return fmt::format("{}; write: vfs objects = {}", fmt::join(order.faults, "; "),
	                   fmt::join(order.objects, " "));
}

std::vector<std::string> orderedModules(std::vector<std::string> objects)
{
	if (ownPlace(objects) == objects.end())
		objects.insert(objects.begin(), "fss");
	return sorted(objects).objects;
}

} // namespace fss
