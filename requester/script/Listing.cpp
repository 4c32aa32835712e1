// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Listing.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>

namespace fss::requester {

namespace {

// VSS_VOLUME_SNAPSHOT_ATTRIBUTES (vss.h).
constexpr uint32_t Persistent = 0x00000001;
constexpr uint32_t NoAutoRecovery = 0x00000002;
constexpr uint32_t NoAutoRelease = 0x00000008;
constexpr uint32_t NoWriters = 0x00000010;
constexpr uint32_t FileShare = 0x04000000;

constexpr int64_t FileTimeOf1970 = 116444736000000000; // in 100 ns since 1601

/// " %VSS_SHADOW_1%", where the id has an alias.
std::string aliasText(const Aliases &aliases, const std::string &id)
{
	auto name = aliases.nameOf(id);
	return name ? fmt::format(" %{}%", *name) : "";
}

} // namespace

std::string idText(const std::string &guid)
{
	auto text = guid;
	std::transform(text.begin(), text.end(), text.begin(), [](char c) {
		return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
	});
	return "{" + text + "}";
}

std::string volumeText(const ShadowCopy &copy)
{
	return upper(fmt::format("\\\\{}\\{}\\", copy.host, copy.share));
}

uint32_t attributesOf(const Context &context)
{
	return context.value() | FileShare;
}

std::string attributesText(uint32_t attributes)
{
	std::string text = attributes & NoAutoRelease ? "No_Auto_Release" : "Auto_Release";
	auto add = [&](uint32_t bit, const char *name) {
		if (attributes & bit)
			text += fmt::format(" {}", name);
	};
	add(Persistent, "Persistent");
	add(NoWriters, "No_Writers");
	add(NoAutoRecovery, "No_Auto_Recovery");
	add(FileShare, "FileShare");
	return text;
}

std::string timeText(int64_t fileTime)
{
	auto seconds = static_cast<time_t>((fileTime - FileTimeOf1970) / 10'000'000);
	tm local{};
	localtime_r(&seconds, &local);
	auto hour = local.tm_hour % 12 == 0 ? 12 : local.tm_hour % 12;
	return fmt::format("{}/{}/{} {}:{:02}:{:02} {}", local.tm_mon + 1, local.tm_mday,
	                   local.tm_year + 1900, hour, local.tm_min, local.tm_sec,
	                   local.tm_hour < 12 ? "AM" : "PM");
}

std::string copyText(const ShadowSet &set, const ShadowCopy &copy, const Aliases &aliases,
                     const std::string &machine)
{
	auto id = idText(copy.id);
	auto setId = idText(set.id);
	return fmt::format("* Shadow copy ID = {}{}\n", id, aliasText(aliases, id)) +
	       fmt::format("- Shadow copy set: {}{}\n", setId, aliasText(aliases, setId)) +
	       fmt::format("- Original count of shadow copies = {}\n", set.copies.size()) +
	       fmt::format("- Original volume name: {} [volume not on this machine]\n",
	                   volumeText(copy)) +
	       fmt::format("- Creation time: {}\n", timeText(copy.created)) +
	       fmt::format("- Shadow copy device name: {}\n", copy.exposedUnc()) +
	       fmt::format("- Originating machine: {}\n", copy.server) +
	       fmt::format("- Service machine: {}\n", machine) + "- Not exposed\n" +
	       fmt::format("- Provider ID: {}\n", FileShareProvider) +
	       fmt::format("- Attributes: {}\n", attributesText(attributesOf(set.context)));
}

std::string deletingText(const ShadowSet &set, const ShadowCopy &copy)
{
	return fmt::format("Deleting shadow copy {} on volume {} from provider {} "
	                   "[Attributes: {:#010x}]...\n",
	                   idText(copy.id), volumeText(copy), FileShareProvider,
	                   attributesOf(set.context));
}

} // namespace fss::requester
