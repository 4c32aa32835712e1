// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// A share's own "vfs objects" takes the place of the list that [global] has for all
/// shares: smb.conf does not add the one to the other.
namespace fss {

/// The members of [global]'s list whose modules the share's list does not have.
std::vector<std::string> droppedModules(const std::vector<std::string> &global,
                                        const std::vector<std::string> &share);

/// Both lists in one, each in its order, and fss in a place where it can work
/// (orderedModules()); fruit stands before the module that keeps its streams.
std::vector<std::string> mergedModules(const std::vector<std::string> &global,
                                       const std::vector<std::string> &share);

/// Whether a share without the module shows, keeps or protects files in another way
/// than one with it. No: the module concerns speed, earlier versions or tests. A
/// module that is not known counts.
bool changesFiles(std::string_view member);

} // namespace fss
