// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"

#include <optional>
#include <string>
#include <string_view>

namespace fss {

/// "fss:snapshot" of an exposed share whose snapshot another VFS module made: it is no
/// subvolume that is known by a uuid, and entered by its path.
inline constexpr std::string_view madeByModule = "module";

/// What the definition of an exposed share says of its snapshot.
struct ExposedPlace {
	std::string service; ///< the share's name, which ends with the shadow copy's id
	std::string path;    ///< of the share's directory
	std::string uuid;    ///< the snapshot's; "": not known, from an earlier version
	std::string volume;  ///< the root of its volume; "": not known
};

/// The snapshot that an exposed share shows. The way to it by its path is root's
/// alone; held open, it can be entered without that way, and without opening the way
/// to anything else.
class ExposedSnapshot {
public:
	/// As root. Nothing where the share's path runs through no snapshot of a store's
	/// or of snapper's.
	/// Errors: Fail with ESTALE where another snapshot is at that path now, EBADMSG
	/// where it is not what it was when it was finished.
	static Result<std::optional<ExposedSnapshot>> open(const ExposedPlace &place);

	/// Whether an absolute path is the snapshot's root or below it.
	bool holds(std::string_view path) const;
	/// Whether an absolute path is of a directory that the snapshot lies in.
	bool liesBelow(std::string_view path) const;
	/// What follows the snapshot's root in a path that it holds, "." for itself.
	std::string_view inside(std::string_view path) const;
	/// Whether the calling user can get to the volume. Returns an errno.
	int mayEnter() const;

	/// Changes the process to such a path, with the calling user's rights to the
	/// volume and inside the snapshot. Returns an errno; then nothing changed.
	int changeTo(std::string_view path) const;
	/// Opens what a path leads to, as a mere place (O_PATH); a relative path
	/// starts in the process's directory. Without a descriptor and with errno
	/// where the user may not, and EXDEV for an absolute path outside.
	Fd resolve(const std::string &path) const;

	/// The snapshot's root, which stays this object's.
	int root() const { return root_.get(); }

private:
	ExposedSnapshot(Fd root, std::string path, std::string volume)
	        : root_(std::move(root)), path_(std::move(path)), volume_(std::move(volume))
	{
	}

	Fd openInside(std::string_view path, uint64_t flags) const;

	Fd root_;
	std::string path_;   ///< the snapshot's
	std::string volume_; ///< that a user has to be able to enter
};

} // namespace fss
