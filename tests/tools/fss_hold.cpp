// SPDX-License-Identifier: GPL-3.0-or-later
// Holds a volume's writers as a Commit does, or stands in the gate as a writer
// that does not come to an end, until the time is over or standard input ends.
#include "gate/GateDoor.h"
#include "gate/SharedGate.h"
#include "provider/VolumeOfPath.h"

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <poll.h>
#include <string_view>
#include <unistd.h>

using namespace fss;
using std::chrono::milliseconds;

namespace {

constexpr const char *usage =
        "usage: fss-hold --directory DIR --path PATH [--path PATH]... [--ms N] [--limit N]\n"
        "       fss-hold --directory DIR --path PATH --inside [--ms N]\n"
        "  --directory DIR  the server's lock directory/fss-gate\n"
        "  --path PATH      a directory on the volume\n"
        "  --ms N           how long (default: until standard input ends)\n"
        "  --limit N        milliseconds after which writers go on by themselves (default 10000)\n"
        "  --inside         be a writer with a change under way\n";

struct Options {
	std::string directory;
	std::vector<VolumeId> volumes;
	int ms = -1;
	milliseconds limit{10000};
	bool inside = false;
};

[[noreturn]] void die(const std::string &text)
{
	fmt::print(stderr, "fss-hold: {}\n", text);
	std::exit(1);
}

template <class T> T must(Result<T> result)
{
	if (!result)
		die(result.error().text());
	return std::move(*result);
}

Options parse(int argc, char **argv)
{
	Options options;
	for (int i = 1; i < argc; i++) {
		const std::string_view name = argv[i];
		if (name == "--inside") {
			options.inside = true;
			continue;
		}
		if (++i == argc)
			die(usage);
		if (name == "--directory")
			options.directory = argv[i];
		else if (name == "--path")
			options.volumes.push_back(must(volumeOfPath(argv[i])));
		else if (name == "--ms")
			options.ms = std::atoi(argv[i]);
		else if (name == "--limit")
			options.limit = milliseconds(std::atoi(argv[i]));
		else
			die(usage);
	}
	if (options.directory.empty() || options.volumes.empty())
		die(usage);
	return options;
}

void say(const std::string &text)
{
	fmt::print("{}\n", text);
	std::fflush(stdout);
}

/// Until the time is over, or standard input ends.
void wait(int ms)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	poll(&input, 1, ms);
}

void stayInside(const Options &options)
{
	WriterProcess process;
	auto door = must(GateDoor::open(process, options.directory, options.volumes.front()));
	door.enter();
	say("inside");
	wait(options.ms);
	door.leave();
}

void hold(const Options &options)
{
	SharedGate gate(options.directory);
	auto held = must(gate.hold(options.volumes, options.limit));
	say("held");
	wait(options.ms);
	const auto time = must(held->release());
	say(fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1000));
}

} // namespace

int main(int argc, char **argv)
{
	const auto options = parse(argc, argv);
	if (options.inside)
		stayInside(options);
	else
		hold(options);
	return 0;
}
