// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ExposureTable.h"

#include <algorithm>
#include <array>

namespace fss {

namespace {

using enum Treatment;

constexpr std::string_view acls = "security descriptors are where it puts them, in the files";
constexpr std::string_view streams = "streams and attributes read as in the base share";
constexpr std::string_view names = "names read as in the base share";
constexpr std::string_view reads = "the way in which data is read";
constexpr std::string_view storage = "the file system is reached through it";
constexpr std::string_view writers = "acts on what is written only, and would hinder recovery";
constexpr std::string_view watch = "what is watched in the base share is watched in the copy";
constexpr std::string_view times = "finds slow operations of the base share";
constexpr std::string_view copies = "a shadow copy has no shadow copies of its own";
constexpr std::string_view links = "leads out of the shadow copy, to what is there now";
constexpr std::string_view outside =
        "keeps its data in a database that no snapshot of the volume holds";
constexpr std::string_view testing = "for Samba's own tests";

constexpr std::array rows{
        ModuleRow{"acl_tdb", Refuse, outside},
        ModuleRow{"acl_xattr", Keep, acls},
        ModuleRow{"afsacl", Keep, acls},
        ModuleRow{"aio_fork", Keep, reads},
        ModuleRow{"aio_pthread", Keep, reads},
        ModuleRow{"aio_ratelimit", Keep, "spares the same disks", {}, {}, since(24)},
        ModuleRow{"aixacl", Keep, acls},
        ModuleRow{"aixacl2", Keep, acls},
        ModuleRow{"audit", Keep, watch},
        ModuleRow{"btrfs", Keep, "tells which files are compressed; of no snapshots here",
                  "btrfs:manipulate snapshots", "no"},
        ModuleRow{"cacheprime", Keep, reads},
        ModuleRow{"cap", Keep, names},
        ModuleRow{"catia", Keep, names},
        ModuleRow{"ceph", Keep, storage},
        ModuleRow{"ceph_new", Keep, storage, {}, {}, since(21)},
        ModuleRow{"ceph_rgw", Keep, storage, {}, {}, since(25)},
        ModuleRow{"ceph_snapshots", Drop, copies},
        ModuleRow{"commit", Drop, writers},
        ModuleRow{"crossrename", Drop, writers},
        ModuleRow{"default_quota", Drop, "quotas are the base share's"},
        ModuleRow{"delay_inject", Keep, testing},
        ModuleRow{"dfs_samba4", Drop, links},
        ModuleRow{"dirsort", Keep, names},
        ModuleRow{"error_inject", Keep, testing},
        ModuleRow{"expand_msdfs", Drop, links},
        ModuleRow{"extd_audit", Keep, watch},
        ModuleRow{"fake_acls", Keep, acls},
        ModuleRow{"fake_dfq", Drop, testing},
        ModuleRow{"fake_perms", Keep, streams},
        ModuleRow{"fileid", Keep, "files are known by the same rule; those of the copy are others"},
        ModuleRow{"fruit", Keep, streams, "fruit:time machine", "no"},
        ModuleRow{"fss", Keep, "ends the writing through open handles at RecoveryComplete",
                  "fss:previous versions", "no"},
        ModuleRow{"full_audit", Keep, watch},
        ModuleRow{"glusterfs", Keep, storage},
        ModuleRow{"glusterfs_fuse", Keep, storage},
        ModuleRow{"gpfs", Keep, storage},
        ModuleRow{"hpuxacl", Keep, acls},
        ModuleRow{"io_uring", Keep, reads},
        ModuleRow{"linux_xfs_sgid", Drop, writers},
        ModuleRow{"media_harmony", Keep, names},
        ModuleRow{"netatalk", Keep, names},
        ModuleRow{"nfs4acl_xattr", Keep, acls},
        ModuleRow{"offline", Keep, streams},
        ModuleRow{"posix_eadb", Refuse, outside},
        ModuleRow{"posixacl", Keep, acls},
        ModuleRow{"prealloc", Drop, writers},
        ModuleRow{"preopen", Keep, reads},
        ModuleRow{"readahead", Keep, reads},
        ModuleRow{"readonly", Drop, writers},
        ModuleRow{"recycle", Drop, writers},
        ModuleRow{"shadow_copy", Drop, copies},
        ModuleRow{"shadow_copy2", Drop, copies},
        ModuleRow{"shell_snap", Drop, copies},
        ModuleRow{"snapper", Drop, copies},
        ModuleRow{"solarisacl", Keep, acls},
        ModuleRow{"streams_depot", Rewrite,
                  "its directory becomes the snapshot's, and files have the base share's device "
                  "number there; a share whose depot lies elsewhere is not supported"},
        ModuleRow{"streams_xattr", Keep, streams},
        ModuleRow{"syncops", Drop, writers},
        ModuleRow{"time_audit", Drop, times},
        ModuleRow{"tsmsm", Keep, storage},
        ModuleRow{"unityed_media", Keep, names},
        ModuleRow{"virusfilter", Drop,
                  "refuses or moves away infected files, and a backup reads all that is there; "
                  "whoever restores a file meets it in the base share"},
        ModuleRow{"vxfs", Keep, storage},
        ModuleRow{"widelinks", Drop, links},
        ModuleRow{"worm", Drop, writers},
        ModuleRow{"xattr_tdb", Refuse, outside},
        ModuleRow{"zfsacl", Keep, acls},
};

} // namespace

std::span<const ModuleRow> moduleTable()
{
	return rows;
}

const ModuleRow *findModule(std::string_view module)
{
	const auto row = std::find_if(rows.begin(), rows.end(), [&](const ModuleRow &candidate) {
		return candidate.name == module;
	});
	return row != rows.end() ? &*row : nullptr;
}

} // namespace fss
