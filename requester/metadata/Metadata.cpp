// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/metadata/Metadata.h"

#include "requester/catalog/AtomicFile.h"
#include "requester/model/ShadowSetJson.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace fss::requester {

namespace {

using nlohmann::json;

constexpr const char *Format = "smbshadow metadata";
constexpr int64_t FileTimeOf1970 = 116444736000000000; // in 100 ns since 1601

std::string now()
{
	return isoTime(time(nullptr) * int64_t{10'000'000} + FileTimeOf1970);
}

tl::unexpected<Failure> unreadable(const std::filesystem::path &file, std::string reason)
{
	return failed({.kind = FailureKind::Local,
	               .step = fmt::format("read the metadata '{}'", file.native()),
	               .reason = std::move(reason),
	               .advice = "name a file that SET METADATA or --metadata has written"});
}

json toJson(const MetadataVolume &volume)
{
	return {{"share", volume.share}, {"paths", volume.paths}};
}

json toJson(const MetadataWriter &writer)
{
	return {{"name", writer.name},
	        {"verified", writer.verified},
	        {"components", writer.components}};
}

json toJson(const MetadataCopy &copy)
{
	return {{"shadowCopy", copy.shadowCopy.text()}, {"directory", copy.directory}};
}

template <class T> json allOf(const std::vector<T> &things)
{
	auto result = json::array();
	for (const auto &thing : things)
		result.push_back(toJson(thing));
	return result;
}

/// Throws json::exception for what is missing or of another type.
Metadata parsed(const json &file)
{
	Metadata metadata;
	metadata.machine = file.at("machine");
	metadata.written = file.at("written");
	metadata.finished = file.at("finished");
	for (const auto &volume : file.at("volumes"))
		metadata.volumes.push_back(
		        {.share = volume.at("share"), .paths = volume.at("paths")});
	for (const auto &writer : file.at("writers"))
		metadata.writers.push_back({.name = writer.at("name"),
		                            .verified = writer.at("verified"),
		                            .components = writer.at("components")});
	for (const auto &copy : file.at("copies")) {
		auto id = CopyId::parse(copy.at("shadowCopy").get<std::string>());
		metadata.copies.push_back(
		        {.shadowCopy = id.value_or(CopyId()), .directory = copy.at("directory")});
	}
	metadata.aliases = file.at("aliases").get<std::map<std::string, std::string>>();
	if (file.contains("files"))
		metadata.files =
		        file.at("files").get<std::map<std::string, std::vector<std::string>>>();
	return metadata;
}

} // namespace

Result<void> Metadata::save(const std::filesystem::path &file) const
{
	json content{{"format", Format},          {"version", Version},
	             {"machine", machine},        {"written", now()},
	             {"finished", finished},      {"set", requester::toJson(set)},
	             {"volumes", allOf(volumes)}, {"writers", allOf(writers)},
	             {"copies", allOf(copies)},   {"aliases", aliases}};
	if (!files.empty())
		content["files"] = files;
	return replaceFile(file,
	                   content.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Result<Metadata> Metadata::load(const std::filesystem::path &file)
{
	std::error_code error;
	if (!std::filesystem::exists(file, error))
		return unreadable(file, error ? error.message() : strerror(ENOENT));
	auto text = readFile(file);
	if (!text)
		return tl::unexpected(text.error());
	auto content = json::parse(*text, nullptr, false);
	if (!content.is_object() || content.value("format", json()) != Format)
		return unreadable(file, "it is no metadata file of smbshadow");
	if (content.value("version", json()) != Version)
		return unreadable(file,
		                  fmt::format("its version is {}, this smbshadow knows {}",
		                              content.value("version", json()).dump(), Version));
	try {
		auto metadata = parsed(content);
		auto set = shadowSetOf(content.at("set"));
		if (!set)
			return unreadable(file, set.error().text());
		metadata.set = std::move(*set);
		return metadata;
	} catch (const json::exception &malformed) {
		return unreadable(file, malformed.what());
	}
}

Result<void> Metadata::checkWritable(const std::filesystem::path &file)
{
	auto directory = file.has_parent_path() ? file.parent_path() : ".";
	std::error_code error;
	if (std::filesystem::is_directory(file, error))
		errno = EISDIR;
	else if (access(directory.c_str(), W_OK | X_OK) == 0)
		return {};
	return failed({.kind = FailureKind::Local,
	               .step = fmt::format("write the metadata '{}'", file.native()),
	               .reason = strerror(errno),
	               .advice = "SET METADATA to a file in a directory that can be written"});
}

} // namespace fss::requester
