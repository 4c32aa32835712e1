// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Wire.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fssctl {
namespace {

class WireTest : public ::testing::Test {
protected:
	void SetUp() override
	{
		int both[2];
		ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, both), 0);
		client = fss::Fd(both[0]);
		server = fss::Fd(both[1]);
	}
	fss::Fd client, server;
};

TEST_F(WireTest, ArgumentsAndDescriptorsArrive)
{
	ASSERT_TRUE(wire::sendRequest(client.get(), {"show", "", "a b\n'\""}));
	const auto request = wire::receiveRequest(server.get());
	ASSERT_TRUE(request);
	EXPECT_EQ(request->arguments, (std::vector<std::string>{"show", "", "a b\n'\""}));
	for (int fd = 0; fd < 3; fd++) {
		struct stat mine {
		}, theirs{};
		ASSERT_EQ(fstat(fd, &mine), 0);
		ASSERT_EQ(fstat(request->files[static_cast<size_t>(fd)].get(), &theirs), 0);
		EXPECT_EQ(mine.st_ino, theirs.st_ino);
	}
}

TEST_F(WireTest, WhatIsNoRequestIsRefused)
{
	ASSERT_EQ(send(client.get(), "list\0", 5, 0), 5) << "without descriptors";
	EXPECT_EQ(wire::receiveRequest(server.get()).error().code, fss::HResult::InvalidArg);
	ASSERT_EQ(send(client.get(), "list", 4, 0), 4) << "not ended";
	EXPECT_FALSE(wire::receiveRequest(server.get()));
	client = fss::Fd();
	EXPECT_FALSE(wire::receiveRequest(server.get()));
}

TEST_F(WireTest, ACommandLineThatIsTooLongIsNotSent)
{
	const std::string argument(wire::maximumRequest, 'x');
	EXPECT_EQ(wire::sendRequest(client.get(), {argument}).error().code,
	          fss::HResult::InvalidArg);
}

TEST_F(WireTest, TheReplyArrives)
{
	wire::sendReply(server.get(), {4, "not in the group"});
	auto reply = wire::receiveReply(client.get());
	ASSERT_TRUE(reply);
	EXPECT_EQ(reply->exit, 4);
	EXPECT_EQ(reply->text, "not in the group");
	wire::sendReply(server.get(), {0, ""});
	reply = wire::receiveReply(client.get());
	ASSERT_TRUE(reply);
	EXPECT_EQ(reply->text, "");
}

TEST_F(WireTest, TheReplyArrivesFromAServiceThatHasNotReadTheRequest)
{
	ASSERT_TRUE(wire::sendRequest(client.get(), {"list"}));
	wire::sendReply(server.get(), {4, "not in the group"});
	server = fss::Fd();
	auto reply = wire::receiveReply(client.get());
	ASSERT_TRUE(reply) << reply.error().step;
	EXPECT_EQ(reply->exit, 4);
	EXPECT_EQ(reply->text, "not in the group");
}

TEST_F(WireTest, AServiceThatEndsIsNoticed)
{
	server = fss::Fd();
	EXPECT_FALSE(wire::receiveReply(client.get()));
}

} // namespace
} // namespace fssctl
