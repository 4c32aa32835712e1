// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Cause.h"

#include <array>
#include <cerrno>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fss::btrfs {

namespace {

constexpr std::string_view noPrivilege =
        "the process has no CAP_SYS_ADMIN, which btrfs asks for to look at, make and destroy "
        "subvolumes: give Samba's daemons the capability (a container needs it, too)";

constexpr std::string_view emergency = "look at the kernel's log: the device or the file system "
                                       "has an error";

constexpr Cause table[] = {
        {Operation::Any, EPERM, Privilege::Missing, HResult::NotSupported, noPrivilege},
        {Operation::Destroy, EPERM, Privilege::Present, HResult::Fail,
         "it is being sent by btrfs send, holds an active swap file, or is the file system's "
         "default subvolume; the deletion is tried again by itself"},
        {Operation::Change, EPERM, Privilege::Present, HResult::Fail,
         "it is being sent by btrfs send; try again when that has ended"},
        {Operation::Create, EPERM, Privilege::Present, HResult::Fail,
         "the directory may be immutable: lsattr -d shows it, chattr -i ends it"},
        {Operation::Snapshot, ETXTBSY, Privilege::Any, HResult::NotSupported,
         "the subvolume holds an active swap file: swapoff it, or move it to a subvolume of its "
         "own outside the share"},
        {Operation::Destroy, ETXTBSY, Privilege::Any, HResult::Fail,
         "it holds an active swap file: swapoff it; the deletion is tried again by itself"},
        {Operation::Any, EROFS, Privilege::Any, HResult::NotSupported,
         "the file system or subvolume is read-only: name a writable directory of the same file "
         "system with fss:store directory; see btrfs property get PATH ro, but a received "
         "subvolume that is made writable takes no incremental send any more"},
        {Operation::Any, EDQUOT, Privilege::Any, HResult::InsufficientStorage,
         "the limit of a quota group (qgroup) is reached: btrfs qgroup show -re PATH shows it, "
         "btrfs qgroup limit raises it"},
        {Operation::Any, ENOSPC, Privilege::Any, HResult::InsufficientStorage,
         "the file system has no room for data or metadata: btrfs filesystem usage PATH shows "
         "which; delete files or shadow copies, or btrfs balance start -dusage=50 PATH"},
        {Operation::Any, EIO, Privilege::Any, HResult::Fail, emergency},
        {Operation::Any, EUCLEAN, Privilege::Any, HResult::Fail, emergency},
        {Operation::Any, EMFILE, Privilege::Any, HResult::Fail,
         "this process has too many files open, several for each subvolume of a set: raise "
         "LimitNOFILE of Samba's units, or leave nested subvolumes out with fss:nested = ignore"},
        {Operation::Any, ENFILE, Privilege::Any, HResult::Fail,
         "the machine has too many files open: raise fs.file-max"},
        {Operation::Any, EMLINK, Privilege::Any, HResult::Fail,
         "too many snapshots share a transaction or directory; delete some, or try again"},
        {Operation::Any, ENAMETOOLONG, Privilege::Any, HResult::NotSupported,
         "the path is too long: move the share or its snapshot store to a shorter one"},
        {Operation::Any, EXDEV, Privilege::Any, HResult::NotSupported,
         "source and snapshot store are on different file systems or mounts: name a directory "
         "of the share's own with fss:store directory"},
        {Operation::Any, EACCES, Privilege::Any, HResult::Fail,
         "root is kept out: look at AppArmor, SELinux, and the rights on the way there"},
        {Operation::Any, ELOOP, Privilege::Any, HResult::NotSupported,
         "a symbolic link is in the way where none may be: use the path behind it"},
        {Operation::Snapshot, ENOENT, Privilege::Any, HResult::Fail,
         "a subvolume or directory went away after it was added; start the set again"},
        {Operation::Any, ENODEV, Privilege::Any, HResult::Fail,
         "the file system is gone: is it mounted, is the device there?"},
        {Operation::Any, ESTALE, Privilege::Any, HResult::Fail,
         "the file system is gone, or another is mounted there now: mount the right one"},
};

} // namespace

std::span<const Cause> causes()
{
	return table;
}

const Cause *causeOf(Operation operation, int errnum, bool privileged)
{
	for (const auto &row : table)
		if (row.errnum == errnum &&
		    (row.operation == Operation::Any || row.operation == operation) &&
		    (row.privilege == Privilege::Any ||
		     (row.privilege == Privilege::Present) == privileged))
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

tl::unexpected<Error> failed(Operation operation, std::string step, int errnum)
{
	const auto *cause = causeOf(operation, errnum, hasSystemAdministration());
	if (cause == nullptr)
		return fail(HResult::Fail, std::move(step), errnum);
	return fail(cause->code, std::move(step), errnum, std::string(cause->remedy));
}

Result<void> checkPrivilege()
{
	if (hasSystemAdministration())
		return {};
	return fail(HResult::NotSupported, "make snapshots", EPERM, std::string(noPrivilege));
}

} // namespace fss::btrfs
