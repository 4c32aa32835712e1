/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fss_snap_helper: calls one snapshot hook of a share's VFS modules. A process
 * of its own, because foreign modules may block, run scripts or crash.
 *
 *     fss_snap_helper SMB.CONF LOG-FILE check SHARE PATH
 *     fss_snap_helper SMB.CONF LOG-FILE create SHARE VOLUME writable|read-only
 *     fss_snap_helper SMB.CONF LOG-FILE delete SHARE VOLUME SNAPSHOT
 *     fss_snap_helper SMB.CONF LOG-FILE guard SHARE PATH USER ADDRESS
 *
 * Descriptor 0 is a socket to the agent, 3 the record of the shadow copy.
 */
#include "includes.h"
#include "system/filesys.h"
#include "lib/global_contexts.h"
#include "lib/param/loadparm.h"
#include "locking/proto.h"
#include "smbd/smbd.h"
#include "smbd_shim.h"
#include "auth.h"
#include "compat/settings.h"
#include "fss_charset.h"
#include "fss_host.h"
#include "snap_helper.h"

#define FSS_RECORD_FD 3

static const struct {
	const char *name;
	int arguments; /* after the share; the first is the connection's path */
	bool connects; /* to the share, for its modules */
	fss_hook_fn call;
} fss_hooks[] = {
	{ "check", 1, true, fss_hook_check },
	{ "create", 2, true, fss_hook_create },
	{ "delete", 2, true, fss_hook_delete },
	{ "guard", 3, false, fss_hook_guard },
};

/* Modules and their scripts get neither the agent's socket nor the record,
 * whose lock is held while any process has it. */
static bool fss_own_descriptors(struct fss_hook *hook)
{
	int null = open("/dev/null", O_RDWR);

	hook->channel = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	hook->record = fcntl(FSS_RECORD_FD, F_DUPFD_CLOEXEC, 10);
	if (null == -1 || hook->channel == -1 || hook->record == -1) {
		return false;
	}
	close(FSS_RECORD_FD);
	return dup2(null, STDIN_FILENO) != -1 &&
	       dup2(null, STDOUT_FILENO) != -1;
}

static bool fss_load(const char *configuration, const char *log_file)
{
	smb_init_locale();
	/* Snapshots and what scripts write are no business of others. */
	umask(022);
	sec_init();
	setup_logging("fss_snap_helper", DEBUG_FILE);
	set_dyn_CONFIGFILE(configuration);
	if (!fss_set_parameter("log file", log_file) ||
	    !lp_load_global(configuration) || !fss_charset_pin() ||
	    !lp_load_with_shares(configuration)) {
		return false;
	}
	reopen_logs();
	return locking_init();
}

static bool fss_fail(const struct fss_hook *hook, const char *step,
		     NTSTATUS status)
{
	const char *line = fss_answer_failure(step, status);

	return line != NULL && fss_write_line(hook->channel, line);
}

static bool fss_run(struct fss_hook *hook, bool connects, fss_hook_fn call)
{
	NTSTATUS status = NT_STATUS_OK;

	hook->share = fss_text_from_core(talloc_tos(), hook->share);
	if (hook->share == NULL) {
		return fss_fail(hook, "find the share",
				NT_STATUS_BAD_NETWORK_NAME);
	}
	if (connects) {
		status = fss_hook_connect(hook->share, hook->arguments[0],
					  &hook->conn);
	}
	if (!NT_STATUS_IS_OK(status)) {
		return fss_fail(hook, "connect to the share", status);
	}
	return call(hook);
}

int main(int argc, char *argv[])
{
	static const struct smbd_shim shim = {
		.become_root = smbd_become_root,
		.unbecome_root = smbd_unbecome_root,
	};
	TALLOC_CTX *frame = talloc_stackframe();
	struct fss_hook hook = { .channel = -1, .record = -1 };
	size_t i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(fss_hooks); i++) {
		if (argc == 5 + fss_hooks[i].arguments &&
		    strcmp(argv[3], fss_hooks[i].name) == 0) {
			break;
		}
	}
	if (i == ARRAY_SIZE(fss_hooks) || !fss_own_descriptors(&hook)) {
		fprintf(stderr, "fss_snap_helper is started by rpcd_fss\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!fss_samba_version_matches("fss_snap_helper")) {
		_exit(fss_fail(&hook, "serve this version of Samba",
			       NT_STATUS_REVISION_MISMATCH)
			      ? 0
			      : 1);
	}
	set_smbd_shim(&shim);
	hook.share = argv[4];
	hook.arguments = argv + 5;
	if (fss_load(argv[1], argv[2])) {
		ok = fss_run(&hook, fss_hooks[i].connects,
			     fss_hooks[i].call);
	} else {
		ok = fss_fail(&hook, "load the configuration",
			      NT_STATUS_INVALID_SERVER_STATE);
	}
	/* Connections end with the process: modules are not asked again. Files of
	 * the messaging would stay. */
	(void)frame;
	global_messaging_context_free();
	_exit(ok ? 0 : 1);
}
