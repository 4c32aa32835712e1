// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace fss {

/// Raises this process's soft limit of open files, as far as the hard one allows:
/// a set with many nested subvolumes needs several for each.
void allowManyOpenFiles();

} // namespace fss
