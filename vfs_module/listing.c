/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listings. smbd opens, as a reference to its path only, every entry that it has
 * just read. Of one that the directory calls a file no descriptor has to be
 * examined: only directories are, or lead into, stores.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

/* It is good for the open that follows. */
void fss_note_entry(const struct vfs_handle_struct *handle,
		    const struct files_struct *dirfsp,
		    const struct dirent *entry)
{
	struct fss_entry *last = fss_last_entry_of(handle);

	if (last == NULL) {
		return;
	}
	last->name[0] = '\0';
	if (dirfsp != NULL && entry->d_type == DT_REG) {
		last->directory = dirfsp->file_id;
		strlcpy(last->name, entry->d_name, sizeof(last->name));
	}
}

bool fss_opens_noted_file(const struct vfs_handle_struct *handle,
			  const struct files_struct *dirfsp,
			  const struct smb_filename *smb_fname,
			  const struct files_struct *fsp,
			  const struct vfs_open_how *how)
{
	struct fss_entry *last = fss_last_entry_of(handle);
	bool noted;

	if (last == NULL || last->name[0] == '\0') {
		return false;
	}
	noted = dirfsp != NULL && smb_fname->twrp == 0 &&
		fsp->fsp_flags.is_pathref && (how->flags & O_NOFOLLOW) &&
		strcmp(last->name, smb_fname->base_name) == 0 &&
		file_id_equal(&last->directory, &dirfsp->file_id);
	last->name[0] = '\0';
	return noted;
}
