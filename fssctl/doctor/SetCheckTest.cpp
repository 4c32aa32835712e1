// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

class SetCheckTest : public DoctorTest {
protected:
	void SetUp() override
	{
		ShadowCopySet set;
		set.id = *SetId::parse("11111111-2222-3333-4444-555555555555");
		set.status = Status::Recovered;
		ShadowCopy copy;
		copy.id = *CopyId::parse("66666666-7777-8888-9999-aaaaaaaaaaaa");
		copy.volume.root = "/srv";
		ShareMapping mapping;
		mapping.share = "data";
		mapping.exposedName = "data@{66666666-7777-8888-9999-aaaaaaaaaaaa}";
		mapping.exposed = true;
		copy.mappings = {mapping};
		set.copies = {copy};
		stored = {{set}};
		provider.snapshots[copy.id.text()] = {};
		publisher.published[mapping.exposedName] = {};
	}
	const std::vector<std::string> recover{"run: /usr/sbin/fssctl recover"};
};

TEST_F(SetCheckTest, ASetWithSnapshotAndShareIsInOrder)
{
	const auto findings = checkSets(at);
	EXPECT_EQ(gravest(findings), Verdict::Ok) << findings.front().text;
}

TEST_F(SetCheckTest, ALostSnapshotIsNamed)
{
	provider.snapshots.clear();
	EXPECT_EQ(remedies(checkSets(at)), recover);
}

TEST_F(SetCheckTest, ALostShareIsNamed)
{
	publisher.published.clear();
	EXPECT_EQ(remedies(checkSets(at)), recover);
}

TEST_F(SetCheckTest, ADeadWorkersJobIsNamed)
{
	stored.front().set.job = Job{Job::Kind::Commit, {Owner::thisBoot(), 1, 1}};
	EXPECT_EQ(remedies(checkSets(at)), recover);
	stored.front().set.job = Job{Job::Kind::Commit, Owner::self()};
	EXPECT_EQ(gravest(checkSets(at)), Verdict::Ok);
}

TEST_F(SetCheckTest, ARemovalThatFailedIsNamed)
{
	stored.front().set.undoing = true;
	EXPECT_EQ(remedies(checkSets(at)), recover);
}

TEST_F(SetCheckTest, ASetWhoseTimerHasElapsedIsNamed)
{
	stored.front().expired = true;
	EXPECT_EQ(remedies(checkSets(at)), recover);
}

TEST_F(SetCheckTest, AStoreThatCannotBeReadIsAnError)
{
	at.sets = [] { return fail(HResult::Fail, "open the state store", EIO); };
	EXPECT_EQ(gravest(checkSets(at)), Verdict::Error);
}

} // namespace
} // namespace fss::doctor
