/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VFS operations whose parameters differ between versions of Samba. A parameter
 * that only some have is declared by FSS_X; FSS_NEXT_Y passes it on.
 *
 * Include after Samba's "smbd/smbd.h".
 */
#ifndef FSS_COMPAT_VFS_H
#define FSS_COMPAT_VFS_H

#include "when.h"

/* readdir: the entry's attributes, where the modules below have them. */
#if FSS_SAMBA_4(19)
#define FSS_ENTRY_STAT
#define FSS_NEXT_READDIR(handle, dirfsp, dirp) \
	SMB_VFS_NEXT_READDIR(handle, dirfsp, dirp)
#else
#define FSS_ENTRY_STAT , SMB_STRUCT_STAT *sbuf
#define FSS_NEXT_READDIR(handle, dirfsp, dirp) \
	SMB_VFS_NEXT_READDIR(handle, dirfsp, dirp, sbuf)
#endif

/* renameat: whether it may replace what is there. */
#if FSS_SAMBA_4(22)
#define FSS_RENAME_HOW , const struct vfs_rename_how *how
#define FSS_NEXT_RENAMEAT(handle, srcfsp, src, dstfsp, dst) \
	SMB_VFS_NEXT_RENAMEAT(handle, srcfsp, src, dstfsp, dst, how)
#else
#define FSS_RENAME_HOW
#define FSS_NEXT_RENAMEAT(handle, srcfsp, src, dstfsp, dst) \
	SMB_VFS_NEXT_RENAMEAT(handle, srcfsp, src, dstfsp, dst)
#endif

/* set_quota: a file of the volume. */
#if FSS_SAMBA_4(25)
#define FSS_QUOTA_FILE struct files_struct *fsp,
#define FSS_NEXT_SET_QUOTA(handle, type, id, quota) \
	SMB_VFS_NEXT_SET_QUOTA(handle, fsp, type, id, quota)
#else
#define FSS_QUOTA_FILE
#define FSS_NEXT_SET_QUOTA(handle, type, id, quota) \
	SMB_VFS_NEXT_SET_QUOTA(handle, type, id, quota)
#endif

#endif /* FSS_COMPAT_VFS_H */
