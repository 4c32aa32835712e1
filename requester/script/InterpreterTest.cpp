// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Interpreter.h"
#include "requester/script/Listing.h"
#include "requester/testing/FakeRequester.h"
#include "requester/testing/WritersDirectory.h"

#include <gmock/gmock.h>
#include <sstream>

namespace fss::requester {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

constexpr const char *HyperV = "66841cd4-6ded-4f4b-8f17-fd23f8ddc3de";
constexpr const char *LogCalls = "echo $1 >>$(dirname \"$0\")/.calls";

class AScript : public testing::Test {
protected:
	/// Runs lines; what failed, or "".
	std::string run(const std::string &lines)
	{
		std::istringstream in(lines);
		for (std::string line; std::getline(in, line);)
			if (auto done = interpreter().run(line); !done)
				return done.error().text();
		return "";
	}
	/// What lines have printed.
	std::string output(const std::string &lines)
	{
		out.str("");
		EXPECT_EQ(run(lines), "");
		return out.str();
	}
	Interpreter &interpreter()
	{
		if (!interpreter_)
			startAnew();
		return *interpreter_;
	}
	/// As when the program is started another time.
	void startAnew()
	{
		interpreter_ = std::make_unique<Interpreter>(ScriptWorld{
		        .requester = requester,
		        .catalog = catalog,
		        .writers = writers.writers(),
		        .putBack = [this](const std::string &directory, const Unc &share,
		                          const std::string &path, bool acls) -> Result<uint64_t> {
			        putBack.push_back(directory + " to " + share.share + " " + path +
			                          (acls ? "" : " without ACLs"));
			        return 3;
		        },
		        .out = out,
		        .machine = "hv1"});
	}
	std::string file(const std::string &name) const { return directory.path(name); }

	TempDirectory directory;
	WritersDirectory writers;
	Catalog catalog{directory.path("catalog.json")};
	FakeRequester requester{&catalog};
	std::ostringstream out;
	std::vector<std::string> putBack;
	std::unique_ptr<Interpreter> interpreter_;
};

// ------------------------------------------- the documentation's transcripts

TEST_F(AScript, MakesTheSetOfTheDocumentation)
{
	requester.owner = "FSF-260403-09";
	writers.add(HyperV, LogCalls);
	auto text = output("DISKSHADOW> Writer Verify {66841cd4-6ded-4f4b-8f17-fd23f8ddc3de}\n"
	                   "DISKSHADOW> Set Context Persistent\n"
	                   "DISKSHADOW> Set MetaData " +
	                   file("vm1backup.cab") +
	                   "\n"
	                   "DISKSHADOW> Begin Backup\n"
	                   "DISKSHADOW> Add Volume \\\\smbsofs\\vm\\vm1\n"
	                   "DISKSHADOW> Create\n"
	                   "DISKSHADOW> End Backup\n");
	ASSERT_THAT(requester.sets, SizeIs(1));
	const auto set = requester.sets[0]; // copied: it is deleted below
	const auto &copy = set.copies.at(0);
	EXPECT_EQ(copy.share, "vm");
	EXPECT_EQ(text,
	          "Alias VSS_SHADOW_1 for shadow ID " + idText(copy.id) +
	                  " set as environment variable.\n"
	                  "Alias VSS_SHADOW_SET for shadow set ID " +
	                  idText(set.id) +
	                  " set as environment variable.\n"
	                  "Querying all shadow copies with the shadow copy set ID " +
	                  idText(set.id) +
	                  "\n"
	                  "* Shadow copy ID = " +
	                  idText(copy.id) +
	                  " %VSS_SHADOW_1%\n"
	                  "- Shadow copy set: " +
	                  idText(set.id) +
	                  " %VSS_SHADOW_SET%\n"
	                  "- Original count of shadow copies = 1\n"
	                  "- Original volume name: \\\\SMBSOFS\\VM\\ [volume not on this machine]\n"
	                  "- Creation time: " +
	                  timeText(copy.created) +
	                  "\n"
	                  "- Shadow copy device name: " +
	                  copy.exposedUnc() +
	                  "\n"
	                  "- Originating machine: FSF-260403-09\n"
	                  "- Service machine: hv1\n"
	                  "- Not exposed\n"
	                  "- Provider ID: {89300202-3cec-4981-9171-19f59559e0f2}\n"
	                  "- Attributes: No_Auto_Release Persistent FileShare\n"
	                  "Number of shadow copies listed: 1\n");
	EXPECT_EQ(writers.calls(), "identify\nbackup-complete\n");
	ASSERT_THAT(requester.specs.at(0).writers, SizeIs(1));
	EXPECT_THAT(requester.specs[0].writers[0].freeze, HasSubstr(HyperV));

	interpreter().end();
	startAnew();
	EXPECT_EQ(output("DISKSHADOW> Delete Shadows Volume \\\\smbsofs\\vm\n"),
	          "Deleting shadow copy " + idText(copy.id) +
	                  " on volume \\\\SMBSOFS\\VM\\ from provider "
	                  "{89300202-3cec-4981-9171-19f59559e0f2} [Attributes: 0x04400009]...\n"
	                  "Number of shadow copies deleted: 1\n");
	EXPECT_THAT(requester.sets, IsEmpty());

	startAnew();
	auto restored =
	        output("DISKSHADOW> Set Context Persistent\n"
	               "DISKSHADOW> Load MetaData " +
	               file("vm1backup.cab") +
	               "\n"
	               "DISKSHADOW> Begin Restore\n"
	               "DISKSHADOW> //xcopy files from backup store to the original location\n"
	               "DISKSHADOW> End Restore\n");
	EXPECT_THAT(restored, HasSubstr("Alias VSS_SHADOW_1 for value " + idText(copy.id)));
	EXPECT_EQ(writers.calls(), "identify\nbackup-complete\npre-restore\npost-restore\n");
}

// ------------------------------------------------------------------- commands

TEST_F(AScript, StopsAtACommandThatNobodyKnows)
{
	EXPECT_THAT(run("begin backup\nfrobnicate all\n"),
	            HasSubstr("unknown command 'frobnicate'"));
	EXPECT_THAT(run("set colour red"), HasSubstr("SET colour"));
}

TEST_F(AScript, SaysWhyACommandOfDiskShadowIsNotSupported)
{
	for (const auto *line : {"import", "mask x", "break {x}", "revert x",
	                         "expose %% z:", "unexpose z:", "simulate restore"})
		EXPECT_THAT(run(line), HasSubstr("not supported")) << line;
	EXPECT_THAT(run("set context clientaccessible"), HasSubstr("client accessible"));
	EXPECT_THAT(run("set option transportable"), HasSubstr("TRANSPORTABLE"));
}

TEST_F(AScript, HasContextsOfTheProtocol)
{
	auto contextAfter = [&](const std::string &setting) {
		EXPECT_EQ(run(setting + "\nadd volume \\\\srv\\a\ncreate"), "");
		return requester.specs.back().context.value();
	};
	EXPECT_EQ(contextAfter(""), 0x00400000U);
	EXPECT_EQ(contextAfter("set context persistent"), 0x00400009U);
	EXPECT_EQ(contextAfter("SET CONTEXT PERSISTENT NOWRITERS"), 0x00000019U);
	EXPECT_EQ(contextAfter("set context nowriters"), 0x00000019U);
	EXPECT_EQ(contextAfter("set context volatile nowriters"), 0x00000010U);
	EXPECT_EQ(contextAfter("set context persistent\nset option noautorecover"), 0x00000009U);
	EXPECT_THAT(run("set context"), HasSubstr("missing"));
	EXPECT_THAT(run("set context forever"), HasSubstr("forever"));
}

TEST_F(AScript, MakesOneSetOfSeveralServers)
{
	auto text = output("add volume \\\\fs1\\a alias First\n"
	                   "add volume //fs2/b\n"
	                   "create\n");
	const auto &set = requester.sets.at(0);
	ASSERT_THAT(set.copies, SizeIs(2));
	EXPECT_THAT(text, HasSubstr("Alias First for shadow ID " + idText(set.copies[0].id)));
	EXPECT_THAT(text,
	            HasSubstr("Alias VSS_SHADOW_2 for shadow ID " + idText(set.copies[1].id)));
	EXPECT_THAT(text, HasSubstr("%FIRST%"));
	EXPECT_THAT(text, HasSubstr("count of shadow copies = 2"));
	EXPECT_THAT(text, HasSubstr("listed: 2"));
}

TEST_F(AScript, TakesAShareOnceWhateverOfItIsNamed)
{
	EXPECT_EQ(run("set metadata " + file("m") +
	              "\n"
	              "add volume \\\\smbsofs\\vm\\vm1\nadd volume \\\\SMBSOFS\\VM\\vm2\\disks\n"
	              "create"),
	          "");
	EXPECT_THAT(requester.sets.at(0).copies, SizeIs(1));
	auto metadata = Metadata::load(file("m"));
	ASSERT_TRUE(metadata) << metadata.error().text();
	EXPECT_THAT(metadata->volumes.at(0).paths, ElementsAre("vm1", "vm2/disks"));
}

TEST_F(AScript, NeedsAVolumeForASet)
{
	EXPECT_THAT(run("create"), HasSubstr("ADD VOLUME"));
	EXPECT_THAT(run("add volume c:"), HasSubstr("names no share"));
	EXPECT_EQ(run("add volume \\\\srv\\a\ncreate"), "");
	EXPECT_THAT(run("create"), HasSubstr("ADD VOLUME")) << "the next set begins empty";
}

TEST_F(AScript, SaysWhatTheServerSays)
{
	requester.nextFailure = Failure{.kind = FailureKind::Denied,
	                                .server = "srv",
	                                .step = "AddToShadowCopySet",
	                                .reason = "access denied",
	                                .advice = ""};
	EXPECT_THAT(run("add volume \\\\srv\\a"), HasSubstr("access denied"));
}

TEST_F(AScript, DoesNotBeginASetWhoseMetadataCannotBeWritten)
{
	EXPECT_THAT(run("set metadata /nonexistent/m.cab"), HasSubstr("/nonexistent/m.cab"));
	EXPECT_THAT(run("set metadata " + directory.path(".")), HasSubstr("directory"));
}

TEST_F(AScript, ListsBySetAndId)
{
	run("set context persistent\nadd volume \\\\fs1\\a\nadd volume \\\\fs1\\b\ncreate\n"
	    "add volume \\\\fs2\\c\ncreate");
	ASSERT_THAT(requester.sets, SizeIs(2));
	EXPECT_THAT(output("list shadows all"), HasSubstr("listed: 3"));
	EXPECT_THAT(output("list shadows set %VSS_SHADOW_SET%"), HasSubstr("listed: 1"));
	EXPECT_THAT(output("list shadows set " + idText(requester.sets[0].id)),
	            HasSubstr("listed: 2"));
	auto one = output("list shadows id " + idText(requester.sets[0].copies[1].id));
	EXPECT_THAT(one, HasSubstr("\\\\FS1\\B\\"));
	EXPECT_THAT(one, HasSubstr("listed: 1"));
	EXPECT_THAT(run("list shadows id {00000000-0000-0000-0000-000000000001}"),
	            HasSubstr("LIST SHADOWS"));
	EXPECT_THAT(run("list shadows"), HasSubstr("not said which"));
}

TEST_F(AScript, DeletesWhatIsNamedOnly)
{
	run("set context persistent\n"
	    "add volume \\\\fs1\\a\ncreate\nadd volume \\\\fs1\\a\nadd volume \\\\fs1\\b\ncreate\n"
	    "add volume \\\\fs2\\a\ncreate");
	auto first = requester.sets.at(0).id;
	EXPECT_THAT(output("delete shadows oldest \\\\FS1\\A"), HasSubstr("deleted: 1"));
	ASSERT_THAT(requester.sets, SizeIs(2));
	EXPECT_NE(requester.sets[0].id, first);
	EXPECT_THAT(output("delete shadows volume \\\\fs1\\a"), HasSubstr("deleted: 1"));
	ASSERT_THAT(requester.sets, SizeIs(2));
	EXPECT_THAT(requester.sets[0].copies, SizeIs(1)) << "the set's other share stays";
	EXPECT_THAT(output("delete shadows id " + idText(requester.sets[0].copies[0].id)),
	            HasSubstr("deleted: 1"));
	EXPECT_THAT(output("delete shadows set %VSS_SHADOW_SET%"), HasSubstr("deleted: 1"));
	EXPECT_THAT(output("delete shadows all"), HasSubstr("No shadow copies found"));
	EXPECT_THAT(run("delete shadows set %VSS_SHADOW_SET%"), HasSubstr("deleted"));
}

TEST_F(AScript, GoesOnDeletingAfterAFailureAndReportsIt)
{
	run("set context persistent\nadd volume \\\\fs1\\a\nadd volume \\\\fs1\\b\ncreate");
	requester.nextFailure = Failure{
	        .server = "fs1", .step = "DeleteShareMapping", .reason = "busy", .advice = ""};
	out.str("");
	EXPECT_THAT(run("delete shadows all"), HasSubstr("busy"));
	EXPECT_THAT(out.str(), HasSubstr("deleted: 1"));
}

TEST_F(AScript, ReleasesVolatileShadowCopiesAtItsEnd)
{
	run("add volume \\\\fs1\\a\ncreate\nset context persistent\nadd volume \\\\fs1\\b\ncreate");
	EXPECT_THAT(requester.sets, SizeIs(2));
	EXPECT_TRUE(interpreter().end());
	ASSERT_THAT(requester.sets, SizeIs(1));
	EXPECT_EQ(requester.sets[0].copies.at(0).share, "b");
}

TEST_F(AScript, ForgetsItsSettingsOnReset)
{
	run("set context persistent\nadd volume \\\\fs1\\a\nadd alias x y\nset verbose on");
	EXPECT_EQ(run("reset"), "");
	EXPECT_THAT(run("create"), HasSubstr("ADD VOLUME"));
	EXPECT_THAT(run("exec %x%"), HasSubstr("%x%"));
	EXPECT_THAT(output("set"), HasSubstr("VOLATILE"));
}

TEST_F(AScript, RunsProgramsWithItsAliases)
{
	EXPECT_EQ(run("add alias greeting hello\n"
	              "exec /bin/sh -c \"test $GREETING = %greeting%\""),
	          "");
	EXPECT_THAT(run("exec /bin/false"), HasSubstr("/bin/false"));
	EXPECT_EQ(run("add volume \\\\fs1\\a alias data\ncreate\n"
	              "exec /bin/sh -c \"test $DATA_DEVICE = '%DATA_DEVICE%'\""),
	          "");
}

TEST_F(AScript, EndsWithExit)
{
	EXPECT_EQ(run("exit"), "");
	EXPECT_TRUE(interpreter().exited());
}

TEST_F(AScript, TellsItsCommands)
{
	auto text = output("help");
	for (const auto *command :
	     {"SET CONTEXT", "LOAD METADATA", "DELETE SHADOWS", "WRITER VERIFY", "EXEC"})
		EXPECT_THAT(text, HasSubstr(command));
}

// --------------------------------------------------------------------- writers

TEST_F(AScript, StopsWhenAVerifiedWriterIsMissing)
{
	EXPECT_THAT(run("writer verify {66841cd4-6ded-4f4b-8f17-fd23f8ddc3de}"),
	            HasSubstr("66841cd4"));
	EXPECT_THAT(requester.specs, IsEmpty());
}

TEST_F(AScript, LeavesOutAWriterThatFailsUnlessItIsVerified)
{
	writers.add("sql", "exit 1");
	EXPECT_THAT(output("add volume \\\\fs1\\a\ncreate"),
	            HasSubstr("Leaving out writer \"sql\""));
	EXPECT_THAT(requester.specs.back().writers, IsEmpty());
	EXPECT_THAT(run("writer verify sql\nadd volume \\\\fs1\\a\ncreate"), HasSubstr("sql"));
	EXPECT_THAT(requester.specs, SizeIs(1)) << "no set without its writer";
}

TEST_F(AScript, ExcludesWriters)
{
	writers.add("sql", LogCalls);
	EXPECT_EQ(run("writer exclude SQL\nadd volume \\\\fs1\\a\ncreate"), "");
	EXPECT_THAT(requester.specs.back().writers, IsEmpty());
	EXPECT_EQ(writers.calls(), "");
	EXPECT_THAT(run("writer verify sql"), HasSubstr("excluded"));
}

TEST_F(AScript, ChecksAComponent)
{
	writers.add("sql", "[ \"$1\" != identify ] || echo 'db:Sales'");
	EXPECT_EQ(run("writer verify sql:db:sales\nadd volume \\\\fs1\\a\ncreate"), "");
	EXPECT_THAT(run("writer verify sql:db:other\nadd volume \\\\fs1\\a\ncreate"),
	            HasSubstr("db:other"));
}

TEST_F(AScript, HasNoWritersWithoutThem)
{
	writers.add("sql", LogCalls);
	EXPECT_EQ(run("set context persistent nowriters\nadd volume \\\\fs1\\a\ncreate"), "");
	EXPECT_THAT(requester.specs.back().writers, IsEmpty());
	EXPECT_THAT(run("writer verify sql\nadd volume \\\\fs1\\a\ncreate"),
	            HasSubstr("NOWRITERS"));
}

TEST_F(AScript, ListsWriters)
{
	writers.add("sql", "echo Sales");
	auto text = output("list writers");
	EXPECT_THAT(
	        text,
	        HasSubstr(
	                "* WRITER \"sql\"\n- Component \"Sales\"\nNumber of writers listed: 1\n"));
}

// -------------------------------------------------------------------- sessions

TEST_F(AScript, EndsABackupThatIsUnderWayOnly)
{
	EXPECT_THAT(run("end backup"), HasSubstr("no backup"));
	EXPECT_EQ(run("begin backup"), "");
	EXPECT_THAT(run("begin backup"), HasSubstr("under way"));
	EXPECT_THAT(run("begin restore"), HasSubstr("under way"));
	EXPECT_EQ(run("end backup"), "");
}

TEST_F(AScript, KeepsInTheMetadataWhetherTheBackupHasEnded)
{
	run("set metadata " + file("m") + "\nbegin backup\nadd volume \\\\fs1\\a\ncreate");
	EXPECT_FALSE(Metadata::load(file("m"))->finished);
	run("end backup");
	EXPECT_TRUE(Metadata::load(file("m"))->finished);
}

TEST_F(AScript, SaysThatABackupWasNotEnded)
{
	writers.add("sql", LogCalls);
	run("begin backup\nadd volume \\\\fs1\\a\ncreate");
	interpreter().end();
	EXPECT_THAT(out.str(), HasSubstr("not ended"));
	EXPECT_THAT(writers.calls(), Not(HasSubstr("backup-complete")));
}

TEST_F(AScript, RestoresWithMetadataOnly)
{
	EXPECT_THAT(run("begin restore"), HasSubstr("LOAD METADATA"));
	EXPECT_THAT(run("load metadata " + file("none")), HasSubstr("none"));
	run("set metadata " + file("m") +
	    "\nbegin backup\nadd volume \\\\fs1\\a\ncreate\nend backup");
	EXPECT_THAT(run("restore /backup to \\\\fs1\\a"), HasSubstr("BEGIN RESTORE"));
	EXPECT_THAT(output("load metadata " + file("m") +
	                   "\nbegin restore\n"
	                   "restore /backup to \\\\fs1\\a\\vm1\nend restore"),
	            HasSubstr("Number of files restored: 3"));
	EXPECT_THAT(putBack, ElementsAre("/backup to a vm1"));
	EXPECT_EQ(run("begin restore\nrestore /backup to \\\\fs1\\a noacls\nend restore"), "");
	EXPECT_THAT(putBack, ElementsAre("/backup to a vm1", "/backup to a  without ACLs"));
}

TEST_F(AScript, BeginsNoRestoreThatAWriterRefuses)
{
	writers.add("sql", "[ $1 != pre-restore ]");
	run("set metadata " + file("m") +
	    "\nbegin backup\nadd volume \\\\fs1\\a\ncreate\nend backup");
	EXPECT_THAT(run("load metadata " + file("m") + "\nbegin restore"),
	            HasSubstr("pre-restore"));
	EXPECT_THAT(run("end restore"), HasSubstr("no restore"));
}

} // namespace
} // namespace fss::requester
