// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Finding.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

Finding ok(std::string check, std::string share, std::string text)
{
	return {std::move(check), std::move(share), Verdict::Ok, std::move(text)};
}

const char *name(Verdict verdict)
{
	switch (verdict) {
	case Verdict::Ok:
		return "ok";
	case Verdict::Info:
		return "info";
	case Verdict::Warning:
		return "warning";
	case Verdict::Error:
		break;
	}
	return "error";
}

Verdict gravest(const Findings &findings)
{
	auto worst = Verdict::Ok;
	for (const auto &finding : findings)
		worst = std::max(worst, finding.verdict);
	return worst;
}

std::string quoted(const std::string &word)
{
	const auto plain = [](unsigned char c) {
		return std::isalnum(c) != 0 ||
		       std::string_view("/._-+=:,@%").find(static_cast<char>(c)) !=
		               std::string_view::npos;
	};
	if (!word.empty() && std::all_of(word.begin(), word.end(), plain))
		return word;
	std::string text = "'";
	for (const char c : word)
		text += c == '\'' ? std::string("'\\''") : std::string(1, c);
	return text + "'";
}

Remedy command(const std::vector<std::string> &words)
{
	Remedy remedy;
	for (const auto &word : words)
		remedy.command += (remedy.command.empty() ? "" : " ") + quoted(word);
	return remedy;
}

std::string Remedy::text() const
{
	if (!command.empty())
		return "run: " + command;
	if (line.empty())
		return fmt::format("in {}, section [{}], remove: {}", file, section, removes);
	const bool renames = !removes.empty() && !line.starts_with(removes + " =");
	return fmt::format("in {}, section [{}], write: {}{}", file, section, line,
	                   renames ? fmt::format("   (in place of {})", removes) : "");
}

} // namespace fss::doctor
