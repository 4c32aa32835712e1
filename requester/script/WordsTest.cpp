// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Words.h"

#include <gmock/gmock.h>

namespace fss::requester {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WordsOfALine : public testing::Test {
protected:
	std::vector<std::string> words(std::string_view line)
	{
		auto result = wordsOf(line, aliases);
		EXPECT_TRUE(result) << line;
		return result.value_or(std::vector<std::string>());
	}
	std::string error(std::string_view line)
	{
		auto result = wordsOf(line, aliases);
		return result ? "" : result.error().text();
	}
	Aliases aliases;
};

TEST_F(WordsOfALine, AreSeparatedByBlanks)
{
	EXPECT_THAT(words("  Add\tVolume   \\\\srv\\share \r"),
	            ElementsAre("Add", "Volume", "\\\\srv\\share"));
	EXPECT_THAT(words(" \t\r\n"), IsEmpty());
}

TEST_F(WordsOfALine, KeepTheBlanksOfQuotes)
{
	EXPECT_THAT(words(R"(set metadata "C:\my backups\x.cab")"),
	            ElementsAre("set", "metadata", R"(C:\my backups\x.cab)"));
	EXPECT_THAT(words(R"(exec "" "a ""b"" c"d)"), ElementsAre("exec", "", R"(a "b" cd)"));
	EXPECT_THAT(error("add volume \"\\\\srv\\share"), HasSubstr("quote"));
}

TEST_F(WordsOfALine, AreNoneInAComment)
{
	EXPECT_THAT(words("# create %NOSUCH%"), IsEmpty());
	EXPECT_THAT(words("  //xcopy files from backup store to the original location"), IsEmpty());
	EXPECT_THAT(words("rem create"), IsEmpty());
	EXPECT_THAT(words("REM"), IsEmpty());
	EXPECT_THAT(words("remove it"), ElementsAre("remove", "it"));
	EXPECT_THAT(words("add volume \\\\srv\\share#1"),
	            ElementsAre("add", "volume", "\\\\srv\\share#1"));
}

TEST_F(WordsOfALine, HaveAliasesReplaced)
{
	aliases.set("vm_1", "{7b53b887}");
	aliases.set("folder", "a b");
	EXPECT_THAT(words("delete shadows id %VM_1%"),
	            ElementsAre("delete", "shadows", "id", "{7b53b887}"));
	EXPECT_THAT(words("exec x%folder%y %Folder%"), ElementsAre("exec", "xa by", "a b"));
	EXPECT_THAT(words("exec 100%% 5%"), ElementsAre("exec", "100%", "5%"));
	EXPECT_THAT(error("delete shadows id %NOSUCH_ALIAS%"), HasSubstr("%NOSUCH_ALIAS%"));
}

TEST_F(WordsOfALine, TakeVariablesOfTheEnvironmentForAliases)
{
	setenv("SMBSHADOW_WORDS_TEST", "from outside", 1);
	EXPECT_THAT(words("exec %SMBSHADOW_WORDS_TEST%"), ElementsAre("exec", "from outside"));
	aliases.set("smbshadow_words_test", "inside");
	EXPECT_THAT(words("exec %SMBSHADOW_WORDS_TEST%"), ElementsAre("exec", "inside"));
}

TEST_F(WordsOfALine, DoNotIncludeThePromptOfASession)
{
	EXPECT_THAT(words("DISKSHADOW> Begin Backup"), ElementsAre("Begin", "Backup"));
	EXPECT_THAT(words("diskshadow> //xcopy files"), IsEmpty());
	EXPECT_THAT(words("SMBSHADOW>"), IsEmpty());
}

TEST(AliasesOfAScript, AreFoundByValue)
{
	Aliases aliases;
	aliases.set("one", "{AB}");
	EXPECT_EQ(aliases.nameOf("{ab}"), "ONE");
	EXPECT_EQ(aliases.nameOf("{cd}"), std::nullopt);
}

} // namespace
} // namespace fss::requester
