// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Record.h"

#include "testing/Printing.h"

#include <zlib.h>

namespace fss {
namespace {

ShadowCopySet sampleSet()
{
	ShadowCopySet set;
	set.id = SetId::random();
	set.status = Status::Exposed;
	set.context = *Context::parse(0x00400019);
	set.client = "2001:db8::7";
	set.account = "DOMÄNE\\backup \"quoted\"";
	set.bootId = Owner::thisBoot();
	set.undoing = true;
	set.committed = true;
	set.job = Job{Job::Kind::Recovery, Owner::self()};
	for (int i = 0; i < 2; i++) {
		ShadowCopy copy;
		copy.id = CopyId::random();
		copy.volume = {"btrfs:x:256", "/srv/ö", "/srv/ö/.fss"};
		copy.volume.share = i == 1 ? "b" : "";
		copy.created = 133'485'408'000'000'001;
		copy.taken = -1;
		copy.snapshotUuid = "uuid";
		copy.transaction = UINT64_MAX;
		copy.deleting = i == 1;
		copy.mappings.push_back({"\\\\s\\a$\\", "a$", "a$@{X}$", "", true, false});
		copy.mappings.push_back({"\\\\s\\b", "b", "b@{X}", "sub/dir", false, true});
		set.copies.push_back(copy);
	}
	return set;
}

ServerState sampleState()
{
	ServerState state;
	Session session;
	session.address = "198.51.100.1";
	session.worker = Owner::self();
	session.connection = UINT64_MAX;
	session.connected = false;
	session.context = *Context::parse(0x9);
	session.retryCount = 3;
	session.set = SetId::random();
	session.deadline = Deadline{Owner::thisBoot(), std::chrono::milliseconds(123'456'789)};
	state.sessions = {session, Session()};
	state.attention = {SetId::random(), SetId::random()};
	state.workers = {Owner::self()};
	return state;
}

// A sound record with this body.
std::string wrapped(const std::string &body, int version = 1)
{
	const auto sum = crc32(0, reinterpret_cast<const Bytef *>(body.data()),
	                       static_cast<uInt>(body.size()));
	return fmt::format("FSS{} {:08x} {}\n{}", version, sum, body.size(), body);
}

std::string bodyOf(const std::string &record)
{
	return record.substr(record.find('\n') + 1);
}

TEST(Record, SetComesBackAsItWent)
{
	const auto set = sampleSet();
	const auto bytes = record::encode(set);
	const auto back = record::decodeSet(bytes);
	ASSERT_TRUE(back);
	EXPECT_EQ(record::encode(*back), bytes);
	EXPECT_EQ(back->id, set.id);
	EXPECT_EQ(back->status, Status::Exposed);
	EXPECT_EQ(back->context, set.context);
	EXPECT_EQ(back->account, set.account);
	EXPECT_TRUE(back->undoing);
	EXPECT_TRUE(back->committed);
	EXPECT_EQ(back->job->kind, Job::Kind::Recovery);
	EXPECT_EQ(back->job->owner, Owner::self());
	ASSERT_EQ(back->copies.size(), 2U);
	EXPECT_EQ(back->copies[0].id, set.copies[0].id);
	EXPECT_EQ(back->copies[1].transaction, UINT64_MAX);
	EXPECT_EQ(back->copies[1].taken, -1);
	EXPECT_TRUE(back->copies[1].deleting);
	EXPECT_EQ(back->copies[1].volume.share, "b");
	EXPECT_EQ(back->copies[0].mappings[0].unc, "\\\\s\\a$\\");
	EXPECT_EQ(back->copies[0].mappings[1].relativePath, "sub/dir");
	EXPECT_TRUE(back->copies[0].mappings[1].deleting);
}

TEST(Record, EveryStatusAndJobComesBack)
{
	auto set = sampleSet();
	for (auto status : {Status::Started, Status::Added, Status::CreationInProgress,
	                    Status::Committed, Status::Exposed, Status::Recovered})
		for (auto kind : {Job::Kind::Prepare, Job::Kind::Commit, Job::Kind::Recovery,
		                  Job::Kind::Undo, Job::Kind::Delete}) {
			set.status = status;
			set.job = Job{kind, Owner::self()};
			const auto back = record::decodeSet(record::encode(set));
			ASSERT_TRUE(back);
			EXPECT_EQ(back->status, status);
			EXPECT_EQ(back->job->kind, kind);
		}
}

TEST(Record, StateComesBackAsItWent)
{
	const auto state = sampleState();
	const auto back = record::decodeState(record::encode(state));
	ASSERT_TRUE(back);
	EXPECT_EQ(record::encode(*back), record::encode(state));
	EXPECT_EQ(back->sessions[0].connection, UINT64_MAX);
	EXPECT_FALSE(back->sessions[0].connected);
	EXPECT_EQ(back->sessions[0].deadline->sinceBoot.count(), 123'456'789);
	EXPECT_FALSE(back->sessions[1].set);
	EXPECT_FALSE(back->sessions[1].deadline);
	EXPECT_EQ(back->attention, state.attention);
	EXPECT_EQ(back->workers, state.workers);
}

TEST(Record, TheLastVolumeOfAShareComesBackAsItWent)
{
	for (const LastVolume &last : {LastVolume{"btrfs:a-b:5", "/srv/data"},
	                               LastVolume{"x", "/\xFF\n%\""}, LastVolume{"", ""}})
		EXPECT_EQ(record::decodeLastVolume(record::encode(last)), last);
	const auto bytes = record::encode(LastVolume{"btrfs:a-b:5", "/srv/data"});
	for (size_t at = 0; at < bytes.size(); at++) {
		auto damaged = bytes;
		damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
		EXPECT_FALSE(record::decodeLastVolume(damaged)) << "byte " << at;
	}
	EXPECT_FALSE(record::decodeLastVolume(record::encode(VolumeUse{1, 1})));
	EXPECT_FALSE(record::decodeVolumeUse(bytes));
}

TEST(Record, VolumeUseComesBackAsItWent)
{
	const VolumeUse use{4'000'000'000U, 7};
	EXPECT_EQ(record::decodeVolumeUse(record::encode(use)), use);
}

TEST(Record, OneLineHeaderAndJsonBodyForTdbdump)
{
	const auto bytes = record::encode(VolumeUse{1, 2});
	EXPECT_TRUE(bytes.starts_with("FSS1 "));
	EXPECT_EQ(bytes, wrapped(bodyOf(bytes)));
	EXPECT_EQ(bodyOf(bytes), R"({"copies":1,"shadowed":2})");
}

TEST(Record, EveryFlippedByteIsNoticed)
{
	const auto bytes = record::encode(sampleSet());
	for (size_t at = 0; at < bytes.size(); at++)
		for (const int flip : {0x01, 0x20, 0x80, 0xFF}) {
			auto damaged = bytes;
			damaged[at] = static_cast<char>(damaged[at] ^ flip);
			EXPECT_FALSE(record::decodeSet(damaged)) << "byte " << at << " ^ " << flip;
		}
}

TEST(Record, EveryFlippedByteOfTheStateIsNoticed)
{
	const auto bytes = record::encode(sampleState());
	for (size_t at = 0; at < bytes.size(); at++) {
		auto damaged = bytes;
		damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
		EXPECT_FALSE(record::decodeState(damaged)) << "byte " << at;
	}
}

TEST(Record, EveryTruncationIsNoticed)
{
	const auto bytes = record::encode(sampleSet());
	for (size_t length = 0; length < bytes.size(); length++)
		EXPECT_FALSE(record::decodeSet(std::string_view(bytes).substr(0, length)))
		        << length;
}

TEST(Record, BytesBehindTheEndAreNoticed)
{
	const auto bytes = record::encode(sampleSet());
	EXPECT_FALSE(record::decodeSet(bytes + " "));
	EXPECT_FALSE(record::decodeSet(bytes + bytes));
	EXPECT_FALSE(record::decodeSet(bytes + std::string(1, '\0')));
}

TEST(Record, ForeignDataIsNone)
{
	for (const auto &foreign :
	     {std::string(), std::string("\n"), std::string("FSS1 "), std::string("FSS1 \n"),
	      std::string("FSS1 00000000 0\n"), std::string(4096, '\0'), std::string("{}"),
	      std::string("FSS2 00000000 2\n{}"), std::string("\xff\xfe\xfd"),
	      std::string("FSS1 ffffffffffffffff 99999999999999999999\n{}")}) {
		EXPECT_FALSE(record::decodeSet(foreign));
		EXPECT_FALSE(record::decodeState(foreign));
		EXPECT_FALSE(record::decodeVolumeUse(foreign));
	}
}

TEST(Record, SoundRecordOfAnotherKindIsNone)
{
	const auto set = record::encode(sampleSet());
	const auto state = record::encode(sampleState());
	const auto use = record::encode(VolumeUse{1, 1});
	EXPECT_FALSE(record::decodeSet(state));
	EXPECT_FALSE(record::decodeSet(use));
	EXPECT_FALSE(record::decodeState(set));
	EXPECT_FALSE(record::decodeState(use));
	EXPECT_FALSE(record::decodeVolumeUse(set));
	EXPECT_FALSE(record::decodeVolumeUse(state));
}

TEST(Record, BodiesThatAreNoObjectAreNone)
{
	for (const char *body : {"", "null", "[]", "1", "\"x\"", "{", "{}", "{\"copies\":\"1\"}",
	                         "\xff", "[[[[[[[[", "{\"id\":null}"}) {
		EXPECT_FALSE(record::decodeSet(wrapped(body))) << body;
		EXPECT_FALSE(record::decodeState(wrapped(body))) << body;
		EXPECT_FALSE(record::decodeVolumeUse(wrapped(body))) << body;
	}
}

// Replaces text in the body of a sound record and makes it sound again.
std::string edited(const std::string &record, const std::string &from, const std::string &to)
{
	auto body = bodyOf(record);
	const auto at = body.find(from);
	EXPECT_NE(at, body.npos) << from;
	return wrapped(body.replace(at, from.size(), to));
}

TEST(Record, IllegalValuesMakeItForeign)
{
	const auto bytes = record::encode(sampleSet());
	ASSERT_TRUE(record::decodeSet(edited(bytes, "Exposed", "Committed")));
	EXPECT_FALSE(record::decodeSet(edited(bytes, "\"Exposed\"", "\"Eaten\"")));
	EXPECT_FALSE(record::decodeSet(edited(bytes, "\"recovery\"", "\"holiday\"")));
	EXPECT_FALSE(
	        record::decodeSet(edited(bytes, "\"context\":4194329", "\"context\":4194330")));
	EXPECT_FALSE(record::decodeSet(edited(bytes, "\"undoing\":true", "\"undoing\":7")));
	EXPECT_FALSE(record::decodeSet(edited(bytes, "\"client\"", "\"patron\"")));
}

TEST(Record, DeepNestingDoesNotExhaustTheStack)
{
	EXPECT_FALSE(record::decodeSet(wrapped(std::string(100'000, '['))));
}

TEST(Record, PathsThatAreNoUtf8ComeBackAsTheyWent)
{
	auto set = sampleSet();
	set.copies[0].volume.root = "/srv/b\xFC"
	                            "cher";
	set.copies[0].mappings[0].relativePath = "\xE9";
	ASSERT_NO_THROW({
		const auto back = record::decodeSet(record::encode(set));
		ASSERT_TRUE(back);
		EXPECT_EQ(back->copies[0].volume.root, set.copies[0].volume.root);
		EXPECT_EQ(back->copies[0].mappings[0].relativePath, "\xE9");
	});
}

// A reader that knows no paths must not take such a record for one of its own.
TEST(Record, APathOfASnapshotMakesItOfALaterFormat)
{
	auto set = sampleSet();
	EXPECT_TRUE(record::encode(set).starts_with("FSS1 "));
	set.copies[1].path = "/srv/b\xFC"
	                     "cher/@GMT-2024.01.01-00.00.00";
	const auto bytes = record::encode(set);
	EXPECT_TRUE(bytes.starts_with("FSS2 "));
	const auto back = record::decodeSet(bytes);
	ASSERT_TRUE(back);
	EXPECT_EQ(back->copies[0].path, "");
	EXPECT_EQ(back->copies[1].path, set.copies[1].path);
}

TEST(Record, AFormatThatItsContentDoesNotHaveIsNone)
{
	auto set = sampleSet();
	EXPECT_FALSE(record::decodeSet(wrapped(bodyOf(record::encode(set)), 2)));
	set.copies[0].path = "/srv/a/@GMT-2024.01.01-00.00.00";
	EXPECT_FALSE(record::decodeSet(wrapped(bodyOf(record::encode(set)), 1)));
	EXPECT_FALSE(record::decodeState(wrapped(bodyOf(record::encode(sampleState())), 2)));
}

} // namespace
} // namespace fss
