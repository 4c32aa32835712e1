// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "publish/ExposureTable.h"
#include "publish/SharePublisher.h"
#include "publish/Viewpoint.h"

#include <optional>
#include <string>
#include <string_view>

namespace fss {

/// What makes an exposed share of its base share's definition.
struct Exposure {
	std::string name;       ///< of the exposed share
	std::string base;       ///< service name of the base share
	std::string path;       ///< directory to expose
	std::string basePath;   ///< the base share's directory
	std::string baseVolume; ///< the root of its volume
	std::string snapshot{}; ///< its subvolume's uuid, or madeByModule; "": not known
	std::string comment{};
	bool writable = false;
	Viewpoint viewpoint = Viewpoint::Everybody; ///< of the base share
};

/// The definition of an exposed share: what parameterTable() and moduleTable()
/// make of the base share's. A "copy" parameter must have been resolved before.
ShareParameters exposedDefinition(const ShareParameters &base, const Exposure &exposure);

/// The first parameter in which a share, as a client gets it, is another than the one
/// that an exposed share was made of; nothing where there is none, and where the base
/// share was the same for everybody. What connecting to the base share would tell is
/// compared, too. Both with what their [global] is not, "vfs objects" in any case.
std::optional<std::string> differenceInView(const ShareParameters &base,
                                            const ShareParameters &exposed);

/// A share's parameters and those that [global] sets for all shares (`defaults`)
/// and the tables change, so that an exposed share does not get them from there.
ShareParameters withDefaults(const ShareParameters &share, const ShareParameters &defaults);

/// The value of "vfs objects", "" where there is none.
std::string modulesIn(const ShareParameters &parameters);

/// Whether a share with this "vfs objects" can be read from a snapshot as it was.
/// Errors: NotSupported.
Result<void> checkReadable(const std::string &share, std::string_view vfsObjects);

/// The same for all of its definition. path: the share's directory.
Result<void> checkReadable(const std::string &share, const ShareParameters &definition,
                           const std::string &path);

} // namespace fss
