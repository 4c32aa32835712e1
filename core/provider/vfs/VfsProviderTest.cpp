// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/VfsProvider.h"

#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <thread>

namespace fss {
namespace {

using namespace std::chrono_literals;
namespace files = std::filesystem;

// A helper without Samba: "smb.conf" has the hooks as functions of a shell.
constexpr const char *helper = R"sh(#!/bin/sh
snapshots=${1%/*}/snapshots
say() { echo "$1" >&0; }
answer() { printf '{"ok":true,"path":"%s"}\n' "$1"; }
failure() {
	printf '{"ok":false,"step":"%s","status":"%s","errno":%s,"unsupported":%s}\n' "$@"
}
check() { say "$(answer "$2")"; }
make() { mkdir -p "$snapshots" && cp -a "$2" "$snapshots/$1" && answer "$snapshots/$1"; }
create() {
	say ready
	read -r word || exit 1
	[ "$word" = go ] || exit 1
	echo called >&3
	line=$(make "$@")
	echo "$line" >&3
	say "$line"
	say done
}
delete() { rm -rf "$3"; say "$(answer "$3")"; }
. "$1"
hook=$3
shift 3
$hook "$@"
)sh";

HookLimits shortLimits()
{
	// Long enough for a busy machine, where success is waited for.
	HookLimits limits;
	limits.atWork = 20s;
	return limits;
}

class VfsProviderTest : public testing::Test {
protected:
	VfsProviderTest()
	{
		chmod(program.c_str(), 0755);
		scratch.directory("share/below");
		scratch.write("share/file", "old");
		scratch.write("smb.conf", "");
	}
	/// The hooks are as they were, but for these.
	void script(const std::string &text) { scratch.write("smb.conf", text); }

	Result<Location> inspect(const std::string &path, const std::string &name = "data")
	{
		InspectOptions options;
		options.provider = ProviderChoice::Vfs;
		options.share = name;
		return provider.inspect(path, options);
	}
	SnapshotRequest request(const std::string &name = "data")
	{
		SnapshotRequest made;
		made.id = CopyId::random();
		made.volume = inspect(share, name)->volume;
		return made;
	}
	static Result<std::vector<SnapshotResult>>
	take(VfsProvider &by, const std::vector<SnapshotRequest> &requests)
	{
		auto batch = by.begin(requests);
		if (!batch)
			return tl::unexpected(batch.error());
		return (*batch)
		        ->flush()
		        .and_then([&] { return (*batch)->arm(); })
		        .and_then([&] { return (*batch)->fire(); })
		        .and_then([&] { return (*batch)->finish(); });
	}
	auto take(const SnapshotRequest &one) { return take(provider, {one}); }
	Result<void> destroy(const SnapshotRef &ref) { return provider.destroy({&ref, 1}); }
	/// As the agent does where it has no result on record.
	Result<void> undo(const SnapshotRequest &one) { return destroy({one.id, one.volume, ""}); }
	static SnapshotRef refOf(const SnapshotRequest &one, const SnapshotResult &result)
	{
		return {one.id, one.volume, result.uuid, result.path};
	}
	bool hasRecord(const SnapshotRequest &one) const
	{
		return files::exists(records + "/" + one.id.text());
	}
	bool isClean() const
	{
		return (!files::exists(scratch.path("snapshots")) ||
		        files::is_empty(scratch.path("snapshots"))) &&
		       (!files::exists(records) || files::is_empty(records));
	}
	void waitFor(const std::string &name) const
	{
		for (int i = 0; i < 3000 && !files::exists(scratch.path(name)); i++)
			std::this_thread::sleep_for(10ms);
		ASSERT_TRUE(files::exists(scratch.path(name)));
	}

	TempDirectory scratch;
	std::string program = scratch.write("helper", helper);
	std::string share = scratch.path("share");
	std::string records = scratch.path("records");
	HookProgram hooks{program, scratch.path("smb.conf"), "/dev/null", records};
	VfsProvider provider{hooks, shortLimits()};
};

TEST_F(VfsProviderTest, TheVolumeIsWhatTheModuleSays)
{
	script("check() { say \"$(answer \"${2%/below}\")\"; }");
	const auto location = inspect(share + "/below");
	ASSERT_TRUE(succeeded(location));
	EXPECT_EQ(location->volume.root, share);
	EXPECT_EQ(location->volume.share, "data");
	EXPECT_TRUE(location->volume.id.starts_with("vfs:"));
	EXPECT_EQ(location->relativePath, "below");
}

TEST_F(VfsProviderTest, RecordsOfCopiesThatAreOnNoRecordGoAndTheirSnapshotsStay)
{
	const auto kept = request(), forgotten = request();
	ASSERT_TRUE(succeeded(take(kept)));
	const auto made = take(forgotten);
	ASSERT_TRUE(succeeded(made));
	// A helper that has answered, and is not gone yet, has its record open.
	for (int i = 0; i < 3000 && hasRecord(forgotten); i++) {
		ASSERT_TRUE(succeeded(provider.prune(
		        [&] { return Result<std::set<std::string>>({kept.id.text()}); })));
		std::this_thread::sleep_for(10ms);
	}
	EXPECT_TRUE(hasRecord(kept));
	EXPECT_FALSE(hasRecord(forgotten));
	EXPECT_TRUE(files::exists(made->front().path));
}

TEST_F(VfsProviderTest, NothingIsPrunedWhereNobodyKnowsWhatIsOnRecordOrAHookIsAtWork)
{
	const auto one = request();
	ASSERT_TRUE(succeeded(take(one)));
	const auto nobody = [] {
		return Result<std::set<std::string>>(fail(HResult::Fail, "read"));
	};
	EXPECT_FALSE(provider.prune(nobody));
	EXPECT_TRUE(hasRecord(one));
	const auto none = [] { return Result<std::set<std::string>>(std::set<std::string>()); };
	{
		const auto held =
		        HookRecord::open(records, one.id, std::chrono::steady_clock::now());
		ASSERT_TRUE(succeeded(held));
		EXPECT_TRUE(succeeded(provider.prune(none)));
		EXPECT_TRUE(hasRecord(one));
	}
	EXPECT_TRUE(succeeded(provider.prune(none)));
	EXPECT_FALSE(hasRecord(one));
}

TEST_F(VfsProviderTest, AShareOutsideOfItIsNotSupported)
{
	script("check() { say \"$(answer " + share + "/below)\"; }");
	EXPECT_TRUE(failedWith(inspect(share), HResult::NotSupported));
}

TEST_F(VfsProviderTest, WithoutAHookTheShareDoesNotTakePart)
{
	script("check() { say \"$(failure 'find it' NT_STATUS_NOT_SUPPORTED 38 true)\"; }");
	const auto location = inspect(share);
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_NE(location.error().text().find("does not take part"), std::string::npos);
	EXPECT_NE(location.error().advice.find("add fss to vfs objects of [data]"),
	          std::string::npos);
}

TEST_F(VfsProviderTest, AnExposedShareIsNoBase)
{
	EXPECT_TRUE(failedWith(inspect(share, "data@{" + CopyId::random().text() + "}"),
	                       HResult::NotSupported));
}

TEST_F(VfsProviderTest, AMissingProgramIsNamed)
{
	VfsProvider without({"/nonexistent/helper", "", "", records});
	InspectOptions options;
	options.share = "data";
	const auto location = without.inspect(share, options);
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_EQ(location.error().errnum, ENOENT);
	EXPECT_NE(location.error().advice.find("fss:snapshot helper"), std::string::npos);
}

TEST_F(VfsProviderTest, ACheckThatDoesNotAnswerIsEnded)
{
	script("check() { echo $$ >" + scratch.path("pid") + "; sleep 600; }");
	auto limits = shortLimits();
	limits.check = 1s;
	InspectOptions options;
	options.share = "data";
	VfsProvider impatient(hooks, limits);
	const auto location = impatient.inspect(share, options);
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_EQ(location.error().errnum, ETIMEDOUT);
}

TEST_F(VfsProviderTest, MakesShowsAndDestroysASnapshot)
{
	auto one = request();
	one.exposedPaths = {"below"};
	const auto made = take(one);
	ASSERT_TRUE(succeeded(made));
	const auto ref = refOf(one, made->front());
	EXPECT_EQ(provider.exposedPath(ref, ""), scratch.path("snapshots/data"));
	EXPECT_EQ(provider.exposedPath(ref, "below"), scratch.path("snapshots/data/below"));
	EXPECT_TRUE(files::exists(ref.path + "/file"));
	EXPECT_EQ(*provider.presence(ref), SnapshotPresence::Present);
	ASSERT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(*provider.presence(ref), SnapshotPresence::Absent);
	EXPECT_TRUE(isClean());
	EXPECT_TRUE(succeeded(destroy(ref))) << "once more";
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, HooksOfASetRunBesideEachOther)
{
	// Each ends when the other has begun.
	script("make() { d=${snapshots%/*}; touch $d/$1.began; "
	       "other=a; [ $1 = a ] && other=b; "
	       "while [ ! -e $d/$other.began ]; do sleep 0.01; done; "
	       "mkdir -p \"$snapshots/$1\" && answer \"$snapshots/$1\"; }");
	const auto made = take(provider, {request("a"), request("b")});
	ASSERT_TRUE(succeeded(made));
	EXPECT_EQ((*made)[0].path, scratch.path("snapshots/a"));
	EXPECT_EQ((*made)[1].path, scratch.path("snapshots/b"));
	EXPECT_NE((*made)[0].transaction, (*made)[1].transaction) << "two instants";
}

TEST_F(VfsProviderTest, AHookThatIsNotToldToGoMakesNothing)
{
	const auto one = request();
	auto batch = provider.begin({&one, 1});
	ASSERT_TRUE(succeeded(batch));
	ASSERT_TRUE(succeeded((*batch)->arm()));
	batch->reset();
	ASSERT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

// It has not called the hook: nothing is lost, and the set can be removed.
TEST_F(VfsProviderTest, AHookThatDoesNotBecomeReadyIsEnded)
{
	script("create() { sleep 600; }");
	auto limits = shortLimits();
	limits.ready = 1s;
	limits.atWork = 10s;
	VfsProvider impatient(hooks, limits);
	const auto one = request();
	const auto made = take(impatient, {one});
	ASSERT_TRUE(failedWith(made, HResult::Fail));
	EXPECT_EQ(made.error().errnum, ETIMEDOUT);
	const SnapshotRef ref{one.id, one.volume, ""};
	EXPECT_TRUE(succeeded(impatient.destroy({&ref, 1})));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, WhatAHookSaysOfItsFailureIsTheError)
{
	script("make() { failure 'make it' NT_STATUS_DISK_FULL 28 false; }");
	const auto one = request();
	const auto made = take(one);
	ASSERT_TRUE(failedWith(made, HResult::InsufficientStorage));
	EXPECT_NE(made.error().text().find("share data"), std::string::npos);
	EXPECT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, AResultThatNobodyRecordedIsDestroyed)
{
	const auto one = request();
	ASSERT_TRUE(succeeded(take(one)));
	ASSERT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, AnEarlierTryIsClearedAway)
{
	const auto one = request();
	ASSERT_TRUE(succeeded(take(one)));
	scratch.write("snapshots/data/stale", "");
	const auto made = take(one);
	ASSERT_TRUE(succeeded(made));
	EXPECT_FALSE(files::exists(made->front().path + "/stale"));
}

// The lock is waited for: whoever had it may have made a snapshot meanwhile.
TEST_F(VfsProviderTest, ASnapshotThatCameAfterBeginIsNotForgotten)
{
	const auto one = request();
	auto batch = provider.begin({&one, 1});
	ASSERT_TRUE(succeeded(batch));
	ASSERT_TRUE(succeeded(take(one)));
	const auto armed = (*batch)->arm();
	ASSERT_FALSE(armed);
	EXPECT_EQ(armed.error().errnum, EBUSY);
	batch->reset();
	ASSERT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, DestroyWaitsForAHookThatIsStillAtWork)
{
	script("make() { touch ${snapshots%/*}/began; sleep 1; mkdir -p \"$snapshots/$1\"; "
	       "answer \"$snapshots/$1\"; }");
	auto limits = shortLimits();
	limits.hook = 0ms;
	VfsProvider impatient(hooks, limits);
	const auto one = request();
	const auto made = take(impatient, {one});
	ASSERT_TRUE(failedWith(made, HResult::Fail));
	EXPECT_EQ(made.error().errnum, ETIMEDOUT);
	waitFor("began");
	ASSERT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, AndGivesUpForNowWhereThatTakesTooLong)
{
	script("make() { touch ${snapshots%/*}/began; "
	       "while [ ! -e ${snapshots%/*}/enough ]; do sleep 0.01; done; "
	       "mkdir -p \"$snapshots/$1\"; answer \"$snapshots/$1\"; }");
	auto limits = shortLimits();
	limits.hook = 0ms;
	limits.atWork = 100ms;
	VfsProvider impatient(hooks, limits);
	const auto one = request();
	ASSERT_FALSE(take(impatient, {one}));
	waitFor("began");
	const SnapshotRef ref{one.id, one.volume, ""};
	const auto gone = impatient.destroy({&ref, 1});
	ASSERT_FALSE(gone);
	EXPECT_EQ(gone.error().errnum, EBUSY);
	scratch.write("enough", "");
	ASSERT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

// Where it is killed, nobody can tell what it has made.
TEST_F(VfsProviderTest, AHookThatWasCutShortIsReportedOnce)
{
	script("make() { kill -9 $$; }");
	const auto one = request();
	const auto made = take(one);
	ASSERT_TRUE(failedWith(made, HResult::Fail));
	EXPECT_EQ(made.error().errnum, EPIPE);
	const auto gone = undo(one);
	ASSERT_TRUE(failedWith(gone, HResult::Fail));
	EXPECT_NE(gone.error().text().find("by hand"), std::string::npos);
	EXPECT_NE(gone.error().text().find(share), std::string::npos);
	EXPECT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, ScriptsOfAHookThatIsKilledEndWithIt)
{
	script("create() { say ready; read -r word; echo called >&3; "
	       "sh -c \"kill -9 $$; sleep 1; mkdir -p $snapshots/late\" <&- 3>&-; }");
	const auto one = request();
	ASSERT_FALSE(take(one));
	std::this_thread::sleep_for(1500ms);
	EXPECT_FALSE(files::exists(scratch.path("snapshots/late")));
}

class GarbageAnswer : public VfsProviderTest, public testing::WithParamInterface<const char *> {};

TEST_P(GarbageAnswer, IsRefused)
{
	const auto one = request();
	script(std::string("create() { say ready; read -r word; ") + GetParam() + "; }");
	EXPECT_TRUE(failedWith(take(one), HResult::Fail));
	EXPECT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

INSTANTIATE_TEST_SUITE_P(All, GarbageAnswer,
                         testing::Values("say nonsense", "say '{}'", "exit 3",
                                         "head -c 100000 /dev/zero >&0 2>/dev/null",
                                         "head -c 100000 /dev/zero | tr '\\0' a >&0 2>/dev/null",
                                         "say \"$(answer relative)\"", "say ready",
                                         "say \"$(answer /nonexistent)\"; say done",
                                         "say \"$(answer /nonexistent)\"; say more",
                                         "say \"$(answer /nonexistent)\""));

class WrongPlace : public VfsProviderTest, public testing::WithParamInterface<const char *> {};

// "/" of the file system, the volume, what holds it, and other names for these.
TEST_P(WrongPlace, IsNeverExposedOrDeleted)
{
	const auto one = request();
	script(std::string("make() { answer \"") + GetParam() + "\"; }\n" +
	       "delete() { touch ${snapshots%/*}/deleted; }");
	EXPECT_TRUE(failedWith(take(one), HResult::Fail));
	EXPECT_TRUE(failedWith(undo(one), HResult::Fail)) << "told once";
	EXPECT_TRUE(succeeded(undo(one)));
	EXPECT_FALSE(files::exists(scratch.path("deleted")));
	EXPECT_TRUE(files::exists(share + "/file"));
	EXPECT_FALSE(hasRecord(one));
}

INSTANTIATE_TEST_SUITE_P(All, WrongPlace,
                         testing::Values("$2", "$2/", "${2%/*}", "/", "//", "$2/../share",
                                         "$2/./below"));

TEST_F(VfsProviderTest, AnotherDirectoryInItsPlaceIsNotTouched)
{
	const auto one = request();
	const auto made = take(one);
	ASSERT_TRUE(succeeded(made));
	const auto ref = refOf(one, made->front());
	files::rename(ref.path, scratch.path("elsewhere"));
	files::create_directory(ref.path);
	const auto gone = destroy(ref);
	ASSERT_FALSE(gone);
	EXPECT_EQ(gone.error().errnum, ESTALE);
	EXPECT_TRUE(files::exists(ref.path));
	EXPECT_FALSE(provider.presence(ref));
	files::remove(ref.path);
	files::create_directory_symlink(scratch.path("elsewhere"), ref.path);
	EXPECT_FALSE(destroy(ref));
	EXPECT_TRUE(files::exists(scratch.path("elsewhere/file")));
}

TEST_F(VfsProviderTest, WithoutItsVolumeASnapshotIsNotGone)
{
	const auto one = request();
	const auto made = take(one);
	ASSERT_TRUE(succeeded(made));
	const auto ref = refOf(one, made->front());
	files::remove_all(ref.path);
	files::rename(share, share + ".away");
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_FALSE(destroy(ref));
	files::create_directory(share);
	EXPECT_FALSE(provider.presence(ref)) << "another directory";
	files::remove(share);
	files::rename(share + ".away", share);
	EXPECT_EQ(*provider.presence(ref), SnapshotPresence::Absent);
	EXPECT_TRUE(succeeded(destroy(ref)));
}

TEST_F(VfsProviderTest, ASnapshotThatStaysAfterItsDeletionIsAFailure)
{
	const auto one = request();
	const auto made = take(one);
	ASSERT_TRUE(succeeded(made));
	script("delete() { say \"$(answer \"$3\")\"; }");
	EXPECT_TRUE(failedWith(destroy(refOf(one, made->front())), HResult::Fail));
	script("delete() { say \"$(failure 'delete it' NT_STATUS_ACCESS_DENIED 13 false)\"; }");
	const auto gone = destroy(refOf(one, made->front()));
	ASSERT_TRUE(failedWith(gone, HResult::Fail));
	EXPECT_EQ(gone.error().errnum, EACCES);
	script("delete() { rm -rf \"$3\"; exit 1; }"); // as if it had crashed afterwards
	EXPECT_TRUE(succeeded(destroy(refOf(one, made->front()))));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, AShareThatBecameALinkIsNotExposed)
{
	auto one = request();
	one.exposedPaths = {"below"};
	script("make() { mkdir -p \"$snapshots/$1\"; ln -s / \"$snapshots/$1/below\"; "
	       "answer \"$snapshots/$1\"; }");
	EXPECT_TRUE(failedWith(take(one), HResult::NotSupported));
	EXPECT_TRUE(succeeded(undo(one)));
	EXPECT_TRUE(isClean());
}

TEST_F(VfsProviderTest, TheClientsWishForAWritableOneReachesTheModule)
{
	script("make() { mkdir -p \"$snapshots/$1\"; echo $3 >\"$snapshots/$1/how\"; "
	       "answer \"$snapshots/$1\"; }");
	const auto how = [&](bool writable) {
		auto one = request();
		one.writable = writable;
		const auto made = take(one);
		EXPECT_TRUE(succeeded(made));
		std::string text;
		std::ifstream(made->front().path + "/how") >> text;
		EXPECT_TRUE(succeeded(provider.seal(refOf(one, made->front()))));
		EXPECT_TRUE(succeeded(destroy(refOf(one, made->front()))));
		return text;
	};
	EXPECT_EQ(how(true), "writable");
	EXPECT_EQ(how(false), "read-only");
}

TEST_F(VfsProviderTest, RoomIsTheFileSystems)
{
	const auto volume = request().volume;
	EXPECT_TRUE(succeeded(provider.checkRoom(volume, {0, 0})));
	EXPECT_TRUE(failedWith(provider.checkRoom(volume, {UINT64_MAX, 100}),
	                       HResult::InsufficientStorage));
}

TEST_F(VfsProviderTest, TheProgramHasNoOtherDescriptors)
{
	script("make() { ls -l /proc/$$/fd >${snapshots%/*}/fds; mkdir -p \"$snapshots/$1\"; "
	       "answer \"$snapshots/$1\"; }");
	const std::ifstream open(scratch.path("smb.conf")); // one of this process
	const auto one = request();
	ASSERT_TRUE(succeeded(take(one)));
	std::ifstream list(scratch.path("fds"));
	for (std::string line; std::getline(list, line);)
		EXPECT_EQ(line.find("smb.conf"), std::string::npos) << line;
}

} // namespace
} // namespace fss
