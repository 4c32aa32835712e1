// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/CopyRun.h"

#include "command_line/LocaleText.h"
#include "protocol/Names.h"
#include "requester/copy/LocalTree.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace fss::requester {

namespace {

nlohmann::json jsonOf(const CopiedShare &copied)
{
	nlohmann::json failures = nlohmann::json::array();
	for (const Failure &failure : copied.report.failed)
		failures.push_back(failure.text());
	return {{"share", copied.share},
	        {"directory", copied.directory.string()},
	        {"files", copied.report.files},
	        {"directories", copied.report.directories},
	        {"bytes", copied.report.bytes},
	        {"filesHadAlready", copied.report.filesHadAlready},
	        {"filesVerified", copied.report.filesVerified},
	        {"failures", copied.report.failures},
	        {"failed", std::move(failures)}};
}

} // namespace

void CopyCommandOptions::add(cli::Command &command)
{
	command.option("--connections", copy.connections, "how many at the same time")
	        .range(1, 64)
	        .showDefault();
	command.flag("--no-acls", noAcls, "do not keep owners and access rights, which is faster");
	command.flag("--verify", copy.verify,
	             "read all once more, here and on the share, and compare");
}

Meters::Meters(const Environment &environment)
        : show_(!environment.quiet && isatty(STDERR_FILENO) == 1)
{
}

Meters::~Meters()
{
	if (shown_)
		fmt::print(stderr, "\n");
}

CopyWatch Meters::watch(const std::string &what)
{
	if (!show_)
		return {};
	return [this, what](const CopyProgress &progress) {
		shown_ = true;
		fmt::print(stderr, "\r\033[K{}: {}", what, text(progress));
		std::fflush(stderr);
	};
}

std::filesystem::path directoryFor(const ShadowSet &set, const ShadowCopy &copy,
                                   const std::filesystem::path &destination)
{
	if (set.copies.size() == 1)
		return destination;
	const auto sameShare = [&](const ShadowCopy &other) {
		return sameName(other.share, copy.share);
	};
	const bool alone = std::ranges::count_if(set.copies, sameShare) == 1;
	return alone ? destination / copy.share : destination / copy.host / copy.share;
}

Result<std::vector<CopiedShare>> copySet(Environment &environment, const ShadowSet &set,
                                         const std::filesystem::path &destination,
                                         const CopyCommandOptions &options)
{
	CopyOptions how = options.copy;
	how.securityDescriptors = !options.noAcls;
	std::vector<CopiedShare> all;
	for (const ShadowCopy &copy : set.copies) {
		if (copy.exposedName.empty())
			return failed(
			        {.kind = FailureKind::NotFound,
			         .server = copy.server,
			         .step = fmt::format("copy '{}'", copy.given),
			         .reason = "it is not exposed: its set was not finished",
			         .advice = fmt::format("'smbshadow delete {}', and make it anew",
			                               set.id.text())});
		const SmbPlace place{.host = copy.server, .share = copy.exposedName, .path = {}};
		const auto directory = directoryFor(set, copy, destination);
		if (set.copies.size() > 1)
			for (const auto &folder : {destination, directory.parent_path()})
				if (auto made = makeFolder(folder); !made)
					return failed(made.error());
		Meters meters(environment);
		auto report = copyFromShare(smbConnect(place, environment.login), copy.exposedUnc(),
		                            directory, how, meters.watch(copy.given),
		                            environment.cancellation);
		if (!report)
			return failed(report.error());
		all.push_back({copy.given, directory, *report});
	}
	return all;
}

Answer answerOf(const std::vector<CopiedShare> &copied)
{
	Answer answer;
	answer.json["copied"] = nlohmann::json::array();
	for (const CopiedShare &each : copied) {
		const CopyReport &report = each.report;
		answer.text += fmt::format("{}, {}: {} files, {} ({} of them there already)\n",
		                           each.share, each.directory.string(), report.files,
		                           sizeText(static_cast<double>(report.bytes)),
		                           report.filesHadAlready);
		for (const Failure &failure : report.failed)
			answer.text += "    " + failure.text() + "\n";
		answer.json["copied"].push_back(jsonOf(each));
		if (auto verdict = report.verdict(fmt::format("copy '{}'", each.share));
		    !verdict && !answer.failure)
			answer.failure = verdict.error();
	}
	return answer;
}

Result<SmbPlace> placeOf(const std::string &text)
{
	auto unc = parseShare(cli::fromLocale(text));
	if (!unc)
		return failed(
		        {.kind = FailureKind::Usage,
		         .step = fmt::format("read '{}'", text),
		         .reason = unc.error().step,
		         .advice = "name a place as //SERVER/SHARE or //SERVER/SHARE/DIRECTORY"});
	std::string path = unc->given.substr(
	        std::min(unc->given.size(), 2 + unc->host.size() + 1 + unc->share.size() + 1));
	std::ranges::replace(path, '\\', '/');
	while (path.ends_with('/'))
		path.pop_back();
	return SmbPlace{.host = unc->host, .share = unc->share, .path = path};
}

} // namespace fss::requester
