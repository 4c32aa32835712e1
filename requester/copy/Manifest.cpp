// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Manifest.h"

#include "base/PathText.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unordered_set>

namespace fss::requester {

namespace {

using nlohmann::json;

constexpr int Version = 1;

/// This start of the machine: what a process wrote is not lost before its end.
std::string bootId()
{
	std::string id;
	std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
	return id;
}

json timesOf(const FileTimes &times)
{
	return json::array({times.created, times.written, times.accessed});
}

/// A line is malformed only where the machine died while it was written.
json parsed(const std::string &line)
{
	return json::parse(line, nullptr, false);
}

/// Names of a share are UTF-8 but for those of servers that err.
std::string text(const json &line, const char *key)
{
	auto found = line.find(key);
	if (found == line.end() || !found->is_string())
		return {};
	return found->get<std::string>();
}

ManifestEntry entryOf(const json &line, const std::map<size_t, std::string> &descriptors)
{
	ManifestEntry entry;
	entry.directory = line.contains("directory");
	entry.path = unescapedPath(text(line, entry.directory ? "directory" : "file")).value_or("");
	entry.size = line.value("size", uint64_t{0});
	entry.attributes = line.value("attributes", uint16_t{0});
	auto times = line.value("times", std::vector<Nanoseconds>{0, 0, 0});
	times.resize(3);
	entry.times = {.created = times[0], .written = times[1], .accessed = times[2]};
	entry.checksum = Checksum::parse(text(line, "xxh128")).value_or(Checksum());
	auto found = descriptors.find(line.value("acl", size_t{0}));
	if (found != descriptors.end())
		entry.securityDescriptor = found->second;
	return entry;
}

/// Which lines count: all of this boot's, and those before the last "synced".
class Lines {
public:
	explicit Lines(const std::filesystem::path &path) : path_(path), boot_(bootId())
	{
		measure();
	}

	/// Calls use(line) for those that count.
	template <class Fn> void each(Fn use) const
	{
		std::ifstream in(path_);
		std::string line;
		for (size_t number = 0; std::getline(in, line); ++number) {
			auto value = parsed(line);
			if (value.is_object() && counts(number))
				use(value);
		}
	}

	size_t count() const { return count_; }

private:
	bool counts(size_t number) const { return number < synced_ || number >= thisBoot_; }

	void measure()
	{
		std::ifstream in(path_);
		std::string line;
		for (size_t number = 0; std::getline(in, line); ++number) {
			if (line.starts_with("{\"synced\""))
				synced_ = parsed(line).value("synced", synced_);
			else if (line.starts_with("{\"boot\"") &&
			         line.find(boot_) != std::string::npos)
				thisBoot_ = std::min(thisBoot_, number);
			count_ = number + 1;
		}
	}

	std::filesystem::path path_;
	std::string boot_;
	size_t synced_ = 1; // the head counts
	size_t thisBoot_ = SIZE_MAX;
	size_t count_ = 0;
};

} // namespace

Manifest::~Manifest() = default;

Result<std::unique_ptr<Manifest>> Manifest::resume(const LocalTree &tree, const std::string &source)
{
	std::unique_ptr<Manifest> manifest(new Manifest);
	manifest->path_ = tree.top() / StateFolder / FileName;
	auto step = fmt::format("open '{}'", manifest->path_.native());
	manifest->fd_ = Fd(openat(tree.stateFolder(), std::string(FileName).c_str(),
	                          O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (!manifest->fd_)
		return localFailure(step, errno);
	if (flock(manifest->fd_.get(), LOCK_EX | LOCK_NB) != 0)
		return failed({.kind = FailureKind::Busy,
		               .step = step,
		               .reason = "another smbshadow copies to this directory",
		               .advice = "wait for its end"});
	if (auto done = manifest->load(source); !done)
		return tl::unexpected(done.error());
	return manifest;
}

Result<void> Manifest::load(const std::string &source)
{
	if (lseek(fd_.get(), 0, SEEK_END) == 0) {
		json head{{"smbshadow", "copy"},
		          {"version", Version},
		          {"source", source},
		          {"block", BlockBytes}};
		if (auto done = append(head.dump()); !done)
			return done;
	} else {
		// A line that the last run did not get to write to its end.
		char last = 0;
		if (pread(fd_.get(), &last, 1, lseek(fd_.get(), 0, SEEK_END) - 1) == 1 &&
		    last != '\n')
			if (auto done = append(""); !done)
				return done;
	}
	std::string foundSource;
	int version = 0;
	Lines lines(path_);
	lines_ = lines.count();
	lines.each([&](const json &line) {
		if (line.contains("smbshadow")) {
			foundSource = text(line, "source");
			version = line.value("version", 0);
		} else if (line.contains("file")) {
			auto entry = entryOf(line, {});
			known_[Checksum::of(std::string_view(entry.path))] = {
			        .size = entry.size, .written = entry.times.written};
		} else if (line.contains("damaged")) {
			known_.erase(Checksum::of(std::string_view(
			        unescapedPath(text(line, "damaged")).value_or(""))));
		} else if (line.contains("descriptor")) {
			nextDescriptor_ =
			        std::max(nextDescriptor_, line.value("descriptor", size_t{0}) + 1);
		}
	});
	if (version != Version)
		return failed({.kind = FailureKind::Local,
		               .step = fmt::format("read '{}'", path_.native()),
		               .reason = "it is no manifest of this version",
		               .advice = "choose another destination, or remove the file to copy "
		                         "everything again"});
	if (foundSource != source)
		return failed({.kind = FailureKind::Usage,
		               .step = fmt::format("copy {} to '{}'", source,
		                                   path_.parent_path().parent_path().native()),
		               .reason = fmt::format("it holds a copy of {}", foundSource),
		               .advice = "choose another destination"});
	return append(json{{"boot", bootId()}}.dump());
}

bool Manifest::holds(const ManifestEntry &entry) const
{
	auto found = known_.find(Checksum::of(std::string_view(entry.path)));
	return found != known_.end() && found->second.size == entry.size &&
	       found->second.written == entry.times.written;
}

Result<void> Manifest::append(const std::string &line)
{
	std::lock_guard guard(lock_);
	return appendLocked(line);
}

Result<void> Manifest::appendLocked(const std::string &line)
{
	auto whole = line + "\n";
	size_t written = 0;
	while (written < whole.size()) {
		auto rc = write(fd_.get(), whole.data() + written, whole.size() - written);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc < 0)
			return localFailure(fmt::format("write '{}'", path_.native()), errno);
		written += static_cast<size_t>(rc);
	}
	++lines_;
	return {};
}

Result<void> Manifest::add(const ManifestEntry &entry)
{
	json line{{entry.directory ? "directory" : "file", escapedPath(entry.path)},
	          {"attributes", entry.attributes},
	          {"times", timesOf(entry.times)}};
	if (!entry.directory) {
		line["size"] = entry.size;
		line["xxh128"] = entry.checksum.text();
	}
	std::lock_guard guard(lock_);
	if (!entry.securityDescriptor.empty()) {
		auto key = Checksum::of(std::string_view(entry.securityDescriptor));
		auto [at, isNew] = descriptors_.try_emplace(key, nextDescriptor_);
		if (isNew) {
			json descriptor{{"descriptor", nextDescriptor_++},
			                {"text", entry.securityDescriptor}};
			if (auto done = appendLocked(descriptor.dump(
			            -1, ' ', false, json::error_handler_t::replace));
			    !done)
				return done;
		}
		line["acl"] = at->second;
	}
	return appendLocked(line.dump());
}

Result<void> Manifest::addDamaged(const std::string &path)
{
	return append(json{{"damaged", escapedPath(path)}}.dump());
}

Result<void> Manifest::addSynced(const LocalTree &tree)
{
	size_t lines = 0;
	{
		std::lock_guard guard(lock_);
		lines = lines_;
	}
	if (auto done = tree.sync(); !done)
		return done;
	if (auto done = append(json{{"synced", lines}}.dump()); !done)
		return done;
	if (fdatasync(fd_.get()) != 0)
		return localFailure(fmt::format("write '{}'", path_.native()), errno);
	return {};
}

Result<void> Manifest::addComplete(uint64_t files, uint64_t bytes)
{
	return append(json{{"complete", time(nullptr)}, {"files", files}, {"bytes", bytes}}.dump());
}

bool Manifest::exists(const std::filesystem::path &copy)
{
	std::error_code error;
	return std::filesystem::exists(copy / StateFolder / FileName, error);
}

Result<void> Manifest::read(const std::filesystem::path &copy, const Use &use)
{
	Lines lines(copy / StateFolder / FileName);
	// Which line is a path's last: by number, not to hold all paths.
	std::unordered_map<Checksum, size_t, KeyHash> last;
	size_t number = 0;
	auto pathOf = [](const json &line) {
		for (const auto *key : {"file", "directory", "damaged"})
			if (line.contains(key))
				return Checksum::of(std::string_view(text(line, key)));
		return Checksum();
	};
	lines.each([&](const json &line) { last[pathOf(line)] = number++; });
	std::map<size_t, std::string> descriptors;
	Result<void> result;
	number = 0;
	lines.each([&](const json &line) {
		auto here = number++;
		if (line.contains("descriptor"))
			descriptors[line.value("descriptor", size_t{0})] = text(line, "text");
		if (!result || (!line.contains("file") && !line.contains("directory")) ||
		    last[pathOf(line)] != here)
			return;
		auto entry = entryOf(line, descriptors);
		if (localPath(entry.path))
			result = use(entry);
	});
	return result;
}

} // namespace fss::requester
