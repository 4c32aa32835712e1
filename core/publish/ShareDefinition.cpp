// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ShareDefinition.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace fss {

namespace {

struct Dropped {
	std::string_view parameter; ///< as normalisedParameter() gives it
	std::string_view reason;
};

constexpr std::string_view replaced = "replaced";
constexpr std::string_view writes = "would let someone write to a shadow copy";
constexpr std::string_view runs = "runs a command, which has to run for the base share only";
constexpr std::string_view service = "not for a share that serves a backup";

constexpr std::array dropped{
        Dropped{"path", replaced},          Dropped{"directory", replaced},
        Dropped{"comment", replaced},       Dropped{"readonly", replaced},
        Dropped{"writeable", replaced},     Dropped{"writable", replaced},
        Dropped{"writeok", replaced},       Dropped{"browseable", replaced},
        Dropped{"browsable", replaced},     Dropped{"available", replaced},
        Dropped{"copy", "resolved"},        Dropped{"include", "resolved"},
        Dropped{"writelist", writes},       Dropped{"adminusers", writes},
        Dropped{"preexec", runs},           Dropped{"exec", runs},
        Dropped{"preexecclose", runs},      Dropped{"rootpreexec", runs},
        Dropped{"rootpreexecclose", runs},  Dropped{"postexec", runs},
        Dropped{"rootpostexec", runs},      Dropped{"magicscript", runs},
        Dropped{"magicoutput", runs},       Dropped{"dfreecommand", runs},
        Dropped{"printable", service},      Dropped{"printok", service},
        Dropped{"maxconnections", service}, Dropped{"msdfsroot", service},
        Dropped{"msdfsproxy", service},
};

void replaceAll(std::string &text, std::string_view from, std::string_view to)
{
	for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
		text.replace(at, from.size(), to);
}

// smbd replaces %-variables in most values. %S, the service's name, has to
// stay the base share's ("valid users = %S" in [homes]).
std::string valueFor(std::string value, const std::string &base)
{
	replaceAll(value, "%S", base);
	return value;
}

} // namespace

std::string normalisedParameter(std::string_view parameter)
{
	std::string out;
	for (unsigned char c : parameter)
		if (!std::isspace(c))
			out += static_cast<char>(std::tolower(c));
	return out;
}

std::optional<std::string_view> reasonToDrop(std::string_view parameter)
{
	const auto key = normalisedParameter(parameter);
	for (const auto &entry : dropped)
		if (entry.parameter == key)
			return entry.reason;
	return std::nullopt;
}

ShareParameters exposedDefinition(const ShareParameters &base, const Exposure &exposure)
{
	ShareParameters out;
	for (const auto &[parameter, value] : base)
		if (!reasonToDrop(parameter))
			out.emplace_back(parameter, valueFor(value, exposure.base));
	std::string path = exposure.path;
	replaceAll(path, "%", "%%");
	std::string comment = exposure.comment;
	replaceAll(comment, "%", "%%");
	out.emplace_back("path", path);
	out.emplace_back("comment", comment);
	out.emplace_back("read only", exposure.writable ? "no" : "yes");
	out.emplace_back("browseable", "no");
	out.emplace_back("available", "yes");
	return out;
}

} // namespace fss
