// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/SmbPlace.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace fss::requester {

std::string SmbPlace::unc() const
{
	auto text = "\\\\" + host + "\\" + share;
	if (!path.empty())
		text += "\\" + path;
	std::replace(text.begin(), text.end(), '/', '\\');
	return text;
}

std::string joined(const std::string &directory, const std::string &name)
{
	return directory.empty() ? name : name.empty() ? directory : directory + "/" + name;
}

std::string escapedAddress(const std::string &host, const std::string &share,
                           const std::string &path)
{
	auto escaped = [](const std::string &text, bool slashes) {
		std::string result;
		for (unsigned char c : text) {
			bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			             (c >= '0' && c <= '9') || strchr("-._~", c) != nullptr ||
			             (slashes && c == '/');
			result += plain ? std::string(1, static_cast<char>(c))
			                : fmt::format("%{:02X}", c);
		}
		return result;
	};
	return escaped(host, false) + "/" + escaped(share, false) + "/" + escaped(path, true);
}

} // namespace fss::requester
