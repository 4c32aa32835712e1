// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Cause.h"

#include <array>
#include <cerrno>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fss {

namespace {

constexpr std::string_view noPrivilege =
        "the process has no CAP_SYS_ADMIN, which btrfs asks for to look at, make and destroy "
        "subvolumes: give Samba's daemons the capability (a container needs it, too)";

constexpr std::string_view emergency = "look at the kernel's log: the device or the file system "
                                       "has an error";

constexpr std::string_view swapFile =
        "it holds an active swap file: swapoff it; the deletion is tried again by itself";

constexpr Cause table[] = {
        {Operation::Volume, EPERM, Circumstance::Unprivileged, HResult::NotSupported, noPrivilege},
        {Operation::Destroy, EPERM, Circumstance::Immutable, HResult::Fail,
         "it or the directory that it is in is immutable or append-only: lsattr -d PATH shows "
         "it, chattr -ia PATH ends it; the deletion is tried again by itself"},
        {Operation::Destroy, EPERM, Circumstance::SwapFile, HResult::Fail, swapFile},
        {Operation::Destroy, EPERM, Circumstance::DefaultSubvolume, HResult::Fail,
         "it is the file system's default subvolume: btrfs subvolume set-default names another; "
         "the deletion is tried again by itself"},
        {Operation::Destroy, EPERM, Circumstance::Sent, HResult::Fail,
         "it is being sent by btrfs send; the deletion is tried again by itself when that has "
         "ended"},
        {Operation::Destroy, EPERM, Circumstance::Any, HResult::Fail,
         "the kernel does not allow it, and its log says why; the deletion is tried again by "
         "itself"},
        {Operation::Change, EPERM, Circumstance::Any, HResult::Fail,
         "it is being sent by btrfs send; try again when that has ended"},
        {Operation::Create, EPERM, Circumstance::Any, HResult::Fail,
         "the directory may be immutable: lsattr -d shows it, chattr -i ends it"},
        {Operation::File, EPERM, Circumstance::Any, HResult::Fail,
         "the file or its directory may be immutable (lsattr -d PATH), or Samba's daemons lack a "
         "capability"},
        {Operation::Snapshot, ETXTBSY, Circumstance::Any, HResult::NotSupported,
         "the subvolume holds an active swap file: swapoff it, or move it to a subvolume of its "
         "own outside the share"},
        {Operation::Destroy, ETXTBSY, Circumstance::Any, HResult::Fail, swapFile},
        {Operation::Volume, EROFS, Circumstance::Any, HResult::NotSupported,
         "the file system or subvolume is read-only: name a writable directory of the same file "
         "system with fss:store directory; see btrfs property get PATH ro, but a received "
         "subvolume that is made writable takes no incremental send any more"},
        {Operation::File, EROFS, Circumstance::Any, HResult::Fail,
         "the file system is mounted read-only: make it writable (mount -o remount,rw), and look "
         "at the kernel's log, as errors make it read-only, too"},
        {Operation::File, EDQUOT, Circumstance::Any, HResult::InsufficientStorage,
         "a quota is reached: raise that of the file system with Samba's state or lock directory"},
        {Operation::Volume, EDQUOT, Circumstance::Any, HResult::InsufficientStorage,
         "the limit of a quota group (qgroup) is reached: btrfs qgroup show -re PATH shows it, "
         "btrfs qgroup limit raises it"},
        {Operation::File, ENOSPC, Circumstance::Any, HResult::InsufficientStorage,
         "the file system is full: make room on it (df PATH and df -i PATH show which)"},
        {Operation::Volume, ENOSPC, Circumstance::Any, HResult::InsufficientStorage,
         "the file system has no room for data or metadata: btrfs filesystem usage PATH shows "
         "which; delete files or shadow copies, or btrfs balance start -dusage=50 PATH"},
        {Operation::Any, EIO, Circumstance::Any, HResult::Fail, emergency},
        {Operation::Any, EUCLEAN, Circumstance::Any, HResult::Fail, emergency},
        {Operation::Any, EMFILE, Circumstance::Any, HResult::Fail,
         "this process has too many files open, several for each subvolume of a set: raise "
         "LimitNOFILE of Samba's units, or leave nested subvolumes out with fss:nested = ignore"},
        {Operation::Any, ENFILE, Circumstance::Any, HResult::Fail,
         "the machine has too many files open: raise fs.file-max"},
        {Operation::Any, ENOMEM, Circumstance::Any, HResult::Fail,
         "the machine has no memory left for it: look at the limits of Samba's units (MemoryMax)"},
        {Operation::Any, EMLINK, Circumstance::Any, HResult::Fail,
         "too many snapshots share a transaction or directory; delete some, or try again"},
        {Operation::Volume, ENAMETOOLONG, Circumstance::Any, HResult::NotSupported,
         "the path is too long: move the share or its snapshot store to a shorter one"},
        {Operation::Volume, EXDEV, Circumstance::Any, HResult::NotSupported,
         "source and snapshot store are on different file systems or mounts: name a directory "
         "of the share's own with fss:store directory"},
        {Operation::Any, EACCES, Circumstance::Any, HResult::Fail,
         "root is kept out: look at AppArmor, SELinux, and the rights on the way there"},
        {Operation::Volume, ELOOP, Circumstance::Any, HResult::NotSupported,
         "a symbolic link is in the way where none may be: use the path behind it"},
        {Operation::Snapshot, ENOENT, Circumstance::Any, HResult::Fail,
         "a subvolume or directory went away after it was added; start the set again"},
        {Operation::Volume, ENODEV, Circumstance::Any, HResult::Fail,
         "the file system is gone: is it mounted, is the device there?"},
        {Operation::Volume, ESTALE, Circumstance::Any, HResult::Fail,
         "the file system is gone, or another is mounted there now: mount the right one"},
};

} // namespace

std::span<const Cause> causes()
{
	return table;
}

const Cause *causeOf(Operation operation, int errnum, Circumstance circumstance)
{
	const bool onVolume = operation != Operation::Any && operation != Operation::File;
	for (const auto &row : table)
		if (row.errnum == errnum &&
		    (row.operation == Operation::Any || row.operation == operation ||
		     (row.operation == Operation::Volume && onVolume)) &&
		    (row.circumstance == Circumstance::Any || row.circumstance == circumstance))
			return &row;
	return nullptr;
}

bool hasSystemAdministration()
{
	__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
	std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
	if (syscall(SYS_capget, &header, data.data()) != 0)
		return true; // then the calls themselves tell
	return (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

tl::unexpected<Error> failed(Operation operation, std::string step, int errnum,
                             Circumstance circumstance)
{
	if (errnum == EPERM && !hasSystemAdministration())
		circumstance = Circumstance::Unprivileged;
	const auto *cause = causeOf(operation, errnum, circumstance);
	if (cause == nullptr)
		return tl::unexpected(Error{HResult::Fail, std::move(step), errnum, {}});
	return fail(cause->code, std::move(step), errnum, std::string(cause->remedy));
}

Result<void> checkPrivilege()
{
	if (hasSystemAdministration())
		return {};
	return fail(HResult::NotSupported, "make snapshots", EPERM, std::string(noPrivilege));
}

} // namespace fss
