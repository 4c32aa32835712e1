// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/testing/FakeSnapperd.h"

#include <algorithm>
#include <btrfsutil.h>
#include <cerrno>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

namespace fss::snapper {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> error(int errnum)
{
	return fail(HResult::Fail, "ask the fake snapperd", errnum);
}

std::string infoOf(uint32_t number, int64_t date, const UserData &data)
{
	auto text = fmt::format("<?xml version=\"1.0\"?>\n<snapshot>\n  <num>{}</num>\n"
	                        "  <date>{:%Y-%m-%d %H:%M:%S}</date>\n",
	                        number, fmt::gmtime(static_cast<std::time_t>(date)));
	for (const auto &[key, value] : data)
		text += fmt::format("  <userdata>\n    <key>{}</key>\n    <value>{}</value>\n"
		                    "  </userdata>\n",
		                    key, value);
	return text + "</snapshot>\n";
}

UserData dataIn(const fs::path &info)
{
	std::ifstream file(info);
	UserData data;
	std::string line;
	std::string key;
	const auto inner = [&](const std::string &tag) {
		const auto open = line.find("<" + tag + ">") + tag.size() + 2;
		return line.substr(open, line.find("</") - open);
	};
	while (std::getline(file, line)) {
		if (line.find("<key>") != line.npos)
			key = inner("key");
		if (line.find("<value>") != line.npos)
			data[key] = inner("value");
	}
	return data;
}

} // namespace

class FakeSession : public Session {
public:
	explicit FakeSession(FakeSnapperd &snapperd) : snapperd_(snapperd) {}

	Result<std::vector<Config>> configs(Timeout) override
	{
		const std::lock_guard lock(snapperd_.one_);
		snapperd_.calls.push_back("configs");
		if (snapperd_.answerConfigs)
			return snapperd_.answerConfigs();
		std::vector<Config> out;
		for (const auto &[name, subvolume] : snapperd_.configs)
			out.push_back({name, subvolume});
		return out;
	}
	Result<std::vector<Snapshot>> snapshots(const std::string &config, Timeout) override
	{
		const std::lock_guard lock(snapperd_.one_);
		return snapperd_.list(config);
	}
	Result<uint32_t> create(const Creation &creation, Timeout) override
	{
		const std::lock_guard lock(snapperd_.one_);
		return snapperd_.make(creation);
	}
	Result<void> remove(const std::string &config, const std::vector<uint32_t> &numbers,
	                    Timeout) override
	{
		const std::lock_guard lock(snapperd_.one_);
		return snapperd_.destroy(config, numbers);
	}

private:
	FakeSnapperd &snapperd_;
};

namespace {

class FakeService : public Service {
public:
	explicit FakeService(FakeSnapperd &snapperd) : snapperd_(snapperd) {}
	Result<std::unique_ptr<Session>> connect() override
	{
		if (snapperd_.refusal)
			return tl::unexpected(*snapperd_.refusal);
		return std::make_unique<FakeSession>(snapperd_);
	}

private:
	FakeSnapperd &snapperd_;
};

} // namespace

void FakeSnapperd::addConfig(const std::string &name, const std::string &subvolume)
{
	const auto path = subvolume + "/.snapshots";
	if (btrfs_util_create_subvolume(path.c_str(), 0, nullptr, nullptr) != BTRFS_UTIL_OK ||
	    chmod(path.c_str(), 0750) != 0)
		throw std::runtime_error("make " + path);
	configs[name] = subvolume;
}

std::unique_ptr<Service> FakeSnapperd::service()
{
	return std::make_unique<FakeService>(*this);
}

uint32_t FakeSnapperd::create(const std::string &config, const UserData &data, bool readOnly)
{
	const std::lock_guard lock(one_);
	return make({config, readOnly, "by hand", data}).value();
}

void FakeSnapperd::remove(const std::string &config, uint32_t number)
{
	if (!destroy(config, {number}))
		throw std::runtime_error("remove a snapshot");
}

void FakeSnapperd::step(Step step)
{
	if (before)
		before(step);
}

std::string FakeSnapperd::store(const std::string &config) const
{
	return configs.at(config) + "/.snapshots";
}

Result<uint32_t> FakeSnapperd::make(const Creation &creation)
{
	calls.push_back("create");
	if (!configs.contains(creation.config))
		return error(ESRCH);
	try {
		step(Step::Begin);
		uint32_t number = 1;
		for (const auto &entry : fs::directory_iterator(store(creation.config)))
			number =
			        std::max(number, uint32_t(std::stoul(entry.path().filename())) + 1);
		const auto place = fmt::format("{}/{}", store(creation.config), number);
		step(Step::MakeDirectory);
		fs::create_directory(place);
		step(Step::Snapshot);
		const int flags = creation.readOnly ? BTRFS_UTIL_CREATE_SNAPSHOT_READ_ONLY : 0;
		if (btrfs_util_create_snapshot(configs.at(creation.config).c_str(),
		                               (place + "/snapshot").c_str(), flags, nullptr,
		                               nullptr) != BTRFS_UTIL_OK)
			return error(errno);
		step(Step::WriteInfo);
		std::ofstream(place + "/info.xml") << infoOf(number, now, creation.userData);
		step(Step::Answer);
		return number;
	} catch (const Killed &killed) {
		return tl::unexpected(killed.error);
	}
}

Result<std::vector<Snapshot>> FakeSnapperd::list(const std::string &config)
{
	calls.push_back("list");
	if (!configs.contains(config))
		return error(ESRCH);
	std::vector<Snapshot> out;
	for (const auto &entry : fs::directory_iterator(store(config))) {
		if (!fs::exists(entry.path() / "info.xml") ||
		    !fs::exists(entry.path() / "snapshot"))
			continue;
		Snapshot snapshot;
		snapshot.number = uint32_t(std::stoul(entry.path().filename()));
		snapshot.userData = dataIn(entry.path() / "info.xml");
		out.push_back(std::move(snapshot));
	}
	return out;
}

Result<void> FakeSnapperd::destroy(const std::string &config, const std::vector<uint32_t> &numbers)
{
	calls.push_back("remove");
	if (!configs.contains(config))
		return error(ESRCH);
	try {
		for (const auto number : numbers) {
			const auto place = fmt::format("{}/{}", store(config), number);
			if (!fs::exists(place))
				return error(ESTALE);
			if (keeps)
				continue;
			step(Step::Destroy);
			btrfs_util_delete_subvolume((place + "/snapshot").c_str(), 0);
			step(Step::Forget);
			fs::remove(place + "/info.xml");
			fs::remove(place);
		}
		return {};
	} catch (const Killed &killed) {
		return tl::unexpected(killed.error);
	}
}

} // namespace fss::snapper
