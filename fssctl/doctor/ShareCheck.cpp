// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "protect/InheritedModules.h"
#include "protect/ModuleOrder.h"
#include "publish/ModuleList.h"
#include "publish/ShareDefinition.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

Remedy setModules(const Surroundings &at, const std::string &share,
                  const std::vector<std::string> &members)
{
	return setParameter(at.samba, share, "vfs objects", joinedModules(members));
}

/// The members without those that keep a snapshot from holding all.
std::vector<std::string> readableModules(const std::string &share, std::vector<std::string> members)
{
	std::erase_if(members, [&](const auto &member) {
		return !checkReadable(share, joinedModules({member}));
	});
	return members;
}

std::vector<std::string> globalModules(const Surroundings &at)
{
	return moduleList(at.samba.parameter("vfs objects"));
}

/// What the share's own line, wherever it stands, has taken out of [global]'s.
void checkDropped(const Surroundings &at, const ShareInfo &share, Findings &findings)
{
	const auto global = globalModules(at);
	const auto members = moduleList(share.vfsObjects);
	const auto dropped = droppedModules(global, members);
	const auto kept = readableModules(share.name, dropped);
	if (dropped.empty()) {
		findings.push_back(ok("module-list", share.name,
		                      "it has all modules that [global] names for all shares"));
		return;
	}
	const bool changes = std::any_of(kept.begin(), kept.end(), changesFiles);
	Finding finding{"module-list", share.name, changes ? Verdict::Warning : Verdict::Info,
	                fmt::format("its own list of vfs objects replaces that of [global], and "
	                            "it is without {}: ",
	                            joinedModules(dropped))};
	finding.text += changes ? "clients no longer see, or have protected, what these modules "
	                          "keep"
	                        : "no file looks different for that";
	if (!kept.empty())
		finding.remedies.push_back(
		        setModules(at, share.name,
		                   mergedModules(readableModules(share.name, global), members)));
	findings.push_back(std::move(finding));
}

void checkModules(const Surroundings &at, const ShareInfo &share, Findings &findings)
{
	const auto members = moduleList(share.vfsObjects);
	if (const auto misplaced = misplacedModules(members); !misplaced.empty())
		findings.push_back({"module-order",
		                    share.name,
		                    Verdict::Error,
		                    "smbd refuses connections to it: " + misplaced,
		                    {setModules(at, share.name, orderedModules(members))}});
	else
		findings.push_back(ok("module-order", share.name,
		                      fmt::format("vfs objects = {}", joinedModules(members))));
	if (const auto readable = checkReadable(share.name, share.vfsObjects); !readable)
		findings.push_back(
		        {"module-data",
		         share.name,
		         Verdict::Error,
		         readable.error().text(),
		         {setModules(at, share.name, readableModules(share.name, members))}});
}

Finding noPart(const Surroundings &at, const ShareInfo &share)
{
	return {"share-takes-part",
	        share.name,
	        Verdict::Error,
	        "the share takes no part in shadow copies: fss is not among its vfs objects",
	        {setModules(at, share.name,
	                    mergedModules(globalModules(at), moduleList(share.vfsObjects)))}};
}

Finding notFound(const Surroundings &at, const std::string &name, const Error &error)
{
	Finding finding{"share-exists", name, Verdict::Error, error.text()};
	const auto shares = at.samba.shares();
	if (error.code == HResult::ObjectNotFound && !shares.empty()) {
		finding.text += "; there are";
		for (const auto &share : shares)
			finding.text += " " + share;
	}
	return finding;
}

/// What differs between clients is no shadow copy's; nor is what nobody can tell of.
void checkView(const Surroundings &at, const ShareInfo &share, Findings &findings)
{
	const auto read = [&](const std::string &file, const std::string &of) {
		return at.host.configuration(file, of);
	};
	const auto add = [&](const char *check, const Result<const char *> &result) {
		findings.push_back(
		        result ? ok(check, share.name, *result)
		               : Finding{check, share.name, Verdict::Error, result.error().text()});
	};
	add("share-view", checkViewpoint(share.name, read).map([](Viewpoint viewpoint) {
		return viewpoint == Viewpoint::Everybody
		               ? "it is the same for all clients"
		               : "files by client are included, but none of them changes it; who "
		                 "gets another share of this name is kept out of its copies";
	}));
	add("share-security", at.host.checkSecurity(share.name).map([] {
		return "its security descriptor can be read";
	}));
}

/// The scripts that may refuse a client are asked as root: what they say of others only
/// others can find out.
void checkGuard(const Surroundings &at, const ShareInfo &share, Findings &findings)
{
	if (!share.guarded)
		return;
	const auto admitted = at.guard.ask({share.name, share.path, "", "127.0.0.1"});
	findings.push_back(admitted ? ok("share-guard", share.name,
	                                 "its preexec or root preexec lets root connect")
	                            : Finding{"share-guard", share.name, Verdict::Error,
	                                      admitted.error().text()});
}

} // namespace

Findings checkLeftOut(const Surroundings &at)
{
	const auto global = at.samba.parameter("vfs objects");
	if (!usesModule(global, "fss"))
		return {};
	Findings findings;
	for (const auto &name : at.samba.shares()) {
		const auto share = at.host.findShare(name, nullptr);
		if (!share || share->usesModule())
			continue;
		auto finding = noPart(at, *share);
		finding.check = "module-list";
		finding.verdict = Verdict::Warning;
		finding.text = "its own list of vfs objects replaces that of [global], and it is "
		               "without fss: the share takes no part in shadow copies";
		findings.push_back(std::move(finding));
	}
	return findings;
}

std::optional<ShareInfo> checkShare(const Surroundings &at, const std::string &name,
                                    Findings &findings)
{
	const auto found = at.host.findShare(name, nullptr);
	if (!found) {
		findings.push_back(notFound(at, name, found.error()));
		return std::nullopt;
	}
	if (!found->available) {
		findings.push_back({"share-exists",
		                    found->name,
		                    Verdict::Error,
		                    "the share is switched off: available = no, or it has no path",
		                    {setParameter(at.samba, found->name, "available", "yes")}});
		return std::nullopt;
	}
	findings.push_back(ok("share-exists", found->name, found->path));
	if (!found->usesModule() && !found->usesOnlyOthers()) {
		findings.push_back(noPart(at, *found));
		return std::nullopt;
	}
	checkModules(at, *found, findings);
	checkDropped(at, *found, findings);
	checkView(at, *found, findings);
	checkGuard(at, *found, findings);
	return *found;
}

} // namespace fss::doctor
