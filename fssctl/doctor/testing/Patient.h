// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Checks.h"
#include "testing/FakeGuard.h"
#include "testing/FakeHost.h"
#include "testing/FakeProvider.h"
#include "testing/FakePublisher.h"
#include "testing/TempDirectory.h"

#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>

namespace fss::doctor {

class FakeSamba : public Samba {
public:
	std::string builtVersion() override { return built; }
	std::string runningVersion() override { return running; }
	bool servesRunningVersion() override { return served; }
	std::string configurationFile() override { return "/etc/samba/smb.conf"; }
	bool isDefaultConfiguration() override { return isDefault; }
	std::string programDirectory() override { return "/libexec"; }
	std::string moduleDirectory() override { return "/modules"; }
	std::string stateDirectory() override { return state; }
	std::string lockDirectory() override { return lock; }
	std::string pidDirectory() override { return "/run"; }
	std::string parameter(const std::string &name) override { return parameters[name]; }
	std::vector<std::pair<std::string, std::string>>
	options(const std::string &section) override
	{
		return sections[section];
	}
	std::vector<std::string> shares() override { return names; }
	bool isInRegistry(const std::string &share) override { return registry.contains(share); }
	std::string section(const std::string &share) override
	{
		const auto found = sectionOf.find(share);
		return found != sectionOf.end() ? found->second : share;
	}
	std::vector<Right> rights() override { return permitted; }
	std::string unsound(const std::string &database) override { return damage[database]; }

	std::string built = "4.17.12";
	std::string running = "4.17.12-Debian";
	bool served = true;
	bool isDefault = true;
	std::string state, lock;
	std::map<std::string, std::string> parameters{{"rpc start on demand helpers", "Yes"},
	                                              {"nt pipe support", "Yes"},
	                                              {"server max protocol", "SMB3"},
	                                              {"server role", "standalone server"},
	                                              {"ntlm auth", "ntlmv2-only"}};
	std::map<std::string, std::vector<std::pair<std::string, std::string>>> sections;
	std::vector<std::string> names;
	std::set<std::string> registry;
	std::map<std::string, std::string> sectionOf;
	std::vector<Right> permitted;
	std::map<std::string, std::string> damage;
};

/// A machine below a directory; what programs answer is set.
class FakeMachine : public Machine {
public:
	explicit FakeMachine(const std::string &root) : Machine(root) {}
	Ran run(const std::vector<std::string> &words, std::chrono::milliseconds,
	        const std::vector<std::string> *, const std::string &input) override
	{
		ran.push_back(words);
		inputs.push_back(input);
		const auto found = answers.find(words.front());
		if (found == answers.end())
			return {-1, ENOENT, ""};
		return found->second;
	}

	std::map<std::string, Ran> answers; ///< by program
	std::vector<std::vector<std::string>> ran;
	std::vector<std::string> inputs;
};

/// A server in good order, for a test to spoil.
class DoctorTest : public testing::Test {
protected:
	/// A file of the fake machine's.
	void put(const std::string &path, const std::string &text, mode_t mode = 0644)
	{
		std::filesystem::create_directories(
		        std::filesystem::path(machine.at(path)).parent_path());
		std::ofstream(machine.at(path), std::ios::binary) << text;
		chmod(machine.at(path).c_str(), mode);
	}
	/// A running daemon, with its command line.
	void start(const std::string &name, int process, const std::string &commandLine = "")
	{
		put(fmt::format("/run/{}.pid", name), fmt::format("{}\n", process));
		put(fmt::format("/proc/{}/comm", process), name + "\n");
		put(fmt::format("/proc/{}/cmdline", process), commandLine);
	}

	static const Finding *find(const Findings &findings, const std::string &check,
	                           Verdict verdict)
	{
		const auto found =
		        std::find_if(findings.begin(), findings.end(), [&](const auto &finding) {
			        return finding.check == check && finding.verdict == verdict;
		        });
		return found != findings.end() ? &*found : nullptr;
	}
	/// The texts of the only finding that is wrong's remedies.
	static std::vector<std::string> remedies(const Findings &findings)
	{
		std::vector<std::string> texts;
		for (const auto &finding : findings)
			if (finding.verdict >= Verdict::Warning)
				for (const auto &remedy : finding.remedies)
					texts.push_back(remedy.text());
		return texts;
	}

	TempDirectory directory;
	FakeHost host;
	FakePublisher publisher;
	FakeProvider provider;
	FakeGuard guard;
	FakeSamba samba;
	FakeMachine machine{directory.directory("root")};
	std::vector<StoredSet> stored;
	std::optional<LastVolume> last;
	Surroundings at{host,
	                publisher,
	                provider,
	                guard,
	                samba,
	                machine,
	                "/usr/sbin/fssctl",
	                [this]() -> Result<std::vector<StoredSet>> { return stored; },
	                [this](const std::string &) { return last; },
	                {}};
};

} // namespace fss::doctor
