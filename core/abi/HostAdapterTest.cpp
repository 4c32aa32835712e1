// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/HostAdapter.h"

#include "abi/HostStore.h"

#include "testing/Printing.h"

#include <gmock/gmock.h>
#include <new>
#include <stdexcept>

namespace fss {
namespace {

using testing::ElementsAre;

using Trace = std::vector<std::string>;

Trace &traceOf(void *host)
{
	return *static_cast<Trace *>(host);
}

class HostAdapterTest : public testing::Test {
protected:
	HostAdapterTest()
	{
		ops.publish_begin = [](void *host) {
			traceOf(host).push_back("begin");
			return 0;
		};
		ops.publish = [](void *host, const char *name, const fss_parameter *, size_t,
		                 const char *) {
			traceOf(host).push_back(name);
			return 0;
		};
		ops.publish_commit = [](void *host) {
			traceOf(host).push_back("commit");
			return 0;
		};
		ops.publish_cancel = [](void *host) { traceOf(host).push_back("cancel"); };
		ops.announce = [](void *host) { traceOf(host).push_back("announce"); };
		ops.store_each = [](void *host, fss_store, fss_record_fn fn, void *arg) {
			for (const char *key : {"a", "b"})
				fn(arg, key, "", 0);
			traceOf(host).push_back("end of store_each");
			return 0;
		};
	}

	fss_host_ops ops{};
	Trace trace;
	HostAdapter adapter{ops, &trace};
	HostStore store{ops, &trace, FSS_STORE_DISK};
};

TEST_F(HostAdapterTest, PublishesInOneTransaction)
{
	const auto mayCommit = [&]() -> Result<void> {
		trace.push_back("asked");
		return {};
	};
	EXPECT_TRUE(succeeded(adapter.publish({{"x", "base", {}}, {"y", "base", {}}}, mayCommit)));
	EXPECT_THAT(trace, ElementsAre("begin", "x", "y", "asked", "commit"));
}

TEST_F(HostAdapterTest, APublicationThatThrowsIsCancelled)
{
	const auto mayCommit = []() -> Result<void> { throw std::bad_alloc(); };
	EXPECT_TRUE(failedWith(adapter.publish({{"x", "base", {}}}, mayCommit), HResult::Fail));
	EXPECT_THAT(trace, ElementsAre("begin", "x", "cancel"));
}

TEST_F(HostAdapterTest, WhatAVisitorThrowsPassesAroundTheHost)
{
	int visited = 0;
	const auto visit = [&](std::string_view, std::string_view) {
		visited++;
		throw std::runtime_error("thrown");
	};
	EXPECT_THROW(static_cast<void>(store.each(visit)), std::runtime_error);
	EXPECT_EQ(visited, 1);
	EXPECT_THAT(trace, ElementsAre("end of store_each"));
}

} // namespace
} // namespace fss
