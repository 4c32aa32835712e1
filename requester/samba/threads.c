/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "lib/util/smb_threads.h"
#include "requester/samba/fsrvp_client.h"

#include <pthread.h>

/* The macro uses malloc(), which Samba's headers forbid. */
#ifdef malloc
#undef malloc
#endif

SMB_THREADS_DEF_PTHREAD_IMPLEMENTATION(threads);

void smbshadow_allow_threads(void)
{
	smb_thread_set_functions(&threads);
}
