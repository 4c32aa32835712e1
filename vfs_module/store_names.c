/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which paths go through the name of a snapshot store. */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

static bool fss_has_store_component(const char *path)
{
	const char *p = path;

	while (*p != '\0') {
		char name[NAME_MAX + 1];
		size_t length = strcspn(p, "/");

		/* A longer one is no name that exists. */
		if (length < sizeof(name)) {
			memcpy(name, p, length);
			name[length] = '\0';
			if (fss_is_store_name(name)) {
				return true;
			}
		}
		p += length;
		p += strspn(p, "/");
	}
	return false;
}

/*
 * The part of an absolute path below the share's root; NULL: it lies outside.
 * The root itself may be in a store, as an exposed shadow copy's is.
 */
static const char *fss_below_share(const struct vfs_handle_struct *handle,
				   const char *path)
{
	const char *root = handle->conn->connectpath;
	size_t length = strlen(root);

	if (strncmp(path, root, length) != 0) {
		return NULL;
	}
	if (path[length] != '\0' && path[length] != '/' &&
	    (length == 0 || root[length - 1] != '/')) {
		return NULL;
	}
	return path + length;
}

static bool fss_path_names_store(const struct vfs_handle_struct *handle,
				 const char *path, bool outside)
{
	if (path[0] == '/') {
		const char *below = fss_below_share(handle, path);

		if (below == NULL) {
			return outside && fss_has_store_component(path);
		}
		path = below;
	}
	return fss_has_store_component(path);
}

bool fss_names_store(const struct vfs_handle_struct *handle,
		     const struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname)
{
	if (dirfsp != NULL && dirfsp->fsp_name != NULL &&
	    smb_fname->base_name[0] != '/' &&
	    fss_path_names_store(handle, dirfsp->fsp_name->base_name, true)) {
		return true;
	}
	return fss_path_names_store(handle, smb_fname->base_name, true);
}

bool fss_chdir_names_store(const struct vfs_handle_struct *handle,
			   const struct smb_filename *smb_fname)
{
	return fss_path_names_store(handle, smb_fname->base_name, false);
}
