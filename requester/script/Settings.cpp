// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Settings.h"

#include "command_line/LocaleText.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fss::requester {

namespace {

constexpr const char *ContextUse =
        "SET CONTEXT {PERSISTENT [NOWRITERS] | VOLATILE [NOWRITERS] | NOWRITERS}";

bool sameShare(const Unc &a, const Unc &b)
{
	return upper(a.host) == upper(b.host) && upper(a.share) == upper(b.share);
}

tl::unexpected<Failure> unsupported(const std::string &what, std::string reason)
{
	return failed({.kind = FailureKind::Unsupported,
	               .step = what,
	               .reason = std::move(reason),
	               .advice = {}});
}

} // namespace

tl::unexpected<Failure> wrongUse(const std::string &what, std::string reason, std::string advice)
{
	return failed({.kind = FailureKind::Usage,
	               .step = what,
	               .reason = std::move(reason),
	               .advice = std::move(advice)});
}

Context Settings::context() const
{
	// VSS recovers what writers have frozen; without them there is nothing to.
	return contextOf(persistent, writers && autoRecovery, writers);
}

std::string Settings::text() const
{
	return fmt::format("Context: {}{}\nOptions: {}\nMetadata: {}\nVerbose: {}\n",
	                   persistent ? "PERSISTENT" : "VOLATILE", writers ? "" : " NOWRITERS",
	                   autoRecovery ? "none" : "NOAUTORECOVER",
	                   metadata.empty() ? "none" : metadata.native(), verbose ? "ON" : "OFF");
}

Result<void> Settings::setContext(const std::vector<std::string> &words)
{
	const auto what = fmt::format("SET CONTEXT {}", fmt::join(words, " "));
	if (words.empty())
		return wrongUse(what, "the context is missing", ContextUse);
	bool newPersistent = persistent;
	bool newWriters = true;
	for (size_t i = 0; i < words.size(); ++i) {
		auto word = upper(words[i]);
		if (word == "PERSISTENT" && i == 0)
			newPersistent = true;
		else if (word == "VOLATILE" && i == 0)
			newPersistent = false;
		else if (word == "NOWRITERS")
			newWriters = false;
		else if (word == "CLIENTACCESSIBLE")
			return unsupported(what,
			                   "shadow copies of file shares are not client "
			                   "accessible (MS-FSRVP 2.2.2.2 has no such context)");
		else
			return wrongUse(what, fmt::format("'{}' is no context", words[i]),
			                ContextUse);
	}
	persistent = newPersistent;
	writers = newWriters;
	return {};
}

Result<void> Settings::setOptions(const std::vector<std::string> &words)
{
	const auto what = fmt::format("SET OPTION {}", fmt::join(words, " "));
	if (words.empty())
		return wrongUse(what, "the option is missing", "SET OPTION NOAUTORECOVER");
	for (const auto &given : words) {
		auto word = upper(given);
		if (word == "DIFFERENTIAL" || word == "PLEX" || word == "TRANSPORTABLE" ||
		    word == "ROLLBACKRECOVER" || word == "TXFRECOVER")
			return unsupported(what, fmt::format("{} is for volumes of this machine; "
			                                     "the server decides how it makes "
			                                     "snapshots of its shares",
			                                     word));
		if (word != "NOAUTORECOVER")
			return wrongUse(what, fmt::format("'{}' is no option", given),
			                "SET OPTION NOAUTORECOVER");
	}
	autoRecovery = false;
	return {};
}

Result<SharePath> sharePathOf(const std::string &typed)
{
	const auto text = cli::fromLocale(typed);
	auto share = parseShare(text);
	if (!share)
		return wrongUse(fmt::format("use '{}'", text), "it names no share",
		                "write \\\\server\\share or \\\\server\\share\\path");
	SharePath result{.share = *share, .path = {}};
	auto rest = text;
	std::replace(rest.begin(), rest.end(), '/', '\\');
	auto behind = rest.find(share->share, rest.find(share->host) + share->host.size());
	rest = rest.substr(std::min(rest.size(), behind + share->share.size()));
	std::replace(rest.begin(), rest.end(), '\\', '/');
	auto begin = rest.find_first_not_of('/');
	if (begin != std::string::npos)
		result.path = rest.substr(begin, rest.find_last_not_of('/') - begin + 1);
	return result;
}

Result<void> Settings::addVolume(const std::vector<std::string> &words)
{
	const auto what = fmt::format("ADD VOLUME {}", fmt::join(words, " "));
	constexpr const char *use = "ADD VOLUME \\\\server\\share[\\path] [ALIAS name]";
	if (words.size() != 1 && words.size() != 3)
		return wrongUse(what, "it needs a share, and may have an alias", use);
	if (words.size() == 3 && upper(words[1]) == "PROVIDER")
		return unsupported(what, "the server chooses the provider");
	if (words.size() == 3 && upper(words[1]) != "ALIAS")
		return wrongUse(what, fmt::format("'{}' is not ALIAS", words[1]), use);
	auto place = sharePathOf(words[0]);
	if (!place) {
		place.error().step = what;
		return tl::unexpected(place.error());
	}
	auto alias = words.size() == 3 ? words[2] : "";
	auto same = std::find_if(volumes.begin(), volumes.end(), [&](const Volume &volume) {
		return sameShare(volume.share, place->share);
	});
	if (same == volumes.end()) {
		volumes.push_back({.share = place->share, .alias = alias, .paths = {place->path}});
		return {};
	}
	// A second virtual machine on the same share, for instance.
	if (!alias.empty() && !same->alias.empty() && upper(alias) != upper(same->alias))
		return wrongUse(
		        what, fmt::format("the share is in the set already, as %{}%", same->alias));
	if (!alias.empty())
		same->alias = alias;
	same->paths.push_back(place->path);
	return {};
}

} // namespace fss::requester
