/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "messages.h"
#include "lib/global_contexts.h"
#include "lib/param/loadparm.h"
#include "smbd/smbd.h"
#include "smbd_shim.h"
#include "compat/settings.h"
#include "fss_charset.h"
#include "fss_host.h"
#include "fss_version.h"
#include "samba_process.h"

#define FSSCTL_LOG "log.fssctl"

/* The directory that smb.conf has its log file in; NULL: it names none. */
static char *fssctl_configured_logs(TALLOC_CTX *mem_ctx)
{
	char *file = lp_logfile(mem_ctx, loadparm_s3_global_substitution());
	char *slash = file != NULL ? strrchr(file, '/') : NULL;

	if (slash == NULL || slash == file) {
		return NULL;
	}
	*slash = '\0';
	return file;
}

static bool fssctl_open_log(const char *directory)
{
	TALLOC_CTX *frame = talloc_stackframe();
	char *path = NULL;

	if (directory == NULL) {
		directory = fssctl_configured_logs(frame);
	}
	if (directory == NULL) {
		directory = get_dyn_LOGFILEBASE();
	} else {
		/* Beside it is that of the snapshot helper, too. */
		set_dyn_LOGFILEBASE(directory);
	}
	path = talloc_asprintf(frame, "%s/" FSSCTL_LOG, directory);
	if (path == NULL || !fss_set_parameter("log file", path)) {
		TALLOC_FREE(frame);
		return false;
	}
	setup_logging("fssctl", DEBUG_FILE);
	(void)reopen_logs();
	TALLOC_FREE(frame);
	return true;
}

int fssctl_samba_load(const char *config_file, const char *log_directory)
{
	static const struct smbd_shim shim = {
		.become_root = smbd_become_root,
		.unbecome_root = smbd_unbecome_root,
	};

	if (!fss_version_is_served()) {
		return ENOTSUP;
	}
	/* Of the whole process: what the core reports is formatted below it. */
	(void)talloc_stackframe();
	smb_init_locale();
	umask(022);
	sec_init();
	setup_logging("fssctl", DEBUG_DEFAULT_STDERR);
	set_smbd_shim(&shim);
	if (config_file != NULL) {
		set_dyn_CONFIGFILE(config_file);
	}
	if (access(get_dyn_CONFIGFILE(), R_OK) != 0) {
		return errno;
	}
	if (!lp_load_global(get_dyn_CONFIGFILE())) {
		return EINVAL;
	}
	if (!fss_charset_pin()) {
		return ENOMEM;
	}
	if (geteuid() == 0 && !fssctl_open_log(log_directory)) {
		return ENOMEM;
	}
	return 0;
}

const char *fssctl_samba_config_file(void)
{
	return get_dyn_CONFIGFILE();
}

int fssctl_samba_open(void **_host)
{
	struct messaging_context *msg_ctx = global_messaging_context();
	struct fss_host *host = NULL;
	NTSTATUS status;

	if (msg_ctx == NULL) {
		return EIO;
	}
	status = fss_host_create(NULL, msg_ctx, &host);
	if (!NT_STATUS_IS_OK(status)) {
		global_messaging_context_free();
		return map_errno_from_nt_status(status);
	}
	*_host = host;
	return 0;
}

void fssctl_samba_close(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	TALLOC_FREE(host);
	global_messaging_context_free();
}

const struct fss_host_ops *fssctl_samba_ops(void)
{
	return fss_host_ops();
}

static void fssctl_messages_done(struct tevent_context *ev,
				 struct tevent_timer *timer,
				 struct timeval now, void *private_data)
{
	bool *done = private_data;

	(void)ev;
	(void)timer;
	(void)now;
	*done = true;
}

void fssctl_samba_messages(void)
{
	struct messaging_context *msg_ctx = global_messaging_context();
	TALLOC_CTX *frame = talloc_stackframe();
	struct tevent_context *ev = NULL;
	bool done = false;

	if (msg_ctx != NULL) {
		ev = messaging_tevent_context(msg_ctx);
		/* Elapsed at once: whatever is there already comes first. */
		if (tevent_add_timer(ev, frame, tevent_timeval_current_ofs(0, 1000),
				     fssctl_messages_done, &done) != NULL) {
			while (!done && tevent_loop_once(ev) == 0) {
			}
		}
	}
	TALLOC_FREE(frame);
}
