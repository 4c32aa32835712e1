/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the module share with each other. */
#ifndef VFS_FSS_H
#define VFS_FSS_H

#include "fss.h"
#include "compat/vfs.h"

/* --- store_names.c: the snapshot stores are not there for clients */

/* What a connection must know of them; NULL: it cannot be protected. To be
 * called as root. */
struct fss_stores *fss_stores_for(const struct connection_struct *conn);

/* Whether a path on this connection leads into a store.
 * dirfsp: where the path starts; NULL: where smbd is. */
bool fss_names_store(const struct vfs_handle_struct *handle,
		     const struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname);

/* The same for a directory that smbd changes to, and may have been in before
 * on another connection: outside this share it is free to. */
bool fss_chdir_names_store(const struct vfs_handle_struct *handle,
			   const struct smb_filename *smb_fname);

/* The same for a name that was read from a directory. */
bool fss_entry_is_store(const struct vfs_handle_struct *handle,
			const struct files_struct *dirfsp,
			const char *name);

/* Whether smbd is on its way from the file system's root to the share's own
 * directory, which may be in a store. */
bool fss_walks_to_share(const struct vfs_handle_struct *handle,
			const struct files_struct *dirfsp,
			const struct smb_filename *smb_fname);

/* Whether a store lies below what is to be renamed. */
bool fss_moves_store(const struct vfs_handle_struct *handle,
		     const struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname);

/* Whether what was opened is in a store, whatever its name said. */
bool fss_is_in_store(const struct vfs_handle_struct *handle,
		     const struct smb_filename *smb_fname,
		     int fd);

/* The same for what was examined and not opened.
 * follow: the examination has followed a link. */
bool fss_leads_into_store(const struct vfs_handle_struct *handle,
			  const struct files_struct *dirfsp,
			  const struct smb_filename *smb_fname,
			  bool follow);

/* --- listing.c */
struct fss_entry {
	struct file_id directory;
	char name[NAME_MAX + 1]; /* "": none */
};
/* connection.c; NULL: not connected yet */
struct fss_entry *fss_last_entry_of(const struct vfs_handle_struct *handle);
/* An entry that was read from a directory. */
void fss_note_entry(const struct vfs_handle_struct *handle,
		    const struct files_struct *dirfsp,
		    const struct dirent *entry);
/* Whether a reference is opened to a file that was just noted so. */
bool fss_opens_noted_file(const struct vfs_handle_struct *handle,
			  const struct files_struct *dirfsp,
			  const struct smb_filename *smb_fname,
			  const struct files_struct *fsp,
			  const struct vfs_open_how *how);

/* --- hooks.c: refuses and hides those names */
int fss_vfs_openat(struct vfs_handle_struct *handle,
		   const struct files_struct *dirfsp,
		   const struct smb_filename *smb_fname,
		   struct files_struct *fsp,
		   const struct vfs_open_how *how);
int fss_vfs_stat(struct vfs_handle_struct *handle,
		 struct smb_filename *smb_fname);
int fss_vfs_lstat(struct vfs_handle_struct *handle,
		  struct smb_filename *smb_fname);
int fss_vfs_fstatat(struct vfs_handle_struct *handle,
		    const struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    SMB_STRUCT_STAT *sbuf,
		    int flags);
int fss_vfs_chdir(struct vfs_handle_struct *handle,
		  const struct smb_filename *smb_fname);
int fss_vfs_mkdirat(struct vfs_handle_struct *handle,
		    struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    mode_t mode);
int fss_vfs_mknodat(struct vfs_handle_struct *handle,
		    struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    mode_t mode,
		    SMB_DEV_T dev);
int fss_vfs_symlinkat(struct vfs_handle_struct *handle,
		      const struct smb_filename *target,
		      struct files_struct *dirfsp,
		      const struct smb_filename *smb_fname);
int fss_vfs_readlinkat(struct vfs_handle_struct *handle,
		       const struct files_struct *dirfsp,
		       const struct smb_filename *smb_fname,
		       char *buf,
		       size_t size);
int fss_vfs_linkat(struct vfs_handle_struct *handle,
		   struct files_struct *srcfsp,
		   const struct smb_filename *src,
		   struct files_struct *dstfsp,
		   const struct smb_filename *dst,
		   int flags);
int fss_vfs_renameat(struct vfs_handle_struct *handle,
		     struct files_struct *srcfsp,
		     const struct smb_filename *src,
		     struct files_struct *dstfsp,
		     const struct smb_filename *dst FSS_RENAME_HOW);
int fss_vfs_rename_stream(struct vfs_handle_struct *handle,
			  struct files_struct *fsp,
			  const char *name,
			  bool replace);
int fss_vfs_unlinkat(struct vfs_handle_struct *handle,
		     struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname,
		     int flags);
struct dirent *fss_vfs_readdir(struct vfs_handle_struct *handle,
			       struct files_struct *dirfsp,
			       DIR *dirp FSS_ENTRY_STAT);
NTSTATUS fss_vfs_get_real_filename_at(struct vfs_handle_struct *handle,
				      struct files_struct *dirfsp,
				      const char *name,
				      TALLOC_CTX *mem_ctx,
				      char **found_name);

/* --- connection.c */
int fss_vfs_connect(struct vfs_handle_struct *handle,
		    const char *service,
		    const char *user);
/* The snapshot stores that it must not meet. */
const struct fss_stores *fss_stores_of(const struct vfs_handle_struct *handle);
/* Whether the connection is to an exposed share that is not, or no more,
 * writable. */
bool fss_refuses_writes(const struct vfs_handle_struct *handle);
/* Whether another session uses the connection to an exposed share than the one
 * that was let in, as SMB1 allows. */
bool fss_is_other_session(const struct vfs_handle_struct *handle);
/* The connection's way through the write gate; NULL: none. */
struct fss_gate *fss_gate_of(const struct vfs_handle_struct *handle);
/* A connection's writes that are held, in the order of their coming. A client
 * may have thousands under way, so they have one timer. */
struct fss_held_writes {
	struct fss_pwrite_state *first;
	struct tevent_timer *again; /* NULL: none is held */
};
struct fss_held_writes *fss_held_writes_of(
	const struct vfs_handle_struct *handle);
/* Around an operation that changes something and has done so when it returns:
 * waits where a shadow copy set is just being made. False, with EROFS: it may not
 * change anything, and fss_leave() is not to be called. errno stays as it is else. */
bool fss_enter(const struct vfs_handle_struct *handle) _WARN_UNUSED_RESULT_;
void fss_leave(const struct vfs_handle_struct *handle);

/* --- file_ids.c */
struct fss_file_ids {
	bool mapped; /* files that are on `copy` are known as on `base` */
	dev_t copy;
	dev_t base;
};
void fss_file_ids_init(const struct connection_struct *conn,
		       struct fss_file_ids *ids);
/* connection.c; NULL: not connected yet */
const struct fss_file_ids *fss_file_ids_of(
	const struct vfs_handle_struct *handle);
struct file_id fss_vfs_file_id_create(struct vfs_handle_struct *handle,
				      const SMB_STRUCT_STAT *sbuf);

/* --- vfs_fss.c: the connection's files keep the ids that they have. */
void fss_leave_file_ids(struct vfs_handle_struct *handle);

/* --- read_only.c */
void fss_make_read_only(struct connection_struct *conn);

/* --- versions.c */
int fss_vfs_get_shadow_copy_data(struct vfs_handle_struct *handle,
				 struct files_struct *fsp,
				 struct shadow_copy_data *data,
				 bool want_labels);

/* --- versions_by_file.c, since Samba 4.25 */
uint64_t fss_vfs_disk_free(struct vfs_handle_struct *handle,
			   struct files_struct *fsp,
			   uint64_t *block,
			   uint64_t *available,
			   uint64_t *size);
int fss_vfs_get_quota(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      enum SMB_QUOTA_TYPE type,
		      unid_t id,
		      SMB_DISK_QUOTA *quota);

/* The way to an exposed snapshot that users cannot reach by its path; NULL:
 * none is needed. */
struct fss_exposed *fss_exposed_of(const struct vfs_handle_struct *handle);

/* --- exposed.c: uses it */
/* Changes to a directory by it; 1: it does not lead there. */
int fss_chdir_exposed(const struct vfs_handle_struct *handle,
		      const struct smb_filename *smb_fname);
struct smb_filename *fss_vfs_realpath(struct vfs_handle_struct *handle,
				      TALLOC_CTX *ctx,
				      const struct smb_filename *smb_fname);
/* Where an open file is; NULL, with errno. */
struct smb_filename *fss_name_of(TALLOC_CTX *ctx, int fd);

/* --- exposed_paths.c: the module below all others that uses it, too */
bool fss_exposed_set_up(struct connection_struct *conn,
			const struct fss_exposed *exposed);
extern const struct vfs_fn_pointers fss_exposed_operations;
/* A name to ask the file system for; NULL, with errno. */
struct smb_filename *fss_exposed_name(const struct vfs_handle_struct *handle,
				      const struct smb_filename *name);
/* Leaves errno as it is. */
void fss_free_name(struct smb_filename **name);

/* --- versions_by_name.c, before Samba 4.25 */
uint64_t fss_exposed_disk_free(struct vfs_handle_struct *handle,
			       const struct smb_filename *smb_fname,
			       uint64_t *block,
			       uint64_t *available,
			       uint64_t *size);
int fss_exposed_statvfs(struct vfs_handle_struct *handle,
			const struct smb_filename *smb_fname,
			struct vfs_statvfs_struct *statbuf);

/* --- attributes.c: pass the write gate, change nothing else */
int fss_vfs_set_quota(struct vfs_handle_struct *handle,
		      FSS_QUOTA_FILE enum SMB_QUOTA_TYPE qtype,
		      unid_t id,
		      SMB_DISK_QUOTA *qt);
int fss_vfs_fchmod(struct vfs_handle_struct *handle,
		   struct files_struct *fsp,
		   mode_t mode);
int fss_vfs_fchown(struct vfs_handle_struct *handle,
		   struct files_struct *fsp,
		   uid_t uid,
		   gid_t gid);
int fss_vfs_lchown(struct vfs_handle_struct *handle,
		   const struct smb_filename *smb_fname,
		   uid_t uid,
		   gid_t gid);
int fss_vfs_fntimes(struct vfs_handle_struct *handle,
		    struct files_struct *fsp,
		    struct smb_file_time *ft);
int fss_vfs_fchflags(struct vfs_handle_struct *handle,
		     struct files_struct *fsp,
		     unsigned int flags);
int fss_vfs_fsetxattr(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      const char *name,
		      const void *value,
		      size_t size,
		      int flags);
int fss_vfs_fremovexattr(struct vfs_handle_struct *handle,
			 struct files_struct *fsp,
			 const char *name);
int fss_vfs_sys_acl_set_fd(struct vfs_handle_struct *handle,
			   struct files_struct *fsp,
			   SMB_ACL_TYPE_T type,
			   SMB_ACL_T theacl);
int fss_vfs_sys_acl_delete_def_fd(struct vfs_handle_struct *handle,
				  struct files_struct *fsp);
NTSTATUS fss_vfs_fset_nt_acl(struct vfs_handle_struct *handle,
			     struct files_struct *fsp,
			     uint32_t security_info_sent,
			     const struct security_descriptor *psd);
NTSTATUS fss_vfs_fset_dos_attributes(struct vfs_handle_struct *handle,
				     struct files_struct *fsp,
				     uint32_t dosmode);
NTSTATUS fss_vfs_set_compression(struct vfs_handle_struct *handle,
				 TALLOC_CTX *mem_ctx,
				 struct files_struct *fsp,
				 uint16_t compression_fmt);
NTSTATUS fss_vfs_create_dfs_pathat(struct vfs_handle_struct *handle,
				   struct files_struct *dirfsp,
				   const struct smb_filename *smb_fname,
				   const struct referral *reflist,
				   size_t referral_count);

/* --- writes.c */
ssize_t fss_vfs_pwrite(struct vfs_handle_struct *handle,
		       struct files_struct *fsp,
		       const void *data,
		       size_t n,
		       off_t offset);
ssize_t fss_vfs_recvfile(struct vfs_handle_struct *handle,
			 int from,
			 struct files_struct *to,
			 off_t offset,
			 size_t n);
int fss_vfs_ftruncate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      off_t offset);
struct tevent_req *fss_vfs_offload_write_send(struct vfs_handle_struct *handle,
					      TALLOC_CTX *mem_ctx,
					      struct tevent_context *ev,
					      uint32_t fsctl,
					      DATA_BLOB *token,
					      off_t transfer_offset,
					      struct files_struct *dest_fsp,
					      off_t dest_off,
					      off_t to_copy);
NTSTATUS fss_vfs_offload_write_recv(struct vfs_handle_struct *handle,
				    struct tevent_req *req,
				    off_t *copied);
int fss_vfs_fallocate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      uint32_t mode,
		      off_t offset,
		      off_t len);

/* --- async_writes.c */
struct tevent_req *fss_vfs_pwrite_send(struct vfs_handle_struct *handle,
				       TALLOC_CTX *mem_ctx,
				       struct tevent_context *ev,
				       struct files_struct *fsp,
				       const void *data,
				       size_t n,
				       off_t offset);
ssize_t fss_vfs_pwrite_recv(struct tevent_req *req,
			    struct vfs_aio_state *vfs_aio_state);

/* --- snapshots.c: for the agents that drive these hooks */
NTSTATUS fss_vfs_snap_check_path(struct vfs_handle_struct *handle,
				 TALLOC_CTX *mem_ctx,
				 const char *service_path,
				 char **base_volume);
NTSTATUS fss_vfs_snap_create(struct vfs_handle_struct *handle,
			     TALLOC_CTX *mem_ctx,
			     const char *base_volume,
			     time_t *tstamp,
			     bool rw,
			     char **base_path,
			     char **snap_path);
NTSTATUS fss_vfs_snap_delete(struct vfs_handle_struct *handle,
			     TALLOC_CTX *mem_ctx,
			     char *base_path,
			     char *snap_path);

#endif /* VFS_FSS_H */
