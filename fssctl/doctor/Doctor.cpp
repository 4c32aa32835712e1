// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Doctor.h"

#include "fssctl/doctor/Checks.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

void Doctor::run(const char *check, const std::function<Findings()> &look)
{
	Findings found;
	try {
		found = look();
	} catch (const std::exception &thrown) {
		found = {{check, "", Verdict::Error,
		          fmt::format("could not be looked at: {}", thrown.what())}};
	}
	for (auto &finding : found) {
		told_(finding);
		findings_.push_back(std::move(finding));
	}
}

/// Shares that take part, or were meant to: a share with other modules only may
/// have its snapshots made by one, and most have nothing to do with that.
std::vector<std::string> Doctor::participants()
{
	std::vector<std::string> names;
	for (const auto &name : at_.samba.shares()) {
		const auto share = at_.host.findShare(name, nullptr);
		if (share && share->usesModule())
			names.push_back(share->name);
	}
	return names;
}

void Doctor::examineShare(const std::string &name)
{
	examined_.push_back(name);
	run("share-exists", [&] {
		Findings found;
		if (const auto share = checkShare(at_, name, found))
			for (auto &finding : checkVolume(at_, *share))
				found.push_back(std::move(finding));
		return found;
	});
}

void Doctor::examine(const std::string &share)
{
	run("samba-version", [&] { return checkVersion(at_); });
	run("samba-dcerpcd", [&] { return checkDaemons(at_); });
	run("rpcd-installed", [&] { return checkWorker(at_); });
	run("module-loads", [&] { return checkModule(at_); });
	run("server-role", [&] { return checkSettings(at_); });
	run("options", [&] {
		return checkOptions(at_, share.empty() ? at_.samba.shares() : std::vector{share});
	});
	run("state-directory", [&] { return checkState(at_); });
	run("permitted-accounts", [&] { return checkRights(at_); });
	run("server-names", [&] { return checkNames(at_); });
	run("character-sets", [&] { return checkCharsets(at_); });
	run("apparmor", [&] { return checkConfinement(at_); });
	run("sets", [&] { return checkSets(at_); });
	if (share.empty()) {
		run("module-list", [&] { return checkLeftOut(at_); });
		run("character-sets", [&] { return checkShareTexts(at_); });
	}
	const auto shares = share.empty() ? participants() : std::vector{share};
	for (const auto &name : shares)
		examineShare(name);
	if (shares.empty())
		run("share-takes-part", []() -> Findings {
			return {{"share-takes-part", "", Verdict::Error,
			         "no share takes part in shadow copies: none has fss among its vfs "
			         "objects; "
			         "fssctl doctor SHARE says what to write"}};
		});
}

bool Doctor::hasError(const std::string &share) const
{
	return std::any_of(findings_.begin(), findings_.end(), [&](const auto &finding) {
		return finding.share == share && finding.verdict == Verdict::Error;
	});
}

std::optional<std::string> Doctor::soundShare() const
{
	if (hasError(""))
		return std::nullopt;
	const auto sound = std::find_if(examined_.begin(), examined_.end(),
	                                [&](const auto &share) { return !hasError(share); });
	return sound != examined_.end() ? std::optional(*sound) : std::nullopt;
}

} // namespace fss::doctor
