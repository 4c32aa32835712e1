// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Copy.h"

#include "requester/copy/Copier.h"
#include "requester/copy/Threads.h"
#include "requester/copy/Verify.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

/// What a crash of the machine costs at most.
constexpr auto BetweenSyncs = std::chrono::seconds(30);

/// What an earlier run left and nobody goes on with.
void clearPartials(const LocalTree &tree)
{
	for (const auto &name : tree.partials())
		if (!BigFile::isPartial(name))
			tree.dropPartial(name);
}

/// Times of directories change with what comes into them: last, children first.
void setDirectoryTimes(CopyShared &shared)
{
	auto &directories = shared.directories;
	for (auto at = directories.rbegin(); at != directories.rend(); ++at)
		if (auto done = shared.tree.setDirectoryTimes(at->first, at->second); !done)
			shared.run.note(done.error());
}

CopyReport reportOf(const CopyShared &shared)
{
	return {.files = shared.run.files,
	        .directories = shared.run.directories,
	        .bytes = shared.run.bytes,
	        .filesHadAlready = shared.filesHadAlready,
	        .failures = shared.run.failures(),
	        .failed = shared.run.noted()};
}

Result<void> finish(CopyShared &shared)
{
	setDirectoryTimes(shared);
	if (auto done = shared.manifest.addSynced(shared.tree); !done)
		return done;
	if (shared.run.failures() > 0)
		return {};
	return shared.manifest.addComplete(shared.run.files, shared.run.bytes);
}

/// Copies all; progress and cancellation are this thread's business.
void copyAll(CopyShared &shared, const Connect &connect, const CopyWatch &watch,
             const Cancellation &cancellation)
{
	shared.queue.add(DirectoryWork{.path = "", .entry = {}});
	Threads threads(shared.options.connections,
	                [&](unsigned number) { Copier(shared, connect, number).run(); });
	Observer observer(shared.run, watch, cancellation);
	auto lastSync = std::chrono::steady_clock::now();
	while (!shared.queue.waitForEnd(Observer::Interval)) {
		shared.run.allKnown = shared.queue.allListed();
		observer.look();
		if (shared.run.stopping())
			shared.queue.stop();
		if (std::chrono::steady_clock::now() - lastSync > BetweenSyncs) {
			if (auto done = shared.manifest.addSynced(shared.tree); !done)
				shared.run.stop(done.error());
			lastSync = std::chrono::steady_clock::now();
		}
	}
	threads.join();
	shared.run.allKnown = true;
	observer.look();
}

} // namespace

Result<void> CopyReport::verdict(const std::string &what) const
{
	if (failures == 0)
		return {};
	const auto &first = failed.front();
	return requester::failed({.kind = FailureKind::Incomplete,
	                          .step = what,
	                          .reason = fmt::format("{} of the files and directories failed, "
	                                                "the first: {}",
	                                                failures, first.text()),
	                          .advice = "the others are whole; run the same command again to "
	                                    "try those that failed"});
}

Result<CopyReport> copyFromShare(const Connect &connect, const std::string &source,
                                 const std::filesystem::path &destination,
                                 const CopyOptions &options, const CopyWatch &watch,
                                 const Cancellation &cancellation)
{
	auto tree = LocalTree::make(destination);
	if (!tree)
		return tl::unexpected(tree.error());
	auto manifest = Manifest::resume(*tree, source);
	if (!manifest)
		return tl::unexpected(manifest.error());
	clearPartials(*tree);
	CopyRun run;
	WorkQueue queue;
	CopyShared shared{.options = options,
	                  .tree = *tree,
	                  .manifest = **manifest,
	                  .run = run,
	                  .queue = queue,
	                  .directoriesLock = {},
	                  .directories = {}};
	copyAll(shared, connect, watch, cancellation);
	if (auto fatal = run.fatal())
		return tl::unexpected(*fatal);
	if (auto done = finish(shared); !done)
		return tl::unexpected(done.error());
	auto report = reportOf(shared);
	if (options.verify)
		if (auto done = verifyCopy(connect, *tree, **manifest, options, watch, cancellation,
		                           report);
		    !done)
			return tl::unexpected(done.error());
	return report;
}

} // namespace fss::requester
