// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "requester/copy/RemoteTree.h"

#include <filesystem>
#include <mutex>

namespace fss::requester {

/// The folder of a copy in which smbshadow keeps what it needs.
inline constexpr std::string_view StateFolder = ".smbshadow";

/// A failed system call on this machine.
tl::unexpected<Failure> localFailure(std::string step, int error);

/// The name under which a share's file is kept here: its own where it is one
/// here, too. One of more than 255 bytes (SMB has 255 UTF-16 units, which can
/// be 765 bytes) is cut and gets a checksum behind "~", as does the name of
/// the state folder at the top. Nothing for what no file can be named: "",
/// ".", "..", and names with "/" or a zero byte, which only a server sends that
/// wants to lead a client astray.
std::optional<std::string> localName(const std::string &directory, const std::string &name);

/// The same for each name of a path.
std::optional<std::string> localPath(const std::string &path);

/// Makes a directory that only its owner enters; succeeds where there is one.
Result<void> makeFolder(const std::filesystem::path &path);

/// A tree of files on this machine, entered name by name from a descriptor of
/// its top: no link below it is followed. Files come to be in the state folder
/// and get their names when they are whole. Threads may share one.
class LocalTree {
public:
	/// Makes the directory, and its state folder, where they are missing.
	static Result<LocalTree> make(const std::filesystem::path &top);
	/// One that is there.
	static Result<LocalTree> open(const std::filesystem::path &top);

	const std::filesystem::path &top() const { return path_; }

	/// path: local names with "/" between, "" for the top. Made where it is
	/// missing, with mode 0700.
	Result<Fd> directory(const std::string &path, bool make = false) const;
	Result<Fd> openFile(const std::string &path) const;

	/// A new file in the state folder, mode 0600; what had the name goes.
	Result<Fd> newPartial(const std::string &name) const;
	/// One that an earlier run left; nothing where there is none.
	std::optional<Fd> oldPartial(const std::string &name) const;
	void dropPartial(const std::string &name) const;
	std::vector<std::string> partials() const;

	/// Gives a whole file its name: times, then the name, in one step.
	Result<void> publish(const std::string &partial, const Fd &file, const FileTimes &times,
	                     const std::string &path) const;
	Result<void> setDirectoryTimes(const std::string &path, const FileTimes &times) const;

	/// Size and time of last change of a file; nothing where there is none.
	struct Seen {
		uint64_t size;
		Nanoseconds written;
	};
	std::optional<Seen> look(const std::string &path) const;

	/// Waits until all that was written is on the disk.
	Result<void> sync() const;

	int stateFolder() const { return state_.get(); }

private:
	std::filesystem::path path_;
	Fd top_;
	Fd state_;
	Fd partial_;
};

/// "a/b" and "c" of "a/b/c".
std::pair<std::string, std::string> parentAndName(const std::string &path);

} // namespace fss::requester
