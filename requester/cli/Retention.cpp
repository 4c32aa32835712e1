// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/Retention.h"

#include "base/Clock.h"

#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <regex>

namespace fss::requester {

namespace filesystem = std::filesystem;

namespace {

constexpr std::string_view partialSuffix = ".partial";

Failure systemFailure(const char *what, const filesystem::path &path, const std::error_code &error)
{
	return {.kind = FailureKind::Local,
	        .step = fmt::format("{} '{}'", what, path.string()),
	        .reason = error.message()};
}

bool isBackupName(const std::string &name)
{
	static const std::regex pattern(R"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)");
	return std::regex_match(name, pattern);
}

struct Found {
	std::vector<filesystem::path> whole;   ///< oldest first
	std::vector<filesystem::path> partial; ///< of runs that were ended
};

Found find(const filesystem::path &destination, std::error_code &error)
{
	Found found;
	for (const auto &entry : filesystem::directory_iterator(destination, error)) {
		if (!entry.is_directory() || entry.is_symlink())
			continue;
		std::string name = entry.path().filename().string();
		if (isBackupName(name) && filesystem::exists(entry.path() / metadataName)) {
			found.whole.push_back(entry.path());
		} else if (name.ends_with(partialSuffix)) {
			name.resize(name.size() - partialSuffix.size());
			if (isBackupName(name))
				found.partial.push_back(entry.path());
		}
	}
	std::ranges::sort(found.whole);
	return found;
}

} // namespace

BackupPlace::BackupPlace(const filesystem::path &destination, int64_t created)
        : finished(destination /
                   fmt::format("{:%Y-%m-%dT%H-%M-%SZ}",
                               fmt::gmtime(static_cast<time_t>(unixSeconds(created))))),
          partial(finished.string() + std::string(partialSuffix))
{
}

Result<void> BackupPlace::finish() const
{
	std::error_code error;
	filesystem::rename(partial, finished, error);
	if (error)
		return failed(systemFailure("give its name to", finished, error));
	return {};
}

Result<std::vector<std::string>> prune(const filesystem::path &destination, unsigned keep)
{
	std::error_code error;
	Found found = find(destination, error);
	if (error)
		return failed(systemFailure("list", destination, error));
	std::vector<filesystem::path> old = std::move(found.partial);
	if (found.whole.size() > keep)
		old.insert(old.end(), found.whole.begin(), found.whole.end() - keep);
	std::vector<std::string> removed;
	for (const filesystem::path &each : old) {
		filesystem::remove_all(each, error);
		if (error)
			return failed(systemFailure("remove", each, error));
		removed.push_back(each.string());
	}
	return removed;
}

} // namespace fss::requester
