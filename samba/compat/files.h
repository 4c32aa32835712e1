/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_load(), file_save_mode(). Include after Samba's "includes.h". */
#ifndef FSS_COMPAT_FILES_H
#define FSS_COMPAT_FILES_H

#include "when.h"

#if FSS_SAMBA_4(21)
#include "lib/util/util_file.h"
#endif

#endif /* FSS_COMPAT_FILES_H */
