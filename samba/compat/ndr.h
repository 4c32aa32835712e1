/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Include after Samba's "librpc/ndr/libndr.h". */
#ifndef FSS_COMPAT_NDR_H
#define FSS_COMPAT_NDR_H

#include "when.h"

#if !FSS_SAMBA_4(20)
typedef int ndr_flags_type;
#endif

#endif /* FSS_COMPAT_NDR_H */
