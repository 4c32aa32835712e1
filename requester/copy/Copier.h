// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Copy.h"
#include "requester/copy/CopyRun.h"
#include "requester/copy/WorkQueue.h"

namespace fss::requester {

/// What the threads of a copy share beside CopyRun.
struct CopyShared {
	const CopyOptions &options;
	const LocalTree &tree;
	Manifest &manifest;
	CopyRun &run;
	WorkQueue &queue;

	std::atomic<uint64_t> filesHadAlready = 0;
	std::mutex directoriesLock;
	/// In the order in which they were made: parents first.
	std::vector<std::pair<std::string, FileTimes>> directories;
};

/// One thread of a copy, with its connection.
class Copier {
public:
	Copier(CopyShared &shared, const Connect &connect, unsigned number);

	/// Works until there is no more.
	void run();

private:
	void copy(const DirectoryWork &work);
	void copy(const FileWork &work);
	void join(const SharedWork &file);

	void addContent(const std::string &path, std::vector<RemoteEntry> entries);
	/// Empty where it is not wanted.
	Result<std::string> securityDescriptor(const std::string &path);
	void copySmall(ManifestEntry entry, const std::string &localPath);
	void copyBig(ManifestEntry entry, const std::string &localPath);
	Result<std::vector<Checksum>> data(RemoteFile &file, const ManifestEntry &entry,
	                                   const Fd &local, const std::string &localPath);
	Result<void> block(const SharedWork &file, const BigFile::Block &block);
	void complete(BigFile &file);
	void finished(const ManifestEntry &entry);

	CopyShared &shared_;
	PatientTree remote_;
	std::string partial_; ///< this thread's file in the state folder
	std::vector<std::byte> buffer_;
	/// This connection's file of the SharedWork at hand.
	std::unique_ptr<RemoteFile> joined_;
};

} // namespace fss::requester
