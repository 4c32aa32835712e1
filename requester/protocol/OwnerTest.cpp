// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/protocol/Owner.h"

#include <gtest/gtest.h>
#include <map>

namespace fss::requester {

namespace {

class Names : public Resolver {
public:
	std::vector<std::string> addresses(const std::string &host) const override
	{
		const std::map<std::string, std::vector<std::string>> known{
		        {"fs1", {"10.0.0.1"}},
		        {"fs1.example.com", {"10.0.0.1", "fe80::1"}},
		        {"files.example.com", {"10.0.0.1"}},
		        {"node1.example.com", {"10.0.0.2"}},
		        {"node1", {"10.0.0.2"}},
		        {"evil.example.org", {"10.6.6.6"}},
		        {"evil", {"10.6.6.6"}},
		        {"127.0.0.1", {"127.0.0.1"}},
		        {"10.6.6.6", {"10.6.6.6"}},
		};
		const auto found = known.find(host);
		return found == known.end() ? std::vector<std::string>() : found->second;
	}
};

// Where it goes on; empty: it does not.
std::string decide(const std::string &host, const std::string &owner,
                   OwnerCheck check = OwnerCheck::Domain)
{
	const auto decision = decideOwner(host, owner, check, Names());
	return decision ? decision->host : std::string();
}

} // namespace

TEST(Owner, StaysWithTheServerThatOwnsTheShareItself)
{
	EXPECT_EQ(decide("fs1", "FS1"), "fs1");
	EXPECT_EQ(decide("fs1.example.com", "FS1"), "fs1.example.com");
	EXPECT_EQ(decide("fs1.example.com", ""), "fs1.example.com");
	EXPECT_EQ(decide("files.example.com", "fs1.example.com"), "files.example.com");
}

TEST(Owner, GoesOnWithAMachineOfTheServersDomain)
{
	EXPECT_EQ(decide("fs1.example.com", "node1.example.com"), "node1.example.com");
	EXPECT_EQ(decide("fs1.example.com", "NODE1.EXAMPLE.COM"), "fs1.example.com")
	        << "has no address here";
	EXPECT_EQ(decide("fs1", "node1"), "node1");
}

TEST(Owner, IsOfTheServersDomainWhenItHasAShortName)
{
	EXPECT_EQ(decide("fs1.example.com", "node1"), "node1.example.com");
}

TEST(Owner, StaysWhereTheOwnersNameMeansNothingHere)
{
	EXPECT_EQ(decide("127.0.0.1", "FSS445"), "127.0.0.1");
}

TEST(Owner, IsNotFollowedToAnotherDomain)
{
	EXPECT_EQ(decide("fs1.example.com", "evil.example.org"), "");
	EXPECT_EQ(decide("fs1.example.com", "10.6.6.6"), "");
	EXPECT_EQ(decide("127.0.0.1", "evil.example.org"), "");
	EXPECT_EQ(decide("fs1", "evil.example.org"), "");
}

TEST(Owner, IsFollowedAsFarAsWasAskedFor)
{
	EXPECT_EQ(decide("fs1.example.com", "evil.example.org", OwnerCheck::Any),
	          "evil.example.org");
	EXPECT_EQ(decide("fs1.example.com", "evil.example.org", OwnerCheck::Ignore),
	          "fs1.example.com");
	EXPECT_EQ(decide("fs1.example.com", "node1.example.com", OwnerCheck::Server), "");
	EXPECT_EQ(decide("files.example.com", "fs1.example.com", OwnerCheck::Server),
	          "files.example.com");
}

} // namespace fss::requester
