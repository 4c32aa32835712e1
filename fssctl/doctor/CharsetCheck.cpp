// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "protocol/Names.h"
#include "publish/ExposureTable.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fss::doctor {

namespace {

constexpr const char *check = "character-sets";
constexpr std::string_view defaultDos = "CP850";

bool isAscii(const std::string &text)
{
	return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

/// What smb.conf's [global] section says, in which order; "" where there is no such line.
struct Lines {
	bool hasUnix = false;
	std::string dos;      ///< the last value there is
	std::string dosAfter; ///< the last one after "unix charset"
};

Lines linesOf(const Surroundings &at)
{
	Lines found;
	for (const auto &line :
	     at.host.configuration("", "").value_or(std::vector<ConfigurationLine>{})) {
		const auto name = normalisedParameter(line.name);
		if (!line.section.empty() && !sameName(line.section, "global"))
			continue;
		if (name == "unixcharset") {
			found.hasUnix = true;
			found.dosAfter.clear();
		} else if (name == "doscharset") {
			found.dos = found.dosAfter = line.value;
		}
	}
	return found;
}

std::vector<std::string> foreignNames(const Surroundings &at)
{
	auto names = at.samba.shares();
	std::erase_if(names, isAscii);
	return names;
}

// Samba takes "unix charset" into account when a line after it changes "dos charset" from
// what it was, and reads the names of shares by the default charsets until then.
Finding order(const Surroundings &at, const std::string &unixCharset)
{
	const auto lines = linesOf(at);
	const auto names = foreignNames(at);
	if (!lines.dosAfter.empty() && lines.dosAfter != defaultDos)
		return ok(check, "",
		          fmt::format("unix charset = {}, and dos charset = {} after it",
		                      unixCharset, lines.dosAfter));
	const auto other = lines.dos.empty() || lines.dos == defaultDos ? "850" : lines.dos;
	Finding finding{check, "", names.empty() ? Verdict::Info : Verdict::Error,
	                fmt::format("unix charset = {}, and no dos charset after it that is "
	                            "spelled otherwise than {}: ",
	                            unixCharset, defaultDos)};
	finding.text += names.empty() ? "shares need names in ASCII, or smbd crashes when it reads "
	                                "smb.conf anew"
	                              : fmt::format("smbd crashes when it reads smb.conf anew, for "
	                                            "the name of {}",
	                                            fmt::join(names, ", "));
	if (!lines.hasUnix)
		finding.text += "; unix charset is not in smb.conf itself: the line belongs right "
		                "after it";
	finding.remedies = {setParameter(at.samba, "global", "dos charset", other)};
	return finding;
}

} // namespace

Findings checkCharsets(const Surroundings &at)
{
	const auto unixCharset = at.samba.parameter("unix charset");
	if (unixCharset.empty() || sameName(unixCharset, "UTF-8") || sameName(unixCharset, "UTF8"))
		return {ok(check, "", "unix charset = UTF-8")};
	return {order(at, unixCharset)};
}

Findings checkShareTexts(const Surroundings &at)
{
	Findings findings;
	for (const auto &name : at.samba.shares()) {
		const auto share = at.host.findShare(name, nullptr);
		if (share)
			continue;
		if (share.error().errnum == EILSEQ)
			findings.push_back({check, name, Verdict::Error, share.error().text()});
		else if (!isAscii(name) && share.error().code == HResult::ObjectNotFound)
			findings.push_back(
			        {check, name, Verdict::Error,
			         "the share's name is no text in Samba's unix charset, and "
			         "no client can ask for it: rename it, or save smb.conf in "
			         "that charset"});
	}
	return findings;
}

} // namespace fss::doctor
