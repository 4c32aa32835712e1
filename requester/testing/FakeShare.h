// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/RemoteTree.h"

#include <map>
#include <mutex>

namespace fss::requester {

/// A share in memory, for tests of copying. Connections are RemoteTrees; any
/// number of threads may have one.
class FakeShare {
public:
	struct Node {
		bool directory = false;
		std::string data;
		uint16_t attributes = 0;
		FileTimes times;
		std::string securityDescriptor;
	};

	/// With what is above it.
	void addFile(const std::string &path, std::string data);
	void addDirectory(const std::string &path);
	Connect connect();

	std::map<std::string, Node> nodes{
	        {"",
	         {.directory = true, .data = {}, .times = {}, .securityDescriptor = "OWNER:root"}}};

	/// Reads until the connection breaks; then a new one has to be made. -1: never.
	int readsLeft = -1;
	/// Every operation on this path fails with this.
	std::string failingPath;
	Failure failure;
	/// Files cannot be given away.
	bool keepsOwners = false;
	/// What a file has that the user has made.
	std::string ownDescriptor = "O:S-1-1-0G:S-1-1-0D:(A;;FA;;;SY)";
	/// No connection can be had any more.
	bool down = false;
	/// Called after each read.
	std::function<void()> afterRead;

	// What was done.
	int connections = 0;
	uint64_t bytesRead = 0;
	int opens = 0;

private:
	friend class FakeTree;
	friend class FakeFile;
	std::mutex lock_;
};

} // namespace fss::requester
