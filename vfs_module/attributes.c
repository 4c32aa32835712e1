/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of what belongs to a file besides its data: they pass the write gate
 * and are otherwise the next module's. */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

int fss_vfs_set_quota(struct vfs_handle_struct *handle,
		      FSS_QUOTA_FILE enum SMB_QUOTA_TYPE qtype,
		      unid_t id,
		      SMB_DISK_QUOTA *qt)
{
	/* It would be the quota of the live volume. */
	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	return FSS_NEXT_SET_QUOTA(handle, qtype, id, qt);
}

int fss_vfs_fchmod(struct vfs_handle_struct *handle,
		   struct files_struct *fsp,
		   mode_t mode)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FCHMOD(handle, fsp, mode);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fchown(struct vfs_handle_struct *handle,
		   struct files_struct *fsp,
		   uid_t uid,
		   gid_t gid)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FCHOWN(handle, fsp, uid, gid);
	fss_leave(handle);
	return ret;
}

int fss_vfs_lchown(struct vfs_handle_struct *handle,
		   const struct smb_filename *smb_fname,
		   uid_t uid,
		   gid_t gid)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_LCHOWN(handle, smb_fname, uid, gid);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fntimes(struct vfs_handle_struct *handle,
		    struct files_struct *fsp,
		    struct smb_file_time *ft)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FNTIMES(handle, fsp, ft);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fchflags(struct vfs_handle_struct *handle,
		     struct files_struct *fsp,
		     unsigned int flags)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FCHFLAGS(handle, fsp, flags);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fsetxattr(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      const char *name,
		      const void *value,
		      size_t size,
		      int flags)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FSETXATTR(handle, fsp, name, value, size, flags);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fremovexattr(struct vfs_handle_struct *handle,
			 struct files_struct *fsp,
			 const char *name)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FREMOVEXATTR(handle, fsp, name);
	fss_leave(handle);
	return ret;
}

int fss_vfs_sys_acl_set_fd(struct vfs_handle_struct *handle,
			   struct files_struct *fsp,
			   SMB_ACL_TYPE_T type,
			   SMB_ACL_T theacl)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_SYS_ACL_SET_FD(handle, fsp, type, theacl);
	fss_leave(handle);
	return ret;
}

int fss_vfs_sys_acl_delete_def_fd(struct vfs_handle_struct *handle,
				  struct files_struct *fsp)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_SYS_ACL_DELETE_DEF_FD(handle, fsp);
	fss_leave(handle);
	return ret;
}

NTSTATUS fss_vfs_fset_nt_acl(struct vfs_handle_struct *handle,
			     struct files_struct *fsp,
			     uint32_t security_info_sent,
			     const struct security_descriptor *psd)
{
	NTSTATUS ret;

	if (!fss_enter(handle)) {
		return NT_STATUS_MEDIA_WRITE_PROTECTED;
	}
	ret = SMB_VFS_NEXT_FSET_NT_ACL(handle, fsp, security_info_sent, psd);
	fss_leave(handle);
	return ret;
}

NTSTATUS fss_vfs_fset_dos_attributes(struct vfs_handle_struct *handle,
				     struct files_struct *fsp,
				     uint32_t dosmode)
{
	NTSTATUS ret;

	if (!fss_enter(handle)) {
		return NT_STATUS_MEDIA_WRITE_PROTECTED;
	}
	ret = SMB_VFS_NEXT_FSET_DOS_ATTRIBUTES(handle, fsp, dosmode);
	fss_leave(handle);
	return ret;
}

NTSTATUS fss_vfs_set_compression(struct vfs_handle_struct *handle,
				 TALLOC_CTX *mem_ctx,
				 struct files_struct *fsp,
				 uint16_t compression_fmt)
{
	NTSTATUS ret;

	if (!fss_enter(handle)) {
		return NT_STATUS_MEDIA_WRITE_PROTECTED;
	}
	ret = SMB_VFS_NEXT_SET_COMPRESSION(handle, mem_ctx, fsp,
					   compression_fmt);
	fss_leave(handle);
	return ret;
}

NTSTATUS fss_vfs_create_dfs_pathat(struct vfs_handle_struct *handle,
				   struct files_struct *dirfsp,
				   const struct smb_filename *smb_fname,
				   const struct referral *reflist,
				   size_t referral_count)
{
	NTSTATUS ret;

	if (!fss_enter(handle)) {
		return NT_STATUS_MEDIA_WRITE_PROTECTED;
	}
	ret = SMB_VFS_NEXT_CREATE_DFS_PATHAT(handle, dirfsp, smb_fname,
					     reflist, referral_count);
	fss_leave(handle);
	return ret;
}
