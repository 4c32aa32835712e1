// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Writers.h"

#include "requester/script/Exec.h"
#include "requester/script/Words.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

namespace fss::requester {

namespace {

constexpr auto CallTime = std::chrono::seconds(60);

bool isWriter(const std::filesystem::directory_entry &entry)
{
	auto name = entry.path().filename().native();
	std::error_code error;
	return entry.is_regular_file(error) && !name.starts_with(".") && !name.ends_with("~") &&
	       name.find(".dpkg-") == std::string::npos;
}

/// For /bin/sh.
std::string quoted(const std::string &word)
{
	std::string result = "'";
	for (char c : word)
		result += c == '\'' ? std::string("'\\''") : std::string(1, c);
	return result + "'";
}

} // namespace

std::string Writers::key(const std::string &name)
{
	auto bare = name.size() > 1 && name.front() == '{' && name.back() == '}'
	                    ? name.substr(1, name.size() - 2)
	                    : name;
	return upper(bare);
}

Result<std::vector<std::string>> Writers::names() const
{
	std::vector<std::string> names;
	std::error_code error;
	std::filesystem::directory_iterator entries(directory_, error);
	if (error == std::errc::no_such_file_or_directory)
		return names;
	for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
		if (isWriter(*entries))
			names.push_back(entries->path().filename());
	if (error)
		return failed({.kind = FailureKind::Local,
		               .step = fmt::format("list the writers in '{}'", directory_.native()),
		               .reason = error.message(),
		               .advice = {}});
	std::sort(names.begin(), names.end());
	return names;
}

Result<std::filesystem::path> Writers::find(const std::string &name) const
{
	auto all = names();
	if (!all)
		return tl::unexpected(all.error());
	for (const auto &candidate : *all) {
		if (key(candidate) != key(name))
			continue;
		auto file = std::filesystem::absolute(directory_ / candidate);
		if (access(file.c_str(), X_OK) == 0)
			return file;
		return failed({.kind = FailureKind::Hook,
		               .step = fmt::format("use the writer '{}'", file.native()),
		               .reason = "it is not executable",
		               .advice = fmt::format("chmod +x {}", file.native())});
	}
	return failed({.kind = FailureKind::NotFound,
	               .step = fmt::format("find the writer {}", name),
	               .reason = fmt::format("'{}' has no such file", directory_.native()),
	               .advice = "put an executable of that name there, which is called with "
	                         "freeze and thaw (see smbshadow(1))"});
}

Result<std::vector<std::string>> Writers::call(const std::string &name,
                                               const std::string &verb) const
{
	auto file = find(name);
	if (!file)
		return tl::unexpected(file.error());
	auto done = runForOutput({file->native(), verb}, CallTime);
	if (!done) {
		done.error().kind = FailureKind::Hook;
		return tl::unexpected(done.error());
	}
	std::vector<std::string> lines;
	std::istringstream text(*done);
	for (std::string line; std::getline(text, line);)
		if (!line.empty())
			lines.push_back(line);
	return lines;
}

Result<Writer> Writers::hooks(const std::string &name) const
{
	auto file = find(name);
	if (!file)
		return tl::unexpected(file.error());
	return Writer{.name = name,
	              .freeze = quoted(file->native()) + " freeze",
	              .thaw = quoted(file->native()) + " thaw"};
}

} // namespace fss::requester
