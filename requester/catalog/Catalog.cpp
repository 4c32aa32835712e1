// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/catalog/Catalog.h"

#include "requester/catalog/AtomicFile.h"
#include "requester/model/ShadowSetJson.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace fss::requester {

using nlohmann::json;
namespace filesystem = std::filesystem;

namespace {

constexpr int version = 1;

Failure unreadable(const filesystem::path &file, const std::string &why)
{
	return {.kind = FailureKind::Local,
	        .step = fmt::format("read the catalog '{}'", file.string()),
	        .reason = why,
	        .advice = "put it right or move it away; sets that are then in no catalog are "
	                  "found by 'smbshadow orphans'"};
}

std::string home()
{
	if (const char *set = std::getenv("HOME"); set && *set)
		return set;
	const passwd *user = getpwuid(getuid());
	return user ? user->pw_dir : "/";
}

// Hexadecimal digits in one case; braces and hyphens are no part of an id.
std::string digits(std::string_view id)
{
	std::string out;
	for (char c : id)
		if (c != '{' && c != '}' && c != '-')
			out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
	return out;
}

bool means(const ShadowSet &set, const std::string &wanted)
{
	const auto begins = [&wanted](const auto &id) {
		return digits(id.text()).starts_with(wanted);
	};
	return begins(set.id) || std::ranges::any_of(set.copies, [&](const ShadowCopy &copy) {
		       return begins(copy.id) || begins(copy.serverCopyId) ||
		              begins(copy.serverSetId);
	       });
}

} // namespace

Catalog::Catalog(filesystem::path file) : file_(std::move(file)) {}

filesystem::path Catalog::defaultFile()
{
	if (geteuid() == 0)
		return "/var/lib/smbshadow/catalog.json";
	const char *state = std::getenv("XDG_STATE_HOME");
	const filesystem::path base = state && *state == '/'
	                                      ? filesystem::path(state)
	                                      : filesystem::path(home()) / ".local/state";
	return base / "smbshadow/catalog.json";
}

Result<Catalog::Sets> Catalog::load() const
{
	auto text = readFile(file_);
	if (!text)
		return failed(text.error());
	if (text->empty())
		return Sets();
	try {
		const json document = json::parse(*text);
		if (document.at("version").get<int>() != version)
			return failed(unreadable(
			        file_, fmt::format("it has version {}, this smbshadow knows {}",
			                           document.at("version").dump(), version)));
		Sets sets;
		for (const json &each : document.at("sets")) {
			auto set = shadowSetOf(each);
			if (!set)
				return failed(unreadable(file_, set.error().reason));
			sets.push_back(std::move(*set));
		}
		return sets;
	} catch (const json::exception &error) {
		return failed(unreadable(file_, error.what()));
	}
}

Result<void> Catalog::store(const Sets &sets) const
{
	json list = json::array();
	for (const ShadowSet &set : sets)
		list.push_back(toJson(set));
	const json document{{"version", version}, {"sets", std::move(list)}};
	return replaceFile(file_, document.dump(2) + "\n");
}

Result<void> Catalog::change(const std::function<void(Sets &)> &edit)
{
	auto lock = FileLock::take(file_);
	if (!lock)
		return failed(lock.error());
	auto sets = load();
	if (!sets)
		return failed(sets.error());
	edit(*sets);
	return store(*sets);
}

Result<std::vector<ShadowSet>> Catalog::sets() const
{
	return load();
}

Result<void> Catalog::put(const ShadowSet &set)
{
	return change([&](Sets &sets) {
		const auto found = std::ranges::find(sets, set.id, &ShadowSet::id);
		if (found != sets.end())
			*found = set;
		else
			sets.push_back(set);
	});
}

Result<void> Catalog::remove(const SetId &id, const CopyId &copy)
{
	return change([&](Sets &sets) {
		const auto found = std::ranges::find(sets, id, &ShadowSet::id);
		if (found == sets.end())
			return;
		std::erase_if(found->copies,
		              [&](const ShadowCopy &each) { return each.id == copy; });
		if (found->copies.empty())
			sets.erase(found);
	});
}

Result<void> Catalog::remove(const SetId &id)
{
	return change([&](Sets &sets) {
		std::erase_if(sets, [&](const ShadowSet &each) { return each.id == id; });
	});
}

Result<ShadowSet> Catalog::find(std::string_view text) const
{
	// Shorter beginnings would soon mean several sets.
	constexpr size_t fewest = 8;
	const std::string step = fmt::format("find the set '{}'", text);
	const std::string wanted = digits(text);
	if (wanted.size() < fewest || wanted.find_first_not_of("0123456789ABCDEF") != wanted.npos)
		return failed({.kind = FailureKind::Usage,
		               .step = step,
		               .reason = fmt::format(
		                       "an id or its first {} digits or more are needed", fewest),
		               .advice = "'smbshadow list' shows the ids"});
	auto all = load();
	if (!all)
		return failed(all.error());
	std::erase_if(*all, [&](const ShadowSet &set) { return !means(set, wanted); });
	if (all->empty())
		return failed(
		        {.kind = FailureKind::NotFound,
		         .step = step,
		         .reason = fmt::format("the catalog '{}' has no such set", file_.string()),
		         .advice = "'smbshadow list' shows what it has"});
	if (all->size() > 1)
		return failed({.kind = FailureKind::Usage,
		               .step = step,
		               .reason = fmt::format("{} sets begin like that", all->size()),
		               .advice = "give more digits"});
	return all->front();
}

} // namespace fss::requester
