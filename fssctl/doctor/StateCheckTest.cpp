// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

#include <unistd.h>

namespace fss::doctor {
namespace {

class StateCheckTest : public DoctorTest {
protected:
	void SetUp() override
	{
		samba.state = directory.directory("state");
		samba.lock = directory.directory("lock");
		database = directory.write("state/fss.tdb", "");
		chmod(database.c_str(), 0600);
	}
	/// Whose tests these are; in a check, who is not root is a stranger.
	static bool isRoot() { return geteuid() == 0; }
	/// What is to be done, but for what only a user that is not root would have to.
	std::vector<std::string> toDo()
	{
		auto list = remedies(checkState(at));
		if (!isRoot())
			std::erase_if(list, [](const auto &text) {
				return text.starts_with("run: chown");
			});
		return list;
	}

	std::string database;
};

TEST_F(StateCheckTest, DirectoriesAndDatabaseInOrderPass)
{
	EXPECT_THAT(toDo(), testing::IsEmpty());
}

TEST_F(StateCheckTest, TheDatabaseIsForRootOnly)
{
	chmod(database.c_str(), 0644);
	EXPECT_THAT(toDo(), testing::ElementsAre("run: chmod 0600 " + database));
}

TEST_F(StateCheckTest, ADirectoryMayNotBeWrittenToByOthers)
{
	chmod(samba.state.c_str(), 0777);
	EXPECT_THAT(toDo(), testing::ElementsAre("run: chmod go-w " + samba.state));
}

TEST_F(StateCheckTest, AMissingDirectoryIsMade)
{
	std::filesystem::remove(samba.lock);
	EXPECT_THAT(toDo(), testing::ElementsAre("run: install -d -m 0755 " + samba.lock));
}

TEST_F(StateCheckTest, ADamagedDatabaseIsMovedAway)
{
	samba.damage[database] = "Input/output error";
	EXPECT_THAT(toDo(),
	            testing::ElementsAre("run: mv " + database + " " + database + ".damaged"));
}

} // namespace
} // namespace fss::doctor
