/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Previous Versions ("fss:previous versions"). Below vfs_fss lie, then,
 *
 *   shadow_copy2   which finds the @GMT token of a request, and asks for
 *                  ROOT/@GMT-YYYY.MM.DD-HH.MM.SS/path instead of path
 *   fss_versions   which knows where that directory is, and hides it again
 *
 * ROOT is a path that cannot exist. The snapshots' own paths are never seen
 * above, so that no rule about them needs an exception.
 */
#ifndef FSS_VERSIONS_H
#define FSS_VERSIONS_H

struct fss_previous {
	struct fss_versions *versions;
	char *root;
	struct tevent_timer *let_go; /* NULL: no snapshot is held open */
};

/* The modules below a connection's vfs_fss. Where they cannot be had the log
 * says why, and the share is served without. */
void fss_previous_set_up(struct vfs_handle_struct *handle);

/* What set_up() made; NULL: nothing. */
struct fss_previous *fss_previous_of(const struct vfs_handle_struct *handle);

/* Whether a name is one below ROOT, as shadow_copy2 makes them of a client's and
 * a client cannot; or relative to such a directory, which smbd is in. */
bool fss_previous_names(const struct vfs_handle_struct *handle,
			const struct smb_filename *smb_fname);

/* --- versions_paths.c */
/*
 * Where a name really is. In *real a name to be freed, or NULL where it is as
 * it stands. Returns false, with errno, where there is no such version.
 */
bool fss_real_name(const struct vfs_handle_struct *handle,
		   const struct smb_filename *name,
		   struct smb_filename **real);
/* A path that was found, as the modules above are to know it. */
struct smb_filename *fss_shown_name(const struct vfs_handle_struct *handle,
				    struct smb_filename *found);
extern const struct vfs_fn_pointers fss_versions_operations;

/* --- versions_by_name.c, before Samba 4.25 */
uint64_t fss_versions_disk_free(struct vfs_handle_struct *handle,
				const struct smb_filename *smb_fname,
				uint64_t *block,
				uint64_t *available,
				uint64_t *size);
int fss_versions_get_quota(struct vfs_handle_struct *handle,
			   const struct smb_filename *smb_fname,
			   enum SMB_QUOTA_TYPE type,
			   unid_t id,
			   SMB_DISK_QUOTA *quota);
struct smb_filename *fss_versions_getwd(struct vfs_handle_struct *handle,
					TALLOC_CTX *mem_ctx);

#endif /* FSS_VERSIONS_H */
