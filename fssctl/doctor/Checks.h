// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Finding.h"
#include "fssctl/doctor/Surroundings.h"
#include "provider/btrfs/ShareLocation.h"

#include <optional>

/// The checks. Each says in its findings what it looked at, what is wrong and
/// what mends that, and changes nothing.
namespace fss::doctor {

// --- the server
/// This build against the Samba that is there; programs replaced while they run.
Findings checkVersion(const Surroundings &at);
/// That it is not the one.
Finding wrongVersion(const Machine &machine, const std::string &built, const std::string &running);
/// smbd; samba-dcerpcd, or what would start it.
Findings checkDaemons(const Surroundings &at);
/// rpcd_fss where samba-dcerpcd looks, and no other program for its interface.
Findings checkWorker(const Surroundings &at);
/// fss.so as smbd would load it.
Findings checkModule(const Surroundings &at);
/// Parameters of [global] without which clients do not get to the agent.
Findings checkSettings(const Surroundings &at);
/// "fss:" options that are misspelt, misplaced or cannot be understood.
Findings checkOptions(const Surroundings &at, const std::vector<std::string> &shares);
/// Samba's directories and the agent's databases.
Findings checkState(const Surroundings &at);
/// Who may use the agent.
Findings checkRights(const Surroundings &at);
/// What this server may be called.
Findings checkNames(const Surroundings &at);
/// "unix charset" and "dos charset": whether smbd reads the names of shares by them.
Findings checkCharsets(const Surroundings &at);
/// Shares whose name or path is no text in "unix charset".
Findings checkShareTexts(const Surroundings &at);
/// AppArmor and SELinux.
Findings checkConfinement(const Surroundings &at);

/// Shares that a list of modules of their own leaves out, where [global] has fss for all.
Findings checkLeftOut(const Surroundings &at);

// --- a share
/// Whether it is there and takes part; nothing where it cannot be looked at further.
std::optional<ShareInfo> checkShare(const Surroundings &at, const std::string &name,
                                    Findings &findings);
/// Its directory, volume, provider, store, room.
Findings checkVolume(const Surroundings &at, const ShareInfo &share);

// --- parts of checkVolume() for a share that this agent makes the snapshots of
Findings checkNestedBelow(const Surroundings &at, const ShareInfo &share,
                          const btrfs::LocatedShare &located);
Findings checkStore(const Surroundings &at, const ShareInfo &share,
                    const btrfs::LocatedShare &located);
/// Snapshots in the volume's store that no set knows of.
Findings checkLeftovers(const Surroundings &at, const ShareInfo &share,
                        const btrfs::LocatedShare &located);
Findings checkQuotaGroups(const Surroundings &at, const ShareInfo &share,
                          const btrfs::LocatedShare &located);

// --- what the agent holds
/// Sets whose snapshots are gone, whose worker is, or that cannot be removed.
Findings checkSets(const Surroundings &at);

// --- remedies
/// fssctl for this configuration.
Remedy ownCommand(const Surroundings &at, const std::string &word);
/// The command that brings a file of this project to its place.
Remedy installation(const Surroundings &at, const std::string &built, const std::string &place,
                    const std::string &mode);

} // namespace fss::doctor
