// SPDX-License-Identifier: GPL-3.0-or-later
// Prints the table of "fss:" options as JSON. With arguments, NAME VALUE, says
// whether the value is understood: exit code 0, 1 (no), 2 (nobody reads it).
#include "agent/Options.h"
#include "testing/FakeHost.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace {

// One option has a value; which are asked for is noted.
class OneOption : public fss::FakeHost {
public:
	OneOption(const char *name, const char *value) { options[name] = value; }

	std::optional<std::string> option(const std::string *share,
	                                  const std::string &name) override
	{
		read.insert(name);
		return FakeHost::option(share, name);
	}

	std::set<std::string> read;
};

void readAll(fss::Host &host)
{
	const fss::Options options(host);
	const std::string share = "share";
	options.dialect();
	options.sequenceTimeout();
	options.maxConcurrentSets();
	options.maxShadowCopies(share);
	options.keepNonPersistent();
	options.requirePrivacy();
	options.serverNames();
	options.ownerName();
	options.adminGroup();
	options.hold(share);
	options.provider(share);
	options.nested(share);
	options.storeDirectory(share);
	options.previousVersions(share);
	options.minimumFree(share);
	options.holdTimeout();
	options.requireOneTransaction();
}

int check(const char *name, const char *value)
{
	OneOption host(name, value);
	readAll(host);
	if (!host.read.contains(name))
		return 2;
	for (const auto &[level, line] : host.lines)
		fmt::print("{}\n", line);
	return host.lines.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc == 3)
		return check(argv[1], argv[2]);
	auto table = nlohmann::json::array();
	for (const auto &option : fss::optionTable())
		table.push_back({{"name", option.name},
		                 {"default", option.defaultValue},
		                 {"share", option.perShare},
		                 {"meaning", option.meaning}});
	fmt::print("{}\n", table.dump(2));
}
