/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The C interface of the shadow copy agent's core: all that Samba's side (the
 * shims in rpc_plugin/, vfs_module/ and samba/) and the core (C++) know of
 * each other. No Samba type crosses it, and no exception.
 *
 * Threads: an agent belongs to the thread that made it. Every function here
 * is called on that thread, and every callback arrives on it. The core's own
 * worker threads never call back into the host.
 *
 * Errors: functions and callbacks that can fail return 0 or an errno value.
 * Strings end in NUL unless a length is given. Names, comments, accounts and lines
 * of the log are UTF-8, whatever Samba's own charset is (samba/charset.c). Paths
 * are the bytes of the file system; the values of options and of definitions are
 * those of smb.conf, but for comments.
 */
#ifndef FSS_H
#define FSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ host -- */

enum fss_log_level {
	FSS_LOG_ERROR = 0,   /* the administrator must act */
	FSS_LOG_WARNING = 1, /* something was lost or refused */
	FSS_LOG_NOTICE = 3,  /* a step of normal work */
	FSS_LOG_DEBUG = 10,
};

/* A share as the running configuration has it. Strings belong to the host
 * and stay valid until the next call of find_share(). */
struct fss_share {
	const char *name;        /* canonical service name */
	const char *path;        /* absolute, the same for all who connect */
	const char *vfs_objects; /* as smb.conf would have them */
	bool available;          /* "available" is not switched off */
	bool guarded;            /* has scripts that may refuse a client */
};

/* One parameter of a share definition, as in smb.conf. */
struct fss_parameter {
	const char *name;
	const char *value;
};

/* One parameter of a section, as it is written. */
typedef void (*fss_line_fn)(void *arg, const char *section, const char *name, const char *value);

/* What it takes to call the snapshot hooks of other VFS modules: see
 * core/provider/vfs/HookProcess.h. Absolute paths. */
struct fss_snapshot_helper {
	const char *program;
	const char *configuration; /* smb.conf */
	const char *log_file;
	const char *records; /* a directory, made where need be */
};

enum fss_store {
	FSS_STORE_WORKING, /* lasts as long as the machine is up */
	FSS_STORE_DISK,    /* survives a power failure */
};

typedef void (*fss_text_fn)(void *arg, const char *text);
typedef void (*fss_value_fn)(void *arg, const void *data, size_t size);
typedef void (*fss_record_fn)(void *arg, const char *key, const void *data, size_t size);
typedef void (*fss_parameter_fn)(void *arg, const char *name, const char *value);

/* A record of Samba's own agent (rpcd_fsrvp), as decoded and with nothing in
 * it checked. A kind has the members named beside it; others are 0. */
enum fss_foreign_kind {
	FSS_FOREIGN_SET,        /* children, state, context */
	FSS_FOREIGN_COPY,       /* children, volume, path, created */
	FSS_FOREIGN_MAPPING,    /* share, exposed_name, exposed */
	FSS_FOREIGN_UNREADABLE, /* none: its value is damaged */
};

struct fss_foreign_record {
	enum fss_foreign_kind kind;
	const char *key;   /* sc_set/SET, then /sc/COPY, then /smap/NAME */
	uint32_t children; /* copies of a set, mappings of a copy */
	uint32_t state;    /* 0: Started, to 5: Recovered */
	uint32_t context;
	const char *volume; /* the directory that was snapshotted */
	const char *path;   /* of the snapshot; "" before Commit */
	time_t created;
	const char *share;
	const char *exposed_name;
	bool exposed;
};

typedef void (*fss_foreign_fn)(void *arg, const struct fss_foreign_record *record);

/*
 * What the core needs from Samba. All callbacks get the `host` pointer that
 * was given to fss_agent_create(); all must be set. They run as root.
 */
struct fss_host_ops {
	/* --- logging: one line, without its newline */
	void (*log)(void *host, enum fss_log_level level, const char *text);
	/* One line of the audit trail: who, from where, what, with what result. */
	void (*audit)(void *host, const char *text);

	/* --- configuration
	 * The value of "fss:NAME" for the share, or the global one where share is
	 * NULL; NULL where it is not set. Valid until the next call. */
	const char *(*option)(void *host, const char *share, const char *name);
	/* Whether "registry shares" is on, so that exposed shares are found. */
	bool (*registry_shares)(void *host);
	/* Looks a share up as a tree connect would: case-insensitive, [homes]
	 * and registry shares included. session: as in struct fss_caller.
	 * ENOENT: no such share. EINVAL: its path depends on who connects. EILSEQ: it is no
	 * text to Samba. */
	int (*find_share)(void *host, const char *name, const void *session,
	                  struct fss_share *share);
	/* What a file of the configuration has, in its order and nothing resolved.
	 * The section is "" before the first one.
	 * file: as "include" names it, "registry" included; NULL: smb.conf.
	 * share: the one whose section is wanted besides [global], where that is
	 *   the registry.
	 * ENOENT: no such file. */
	int (*configuration)(void *host, const char *file, const char *share, fss_line_fn fn,
	                     void *arg);
	/* Whether the security descriptor of a share can be read: 0 or an errno
	 * value; what is wrong has then been logged. */
	int (*check_security)(void *host, const char *share);
	/* This server's names and addresses, one call each: netbios name first,
	 * then aliases, DNS names, addresses of the interfaces. */
	void (*server_names)(void *host, fss_text_fn fn, void *arg);

	/* Where the write gates' shared memory is (fss_gate_open()). Valid while
	 * the host is. */
	const char *(*gate_directory)(void *host);

	/* Valid while the host is. */
	const struct fss_snapshot_helper *(*snapshot_helper)(void *host);

	/* --- state stores: transactional key-value stores
	 * Whether all state is in FSS_STORE_DISK, as in a cluster: the other one
	 * is then not used. */
	bool (*store_is_single)(void *host);
	/* begin takes the exclusive lock over all processes; after a commit that
	 * returns 0 the changes last as the store's kind says. cancel after a
	 * failed commit is not needed. */
	int (*store_begin)(void *host, enum fss_store store);
	int (*store_commit)(void *host, enum fss_store store);
	void (*store_cancel)(void *host, enum fss_store store);
	/* Inside a transaction or out. ENOENT: no such key; fn is not called. */
	int (*store_fetch)(void *host, enum fss_store store, const char *key, fss_value_fn fn,
	                   void *arg);
	/* Inside a transaction only. */
	int (*store_put)(void *host, enum fss_store store, const char *key, const void *data,
	                 size_t size);
	int (*store_erase)(void *host, enum fss_store store, const char *key); /* absent: 0 */
	/* Every record; the store may not be changed from fn. */
	int (*store_each)(void *host, enum fss_store store, fss_record_fn fn, void *arg);

	/* --- the database of Samba's own agent, srv_fss.tdb
	 * Every record that tells of a set; strings are valid during the call of
	 * fn. 0 also where there is no database; EIO: it is damaged. */
	int (*foreign_each)(void *host, fss_foreign_fn fn, void *arg);
	/* Erases records, all or none; on disk when it returns. Absent: 0. */
	int (*foreign_erase)(void *host, const char *const *keys, size_t count);

	/* --- share publication (the registry configuration)
	 * The definition of a share from smb.conf or the registry, one call for
	 * each parameter that differs from those which [global] sets for all
	 * shares. NULL for the share: these. ENOENT: no such share. */
	int (*share_definition)(void *host, const char *share, fss_parameter_fn fn, void *arg);
	/* publish between begin and commit; commit makes all of them appear. */
	int (*publish_begin)(void *host);
	/* Creates (or replaces) share NAME with these parameters and a copy of
	 * the security descriptor of share BASE. */
	int (*publish)(void *host, const char *name, const struct fss_parameter *parameters,
	               size_t count, const char *base);
	/* Takes share NAME and its security descriptor away; absent: 0. */
	int (*unpublish)(void *host, const char *name);
	int (*publish_commit)(void *host);
	void (*publish_cancel)(void *host);
	/* Sets one parameter of a published share. */
	int (*publish_set)(void *host, const char *name, const char *parameter, const char *value);
	/* Whether the registry has share NAME. */
	bool (*is_published)(void *host, const char *name);
	/* Disconnects every tree connect to share NAME; call before unpublish. */
	void (*disconnect)(void *host, const char *name);
	/* Tells the running smbds that the configuration changed. */
	void (*announce)(void *host);
};

/* The kernel's id of this boot; static. */
const char *fss_boot_id(void);

/* ----------------------------------------------------------------- agent -- */

struct fss_agent; /* opaque */
struct fss_call;  /* opaque: a call that is not answered yet */

/*
 * Makes an agent over the host's store, brings the store's half-finished work
 * to its end (recovery), and takes over the sets of Samba's own agent.
 *
 * ops, host: stay the caller's and must outlive the agent.
 * agent: receives the agent; free it with fss_agent_free().
 * Returns 0, or an errno value where the agent cannot work at all; what is
 * wrong has then been logged.
 */
int fss_agent_create(const struct fss_host_ops *ops, void *host, struct fss_agent **agent);

/* Waits for work under way, then frees. Pending calls are dropped. */
void fss_agent_free(struct fss_agent *agent);

/* A descriptor that becomes readable when fss_agent_dispatch() has work:
 * a finished operation or an elapsed timer. It stays the agent's. */
int fss_agent_fd(const struct fss_agent *agent);

/* Finishes what is finished and runs elapsed timers; never blocks for long. */
void fss_agent_dispatch(struct fss_agent *agent);

/* The client's connection (struct fss_caller) is gone. */
void fss_agent_connection_closed(struct fss_agent *agent, uint64_t connection);

/* ----------------------------------------------------------------- calls -- */

/* A GUID with its fields in host byte order. */
struct fss_guid {
	uint32_t time_low;
	uint16_t time_mid;
	uint16_t time_hi_and_version;
	uint8_t clock_seq[2];
	uint8_t node[6];
};

/* Opnums of FileServerVssAgent, MS-FSRVP 3.1.4. */
enum fss_method {
	FSS_GET_SUPPORTED_VERSION = 0,
	FSS_SET_CONTEXT = 1,
	FSS_START_SHADOW_COPY_SET = 2,
	FSS_ADD_TO_SHADOW_COPY_SET = 3,
	FSS_COMMIT_SHADOW_COPY_SET = 4,
	FSS_EXPOSE_SHADOW_COPY_SET = 5,
	FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET = 6,
	FSS_ABORT_SHADOW_COPY_SET = 7,
	FSS_IS_PATH_SUPPORTED = 8,
	FSS_IS_PATH_SHADOW_COPIED = 9,
	FSS_GET_SHARE_MAPPING = 10,
	FSS_DELETE_SHARE_MAPPING = 11,
	FSS_PREPARE_SHADOW_COPY_SET = 12,
};

enum fss_protection { /* of the RPC connection, weakest first */
	              FSS_PROTECTION_NONE,
	              FSS_PROTECTION_INTEGRITY,
	              FSS_PROTECTION_PRIVACY,
};

/* Who calls: facts, no verdict. Needed only during fss_agent_call(). */
struct fss_caller {
	const char *account; /* DOMAIN\user, for the audit trail */
	const char *user;    /* its name in Unix; NULL: unknown */
	const char *address; /* the client's address, without port */
	uint64_t connection; /* one number per client connection of this process */
	enum fss_protection protection;
	bool is_system;            /* the account that smbd was started by */
	bool is_administrator;     /* BUILTIN\Administrators */
	bool is_backup_operator;   /* BUILTIN\Backup Operators */
	bool has_backup_privilege; /* SeBackupPrivilege */
	const void *session;       /* handed to find_share() as it is */
};

/* The arguments of a call, as on the wire; a method uses those it has. */
struct fss_request {
	enum fss_method method;
	struct fss_guid set_id;  /* ShadowCopySetId, ClientShadowCopySetId */
	struct fss_guid copy_id; /* ShadowCopyId, ClientShadowCopyId */
	uint32_t context;        /* Context */
	uint32_t timeout_ms;     /* TimeOutInMilliseconds */
	uint32_t level;          /* Level */
	const uint16_t *name;    /* ShareName: UTF-16 units in host byte order, */
	size_t name_units;       /* as received, with or without the final NUL */
};

/* The answer. Strings live until the done callback returns. */
struct fss_reply {
	uint32_t result; /* HRESULT, 0 = success; the rest is set on success only */
	uint32_t min_version, max_version;
	struct fss_guid set_id;
	struct fss_guid copy_id;
	bool supported;
	const char *owner_machine_name;
	bool present;
	int32_t compatibility;
	/* FSSAGENT_SHARE_MAPPING_1; name may be NULL (not exposed) */
	const char *share_name_unc;
	const char *shadow_copy_share_name;
	int64_t creation_timestamp; /* FILETIME: 100 ns since 1601-01-01 UTC */
};

typedef void (*fss_done_fn)(void *arg, const struct fss_reply *reply);

/*
 * Carries out one method.
 *
 * done: called exactly once, from within this function or later from
 *   fss_agent_dispatch(), unless the call is abandoned first.
 * Returns NULL where done has been called already, else a handle that is
 *   valid until done is called.
 */
struct fss_call *fss_agent_call(struct fss_agent *agent, const struct fss_caller *caller,
                                const struct fss_request *request, fss_done_fn done, void *arg);

/* The client is gone: done will not be called. The work itself goes on. */
void fss_call_abandon(struct fss_call *call);

/* -------------------------------------------------------- snapshot hooks -- */

/* For the VFS module's SNAP_* operations: another agent (Samba's own) drives
 * them and keeps its own state. All act as root and log nothing; `detail`
 * receives a sentence on failure, and is the caller's to free(). */

/* volume: receives the root of the subvolume that holds path; free(). */
int fss_snap_check_path(const char *path, char **volume, char **detail);

/*
 * Makes a snapshot of the volume, with its writers held.
 * gate_directory: as for fss_gate_open().
 * created: receives its time. snapshot: receives its path; free().
 */
int fss_snap_create(const char *volume, bool writable, const char *gate_directory, time_t *created,
                    char **snapshot, char **detail);

/* Destroys a snapshot made by fss_snap_create() of that volume; EINVAL for any
 * other path, of which nothing is touched. */
int fss_snap_delete(const char *volume, const char *snapshot, char **detail);

/* --------------------------------------------------------- snapshot stores -- */

/*
 * The snapshot stores as the clients of one connection must not meet them. In
 * all of these, `stores` NULL hides nothing, and a path is absolute or starts at
 * `directory`, which is absolute or below the share's directory; NULL: is that.
 */
struct fss_stores; /* opaque */

/*
 * share: the connection's directory.
 * configured: all directories that shares name as fss:store directory; ends with
 *   NULL.
 * To be called as root. Returns an errno value; detail: a sentence; free().
 */
int fss_stores_open(const char *share, const char *const *configured, struct fss_stores **stores,
                    char **detail);
void fss_stores_close(struct fss_stores *stores);

/* Whether a path leads into a store. */
bool fss_stores_hide(const struct fss_stores *stores, const char *directory, const char *path);

/* The same for a name without '/' in a directory that the connection has open. */
bool fss_stores_hide_entry(const struct fss_stores *stores, const char *directory,
                           const char *name);

/* The same for a directory that smbd changes to, and may have been in before on
 * another connection: outside this share it is free to. */
bool fss_stores_hide_below(const struct fss_stores *stores, const char *path);

/* Whether a path whose start lies outside of the share leads to the share's
 * directory: smbd goes there from the file system's root, through the store to an
 * exposed share's. */
bool fss_stores_lead_to_share(const struct fss_stores *stores, const char *directory,
                              const char *path);

/* Whether a store lies below the path: it may not be renamed. */
bool fss_stores_lie_below(const struct fss_stores *stores, const char *directory, const char *path);

/* Whether a descriptor (O_PATH suffices) is of something in a store, however it
 * was come by: through links, translated names, a renamed directory. */
bool fss_stores_hold(const struct fss_stores *stores, int fd);

/* Whether fss can do its work among a share's modules ("vfs objects", ends with
 * NULL). Returns EINVAL where it cannot; detail: which ones stand in its way, and
 * the order that is right; free(). */
int fss_module_order(const char *const *modules, char **detail);

/* ---------------------------------------------------------- exposed shares -- */

/*
 * For a connection to an exposed share: a descriptor by which
 * fss_exposed_is_sealed() sees whether it is read-only. It may be writable at
 * first (ATTR_AUTO_RECOVERY before RecoveryComplete), and the kernel looks at a
 * subvolume's read-only flag when a file is opened and not again at a write.
 *
 * path: absolute, the connection's directory.
 * Returns a descriptor, the caller's to close; -1 where path lies in no snapshot.
 */
int fss_exposed_watch(const char *path);

/* Whether the snapshot behind such a descriptor has become read-only. */
bool fss_exposed_is_sealed(int fd);

/* ---------------------------------------------------- earlier versions -- */

/*
 * The earlier versions of a share's directory that snapshots of its volume
 * hold, whoever manages those. A version is named by its time in seconds since
 * 1970-01-01 UTC, which is that of the shadow copy (creation_timestamp), and no
 * other version's. Nothing is logged; `detail` receives a sentence on failure,
 * and is the caller's to free(). To be called as root where not said otherwise.
 */
struct fss_versions; /* opaque */

/* Whether none of a share's modules ("vfs objects", ends with NULL) shows earlier
 * versions by itself, as fss cannot beside it. Returns EINVAL where one does. */
int fss_versions_allowed(const char *const *modules, char **detail);

/*
 * path: the share's directory. store: its "fss:store directory", NULL: none.
 * provider: its "fss:provider", NULL: the default; whether snapper's snapshots
 *   are versions, too.
 * versions: receives them, the caller's to fss_versions_close(); NULL with
 *   result 0 where the directory lies in a snapshot itself.
 */
int fss_versions_open(const char *path, const char *store, const char *provider,
                      struct fss_versions **versions, char **detail);
void fss_versions_close(struct fss_versions *versions);

/* Calls fn with the time of every version there is now, the latest first. A
 * snapshot counts once it is complete and cannot be written to. */
typedef void (*fss_version_fn)(void *arg, int64_t time);
int fss_versions_list(struct fss_versions *versions, fss_version_fn fn, void *arg, char **detail);

/* directory: receives a path to the version of that time; free(). It is for use
 * at once, by any user: where snapshots are closed to users it begins in /proc, at
 * one that is held open. ENOENT: there is none. */
int fss_versions_find(struct fss_versions *versions, int64_t time, char **directory, char **detail);

/* The same for a time that was asked for before, as any user; NULL: it was not,
 * or the version is gone. free(). */
char *fss_versions_known(struct fss_versions *versions, int64_t time);

/* Lets go of snapshots that are held open and were not asked for since the last
 * call; as any user. Returns whether any is held still. To be called now and then:
 * the room of one that was deleted is free only then. */
bool fss_versions_let_go(struct fss_versions *versions);

/* Whether a path, as the kernel has it, is or lies in the directory of a version
 * that fss_versions_find() has found; as any user. time: receives the version's. below: receives
 * the rest of the path, "" or "/...". */
bool fss_versions_holds(const struct fss_versions *versions, const char *path, int64_t *time,
                        const char **below);

/* ---------------------------------------------------- exposed shares -- */

/*
 * An exposed share's way to its snapshot, which only root can reach by its path.
 * Nothing else there is opened to anybody: the snapshot's root is held open, and a
 * user gets from there as far as the rights inside it go, if the volume itself can
 * be reached.
 */
struct fss_exposed; /* opaque */

/* The name of the share that an exposed share shows a shadow copy of, by the
 * exposed share's name; free(). NULL: it is not the name of an exposed share. */
char *fss_exposed_base(const char *service);

/*
 * Whether a share, as the client that connects gets it, is the one that an exposed
 * share was made of; for exposed shares of which that has to be asked (others are).
 * base, exposed: what fss_share_parameters() (samba/fss_definition.h) has of them.
 * different: the first parameter that differs, free(); NULL: there is none, or no
 * memory. Returns 0 for the same; else EACCES, or ENOMEM.
 */
int fss_exposed_compare(const struct fss_parameter *base, size_t base_count,
                        const struct fss_parameter *exposed, size_t exposed_count,
                        char **different);

struct fss_exposed_place {
	const char *service; /* the share's name; one that is not exposed has no such way */
	const char *path;    /* absolute, the connection's directory */
	const char *uuid;    /* "fss:snapshot" of the share, NULL: not known */
	const char *volume;  /* "fss:volume" of the share, NULL: not known */
};

/*
 * To be called as root.
 * exposed: receives it, the caller's to fss_exposed_close(); NULL with result 0
 *   where the path needs none.
 * detail: a sentence on failure, which is to refuse the connection: the path has
 *   another snapshot by now, or one that was changed; free().
 */
int fss_exposed_open(const struct fss_exposed_place *place, struct fss_exposed **exposed,
                     char **detail);
void fss_exposed_close(struct fss_exposed *exposed);

/* Changes to an absolute path as the calling user may. Returns 0, or -1 with
 * errno and nothing changed, or 1 for a path outside the snapshot. */
int fss_exposed_chdir(const struct fss_exposed *exposed, const char *path);

/* What a path leads to for the calling user, as a descriptor for
 * fss_path_of(), the caller's to close; a relative path starts where the
 * process is. Returns -1 with errno, which is EXDEV for one outside. */
int fss_exposed_resolve(const struct fss_exposed *exposed, const char *path);

/* The snapshot's root, open; it stays the struct's. */
int fss_exposed_root(const struct fss_exposed *exposed);

enum fss_exposed_way {
	FSS_EXPOSED_OUTSIDE,
	FSS_EXPOSED_ABOVE, /* a directory that the snapshot lies in */
	FSS_EXPOSED_INSIDE,
};

/* Where an absolute path leads. inside: receives, for FSS_EXPOSED_INSIDE, the path
 * from the snapshot's root on, "." for itself; it lives as long as `path`. */
enum fss_exposed_way fss_exposed_way_to(const struct fss_exposed *exposed, const char *path,
                                        const char **inside);

/* Whether the calling user can get to the snapshot's volume: 0 or an errno value. */
int fss_exposed_may_enter(const struct fss_exposed *exposed);

/* The absolute path of an open file, free(); NULL with errno. As root. */
char *fss_path_of(int fd);

/* ------------------------------------------------------------ write gate -- */

/*
 * A connection's way through the write gate of its volume: a shadow copy set
 * is made while no change is under way there. For a process whose connections
 * are all served by one thread, and on that thread only.
 */
struct fss_gate; /* opaque */

/*
 * Somebody has damaged the gate's shared memory: called at the beginning of a change,
 * to call fss_gate_rejoin() as root and to log. Not before some seconds have passed again,
 * where that fails.
 */
typedef void (*fss_gate_lost)(struct fss_gate *gate, void *data);

/*
 * directory: for the gates' shared memory, absolute; made where need be. All
 *   processes of one server must name the same. To be called as root.
 * path: the connection's directory.
 * lost: called with data, see above; both are valid until fss_gate_close().
 * gate: receives it, the caller's to fss_gate_close(); NULL with result 0
 *   where there is nothing to hold, because the path lies in a snapshot.
 * detail: a sentence on failure; free().
 */
int fss_gate_open(const char *directory, const char *path, fss_gate_lost lost, void *data,
                  struct fss_gate **gate, char **detail);
/* 0: the connection's writers are held again. detail: as of fss_gate_open(). */
int fss_gate_rejoin(struct fss_gate *gate, char **detail);
void fss_gate_close(struct fss_gate *gate);

/* Around a change that ends before leave() is called; enter() waits while
 * writers are held. May be nested. errno stays as it is. NULL: does nothing. */
void fss_gate_enter(struct fss_gate *gate);
void fss_gate_leave(struct fss_gate *gate);

/* Around a change that ends later. Returns false, at once, where writers are
 * held: the change may not begin, and is to be tried again a little later. */
bool fss_gate_enter_pending(struct fss_gate *gate);
void fss_gate_leave_pending(struct fss_gate *gate);

#ifdef __cplusplus
}
#endif

#endif /* FSS_H */
