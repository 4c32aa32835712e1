/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which Samba this is compiled for. Only the files in this directory ask; what
 * else has to differ between versions is a row of a table that says since or
 * before when it is there.
 *
 * Include after Samba's "includes.h".
 */
#ifndef FSS_COMPAT_WHEN_H
#define FSS_COMPAT_WHEN_H

#include "version.h"

/* Whether this is Samba 4.MINOR or later. */
#define FSS_SAMBA_4(minor) \
	(SAMBA_VERSION_MAJOR > 4 || SAMBA_VERSION_MINOR >= (minor))

#define FSS_ALWAYS(...) __VA_ARGS__

#if FSS_SAMBA_4(19)
#define FSS_SINCE_4_19(...) __VA_ARGS__
#define FSS_BEFORE_4_19(...)
#else
#define FSS_SINCE_4_19(...)
#define FSS_BEFORE_4_19(...) __VA_ARGS__
#endif

#if FSS_SAMBA_4(24)
#define FSS_SINCE_4_24(...) __VA_ARGS__
#define FSS_BEFORE_4_24(...)
#else
#define FSS_SINCE_4_24(...)
#define FSS_BEFORE_4_24(...) __VA_ARGS__
#endif

#if FSS_SAMBA_4(25)
#define FSS_SINCE_4_25(...) __VA_ARGS__
#define FSS_BEFORE_4_25(...)
#else
#define FSS_SINCE_4_25(...)
#define FSS_BEFORE_4_25(...) __VA_ARGS__
#endif

#endif /* FSS_COMPAT_WHEN_H */
