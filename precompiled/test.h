// SPDX-License-Identifier: GPL-3.0-or-later
// For tests.
#ifndef FSS_PRECOMPILED_TEST_H
#define FSS_PRECOMPILED_TEST_H

#include "common.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#endif
