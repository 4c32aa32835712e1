// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/LocalTrial.h"

#include "base/Fd.h"
#include "fssctl/Creator.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

// Whoever makes a set just now may take longer; the trial can be made later.
constexpr std::chrono::seconds patience(5);

Result<void> readFile(const std::string &path)
{
	const Fd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
	char byte = 0;
	if (!file || ::read(file.get(), &byte, 1) < 0)
		return fail(HResult::Fail, fmt::format("read '{}'", path), errno);
	return {};
}

/// Lists a directory, and reads the first file in it.
Result<void> readDirectory(const std::string &path)
{
	std::error_code error;
	std::filesystem::directory_iterator each(path, error);
	for (const std::filesystem::directory_iterator end; !error && each != end;
	     each.increment(error))
		if (each->symlink_status().type() == std::filesystem::file_type::regular)
			return readFile(each->path());
	if (error)
		return fail(HResult::Fail, fmt::format("read directory '{}'", path), error.value());
	return {};
}

} // namespace

Result<void> LocalTrial::create(const std::string &share)
{
	fssctl::CreateOptions options;
	options.shares = {share};
	options.temporary = true;
	options.wait = patience;
	const auto names = server_.names();
	fssctl::Creator creator(server_, options, names.empty() ? "localhost" : names.front());
	return creator.make([](auto, auto, auto) {}).map([this](const auto &set) { set_ = set; });
}

Result<void> LocalTrial::read()
{
	const auto survey = server_.survey();
	if (!survey)
		return tl::unexpected(survey.error());
	const auto *view = survey->find(*set_);
	if (view == nullptr || view->set.copies.empty() ||
	    view->set.copies.front().mappings.empty())
		return fail(HResult::Fail, "find the shadow copy set on record");
	const auto &copy = view->set.copies.front();
	const auto &mapping = copy.mappings.front();
	if (!server_.host().isPublished(mapping.exposedName))
		return fail(HResult::Fail,
		            fmt::format("find share {} published", mapping.exposedName));
	const auto snapshot = server_.snapshotPath(copy);
	return readDirectory(mapping.relativePath.empty() ? snapshot
	                                                  : snapshot + "/" + mapping.relativePath);
}

Result<void> LocalTrial::remove()
{
	return set_ ? server_.remove(*set_) : Result<void>();
}

} // namespace fss::doctor
