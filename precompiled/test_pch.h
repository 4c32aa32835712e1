// SPDX-License-Identifier: GPL-3.0-or-later
// For tests.
#ifndef FSS_TEST_PCH_H
#define FSS_TEST_PCH_H

#include "common_pch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#endif
