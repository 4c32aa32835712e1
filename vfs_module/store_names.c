/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What leads into a snapshot store: names that a request has, and what they
 * turn out to be. */
#include "includes.h"
#include "smbd/smbd.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "versions.h"

struct fss_stores *fss_stores_for(const struct connection_struct *conn)
{
	char **configured = fss_store_directories(talloc_tos());
	struct fss_stores *stores = NULL;
	char *detail = NULL;
	int err = ENOMEM;

	if (configured != NULL) {
		err = fss_stores_open(conn->connectpath,
				      (const char *const *)configured,
				      &stores, &detail);
	}
	if (err != 0) {
		DBG_ERR("share %s: cannot protect the snapshot stores: %s\n",
			lp_const_servicename(SNUM(conn)),
			detail != NULL ? detail : strerror(err));
	}
	free(detail);
	TALLOC_FREE(configured);
	return stores;
}

/* Where a path starts: a request's names are relative to the directory that
 * smbd is in, which is not always the share's root. */
static const char *fss_start_of(const struct vfs_handle_struct *handle,
				const struct files_struct *dirfsp)
{
	const struct files_struct *start =
		dirfsp != NULL ? dirfsp : handle->conn->cwd_fsp;

	if (start == NULL || start->fsp_name == NULL) {
		return NULL;
	}
	return start->fsp_name->base_name;
}

/* Whether a path is a name in a directory that smbd has open. */
static bool fss_is_entry(const struct files_struct *dirfsp, const char *path)
{
	return dirfsp != NULL && fsp_get_pathref_fd(dirfsp) >= 0 &&
	       strchr(path, '/') == NULL;
}

bool fss_names_store(const struct vfs_handle_struct *handle,
		     const struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname)
{
	if (fss_is_entry(dirfsp, smb_fname->base_name)) {
		return fss_entry_is_store(handle, dirfsp,
					  smb_fname->base_name);
	}
	return fss_stores_hide(fss_stores_of(handle),
			       fss_start_of(handle, dirfsp),
			       smb_fname->base_name);
}

bool fss_chdir_names_store(const struct vfs_handle_struct *handle,
			   const struct smb_filename *smb_fname)
{
	return fss_stores_hide_below(fss_stores_of(handle),
				     smb_fname->base_name);
}

bool fss_walks_to_share(const struct vfs_handle_struct *handle,
			const struct files_struct *dirfsp,
			const struct smb_filename *smb_fname)
{
	return dirfsp != NULL && dirfsp->fsp_name != NULL &&
	       fss_stores_lead_to_share(fss_stores_of(handle),
					dirfsp->fsp_name->base_name,
					smb_fname->base_name);
}

bool fss_moves_store(const struct vfs_handle_struct *handle,
		     const struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname)
{
	return fss_stores_lie_below(fss_stores_of(handle),
				    fss_start_of(handle, dirfsp),
				    smb_fname->base_name);
}

bool fss_entry_is_store(const struct vfs_handle_struct *handle,
			const struct files_struct *dirfsp,
			const char *name)
{
	return fss_stores_hide_entry(fss_stores_of(handle),
				     fss_start_of(handle, dirfsp), name);
}

/* Whether a module below opens earlier versions, in stores perhaps, in place of
 * what a name with a time says. Loggers have all operations and are none. */
static bool fss_times_are_served(const struct vfs_handle_struct *handle)
{
	const struct vfs_handle_struct *each = handle->next;

	/* The last is Samba's own. */
	for (; each != NULL && each->next != NULL; each = each->next) {
		if (each->fns->get_shadow_copy_data_fn != NULL &&
		    each->fns->rewind_dir_fn == NULL) {
			return true;
		}
	}
	return false;
}

bool fss_is_in_store(const struct vfs_handle_struct *handle,
		     const struct smb_filename *smb_fname,
		     int fd)
{
	/* With 1970's beginning those modules open what there is now. */
	if (nt_time_to_unix(smb_fname->twrp) != 0 &&
	    fss_times_are_served(handle)) {
		return false;
	}
	if (fss_previous_names(handle, smb_fname)) {
		return false;
	}
	return fss_stores_hold(fss_stores_of(handle), fd);
}

bool fss_leads_into_store(const struct vfs_handle_struct *handle,
			  const struct files_struct *dirfsp,
			  const struct smb_filename *smb_fname,
			  bool follow)
{
	int flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	bool in_store = false;
	int fd = -1;

	/* Only links that the kernel follows lead where no name says. */
	if (!lp_widelinks(SNUM(handle->conn))) {
		return false;
	}
	fd = openat(dirfsp != NULL ? fsp_get_pathref_fd(dirfsp) : AT_FDCWD,
		    smb_fname->base_name, flags);
	if (fd != -1) {
		in_store = fss_is_in_store(handle, smb_fname, fd);
		close(fd);
	}
	return in_store;
}
