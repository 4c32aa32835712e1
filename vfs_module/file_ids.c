/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By what files are known. streams_depot keeps a file's streams under the
 * device and inode number of the file. A snapshot has a device number of its
 * own, so in the exposed share of such a base share files have the device number of
 * the base share's volume, which "fss:volume" names. Locks and leases tell them from the
 * base share's files by the number's extension, which streams_depot leaves out.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

static bool fss_uses_depot(const struct connection_struct *conn)
{
	const char **modules = lp_vfs_objects(SNUM(conn));

	for (; modules != NULL && *modules != NULL; modules++) {
		if (strncmp(*modules, "streams_depot",
			    strlen("streams_depot")) == 0) {
			return true;
		}
	}
	return false;
}

/* To be called as root. */
void fss_file_ids_init(const struct connection_struct *conn,
		       struct fss_file_ids *ids)
{
	const char *volume = lp_parm_const_string(SNUM(conn), "fss", "volume",
						  NULL);
	struct stat base = { .st_dev = 0 };
	struct stat copy = { .st_dev = 0 };

	*ids = (struct fss_file_ids){ .mapped = false };
	if (volume == NULL || volume[0] == '\0' || !fss_uses_depot(conn)) {
		return;
	}
	if (stat(volume, &base) != 0 || stat(conn->connectpath, &copy) != 0) {
		DBG_ERR("share %s: the streams of its files cannot be found: "
			"%s: %s\n",
			lp_const_servicename(SNUM(conn)), volume,
			strerror(errno));
		return;
	}
	*ids = (struct fss_file_ids){
		.mapped = true,
		.base = base.st_dev,
		.copy = copy.st_dev,
	};
}

struct file_id fss_vfs_file_id_create(struct vfs_handle_struct *handle,
				      const SMB_STRUCT_STAT *sbuf)
{
	const struct fss_file_ids *ids = fss_file_ids_of(handle);
	SMB_STRUCT_STAT in_base;
	struct file_id id;

	if (ids == NULL || !ids->mapped || sbuf->st_ex_dev != ids->copy) {
		return SMB_VFS_NEXT_FILE_ID_CREATE(handle, sbuf);
	}
	in_base = *sbuf;
	in_base.st_ex_dev = ids->base;
	id = SMB_VFS_NEXT_FILE_ID_CREATE(handle, &in_base);
	id.extid += ids->copy;
	return id;
}
