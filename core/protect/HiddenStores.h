// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace fss {

/// The snapshot stores as the clients of one share must not meet them: by no
/// name, and not by any detour either. A share whose own directory lies in a
/// store, as an exposed share's does, sees what is below that, and nothing of
/// the store around it.
///
/// A store is recognised by its default name in any directory, in upper or lower
/// case, and by its place where an administrator has chosen that.
class HiddenStores {
public:
	/// share: the share's directory, absolute; it may lead through links.
	/// configured: the values of fss:store directory that are in use anywhere.
	HiddenStores(const std::string &share, const std::vector<std::string> &configured);

	/// Whether a path leads into a store.
	/// directory: where it starts: absolute, or below the share's directory.
	bool hides(std::string_view directory, std::string_view path) const;

	/// The same for a name without '/' in a directory that this share has open, and
	/// so is in no store itself.
	bool hidesEntry(std::string_view directory, std::string_view name) const;

	/// The same for a directory that the server changes to on its own account.
	/// It may come from another connection: what lies outside this share is free.
	bool hidesBelow(std::string_view path) const;

	/// Whether a path that starts outside of the share leads to the share's directory:
	/// the server goes from the file system's root to what it knows by an absolute
	/// name, and through the store to an exposed share's.
	bool leadsToShare(std::string_view directory, std::string_view path) const;

	/// Whether a store lies below a path, so that whoever moves it moves the store.
	bool liesBelow(std::string_view directory, std::string_view path) const;

	/// Whether what is open lies in a store: what links, names that another module
	/// translates, and renamed directories have led to.
	bool holds(int fd) const;

private:
	struct Inode {
		dev_t device = 0;
		ino_t number = 0;
		bool operator==(const Inode &) const = default;
	};
	struct Store {
		std::string path;
		bool holdsShare = false;
	};

	/// The part below the share's directory, or the path itself.
	struct Position {
		bool below = true;
		std::string_view path;
	};
	void add(const std::string &path);
	Position positionOf(std::string_view path) const;
	bool isOutside(std::string_view directory) const;
	std::string absolute(std::string_view directory, std::string_view path) const;
	bool inConfigured(const std::string &path) const;
	bool holdsPath(const std::string &path) const;

	std::string share_;
	std::string written_; ///< as the share's definition has it
	dev_t device_ = 0;
	std::string snapshot_; ///< that the share lies in; "": in none
	std::vector<Store> stores_;
	std::vector<Inode> inodes_;
};

/// Whether a name in a directory is the default store's, in upper or lower case.
bool isStoreName(std::string_view name);

} // namespace fss
