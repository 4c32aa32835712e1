/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Renames of a file's streams, an operation of their own since Samba 4.24.
 * streams_xattr makes two changes of one: both are within the gate here, so that
 * no shadow copy has the stream twice. The name is one of a stream and leads
 * nowhere; the file has been opened.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

int fss_vfs_rename_stream(struct vfs_handle_struct *handle,
			  struct files_struct *fsp,
			  const char *name,
			  bool replace)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_RENAME_STREAM(handle, fsp, name, replace);
	fss_leave(handle);
	return ret;
}
