// SPDX-License-Identifier: GPL-3.0-or-later
// A client of MS-FSRVP that costs next to nothing itself, for sets.py: with each line
// on stdin it takes a shadow copy set of all shares from SetContext to the last
// DeleteShareMapping, and prints what Commit, and all of it, took in milliseconds.
// Options before "--" are Samba's.
#include "requester/samba/fsrvp_client.h"
#include "requester/worker/RpcAgent.h"

#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <vector>

using namespace fss::requester;
using fss::Guid;

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr uint32_t PrepareBudget = 1'800'000, CommitBudget = 60'000; // ms, MS-FSRVP 3.2.3

class Client {
public:
	Client(RpcAgent agent, std::vector<std::string> shares)
	        : agent_(std::move(agent)), shares_(std::move(shares))
	{
	}

	void round()
	{
		const auto begin = now();
		call({.method = FSS_SET_CONTEXT});
		const Guid set =
		        call({.method = FSS_START_SHADOW_COPY_SET, .set = Guid::random()}).id;
		std::vector<Guid> copies;
		for (const auto &share : shares_)
			copies.push_back(call({.method = FSS_ADD_TO_SHADOW_COPY_SET,
			                       .set = set,
			                       .copy = Guid::random(),
			                       .share = share})
			                         .id);
		call({.method = FSS_PREPARE_SHADOW_COPY_SET, .number = PrepareBudget, .set = set});
		const auto committing = now();
		call({.method = FSS_COMMIT_SHADOW_COPY_SET, .number = CommitBudget, .set = set});
		const Milliseconds commit = now() - committing;
		call({.method = FSS_EXPOSE_SHADOW_COPY_SET, .number = PrepareBudget, .set = set});
		forAll(FSS_GET_SHARE_MAPPING, set, copies);
		call({.method = FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, .set = set});
		forAll(FSS_DELETE_SHARE_MAPPING, set, copies);
		const Milliseconds cycle = now() - begin;
		fmt::print("{:.3f} {:.3f}\n", commit.count(), cycle.count());
		std::fflush(stdout);
	}

private:
	static std::chrono::steady_clock::time_point now()
	{
		return std::chrono::steady_clock::now();
	}
	Reply call(const Request &request)
	{
		auto reply = agent_.call(request);
		if (reply && reply->result == 0)
			return *reply;
		fmt::print(stderr, "{}: {}\n", name(request.method),
		           reply ? fmt::format("0x{:08X}", reply->result) : reply.error().text());
		std::exit(EXIT_FAILURE);
	}
	void forAll(Method method, const Guid &set, const std::vector<Guid> &copies)
	{
		for (size_t i = 0; i < copies.size(); i++)
			call({.method = method,
			      .set = set,
			      .copy = copies[i],
			      .share = shares_[i]});
	}

	RpcAgent agent_;
	std::vector<std::string> shares_;
};

} // namespace

int main(int argc, char **argv)
{
	int samba = 1;
	while (samba < argc && std::string_view(argv[samba]) != "--")
		samba++;
	if (argc - samba < 4) {
		fmt::print(stderr, "usage: set-client SAMBA'S-OPTIONS -- HOST PORT SHARE...\n");
		return EXIT_FAILURE;
	}
	const std::string host = argv[samba + 1];
	std::vector<std::string> shares;
	for (int i = samba + 3; i < argc; i++)
		shares.push_back(fmt::format("\\\\{}\\{}\\", host, argv[i]));
	if (!smbshadow_samba_start(samba, argv))
		return EXIT_FAILURE;
	auto agent = RpcAgent::connect(host,
	                               {.port = static_cast<uint16_t>(std::atoi(argv[samba + 2]))});
	if (!agent) {
		fmt::print(stderr, "{}\n", agent.error().text());
		return EXIT_FAILURE;
	}
	Client client(std::move(*agent), std::move(shares));
	for (std::string line; std::getline(std::cin, line);)
		client.round();
	return EXIT_SUCCESS;
}
