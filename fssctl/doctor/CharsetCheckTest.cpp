// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

#include <cerrno>

namespace fss::doctor {
namespace {

class CharsetCheckTest : public DoctorTest {
protected:
	/// [global] in smb.conf, in this order.
	Findings check(const std::vector<std::pair<std::string, std::string>> &global)
	{
		host.files[""].clear();
		samba.parameters["unix charset"] = "UTF-8";
		for (const auto &[name, value] : global) {
			host.files[""].push_back({"global", name, value});
			samba.parameters[name] = value;
		}
		host.files[""].push_back({"data", "path", "/srv"});
		return checkCharsets(at);
	}
	static std::string line(const std::string &value)
	{
		return "in /etc/samba/smb.conf, section [global], write: dos charset = " + value;
	}
};

TEST_F(CharsetCheckTest, Utf8NeedsNoMore)
{
	samba.names = {"Büro"};
	EXPECT_EQ(gravest(check({})), Verdict::Ok);
	EXPECT_EQ(gravest(check({{"unix charset", "utf8"}})), Verdict::Ok);
	EXPECT_EQ(gravest(check({{"dos charset", "CP850"}})), Verdict::Ok);
}

TEST_F(CharsetCheckTest, AnotherUnixCharsetNeedsADosCharsetAfterIt)
{
	samba.names = {"data", "Büro"};
	const auto findings = check({{"unix charset", "ISO-8859-15"}});
	const auto *found = find(findings, "character-sets", Verdict::Error);
	ASSERT_NE(found, nullptr);
	EXPECT_NE(found->text.find("Büro"), std::string::npos);
	EXPECT_EQ(found->text.find("data"), std::string::npos);
	EXPECT_THAT(remedies(findings), testing::ElementsAre(line("850")));
	EXPECT_EQ(gravest(check({{"unix charset", "ISO-8859-15"}, {"dos charset", "850"}})),
	          Verdict::Ok);
	EXPECT_EQ(gravest(check({{"UNIX Charset", "x"},
	                         {"unix charset", "ISO-8859-15"},
	                         {"DosCharset", "CP437"}})),
	          Verdict::Ok);
}

TEST_F(CharsetCheckTest, TheSpellingOfTheDefaultChangesNothing)
{
	samba.names = {"Büro"};
	EXPECT_THAT(remedies(check({{"unix charset", "CP1252"}, {"dos charset", "CP850"}})),
	            testing::ElementsAre(line("850")));
}

TEST_F(CharsetCheckTest, NorDoesALineBefore)
{
	samba.names = {"Büro"};
	EXPECT_THAT(remedies(check({{"dos charset", "CP437"}, {"unix charset", "CP1252"}})),
	            testing::ElementsAre(line("CP437")));
}

TEST_F(CharsetCheckTest, WithNamesInAsciiItIsANote)
{
	samba.names = {"data"};
	EXPECT_EQ(gravest(check({{"unix charset", "CP1252"}})), Verdict::Info);
}

TEST_F(CharsetCheckTest, APathThatIsNoTextIsNamed)
{
	class Broken : public FakeHost {
	public:
		Result<ShareInfo> findShare(const std::string &, const void *) override
		{
			return fail(HResult::NotSupported, "the path is no text", EILSEQ, "rename");
		}
	};
	Broken broken;
	const Surroundings other{broken,  publisher,          provider, guard,         samba,
	                         machine, "/usr/sbin/fssctl", at.sets,  at.lastVolume, {}};
	samba.names = {"data"};
	const auto findings = checkShareTexts(other);
	ASSERT_EQ(findings.size(), 1U);
	EXPECT_EQ(findings.front().share, "data");
	EXPECT_EQ(findings.front().verdict, Verdict::Error);
	EXPECT_NE(findings.front().text.find("rename"), std::string::npos);
}

TEST_F(CharsetCheckTest, ANameThatNobodyCanAskForIsNamed)
{
	samba.names = {"data", "B\xfcro"};
	ShareInfo share;
	share.name = "data";
	host.shares = {share};
	const auto findings = checkShareTexts(at);
	ASSERT_EQ(findings.size(), 1U);
	EXPECT_EQ(findings.front().share, "B\xfcro");
}

} // namespace
} // namespace fss::doctor
