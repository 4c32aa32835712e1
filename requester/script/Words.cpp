// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Words.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace fss::requester {

namespace {

constexpr std::string_view Blanks = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
	auto begin = text.find_first_not_of(Blanks);
	if (begin == std::string_view::npos)
		return {};
	return text.substr(begin, text.find_last_not_of(Blanks) - begin + 1);
}

std::string_view withoutPrompt(std::string_view line)
{
	for (std::string_view prompt : {"DISKSHADOW>", "SMBSHADOW>"})
		if (upper(line.substr(0, prompt.size())) == prompt)
			return trimmed(line.substr(prompt.size()));
	return line;
}

bool isComment(std::string_view line)
{
	auto first = upper(line.substr(0, line.find_first_of(Blanks)));
	return line.starts_with("#") || line.starts_with("//") || first == "REM";
}

tl::unexpected<Failure> malformed(std::string_view line, std::string reason)
{
	return failed({.kind = FailureKind::Usage,
	               .step = fmt::format("read '{}'", line),
	               .reason = std::move(reason),
	               .advice = {}});
}

Result<std::string> expanded(std::string_view word, const Aliases &aliases, std::string_view line)
{
	std::string result;
	while (!word.empty()) {
		auto percent = word.find('%');
		result += word.substr(0, percent);
		if (percent == std::string_view::npos)
			break;
		word.remove_prefix(percent + 1);
		auto end = word.find('%');
		if (end == std::string_view::npos) {
			result += '%'; // alone: what it is
			continue;
		}
		auto name = word.substr(0, end);
		word.remove_prefix(end + 1);
		if (name.empty()) {
			result += '%';
			continue;
		}
		auto value = aliases.find(name);
		if (!value)
			return malformed(line, fmt::format("there is no alias %{}%", name));
		result += *value;
	}
	return result;
}

} // namespace

std::string upper(std::string_view text)
{
	std::string result(text);
	std::transform(result.begin(), result.end(), result.begin(), [](char c) {
		return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
	});
	return result;
}

void Aliases::set(std::string_view name, std::string value)
{
	values_[upper(name)] = std::move(value);
}

std::optional<std::string> Aliases::find(std::string_view name) const
{
	auto found = values_.find(upper(name));
	if (found != values_.end())
		return found->second;
	const auto *value = getenv(std::string(name).c_str());
	return value ? std::optional<std::string>(value) : std::nullopt;
}

std::optional<std::string> Aliases::nameOf(std::string_view value) const
{
	for (const auto &[name, held] : values_)
		if (upper(held) == upper(value))
			return name;
	return std::nullopt;
}

Result<std::vector<std::string>> wordsOf(std::string_view whole, const Aliases &aliases)
{
	auto line = withoutPrompt(trimmed(whole));
	std::vector<std::string> words;
	if (line.empty() || isComment(line))
		return words;
	size_t at = 0;
	while ((at = line.find_first_not_of(Blanks, at)) != std::string_view::npos) {
		std::string word;
		bool quoted = false;
		for (; at < line.size(); ++at) {
			auto c = line[at];
			if (c == '"' && quoted && at + 1 < line.size() && line[at + 1] == '"') {
				word += '"';
				++at;
			} else if (c == '"') {
				quoted = !quoted;
			} else if (!quoted && Blanks.find(c) != std::string_view::npos) {
				break;
			} else {
				word += c;
			}
		}
		if (quoted)
			return malformed(line, "a quote is not closed");
		auto value = expanded(word, aliases, line);
		if (!value)
			return tl::unexpected(value.error());
		words.push_back(std::move(*value));
	}
	return words;
}

} // namespace fss::requester
