/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module: its table of operations, and its registration. */
#include "includes.h"
#include "smbd/smbd.h"
#include "fss_host.h"
#include "vfs_fss.h"

static struct vfs_fn_pointers fss_vfs_operations = {
	.connect_fn = fss_vfs_connect,
	.pwrite_fn = fss_vfs_pwrite,
	.pwrite_send_fn = fss_vfs_pwrite_send,
	.pwrite_recv_fn = fss_vfs_pwrite_recv,
	.fallocate_fn = fss_vfs_fallocate,
	.openat_fn = fss_vfs_openat,
	.stat_fn = fss_vfs_stat,
	.lstat_fn = fss_vfs_lstat,
	.fstatat_fn = fss_vfs_fstatat,
	.chdir_fn = fss_vfs_chdir,
	.mkdirat_fn = fss_vfs_mkdirat,
	.mknodat_fn = fss_vfs_mknodat,
	.symlinkat_fn = fss_vfs_symlinkat,
	.readlinkat_fn = fss_vfs_readlinkat,
	.linkat_fn = fss_vfs_linkat,
	.renameat_fn = fss_vfs_renameat,
	.unlinkat_fn = fss_vfs_unlinkat,
	.readdir_fn = fss_vfs_readdir,
	.get_real_filename_at_fn = fss_vfs_get_real_filename_at,
	.snap_check_path_fn = fss_vfs_snap_check_path,
	.snap_create_fn = fss_vfs_snap_create,
	.snap_delete_fn = fss_vfs_snap_delete,
};

/* What smb_load_module() looks for in a shared module. */
_PUBLIC_ NTSTATUS samba_init_module(TALLOC_CTX *mem_ctx);

_PUBLIC_ NTSTATUS samba_init_module(TALLOC_CTX *mem_ctx)
{
	(void)mem_ctx;
	if (!fss_samba_version_matches("vfs_fss")) {
		return NT_STATUS_REVISION_MISMATCH;
	}
	return smb_register_vfs(SMB_VFS_INTERFACE_VERSION, "fss",
				&fss_vfs_operations);
}
