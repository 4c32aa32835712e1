// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Providers.h"

#include "testing/FakeProvider.h"
#include "testing/Printing.h"

#include <cerrno>
#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::ElementsAre;

class ProvidersTest : public testing::Test {
protected:
	ProvidersTest()
	{
		first.name = "first";
		second.name = "second";
		hooks.name = "hooks";
		first.unsupported = {"/vol2"};
	}
	Result<Location> inspect(const std::string &path, ProviderChoice choice)
	{
		InspectOptions options;
		options.provider = choice;
		return providers.inspect(path, options);
	}
	SnapshotRequest request(const std::string &path, ProviderChoice choice)
	{
		SnapshotRequest made;
		made.id = CopyId::random();
		made.volume = inspect(path, choice)->volume;
		return made;
	}
	std::vector<SnapshotRequest> oneOfEach()
	{
		return {request("/vol2", ProviderChoice::Auto),
		        request("/vol1", ProviderChoice::Auto),
		        request("/vol3", ProviderChoice::Vfs)};
	}
	Result<std::vector<SnapshotResult>> make(std::span<const SnapshotRequest> requests)
	{
		auto batch = providers.begin(requests);
		if (!batch)
			return tl::unexpected(batch.error());
		auto fired =
		        (*batch)->flush().and_then([&] { return (*batch)->arm(); }).and_then([&] {
			        return (*batch)->fire();
		        });
		if (!fired)
			return tl::unexpected(fired.error());
		return (*batch)->finish();
	}
	static std::vector<SnapshotRef> refs(std::span<const SnapshotRequest> requests)
	{
		std::vector<SnapshotRef> made;
		for (const auto &request : requests)
			made.push_back({request.id, request.volume, ""});
		return made;
	}

	FakeProvider first, second, hooks;
	Providers providers{{{ProviderChoice::Snapper, "first", first},
	                     {ProviderChoice::Btrfs, "second", second},
	                     {ProviderChoice::Vfs, "hooks", hooks}}};
};

TEST_F(ProvidersTest, AutoTakesTheFirstThatCan)
{
	EXPECT_EQ(inspect("/vol1", ProviderChoice::Auto)->volume.id, "first:/vol1");
	EXPECT_EQ(inspect("/vol2", ProviderChoice::Auto)->volume.id, "second:/vol2");
}

TEST_F(ProvidersTest, WhatAutoDoesWithoutIsToldWhereItIsInTrouble)
{
	EXPECT_EQ(inspect("/vol2", ProviderChoice::Auto)->passedOver, "") << "it is not its";
	first.trouble = Error{HResult::NotSupported, "ask first", ETIMEDOUT, ""};
	const auto location = inspect("/vol1", ProviderChoice::Auto);
	EXPECT_EQ(location->volume.id, "second:/vol1");
	EXPECT_THAT(location->passedOver, testing::HasSubstr("ask first"));
	EXPECT_FALSE(inspect("/vol1", ProviderChoice::Snapper));
}

TEST_F(ProvidersTest, ALossOfAnyOfThemIsOne)
{
	EXPECT_FALSE(providers.mayHaveLost());
	first.lost = second.lost = true;
	EXPECT_TRUE(providers.mayHaveLost());
	EXPECT_FALSE(providers.mayHaveLost()) << "all were asked";
}

TEST_F(ProvidersTest, EachOfThemIsPruned)
{
	first.remembered = second.remembered = hooks.remembered = {"a", "b"};
	EXPECT_TRUE(providers.prune([] { return std::set<std::string>{"a"}; }));
	for (const auto *provider : {&first, &second, &hooks})
		EXPECT_THAT(provider->remembered, testing::ElementsAre("a"));
}

TEST_F(ProvidersTest, AutoNeverAsksAShareSOwnModules)
{
	second.unsupported = {"/vol2"};
	EXPECT_TRUE(failedWith(inspect("/vol2", ProviderChoice::Auto), HResult::NotSupported));
	EXPECT_EQ(hooks.inspected, 0U);
}

TEST_F(ProvidersTest, AChosenOneIsTheOnlyOneAsked)
{
	EXPECT_TRUE(failedWith(inspect("/vol2", ProviderChoice::Snapper), HResult::NotSupported));
	EXPECT_EQ(second.inspected, 0U);
	EXPECT_EQ(inspect("/vol1", ProviderChoice::Btrfs)->volume.id, "second:/vol1");
	EXPECT_EQ(inspect("/vol1", ProviderChoice::Vfs)->volume.id, "hooks:/vol1");
}

TEST_F(ProvidersTest, AMissingOneIsNamedAsMissing)
{
	Providers without{{{ProviderChoice::Btrfs, "second", second}}};
	InspectOptions options;
	options.provider = ProviderChoice::Snapper;
	EXPECT_TRUE(failedWith(without.inspect("/vol1", options), HResult::NotSupported));
	const auto volume = inspect("/vol1", ProviderChoice::Auto)->volume;
	EXPECT_TRUE(failedWith(without.presence({CopyId::random(), volume, ""}), HResult::Fail));
}

TEST_F(ProvidersTest, ASetOfSeveralProvidersIsMadeInTheOrderOfItsRequests)
{
	const auto requests = oneOfEach();
	const auto made = make(requests);
	ASSERT_TRUE(succeeded(made));
	ASSERT_EQ(made->size(), 3U);
	EXPECT_EQ((*made)[0].uuid, second.find(requests[0].id)->uuid);
	EXPECT_EQ((*made)[1].uuid, first.find(requests[1].id)->uuid);
	EXPECT_EQ((*made)[2].uuid, hooks.find(requests[2].id)->uuid);
}

TEST_F(ProvidersTest, TheWritersOfAllVolumesAreNamed)
{
	const auto requests = oneOfEach();
	auto batch = providers.begin(requests);
	ASSERT_TRUE(succeeded(batch));
	EXPECT_THAT((*batch)->writtenThrough(),
	            testing::UnorderedElementsAre("first:/vol1", "second:/vol2", "hooks:/vol3"));
}

TEST_F(ProvidersTest, OneThatFailsFailsTheWhole)
{
	second.fireFailure = Error{HResult::Fail, "fire", EIO, ""};
	EXPECT_TRUE(failedWith(make(oneOfEach()), HResult::Fail));
}

TEST_F(ProvidersTest, DestroysWithEachAndGoesOnWhereOneFails)
{
	const auto requests = oneOfEach();
	ASSERT_TRUE(succeeded(make(requests)));
	first.destroyFailure = Error{HResult::Fail, "destroy", EIO, ""};
	EXPECT_TRUE(failedWith(providers.destroy(refs(requests)), HResult::Fail));
	EXPECT_TRUE(second.snapshots.empty());
	EXPECT_TRUE(hooks.snapshots.empty());
	first.destroyFailure.reset();
	EXPECT_TRUE(succeeded(providers.destroy(refs(requests))));
	EXPECT_TRUE(first.snapshots.empty());
}

TEST_F(ProvidersTest, PresenceIsAskedOfTheVolumesOwn)
{
	const auto requests = oneOfEach();
	ASSERT_TRUE(succeeded(make(requests)));
	for (const auto &ref : refs(requests))
		EXPECT_EQ(*providers.presence(ref), SnapshotPresence::Present);
	second.snapshots.clear();
	EXPECT_EQ(*providers.presence(refs(requests)[0]), SnapshotPresence::Absent);
}

} // namespace
} // namespace fss
